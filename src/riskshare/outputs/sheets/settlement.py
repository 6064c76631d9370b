"""Settlement: who pays whom and for what, entitlement against position, the reserves after, and how it comes about."""

from __future__ import annotations

from collections.abc import Iterator

from riskshare.figures.names import (
    BY_FAMILY,
    BY_GROUP,
    CLOSING,
    FAMILIES,
    IN_ORDER,
    PAYMENT_LIST,
    PAYMENT_PAIRS,
    PAYMENT_ROWS,
    PAYMENTS,
    RECONCILIATION,
    SETTLEMENT,
    family_payments_table,
)
from riskshare.figures.plan import Plan
from riskshare.outputs.workbook.canvas import Canvas, Sheet
from riskshare.outputs.workbook.layout import FOLLOW, Block, Links

MOST_ON_ONE_SHEET = 12
TAB = "#28A197"
HOW = {
    "pro_rata": "In each family of pool groups, whoever is owed is paid by those who owe, in proportion to what they "
    "owe; what two organisations then owe each other is netted.",
    "through_host": "Everybody pays, or is paid by, {host}, which keeps the pooled fund.",
    "fewest": "Totals are matched in the order declared, whatever pools they come from.",
}


def sheets(plan: Plan) -> Iterator[Sheet]:
    """Payments, settlement and closing balances; the reconciliation; and on sheets of their own how payments come."""
    apart = len(plan.accounts.names) > MOST_ON_ONE_SHEET
    by_group = _block(plan, BY_GROUP, "What each account bears as holder, and what its pots hold, in each pool group.")
    blocks = [_list(plan), _settlement(plan), *_where_there(plan, *_RESERVES), *_families(plan)]
    purpose = "Who pays whom, so that each account holds what it is entitled to against what it already bears."
    widths = {0: 24, 1: 40, 2: 40} | _columns(3)
    blocks += [] if apart else [by_group]
    yield Sheet(
        "Settlement", "Settlement", purpose, tuple(blocks), (hide_unused(PAYMENT_LIST),), widths=widths, tab=TAB
    )
    if apart:
        purpose = "What the settlement adds up for each account, pool group by pool group."
        widths = {0: 26, 1: 40} | _columns(2)
        yield Sheet("Settlement by pool", by_group.caption, purpose, (by_group,), widths=widths, tab=TAB, freeze=True)
    yield _reconciliation(plan)
    yield _payments(plan)
    yield from _by_pool(plan)
    yield _pairs(plan)


def hide_unused(table: str) -> _HideUnused:
    """Leaves the rows of a list of payments blank that no payment takes."""
    return _HideUnused(table)


class _HideUnused:
    def __init__(self, table: str) -> None:
        self._table = table

    def __call__(self, canvas: Canvas) -> None:
        placed = canvas.layout.placement(self._table)
        columns = placed.table.columns
        amount = next(number for number, column in enumerate(columns) if column.name.endswith("paid_amount"))
        canvas.blank_where_zero(placed, amount)


def _columns(first: int) -> dict[int, float]:
    return dict.fromkeys(range(first, 400), 17.0)


def _list(plan: Plan) -> Block:
    terms = plan.model.settlement
    note = f"{HOW[terms.method].format(host=terms.host)} The list rearranges itself. {FOLLOW}"
    return _block(plan, PAYMENT_LIST, note)


def _settlement(plan: Plan) -> Block:
    note = (
        "Transfer = entitlement - position. What an organisation owes its own reserve it sets aside in its books: that "
        f"is an appropriation and no payment. {FOLLOW}"
    )
    return _block(plan, SETTLEMENT, note)


_RESERVES = (CLOSING, "Opening balance, what the holder sets aside in the reserve or draws from it, closing balance.")


def _families(plan: Plan) -> Iterator[Block]:
    if plan.has(FAMILIES):
        families, note = plan.table(FAMILIES), "Pool groups that pass money up to one another; no other pays for them."
        yield Block(families, caption=families.title, note=note)


def _reconciliation(plan: Plan) -> Sheet:
    note = "Along a row: what each account's lines gained or lost, what the contract moved, what is left in the end."
    purpose = "From the variance of all lines to each account's gain or loss."
    block, widths = _block(plan, RECONCILIATION, note), {0: 26, 1: 40} | _columns(2)
    return Sheet("Reconciliation", "Reconciliation", purpose, (block,), widths=widths, tab=TAB, freeze=True)


def _payments(plan: Plan) -> Sheet:
    """The matrix of payments, and what each account settles for each family of pool groups."""
    across = "Read along a row: what the account on the left pays to the account above."
    due = "What each account is due, and what it settles together with its own reserves."
    blocks = (_block(plan, PAYMENTS, across), *_where_there(plan, BY_FAMILY, due))
    purpose = "Who pays (rows) whom (columns), so that every account is settled to the penny."
    return Sheet("Payments", "Payments", purpose, blocks, widths=_fitting(plan), tab=TAB, freeze=True)


def _pairs(plan: Plan) -> Sheet:
    """How the list of payments comes about."""
    notes = {
        IN_ORDER: "Totals run up in the order declared: a payment is where those of payer and payee overlap.",
        PAYMENT_ROWS: "The row of each payment of the list among the pairs below.",
        PAYMENT_PAIRS: "Both ways; a pair that pays is named by its number, and the list looks that name up.",
    }
    blocks = tuple(
        Block(plan.table(name), totals=True, caption=plan.table(name).title, note=note, pence=True)
        for name, note in notes.items()
        if plan.has(name)
    )
    purpose = "Every pair of accounts that can pay, and where it stands in the list of payments: nothing to read here."
    return Sheet("Payment pairs", "Payment pairs", purpose, blocks, widths=_fitting(plan), tab=TAB)


def _fitting(plan: Plan) -> dict[int, float]:
    """Wide enough for the codes of accounts, one or a pair in the first column."""
    longest = max(map(len, plan.accounts.names))
    return {0: max(26.0, 2.2 * longest + 8)} | dict.fromkeys(range(1, 400), max(17.0, 1.1 * longest + 2))


def _by_pool(plan: Plan) -> Iterator[Sheet]:
    """What those who owe pay in each family; there is one only where payments are made in proportion."""
    tables = [family_payments_table(family.code) for family in plan.accounts.families]
    blocks = tuple(
        Block(plan.table(name), across=True, totals=True, caption=plan.table(name).title, note=PRO_RATA, pence=True)
        for name in tables
        if plan.has(name)
    )
    if blocks:
        purpose = "In each family of pool groups, how much of what is owed each account pays to each that is owed."
        yield Sheet("Payments by pool", "Payments by pool", purpose, blocks, tab=TAB)


PRO_RATA = "One after another, those who are owed are paid by what the others still owe, in proportion, to the penny."


def _where_there(plan: Plan, table: str, note: str) -> Iterator[Block]:
    if plan.has(table):
        yield _block(plan, table, note)


def _block(plan: Plan, table: str, note: str) -> Block:
    caption = plan.table(table).title
    return Block(plan.table(table), totals=True, caption=caption, note=note, pence=True, links=Links.SOURCES)
