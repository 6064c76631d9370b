"""Random models for the reference: partners, funds, reserves, lines, tables of pools and contracts over all of them.

`wide_model(folder, seed)` writes one. They are wider than those of `random_models`, which are sound by construction:
amounts of a penny to hundreds of millions, budgets below zero, variances that cancel out, lines in no pool, tables of
pools. Some are therefore refused by riskshare, with findings; the comparison counts these apart.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

from wide_ground import Ground, Rule
from wide_rules import Clauses

Entry: TypeAlias = dict[str, Any]

FEATURES = frozenset(
    {
        "order",
        "over",
        "fractions",
        "keys",
        "tiers",
        "prorate",
        "not",
        "contributions",
        "lists",
        "openings",
        "settlement",
        "overall",
        "losses",
    }
)
CODES = ("CCG", "COUNCIL", "COMMUNITY", "MENTAL", "NETWORKS", "HOSPICE", "AMBULANCE", "VOLUNTARY", "HOUSING")
FENCED = ("grant_reserve", "second_grant_reserve")
PLACES = ("CORRINGHAM", "GRAYS", "PURFLEET", "STANFORD", "TILBURY")
SERVICES = ("Beds", "Carers", "Community health", "Prevention")
LOCAL = ("neighbourhood", "locality")
ABOVE = ("place", "partnership", "system")
SIZES = (99, 10_000, 1_000_000, 1_000_000, 100_000_000, 50_000_000_000)


def wide_model(folder: Path, seed: int, features: frozenset[str] = FEATURES) -> Path:
    """Writes the random model of a seed into a folder, which is created; returns the folder."""
    world = _World(Random(seed), features)
    (folder / "inputs").mkdir(parents=True, exist_ok=True)
    groups = list(world.groups())
    text = world.text(folder.name, groups)
    for file, rows in world.files(groups).items():
        _write_csv(folder / file, rows)
    (folder / "model.toml").write_text(text, encoding="utf-8")
    return folder


class _World:
    """All that a model says, drawn in one go."""

    def __init__(self, rng: Random, features: frozenset[str]) -> None:
        self.rng, self.features = rng, features
        self.size = rng.choice(SIZES)
        self.openings: list[Entry] = []
        self.lists: list[Entry] = []
        self.partners = list(self._partners())
        self.codes = [str(partner["code"]) for partner in self.partners]
        self.reserves = [
            self._reserve(code) for code in ("risk_reserve", "second_reserve", "last_year")[: rng.randint(0, 3)]
        ]
        self.fences: dict[str, str] = {}
        self.overs: dict[str, str] = {}
        self.funds = [self._fund(number) for number in range(1, rng.randint(2, 5))]
        self.kept = [self._reserve(code) for code in FENCED if code in self.fences.values()]
        self.geographies = {code: self._geography() for code in ("adult", "children")[: rng.choice((0, 1, 1, 1, 2))]}
        self.lines = [self._line(number) for number in range(1, rng.randint(1, 24) + 1)]
        self._cancel()
        self.written: dict[str, list[Entry]] = {}

    def amount(self, most: int) -> Decimal:
        """Pounds of so many pennies at most."""
        return Decimal(self.rng.randint(0, most)) / 100

    def _partners(self) -> Iterator[Entry]:
        rng = self.rng
        for number, code in enumerate(CODES[: rng.choice((1, 2, 3, 4, 4, 5, 7, 9))]):
            role = "commissioner" if number == 0 or rng.random() < 0.4 else "provider"
            income = {"income": self.amount(self.size * 10) + 1} if rng.random() < 0.8 else {}
            yield {"code": code, "name": code.capitalize(), "role": role, **income}

    def _reserve(self, code: str) -> Entry:
        opening = self.rng.choice((Decimal(0), self.amount(self.size), self.amount(self.size // 10)))
        if code == "last_year" and "losses" in self.features and self.rng.random() < 0.3:
            opening = -opening
        reserve: Entry = {"code": code, "name": code.replace("_", " "), "holder": self.rng.choice(self.codes)}
        if code == "last_year" and "openings" in self.features and self.rng.random() < 0.5:
            self.openings = [{"account": "carry_forward", "opening": opening}]
            return reserve | {"balances": "inputs/balances.csv", "account": "carry_forward"}
        return reserve | {"opening": opening}

    def _fund(self, number: int) -> Entry:
        rng, code = self.rng, f"fund_{number}"
        fund: Entry = {"code": code, "name": f"Fund {number}", "family": rng.choice(("ccg", "bcf", "other"))}
        fund |= {
            "holder": rng.choice(self.codes),
            "arrangement": rng.choice(("pooled", "aligned", "aligned", "in_view")),
        }
        fund |= {"clause": f"Schedule 1, para {number}"}
        if rng.random() < 0.3:
            reserve = rng.choice(FENCED)
            over = self.overs.setdefault(reserve, rng.choice(("fund", "fund", "pool")))
            self.fences[code] = reserve
            fund["ring_fence"] = {"purpose": "Its own purpose", "underspend_to": reserve}
            fund["ring_fence"] |= {"over": over} if "over" in self.features else {}
        return fund

    def _geography(self) -> Entry:
        rng = self.rng
        places = sorted(rng.sample(PLACES, rng.randint(1, 4)))
        rows = [
            {"locality": place, "name": place.capitalize(), "registered": rng.randint(1, 70_000)} for place in places
        ]
        if rng.random() < 0.5:
            rows = [row | {"weighted": Decimal(rng.randint(0, 10**7)) / 1000} for row in rows]
            rows[0]["weighted"] = Decimal(1) + rows[0]["weighted"]  # type: ignore[operator]
        rng.shuffle(rows)
        return {"places": places, "rows": rows}

    def _line(self, number: int) -> Entry:
        rng, size = self.rng, self.size
        fund = rng.choice(self.funds)
        budget = rng.choice((*[self.amount(size)] * 14, Decimal(0), -self.amount(size // 10)))
        variance = rng.choice(
            (
                Decimal(0),
                self.amount(size // 4),
                -self.amount(size // 4),
                self.amount(size // 100),
                -self.amount(99),
                self.amount(1),
            )
        )
        line: Entry = {
            "line": f"L{number:02}",
            "fund": fund["code"],
            "service": rng.choice(SERVICES),
            "level": rng.choice(ABOVE),
        }
        line |= {"geography": "", "locality": "", "basis": ""}
        if self.geographies and rng.random() < 0.6:
            line |= self._somewhere()
        line |= {"holder": rng.choice((fund["holder"], fund["holder"], rng.choice(self.codes)))}
        line |= {
            "provider": rng.choice(("", rng.choice(self.codes))),
            "risk": rng.choice(("", "shared", "shared", "fixed")),
        }
        recurrent = rng.choice(("yes", "yes", "no"))
        return line | {"recurrent": recurrent, "budget": budget, "outturn": budget - variance}

    def _somewhere(self) -> Entry:
        code = self.rng.choice(list(self.geographies))
        place: Entry = {"geography": code, "level": self.rng.choice(LOCAL)}
        if self.rng.random() < 0.4:
            return place | {"locality": self.rng.choice(self.geographies[code]["places"])}
        bases = [column for column in self.geographies[code]["rows"][0] if column not in ("locality", "name")]
        return place | {"basis": self.rng.choice(bases)}

    def _cancel(self) -> None:
        """Sometimes lines of a level add to a variance of exactly nothing, or of a penny."""
        for level in (*ABOVE, *LOCAL):
            lines = [line for line in self.lines if line["level"] == level and line["risk"] != "fixed"]
            if len(lines) > 1 and self.rng.random() < 0.25:
                rest = sum(line["budget"] - line["outturn"] for line in lines[:-1])
                penny = Decimal(self.rng.choice((0, 0, 1, -1))) / 100
                lines[-1]["outturn"] = lines[-1]["budget"] + rest - penny

    # Pool groups and their rules

    def groups(self) -> Iterator[Entry]:
        """Localities, then the place and the system, and sometimes a table of pools of its own."""
        scopes = list(self._scopes())
        for number, group in enumerate(scopes):
            later = [
                f"pool:{pool}" for other in scopes[number + 1 :] for pool in other["pools"] if "table" not in other
            ]
            yield self._ruled(group, later)

    def _scopes(self) -> Iterator[Entry]:
        rng = self.rng
        for code, geography in self.geographies.items():
            pools = [f"{code}_pools:{place}" for place in geography["places"]]
            yield {"code": f"{code}_pools", "for_each": code, "scope": {"level": list(LOCAL)}, "pools": pools}
        if rng.random() < 0.25:
            table = list(self._table("schemes"))
            pools = [f"schemes:{row['pool']}" for row in table]
            yield {
                "code": "schemes",
                "table": "inputs/schemes.csv",
                "rows": table,
                "holder": rng.choice(self.codes),
                "pools": pools,
            }
        if rng.random() < 0.9:
            scope: Entry = {"level": ["place", "partnership"]}
            if "not" in self.features and rng.random() < 0.4:
                scope = {"level": {"not": ["system", *LOCAL]}}
            yield {"code": "place", "scope": scope, "pools": ["place"]}
        if rng.random() < 0.5:
            arrangement = rng.choice(({}, {"arrangement": ["pooled", "aligned"]}))
            yield {"code": "system", "scope": {"level": ["system"]} | arrangement, "pools": ["system"]}

    def _table(self, code: str) -> Iterator[Entry]:
        for number in range(1, self.rng.randint(1, 4) + 1):
            target = self.amount(self.size) + 1
            outturn = max(target + self.amount(self.size // 5) - self.amount(self.size // 5), Decimal(0))
            yield {"pool": f"S{number}", "name": f"Scheme {number}", "target": target, "outturn": outturn}

    def _ruled(self, group: Entry, later: list[str]) -> Entry:
        excluded = self._excluded(group)
        ground = self._ground(group, later, [rule["where"] for rule in excluded])
        rules = [*excluded, *Clauses(self.rng, ground, self.features).rules()]
        for row in group.get("rows", ()):
            row |= {name: cell() for name, cell in ground.columns.items()}
        self.written |= ground.files
        return group | self._listed(group["code"], excluded, rules[len(excluded) :])

    def _listed(self, code: str, excluded: list[Rule], rules: list[Rule]) -> Entry:
        """The first rules of a group in a list of their own, with what they say of money as terms of the pool."""
        if "lists" not in self.features or len(rules) < 2 or excluded or self.rng.random() < 0.7:
            return {"rules": [*excluded, *rules]}
        count, terms = self.rng.randint(1, len(rules) - 1), dict[str, object]()
        listed = [self._asking(rule, terms) for rule in rules[:count]]
        self.lists.append({"code": f"list_{code}", "rules": listed})
        return {"rules_from": f"list_{code}", "terms": terms, "rules": rules[count:]}

    def _asking(self, rule: Rule, terms: dict[str, object]) -> Rule:
        """A rule that asks for some of its terms."""
        asked = dict(rule)
        for key in ("percent", "amount", "limit", "floor", "to", "bands", "key"):
            if key in rule and self.rng.random() < 0.5:
                terms[f"t{len(terms)}"] = rule[key]
                asked[key] = {"term": f"t{len(terms) - 1}"}
        return asked

    def _excluded(self, group: Entry) -> list[Rule]:
        if "table" in group or self.rng.random() < 0.7:
            return []
        words = sorted({str(line["service"]) for line in self.lines})
        where: Entry = {"service": [self.rng.choice(words)]}
        if "not" in self.features and self.rng.random() < 0.3:
            where = {"holder": {"not": self.rng.sample(self.codes, 1)}}
        return [{"rule": "exclude", "clause": "Para 0", "where": where, "reason": "Shared elsewhere"}]

    def _ground(self, group: Entry, later: list[str], excluded: Sequence[Entry]) -> Ground:
        lines = self._inside(group, excluded)
        budgets = {code: sum(line["budget"] for line in lines if line["holder"] == code) for code in self.codes}
        contributing = {code for code, budget in budgets.items() if budget > 0}
        if "table" in group:
            contributing = {group["holder"]}
        target = "table" in group or sum(budgets.values()) > 0
        return Ground(
            group=group["code"],
            pools=group["pools"],
            partners=self.codes,
            roles=self._roles(),
            incomes={str(partner["code"]) for partner in self.partners if "income" in partner},
            reserves=[str(reserve["code"]) for reserve in self.reserves],
            fenced=sorted({self.fences[line["fund"]] for line in lines if line["fund"] in self.fences}),
            later=later,
            target=target,
            contributing=contributing,
            table="table" in group,
        )

    def _roles(self) -> dict[str, list[str]]:
        roles = {
            f"{role}s": [str(partner["code"]) for partner in self.partners if partner["role"] == role]
            for role in ("commissioner", "provider")
        }
        return {role: members for role, members in roles.items() if members}

    def _inside(self, group: Entry, excluded: Sequence[Entry]) -> list[Entry]:
        levels = group.get("scope", {}).get("level", [])
        taken = ["place", "partnership"] if isinstance(levels, dict) else levels
        lines = [line for line in self.lines if line["level"] in taken and line["risk"] != "fixed"]
        lines = [line for line in lines if line["geography"] == group.get("for_each", "")]
        return [line for line in lines if not any(self._leaves(line, where) for where in excluded)]

    def _leaves(self, line: Entry, where: Entry) -> bool:
        ((key, wanted),) = where.items()
        return line[key] not in wanted["not"] if isinstance(wanted, dict) else line[key] in wanted

    # How it is written

    def files(self, groups: Sequence[Entry]) -> dict[str, list[Entry]]:
        """Every CSV file of the model."""
        found = {"inputs/lines.csv": self.lines} | self.written
        found |= {f"inputs/{code}.csv": geography["rows"] for code, geography in self.geographies.items()}
        found |= {"inputs/balances.csv": self.openings} if self.openings else {}
        return found | {group["table"]: group["rows"] for group in groups if "table" in group}

    def text(self, name: str, groups: Sequence[Entry]) -> str:
        """model.toml."""
        head: Entry = {"schema": 1, "name": name, "title": "A random model", "financial_year": "2021-22"}
        head |= {"status": "illustrative", "agreed_on": date(2021, 3, 15)}
        overall = self._overall(groups)
        text = "".join([*_pairs(head), "\n", *self._settlement()])
        geographies = [{"code": code, "file": f"inputs/{code}.csv"} for code in self.geographies]
        sections = {"partners": self.partners, "reserves": [*self.reserves, *self.kept], "funds": self.funds}
        for section, entries in (
            sections | {"geographies": geographies, "inputs": [{"file": "inputs/lines.csv"}]}
        ).items():
            text += "".join(_section(section, entry) for entry in entries)
        text += "".join(_section("rule_lists", entry) for entry in self.lists)
        return text + "".join(_pool(group) for group in groups) + overall

    def _settlement(self) -> list[str]:
        method = self.rng.choice(("", "pro_rata", "through_host", "fewest"))
        if not method or "settlement" not in self.features:
            return []
        host = {"host": self.rng.choice(self.codes)} if method == "through_host" else {}
        return ["[settlement]\n", *_pairs({"method": method} | host), "\n"]

    def _overall(self, groups: Sequence[Entry]) -> str:
        if "overall" not in self.features or self.rng.random() < 0.6:
            return ""
        group = {"code": "overall", "pools": ["overall"], "table": ""}
        ground = self._ground(group | {"holder": self.codes[0]}, [], [])
        ground.overall, ground.table, ground.contributing = True, False, set()
        ground.files = {file: rows for file, rows in self.written.items() if file == "inputs/outcomes.csv"}
        rules = Clauses(self.rng, ground, self.features).rules()
        self.written |= ground.files
        return "\n".join(_section("overall.rules", rule) for rule in rules)


def _section(name: str, entry: Mapping[str, object]) -> str:
    return "".join([f"[[{name}]]\n", *_pairs(entry), "\n"])


def _pool(group: Entry) -> str:
    head = {key: value for key, value in group.items() if key not in ("pools", "rows", "rules")}
    return _section("pools", head) + "".join(_section("pools.rules", rule) for rule in group["rules"])


def _pairs(entry: Mapping[str, object]) -> list[str]:
    return [f"{_key(key)} = {_value(value)}\n" for key, value in entry.items()]


def _key(key: str) -> str:
    return f'"{key}"' if ":" in key else key


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Mapping):
        return "{ " + ", ".join(pair.strip() for pair in _pairs(value)) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _write_csv(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)
