"""From the cells of a workbook to the figures that stand in them, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from riskshare.audit.changes.change import Cause, Change
from riskshare.audit.edits.change import CellEdit
from riskshare.figures.pin.file import Figures
from riskshare.formula.language import Table
from riskshare.outputs.workbook.layout import Layout
from riskshare.xlsx.a1 import name_of, point
from riskshare.xlsx.content import WorkbookContent
from riskshare.xlsx.formula_cells import CellValues


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

    def found_figures(self, tables: tuple[Table, ...], book: WorkbookContent, calculated: CellValues) -> Figures:
        """The figures of all steps as a found workbook has them: as it calculates them, else as it stored them."""
        sheets = {sheet.name: sheet.cells for sheet in book.sheets}
        stored = {(name, cell): entry.value for name, cells in sheets.items() for cell, entry in cells.items()}
        values = {**stored, **calculated}
        return {table.name: dict(self._found(table, values)) for table in tables if table.steps}

    def _found(self, table: Table, values: Mapping[tuple[str, str], object]) -> Iterator[tuple[str, tuple[str, ...]]]:
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
