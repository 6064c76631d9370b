"""The list of payments: those that are made, one below the other, in a table that rearranges itself."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from riskshare.figures.names import PAYMENT_LIST, PAYMENT_PAIRS, PAYMENT_ROWS, WHO_PAYS, paid_for_column
from riskshare.figures.payments import OTHERS, Payable
from riskshare.formula.language import (
    ZERO,
    Cell,
    Col,
    Column,
    Each,
    Expr,
    Given,
    Item,
    Number,
    Span,
    Step,
    Table,
    Total,
    table,
    when,
)
from riskshare.formula.units import COUNT, MONEY, TEXT

MOST_ON_SUMMARY = 10
MOST_FAMILIES = 3


def payment_list_tables(among: Payable) -> Iterator[Table]:
    """Where each payment stands among the pairs, and the list of payments with what they are for."""
    yield _rows(among)
    yield _list(among)


def _rows(among: Payable) -> Table:
    """Where each payment of the list stands; one row per payment, and one for all that have no room in the list."""
    listed_at = Total(PAYMENT_PAIRS, "row", (("listed_as", Col("listed_payment")),))
    at = when(Col("found_at"), "=", ZERO, Number(Decimal(len(among.pairs) + 1)), Col("found_at"))
    rows = (*(listed_at for _ in among.names), *(ZERO for _ in among.beyond))
    columns: list[Column] = [
        Given("listed_payment", TEXT, "Payment", (*among.names, *among.beyond), editable=False),
        Step("found_at", COUNT, "Its row, 0 for none", Each(rows), additive=False),
        Step("at", COUNT, "Its row, or the last", at, additive=False),
    ]
    title = "Where payments stand among the pairs"
    return table(PAYMENT_ROWS, title, "one row per payment", "listed_payment", columns)


def _list(among: Payable) -> Table:
    """The payments that are made and what each is for; one row per payment, in pounds."""
    columns: list[Column] = [
        Step("payment", TEXT, "Payment", Col("listed_payment")),
        Step("from", TEXT, "From", Item(PAYMENT_PAIRS, "paid_by", Col("at"))),
        Step("to", TEXT, "To", Item(PAYMENT_PAIRS, "paid_to", Col("at"))),
        Step("paid_amount", MONEY, "Amount", _listed(among, "amount")),
    ]
    for family in among.families:
        column = paid_for_column(family.code)
        columns.append(Step(f"paid_{column}", MONEY, f"For {family.title}", _listed(among, column)))
    span = Span(PAYMENT_ROWS, 0, len(among.names) + len(among.beyond))
    return table(PAYMENT_LIST, "Who pays whom, and for what", "one row per payment", "payment", columns, span)


def _listed(among: Payable, column: str) -> Expr:
    """A column of the pairs in the rows of the list."""
    one = Item(PAYMENT_PAIRS, column, Col("at"))
    others = (Total(PAYMENT_PAIRS, column, (("listed_as", name),)) for name in among.beyond)
    return Each((*(one for _ in among.names), *others)) if among.beyond else one


def who_pays_table(among: Payable) -> Table:
    """The first payments of the list and all others together, as a board reads them; one row per payment, in pounds."""
    shown = among.names[:MOST_ON_SUMMARY]
    rest = (OTHERS,) if (*among.names[MOST_ON_SUMMARY:], *among.beyond) else ()
    families = among.families if len(among.families) <= MOST_FAMILIES else ()
    amounts = {"paid_amount": "Amount"}
    amounts |= {f"paid_{paid_for_column(family.code)}": f"For {family.title}" for family in families}
    columns: list[Column] = [
        Given("paying", TEXT, "Payment", (*shown, *rest), editable=False),
        *(Step(f"paying_{side}", TEXT, side.capitalize(), _words(side, shown, rest)) for side in ("from", "to")),
        *(Step(f"paying_{name}", MONEY, label, _money(name, shown, rest)) for name, label in amounts.items()),
    ]
    return table(WHO_PAYS, "Who pays whom", "one row per payment", "paying", columns)


def _words(column: str, shown: tuple[str, ...], rest: tuple[str, ...]) -> Expr:
    return Each((*(Cell(PAYMENT_LIST, column, name) for name in shown), *(Col("paying") for _ in rest)))


def _money(column: str, shown: tuple[str, ...], rest: tuple[str, ...]) -> Expr:
    rows: list[Expr] = [Cell(PAYMENT_LIST, column, name) for name in shown]
    left: Expr = Total(PAYMENT_LIST, column)
    for row in rows:
        left = left - row
    return Each((*rows, *(left for _ in rest)))
