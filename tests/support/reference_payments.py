"""Independent reference: settlement, who pays whom and the reconciliation (docs/decisions/0006-who-pays-whom.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

from reference import NEXT_YEAR, Settled
from reference_model import Line, Model
from reference_money import split
from reference_pools import Group

Amounts: TypeAlias = dict[str, int]
Payments: TypeAlias = dict[tuple[str, str], int]


@dataclass(frozen=True)
class Accounts:
    """The settlement by account, zeros included, in the order declared: partners, reserves, next year's, nobody's."""

    position: Amounts
    entitlement: Amounts
    appropriated: Amounts

    @property
    def transfer(self) -> Amounts:
        """What each account is to receive."""
        return {code: self.entitlement[code] - self.position[code] for code in self.position}

    @property
    def settles(self) -> Amounts:
        """What of that is paid: an appropriation is not."""
        return {code: amount - self.appropriated[code] for code, amount in self.transfer.items()}


def settlement(settled: Settled) -> Accounts:
    """Over all families."""
    every = [family_accounts(settled.model, family) for family in families(settled)]
    return Accounts(
        _sum(settled.model, (accounts.position for accounts in every)),
        _sum(settled.model, (accounts.entitlement for accounts in every)),
        _sum(settled.model, (accounts.appropriated for accounts in every)),
    )


@dataclass(frozen=True)
class Family:
    """What is settled together: position and entitlement by account."""

    position: Amounts
    entitlement: Amounts


def families(settled: Settled) -> list[Family]:
    """Pool groups that pass money up to one another; the stage over all pools; what is settled outside the pools."""
    found = [_of_groups(settled.model, groups) for groups in _linked(settled.groups)]
    if settled.overall:
        found.append(_of_stage(settled, settled.overall))
    if settled.outside:
        found.append(_of_outside(settled))
    return found


def _linked(groups: list[Group]) -> list[list[Group]]:
    """Groups joined wherever a rule of one names a pool of another."""
    joined: list[list[Group]] = []
    for group in groups:
        mine = [family for family in joined if any(_names(other, group) for other in family)]
        joined = [family for family in joined if family not in mine] + [[*chain.from_iterable(mine), group]]
    return joined


def _names(giver: Group, taker: Group) -> bool:
    return any(f"pool:{pool.code}" in _words(giver.rules) for pool in taker.pools)


def _words(value: object) -> set[str]:
    """Every word in rules, keys too."""
    if isinstance(value, str):
        return {value}
    if isinstance(value, Mapping):
        return set(chain.from_iterable(_words(entry) for pair in value.items() for entry in pair))
    return set(chain.from_iterable(map(_words, value))) if isinstance(value, list) else set()


def accounts_of(model: Model) -> list[str]:
    """Who takes part in the settlement, in the order declared."""
    return [*model.partners, *model.openings, *NEXT_YEAR]


def _sum(model: Model, amounts: Iterable[Mapping[str, int]]) -> Amounts:
    total = dict.fromkeys(accounts_of(model), 0)
    for entry in amounts:
        for code, amount in entry.items():
            total[code] += amount
    return total


def _of_groups(model: Model, groups: list[Group]) -> Family:
    pools = [pool for group in groups for pool in group.pools]
    held = ({code: held.variance for code, held in pool.held.items()} for pool in pools)
    position = _sum(model, [*held, *(pool.funded for pool in pools)])
    kept = ({code: amount for code, amount in pool.pots.items() if code in position} for pool in pools)
    return Family(position, _sum(model, kept))


def _of_stage(settled: Settled, stage: Group) -> Family:
    """What the stage over all pools moved: nobody has a position in it."""
    (pool,) = stage.pools
    before = _sum(settled.model, (_of_groups(settled.model, [group]).entitlement for group in settled.groups))
    after = _sum(settled.model, [{code: held for code, held in pool.pots.items() if code in before}])
    moved = {code: after[code] - before[code] for code in before}
    return Family(_sum(settled.model, []), moved)


def _of_outside(settled: Settled) -> Family:
    """What holders of lines outside the pools bear of it and give to the reserves of ring-fences."""
    borne, given = dict[str, int](), dict[str, int]()
    for entry in settled.outside:
        borne[entry.holder] = borne.get(entry.holder, 0) + entry.amount
        given[entry.reserve] = given.get(entry.reserve, 0) + entry.amount
    return Family(_sum(settled.model, [borne]), _sum(settled.model, [given]))


def family_accounts(model: Model, family: Family) -> Accounts:
    """A reserve's transfer is settled by its holder: what the holder owes it is an appropriation."""
    appropriated = _sum(model, [])
    for reserve, holder in model.holder_of_reserve.items():
        transfer = family.entitlement[reserve] - family.position[reserve]
        appropriated[reserve] += transfer
        appropriated[holder] -= transfer
    return Accounts(family.position, family.entitlement, appropriated)


