"""Lineage inside the workbook: lines, terms, steps and figures say where they come from; every link leads there."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from cases import place_model
from places import MODELS
from random_models import random_model
from recalculation import cached, changed_by_input, ironcalc, prove
from riskshare.build import build
from riskshare.figures.line_treatment import complete
from riskshare.figures.plan import Plan, plan
from riskshare.formula.language import Given, table
from riskshare.formula.units import SHARE, TEXT, WEIGHT
from riskshare.inputs.reading import Reading, read_model
from riskshare.outputs.workbook.layout import Block, Layout, PlacedTable
from riskshare.outputs.workbook.links import links_of_figures, only_fetches
from riskshare.problems.errors import LayoutError

NAMES = ("thurrock-2021-22", "mid-and-south-essex-2021-22", "shared-savings-example")
REFERENCE = re.compile(r"((?:'(?:[^']|'')+'|\w+)!)?(\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)")
SHARING = """
[[pools.rules]]
rule = "allocate"
clause = "Schedule 2"
from = "pool"
key = "contribution"
"""


@dataclass(frozen=True)
class Place:
    """A sheet and an area of it: first column, first row, last column, last row."""

    sheet: str
    area: tuple[int, int, int, int]

    @property
    def rows(self) -> range:
        """The rows of the area."""
        return range(self.area[1], self.area[3] + 1)


def place(text: str, here: str = "") -> Place:
    """The place that a link or a reference names."""
    sheet, _, area = text.replace("$", "").rpartition("!")
    name = sheet[1:-1].replace("''", "'") if sheet.startswith("'") else sheet
    first_column, first_row, last_column, last_row = (int(edge or 0) for edge in range_boundaries(area))
    return Place(name or here, (first_column, first_row, last_column, last_row))


def references(cell: Cell) -> list[Place]:
    """The cells and ranges that a formula reads, texts in quotes left out."""
    formula = re.sub(r'"[^"]*"', "", str(cell.value))
    return [place("".join(found.groups(default="")), cell.parent.title) for found in REFERENCE.finditer(formula)]


def cells(sheet: Worksheet) -> Iterator[Cell]:
    """Every cell that holds something."""
    for row in sheet.iter_rows():
        yield from (cell for cell in row if isinstance(cell, Cell) and cell.value is not None)


def linked(cell: Cell) -> Place:
    """Where a cell's link leads."""
    assert cell.hyperlink is not None, f"{cell.parent.title}!{cell.coordinate} has no link"
    assert cell.hyperlink.target is None, f"{cell.parent.title}!{cell.coordinate} leads out of the workbook"
    return place(str(cell.hyperlink.location), cell.parent.title)


def figures(sheet: Worksheet) -> list[Cell]:
    """The calculated figures of a sheet: the formulas that are no names."""
    return [cell for cell in cells(sheet) if cell.data_type == "f" and cell.number_format != "General"]


