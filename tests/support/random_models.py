"""Test support: random sound models, written as TOML and CSV as a user would write them.

`random_model(folder, seed)` is all that a test needs. The same seed gives the same files. Partners, funds, localities,
weights, lines and pools are drawn first, then rules in any order; rules that the lines cannot carry (a percentage of a
target of zero, a key whose weights add to zero) are drawn again, and pots that still hold money are shared in the end.
Every figure stays below £10 million, where spreadsheets of 15 digits know which half pennies are ties.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import TypeAlias

from random_rules import Carries, RuleWriter, Words

Entry: TypeAlias = dict[str, object]

LOCAL = ("neighbourhood", "locality")
ABOVE = ("place", "partnership", "system")
SERVICES = ("Beds", "Carers", "Community health", "Prevention")
PLACES = ("CORRINGHAM", "GRAYS", "PURFLEET", "STANFORD", "TILBURY")
LINE_COLUMNS = (
    "line", "fund", "service", "level", "geography", "locality", "basis", "holder", "provider", "risk",
    "budget", "outturn",
)  # fmt: skip
MEASURE_COLUMNS = ("measure", "name", "pool", "weight", "method", "better", "baseline", "target", "result")
RISKS = ("", "shared", "shared", "fixed")
MOST_LEVERAGE = 3


def random_model(folder: Path, seed: int) -> Path:
    """Writes a random sound model into the folder, which is created; returns the folder."""
    rng = Random(seed)
    world = _World(rng)
    groups = list(_groups(world))
    for group in groups:
        group.draw_exclusions(rng)
    pools = [_pool(world, groups, number) for number in range(len(groups))]
    (folder / "inputs").mkdir(parents=True, exist_ok=True)
    inputs = list(_write_lines(folder, world))
    for geography in world.geographies:
        _write_csv(folder / geography.file, ("locality", "name", *geography.weights), geography.rows(rng))
    if any(rule["rule"] == "outcomes" for pool in pools for rule in pool["rules"]):  # type: ignore[attr-defined]
        _write_csv(folder / "inputs/outcomes.csv", MEASURE_COLUMNS, list(_measures(rng, groups)))
    for group, pool in zip(groups, pools, strict=True):
        if any(rule["rule"] == "stop_loss" for rule in pool["rules"]):  # type: ignore[attr-defined]
            _write_csv(folder / f"inputs/cases_{group.code}.csv", ("case", "pool", "cost"), list(_cases(rng, group)))
    (folder / "model.toml").write_text(_text(folder.name, world, inputs, pools), encoding="utf-8")
    return folder


@dataclass
class _Geography:
    """Localities and their weights on each basis; every locality has a weight on the first."""

    code: str
    localities: list[str]
    weights: dict[str, list[Decimal]]

    @property
    def file(self) -> str:
        return f"inputs/{self.code}.csv"

    def rows(self, rng: Random) -> list[Entry]:
        columns = {basis: dict(zip(self.localities, weights, strict=True)) for basis, weights in self.weights.items()}
        rows: list[Entry] = [
            {"locality": code, "name": code.capitalize(), **{basis: column[code] for basis, column in columns.items()}}
            for code in self.localities
        ]
        rng.shuffle(rows)
        return rows

    def parts(self, line: Entry) -> list[Fraction]:
        """The exact part of a line in each locality."""
        if line["locality"]:
            return [Fraction(int(code == line["locality"])) for code in self.localities]
        weights = [Fraction(weight) for weight in self.weights[str(line["basis"])]]
        return [weight / sum(weights) for weight in weights]


class _World:
    """What there is before any rule: partners, funds, reserves, localities and lines."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.partners = list(_partners(rng))
        self.reserves = [self._reserve(code) for code in ("risk_reserve", "second_reserve")[: rng.randint(0, 2)]]
        self.rings: dict[str, str] = {}
        self.bound: dict[str, str] = {}
        self.funds = [self._fund(number) for number in range(1, rng.randint(2, 4) + 1)]
        if rng.random() < 0.3:
            self.reserves.append(self._reserve("last_year"))
        if "grant_reserve" in self.rings.values():
            self.reserves.append(self._reserve("grant_reserve"))
        self.geographies = [_geography(rng, code) for code in ("adult", "children")[: rng.choice((0, 1, 1, 1, 2))]]
        self.lines = [self._line(number) for number in range(1, rng.randint(2, 24) + 1)]
        rng.shuffle(self.lines)

    @property
    def codes(self) -> list[str]:
        return [str(partner["code"]) for partner in self.partners]

    def _reserve(self, code: str) -> Entry:
        opening = _amount(self.rng.choice((0, self.rng.randrange(30_000_000))))
        return {"code": code, "name": code.replace("_", " "), "holder": self.rng.choice(self.codes), "opening": opening}

    def _fund(self, number: int) -> Entry:
        rng = self.rng
        arrangement = rng.choice(("pooled", "aligned", "aligned", "in_view"))
        fund: Entry = {
            "code": f"fund_{number}",
            "name": f"Fund {number}",
            "family": rng.choice(("ccg", "bcf", "other")),
        }
        fund |= {"holder": rng.choice(self.codes), "arrangement": arrangement, "clause": f"Schedule 1, para {number}"}
        if rng.random() < 0.25:
            reserve = self.rings[str(fund["code"])] = "grant_reserve"
            over = self.bound.setdefault(reserve, rng.choice(("fund", "fund", "pool")))
            fund["ring_fence"] = {"purpose": "Its own purpose", "underspend_to": reserve, "over": over}
        return fund

    def _line(self, number: int) -> Entry:
        rng = self.rng
        fund = rng.choice(self.funds)
        budget = rng.choice((rng.randrange(20_000_000), rng.randrange(100_000), -rng.randrange(2_000_000), 0))
        variance = rng.choice(
            (0, rng.randint(-6_000_000, 6_000_000), rng.randint(-50_000, 50_000), rng.randint(-99, 99))
        )
        line: Entry = {"line": f"L{number:02}", "fund": fund["code"], "service": rng.choice(SERVICES)}
        line |= {"geography": "", "locality": "", "basis": "", "level": rng.choice(ABOVE)}
        if self.geographies and rng.random() < 0.6:
            line |= self._somewhere(rng.choice(self.geographies))
        line |= {"arrangement": fund["arrangement"], "holder": rng.choice((fund["holder"], rng.choice(self.codes)))}
        line |= {"provider": rng.choice(("", rng.choice(self.codes))), "risk": rng.choice(RISKS)}
        return line | {"budget": budget, "outturn": budget - variance}

    def _somewhere(self, geography: _Geography) -> Entry:
        place: Entry = {"geography": geography.code, "level": self.rng.choice(LOCAL)}
        if self.rng.random() < 0.4:
            return place | {"locality": self.rng.choice(geography.localities)}
        return place | {"basis": self.rng.choice(list(geography.weights))}


