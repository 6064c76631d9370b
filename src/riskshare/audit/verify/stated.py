"""What a delivered workbook holds: the figures in its cells, and what it states of itself on its sheet Provenance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from riskshare.audit.changes.change import Cause, Change
from riskshare.audit.edits.change import CellEdit
from riskshare.figures.pin.file import RecordedFigures
from riskshare.figures.pin.hashes import AFFECTED, Pin
from riskshare.formula.language import Table
from riskshare.outputs.workbook.layout import Layout
from riskshare.xlsx.a1 import name_of, point
from riskshare.xlsx.content import SheetContent, WorkbookContent
from riskshare.xlsx.formula_cells import CellValues

SHEET = "Provenance"
SOFTWARE = "Software"
PROOF = "Proof"


@dataclass(frozen=True, slots=True)
class FiguresInCells:
    """The layout of a rebuilt workbook with its figures."""

    layout: Layout
    figures: Mapping[str, pl.DataFrame]

    def typed(self, change: CellEdit) -> Change:
        """A changed cell as a change of the table, row and column that stand there."""
        table, row, column = self._spot(change) if change.cell else ("", "", "")
        what = f"{change.kind} at {change.place}"
        return Change(Cause.WORKBOOK, what, change.was, change.now, "", table, row, column)

    def _spot(self, change: CellEdit) -> tuple[str, str, str]:
        if ":" in change.cell or not change.cell[-1].isdigit() or not change.cell[0].isalpha():
            return "", "", ""
        down, right = (number - 1 for number in point(change.cell))
        standing = self.layout.standing(change.sheet, down, right)
        if standing is None:
            return "", "", ""
        table = standing.placed.table
        key = "" if standing.row is None else str(self.figures[table.name][table.key][standing.row])
        return table.name, key, standing.column.name

    def figures_held(self, tables: tuple[Table, ...], book: WorkbookContent, calculated: CellValues) -> RecordedFigures:
        """The figures of all steps as a delivered workbook has them: as it calculates them, else as it stored them."""
        sheets = {sheet.name: sheet.cells for sheet in book.sheets}
        stored = {(name, cell): entry.value for name, cells in sheets.items() for cell, entry in cells.items()}
        values = {**stored, **calculated}
        return {table.name: dict(self._held(table, values)) for table in tables if table.steps}

    def _held(self, table: Table, values: Mapping[tuple[str, str], object]) -> Iterator[tuple[str, tuple[str, ...]]]:
        placed = self.layout.placement(table.name)
        yield table.key, tuple(self.figures[table.name][table.key])
        for step in table.steps:
            if step.name == table.key:
                continue
            cells = (self.layout.at(table.name, step.name, row) for row in range(placed.count))
            shown = (values.get((placed.sheet, name_of((cell[0] + 1, cell[1] + 1)))) for cell in cells)
            yield step.name, tuple(_text(value, step.unit.decimals) for value in shown)


def _text(value: object, decimals: int | None) -> str:
    """A cell's value as a record writes it; a number with as many decimals as its unit has."""
    if decimals is None or not isinstance(value, int | float) or isinstance(value, bool):
        return "" if value is None else str(value)
    exact = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{exact.normalize() + 0:f}"


def sections(book: WorkbookContent, pin: Pin) -> dict[str, dict[str, str]]:
    """The sections that a pin has, as the workbook states them: their entries by title and word."""
    titles = {title for title, _ in pin.sections()}
    groups: dict[str, dict[str, str]] = {}
    section: dict[str, str] = {}
    for _, word, text in _rows(book.sheet(SHEET)):
        if word in titles and not text:
            section = groups.setdefault(word, {})
        elif text:
            section[word] = text
        else:
            section = {}
    return groups


def cells_of_versions(book: WorkbookContent) -> frozenset[str]:
    """The cells that state software and the engine's version: other software writes others there."""
    title, cells = "", set()
    for row, word, text in _rows(book.sheet(SHEET)):
        title = title if text else word
        if text and (title == SOFTWARE or (title == PROOF and word == "version")):
            cells |= {f"A{row}", f"B{row}"}
    return frozenset(cells)


def proof_of(properties: Mapping[str, str], proof: Mapping[str, str]) -> Mapping[str, str]:
    """The proof that a rebuild states: none where the workbook says so, with as many half pennies as it says."""
    if not properties.get("riskshare proof", "").isdecimal():
        return {}
    affected = properties.get("riskshare half pennies", "")
    return dict(proof) | ({AFFECTED: affected} if affected.isdecimal() else {})


def _rows(sheet: SheetContent | None) -> Iterator[tuple[int, str, str]]:
    """The rows of the sheet with the texts in its first two columns; a row without either has neither."""
    cells = sheet.cells if sheet else {}
    texts = {name: entry.value for name, entry in cells.items() if isinstance(entry.value, str)}
    last = max((point(name)[0] for name in texts), default=0)
    for row in range(1, last + 1):
        yield row, texts.get(f"A{row}", ""), texts.get(f"B{row}", "")
