"""Explaining figures: every formula shown gives its figure, every leaf stands in its file, every cell is answered."""

from __future__ import annotations

import csv
import json
import re
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import Workbook, load_workbook

from calculator import calculated
from cases import FUNDS, HEAD, PARTNERS, POOL, place_model
from places import REPOSITORY
from random_models import random_model
from riskshare.audit.explain.answer import Explanation, explain
from riskshare.audit.explain.cells import FiguresByCell, FoundFigure, Unanswered
from riskshare.audit.explain.expanded import Expander, Formulas
from riskshare.audit.explain.figure_index import FigureIndex
from riskshare.audit.explain.query import Query
from riskshare.audit.explain.references import Line, Reference, Source
from riskshare.audit.explain.sources import DIRECT, Sources
from riskshare.audit.explain.tree import State, Tree, grow
from riskshare.build import compute
from riskshare.cli import main
from riskshare.figures.computed import ComputedModel
from riskshare.formula.display import shortened, shown_unit
from riskshare.formula.language import Given, Position, Step
from riskshare.formula.to_decimal import Figure, Row, ToDecimal, Whole, rounded
from riskshare.formula.units import TEXT, Unit
from riskshare.outputs.write import draft, write_workbook

THURROCK = REPOSITORY / "models" / "thurrock-2021-22"
SHIPPED = ("thurrock-2021-22", "mid-and-south-essex-2021-22", "shared-savings-example")
SOME = 11


@cache
def shipped(name: str) -> FigureIndex:
    """A computed model of the repository."""
    return computed(REPOSITORY / "models" / name)


def computed(folder: Path) -> FigureIndex:
    """The index of a model without errors."""
    built, findings = compute(folder)
    assert built is not None, "\n".join(map(str, findings))
    return FigureIndex(built, findings)


def steps(index: FigureIndex, every: int = 1) -> Iterator[tuple[Figure, Step]]:
    """The calculated figures of all tables: each, or one in so many."""
    found = (
        (Figure(table.name, step.name, number), step)
        for table in index.tables.values()
        for step in table.steps
        if step.unit is not TEXT
        for number in range(index.figures[table.name].height)
    )
    return (entry for position, entry in enumerate(found) if position % every == 0)


def givens(index: FigureIndex) -> Iterator[tuple[Figure, Given]]:
    """The given amounts of all tables."""
    for table in index.tables.values():
        for column in table.columns:
            if isinstance(column, Given) and column.unit is not TEXT:
                for number in range(index.figures[table.name].height):
                    yield Figure(table.name, column.name, number), column


# ------------------------------------------------------------------------------------------ a reader with a calculator


def test_the_calculator_reads_every_kind_of_formula() -> None:
    assert calculated("ROUND(£102,046.20 × 50%)") == Decimal("51023.10")
    assert calculated("£1.00 - (£2.50)") == Decimal("3.50")
    assert calculated("-(£2.50)") == Decimal("2.50")
    assert calculated("MAX(-£3.00, 0)") == 0
    assert calculated("IF(£3.00 >= £2.00, (£1.25), 0)") == Decimal("-1.25")
    assert calculated("[1 + 2] × 3 ÷ 4") == Decimal("2.25")
    assert calculated("ROUND(£0.05 × 33.333333% ÷ 3, 6)") == Decimal("0.005556")
    assert calculated("ROUND((£216,240.27) × 95 ÷ 100) - ROUND((£216,240.27) × 65 ÷ 100)") == Decimal("-64872.08")


# ------------------------------------------------------------------------------------------ arithmetic


def wrong_figures(index: FigureIndex, every: int = 1) -> list[str]:
    """The figures that exact decimals, or the formula as it is shown, compute otherwise than polars did."""
    exact, formulas = ToDecimal(index), Formulas(index)
    wrong = []
    for figure, step in steps(index, every):
        expr, formula, amount = index.expr(figure), formulas.of(figure), index.value(figure)
        assert expr is not None
        assert formula is not None
        if exact.step(expr, step.unit, figure.row) != amount:
            wrong.append(f"{figure}: {amount}, exactly {exact.step(expr, step.unit, figure.row)}")
        if not isinstance(step.expr, Position) and not gives(formula.amounts, amount, step.unit):
            wrong.append(f"{figure}: {amount} = {formula.amounts}")
    return wrong


