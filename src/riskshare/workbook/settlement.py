"""Settlement: entitlement against position, who pays whom, and the reserves afterwards."""

from __future__ import annotations

from riskshare.plan import Plan
from riskshare.workbook.layout import Block
from riskshare.workbook.sheet import Sheet


def sheet(plan: Plan) -> Sheet:
    """Settlement, payments and closing balances, with pence."""
    blocks = [
        Block(
            plan.table("settlement"),
            totals=True,
            caption="Settlement",
            note=(
                "Transfer = entitlement - position: what a partner receives, or in brackets pays. "
                "Transfers add to zero."
            ),
            pence=True,
        ),
        Block(
            plan.table("payments"),
            totals=True,
            caption="Payments",
            note=(
                "Read along a row: what the account on the left pays to the account above. Payers and "
                "receivers are matched in this order."
            ),
            pence=True,
        ),
    ]
    by_group = plan.table("by group")
    note = "What each account bears as holder, and what its pots hold in the end, in each pool group."
    blocks.append(Block(by_group, totals=True, caption=by_group.title, note=note, pence=True))
    if plan.has("closing"):
        note = "Opening balance, what the reserve takes in or pays out in the settlement, closing balance."
        blocks.append(
            Block(plan.table("closing"), totals=True, caption="Reserves after settlement", note=note, pence=True)
        )
    purpose = "What each partner is entitled to under the contract, against what it already bears as holder of budgets."
    return Sheet(
        "Settlement",
        "Settlement",
        purpose,
        tuple(blocks),
        widths={0: 24, 1: 40} | dict.fromkeys(range(2, 40), 17.0),
        tab="#28A197",
    )