@pytest.fixture(scope="module", params=NAMES)
def workbook(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    """The workbook of each shipped model, built once."""
    path = tmp_path_factory.mktemp("lineage") / f"{request.param}.xlsx"
    built, findings = build(MODELS / request.param, path)
    assert built is not None, findings
    return openpyxl.load_workbook(path)


def built_at(model: Path, path: Path) -> Workbook:
    """The workbook of a model that has no errors, written to a path and read back."""
    built, findings = build(model, path)
    assert built is not None, "\n".join(map(str, findings))
    return openpyxl.load_workbook(path)


def planned(folder: Path) -> tuple[Reading, Plan]:
    """A model's files as they were read, and its plan."""
    reading, findings = read_model(folder)
    assert reading is not None, findings
    return reading, plan(reading, complete(reading.model, reading.lines, reading.localities))


def column(sheet: Worksheet, header: str, title: str) -> dict[str, Any]:
    """A column of a table by the keys in the table's first column, found as a reader would: by the headings."""
    rows = sheet.iter_rows()
    names = next([str(cell.value).split(" (£)")[0] for cell in row] for row in rows if row[0].value == header)
    number, found = names.index(title), dict[str, Any]()
    for row in rows:
        if row[0].value in (None, "Total"):
            break
        found[str(row[0].value)] = row[number].value
    return found


# Links


def test_every_link_leads_to_cells_that_are_used(workbook: Workbook) -> None:
    links = [(cell, linked(cell)) for sheet in workbook for cell in cells(sheet) if cell.hyperlink]
    assert len(links) > 150
    for cell, there in links:
        at = f"{cell.parent.title}!{cell.coordinate} -> {cell.hyperlink.location if cell.hyperlink else ''}"
        assert there.sheet in workbook.sheetnames, at
        first_column, first_row, last_column, last_row = there.area
        used = workbook[there.sheet]
        assert last_row <= used.max_row, at
        assert last_column <= used.max_column, at
        corners = (used.cell(first_row, first_column).value, used.cell(last_row, last_column).value)
        assert None not in corners, at


def test_every_figure_of_summary_and_settlement_links_to_a_cell_that_its_formula_reads(workbook: Workbook) -> None:
    """Where a formula reads none, as in =0, to the top of a sheet that its column reads, if any."""
    sheets = [sheet for sheet in workbook if sheet.title in ("Summary", "Payments") or "Settlement" in sheet.title]
    assert len(sheets) >= 2
    for sheet in sheets:
        found = figures(sheet)
        assert found
        for cell in found:
            read = references(cell)
            others = {other.sheet for each in _column_of_table(sheet, cell) for other in _read_by(each)}
            tops = {place("A1", other) for other in others - {sheet.title}}
            if read or tops:
                there = linked(cell)
                assert there in (read or tops), f"{sheet.title}!{cell.coordinate} {cell.value} -> {there}"


def _column_of_table(sheet: Worksheet, cell: Cell) -> list[Cell]:
    """The cells above and below without a gap: the same column of the same table."""
    column = [entry for entry in sheet[cell.column_letter] if isinstance(entry, Cell)]
    gaps = [0, *(other.row for other in column if other.value is None), len(column) + 1]
    first, last = (
        pick(gap for gap in gaps if test(gap)) for pick, test in ((max, cell.row.__gt__), (min, cell.row.__lt__))
    )
    return [other for other in column if first < other.row < last]


def _read_by(cell: Cell) -> list[Place]:
    return references(cell) if cell.data_type == "f" else []


def test_every_linked_figure_is_still_a_live_formula_with_its_figure(workbook: Workbook) -> None:
    for sheet in workbook:
        for cell in cells(sheet):
            if cell.hyperlink and cell.data_type != "s":
                assert str(cell.value).startswith("="), f"{sheet.title}!{cell.coordinate}"


def test_no_input_is_a_link_so_that_it_can_be_typed_over(workbook: Workbook) -> None:
    for sheet in workbook:
        for cell in cells(sheet):
            assert not (cell.hyperlink and cell.data_type == "n"), f"{sheet.title}!{cell.coordinate}"


def _steps(sheet: Worksheet) -> Iterator[tuple[str, Sequence[Cell]]]:
    """The rows of the steps of a Share sheet, with the clause of each."""
    for row in sheet.iter_rows(min_row=6):
        if row[3].value and any(cell.data_type == "f" for cell in row):
            yield str(row[2].value or ""), [cell for cell in row if isinstance(cell, Cell)]


def test_every_step_of_a_rule_with_terms_links_to_them(workbook: Workbook) -> None:
    """The terms linked to are those of the step's own clause; a step that fetches a term links to that one."""
    terms, fetched = workbook["Terms"], 0
    table = range(*place(terms.tables["T_Terms"].ref).area[1::2]) if "T_Terms" in terms.tables else range(0)
    for sheet in (sheet for sheet in workbook if sheet.title.startswith("Share ")):
        with_terms = {clause for clause, row in _steps(sheet) if clause and _terms_read(row)}
        for clause, row in _steps(sheet):
            if clause in with_terms:
                at, there, read = f"{sheet.title}!{row[2].coordinate}", linked(row[2]), _terms_read(row)
                assert not read or there.sheet in {entry.sheet for entry in read}, at
                rows = {entry.area[1] for entry in read} & {number + 1 for number in table}
                assert rows <= set(there.rows), at
                if rows:
                    assert {terms.cell(number, 3).value for number in there.rows} == {clause}, at
                fetched += len(rows)
    assert fetched >= len(table)


def _terms_read(row: Sequence[Cell]) -> list[Place]:
    """The cells of Terms, or of a table of pools, that a step's own formula reads."""
    formula = next(cell for cell in row[5:] if cell.data_type == "f")
    return [entry for entry in references(formula) if entry.sheet == "Terms" or entry.sheet.startswith("Pools ")]


def test_with_many_pools_the_links_stand_above_the_headings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskshare.outputs.sheets.share.MOST_COLUMNS", 3)
    path = tmp_path / "thurrock.xlsx"
    workbook = built_at(MODELS / "thurrock-2021-22", path)
    sheet = workbook["Share locality"]
    (table,) = sheet.tables.values()
    header = place(table.ref).area[1]
    links = [cell for cell in sheet[header - 1] if isinstance(cell, Cell) and cell.hyperlink]
    assert len(links) > 50
    for cell in links:
        terms = linked(cell)
        clauses = {workbook["Terms"].cell(row, 3).value for row in terms.rows}
        assert clauses == {cell.value} or workbook["Terms"].cell(terms.area[1] - 1, 1).value != "Term"
    assert sheet.cell(header, 1).value == "Pool"
    assert prove(path, ironcalc) == []


def test_a_figure_links_to_another_sheet_rather_than_to_its_neighbour() -> None:
    (link,) = links_of_figures(["=ROUND(B4*'Share it''s'!$E$7,2)"], "Settlement")
    assert link is not None
    assert link.location == "'Share it''s'!E7"
    assert link.tip == "Calculated from B4, 'Share it''s'!E7"


def test_a_constant_links_to_where_its_column_is_calculated() -> None:
    assert [link and link.location for link in links_of_figures(["=0", "=Lines!$L$9"], "Summary")] == [
        "Lines!A1",
        "Lines!L9",
    ]
    assert links_of_figures(["=0"], "Summary") == [None]


@pytest.mark.parametrize(
    ("formula", "fetches"),
    [("=Lines!$L$9", True), ("='Share a'!B2", True), ("=ROUND(B2,2)", False), ("=0", False), ("=B2+B3", False)],
)
def test_only_a_formula_that_fetches_is_green(formula: str, fetches: bool) -> None:
    assert only_fetches(formula) is fetches


@pytest.mark.parametrize("sheets", [("Lines", "Copy"), ("Lines", "Lines")])
def test_a_table_that_stands_twice_is_refused(sheets: tuple[str, str]) -> None:
    """A formula that reads it could not tell which of the two it means."""
    lines = Block(table("lines", "Lines", "one row per line", "line", [Given("line", TEXT, "Line")]))
    placed = [PlacedTable(lines, sheet, top, 1) for sheet, top in zip(sheets, (4, 14), strict=True)]
    assert Layout(placed[:1], {}).placement("lines").sheet == "Lines"
    with pytest.raises(LayoutError, match=f"the table 'lines' stands on 'Lines' and on '{sheets[1]}'"):
        Layout(placed, {})


# Lines and terms


@pytest.mark.parametrize("name", NAMES[:2])
def test_every_line_says_the_file_and_the_cell_of_its_amounts(name: str) -> None:
    """Looked up in the file as a reader would: the row counted from the top, the column by its heading."""
    reading, planned_model = planned(MODELS / name)
    files = {
        entry.file: list(csv.reader((MODELS / name / entry.file).read_text("utf-8-sig").splitlines()))
        for entry in reading.model.inputs
    }
    units = {f"input {number}": entry.units for number, entry in enumerate(reading.model.inputs, start=1)}
    looked_up = 0
    for line in planned_model.lines.iter_rows(named=True):
        rows = files[line["file"]]
        for measure in ("budget", "outturn"):
            row, heading = re.fullmatch(r"row (\d+), (.*)", line[f"{measure}_cell"]).groups()  # type: ignore[union-attr]
            text = rows[int(row) - 1][next(n for n, cell in enumerate(rows[0]) if cell.strip() == heading)]
            assert Decimal(text.replace(",", "").strip("£ ")) * units[line["input"]] == line[measure], line["line"]
            looked_up += 1
    assert looked_up == 2 * planned_model.lines.height > 100


def sheets_model(folder: Path) -> Path:
    """Two inputs from sheets of one workbook whose names could be taken for a number and for a comparison."""
    model = place_model(folder, SHARING, "line,budget,outturn\nz,1.00,1.00")
    book = Workbook()
    for name, lines in ((book.active, "ab"), (book.create_sheet(">0"), "cd")):
        assert isinstance(name, Worksheet)
        name.append(["line", "note", "budget", "outturn"])
        for number, line in enumerate(lines, start=1):
            name.append([line, "", 100 * number, 90])
    book.worksheets[0].title = "2021"
    book.save(folder / "inputs" / "lines.xlsx")
    text = (model / "model.toml").read_text(encoding="utf-8")
    inputs = "".join(
        f'\n[[inputs]]\nfile = "inputs/lines.xlsx"\nsheet = "{sheet}"\nfund = "core"\nlevel = "place"\n'
        f"control_total = {{ budget = {total} }}\n"
        for sheet, total in (("2021", 300), (">0", 300))
    )
    (model / "model.toml").write_text(text.replace("\n[[pools]]", f"{inputs}\n[[pools]]", 1), encoding="utf-8")
    return model


def test_a_line_of_a_sheet_says_file_sheet_and_cell_and_its_control_total_holds(tmp_path: Path) -> None:
    path = tmp_path / "built.xlsx"
    sheet = built_at(sheets_model(tmp_path / "sheets"), path)["Lines"]
    assert column(sheet, "Line", "File")["c"] == "inputs/lines.xlsx"
    assert column(sheet, "Line", "Sheet") == {"a": "2021", "b": "2021", "c": ">0", "d": ">0", "z": "-"}
    assert column(sheet, "Line", "Cell of the budget")["d"] == "C3"
    assert column(sheet, "Line", "Cell of the outturn") == {
        "a": "D2", "b": "D3", "c": "D2", "d": "D3", "z": "row 2, outturn",
    }  # fmt: skip
    assert prove(path, ironcalc) == []
    checks = openpyxl.load_workbook(path, data_only=True)["Checks"]
    found = column(checks, "Check", "Found")
    assert found["Control total of inputs/lines.xlsx, sheet 2021: budget"] == 300
    assert found["Control total of inputs/lines.xlsx, sheet >0: budget"] == 300


def test_every_term_stands_where_it_says(workbook: Workbook, request: pytest.FixtureRequest) -> None:
    """The line of model.toml that Terms names holds the term's key, and its clause is the rule's."""
    name = request.node.callspec.params["workbook"]
    lines = (MODELS / name / "model.toml").read_text(encoding="utf-8").splitlines()
    _, planned_model = planned(MODELS / name)
    terms = [term for group in planned_model.groups for term in group.terms]
    if not terms:
        assert name == "shared-savings-example"
        return
    shown = column(workbook["Terms"], "Term", "Where it is written")
    clauses = column(workbook["Terms"], "Term", "Clause")
    assert set(shown) == {term.key for term in terms}
    for term in terms:
        file, number = shown[term.key].split(" line ")
        assert file == "model.toml"
        key = [part for part in term.path if isinstance(part, str)][-1]
        assert key in lines[int(number) - 1], f"{term.key}: {lines[int(number) - 1]}"
        above = [line for line in lines[: int(number)] if line.startswith(("clause =", "[[pools.rules]]"))]
        below = [line for line in lines[int(number) :] if line.startswith("clause =")]
        written = above[-1] if above[-1].startswith("clause") else below[0]
        assert written == f'clause = "{clauses[term.key]}"', term.key


@pytest.mark.parametrize("seed", range(12))
def test_the_path_of_every_term_of_a_random_model_leads_to_its_number(tmp_path: Path, seed: int) -> None:
    """Terms that the file leaves out are defaults: their path leads to the rule, which lacks the key.

    Where a fraction stands, the terms are its parts and what they are parts of.
    """
    reading, planned_model = planned(random_model(tmp_path / f"random-{seed}", seed))
    for term in (term for group in planned_model.groups for term in group.terms):
        here: Any = reading.toml.values
        for part in term.path[:-1]:
            here = here[part]
        if isinstance(stated := here.get(term.path[-1]), str):
            parts, _, whole = stated.partition("/")
            assert term.unit is WEIGHT
            assert stated == "rest" or term.value in (Decimal(parts), Decimal(whole)), term
        elif term.path[-1] in here:
            number = Decimal(here[term.path[-1]])
            assert number == (term.value * 100 if term.unit is SHARE else term.value), term
        else:
            assert term.path[:-1] == term.path[:4], term


def test_the_keys_of_a_blend_stand_in_their_own_part(tmp_path: Path) -> None:
    rules = """
    [[pools.rules]]
    rule = "allocate"
    clause = "Schedule 3"
    from = "pool"
    key = [
      { weight = 60, key = { CCG = 3, COUNCIL = 1 } },
      { weight = 40, key = { CCG = 1, COUNCIL = 4 } },
    ]
    """
    model = place_model(tmp_path / "blend", rules, "line,budget,outturn\na,1000.00,900.00")
    lines = (model / "model.toml").read_text(encoding="utf-8").splitlines()
    shown = column(built_at(model, tmp_path / "blend.xlsx")["Terms"], "Term", "Where it is written")
    stand = {key: lines[int(text.split(" line ")[1]) - 1] for key, text in shown.items()}
    assert stand["place.allocate.part_1.key.COUNCIL"] == "  { weight = 60, key = { CCG = 3, COUNCIL = 1 } },"
    assert stand["place.allocate.part_2.key.COUNCIL"] == "  { weight = 40, key = { CCG = 1, COUNCIL = 4 } },"
    assert stand["place.allocate.part_2.weight"] == "  { weight = 40, key = { CCG = 1, COUNCIL = 4 } },"


# Decisions and other overrides


OVERRIDES = """
[[pools.rules]]
rule = "adjust_target"
clause = "Schedule 1"
amount = 250
funded_by = "COUNCIL"
reason = "A cold winter"

[[pools.rules]]
rule = "allocate"
clause = "Schedule 2"
from = "pool"
key = { CCG = 1, TRUST = 1 }

[[pools.rules]]
rule = "decision"
clause = "Board minute 7.2"
date = 2022-05-19
from = "CCG"
to = "TRUST"
amount = 40.50
reason = "Beds kept open"

[[pools.rules]]
rule = "decision"
clause = "Board minute 9"
date = 2022-06-30
from = "TRUST"
to = "CHARITY"
amount = 10
reason = "Volunteers"
"""


@pytest.fixture(scope="module")
def overridden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook with two decisions of the board and a change of the target."""
    folder = tmp_path_factory.mktemp("overridden")
    model = place_model(folder / "small", OVERRIDES, "line,budget,outturn\na,1000.00,900.00")
    built_at(model, folder / "built.xlsx")
    return folder / "built.xlsx"


def test_provenance_lists_decisions_with_who_when_minute_and_effect(overridden: Path) -> None:
    sheet = openpyxl.load_workbook(overridden)["Provenance"]
    model = (overridden.parent / "small" / "model.toml").read_text(encoding="utf-8").splitlines()
    key = "place.decision_1 in pool place"
    listed = {title: column(sheet, "Decision", title)[key] for title in ("Who gives", "Who receives", "Minute", "Date")}
    assert listed == {
        "Who gives": "CCG", "Who receives": "TRUST", "Minute": "Board minute 7.2", "Date": "2022-05-19",
    }  # fmt: skip
    assert column(sheet, "Decision", "Reason")[key] == "Beds kept open"
    effect, stands = column(sheet, "Decision", "Effect")[key], column(sheet, "Decision", "Where it is written")[key]
    assert re.fullmatch(r"=Terms!\$G\$\d+", effect)
    assert model[int(stands.removeprefix("model.toml line ")) - 1] == "[[pools.rules]]"
    assert model[int(stands.removeprefix("model.toml line "))] == 'rule = "decision"'
    changes = column(sheet, "Change", "Reason"), column(sheet, "Change", "Who funds it")
    assert changes == ({"place.adjust_target": "A cold winter"}, {"place.adjust_target": "COUNCIL"})


def _beside(workbook: Path, sheet: str, word: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """The cell to the right of a word on a sheet, and the one below that."""
    row = next(cell.row for cell in openpyxl.load_workbook(workbook)[sheet]["A"] if cell.value == word)
    return (sheet, f"B{row}"), (sheet, f"B{row + 1}")


def test_the_cover_counts_overrides_and_says_what_they_move(overridden: Path) -> None:
    values = cached(overridden)
    count, moved = _beside(overridden, "Cover", "Decisions of the board")
    assert (values[count], values[moved]) == (2, 50.5)
    count, moved = _beside(overridden, "Cover", "Changes of targets")
    assert (values[count], values[moved]) == (1, 250)


def test_a_decision_that_is_typed_away_is_no_longer_counted(overridden: Path, tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(overridden)["Terms"]
    row = next(cell.row for cell in sheet["A"] if cell.value == "place.decision_1")
    changed_by_input(overridden, tmp_path / "typed.xlsx", {("Terms", f"G{row}"): 0})
    (values,) = ironcalc([tmp_path / "typed.xlsx"])
    count, moved = _beside(overridden, "Cover", "Decisions of the board")
    assert (values[count], values[moved]) == (1, 10)


def test_without_overrides_provenance_and_cover_say_none(tmp_path: Path) -> None:
    model = place_model(tmp_path / "plain", SHARING, "line,budget,outturn\na,1000.00,900.00")
    workbook = built_at(model, tmp_path / "plain.xlsx")
    texts = [str(cell.value) for cell in cells(workbook["Provenance"])]
    assert any("Decisions of the board: none. Changes of targets: none." in text for text in texts)
    count, _ = _beside(tmp_path / "plain.xlsx", "Cover", "Decisions of the board")
    assert cached(tmp_path / "plain.xlsx")[count] == 0
    assert workbook["Cover"][count[1]].number_format.endswith(';;"none"')
