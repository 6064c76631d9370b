"""Settlement: what each account is entitled to against what it already bears, and what its own reserves take of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from riskshare.contract.model import Reserve
from riskshare.figures.accounts import Accounts, Family
from riskshare.figures.names import (
    BY_FAMILY,
    BY_GROUP,
    CLOSING,
    FAMILIES,
    RESERVES,
    SETTLEMENT,
    family_settles_column,
    family_transfer_column,
)
from riskshare.formula.language import (
    ZERO,
    Cell,
    Col,
    Column,
    Each,
    Expr,
    Given,
    Span,
    Step,
    Table,
    most,
    table,
    total_of,
)
from riskshare.formula.units import MONEY, TEXT


def reserves_table(reserves: tuple[Reserve, ...]) -> Table:
    """The reserves; one row per reserve, its holder and its opening balance in pounds."""
    columns = [
        Given("reserve", TEXT, "Reserve", tuple(reserve.code for reserve in reserves), editable=False),
        Given("reserve_name", TEXT, "Name", tuple(reserve.name for reserve in reserves), editable=False),
        Given("reserve_holder", TEXT, "In the books of", tuple(reserve.holder for reserve in reserves), editable=False),
        Given("opening", MONEY, "Opening balance", tuple(reserve.opening for reserve in reserves)),
    ]
    return table(RESERVES, "Reserves", "one row per reserve", "reserve", columns)


def settlement_tables(accounts: Accounts) -> Iterator[Table]:
    """Position and entitlement by pool group, the settlement, what is settled together, and the reserves after it."""
    yield _by_group(accounts)
    yield _settlement(accounts)
    if accounts.families:
        yield _families(accounts)
        yield _by_family(accounts)
    if accounts.reserves:
        yield _closing(accounts.reserves)


def _by_group(accounts: Accounts) -> Table:
    """Position and entitlement of each account in each pool group; one row per account, in pounds."""
    columns: list[Column] = [
        Given("group_account", TEXT, "Account", tuple(accounts.names), editable=False),
        Given("group_account_name", TEXT, "Name", tuple(accounts.names.values()), editable=False),
    ]
    for entry in accounts.contributions:
        for what, amounts in (("position", entry.positions), ("entitlement", entry.entitlements)):
            rows = tuple(total_of(amounts.get(account, ())) for account in accounts.names)
            columns.append(Step(f"{what}_{entry.code}", MONEY, f"{what.capitalize()}: {entry.title}", Each(rows)))
    title = "Position and entitlement by pool group"
    return table(BY_GROUP, title, "one row per account", "group_account", columns)


def _settlement(accounts: Accounts) -> Table:
    """What each account is entitled to less what it bears, its own reserves with it; one row per account, in pounds.

    What a partner owes its own reserve it sets aside in its books, so that it never pays it to anybody: it `settles`
    its own transfer together with those of the reserves that it holds. A reserve settles nothing.
    """
    codes = [entry.code for entry in accounts.contributions]
    columns: list[Column] = [
        Step("account", TEXT, "Account", Col("group_account")),
        Step("account_name", TEXT, "Name", Col("group_account_name")),
        Step("position", MONEY, "Position: variance it bears", total_of(Col(f"position_{code}") for code in codes)),
        Step("entitlement", MONEY, "Entitlement: its pots", total_of(Col(f"entitlement_{code}") for code in codes)),
        Step("transfer", MONEY, "Transfer: entitlement less position", Col("entitlement") - Col("position")),
        *_own_reserves(accounts),
        Step("pays", MONEY, "Pays", most(-Col("settles"), ZERO)),
        Step("receives", MONEY, "Receives", most(Col("settles"), ZERO)),
    ]
    span = Span(BY_GROUP, 0, len(accounts.names))
    return table(SETTLEMENT, "Settlement", "one row per account", "account", columns, span)


def _own_reserves(accounts: Accounts) -> Iterator[Step]:
    """What is left to settle with others when each account's own reserves are taken in."""
    label, settles = "Receives from others, or (pays)", Col("transfer")
    if not accounts.reserves:
        yield Step("settles", MONEY, label, settles)
        return
    appropriated = Each(tuple(_appropriated(accounts)))
    yield Step("appropriated", MONEY, "Appropriation: received, or (set aside)", appropriated)
    yield Step("settles", MONEY, label, settles - Col("appropriated"))


