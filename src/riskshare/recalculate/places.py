"""Which step, in which row of which table, stands in a cell of the workbook."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from riskshare.formula.language import Column, Section
from riskshare.recalculate.cells import Cell, row_and_column
from riskshare.workbook.layout import FIRST_POOL_COLUMN, TOTAL_COLUMN, Layout, Placed


def step_in(layout: Layout, figures: Mapping[str, pl.DataFrame], cell: Cell) -> str:
    """The step in a cell in words: its name, label, table, row and clause; or that none stands there."""
    down, right = (number - 1 for number in row_and_column(cell[1]))
    for placed in layout.placed.values():
        if placed.sheet == cell[0] and placed.top < down < placed.top + placed.height:
            line, row = (down, right - FIRST_POOL_COLUMN) if placed.block.across else (right, down - placed.top - 1)
            found = _column_at(layout, placed, line)
            if found is not None:
                return _words(placed, *found, _key(placed, figures[placed.table.name], row, right))
    return "no step: a figure of the sheet itself"


def _column_at(layout: Layout, placed: Placed, line: int) -> tuple[Section, Column] | None:
    name = placed.table.name
    every = ((section, column) for section in placed.table.sections for column in section.columns)
    return next(((section, column) for section, column in every if layout.line(name, column.name) == line), None)


def _key(placed: Placed, frame: pl.DataFrame, row: int, right: int) -> str:
    in_total = right == TOTAL_COLUMN if placed.block.across else row == placed.count
    return "" if in_total else str(frame.get_column(placed.table.key)[row])


def _words(placed: Placed, section: Section, column: Column, key: str) -> str:
    where = f"row {key!r}" if key else "the total"
    clause = column.clause or section.clause
    words = f"step {column.name!r} ({column.label}) of table {placed.table.name!r}, {where}"
    return f"{words}; {clause}" if clause else words
