"""Soundness: whether a contract's rules make sense together: known pots, an order that works, nothing left behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from riskshare.contract import Placed, rules_of
from riskshare.findings import Finding, did_you_mean, error, warning
from riskshare.formula.language import columns_read
from riskshare.ledger import CARRY_FORWARD, POOL, ROLE_POTS, UNALLOCATED, UNSHARED
from riskshare.model import Model, Pool
from riskshare.rules.allocate import Allocate
from riskshare.rules.cap import Cap
from riskshare.rules.decision import Decision
from riskshare.rules.kind import Kind
from riskshare.sharing import PoolGroup
from riskshare.treatment import in_pool

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """The model with where its keys stand and the localities that its pools are for."""

    model: Model
    where: Placed
    localities: Mapping[str, tuple[str, ...]]

    def pools_of(self, pool: Pool) -> tuple[str, ...]:
        """The pools of a group."""
        if pool.for_each is None:
            return (pool.code,)
        return tuple(f"{pool.code}:{code}" for code in self.localities.get(pool.for_each, ()))


def unsound_terms(contract: Contract) -> Iterator[Finding]:
    """What is wrong with the rules before anything is computed."""
    for position, pool in enumerate(contract.model.pools):
        for number, rule in rules_of(pool):
            path: Path = ("pools", position, "rules", number)
            yield from _names(contract, pool, rule, path)
            yield from _order(contract, pool, rule, number, path)
            yield from _needs(contract, pool, rule, path)


def _named(pool: Pool, rule: Kind) -> str:
    return f"pool '{pool.code}', rule '{rule.rule}' ({rule.clause})"


def _names(contract: Contract, pool: Pool, rule: Kind, path: Path) -> Iterator[Finding]:
    for key, pot in dict.fromkeys(rule.pots_named()):
        place, title = contract.where.place((*path, key)), _named(pool, rule)
        if pot.startswith("pool:"):
            yield from _passing(contract, pool, rule, (*path, key), pot)
        elif key == "reserve" and pot not in _reserves(contract.model):
            known = _reserves(contract.model)
            yield error(
                "unknown-reserve", place, f"{title}: no reserve '{pot}'", _one_of(known), did_you_mean(pot, known)
            )
        elif key == "key" and pot not in _partners(contract.model):
            known = _partners(contract.model)
            yield error(
                "unknown-partner", place, f"{title}: no partner '{pot}'", _one_of(known), did_you_mean(pot, known)
            )
        elif key in ("to", "excess_to", "shares", "forfeited_to") and pot == POOL:
            yield error(
                "back-to-pool",
                place,
                f"{title}: money cannot go back to '{POOL}'",
                "",
                f"Name a partner, a role or '{UNSHARED}'",
            )


def _passing(contract: Contract, pool: Pool, rule: Kind, path: Path, pot: str) -> Iterator[Finding]:
    codes = [entry.code for entry in contract.model.pools]
    later = contract.model.pools[codes.index(pool.code) + 1 :]
    known = [name for entry in later for name in contract.pools_of(entry)]
    wanted = pot.removeprefix("pool:")
    if wanted not in known:
        found = f"{_named(pool, rule)}: '{pot}' is not a pool that runs later"
        yield error("unknown-pool", contract.where.place(path), found, _one_of(known), did_you_mean(wanted, known))


def _order(contract: Contract, pool: Pool, rule: Kind, number: int, path: Path) -> Iterator[Finding]:
    before = [earlier for place, earlier in rules_of(pool) if place < number]
    if rule.first_only and any(not earlier.first_only for earlier in before):
        found = f"{_named(pool, rule)} stands after rules that move money"
        yield error(
            "late-rule",
            contract.where.place(path),
            found,
            f"'{rule.rule}' before all other rules",
            "Move it to the top of the pool's rules",
        )


def _needs(contract: Contract, pool: Pool, rule: Kind, path: Path) -> Iterator[Finding]:
    if isinstance(rule, Decision):
        yield from _decision(contract, pool, rule, path)
    if isinstance(rule, Cap):
        for pot, limit in rule.all_limits().items():
            yield from _income(contract, pool, rule, path, pot) if limit.needs_income() else ()
    if isinstance(rule, Allocate) and rule.key == "income":
        yield from _income(contract, pool, rule, path, rule.source)


def _decision(contract: Contract, pool: Pool, rule: Decision, path: Path) -> Iterator[Finding]:
    known, place = contract.pools_of(pool), contract.where.place((*path, "pool"))
    if rule.pool is None and len(known) != 1:
        yield error(
            "decision-pool", place, f"{_named(pool, rule)} doesn't say for which pool", _one_of(known), "Add pool = ..."
        )
    elif rule.pool is not None and rule.pool not in known:
        yield error(
            "decision-pool",
            place,
            f"{_named(pool, rule)}: no pool '{rule.pool}'",
            _one_of(known),
            did_you_mean(rule.pool, known),
        )


def _income(contract: Contract, pool: Pool, rule: Kind, path: Path, pot: str) -> Iterator[Finding]:
    role = ROLE_POTS.get(pot)
    concerned = [entry for entry in contract.model.partners if entry.code == pot or entry.role == role]
    without = [entry.code for entry in concerned if entry.income is None]
    if not concerned or without:
        found = f"{_named(pool, rule)} uses the income of {', '.join(without) or pot}, which the model doesn't give"
        yield error("no-income", contract.where.place(path), found, "", "Add income = ... to the partner")


def unsound_lines(contract: Contract, lines: pl.DataFrame) -> Iterator[Finding]:
    """Lines that two pools take: their money would be shared twice."""
    pools = contract.model.pools
    for position, pool in enumerate(pools):
        for other in pools[:position]:
            both = lines.filter(in_pool(pool) & in_pool(other))["line"]
            if both.len():
                found = (
                    f"{both.len()} lines are both in pool '{other.code}' and in pool '{pool.code}', such as '{both[0]}'"
                )
                place = contract.where.place(("pools", position, "scope"))
                yield error(
                    "line-in-two-pools", place, found, "each line in one pool at most", "Narrow one of the scopes"
                )


def unsound_flow(contract: Contract, groups: Iterable[PoolGroup]) -> Iterator[Finding]:
    """Pots that may still hold money after the last rule, and rules that work on a pot that nothing was moved to."""
    for position, group in enumerate(groups):
        for number, pot in group.unfed:
            yield _unfed(contract, group, ("pools", position, "rules", number), pot)
        for pot, sides in group.leftovers.items():
            yield _left(contract, group, ("pools", position), pot, " or a ".join(sorted(sides)))
        if not group.holders:
            place = contract.where.place(("pools", position, "scope"))
            yield warning("empty-pool", place, f"pool '{group.pool.code}' takes no lines", "", "Check its scope")


def _unfed(contract: Contract, group: PoolGroup, path: Path, pot: str) -> Finding:
    rule = group.pool.rules[int(path[-1])]
    found = f"pool '{group.pool.code}', rule '{rule.rule}' ({rule.clause}): pot '{pot}' is empty when this rule runs"
    action = (
        did_you_mean(pot, [name for name in group.known if name != pot])
        or "Put the rule after one that moves money to it"
    )
    return error("empty-pot", contract.where.place(path), found, "a pot that an earlier rule moved money to", action)


def _left(contract: Contract, group: PoolGroup, path: Path, pot: str, sides: str) -> Finding:
    found = f"pool '{group.pool.code}': pot '{pot}' may still hold a {sides} after the last rule"
    known = [*_partners(contract.model), *_reserves(contract.model), *ROLE_POTS, UNSHARED, CARRY_FORWARD, UNALLOCATED]
    action = (
        f"Add a rule that shares or allocates what it holds. {did_you_mean(pot, known) if pot not in known else ''}"
    )
    expected = f"money only with partners, reserves, '{UNSHARED}', '{CARRY_FORWARD}', '{UNALLOCATED}' or a later pool"
    return error("money-left", contract.where.place(path), found, expected, action.strip())


def unsound_figures(
    contract: Contract, groups: Iterable[PoolGroup], figures: Mapping[str, pl.DataFrame]
) -> Iterator[Finding]:
    """Pools whose target cannot carry percentages, and pools in which a key had no weights."""
    for position, group in enumerate(groups):
        frame, place = figures[group.table.name], contract.where.place(("pools", position))
        of_target = any(
            "target" in columns_read(step.expr) for step in group.table.steps if step.name not in ("outturn", "target")
        )
        if of_target:
            for pool in frame.filter((pl.col("target") <= 0) & (pl.col("variance_all") != 0))["pool"]:
                found = f"pool '{pool}' has a target of zero or less and a variance, under rules with percentages of it"
                yield error(
                    "no-target", place, found, "a target above zero", "Check the scope, or state the rules in pounds"
                )
        for pool, gap in frame.filter(pl.col("gap") != 0).select("pool", "gap").rows():
            found = f"pool '{pool}': £{gap:,.2f} stays in a pot because the weights of a key add to zero there"
            yield error(
                "no-weights",
                place,
                found,
                "weights above zero",
                "Use another key for the pot, or give the partners weights",
            )


def _partners(model: Model) -> list[str]:
    return [entry.code for entry in model.partners]


def _reserves(model: Model) -> list[str]:
    ringed = [fund.ring_fence.underspend_to for fund in model.funds if fund.ring_fence]
    return list(dict.fromkeys([*(entry.code for entry in model.reserves), *ringed]))


def _one_of(words: Iterable[str]) -> str:
    return f"one of {', '.join(words)}"
