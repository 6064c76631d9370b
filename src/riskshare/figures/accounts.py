"""Accounts: who takes part in the settlement, what each pool group brings it, and what is settled together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from riskshare.contract.ledger import CARRY_FORWARD, UNALLOCATED, ring_fence_name
from riskshare.contract.model import Model, Reserve
from riskshare.figures.ring_fences import RingFenced
from riskshare.figures.share_closing import UP
from riskshare.figures.sharing import PoolGroup
from riskshare.formula.language import ZERO, Expr, Total

MOST_NAMED = 3

Amounts = Mapping[str, tuple[Expr, ...]]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a pool group, or a stage outside the pool groups, brings to the settlement; pounds to the penny.

    A stage that runs after the pools, or money of lines outside them, is one more of these: it is settled by itself.
    """

    code: str
    title: str
    positions: Amounts
    """By account the figures that add to what it bears as holder, or gives."""
    entitlements: Amounts
    """By account the figures that add to what it holds in the end, or is given."""
    clauses: tuple[str, ...]

    @property
    def accounts(self) -> tuple[str, ...]:
        """Every account that can hold or bear anything here."""
        return tuple(dict.fromkeys((*self.positions, *self.entitlements)))


@dataclass(frozen=True, slots=True)
class Family:
    """Contributions that are settled together: pool groups that pass money up to one another, any other by itself."""

    code: str
    contributions: tuple[Contribution, ...]
    accounts: tuple[str, ...]
    """The organisations that can pay or be paid for it, in the order declared."""

    @property
    def title(self) -> str:
        """What it is called: the names of its pool groups, or of the last one and how many pass money up to it."""
        titles = [entry.title for entry in self.contributions]
        if len(titles) <= MOST_NAMED:
            return ", ".join(titles)
        return f"{titles[-1]} and {len(titles) - 1} pool groups below it"

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses that its money moves under, each once."""
        return tuple(dict.fromkeys(clause for entry in self.contributions for clause in entry.clauses))


@dataclass(frozen=True, slots=True)
class Accounts:
    """All that a settlement is made from."""

    model: Model
    reserves: tuple[Reserve, ...]
    names: Mapping[str, str]
    """Every account by its code: partners, reserves, then carried forward and unallocated money."""
    contributions: tuple[Contribution, ...]
    families: tuple[Family, ...] = field(default=())

    @property
    def payers(self) -> tuple[str, ...]:
        """The accounts that pay and are paid: all but reserves, which stand in the books of their holders."""
        return payers_of(self.names, self.reserves)

    def reserves_of(self, partner: str) -> tuple[str, ...]:
        """The reserves in a partner's books."""
        return tuple(reserve.code for reserve in self.reserves if reserve.holder == partner)


def of_ring_fences(fenced: Iterable[RingFenced]) -> Iterator[Contribution]:
    """What lines outside the pools owe the reserves of their grants, each reserve by itself."""
    for entry in (one for one in fenced if one.outside):
        given = {holder: (entry.kept(key),) for holder, key in entry.outside.items()}
        whole = tuple(amount for amounts in given.values() for amount in amounts)
        title = f"Ring-fenced lines outside the pools, to {entry.reserve}"
        clauses = tuple(dict.fromkeys(fund.clause for fund in entry.funds))
        yield Contribution(ring_fence_name(entry.reserve), title, given, {entry.reserve: whole}, clauses)


def payers_of(names: Iterable[str], reserves: Iterable[Reserve]) -> tuple[str, ...]:
    """The accounts that are no reserves."""
    held = {reserve.code for reserve in reserves}
    return tuple(code for code in names if code not in held)


def accounts_of(
    model: Model, reserves: tuple[Reserve, ...], groups: tuple[PoolGroup, ...], others: Iterable[Contribution] = ()
) -> Accounts:
    """The accounts of a model, and its families.

    Args: all reserves; the pool groups in the order they run; what else is settled, each by itself.
    """
    names = {partner.code: partner.name for partner in model.partners}
    names |= {reserve.code: reserve.name for reserve in reserves}
    apart = tuple(others)
    if any(CARRY_FORWARD in held for held in (*(group.final for group in groups), *(one.accounts for one in apart))):
        names[CARRY_FORWARD] = "Carried forward"
    names |= {UNALLOCATED: "Unallocated: nobody can bear or take it"}
    of_groups = {group.pool.code: _of_group(group, names) for group in groups}
    holders = {reserve.code: reserve.holder for reserve in reserves}
    members = [*(tuple(of_groups[code] for code in codes) for codes in related(groups)), *((entry,) for entry in apart)]
    families = tuple(_family(entries, names, holders) for entries in members)
    return Accounts(model, reserves, names, (*of_groups.values(), *apart), families)


def _of_group(group: PoolGroup, names: Iterable[str]) -> Contribution:
    """Positions and final pots; a pot that nothing can ever be moved to is left out."""
    name = group.table.name
    moving = {step.name for step in group.table.steps if step.expr != ZERO}
    return Contribution(
        group.pool.code,
        group.pool.title,
        {account: tuple(Total(name, column) for column in columns) for account, columns in group.positions.items()},
        {code: (Total(name, column),) for code, column in group.final.items() if code in names and column in moving},
        tuple(dict.fromkeys(section.clause for section in group.table.sections if section.clause)),
    )


def related(groups: Iterable[PoolGroup]) -> Iterator[tuple[str, ...]]:
    """The codes of the pool groups in families: those that pass money up to one another, directly or through others."""
    every = tuple(groups)
    family = {group.pool.code: group.pool.code for group in every}
    for group in every:
        for pot in group.final:
            if pot.startswith(UP):
                receiver = pot.removeprefix(UP).partition(":")[0]
                one, other = family[group.pool.code], family[receiver]
                family = {code: one if own == other else own for code, own in family.items()}
    for first in dict.fromkeys(family.values()):
        yield tuple(code for code, own in family.items() if own == first)


def _family(entries: tuple[Contribution, ...], names: Iterable[str], holders: Mapping[str, str]) -> Family:
    taking_part = {holders.get(account, account) for entry in entries for account in entry.accounts}
    return Family(entries[0].code, entries, tuple(code for code in names if code in taking_part))