def _partners(rng: Random) -> Iterator[Entry]:
    codes = ["CCG", "COUNCIL", "COMMUNITY", "MENTAL", "NETWORKS"][: rng.randint(1, 5)]
    for number, code in enumerate(codes):
        role = "commissioner" if number == 0 or rng.random() < 0.35 else "provider"
        income = {"income": _amount(rng.randrange(1, 190_000_000))} if rng.random() < 0.7 else {}
        yield {"code": code, "name": code.capitalize(), "role": role, **income}


def _geography(rng: Random, code: str) -> _Geography:
    localities = sorted(rng.sample(PLACES, rng.randint(1, 4)))
    registered = [Decimal(rng.randint(1, 70_000)) for _ in localities]
    weighted = [rng.choice((Decimal(0), Decimal(rng.randint(1, 10**9)) / 1_000)) for _ in localities]
    return _Geography(code, localities, {"registered": registered} | ({"weighted": weighted} if any(weighted) else {}))


@dataclass
class _Group:
    """The pools of one scope: one for each locality of a geography, or one."""

    code: str
    geography: _Geography | None
    scope: dict[str, list[str]]
    lines: list[Entry]
    rings: Mapping[str, str]
    excluded: list[dict[str, list[str]]] = field(default_factory=list)

    @property
    def pools(self) -> list[str]:
        return [f"{self.code}:{place}" for place in self.geography.localities] if self.geography else [self.code]

    def draw_exclusions(self, rng: Random) -> None:
        """Lines that leave: some, but never all of a pool's lines at once."""
        for _ in range(rng.choice((0, 0, 1, 2))):
            column = rng.choice(("service", "holder", "fund"))
            words = sorted({str(line[column]) for line in self.lines})
            if len(words) > 1:
                self.excluded.append({column: [rng.choice(words)]})

    @property
    def inside(self) -> list[Entry]:
        """The lines whose variance the pool shares."""
        return [
            line
            for line in self.lines
            if line["risk"] != "fixed" and not any(_matches(line, where) for where in self.excluded)
        ]

    def by_pool(self, amounts: Mapping[str, int]) -> list[Fraction]:
        """Amounts by line, added up exactly in each pool."""
        totals = [Fraction(0)] * len(self.pools)
        for line in self.inside:
            parts = self.geography.parts(line) if self.geography else [Fraction(1)]
            for number, part in enumerate(parts):
                totals[number] += part * amounts.get(str(line["line"]), 0)
        return totals

    def held(self, holders: Iterable[str]) -> list[Fraction]:
        """The budgets that these partners hold in each pool."""
        codes = set(holders)
        return self.by_pool(
            {str(line["line"]): _pennies(line["budget"]) for line in self.inside if line["holder"] in codes}
        )

    def own(self, holder: str) -> list[Fraction]:
        """The variance of a holder in each pool, after the ring-fence."""
        kept = [Fraction(0)] * len(self.pools)
        for reserve in {self.rings.get(str(line["fund"]), "") for line in self.inside}:
            ring = [line for line in self.inside if self.rings.get(str(line["fund"]), "") == reserve]
            nets = self.by_pool({str(line["line"]): _variance(line) for line in ring})
            mine = self.by_pool({str(line["line"]): _variance(line) for line in ring if line["holder"] == holder})
            kept = [
                so_far + (own if not reserve or net < 0 else 0)
                for so_far, own, net in zip(kept, mine, nets, strict=True)
            ]
        return kept

    def carries(self, partners: Sequence[Entry]) -> Carries:
        """What rules the lines can carry."""
        holders = [
            str(partner["code"])
            for partner in partners
            if any(line["holder"] == partner["code"] for line in self.inside)
        ]
        targets = self.held(holders)
        roles = {
            role: [str(p["code"]) for p in partners if p["role"] == role and p["code"] in holders]
            for role in ("commissioner", "provider")
        }
        by_role = {f"{role}s": _weighable([self.held([code]) for code in codes]) for role, codes in roles.items()}
        by_code = {str(partner["code"]): _above_zero(self.held([str(partner["code"])])) for partner in partners}
        owns, budgets = [self.own(code) for code in holders], [self.held([code]) for code in holders]
        steady = bool(holders) and _steady(owns) and _steady(budgets)
        contribution = by_code | by_role | {"pool": _weighable(budgets)}
        return Carries(all(target > 100 for target in targets), contribution, steady)


