"""Soundness: whether a contract's rules make sense together: known pots, an order that works, nothing left behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from riskshare.contract.ledger import CARRY_FORWARD, NETTED, POOL, ROLE_POTS, UNALLOCATED, UNSHARED
from riskshare.contract.model import Model, Pool, Scope
from riskshare.contract.parse import case_files, columns_named, rules_of
from riskshare.contract.rules.allocate import Allocate
from riskshare.contract.rules.cap import Cap
from riskshare.contract.rules.carry_forward import CarryForward
from riskshare.contract.rules.decision import Decision
from riskshare.contract.rules.exclude import Exclude
from riskshare.contract.rules.guarantee import Guarantee
from riskshare.contract.rules.kind import Kind
from riskshare.contract.rules.limits import Limit
from riskshare.contract.rules.net import Net
from riskshare.contract.rules.outcomes import Outcomes
from riskshare.contract.rules.share_ranges import ShareRanges
from riskshare.contract.wrong_terms import Placed
from riskshare.figures.line_treatment import in_pool, in_scope
from riskshare.figures.sharing import PoolGroup
from riskshare.inputs.table import InputTable
from riskshare.problems.findings import Finding, did_you_mean, error, warning

Path = tuple[str | int, ...]
YEARS_TO_SETTLE = 3
RECEIVING = ("to", "excess_to", "shares", "forfeited_to")


@dataclass(frozen=True, slots=True)
class Contract:
    """The model with where its keys stand and the localities that its pools are for."""

    model: Model
    where: Placed
    localities: Mapping[str, tuple[str, ...]]
    measures: Mapping[str, InputTable] = field(default_factory=dict)
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def pools_of(self, pool: Pool) -> tuple[str, ...]:
        """The pools of a group."""
        if pool.table is not None:
            return self.given.get(pool.code, ())
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
            yield from _same_pot(contract, pool, rule, path)
            yield from _needs(contract, pool, rule, path)
    yield from _brought_in_twice(contract)
    yield from _measured_pools(contract)
    yield from unsound_tables(contract.model, contract.where)


def unsound_cases(contract: Contract, cases: Mapping[str, InputTable]) -> Iterator[Finding]:
    """Cases of pools that the rules which read them don't run in."""
    for file, table in cases.items():
        known = [name for pool in case_files(contract.model)[file] for name in contract.pools_of(pool)]
        for row, pool in table.frame.filter(~pl.col("pool").is_in(known)).select("row", "pool").rows()[:50]:
            place, expected = table.origin.place(row, "pool"), _one_of(known[:20])
            yield error("unknown-pool", place, f"pool '{pool}' is unknown", expected, did_you_mean(pool, known))


def unsound_tables(model: Model, where: Placed) -> Iterator[Finding]:
    """Pools from a table that also ask for lines, and terms from a table that the pool doesn't have."""
    for position, pool in enumerate(model.pools):
        place, columns = where.place(("pools", position)), list(columns_named(pool))
        if pool.table is None and columns:
            found = f"pool '{pool.code}' takes terms from the column '{columns[0]}' but has no table"
            yield error("no-table", place, found, "", "Add table = ..., or write the terms as numbers")
        if pool.table is not None and pool.for_each is not None:
            found = f"pool '{pool.code}' has both a table and for_each"
            yield error("two-origins", place, found, "", "Keep the table, or the pools for each locality")


def _named(pool: Pool, rule: Kind) -> str:
    return f"pool '{pool.code}', rule '{rule.rule}' ({rule.clause})"


