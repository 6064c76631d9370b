"""Flow: what the rules leave undone when they run: money in a pot, a pot without money, an exclusion of nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import polars as pl

from riskshare.contract.ledger import CARRY_FORWARD, POOL, ROLE_POTS, UNALLOCATED, UNSHARED
from riskshare.contract.model import OVERALL, Scope
from riskshare.contract.parse import rules_of
from riskshare.contract.standing import Contract, Path, Standing
from riskshare.contract.terms import stated
from riskshare.contract.words import Arrangement, Risk
from riskshare.figures.line_treatment import NO_POOL, in_pool, in_scope
from riskshare.figures.plan import NOWHERE
from riskshare.figures.sharing import IdleRule, PoolGroup
from riskshare.formula.display import in_sentence
from riskshare.problems.findings import Finding, did_you_mean, error, warning
from riskshare.validate.acceptance import by_acceptance, doubt, told


def doubtful_lines(contract: Contract, lines: pl.DataFrame) -> Iterator[Finding]:
    """Exclusions that match nothing, and lines that no pool takes."""
    yield from _excluded_nothing(contract, lines)
    yield from _in_no_pool(contract, lines)


def _excluded_nothing(contract: Contract, lines: pl.DataFrame) -> Iterator[Finding]:
    """Exclusions that no line of the pool matches, such as a service that is spelled otherwise."""
    for position, pool in enumerate(contract.model.pools):
        own = lines.filter(in_pool(pool))
        for number, rule in rules_of(pool):
            where, at = rule.takes_out(), Standing(contract, position, number)
            if where is not None and own.filter(in_scope(where)).is_empty():
                found = f"{at}: no line of the pool matches it"
                yield at.warning("excludes-nothing", ("where",), found, "", _closest(where, own))


def _in_no_pool(contract: Contract, lines: pl.DataFrame) -> Iterator[Finding]:
    """Lines that no pool takes, by fund and level, unless their fund is in view or their risk fixed."""
    if not contract.model.pools:
        return
    kept = (pl.col("arrangement") == Arrangement.IN_VIEW.value) | (pl.col("risk") == Risk.FIXED.value)
    outside = lines.filter((pl.col("pool") == NO_POOL) & ~kept)
    numbers = {fund.code: number for number, fund in enumerate(contract.model.funds)}
    for rows in outside.partition_by("fund", "level", maintain_order=True):
        for entry, left in by_acceptance(contract.model.doubts, "in-no-pool", rows, "line"):
            place = contract.where.place(("funds", numbers[left["fund"][0]]))
            action = 'Widen the scope of a pool, give the fund arrangement = "in_view" or the lines risk = "fixed"'
            yield told(doubt("in-no-pool", place, _left_out(left), action), entry)


def _left_out(rows: pl.DataFrame) -> str:
    fund, level = rows.select("fund", "level").row(0)
    budget, outturn = Decimal(rows["budget"].sum()), Decimal(rows["outturn"].sum())
    verb = "1 line is" if rows.height == 1 else f"{rows.height:,} lines are"
    known = (rows["outturn_cell"] != NOWHERE).all()
    amounts = f"budget {in_sentence(budget)}" + (f", variance {in_sentence(budget - outturn)}" if known else "")
    return f"{verb} in no pool, of fund '{fund}' at {level} level, such as '{rows['line'][0]}': {amounts}"


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
            yield _idle(at, idle) if idle.sides else _unfed(at, group, idle)
        for pot, left in group.problems.leftovers.items():
            path = contract.model.path_of(position)
            yield _left(contract, group, path, pot, " or a ".join(sorted(left)))
        if not group.holders and group.pool in contract.model.pools:
            place = contract.where.place(("pools", position, "scope"))
            yield warning("empty-pool", place, f"pool '{group.pool.code}' takes no lines", "", "Check its scope")


def _unfed(at: Standing, group: PoolGroup, idle: IdleRule) -> Finding:
    """A rule on a pot that nothing was moved to; that a partner's is empty too is said of it as of any other."""
    found = f"{at}: pot '{idle.pot}' is empty when this rule runs"
    if at.over_all and idle.pot in (POOL, UNSHARED):
        action = "Name a partner, a reserve or a pot that an earlier rule here moves money to"
        return at.error("empty-pot", (), f"{at}: there is no '{idle.pot}': only accounts hold money", "", action)
    if idle.pot == POOL:
        action = "Rules before it share all that the pool holds: put it above them"
        return at.error("empty-pot", (), found, "", action)
    action = _fed_later(at, idle) or _meant(at, group, idle) or "Put the rule after one that moves money to it"
    return at.error("empty-pot", (), found, "a pot that an earlier rule moved money to", action)


def _fed_later(at: Standing, idle: IdleRule) -> str:
    """Which later rule moves money to the pot, if one does."""
    if idle.fed_by is None:
        return ""
    feeding = at.pool.rules[idle.fed_by]
    return f"Put the rule after '{feeding.rule}' ({feeding.clause}), which moves money to it"


def _meant(at: Standing, group: PoolGroup, idle: IdleRule) -> str:
    """The pot that a misspelt one was meant to be; a partner's is spelt rightly."""
    if idle.pot in at.contract.partners:
        return f"No later rule moves a {_words(idle)} to it either: remove the rule, or share something to the partner"
    known = (*group.problems.known_pots, *at.contract.partners, *ROLE_POTS)
    return did_you_mean(idle.pot, [name for name in known if name != idle.pot])


def _words(idle: IdleRule) -> str:
    return " or ".join(sorted(idle.sought))


def _idle(at: Standing, idle: IdleRule) -> Finding:
    found = f"{at}: pot '{idle.pot}' holds no {_words(idle)} when it runs"
    return at.warning("idle-rule", (), found, "", "It does nothing there: check the order.")


def _left(contract: Contract, group: PoolGroup, path: Path, pot: str, sides: str) -> Finding:
    over_all = path == (OVERALL,)
    stage = "the stage over all pools" if over_all else f"pool '{group.pool.code}'"
    found = f"{stage}: pot '{pot}' may still hold a {sides} after the last rule"
    accounts = [*contract.partners, *contract.reserves, *ROLE_POTS]
    known = [*accounts, UNSHARED, CARRY_FORWARD, UNALLOCATED, "others"]
    action = (
        f"Add a rule that shares or allocates what it holds. {did_you_mean(pot, known) if pot not in known else ''}"
    )
    expected = f"money only with partners, reserves, '{UNSHARED}', '{CARRY_FORWARD}', '{UNALLOCATED}' or a later pool"
    if over_all:
        expected = f"money only with partners, reserves, '{CARRY_FORWARD}' and '{UNALLOCATED}'"
    return error("money-left", contract.where.place(path), found, expected, action.strip())