def gives(formula: str, amount: Decimal, unit: Unit) -> bool:
    """Whether a formula gives the figure as it is shown: money to the penny, percentages and points as sheets do."""
    worked_out = calculated(formula)
    return shortened(amount, unit) in {rounded(worked_out, each.decimals) for each in (unit, shown_unit(unit))}


@pytest.mark.slow
def test_every_figure_of_thurrock_is_what_its_formula_gives() -> None:
    assert wrong_figures(shipped("thurrock-2021-22")) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED[1:])
def test_figures_of_the_other_models_are_what_their_formulas_give(name: str) -> None:
    assert wrong_figures(shipped(name), SOME) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_figures_of_random_models_are_what_their_formulas_give(seed: int, tmp_path: Path) -> None:
    index = computed(random_model(tmp_path / f"random-{seed}", seed))
    assert wrong_figures(index) == []
    expander = Expander(index)
    for account in range(index.figures["settlement"].height):
        assert wrong_nodes(index, grow(expander, Figure("settlement", "transfer", account), 60)) == []


def wrong_nodes(index: FigureIndex, tree: Tree) -> list[str]:
    """The figures of a tree whose parts do not make them up, or that stand twice."""
    wrong, opened = [], [entry for entry in tree.every() if entry.state is State.OPENED]
    for entry in opened:
        figure, formula = entry.figure, entry.figure.formula
        if figure.amount != index.value(figure.reference):
            wrong.append(f"{figure.named.label} is not what it comes from")
        if formula is None or not formula.amounts:
            continue
        if not gives(formula.amounts, figure.amount, figure.unit):
            wrong.append(f"{figure.named.label}: {figure.amount} = {formula.amounts}")
        by_row = [branch.figure.amount for branch in entry.branches if branch.by_row]
        others = formula.others.amount if formula.others else Decimal(0)
        if by_row and sum(by_row, start=others) != figure.amount:
            wrong.append(f"{figure.named.label}: contributions add to {sum(by_row, start=others)}")
    references = [entry.figure.reference for entry in opened if entry.branches]
    return wrong + [f"{reference} is opened twice" for reference in set(references) if references.count(reference) > 1]


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_whole_trees_of_settlements_add_up_down_to_the_files(name: str) -> None:
    index = shipped(name)
    expander = Expander(index)
    for number in range(0, index.figures["settlement"].height, 4 if name == SHIPPED[1] else 1):
        tree = grow(expander, Figure("settlement", "transfer", number), 60)
        assert wrong_nodes(index, tree) == []
        leaves = [entry for entry in tree.every() if entry.state is State.OPENED and not entry.branches]
        assert all(entry.figure.source or entry.figure.formula for entry in leaves)


def test_a_tree_with_a_wrong_amount_is_told() -> None:
    index = FigureIndex(shipped("thurrock-2021-22").built, ())
    frame = index.figures["share locality"]
    moved = {"share locality": frame.with_columns(frame["final.CCG"] + Decimal("0.01"))}
    index.figures = {**index.figures, **moved}
    tree = grow(Expander(index), Figure("settlement", "transfer", 0), 60)
    assert any("Entitlement" in text or "In the end" in text for text in wrong_nodes(index, tree))


# ------------------------------------------------------------------------------------------ sources