def _weighable(weights: list[list[Fraction]]) -> bool:
    """Whether budgets can be the weights of a key."""
    return _steady(weights) and all(_above_zero(column) for column in weights)


def _above_zero(weights: list[Fraction]) -> bool:
    """Whether no weight is below zero, also when its lines are rounded to the penny."""
    return all(weight == 0 or weight >= 100 for weight in weights)


def _steady(weights: list[list[Fraction]]) -> bool:
    """Whether weights of several partners add to enough in every pool, so that no part is many times the whole."""
    for column in zip(*weights, strict=True):
        whole = abs(sum(column))
        if whole < 100 or sum(abs(weight) for weight in column) > MOST_LEVERAGE * whole:
            return False
    return bool(weights)


def _matches(line: Entry, where: Mapping[str, list[str]]) -> bool:
    return all(line[column] in words for column, words in where.items())


def _groups(world: _World) -> Iterator[_Group]:
    """Pools in the order they run: localities, the rest of the local lines, the place, the system."""
    rng = world.rng
    funds = [str(fund["code"]) for fund in world.funds]
    local = rng.sample(funds, rng.randint(1, len(funds)))
    rest = [code for code in funds if code not in local]
    for geography in world.geographies:
        code = "locality" if geography.code == "adult" else "children"
        yield _group(world, code, geography, {"level": list(LOCAL), "fund": local})
    if world.geographies and rest and rng.random() < 0.5:
        yield _group(world, "area", None, {"level": list(LOCAL), "fund": rest})
    split = rng.random() < 0.4
    if rng.random() < 0.85:
        yield _group(world, "place", None, {"level": list(ABOVE[:2] if split else ABOVE)})
    if split:
        yield _group(
            world, "system", None, {"level": ["system"]} | rng.choice(({}, {"arrangement": ["pooled", "aligned"]}))
        )


