"""Locality budgets: the single budget of each locality by fund and arrangement, and money by level."""

from __future__ import annotations

from collections.abc import Iterator

from riskshare.figures.names import (
    FUNDS,
    FUNDS_BY_LEVEL,
    LEVELS,
    arrangements_table,
    crosswalk_table,
    map_table,
    parsed,
    per_head_table,
)
from riskshare.figures.plan import Plan
from riskshare.figures.pooling import Division
from riskshare.outputs.workbook.canvas import Sheet
from riskshare.outputs.workbook.layout import Block


def sheet(plan: Plan) -> Sheet:
    """Budgets of every geography, then money by level of subsidiarity."""
    blocks = [block for division in plan.divisions for block in _division(plan, division)]
    for table in plan.tables:
        if parsed(table.name).kind in (crosswalk_table.kind, map_table.kind):
            blocks.append(Block(table, totals=True, caption=table.title))
    blocks += [
        Block(
            plan.table(LEVELS),
            totals=True,
            caption="Money by level of subsidiarity",
            note="Where each line is commissioned.",
        ),
        Block(
            plan.table(FUNDS_BY_LEVEL),
            totals=True,
            caption="Budget by fund and level",
            note="Lines above locality level stay there.",
        ),
        Block(plan.table(FUNDS), totals=True, caption="Funds", note="Holder, arrangement and clause of each fund."),
    ]
    purpose = "What each locality has to spend, from which fund, and what of it is in the section 75 pooled fund."
    widths = {0: 24.0, 1: 44.0, 2: 16.0} | dict.fromkeys(range(3, 60), 18.0)
    return Sheet("Locality budgets", "Locality budgets", purpose, tuple(blocks), widths=widths, tab="#28A197")


def _division(plan: Plan, division: Division) -> Iterator[Block]:
    arrangements = plan.table(arrangements_table(division.code))
    yield Block(arrangements, totals=True, caption=arrangements.title)
    for measure in ("budget", "outturn", "variance"):
        table = plan.table(division.by_fund_table(measure))
        yield Block(table, totals=True, caption=table.title)
    if plan.has(per_head_table(division.code)):
        table = plan.table(per_head_table(division.code))
        yield Block(table, caption=table.title, note="Budget divided by the locality's weight on the basis.")