@cache
def file_rows(path: Path) -> list[list[str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def held(folder: Path, source: Source) -> list[str]:
    """What stands at a source, as it is written: the cell, or the numbers of the line of model.toml."""
    path = folder / source.file
    if source.file.endswith(".toml"):
        line = path.read_text(encoding="utf-8").splitlines()[source.row - 1].partition("#")[0]
        return re.findall(r"-?\d[\d_]*(?:\.\d+)?", line)
    if source.sheet:
        cell = load_workbook(path, data_only=True)[source.sheet][f"{source.column}{source.row}"]
        return [str(cell.value)]
    rows = file_rows(path)
    return [rows[source.row - 1][[" ".join(name.split()) for name in rows[0]].index(source.column)]]


def number_in(text: str) -> Decimal:
    """A number as files write it."""
    plain = text.strip().replace(",", "").replace("_", "").replace("£", "")
    if not plain:
        return Decimal(0)
    negative = plain.startswith("(")
    value = Decimal(plain.strip("()").removesuffix("%")) / (100 if plain.endswith("%") else 1)
    return -value if negative else value


def scale(figure: Figure, source: Source, unit: Unit) -> Decimal:
    """By how much the number in the file is to be multiplied."""
    thousands = {"in thousands of pounds": 1000, "in millions of pounds": 1_000_000}.get(source.note, 1)
    return Decimal(thousands) / (100 if unit.name == "share" and figure.table == "terms" else 1)


def _is_part_of_a_whole(term: dict[str, object]) -> bool:
    return ".share." in str(term["term"]) and term["unit"] == "weight"


def wrong_leaves(index: FigureIndex) -> tuple[int, list[str]]:
    """How many given figures were looked up in the files, and those that do not stand where they are said to."""
    folder, sources = index.built.reading.folder, Sources(index)
    wrong, count = [], 0
    for figure, _ in givens(index):
        source, amount = sources.of(figure), index.value(figure)
        if not source.row:
            assert source.note == DIRECT or amount == 0
            continue
        if source.note in ("no income is stated", "not among the reserves, so it opens at zero"):
            assert amount == 0
            continue
        if figure.table == "terms" and _is_part_of_a_whole(index.figures["terms"].row(figure.number, named=True)):
            continue  # parts of a whole that fractions are written as: 30 of 32 for the rest beside 1/32 and 1/32
        count += 1
        factor = scale(figure, source, index.unit(figure))
        if amount not in {number_in(text) * factor for text in held(folder, source)}:
            wrong.append(f"{figure} {amount}: {source} holds {held(folder, source)}")
    return count, wrong


@pytest.mark.parametrize(("name", "figures"), [("thurrock-2021-22", 1300), (SHIPPED[1], 1200), (SHIPPED[2], 150)])
def test_every_given_figure_stands_where_its_source_says(name: str, figures: int) -> None:
    count, wrong = wrong_leaves(shipped(name))
    assert wrong == []
    assert count >= figures


def test_every_line_and_every_term_is_among_them() -> None:
    index = shipped("thurrock-2021-22")
    tables = [figure.table for figure, _ in givens(index)]
    assert tables.count("lines") == 2 * index.built.plan.lines.height
    assert tables.count("terms") == sum(len(group.terms) for group in index.built.plan.groups) > 40


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_given_figures_of_random_models_stand_where_their_sources_say(seed: int, tmp_path: Path) -> None:
    assert wrong_leaves(computed(random_model(tmp_path / f"random-{seed}", seed)))[1] == []


def test_a_line_of_a_workbook_leads_to_its_sheet_and_cell(tmp_path: Path) -> None:
    folder = tmp_path / "sheets"
    (folder / "inputs").mkdir(parents=True)
    book = Workbook()
    sheet = book.create_sheet("Plan 2021", 0)
    for row in (["Our plan"], ["line", "budget", "outturn"], ["nurses", 600_000, 590_000.5], ["beds", 1_000, 900]):
        sheet.append(row)
    book.save(folder / "inputs" / "lines.xlsx")
    where = 'file = "inputs/lines.xlsx"\nsheet = "Plan 2021"\nheader_row = 2\n'
    sheets = f'[[inputs]]\n{where}fund = "core"\nlevel = "place"\n'
    contract = '[[pools.rules]]\nrule = "allocate"\nclause = "Para 1"\nfrom = "pool"\nkey = { TRUST = 1 }\n'
    (folder / "model.toml").write_text(HEAD.format(name="sheets") + PARTNERS + FUNDS + sheets + POOL + contract)
    index = computed(folder)
    outturn = Figure("lines", "outturn", index.position("lines", "nurses") or 0)
    assert Sources(index).of(outturn) == Source("inputs/lines.xlsx", "Plan 2021", 3, "C")
    assert wrong_leaves(index) == (7, [])  # four amounts of lines, a term, two incomes
    assert "inputs/lines.xlsx, sheet Plan 2021, C3" in said(index, "nurses")


def test_decisions_cases_balances_and_defaults_lead_to_their_places(tmp_path: Path) -> None:
    rules = """
    [[pools.rules]]
    rule = "stop_loss"
    clause = "Para 2"
    cases = "inputs/cases.csv"
    attachment = 100_000
    coinsurance = 20
    borne_by = "CCG"

    [[pools.rules]]
    rule = "allocate"
    clause = "Para 3"
    from = "pool"
    key = "contribution"

    [[pools.rules]]
    rule = "decision"
    clause = "Minute 1"
    date = 2022-05-19
    from = "CCG"
    to = "TRUST"
    amount = 1_234
    reason = "Agreed"

    [[pools.rules]]
    rule = "decision"
    clause = "Minute 2"
    date = 2022-06-19
    from = "CCG"
    to = "reserve"
    amount = 4_321
    reason = "Agreed"
    """
    reserve = '[[reserves]]\ncode = "reserve"\nname = "Reserve"\nholder = "CCG"\nbalances = "inputs/balances.csv"\n'
    folder = place_model(tmp_path / "small", rules, "line,budget,outturn\nnurses,900000,800000", more=reserve)
    (folder / "inputs/cases.csv").write_text("case,pool,cost\nB,place,150000.50\nA,place,160000\n")
    (folder / "inputs/balances.csv").write_text("account,opening\nother,1\nreserve,77.25\n")
    index = computed(folder)
    count, wrong = wrong_leaves(index)
    assert wrong == []
    assert count == 2 + 2 + 2 + 2 + 1 + 2  # lines, terms, cases, decisions, reserve, incomes that are stated
    assert "inputs/balances.csv, row 3, column opening" in said(index, "opening@reserve")


# ------------------------------------------------------------------------------------------ what can be asked


def said(index: FigureIndex, query: str, depth: int | None = None) -> str:
    """The explanation as text, a hundred columns wide."""
    found = explain(index.built, (), query)
    assert isinstance(found, Explanation), getattr(found, "sentence", "")
    return found.text(depth, 100)


def figure_at(query: str) -> Reference:
    """The figure of Thurrock that is meant."""
    found = Query(shipped("thurrock-2021-22")).find(query)
    assert isinstance(found, FoundFigure), found.sentence
    return found.reference


def account(code: str) -> int:
    """The row of an account in Thurrock's settlement."""
    return list(shipped("thurrock-2021-22").figures["settlement"]["account"]).index(code)


ASKED: dict[str, Callable[[], Reference]] = {
    "locality:GRAYS variance_all": lambda: Figure("share locality", "variance_all", 1),
    "LOCALITY:grays Variance_All": lambda: Figure("share locality", "variance_all", 1),
    "variance_all@locality:GRAYS": lambda: Figure("share locality", "variance_all", 1),
    "variance_all in locality:GRAYS": lambda: Figure("share locality", "variance_all", 1),
    "Variance of the pool @ locality:GRAYS": lambda: Figure("share locality", "variance_all", 1),
    "locality:GRAYS Target held by CCG": lambda: Figure("share locality", "target_CCG", 1),
    "locality variance_all": lambda: Whole("share locality", "variance_all"),
    "place variance_all": lambda: Figure("share place", "variance_all", 0),
    "decision.amount": lambda: Whole("share locality", "decision.amount"),
    "COUNCIL": lambda: Figure("settlement", "transfer", account("COUNCIL")),
    "Thurrock Council": lambda: Figure("settlement", "transfer", account("COUNCIL")),
    "reserve risk_reserve": lambda: Figure("settlement", "transfer", account("risk_reserve")),
    "COUNCIL->CCG": lambda: Figure("payments", "to_CCG", account("COUNCIL")),
    "council pays ccg": lambda: Figure("payments", "to_CCG", account("COUNCIL")),
    "GRAYS": lambda: Whole("budget adult", "GRAYS"),
    "locality budget GRAYS": lambda: Whole("budget adult", "GRAYS"),
    "Tilbury and Chadwell": lambda: Whole("budget adult", "TILBURY"),
    "Tilbury and Chadwell outturn": lambda: Whole("outturn adult", "TILBURY"),
    "variance of WEST": lambda: Whole("variance children", "WEST"),
    "GRAYS ccg_prescribing": lambda: Figure("budget adult", "GRAYS", 5),
    "GRAYS from CCG prescribing": lambda: Figure("budget adult", "GRAYS", 5),
    "GRAYS outturn ccg_prescribing": lambda: Figure("outturn adult", "GRAYS", 5),
    "locality.threshold.percent": lambda: Figure("terms", "value", 2),
    "Budget of all lines": lambda: Figure("headline", "amount", 0),
    "closing@risk_reserve": lambda: Figure("closing", "closing", 0),
}


@pytest.mark.parametrize("query", ASKED)
def test_every_kind_of_figure_can_be_asked_for(query: str) -> None:
    assert figure_at(query) == ASKED[query]()


def test_a_line_can_be_asked_for_by_its_reference() -> None:
    reference = figure_at("bcf-02")
    assert isinstance(reference, Line)
    assert shipped("thurrock-2021-22").text(Row("lines", reference.number), "line") == "BCF-02"
    text = said(shipped("thurrock-2021-22"), "BCF-02")
    assert "inputs/bcf.csv, row 3, column Expenditure (£)" in text
    assert "inputs/bcf.csv, row 3, column Outturn (£)" in text


WRONG = {
    "COUNCL": "Did you mean 'COUNCIL'?",
    "nonsense of all kinds": "What you can ask for:",
    "COUNCIL pays CGC": "'CGC' takes no part in the settlement. Did you mean 'CCG'?",
    "locality:GRAYS varience_all": "Did you mean 'variance_all'?",
    "locality:GRAYS xyz": "Its steps are in column D",
    "variance_all": "'variance_all' is the name of 3 figures. Ask for one of them: 'children variance_all'",
    "locality:GRAYS Pool then holds": "Ask for one of them: 'locality:GRAYS ",
    "locality threshold.percent": "has no total, as its figures do not add up. Name a pool: 'locality:ASOP ",
    "GRAYS dgf": "GRAYS has no money of a fund 'dgf'. ",
    "'Share localty'!D14": "Did you mean 'Share locality'?",
    "Lines!ZZ9": "'Lines'!ZZ9 is empty. The tables of the sheet are in A5:",
    "Cover!A1": "'Cover'!A1 holds words, and no figure stands beside it",
}


@pytest.mark.parametrize("query", WRONG)
def test_what_is_not_there_is_answered_with_what_could_be_asked(query: str) -> None:
    found = Query(shipped("thurrock-2021-22")).find(query)
    assert isinstance(found, Unanswered)
    assert WRONG[query] in found.sentence


@pytest.mark.parametrize("name", SHIPPED)
def test_every_example_that_is_offered_can_be_asked_for(name: str) -> None:
    query = Query(shipped(name))
    examples = re.findall(r"  '(.+)'$", query.choices(), flags=re.MULTILINE)
    assert len(examples) >= 5
    assert [example for example in examples if isinstance(query.find(example), Unanswered)] == []


# ------------------------------------------------------------------------------------------ cells of the workbook


@pytest.fixture(scope="module")
def cells_of_thurrock(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Decimal]:
    """Every number of Thurrock's workbook by its sheet and cell."""
    path, built = tmp_path_factory.mktemp("built") / "thurrock.xlsx", shipped("thurrock-2021-22").built
    write_workbook(path, draft(built.plan, built.figures, built.pin, ()))
    rows = ((sheet.title, cell) for sheet in load_workbook(path, data_only=True) for row in sheet for cell in row)
    numbers = ((sheet, cell) for sheet, cell in rows if isinstance(cell.value, int | float))
    return {(sheet, cell.coordinate): Decimal(str(cell.value)) for sheet, cell in numbers}


@pytest.mark.slow
def test_every_figure_in_the_workbook_is_explained_by_its_cell(
    cells_of_thurrock: dict[tuple[str, str], Decimal],
) -> None:
    index = FigureIndex(shipped("thurrock-2021-22").built, ())
    cells = FiguresByCell(index)
    for place, number in cells_of_thurrock.items():
        found = cells.find(*place)
        assert isinstance(found, FoundFigure), found.sentence
        assert not found.preface
        assert abs(index.value(found.reference) - number) < Decimal("1e-8"), place
    assert len(cells_of_thurrock) > 12_000


@pytest.mark.slow
def test_every_cell_that_a_tree_names_holds_the_figure(cells_of_thurrock: dict[tuple[str, str], Decimal]) -> None:
    index, count = FigureIndex(shipped("thurrock-2021-22").built, ()), 0
    expander = Expander(index)
    for number in range(index.figures["settlement"].height):
        for entry in grow(expander, Figure("settlement", "transfer", number), 60).every():
            for named in (entry.figure.named, *entry.figure.through):
                if named.cell:
                    assert abs(entry.figure.amount - cells_of_thurrock[named.sheet, named.cell]) < Decimal("1e-8")
                    count += 1
    assert count > 2_000


WORDS = ("'Share locality'!D20", "Share locality!D20", "Share locality D20", "share locality!$d$20")


@pytest.mark.parametrize("query", WORDS)
def test_a_cell_with_words_is_answered_with_the_figure_beside_it(query: str) -> None:
    found = Query(shipped("thurrock-2021-22")).find(query)
    assert isinstance(found, FoundFigure)
    assert found.reference == figure_at("'Share locality'!E20")
    assert isinstance(found.reference, Whole)
    assert f"holds the words '{found.reference.column}'" in found.preface
    assert "in E20" in found.preface


def test_a_cell_outside_the_tables_leads_to_the_figure_that_it_fetches() -> None:
    index = shipped("thurrock-2021-22")
    on_cover = [FiguresByCell(index).find("Cover", f"B{row}") for row in range(5, 40)]
    references = [found.reference for found in on_cover if isinstance(found, FoundFigure)]
    assert Figure("verdict", "failing", 0) in references


# ------------------------------------------------------------------------------------------ the tree


def test_what_was_shown_above_is_referred_to_and_what_is_zero_takes_one_line() -> None:
    index = shipped("mid-and-south-essex-2021-22")
    found = Query(index).find("BASILDON_CCG")
    assert isinstance(found, FoundFigure)
    every = list(grow(Expander(index), found.reference, 60).every())
    assert any(entry.state is State.ABOVE for entry in every)
    assert all(not entry.branches for entry in every if entry.state is not State.OPENED)
    zero = [entry for entry in every if not entry.figure.amount and entry.figure.formula]
    assert zero
    assert {entry.state for entry in zero} <= {State.ONE_LINE, State.ABOVE}


def test_a_zero_that_is_asked_for_is_opened_down_to_what_makes_it_zero() -> None:
    index = shipped("shared-savings-example")
    tree = grow(Expander(index), Figure("share aco", "final.ACO", pool_of("A4626-2021")), 60)
    labels = {entry.figure.named.label for entry in tree.every() if entry.figure.amount}
    assert tree.figure.amount == 0
    assert "Threshold" in labels


def pool_of(code: str) -> int:
    """The row of an organisation in the example of shared savings."""
    return shipped("shared-savings-example").position("share aco", f"aco:{code}") or 0


def test_the_smaller_contributions_are_counted_and_added() -> None:
    text = said(shipped("thurrock-2021-22"), "GRAYS primary_care")
    assert "180 others adding to £5,181,502.50" in text
    assert text.count("column\n") + text.count("column budget") == 5


def test_a_rule_that_moves_nothing_is_named() -> None:
    assert "left unchanged by 11. Cap (loss)" in said(shipped("thurrock-2021-22"), "locality:ASOP final.GP")


def test_a_tree_is_bounded_in_depth_and_in_figures() -> None:
    expander = Expander(shipped("thurrock-2021-22"))
    for depth in (0, 1, 3):
        assert depth_of(grow(expander, figure_at("COUNCIL"), depth)) == depth
    small = grow(expander, figure_at("COUNCIL"), 60, most=50)
    assert len(list(small.every())) <= 51
    assert small.closed > 0


def depth_of(tree: Tree) -> int:
    """The levels below the top."""
    return 1 + max(map(depth_of, tree.branches)) if tree.branches else 0


@pytest.mark.parametrize("query", [*ASKED, "BCF-02", "Settlement!E9", "PH365"])
def test_the_top_of_the_tree_fits_a_screen(query: str) -> None:
    lines = said(shipped("thurrock-2021-22"), query).splitlines()
    assert len(lines) <= 45
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("name", SHIPPED)
def test_a_figure_is_explained_within_a_second_of_reading(name: str) -> None:
    built: ComputedModel = shipped(name).built
    for number in range(built.figures["settlement"].height):
        started = time.perf_counter()
        found = explain(built, (), str(built.figures["settlement"]["account"][number]))
        assert isinstance(found, Explanation)
        found.text(None, 100)
        assert time.perf_counter() - started < 1


def test_json_has_the_whole_tree_with_exact_amounts() -> None:
    built = shipped("thurrock-2021-22").built
    found = explain(built, (), "locality:ASOP share_ranges_1.band_1.providers")
    assert isinstance(found, Explanation)
    told = json.loads(found.json(None))
    assert set(told) == {"schema", "model", "digest", "asked", "closed", "figure"}
    assert told["closed"] == 0
    top = told["figure"]
    assert (top["label"], top["amount"], top["shown"]) == ("Band 1: Providers", "89526.53", "£89,526.53")
    assert top["formula"] == "ROUND(£179,053.07 × 100% ÷ 100%) - ROUND(£179,053.07 × 50% ÷ 100%)"
    assert (top["sheet"], top["clause"]) == ("Share locality", "Schedule 9.4, para 4")
    sources = [node["source"]["file"] for node in nodes(top) if node["source"]]
    assert {"model.toml", "inputs/ccg.csv", "inputs/bcf.csv"} <= set(sources)
    assert len({frozenset(node) for node in nodes(top)}) == 1


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A node of the JSON tree and all below it."""
    yield node
    for branch in node["branches"]:
        yield from nodes(branch)


# ------------------------------------------------------------------------------------------ the command line


def run(*words: str) -> tuple[int, str]:
    """The exit code of `riskshare explain` and what it says."""
    result = CliRunner().invoke(main, ["explain", *words])
    return result.exit_code, result.output


def test_the_command_takes_words_that_the_shell_has_split() -> None:
    code, text = run(str(THURROCK), "Share", "locality!F19", "--depth", "0")
    assert code == 0
    assert "Target of the pool" in text
    assert run(str(THURROCK), "locality:GRAYS", "variance_all", "--json")[1].startswith("{")


def test_an_unknown_figure_is_wrong_usage_and_a_model_with_errors_has_findings(tmp_path: Path) -> None:
    code, text = run(str(THURROCK), "COUNCL")
    assert code == 2
    assert "Did you mean 'COUNCIL'?" in text
    broken = place_model(tmp_path / "broken", "", "line,budget,outturn\nnurses,12x,1")
    assert run(str(broken), "CCG")[0] == 1


def test_the_page_shows_what_the_command_says() -> None:
    page = (REPOSITORY / "docs" / "explain.md").read_text(encoding="utf-8")
    example = re.search(r"```console\n\$ riskshare explain (\S+) ([^\n]+)\n(.*?)```", page, flags=re.DOTALL)
    assert example is not None
    built, findings = compute(REPOSITORY / example[1])
    assert built is not None
    found = explain(built, findings, example[2].strip("'"))
    assert isinstance(found, Explanation)
    assert example[3].rstrip() == found.text(None, 100)
