"""Contract: whether its rules make sense together: the pots they name, their order, what two of them both take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import polars as pl

from riskshare.contract.ledger import NETTED, POOL, ROLE_POTS, UNSHARED
from riskshare.contract.model import Model
from riskshare.contract.parse import case_files, columns_named, rules_of
from riskshare.contract.rules.kind import Kind, PotRole, PotUse
from riskshare.contract.standing import Contract, Placed, Standing
from riskshare.contract.terms import Except, stated
from riskshare.figures.line_treatment import in_pool
from riskshare.figures.plan import given_pools
from riskshare.formula.display import in_sentence
from riskshare.inputs.reading import Reading
from riskshare.inputs.table import InputTable
from riskshare.problems.findings import Finding, did_you_mean, error, one_of, warning
from riskshare.validate.acceptance import unknown_pools


def contract_of(reading: Reading) -> Contract:
    """What the rules are judged by: the model, the pools of each group, and which pools the outcomes measure."""
    localities = {code: tuple(places.frame["locality"]) for code, places in reading.localities.items()}
    weights = {file: table.frame.select("pool", "weight").rows() for file, table in reading.measures.items()}
    measured = {file: frozenset(pool for pool, weight in rows if weight) for file, rows in weights.items()}
    weighed = {file: _partners_weighed(table) for file, table in reading.keys.items()}
    return Contract(reading.model, reading.toml, localities, given_pools(reading), measured, weighed)


def _partners_weighed(keys: InputTable) -> dict[str, frozenset[str]]:
    """By pool, '' for every pool, the partners that have a weight above zero there."""
    rows = keys.frame.filter(pl.col("weight") > 0).select("pool", "partner").rows()
    return {pool: frozenset(partner for own, partner in rows if own == pool) for pool, _ in rows}


def unsound_terms(contract: Contract) -> Iterator[Finding]:
    """What is wrong with the rules before anything is computed."""
    rules = list(_standing(contract))
    for at, rule in rules:
        yield from _unknown_pots(at, rule)
        yield from _late(at, rule)
        yield from _same_pot(at, rule)
        yield from _ring_fenced(at, rule)
        yield from rule.findings(at)
    yield from _brought_in_twice(rules)
    yield from unsound_tables(contract.model, contract.where)
    yield from unknown_pools(contract)


def _standing(contract: Contract) -> Iterator[tuple[Standing, Kind]]:
    for position, stage in enumerate(contract.model.stages):
        for number, rule in rules_of(stage):
            yield Standing(contract, position, number), rule


def unsound_tables(model: Model, where: Placed) -> Iterator[Finding]:
    """Pools from a table that also ask for lines, and terms from a table that the pool doesn't have."""
    for position, pool in enumerate(model.stages):
        place, columns = where.place(model.path_of(position)), list(columns_named(pool))
        if pool.table is None and columns:
            found = f"pool '{pool.code}' takes terms from the column '{columns[0]}' but has no table"
            yield error("no-table", place, found, "", "Add table = ..., or write the terms as numbers")
        if pool.table is not None and pool.for_each is not None:
            found = f"pool '{pool.code}' has both a table and for_each"
            yield error("two-origins", place, found, "", "Keep the table, or the pools for each locality")


def unsound_cases(contract: Contract, cases: Mapping[str, InputTable]) -> Iterator[Finding]:
    """Cases of pools that the rules which read them don't run in."""
    for file, table in cases.items():
        known = [name for pool in case_files(contract.model)[file] for name in contract.pools_of(pool)]
        for row, pool in table.frame.filter(~pl.col("pool").is_in(known)).select("row", "pool").rows()[:50]:
            place, expected = table.origin.place(row, "pool"), one_of(known[:20])
            yield error("unknown-pool", place, f"pool '{pool}' is unknown", expected, did_you_mean(pool, known))


def unsound_measures(contract: Contract, measures: Mapping[str, InputTable]) -> Iterator[Finding]:
    """Measures of pools that are not there."""
    yield from _unknown_pools(contract, measures.values())


def unsound_keys(contract: Contract, keys: Mapping[str, InputTable]) -> Iterator[Finding]:
    """Weights of pools and of partners that are not there."""
    yield from _unknown_pools(contract, keys.values())
    for table in keys.values():
        for row, code in (
            table.frame.filter(~pl.col("partner").is_in(contract.partners)).select("row", "partner").rows()
        ):
            place, action = table.origin.place(row, "partner"), did_you_mean(code, contract.partners)
            yield error("unknown-partner", place, f"no partner '{code}'", one_of(contract.partners), action)


def _unknown_pools(contract: Contract, tables: Iterable[InputTable]) -> Iterator[Finding]:
    known = [code for pool in contract.model.stages for code in contract.pools_of(pool)]
    for table in tables:
        for row, code in table.frame.filter(~pl.col("pool").is_in(["", *known])).select("row", "pool").rows():
            place, action = table.origin.place(row, "pool"), did_you_mean(code, known)
            yield error("unknown-pool", place, f"no pool '{code}'", one_of(known), action)


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


def _unknown_pots(at: Standing, rule: Kind) -> Iterator[Finding]:
    """Pots that cannot have the role that the rule gives them; a pot that has it twice is told once."""
    for use in {(use.role, use.pot): use for use in reversed(list(rule.pots()))}.values():
        if use.pot.startswith("pool:"):
            yield from _passing(at, use)
        elif use.role is PotRole.RECEIVER:
            yield from _receiving(at, use)
        else:
            yield from _undeclared(at, use)


