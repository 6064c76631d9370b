"""Independent reference: which lines a pool shares, what it starts with, and what ring-fences keep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from reference_contract import pool_entries
from reference_model import Entry, Line, Model, matches, parts_of
from reference_money import RefusedError, pounds, split


@dataclass
class Held:
    """What one partner holds of a pool's shared lines, in pennies."""

    budget: int = 0
    outturn: int = 0
    recurrent: int = 0
    fenced: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def variance(self) -> int:
        """Target less outturn."""
        return self.budget - self.outturn


@dataclass
class Pool:
    """A pool while its rules run: its pots, and the part of the holders' own variances that stands in each pot."""

    code: str
    locality: str
    row: Mapping[str, str]
    held: dict[str, Held]
    target: int = 0
    pots: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    part: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    fence: dict[str, int] = field(default_factory=dict)
    own: dict[str, int] = field(default_factory=dict)
    of_lines: dict[str, int] = field(default_factory=dict)
    budget: dict[str, int] = field(default_factory=dict)
    contribution: dict[str, int] = field(default_factory=dict)
    recurrent: dict[str, int] = field(default_factory=dict)
    funded: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    foreign: bool = False
    shared_yet: bool = False
    started: int = 0
    keys: dict[str, list[Fraction]] = field(default_factory=dict)

    def move(self, amount: int, source: str, taker: str, part: Fraction = Fraction(0)) -> None:
        """Moves an amount, and with it a part of the own variances: a part of one that all pots add up to."""
        self.pots[source] -= amount
        self.pots[taker] += amount
        self.part[source] -= part
        self.part[taker] += part

    def net(self, reserve: str) -> int:
        """The pool's variance on lines whose ring-fence pays into a reserve."""
        return sum(held.fenced[reserve] for held in self.held.values())


@dataclass
class Group:
    """The pools of one [[pools]] of the model file."""

    code: str
    rules: list[Entry]
    pools: list[Pool]
    holders: list[str]
    inside: set[str]
    scope: Mapping[str, object] = field(default_factory=dict)
    for_each: str = ""
    from_lines: bool = False

    def takes(self, line: Line) -> bool:
        """Whether a line stands in the scope of this group, shared or not."""
        return self.from_lines and matches(line, self.scope) and (not self.for_each or line.geography == self.for_each)


def groups_of(model: Model) -> list[Group]:
    """Every pool with its lines and what it starts with, in the order they run, ring-fences not yet taken."""
    return [
        _from_table(model, entry) if "table" in entry else _from_lines(model, entry) for entry in pool_entries(model)
    ]


def _from_lines(model: Model, entry: Entry) -> Group:
    excluded = [rule["where"] for rule in entry["rules"] if rule["rule"] == "exclude"]
    scope = entry.get("scope", {})
    for_each = entry.get("for_each", "")
    inside = [
        line
        for line in model.lines
        if matches(line, scope) and (not for_each or line.geography == for_each)
        if not line.fixed and not any(matches(line, where) for where in excluded)
    ]
    places = model.geographies[for_each].localities if for_each else ("",)
    pools = [Pool(f"{entry['code']}:{place}" if place else entry["code"], place, {}, {}) for place in places]
    for line in inside:
        _add(model, pools, line, for_each)
    for pool in pools:
        pool.target = sum(held.budget for held in pool.held.values())
    holders = [code for code in model.partners if any(line.holder == code for line in inside)]
    codes = {line.code for line in inside}
    return Group(entry["code"], entry["rules"], pools, holders, codes, scope, for_each, from_lines=True)


def _add(model: Model, pools: list[Pool], line: Line, for_each: str) -> None:
    """Adds a line's parts to the pools."""
    if for_each:
        geography = model.geographies[for_each]
        parts = zip(parts_of(line, geography, line.budget), parts_of(line, geography, line.outturn), strict=True)
    else:
        parts = zip([line.budget], [line.outturn], strict=True)
    for pool, (budget, outturn) in zip(pools, parts, strict=True):
        held = pool.held.setdefault(line.holder, Held())
        held.budget += budget
        held.outturn += outturn
        held.recurrent += budget if line.recurrent else 0
        held.fenced[reserve_of(model, line.fund)] += budget - outturn