def _names(contract: Contract, pool: Pool, rule: Kind, path: Path) -> Iterator[Finding]:
    for key, pot in dict.fromkeys(rule.pots_named()):
        place, title = contract.where.place(_naming(rule, path, key, pot)), _named(pool, rule)
        if pot.startswith("pool:"):
            yield from _passing(contract, pool, rule, _naming(rule, path, key, pot), pot)
        elif key in ("reserve", "balance") and pot not in _reserves(contract.model):
            known = _reserves(contract.model)
            yield error(
                "unknown-reserve", place, f"{title}: no reserve '{pot}'", _one_of(known), did_you_mean(pot, known)
            )
        elif key in ("key", "partner") and pot not in _partners(contract.model):
            known = _partners(contract.model)
            yield error(
                "unknown-partner", place, f"{title}: no partner '{pot}'", _one_of(known), did_you_mean(pot, known)
            )
        elif key == "funded_by" and pot not in (*_partners(contract.model), *ROLE_POTS):
            known = [*_partners(contract.model), *ROLE_POTS]
            yield error(
                "unknown-partner",
                place,
                f"{title}: no partner or role '{pot}'",
                _one_of(known),
                did_you_mean(pot, known),
            )
        elif key in RECEIVING and pot in (NETTED, "excess"):
            action = "Give the pot another name"
            yield error("reserved-pot", place, f"{title}: '{pot}' is a pot that rules use among themselves", "", action)
        elif key in RECEIVING and pot == POOL:
            yield error(
                "back-to-pool",
                place,
                f"{title}: money cannot go back to '{POOL}'",
                "",
                f"Name a partner, a role or '{UNSHARED}'",
            )


def _naming(rule: Kind, path: Path, key: str, pot: str) -> Path:
    """Where a rule names a pot: in one of its bands, in its limits or its key, or as the value of the key itself."""
    if isinstance(rule, ShareRanges) and key == "shares":
        band = next(number for number, band in enumerate(rule.bands) if pot in band.shares)
        return (*path, "bands", band, "shares", pot)
    return (*path, key, pot) if key in ("limits", "key") else (*path, key)


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


def _same_pot(contract: Contract, pool: Pool, rule: Kind, path: Path) -> Iterator[Finding]:
    named = list(rule.pots_named())
    for key, pot in named:
        if key in ("to", "forfeited_to") and ("from", pot) in named:
            found = f"{_named(pool, rule)}: '{pot}' gives to itself"
            yield error("same-pot", contract.where.place((*path, key)), found, "", f"Name another pot in '{key}'")


def _needs(contract: Contract, pool: Pool, rule: Kind, path: Path) -> Iterator[Finding]:
    if isinstance(rule, Decision):
        yield from _decision(contract, pool, rule, path)
    if isinstance(rule, Cap):
        for pot, limit in rule.all_limits().items():
            yield from _limit(contract, pool, rule, (*path, "limits", pot), pot, limit)
    if isinstance(rule, Allocate):
        yield from _allocation(contract, pool, rule, path)
    if isinstance(rule, Net):
        yield from _net(contract, pool, rule, (*path, "across"))
    if isinstance(rule, Guarantee):
        yield from _guarantee(contract, pool, rule, path)
    if isinstance(rule, Outcomes) and rule.measures in contract.measures:
        yield from _unmeasured(contract, pool, rule, path)


def _limit(contract: Contract, pool: Pool, rule: Cap, path: Path, pot: str, limit: Limit) -> Iterator[Finding]:
    partners = _partners(contract.model)
    if rule.excess_to == "others" and pot not in partners:
        found = f"{_named(pool, rule)}: '{pot}' is no partner, and only partners share an excess with others"
        yield error("cap-others", contract.where.place(path), found, _one_of(partners), did_you_mean(pot, partners))
    elif limit.is_of("income"):
        yield from _income(contract, pool, rule, path, pot)
    if rule.excess_to != "others" and limit.is_of("contribution") and pot not in (*partners, *ROLE_POTS):
        found = f"{_named(pool, rule)}: pot '{pot}' has no contribution"
        expected, action = "a partner, commissioners or providers", "Cap it by an amount or a percent of the target"
        yield error("no-contribution", contract.where.place(path), found, expected, action)


def _unmeasured(contract: Contract, pool: Pool, rule: Outcomes, path: Path) -> Iterator[Finding]:
    """Pools for which the measures have no weight: their score would be nothing divided by nothing."""
    measures = contract.measures[rule.measures].frame
    for code in contract.pools_of(pool):
        if not measures.filter(pl.col("pool").is_in(["", code]))["weight"].sum():
            found = f"{_named(pool, rule)}: {rule.measures} has no measure with a weight for pool '{code}'"
            action = "Give it a measure, or leave 'pool' empty in one for all pools"
            yield error("no-measures", contract.where.place((*path, "measures")), found, "", action)


