"""Ring-fences: what each pool, and each holder of lines outside the pools, gives the reserve of a ring-fenced fund."""

from __future__ import annotations

from collections.abc import Iterator

from riskshare.figures.names import ring_fence_table
from riskshare.figures.plan import Plan
from riskshare.outputs.workbook.canvas import Sheet
from riskshare.outputs.workbook.layout import Block


def sheets(plan: Plan) -> Iterator[Sheet]:
    """One sheet with a table for each reserve, where the model has ring-fenced lines."""
    fenced = [entry for entry in plan.ring_fences if plan.has(ring_fence_table(entry.reserve))]
    blocks = []
    for entry in fenced:
        table = plan.table(ring_fence_table(entry.reserve))
        codes = ", ".join(fund.code for fund in entry.funds)
        note = f"{codes}: no more than the funds left unspent over all their lines; pools give it first, pro rata."
        if not entry.over_the_fund:
            note = f"{codes}: each pool gives what it left unspent, whatever the funds spent elsewhere."
        blocks.append(Block(table, totals=True, caption=table.title, note=note, pence=True))
    if blocks:
        purpose = "What of a ring-fenced fund's underspend goes to its reserve before anything is shared."
        yield Sheet("Ring-fences", "Ring-fences", purpose, tuple(blocks), widths={0: 34, 1: 22})
