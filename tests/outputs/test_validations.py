"""What may be typed into the workbook: every input cell says it, and refuses words and impossible figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.workbook import Workbook

from places import MODELS
from riskshare.build import build, compute
from riskshare.formula.language import Given
from riskshare.formula.units import TEXT
from riskshare.outputs.write import draft

IMPOSSIBLE: dict[str, tuple[object, ...]] = {
    "decimal": ("half", "n/a", "", 1e13, -1e13),
    "integer": ("two", "", -1),
    "list": ("Yess", "nobody", 7),
}
OF_SHARES: tuple[object, ...] = (-0.01, 101.0)


@pytest.fixture(scope="module", params=sorted(path.name for path in MODELS.iterdir()))
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Workbook]:
    """The workbook of a shipped model."""
    path: Path = tmp_path_factory.mktemp("validations") / "w.xlsx"
    assert build(MODELS / request.param, path, None)[0] is not None
    return request.param, load_workbook(path)


@dataclass(frozen=True)
class Rule:
    """A validation of a sheet: its kind, what it compares with, where it holds."""

    sheet: str
    kind: str
    first: str
    second: str
    blank: bool
    areas: tuple[str, ...]
    told: bool


def rules(book: Workbook) -> Iterator[Rule]:
    """All of a workbook."""
    for sheet in book:
        for one in sheet.data_validations.dataValidation:
            told = bool(one.showErrorMessage and one.errorStyle in (None, "stop") and one.promptTitle and one.prompt)
            texts = (str(one.type), str(one.formula1), str(one.formula2))
            yield Rule(sheet.title, *texts, bool(one.allowBlank), tuple(str(one.sqref).split()), told)


def covered(book: Workbook) -> set[tuple[str, int, int]]:
    """The cells of which something is said, by their sheet, row and column."""
    areas = (
        (rule.sheet, cell) for rule in rules(book) for area in rule.areas for cell in cells_of(book, rule.sheet, area)
    )
    return {(sheet, cell.row, cell.column) for sheet, cell in areas}


def cells_of(book: Workbook, sheet: str, area: str) -> list[Cell]:
    """The cells of an area, one or many."""
    lines = book[sheet][area] if ":" in area else ((book[sheet][area],),)
    return [cell for line in lines for cell in line]


def words_of(rule: Rule, book: Workbook) -> set[str]:
    """The words of a list, written in it or in the cells that it names."""
    if rule.first.startswith('"'):
        return set(rule.first.strip('"').split(","))
    sheet, _, area = rule.first.replace("$", "").rpartition("!")
    return {str(cell.value) for cell in cells_of(book, sheet.strip("'"), area)}


def accepts(rule: Rule, value: object, book: Workbook) -> bool:
    """What a spreadsheet program makes of it."""
    if rule.kind == "list":
        return str(value) in words_of(rule, book)
    if value == "":
        return rule.blank
    return isinstance(value, int | float) and float(rule.first) <= value <= float(rule.second)


def test_every_input_cell_says_what_may_be_typed(built: tuple[str, Workbook]) -> None:
    """Those with figures, and those with words that a list knows: all of Lines."""
    name, book = built
    found, _ = compute(MODELS / name)
    assert found is not None
    layout = draft(found.plan, found.figures, found.pin, ()).layout
    said = covered(book)
    for placed in layout.placed.values():
        for column in placed.table.columns:
            if isinstance(column, Given) and column.editable and column.unit is not TEXT:
                cells = [layout.at(placed.table.name, column.name, row) for row in range(placed.count)]
                assert {(placed.sheet, row + 1, number + 1) for row, number in cells} <= said, column.label


def test_impossible_values_are_refused_and_delivered_ones_are_not(built: tuple[str, Workbook]) -> None:
    _, book = built
    tried = 0
    for rule in rules(book):
        assert rule.told
        is_share = rule.kind == "decimal" and float(rule.first) == 0 and float(rule.second) <= 100
        for value in (*IMPOSSIBLE[rule.kind], *(OF_SHARES if is_share else ())):
            assert not accepts(rule, value, book), (rule.sheet, rule.areas, value)
            tried += 1
        for area in rule.areas:
            delivered = [cell.value for cell in cells_of(book, rule.sheet, area) if cell.value not in (None, "")]
            assert all(accepts(rule, value, book) for value in delivered), (rule.sheet, area)
    assert tried >= 40