def _appropriated(accounts: Accounts) -> Iterator[Expr]:
    """What a partner draws from its own reserves, or (sets aside); a reserve receives or gives all of its transfer."""
    held = {reserve.code for reserve in accounts.reserves}
    for account in accounts.names:
        own = [Cell(SETTLEMENT, "transfer", reserve) for reserve in accounts.reserves_of(account)]
        if account in held:
            yield Col("transfer")
        else:
            yield -total_of(own) if own else ZERO


def _families(accounts: Accounts) -> Table:
    """What is settled together, under which clauses; one row per pool group, those of a family below each other."""
    rows = [(number, entry) for number, own in enumerate(accounts.families, start=1) for entry in own.contributions]
    clauses = tuple(clauses_of(entry.clauses) for _, entry in rows)
    columns: list[Column] = [
        Given("family", TEXT, "Family", tuple(f"Family {number}" for number, _ in rows), editable=False),
        Given("family_group", TEXT, "Pool group", tuple(entry.title for _, entry in rows), editable=False),
        Given("family_clauses", TEXT, "Clauses", clauses, editable=False),
    ]
    return table(FAMILIES, "What is settled together", "one row per pool group", "family_group", columns)


def clauses_of(clauses: Iterable[str]) -> str:
    """Clauses as a sentence names them: `Schedule 9, para 1, 2, 3; Grant circular`."""
    by_document: dict[str, list[str]] = {}
    for clause in clauses:
        document, _, paragraph = clause.partition(", para ")
        by_document.setdefault(document, []).extend([paragraph] if paragraph else [])
    every = by_document.items()
    return "; ".join(f"{document}, para {', '.join(own)}" if own else document for document, own in every)


def _by_family(accounts: Accounts) -> Table:
    """What each account is due in each family, and what it settles there with its reserves; one row per account."""
    columns: list[Column] = [Step("family_account", TEXT, "Account", Col("group_account"))]
    columns += [_due(family) for family in accounts.families]
    columns += [_settles(accounts, family) for family in accounts.families]
    span, title = Span(BY_GROUP, 0, len(accounts.names)), "What each account settles for what is settled together"
    return table(BY_FAMILY, title, "one row per account", "family_account", columns, span)


def _due(family: Family) -> Step:
    entitlement, position = (
        total_of(Col(f"{what}_{entry.code}") for entry in family.contributions) for what in ("entitlement", "position")
    )
    label = f"Transfer: {family.title}"
    return Step(family_transfer_column(family.code), MONEY, label, entitlement - position)


def _settles(accounts: Accounts, family: Family) -> Step:
    due = family_transfer_column(family.code)
    payers, rows = set(accounts.payers), []
    for account in accounts.names:
        reserves = (Cell(BY_FAMILY, due, reserve) for reserve in accounts.reserves_of(account))
        rows.append(total_of([Col(due), *reserves]) if account in payers else ZERO)
    return Step(family_settles_column(family.code), MONEY, f"Receives, or (pays): {family.title}", Each(tuple(rows)))


def _closing(reserves: tuple[Reserve, ...]) -> Table:
    """What its holder sets aside in a reserve, or draws from it; one row per reserve, in pounds."""
    moved = Each(tuple(Cell(SETTLEMENT, "transfer", reserve.code) for reserve in reserves))
    columns: list[Column] = [
        Step("closing_reserve", TEXT, "Reserve", Col("reserve")),
        Step("closing_holder", TEXT, "In the books of", Col("reserve_holder")),
        Step("brought_forward", MONEY, "Opening balance", Col("opening")),
        Step("moved", MONEY, "Set aside by its holder, or (drawn)", moved),
        Step("closing", MONEY, "Closing balance", Col("brought_forward") + Col("moved")),
    ]
    title, span = "Reserves after settlement", Span(RESERVES, 0, len(reserves))
    return table(CLOSING, title, "one row per reserve", "closing_reserve", columns, span)
