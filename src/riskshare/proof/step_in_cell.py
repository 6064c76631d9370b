"""Which step, in which row of which table, stands in a cell of the workbook."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from riskshare.outputs.workbook.layout import FigureInCell, Layout
from riskshare.xlsx.a1 import point
from riskshare.xlsx.formula_cells import CellKey


def step_in(layout: Layout, figures: Mapping[str, pl.DataFrame], cell: CellKey) -> str:
    """The step in a cell in words: its name, label, table, row and clause; or that none stands there."""
    down, right = (number - 1 for number in point(cell[1]))
    standing = layout.standing(cell[0], down, right)
    return "no step: a figure of the sheet itself" if standing is None else _words(standing, figures)


def _words(standing: FigureInCell, figures: Mapping[str, pl.DataFrame]) -> str:
    table, column = standing.placed.table, standing.column
    keys = figures[table.name].get_column(table.key)
    where = "the total" if standing.row is None else f"row {str(keys[standing.row])!r}"
    clause = column.clause or standing.section.clause
    words = f"step {column.name!r} ({column.label}) of table {table.name!r}, {where}"
    return f"{words}; {clause}" if clause else words
