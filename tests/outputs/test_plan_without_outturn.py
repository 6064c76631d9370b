"""A plan has no outturn: it is said wherever figures are shown, nothing looks as if it were known, formulas are live.

Two lines of £4,000,000 and £6,000,000 in a pool that gives all gains to the trust and losses to the CCG.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from cases import FUNDS, HEAD, PARTNERS, answer, place_model, write_model
from contracts import decided, toml
from recalculation import cached, changed_by_input, ironcalc
from riskshare.build import build
from riskshare.figures.not_given import marked
from riskshare.outputs.headline import headline
from riskshare.outputs.results import write_results

LINES = "line,budget\na,4000000\nb,6000000"
RULES = (
    "threshold: percent = 1",
    "share_ranges: side = 'gain', bands = [{ shares = { TRUST = 100 } }]",
    "share_ranges: side = 'loss', bands = [{ shares = { CCG = 100 } }]",
)
SAID = "PLAN: no outturn is given yet, so no variance, gain or loss is known."
# Without figures that rest on an outturn: Localities is empty in this model.
QUIET = {"Cover", "Contents", "Notes", "Provenance", "Localities"}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return place_model(tmp_path / "plan", toml(RULES), LINES)


@pytest.fixture
def workbook(model: Path, tmp_path: Path) -> Path:
    built, findings = build(model, tmp_path / "plan.xlsx")
    assert built is not None, findings
    return tmp_path / "plan.xlsx"


def test_the_terminal_says_that_it_is_a_plan_and_shows_no_outturn(model: Path) -> None:
    said = headline(answer(model).built, 100)
    assert "A plan: no outturn is given yet, so no variance, gain or loss is known." in said
    assert "Budget of all lines" in said
    for unknown in ("Outturn of", "Variance of", "unshared", "Gain or (loss)", "Payment"):
        assert unknown not in said


def test_what_a_decision_moves_all_the_same_is_said_to_be_that(tmp_path: Path) -> None:
    """£5,000 go from the CCG to the trust whatever is spent."""
    said = headline(
        answer(place_model(tmp_path / "plan", toml((*RULES, decided("CCG", "TRUST", "5_000"))), LINES)).built, 100
    )
    assert "Gain or (loss) if the budget is spent exactly" in said
    assert "CCG pays TRUST" in said


def test_every_sheet_with_figures_says_it_at_its_top(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    with_figures = [sheet for sheet in book.worksheets if sheet.title not in QUIET]
    assert {sheet.title: str(sheet["A2"].value).startswith(SAID) for sheet in with_figures} == {
        sheet.title: True for sheet in with_figures
    }
    cover = {row[0].value: row[1].value for row in book["Cover"].iter_rows(max_col=2)}
    assert str(cover["Outturn"]).startswith("NOT GIVEN YET: this is a plan")


def texts(workbook: Path) -> Iterator[tuple[str, str]]:
    for sheet in openpyxl.load_workbook(workbook).worksheets:
        if sheet.title not in QUIET:
            for row in sheet.iter_rows(min_row=3):
                yield from ((sheet.title, cell.value) for cell in row if isinstance(cell.value, str))


def test_no_outturn_or_variance_is_shown_as_if_it_were_known(workbook: Path) -> None:
    """Every heading and row that speaks of one says that it is not given yet; notes are sentences, and codes ids."""
    named = ("Outturn", "Variance", "Net variance", "Size of the variance")
    shown = [(sheet, text) for sheet, text in texts(workbook) if text.startswith(named)]
    assert len(shown) > 10
    sentences = (".", "a loss negative")
    assert [entry for entry in shown if "not given yet" not in entry[1] and not entry[1].endswith(sentences)] == []


def test_the_summary_leaves_out_what_is_not_known_and_has_no_chart_of_it(workbook: Path) -> None:
    summary = [text for sheet, text in texts(workbook) if sheet == "Summary"]
    assert "Budget of all lines" in summary
    assert not [text for text in summary if text.startswith(("Outturn of", "Variance of", "of which unshared"))]
    assert openpyxl.load_workbook(workbook)["Summary"]._charts == []  # type: ignore[attr-defined]


def of_settlement(values: dict[tuple[str, str], object]) -> set[float]:
    return {abs(value) for (sheet, _), value in values.items() if sheet == "Settlement" and isinstance(value, float)}


def outturns(workbook: Path) -> list[str]:
    """The cells of the outturns on Lines."""
    rows = list(openpyxl.load_workbook(workbook)["Lines"].iter_rows(values_only=True))
    headings = [
        (row, column) for row, cells in enumerate(rows, 1) for column, cell in enumerate(cells, 1) if heads(cell)
    ]
    [(row, column)] = headings
    return [f"{get_column_letter(column)}{row + number}" for number in (1, 2)]


def heads(cell: object) -> bool:
    return str(cell).startswith("Outturn (not given yet)")


def test_a_budget_that_is_changed_in_the_workbook_makes_no_variance(workbook: Path, tmp_path: Path) -> None:
    """The outturn is a formula, so it follows the budget: no gain comes of planning less."""
    [first, _] = outturns(workbook)
    budget = ("Lines", f"{chr(ord(first[0]) - 1)}{first[1:]}")
    changed_by_input(workbook, tmp_path / "typed.xlsx", {budget: 3_000_000})
    [values] = ironcalc([tmp_path / "typed.xlsx"])
    assert values["Lines", first] == 3_000_000
    assert of_settlement(dict(values)) == {0.0}


def test_an_outturn_that_is_typed_in_moves_everything(workbook: Path, tmp_path: Path) -> None:
    """£3,500,000 of £4,000,000 is a gain of £500,000, past the threshold of 1%: the CCG pays it to the trust."""
    book = openpyxl.load_workbook(workbook)
    book["Lines"][outturns(workbook)[0]] = 3_500_000
    book.save(tmp_path / "typed.xlsx")
    [values] = ironcalc([tmp_path / "typed.xlsx"])
    assert 500_000 in of_settlement(dict(values))
    assert of_settlement(dict(cached(workbook))) == {0.0}


def test_results_are_empty_where_nothing_is_known(model: Path, tmp_path: Path) -> None:
    built = answer(model).built
    files = {path.stem: rows(path) for path in write_results(tmp_path / "results", built.plan, built.figures)}
    assert [(row["budget"], row["outturn"]) for row in files["lines"]] == [("4000000.00", ""), ("6000000.00", "")]
    assert {row[name] for row in files["settlement"] for name in ("position", "entitlement", "transfer")} == {""}
    assert {row["opening"] for row in files["balances"]} <= {""}
    steps = {row["step"]: row["value"] for row in files["steps"]}
    assert (steps["target"], steps["outturn"], steps["variance_all"]) == ("10000000.00", "", "")
    assert files["payments"] == []


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_pools_of_a_table_have_an_outturn_all_the_same(tmp_path: Path) -> None:
    """Lines without one stand beside a table that gives one: only what comes of the lines is not known."""
    table = '[[pools]]\ncode = "given"\ntable = "inputs/pools.csv"\nholder = "CCG"\n' + toml(RULES)
    lines = '\n[[inputs]]\nfile = "inputs/lines.csv"\nfund = "core"\nlevel = "place"\n[[pools]]\ncode = "place"\n'
    text = HEAD.format(name="plan") + PARTNERS + FUNDS + lines + toml(RULES) + table
    model = write_model(tmp_path / "plan", text, lines=LINES, pools="pool,target,outturn\nx,1000000,900000")
    tables = {table.name: table for table in answer(model).built.plan.tables}
    labels = {name: [step.label for step in tables[name].steps] for name in ("share given", "share place")}
    assert "Outturn of the pool" in labels["share given"]
    assert "Outturn (not given yet) of the pool" in labels["share place"]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Outturn", "Outturn (not given yet)"),
        ("Variance of the pool", "Variance (not given yet) of the pool"),
        ("North: outturn", "North: outturn (not given yet)"),
        ("Variances, gains and losses alike", "Variances (not given yet), gains and losses alike"),
        ("Outturn (not given yet)", "Outturn (not given yet)"),
        ("Target of the pool", "Target of the pool"),
    ],
)
def test_a_label_says_what_is_not_known(label: str, expected: str) -> None:
    assert marked(label) == expected
