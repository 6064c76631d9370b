"""Settlement: entitlement against position, who pays whom, and the reserves afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from riskshare.figures.names import BY_GROUP, CLOSING, PAYMENTS, SETTLEMENT
from riskshare.figures.plan import Plan
from riskshare.outputs.workbook.canvas import Sheet
from riskshare.outputs.workbook.layout import FOLLOW, Block, Links

MOST_ON_ONE_SHEET = 12
TAB = "#28A197"


def sheets(plan: Plan) -> Iterator[Sheet]:
    """Settlement, payments and closing balances, with pence; wide tables on sheets of their own."""
    wide = (_payments(plan), _by_group(plan))
    apart = len(plan.table(PAYMENTS).columns) - 2 > MOST_ON_ONE_SHEET
    purpose = "What each partner is entitled to under the contract, against what it already bears as holder of budgets."
    blocks = (_settlement(plan), *(() if apart else wide), *_closing(plan))
    yield Sheet("Settlement", "Settlement", purpose, blocks, widths={0: 24, 1: 40} | _columns(2), tab=TAB)
    if apart:
        payments, by_group = wide
        purpose = "Who pays whom, so that everyone receives the transfer of the settlement."
        yield Sheet("Payments", "Payments", purpose, (payments,), widths=_fitting(payments), tab=TAB, freeze=True)
        purpose = "What the settlement adds up for each account, pool group by pool group."
        widths = {0: 26, 1: 40} | _columns(2)
        yield Sheet("Settlement by pool", by_group.caption, purpose, (by_group,), widths=widths, tab=TAB, freeze=True)


def _columns(first: int) -> dict[int, float]:
    return dict.fromkeys(range(first, 400), 17.0)


def _fitting(payments: Block) -> dict[int, float]:
    """Wide enough for the code of each account."""
    columns = enumerate(payments.table.columns)
    return {number: max(26.0 if number == 0 else 17.0, 1.1 * len(column.label) + 2) for number, column in columns}


def _settlement(plan: Plan) -> Block:
    note = f"Transfer = entitlement - position: what a partner receives, or in brackets pays. {FOLLOW}"
    return _block(plan, SETTLEMENT, "Settlement", note)


def _payments(plan: Plan) -> Block:
    note = (
        "Read along a row: what the account on the left pays to the account above. Payers and receivers are matched in "
        "this order."
    )
    return _block(plan, PAYMENTS, "Payments", note)


def _by_group(plan: Plan) -> Block:
    note = "What each account bears as holder, and what its pots hold in the end, in each pool group."
    return _block(plan, BY_GROUP, plan.table(BY_GROUP).title, note)


def _closing(plan: Plan) -> Iterator[Block]:
    if plan.has(CLOSING):
        note = "Opening balance, what the reserve takes in or pays out in the settlement, closing balance."
        yield _block(plan, CLOSING, "Reserves after settlement", note)


def _block(plan: Plan, table: str, caption: str, note: str) -> Block:
    return Block(plan.table(table), totals=True, caption=caption, note=note, pence=True, links=Links.SOURCES)