def _group(world: _World, code: str, geography: _Geography | None, scope: dict[str, list[str]]) -> _Group:
    places = scope | ({"geography": [geography.code]} if geography else {})
    return _Group(code, geography, scope, [line for line in world.lines if _matches(line, places)], world.rings)


def _pool(world: _World, groups: list[_Group], number: int) -> Entry:
    group, first, later = groups[number], groups[0], groups[number + 1 :]
    receiving = [pool for other in later if other.carries(world.partners).steady for pool in other.pools]
    reserves = [str(reserve["code"]) for reserve in world.reserves]
    words = Words(
        partners=world.partners,
        reserves=[code for code in reserves if code not in ("last_year", "grant_reserve")],
        later=[f"pool:{pool}" for pool in receiving],
        pools=group.pools,
        group=group.code,
        last_year="last_year" if group is first and "last_year" in reserves else "",
    )
    topped_up = {group.rings[str(line["fund"])] for line in group.inside if str(line["fund"]) in group.rings}
    writer = RuleWriter(world.rng, words, group.carries(world.partners), topped_up)
    excluded = [
        {"rule": "exclude", "clause": "Schedule 2", "where": where, "reason": "Shared elsewhere"}
        for where in group.excluded
    ]
    for_each = {"for_each": group.geography.code} if group.geography else {}
    return {"code": group.code, **for_each, "scope": group.scope, "rules": [*excluded, *writer.rules()]}


def _measures(rng: Random, groups: Sequence[_Group]) -> Iterator[Entry]:
    """Measures of every pool, and some of single pools; better may be more or less."""
    pools = ["", *(pool for group in groups for pool in group.pools)]
    for number in range(1, rng.randint(1, 5) + 1):
        baseline, distance = rng.randint(-2_000, 8_000), rng.randint(1, 3_000)
        better = rng.choice(("higher", "lower"))
        target = baseline + (distance if better == "higher" else -distance)
        figures = {"baseline": baseline, "target": target, "result": rng.randint(baseline - 4_000, baseline + 4_000)}
        pool = "" if number == 1 else rng.choice(pools)
        methods = ["linear", "all_or_nothing"] + (["gap_to_goal"] if better == "higher" and target > 0 else [])
        texts = {"measure": f"M{number}", "name": f"Measure {number}", "pool": pool, "weight": rng.randint(1, 40)}
        words = {"method": rng.choice(methods), "better": better}
        yield texts | words | {key: Decimal(value) / 100 for key, value in figures.items()}


def _cases(rng: Random, group: _Group) -> Iterator[Entry]:
    """Single cases, some of which cost more than an attachment."""
    for number in range(1, rng.randint(1, 6) + 1):
        yield {"case": f"C{number}", "pool": rng.choice(group.pools), "cost": _amount(rng.randrange(6_000_000))}


# How it is written