# Payments


def payments(settled: Settled) -> Payments:
    """Who pays whom how much, by the method of the contract, opposite payments netted."""
    model = settled.model
    terms = model.toml.get("settlement", {})
    method = terms.get("method", "pro_rata")
    total = settlement(settled).settles
    if method == "through_host":
        return _through(terms["host"], total)
    if method == "fewest":
        return _fewest(total)
    paid: Payments = defaultdict(int)
    for family in families(settled):
        for pair, amount in paid_pro_rata(family_accounts(model, family).settles).items():
            paid[pair] += amount
    return _netted(paid)


def _through(host: str, due: Amounts) -> Payments:
    others = {code: amount for code, amount in due.items() if amount and code != host}
    return {(host, code) if amount > 0 else (code, host): abs(amount) for code, amount in others.items()}


def _fewest(due: Amounts) -> Payments:
    """Those who owe and those who are owed, matched in the order declared."""
    owes = {code: -amount for code, amount in due.items() if amount < 0}
    paid: Payments = {}
    for payee, amount in ((code, amount) for code, amount in due.items() if amount > 0):
        left = amount
        for payer in list(owes):
            part = min(left, owes[payer])
            if part:
                paid[payer, payee] = part
                owes[payer] -= part
                left -= part
    return paid


def paid_pro_rata(due: Amounts) -> Payments:
    """Each who is owed, in the order declared, is paid by those who still owe, in proportion."""
    owes = {code: -amount for code, amount in due.items() if amount < 0}
    paid: Payments = {}
    for payee, amount in ((code, amount) for code, amount in due.items() if amount > 0):
        for payer, part in zip(owes, split(amount, list(owes.values())), strict=True):
            paid[payer, payee] = part
            owes[payer] -= part
    return paid


def _netted(paid: Payments) -> Payments:
    pairs = {tuple(sorted(pair)) for pair in paid}
    net = {(one, other): paid.get((one, other), 0) - paid.get((other, one), 0) for one, other in pairs}
    return {
        ((one, other) if amount > 0 else (other, one)): abs(amount) for (one, other), amount in net.items() if amount
    }


# Reconciliation


def reconciliation(settled: Settled) -> dict[str, dict[str, int]]:
    """By account: the variance of all its lines by where they stand, changed targets, what moved, what it has after."""
    model = settled.model
    rows = {
        code: dict.fromkeys(("in_pools", "fixed", "excluded", "in_view", "no_pool"), 0) for code in accounts_of(model)
    }
    for line in model.lines:
        rows[line.holder][_stands(settled, line)] += line.variance
    for pool in (pool for group in settled.groups if not group.from_lines for pool in group.pools):
        for code, held in pool.held.items():
            rows[code]["in_pools"] += held.variance
    moved = settlement(settled).transfer
    for code, row in rows.items():
        row["all_lines"] = sum(row.values())
        row["target_changes"] = sum(pool.funded.get(code, 0) for group in settled.groups for pool in group.pools)
        row["moved"] = moved[code]
        row["after"] = row["all_lines"] + row["target_changes"] + row["moved"]
    return rows


def _stands(settled: Settled, line: Line) -> str:
    """In a pool, taken out of one, shown only, or in none."""
    if any(line.code in group.inside for group in settled.groups):
        return "in_pools"
    taking = [group for group in settled.groups if group.takes(line)]
    if taking:
        return "fixed" if line.fixed else "excluded"
    return "in_view" if line.words["arrangement"] == "in_view" else "no_pool"


def balances(settled: Settled) -> Amounts:
    """What every reserve holds after settlement, and what is carried forward."""
    entitled = settlement(settled).entitlement
    kept = (*settled.model.openings, "carry_forward")
    return {code: settled.model.openings.get(code, 0) + entitled[code] for code in kept}
