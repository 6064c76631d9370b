"""Settlement: what each partner is entitled to against what it already bears, and who pays whom."""

from __future__ import annotations

from collections.abc import Iterable

from riskshare.contract.ledger import CARRY_FORWARD, UNALLOCATED
from riskshare.contract.model import Model, Reserve
from riskshare.figures.names import BY_GROUP, CLOSING, PAYMENTS, RESERVES, SETTLEMENT, paid_to_column
from riskshare.figures.sharing import PoolGroup
from riskshare.formula.language import (
    ZERO,
    Cell,
    Col,
    Column,
    Each,
    Expr,
    Given,
    Running,
    Span,
    Step,
    Table,
    Total,
    least,
    most,
    table,
    total_of,
)
from riskshare.formula.units import MONEY, TEXT

Accounts = dict[str, str]


def accounts(model: Model, reserves: Iterable[Reserve], groups: Iterable[PoolGroup]) -> Accounts:
    """Every account that takes part in the payments with its name: partners, reserves, then the others."""
    named = {partner.code: partner.name for partner in model.partners}
    named |= {reserve.code: reserve.name for reserve in reserves}
    if any(CARRY_FORWARD in group.final for group in groups):
        named[CARRY_FORWARD] = "Carried forward"
    return named | {UNALLOCATED: "Unallocated: nobody can bear or take it"}


def settlement_tables(model: Model, reserves: tuple[Reserve, ...], groups: tuple[PoolGroup, ...]) -> tuple[Table, ...]:
    """Settlement, payments and the closing balances of the reserves; one row per account or reserve, in pounds."""
    every = accounts(model, reserves, groups)
    tables = (_groups_table(every, groups), _settlement(every, groups), _payments(every))
    return (*tables, _closing(reserves)) if reserves else tables


def reserves_table(reserves: tuple[Reserve, ...]) -> Table:
    """The reserves; one row per reserve, its holder and its opening balance in pounds."""
    columns = [
        Given("reserve", TEXT, "Reserve", tuple(reserve.code for reserve in reserves), editable=False),
        Given("reserve_name", TEXT, "Name", tuple(reserve.name for reserve in reserves), editable=False),
        Given("reserve_holder", TEXT, "In the books of", tuple(reserve.holder for reserve in reserves), editable=False),
        Given("opening", MONEY, "Opening balance", tuple(reserve.opening for reserve in reserves)),
    ]
    return table(RESERVES, "Reserves", "one row per reserve", "reserve", columns)


def _groups_table(every: Accounts, groups: tuple[PoolGroup, ...]) -> Table:
    """Position and entitlement of each account in each pool group."""
    columns: list[Column] = [
        Given("group_account", TEXT, "Account", tuple(every), editable=False),
        Given("group_account_name", TEXT, "Name", tuple(every.values()), editable=False),
        *(_by_group(every, group, what) for group in groups for what in ("position", "entitlement")),
    ]
    title = "Position and entitlement by pool group"
    return table(BY_GROUP, title, "one row per account", "group_account", columns)


def _settlement(every: Accounts, groups: tuple[PoolGroup, ...]) -> Table:
    """What each account is entitled to less what it bears, and the running totals that payments are cut from."""
    codes = [group.pool.code for group in groups]
    columns: list[Column] = [
        Step("account", TEXT, "Account", Col("group_account")),
        Step("account_name", TEXT, "Name", Col("group_account_name")),
        Step("position", MONEY, "Position: variance it bears", total_of(Col(f"position_{code}") for code in codes)),
        Step("entitlement", MONEY, "Entitlement: its pots", total_of(Col(f"entitlement_{code}") for code in codes)),
        Step("transfer", MONEY, "Transfer: receives, or (pays)", Col("entitlement") - Col("position")),
        Step("pays", MONEY, "Pays", most(-Col("transfer"), ZERO)),
        Step("receives", MONEY, "Receives", most(Col("transfer"), ZERO)),
        Step("pays_upto", MONEY, "Pays, running total", Running(Col("pays")), additive=False),
        Step("receives_upto", MONEY, "Receives, running total", Running(Col("receives")), additive=False),
    ]
    span = Span(BY_GROUP, 0, len(every))
    return table(SETTLEMENT, "Settlement", "one row per account", "account", columns, span)


def _by_group(every: Accounts, group: PoolGroup, what: str) -> Step:
    cells: list[Expr] = []
    for account in every:
        final = (group.final[account],) if account in group.final else ()
        columns = final if what == "entitlement" else group.positions.get(account, ())
        cells.append(total_of(Total(group.table.name, column) for column in columns))
    return Step(f"{what}_{group.pool.code}", MONEY, f"{what.capitalize()}: {group.pool.title}", Each(tuple(cells)))


def _payments(every: Accounts) -> Table:
    """Payers and receivers matched in declared order: each payment is the overlap of two running totals."""
    columns: list[Column] = [Step("payer", TEXT, "From / to", Col("account"))]
    columns += [Step(paid_to_column(account), MONEY, account, _overlap(account)) for account in every]
    columns.append(Step("paid", MONEY, "All payments", total_of(Col(paid_to_column(account)) for account in every)))
    title = "Payments: who pays (rows) whom (columns)"
    return table(PAYMENTS, title, "one row per paying account", "payer", columns, Span(SETTLEMENT, 0, len(every)))


def _overlap(receiver: str) -> Expr:
    upto, amount = Cell(SETTLEMENT, "receives_upto", receiver), Cell(SETTLEMENT, "receives", receiver)
    end = least(Col("pays_upto"), upto)
    start = most(Col("pays_upto") - Col("pays"), upto - amount)
    return most(end - start, ZERO)


def _closing(reserves: tuple[Reserve, ...]) -> Table:
    key = Step("closing_reserve", TEXT, "Reserve", Col("reserve"))
    opening = Step("brought_forward", MONEY, "Opening balance", Col("opening"))
    moved = Step(
        "moved",
        MONEY,
        "Taken in, or (paid out)",
        Each(tuple(Cell(SETTLEMENT, "entitlement", r.code) for r in reserves)),
    )
    closing = Step("closing", MONEY, "Closing balance", Col("brought_forward") + Col("moved"))
    span = Span(RESERVES, 0, len(reserves))
    return table(
        CLOSING,
        "Reserves after settlement",
        "one row per reserve",
        "closing_reserve",
        [key, opening, moved, closing],
        span,
    )