def _undeclared(at: Standing, use: PotUse) -> Iterator[Finding]:
    """A name that has to be one of the model's own."""
    partners, reserves = at.contract.partners, at.contract.reserves
    declared = {
        PotRole.PARTNER: ("unknown-partner", "partner", partners),
        PotRole.FUNDER: ("unknown-partner", "partner or role", [*partners, *ROLE_POTS]),
        PotRole.RESERVE: ("unknown-reserve", "reserve", reserves),
        PotRole.OPENING: ("unknown-reserve", "reserve", reserves),
    }
    if use.role in declared:
        code, word, known = declared[use.role]
        if use.pot not in known:
            found = f"{at}: no {word} '{use.pot}'"
            yield at.error(code, use.keys, found, one_of(known), did_you_mean(use.pot, known))


def _receiving(at: Standing, use: PotUse) -> Iterator[Finding]:
    if use.pot in (NETTED, "excess"):
        found = f"{at}: '{use.pot}' is a pot that rules use among themselves"
        yield at.error("reserved-pot", use.keys, found, "", "Give the pot another name")
    elif use.pot == POOL:
        action = f"Name a partner, a role or '{UNSHARED}'"
        yield at.error("back-to-pool", use.keys, f"{at}: money cannot go back to '{POOL}'", "", action)


def _passing(at: Standing, use: PotUse) -> Iterator[Finding]:
    later = at.contract.model.pools[at.position + 1 :]
    known = [name for pool in later for name in at.contract.pools_of(pool)]
    wanted = use.pot.removeprefix("pool:")
    if wanted not in known:
        found = f"{at}: '{use.pot}' is not a pool that runs later"
        yield at.error("unknown-pool", use.keys, found, one_of(known), did_you_mean(wanted, known))


def _late(at: Standing, rule: Kind) -> Iterator[Finding]:
    before = [earlier for number, earlier in rules_of(at.pool) if number < at.number]
    if rule.first_only and any(not earlier.first_only for earlier in before):
        found, expected = f"{at} stands after rules that move money", f"'{rule.rule}' before all other rules"
        yield at.error("late-rule", (), found, expected, "Move it to the top of the pool's rules")


def _same_pot(at: Standing, rule: Kind) -> Iterator[Finding]:
    """A pot that pays itself; that nothing goes back to the pool is told apart."""
    payers = {use.pot for use in rule.pots() if use.role is PotRole.PAYER} - {POOL}
    for use in rule.pots():
        if use.role is PotRole.RECEIVER and use.pot in payers:
            found, action = f"{at}: '{use.pot}' gives to itself", f"Name another pot in '{use.keys[0]}'"
            yield at.error("same-pot", use.keys, found, "", action)


def _ring_fenced(at: Standing, rule: Kind) -> Iterator[Finding]:
    """A rule that spends the reserve of a ring-fence: bearing a loss of the fund's own lines is the one use it has."""
    model = at.contract.model
    own = {fund.code: fund.ring_fence.underspend_to for fund in model.funds if fund.ring_fence}
    scope = at.pool.scope.fund or ()
    purposes = {own.get(code) for code in stated(scope)} if not isinstance(scope, Except) else set()
    for use in {use.pot: use for use in rule.releases() if use.pot in own.values()}.values():
        if use.role is PotRole.RESERVE and purposes == {use.pot}:
            continue
        fund = next(code for code, reserve in own.items() if reserve == use.pot)
        found = (
            f"{at}: '{use.pot}' keeps what ring-fenced fund '{fund}' left unspent, and this rule puts it to another use"
        )
        action = f"Give the rule a reserve of its own. A loss of pools whose scope is fund = ['{fund}'] may draw on it"
        yield at.error("ring-fence-released", use.keys, found, "ring-fenced money only for its purpose", action)


def unsound_openings(contract: Contract, openings: Mapping[str, Decimal]) -> Iterator[Finding]:
    """Reserves that open with a loss which no rule brings into a pool: it would stand there for good."""
    brought_in = {use.pot for _, rule in _standing(contract) for use in rule.pots() if use.role is PotRole.OPENING}
    for number, reserve in enumerate(contract.model.reserves):
        opening = openings.get(reserve.code, reserve.opening)
        if opening < 0 and reserve.code not in brought_in:
            place = contract.where.place(("reserves", number, "balances" if reserve.balances else "opening"))
            found = f"reserve '{reserve.code}' opens overdrawn by {in_sentence(-opening)}"
            action = f'Bring a loss of last year in by the rule carry_forward with balance = "{reserve.code}".'
            yield warning("overdrawn-opening", place, found, "a balance of zero or more", action)


def _brought_in_twice(rules: list[tuple[Standing, Kind]]) -> Iterator[Finding]:
    """A balance that two rules bring in: it would be shared twice."""
    seen: dict[str, Standing] = {}
    for at, rule in rules:
        for use in rule.pots():
            if use.role is PotRole.OPENING and seen.setdefault(use.pot, at) is not at:
                found = f"{at}: the balance of '{use.pot}' came in already, by {seen[use.pot]}"
                yield at.error("balance-twice", use.keys, found, "each balance once", "Remove one of the two")