def _measured_pools(contract: Contract) -> Iterator[Finding]:
    known = [code for pool in contract.model.pools for code in contract.pools_of(pool)]
    for measures in contract.measures.values():
        for row, code in measures.frame.filter(~pl.col("pool").is_in(["", *known])).select("row", "pool").rows():
            place = measures.origin.place(row, "pool")
            yield error("unknown-pool", place, f"no pool '{code}'", _one_of(known), did_you_mean(code, known))


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

    yield from _minuted(contract, pool, rule, (*path, "date"))


def _minuted(contract: Contract, pool: Pool, rule: Decision, path: Path) -> Iterator[Finding]:
    """A warning for a minute from before the agreement and the year, or long after the year's accounts."""
    model = contract.model
    first = min(model.starts_on, model.agreed_on or model.starts_on)
    last = date(model.starts_on.year + 1 + YEARS_TO_SETTLE, 3, 31)
    if not first <= rule.minuted_on <= last:
        found = (
            f"{_named(pool, rule)}: date = {rule.minuted_on}, outside the agreement and its year {model.financial_year}"
        )
        yield warning("decision-date", contract.where.place(path), found, f"{first} to {last}", "Check the minute.")


def _allocation(contract: Contract, pool: Pool, rule: Allocate, path: Path) -> Iterator[Finding]:
    """Keys that need an income, a table's pools that know no recurrent money, partners of another role."""
    if any(key == "income" for _, _, key in rule.parts()):
        yield from _income(contract, pool, rule, path, rule.source)
    if rule.recurrent_only and pool.table is not None:
        found = f"{_named(pool, rule)}: a table of pools does not tell recurrent money apart"
        yield error("recurrent-only", contract.where.place((*path, "recurrent_only")), found, "", "Leave it out")
    role = ROLE_POTS.get(rule.source)
    others = [entry.code for entry in contract.model.partners if role not in (None, entry.role)]
    for code in (code for key, code in rule.pots_named() if key == "key" and code in others):
        found = f"{_named(pool, rule)}: {code} takes of the pot '{rule.source}' but is no {role}"
        yield warning("key-of-another-role", contract.where.place((*path, "key", code)), found, "", "Check the key.")


def _net(contract: Contract, pool: Pool, rule: Net, path: Path) -> Iterator[Finding]:
    if rule.across != pool.code:
        found = f"{_named(pool, rule)}: gains and losses are set off across '{rule.across}'"
        yield error("net-across", contract.where.place(path), found, f"the pool itself, '{pool.code}'")
    elif len(contract.pools_of(pool)) == 1:
        found = f"{_named(pool, rule)}: '{pool.code}' is one pool, so that there is nothing to set off"
        action = "Give the pool for_each or a table, or leave the rule out."
        yield warning("net-of-one", contract.where.place(path), found, "two pools or more", action)


def _guarantee(contract: Contract, pool: Pool, rule: Guarantee, path: Path) -> Iterator[Finding]:
    role = ROLE_POTS.get(rule.funded_by)
    payers = [entry.code for entry in contract.model.partners if entry.role is role and entry.code != rule.partner]
    if role is not None and not payers:
        found = (
            f"{_named(pool, rule)}: '{rule.funded_by}' are {rule.partner} alone, who cannot pay for its own guarantee"
        )
        known = [entry.code for entry in contract.model.partners if entry.code != rule.partner]
        yield error("unfunded", contract.where.place((*path, "funded_by")), found, _one_of([*known, *ROLE_POTS]))


def _brought_in_twice(contract: Contract) -> Iterator[Finding]:
    """A balance that two rules bring in: it would be shared twice."""
    seen: dict[str, str] = {}
    for position, pool in enumerate(contract.model.pools):
        for number, rule in rules_of(pool):
            if isinstance(rule, CarryForward) and rule.balance is not None:
                if rule.balance in seen:
                    earlier = seen[rule.balance]
                    found = f"{_named(pool, rule)}: the balance of '{rule.balance}' came in already, by {earlier}"
                    place = contract.where.place(("pools", position, "rules", number, "balance"))
                    yield error("balance-twice", place, found, "each balance once", "Remove one of the two")
                seen.setdefault(rule.balance, _named(pool, rule))


def _income(contract: Contract, pool: Pool, rule: Kind, path: Path, pot: str) -> Iterator[Finding]:
    """Partners whose income a rule needs: those of a role, or the one; of another pot, those that have an income."""
    role = ROLE_POTS.get(pot)
    concerned = [entry for entry in contract.model.partners if entry.code == pot or entry.role == role]
    without = [entry.code for entry in concerned if entry.income is None]
    nobody = all(entry.income is None for entry in contract.model.partners)
    if without or (not concerned and (nobody or isinstance(rule, Cap))):
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


