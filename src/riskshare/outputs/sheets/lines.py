"""Lines: every budget line with its source cell, the pool it belongs to and how it is treated there."""

from __future__ import annotations

from riskshare.figures.names import LINES
from riskshare.figures.plan import Plan
from riskshare.outputs.workbook.canvas import Sheet
from riskshare.outputs.workbook.layout import Block


def sheet(plan: Plan) -> Sheet:
    """The lines as inputs."""
    treatments = (
        "Treatment: shared; ring_fence (its underspend goes to the reserve named); fixed (the "
        "holder keeps the variance); "
        "exclude (taken out by that rule); - (in no pool)."
    )
    outturn = " The outturn repeats the budget: type over it what is known." if plan.is_plan else ""
    purpose = f"One row per line, in pounds. Variance = budget - outturn.{outturn} {treatments}"
    block = Block(plan.table(LINES), totals=True)
    return Sheet("Lines", "Budget lines", purpose, (block,), freeze=True, widths={1: 44, 14: 44}, tab="#F46A25")