def _from_table(model: Model, entry: Entry) -> Group:
    pools, holders = [], set()
    where = entry.get("where", {})
    rows = [row for row in model.rows(entry["table"]) if all(row[key] in wanted for key, wanted in where.items())]
    for row in sorted(rows, key=lambda row: row["pool"]):
        holder = row.get("holder") or entry["holder"]
        held = Held(pounds(row["target"]), pounds(row["outturn"]), pounds(row["target"]))
        pools.append(Pool(f"{entry['code']}:{row['pool']}", row["pool"], row, {holder: held}, held.budget))
        holders.add(holder)
    return Group(entry["code"], entry["rules"], pools, [code for code in model.partners if code in holders], set())


def reserve_of(model: Model, fund: str) -> str:
    """The reserve that a fund's ring-fence pays into; nothing where it has none."""
    ring: Mapping[str, Any] = model.funds[fund].get("ring_fence", {})
    return str(ring.get("underspend_to", ""))


@dataclass(frozen=True)
class Outside:
    """What a holder outside the pools gives to a ring-fence's reserve."""

    reserve: str
    holder: str
    amount: int


def ring_fences(model: Model, groups: Iterable[Group]) -> list[Outside]:
    """Tells each pool what it gives to each reserve; returns what holders of lines outside the pools give."""
    every = [pool for group in groups for pool in group.pools]
    inside = {code for group in groups for code in group.inside}
    outside: list[Outside] = []
    for reserve in sorted({reserve_of(model, fund) for fund in model.funds} - {""}):
        claims = [max(pool.net(reserve), 0) for pool in every]
        kept, rest = _kept(model, reserve, sum(claims))
        for pool, amount in zip(every, split(kept, claims), strict=True):
            pool.fence[reserve] = amount
        outside += _outside(model, reserve, rest, inside)
    return outside


def _kept(model: Model, reserve: str, claimed: int) -> tuple[int, int]:
    """What a reserve keeps of the pools' underspends, and what it asks of lines outside the pools."""
    funds = [fund for fund in model.funds if reserve_of(model, fund) == reserve]
    overs = {model.funds[fund]["ring_fence"].get("over", "fund") for fund in funds}
    if len(overs) > 1:
        raise RefusedError(f"funds of {reserve} are ring-fenced over the fund and over the pool")
    if overs == {"pool"}:
        return claimed, 0
    left = max(sum(line.variance for line in model.lines if line.fund in funds), 0)
    return min(left, claimed), left - min(left, claimed)


def _outside(model: Model, reserve: str, rest: int, inside: set[str]) -> list[Outside]:
    lines = [line for line in model.lines if reserve_of(model, line.fund) == reserve and line.code not in inside]
    weights = [max(sum(line.variance for line in lines if line.holder == code), 0) for code in model.partners]
    shares = zip(model.partners, split(rest, weights), strict=True)
    return [Outside(reserve, code, amount) for code, amount in shares if amount]


def open_pools(group: Group, partners: Iterable[str], passed: Mapping[str, int], named: Container[str]) -> None:
    """What each pool of a group starts with, after the ring-fence; who bears what the ring-fence took of it."""
    for pool in group.pools:
        every = {code: pool.held.get(code, Held()) for code in partners}
        pool.own = {code: held.variance for code, held in every.items()}
        pool.budget = {code: held.budget for code, held in every.items()}
        pool.contribution = dict(pool.budget)
        pool.recurrent = {code: held.recurrent for code, held in every.items()}
        pool.pots["pool"] = sum(pool.own.values()) + passed.get(pool.code, 0)
        pool.foreign = pool.code in named
        pool.part["pool"] = Fraction(1)
        for reserve, amount in pool.fence.items():
            taken = split(amount, [max(held.fenced[reserve], 0) for held in every.values()])
            pool.own = {code: own - part for (code, own), part in zip(pool.own.items(), taken, strict=True)}
            pool.move(amount, "pool", reserve)
        pool.of_lines = dict(pool.own)
        pool.started = pool.pots["pool"]
