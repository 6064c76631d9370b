"""Pooling: a line is a row and a locality a column; the row's parts add to the line."""

from __future__ import annotations

from collections.abc import Iterator

from riskshare.figures.plan import Plan
from riskshare.outputs.workbook.canvas import Sheet
from riskshare.outputs.workbook.layout import Block


def sheets(plan: Plan) -> Iterator[Sheet]:
    """A sheet per geography."""
    for division in plan.divisions:
        name = "Pooling" if len(plan.divisions) == 1 else f"Pooling {division.code}"
        block = Block(plan.table(division.parts_table), totals=True)
        purpose = "Lines at neighbourhood and locality level in the localities; 'left over' must be zero in every row."
        yield Sheet(name[:31], f"Pooling ({division.code})", purpose, (block,), freeze=True)