def excluded_nothing(contract: Contract, lines: pl.DataFrame) -> Iterator[Finding]:
    """Exclusions that no line of the pool matches, such as a service that is spelled otherwise."""
    for position, pool in enumerate(contract.model.pools):
        for number, rule in rules_of(pool):
            own = lines.filter(in_pool(pool))
            if isinstance(rule, Exclude) and own.filter(in_scope(rule.where)).is_empty():
                place = contract.where.place(("pools", position, "rules", number, "where"))
                found = f"{_named(pool, rule)}: no line of the pool matches it"
                yield warning("excludes-nothing", place, found, "", _closest(rule.where, own))


def _closest(where: Scope, lines: pl.DataFrame) -> str:
    """The word that is meant where one under `where` is spelled otherwise than in the lines."""
    for column, stated in where.model_dump(mode="json", exclude_none=True).items():
        known = [word for word in lines[column].unique().sort() if word]
        for word in stated:
            if word not in known and (action := did_you_mean(word, known)):
                return action
    return "Check the words under where."


def unsound_flow(contract: Contract, groups: Iterable[PoolGroup]) -> Iterator[Finding]:
    """Pots that may still hold money after the last rule, and rules that work on a pot that nothing was moved to."""
    for position, group in enumerate(groups):
        for number, pot, sides in group.unfed:
            path: Path = ("pools", position, "rules", number)
            yield _idle(contract, group, path, pot) if sides else _unfed(contract, group, path, pot)
        for pot, left in group.leftovers.items():
            yield _left(contract, group, ("pools", position), pot, " or a ".join(sorted(left)))
        if not group.holders:
            place = contract.where.place(("pools", position, "scope"))
            yield warning("empty-pool", place, f"pool '{group.pool.code}' takes no lines", "", "Check its scope")


def _unfed(contract: Contract, group: PoolGroup, path: Path, pot: str) -> Finding:
    rule = group.pool.rules[int(path[-1])]
    found = f"pool '{group.pool.code}', rule '{rule.rule}' ({rule.clause}): pot '{pot}' is empty when this rule runs"
    if pot == POOL:
        action = "Rules before it share all that the pool holds: put it above them"
        return error("empty-pot", contract.where.place(path), found, "", action)
    close = did_you_mean(pot, [name for name in group.known if name != pot])
    action = close or "Put the rule after one that moves money to it"
    return error("empty-pot", contract.where.place(path), found, "a pot that an earlier rule moved money to", action)


def _idle(contract: Contract, group: PoolGroup, path: Path, pot: str) -> Finding:
    rule = group.pool.rules[int(path[-1])]
    side = getattr(rule, "side", "")
    found = f"pool '{group.pool.code}', rule '{rule.rule}' ({rule.clause}): pot '{pot}' holds no {side} when it runs"
    return warning("idle-rule", contract.where.place(path), found, "", "It does nothing there: check the order.")


def _left(contract: Contract, group: PoolGroup, path: Path, pot: str, sides: str) -> Finding:
    found = f"pool '{group.pool.code}': pot '{pot}' may still hold a {sides} after the last rule"
    accounts = [*_partners(contract.model), *_reserves(contract.model), *ROLE_POTS]
    known = [*accounts, UNSHARED, CARRY_FORWARD, UNALLOCATED, "others"]
    action = (
        f"Add a rule that shares or allocates what it holds. {did_you_mean(pot, known) if pot not in known else ''}"
    )
    expected = f"money only with partners, reserves, '{UNSHARED}', '{CARRY_FORWARD}', '{UNALLOCATED}' or a later pool"
    return error("money-left", contract.where.place(path), found, expected, action.strip())


def _partners(model: Model) -> list[str]:
    return [entry.code for entry in model.partners]


def _reserves(model: Model) -> list[str]:
    ringed = [fund.ring_fence.underspend_to for fund in model.funds if fund.ring_fence]
    return list(dict.fromkeys([*(entry.code for entry in model.reserves), *ringed]))


def _one_of(words: Iterable[str]) -> str:
    known = list(words)
    return f"one of {', '.join(known)}" if known else ""
