"""Payments: who pays whom under the contract's method, and for which pool groups, settling every account exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import permutations

from riskshare.figures.accounts import Accounts, Family
from riskshare.figures.names import (
    BY_FAMILY,
    IN_ORDER,
    PAYMENT_PAIRS,
    PAYMENTS,
    SETTLEMENT,
    family_payments_table,
    family_settles_column,
    paid_for_column,
    paid_to_column,
)
from riskshare.formula.language import (
    ONE,
    ZERO,
    Cell,
    Col,
    Column,
    Each,
    Expr,
    Given,
    Item,
    Number,
    Part,
    Running,
    Section,
    Step,
    Table,
    Total,
    least,
    most,
    table,
    total_of,
    when,
)
from riskshare.formula.units import COUNT, GATE, MONEY, TEXT

MOST_LISTED = 60
NOBODY = "-"
OTHERS = "All others"


def payments_tables(accounts: Accounts) -> Iterator[Table]:
    """What each family makes its accounts pay each other, every pair that can pay, and who pays whom."""
    among = payable(accounts)
    if accounts.model.settlement.method == "pro_rata":
        yield from (_family_payments(family) for family in accounts.families)
    elif accounts.model.settlement.method == "fewest":
        yield _in_order(accounts)
    yield _pairs(among)
    yield _payments(among)


# ------------------------------------------------------------------------------------------ pro rata in a family


def _family_payments(family: Family) -> Table:
    """Every account that is owed is paid by those who owe, in proportion to what they still owe; a row per account.

    Those who are owed are taken in the order declared. What is still owed keeps its proportions but for pennies, and
    the last one takes all of it: so everybody is settled to the penny and nobody pays who does not owe.
    """
    name, codes = family_payments_table(family.code), family.accounts
    settles = Each(tuple(Cell(BY_FAMILY, family_settles_column(family.code), account) for account in codes))
    opening: tuple[Column, ...] = (
        Given("payer", TEXT, "Account", codes, editable=False),
        Step("settles", MONEY, "Receives, or (pays)", settles),
        Step("owes", MONEY, "Owes", most(-Col("settles"), ZERO)),
        Step("owed", MONEY, "Is owed", most(Col("settles"), ZERO)),
    )
    sections, left = [Section("What each owes and is owed", opening)], Col("owes")
    for account in codes:
        sections.append(Section(f"Paid to {account}", tuple(_paid_to(name, account, left))))
        left = Col(f"left_{account}")
    title = f"Payments for {family.title}"
    return Table(name, title, "one row per account", "payer", tuple(sections))


def _paid_to(name: str, account: str, left: Col) -> Iterator[Step]:
    upto, divisor, paid = Col(f"upto_{account}"), Col(f"divisor_{account}"), Col(paid_to_column(account))
    owed = Total(name, left.name)
    yield Step(upto.name, MONEY, "Still owes, running total", Running(left), additive=False)
    label = "Still owed by all (1 where nothing is)"
    yield Step(divisor.name, MONEY, label, when(owed, "=", ZERO, ONE, owed), additive=False)
    yield Step(paid.name, MONEY, f"Pays {account}", Part(Cell(name, "owed", account), upto - left, upto, divisor))
    yield Step(f"left_{account}", MONEY, f"Still owes after paying {account}", left - paid)


# ------------------------------------------------------------------------------------------ totals in order


def _in_order(accounts: Accounts) -> Table:
    """What accounts pay and receive in all, run up in the order declared; one row per account, in pounds."""
    settles = Each(tuple(Cell(SETTLEMENT, "settles", account) for account in accounts.payers))
    columns: list[Column] = [
        Given("payer", TEXT, "Account", accounts.payers, editable=False),
        Step("settles", MONEY, "Receives, or (pays)", settles),
        Step("pays", MONEY, "Pays", most(-Col("settles"), ZERO)),
        Step("receives", MONEY, "Receives", most(Col("settles"), ZERO)),
        Step("pays_upto", MONEY, "Pays, running total", Running(Col("pays")), additive=False),
        Step("receives_upto", MONEY, "Receives, running total", Running(Col("receives")), additive=False),
    ]
    return table(IN_ORDER, "Totals in the order declared", "one row per account", "payer", columns)


def _overlap(payer: str, payee: str) -> Expr:
    """Totals matched in declared order: a payment is where what one pays and the other receives overlap, run up."""
    pays_upto, pays = (Cell(IN_ORDER, column, payer) for column in ("pays_upto", "pays"))
    receives_upto, receives = (Cell(IN_ORDER, column, payee) for column in ("receives_upto", "receives"))
    return most(least(pays_upto, receives_upto) - most(pays_upto - pays, receives_upto - receives), ZERO)


# ------------------------------------------------------------------------------------------ pairs


@dataclass(frozen=True, slots=True)
class Payable:
    """Which payments there can be, and how many of them a list shows one by one."""

    accounts: Accounts
    pairs: tuple[tuple[str, str], ...]
    """Payer and payee of every payment that can be, in the order declared."""
    listed: int

    @property
    def families(self) -> tuple[Family, ...]:
        """The families that a payment is put down to: none where totals are matched whatever they come from."""
        return () if self.accounts.model.settlement.method == "fewest" else self.accounts.families

    @property
    def names(self) -> tuple[str, ...]:
        """What the payments of a list are called."""
        return tuple(f"Payment {number}" for number in range(1, self.listed + 1))

    @property
    def beyond(self) -> tuple[str, ...]:
        """What the payments are called together that the list has no room for, where there can be any."""
        return (OTHERS,) if _most_payments(self.accounts, len(self.pairs) // 2) > self.listed else ()


def payable(accounts: Accounts) -> Payable:
    """The payments that there can be between the accounts under the contract's method."""
    pairs = tuple(_able(accounts))
    return Payable(accounts, pairs, max(min(_most_payments(accounts, len(pairs) // 2), MOST_LISTED), 1))


def _most_payments(accounts: Accounts, pairs: int) -> int:
    """How many payments there can be at once: in a family no more than payers times payees, one way for each pair."""
    if accounts.model.settlement.method == "pro_rata":
        return min(sum(len(family.accounts) ** 2 // 4 for family in accounts.families), pairs)
    return min(len(accounts.payers) - 1, pairs)


def _able(accounts: Accounts) -> Iterator[tuple[str, str]]:
    """The pairs that can pay: of the same family, with the host, or any that take part, as the method asks."""
    terms, together = accounts.model.settlement, [frozenset(family.accounts) for family in accounts.families]
    taking_part = frozenset[str]().union(*together)
    for pair in permutations(accounts.payers, 2):
        match terms.method:
            case "pro_rata":
                able = any(family.issuperset(pair) for family in together)
            case "fewest":
                able = taking_part.issuperset(pair)
            case _:
                able = terms.host in pair and bool(taking_part.intersection(pair) - {terms.host})
        if able:
            yield pair


def pair_key(payer: str, payee: str) -> str:
    """What a pair of accounts is called."""
    return f"{payer} pays {payee}"


def _pairs(among: Payable) -> Table:
    """Every payment that can be, named by its number where it is made; one row per pair that can pay, in pounds.

    What families make a pair pay each other is netted. The last row stands for no payment.
    """
    pairs, rows = among.pairs, len(among.pairs) + 1
    names = (*among.names, *(OTHERS for _ in range(among.listed + 1, rows)), NOBODY)[:rows]
    number = when(Col("made"), "=", ONE, Col("made_upto"), Number(Decimal(rows)))
    columns: list[Column] = [
        Given("pair", TEXT, "Pair", (*(pair_key(*pair) for pair in pairs), NOBODY), editable=False),
        Given("paid_by", TEXT, "From", (*(payer for payer, _ in pairs), NOBODY), editable=False),
        Given("paid_to", TEXT, "To", (*(payee for _, payee in pairs), NOBODY), editable=False),
        Step("row", COUNT, "Row", Each(tuple(Number(Decimal(row)) for row in range(1, rows + 1))), additive=False),
        Given("name", TEXT, "Name of the payment of that number", names, editable=False),
        *(_for_family(among, family) for family in among.families),
        Step("amount", MONEY, "Pays", _amount(among)),
        Step("made", GATE, "1 where it is made", when(Col("amount"), ">", ZERO, ONE)),
        Step("made_upto", COUNT, "Payments so far", Running(Col("made")), additive=False),
        Step("number", COUNT, "Its number, or the last row", number, additive=False),
        Step("listed_as", TEXT, "Listed as", Item(PAYMENT_PAIRS, "name", Col("number"))),
    ]
    return table(PAYMENT_PAIRS, "Pairs that can pay", "one row per pair that can pay", "pair", columns)


def _for_family(among: Payable, family: Family) -> Step:
    """What a family makes one account of a pair pay the other, less what it makes the other pay."""
    terms = among.accounts.model.settlement
    if terms.method == "pro_rata":
        rows = [_pro_rata(family, *pair) for pair in among.pairs]
    else:
        rows = [_through_host(family, *pair, host=terms.host) for pair in among.pairs]
    return Step(paid_for_column(family.code), MONEY, f"For {family.title}", Each((*rows, ZERO)), additive=False)


def _pro_rata(family: Family, payer: str, payee: str) -> Expr:
    if not {payer, payee} <= set(family.accounts):
        return ZERO
    name = family_payments_table(family.code)
    return Cell(name, paid_to_column(payee), payer) - Cell(name, paid_to_column(payer), payee)


def _through_host(family: Family, payer: str, payee: str, host: str | None) -> Expr:
    settles = family_settles_column(family.code)
    return -Cell(BY_FAMILY, settles, payer) if payee == host else Cell(BY_FAMILY, settles, payee)


def _amount(among: Payable) -> Expr:
    if among.families:
        return most(total_of(Col(paid_for_column(family.code)) for family in among.families), ZERO)
    return Each((*(_overlap(payer, payee) for payer, payee in among.pairs), ZERO))


# ------------------------------------------------------------------------------------------ who pays whom


def _payments(among: Payable) -> Table:
    """Who pays whom, and whether that settles every account; one row per account, in pounds."""
    payers, able = among.accounts.payers, set(among.pairs)
    columns: list[Column] = [Given("payer", TEXT, "From / to", payers, editable=False)]
    for payee in payers:
        rows = (_paid(payer, payee) if (payer, payee) in able else ZERO for payer in payers)
        columns.append(Step(paid_to_column(payee), MONEY, payee, Each(tuple(rows))))
    received = tuple(Total(PAYMENTS, paid_to_column(account)) for account in payers)
    settles = tuple(Cell(SETTLEMENT, "settles", account) for account in payers)
    columns += [
        Step("paid", MONEY, "Pays in all", total_of(Col(paid_to_column(account)) for account in payers)),
        Step("received", MONEY, "Receives in all", Each(received)),
        Step("to_settle", MONEY, "Is to receive, or (pay)", Each(settles)),
        Step("unsettled", MONEY, "Left over (must be 0)", Col("to_settle") + Col("paid") - Col("received")),
        Step("left_over", GATE, "1 where it is not 0", when(Col("unsettled"), "=", ZERO, ZERO, ONE)),
    ]
    title = "Payments: who pays (rows) whom (columns)"
    return table(PAYMENTS, title, "one row per account", "payer", columns)


def _paid(payer: str, payee: str) -> Expr:
    return Cell(PAYMENT_PAIRS, "amount", pair_key(payer, payee))