def _write_lines(folder: Path, world: _World) -> Iterator[Entry]:
    """One file of lines, or two of which the second leaves its fund to the model file."""
    fund = str(world.rng.choice(world.funds)["code"])
    second = [line for line in world.lines if line["fund"] == fund]
    first = [line for line in world.lines if line["fund"] != fund]
    if not first or not second or world.rng.random() < 0.5:
        first, second = world.lines, []
    _write_csv(folder / "inputs/lines.csv", LINE_COLUMNS, _written_lines(world, first))
    yield {"file": "inputs/lines.csv", **_control(first)}
    if second:
        columns = [column for column in LINE_COLUMNS if column != "fund"]
        _write_csv(folder / "inputs/second.csv", columns, _written_lines(world, second))
        yield {"file": "inputs/second.csv", "fund": fund, **_control(second)}


def _control(lines: Sequence[Entry]) -> Entry:
    return {
        "control_total": {key: _amount(sum(_pennies(line[key]) for line in lines)) for key in ("budget", "outturn")}
    }


def _written_lines(world: _World, lines: Sequence[Entry]) -> list[Entry]:
    """The rows of a file; a holder that is the fund's is sometimes left to the fund."""
    rng, holders = world.rng, {fund["code"]: fund["holder"] for fund in world.funds}
    rows: list[Entry] = []
    for line in lines:
        left_out = line["holder"] == holders[line["fund"]] and rng.random() < 0.6
        amounts = {key: _as_typed(rng, _pennies(line[key])) for key in ("budget", "outturn")}
        rows.append(line | amounts | ({"holder": ""} if left_out else {}))
    return rows


def _as_typed(rng: Random, pennies: int) -> str:
    """An amount as people type it: plain, with thousands, with a pound sign, a loss in brackets."""
    amount = abs(_amount(pennies))
    words = rng.choice((f"{amount}", f"{amount:,}", f"£{amount:,}"))
    return words if pennies >= 0 else rng.choice((f"({words})", f"-{words}"))


def _write_csv(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def _text(name: str, world: _World, inputs: Sequence[Entry], pools: Sequence[Entry]) -> str:
    head: Entry = {
        "schema": 1,
        "name": name,
        "title": "A random model",
        "financial_year": "2021-22",
        "status": "illustrative",
    }
    geographies: list[Entry] = [{"code": entry.code, "file": entry.file} for entry in world.geographies]
    sections = {
        "partners": world.partners,
        "reserves": world.reserves,
        "funds": world.funds,
        "geographies": geographies,
    }
    text = "\n".join([*_pairs(head), "agreed_on = 2021-03-15", ""])
    for section, entries in (sections | {"inputs": list(inputs)}).items():
        text += "".join("\n".join([f"[[{section}]]", *_pairs(entry), "", ""]) for entry in entries)
    return text + "".join(_pool_text(pool) for pool in pools) + _settlement_text(world)


def _settlement_text(world: _World) -> str:
    """Who pays whom, where the model says it: by one of the three methods."""
    method = world.rng.choice(("", "pro_rata", "fewest", "through_host"))
    host = {"host": world.rng.choice(world.codes)} if method == "through_host" else {}
    return "\n".join(["[settlement]", *_pairs({"method": method, **host}), ""]) if method else ""


def _pool_text(pool: Entry) -> str:
    pairs = {key: value for key, value in pool.items() if key != "rules"}
    text = "\n".join(["[[pools]]", *_pairs(pairs), "", ""])
    rules: Sequence[Entry] = pool["rules"]  # type: ignore[assignment]
    return text + "".join("\n".join(["[[pools.rules]]", *_pairs(rule), "", ""]) for rule in rules)


def _pairs(entry: Mapping[str, object]) -> list[str]:
    return [f"{_key(key)} = {_value(value)}" for key, value in entry.items()]


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_pairs(value)) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(entry) for entry in value) + "]"
    return json.dumps(value) if isinstance(value, str) else str(value)


def _amount(pennies: int) -> Decimal:
    return Decimal(pennies) / 100


def _pennies(value: object) -> int:
    assert isinstance(value, int)
    return value


def _variance(line: Entry) -> int:
    return _pennies(line["budget"]) - _pennies(line["outturn"])
