"""Flow: what the rules leave undone when they run: money in a pot, a pot without money, an exclusion of nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from riskshare.contract.ledger import CARRY_FORWARD, POOL, ROLE_POTS, UNALLOCATED, UNSHARED
from riskshare.contract.model import Scope
from riskshare.contract.parse import rules_of
from riskshare.contract.standing import Contract, Path, Standing
from riskshare.contract.terms import stated
from riskshare.figures.line_treatment import in_pool, in_scope
from riskshare.figures.sharing import PoolGroup
from riskshare.problems.findings import Finding, did_you_mean, error, warning


def excluded_nothing(contract: Contract, lines: pl.DataFrame) -> Iterator[Finding]:
    """Exclusions that no line of the pool matches, such as a service that is spelled otherwise."""
    for position, pool in enumerate(contract.model.pools):
        own = lines.filter(in_pool(pool))
        for number, rule in rules_of(pool):
            where, at = rule.takes_out(), Standing(contract, position, number)
            if where is not None and own.filter(in_scope(where)).is_empty():
                found = f"{at}: no line of the pool matches it"
                yield at.warning("excludes-nothing", ("where",), found, "", _closest(where, own))


def _closest(where: Scope, lines: pl.DataFrame) -> str:
    """The word that is meant where one under `where` is spelled otherwise than in the lines."""
    for column, values in where.columns():
        known = [word for word in lines[column].unique().sort() if word]
        for word in stated(values):
            if word not in known and (action := did_you_mean(word, known)):
                return action
    return "Check the words under where."


def unsound_flow(contract: Contract, groups: Iterable[PoolGroup]) -> Iterator[Finding]:
    """Pots that may still hold money after the last rule, and rules that work on a pot that nothing was moved to."""
    for position, group in enumerate(groups):
        for idle in group.problems.idle:
            at = Standing(contract, position, idle.number)
            yield _idle(at, idle.pot) if idle.sides else _unfed(at, group, idle.pot)
        for pot, left in group.problems.leftovers.items():
            yield _left(contract, group, ("pools", position), pot, " or a ".join(sorted(left)))
        if not group.holders:
            place = contract.where.place(("pools", position, "scope"))
            yield warning("empty-pool", place, f"pool '{group.pool.code}' takes no lines", "", "Check its scope")


def _unfed(at: Standing, group: PoolGroup, pot: str) -> Finding:
    found = f"{at}: pot '{pot}' is empty when this rule runs"
    if pot == POOL:
        action = "Rules before it share all that the pool holds: put it above them"
        return at.error("empty-pot", (), found, "", action)
    close = did_you_mean(
        pot, [name for name in (*group.problems.known_pots, *at.contract.partners, *ROLE_POTS) if name != pot]
    )
    action = close or "Put the rule after one that moves money to it"
    return at.error("empty-pot", (), found, "a pot that an earlier rule moved money to", action)


def _idle(at: Standing, pot: str) -> Finding:
    side = getattr(at.rule, "side", "")
    found = f"{at}: pot '{pot}' holds no {side} when it runs"
    return at.warning("idle-rule", (), found, "", "It does nothing there: check the order.")


def _left(contract: Contract, group: PoolGroup, path: Path, pot: str, sides: str) -> Finding:
    found = f"pool '{group.pool.code}': pot '{pot}' may still hold a {sides} after the last rule"
    accounts = [*contract.partners, *contract.reserves, *ROLE_POTS]
    known = [*accounts, UNSHARED, CARRY_FORWARD, UNALLOCATED, "others"]
    action = (
        f"Add a rule that shares or allocates what it holds. {did_you_mean(pot, known) if pot not in known else ''}"
    )
    expected = f"money only with partners, reserves, '{UNSHARED}', '{CARRY_FORWARD}', '{UNALLOCATED}' or a later pool"
    return error("money-left", contract.where.place(path), found, expected, action.strip())
