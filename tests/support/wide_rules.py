"""Random models for the reference: the rules of one pool group, drawn so that most of them find money in their pots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from wide_ground import ACCOUNTS, BOTH, Draft, Rule

Key: TypeAlias = str | dict[str, Any]


class Clauses(Draft):
    """Draws rules that find money in their pots, mostly."""

    def rules(self) -> list[Rule]:
        """Rules in any order, then what empties the pots on the way, then a few more."""
        drawn = [self.draw() for _ in range(self.rng.randint(0, 7))]
        drawn += self.closing()
        if not self.ground.overall:
            drawn += [self.draw(self.LATE) for _ in range(self.rng.randint(0, 3))]
        rules = [rule for rule in [*drawn, *self.closing()] if rule]
        rules = self.undone_by_nothing(rules)
        clauses = [{"rule": rule["rule"], "clause": f"Para {number}"} for number, rule in enumerate(rules, 1)]
        return [clause | rule for clause, rule in zip(clauses, rules, strict=True)]

    def undone_by_nothing(self, rules: list[Rule]) -> list[Rule]:
        """Guarantees mostly last: one that a later rule undoes stops the build."""
        if self.rng.random() < 0.2:
            return rules
        return [rule for rule in rules if rule["rule"] != "guarantee"] + [
            rule for rule in rules if rule["rule"] == "guarantee"
        ][:1]

    EARLY = (
        "threshold", "threshold", "reserve", "reserve", "share_ranges", "share_ranges", "outcomes", "outcomes", "cap",
        "cap", "allocate", "decision", "withhold", "guarantee", "carry_forward", "balance", "adjust_target",
        "adjust_target", "net", "stop_loss", "prorate",
    )  # fmt: skip
    LATE = ("cap", "cap", "decision", "withhold", "guarantee", "carry_forward", "outcomes", "prorate", "allocate")
    OVER_ALL = ("cap", "cap", "guarantee", "withhold", "outcomes", "carry_forward", "decision", "allocate")

    def draw(self, kinds: Sequence[str] = EARLY) -> Rule | None:
        """One rule of any kind, or none where there is nothing for it."""
        kind = self.rng.choice(self.OVER_ALL if self.ground.overall else kinds)
        rule: Rule | None = getattr(self, f"draw_{kind}")()
        return rule and {"rule": "carry_forward" if kind == "balance" else kind} | rule

    # Rules on the pot `pool`

    def draw_threshold(self) -> Rule | None:
        if not self.holds["pool"]:
            return None
        self.give("unshared", set(BOTH))
        rule: Rule = {"side": self.side(), "basis": self.smooth("excess_only", "first_pound")}
        return rule | ({"percent": self.percent(5)} if self.by_target() else {"amount": self.pounds(30_000)})

    def by_target(self) -> bool:
        return self.ground.target and self.rng.random() < 0.7

    def draw_reserve(self) -> Rule | None:
        if not self.ground.reserves or not self.holds["pool"]:
            return None
        side, code = self.rng.choice(BOTH), self.rng.choice(self.ground.reserves)
        rule: Rule = {"side": side, "reserve": self.give(code, {side})}
        rule |= {"percent": self.percent()} if side == "gain" or self.rng.random() < 0.5 else {}
        rule |= {"limit": self.pounds()} if self.rng.random() < 0.5 else {}
        if "order" in self.features and side == "loss" and len(self.ground.pools) > 1 and self.rng.random() < 0.4:
            places = [pool.partition(":")[2] for pool in self.ground.pools]
            rule["order"] = self.rng.sample(places, len(places))
        return rule

    def draw_share_ranges(self, side: str = "") -> Rule | None:
        if not self.holds["pool"]:
            return None
        side = side or self.side()
        by_target = self.by_target()
        most = 20 if by_target else 60_000
        ends = sorted({self.stated(most) for _ in range(self.rng.randint(0, 3))})
        sides = self.sides_of(side)
        bands = [{"up_to": end, "shares": self.shares(sides)} for end in ends] + [{"shares": self.shares(sides)}]
        self.holds["pool"] -= sides
        rule: Rule = {"side": side, "of": "target" if by_target else "pounds"}
        return rule | {"method": self.smooth("marginal", "marginal", "whole_amount"), "bands": bands}

    def shares(self, sides: set[str]) -> dict[str, object]:
        takers = self.takers()
        pots = list(dict.fromkeys(self.rng.choices(takers, k=self.rng.randint(1, 4))))
        for pot in pots:
            self.give(pot, sides)
        if "fractions" in self.features and len(pots) == 3 and self.rng.random() < 0.4:
            return dict.fromkeys(pots, "1/3")
        if len(pots) > 1 and self.rng.random() < 0.4:
            first = self.percent()
            return {pots[0]: first, **dict.fromkeys(pots[2:], 0), pots[1]: "rest"}
        cuts = sorted(self.rng.choices(range(10_001), k=len(pots) - 1))
        ends = zip([0, *cuts], [*cuts, 10_000], strict=True)
        return {pot: Decimal(high - low) / 100 for pot, (low, high) in zip(pots, ends, strict=True)}

    def draw_adjust_target(self) -> Rule | None:
        if not self.holds["pool"] or not self.ground.target:
            return None
        change: Rule = {"percent": Decimal(self.rng.choice((1, -1)) * self.rng.randint(1, 300)) / 100}
        if self.rng.random() < 0.4:
            change = {"amount": self.rng.choice((1, -1)) * self.stated(3_000)}
        self.give("pool", set(BOTH))
        funder = self.rng.choice(sorted(self.ground.contributing) or self.ground.partners)
        rule = change | {"funded_by": funder, "reason": "Agreed"}
        if "contributions" in self.features and self.rng.random() < 0.3:
            rule["contributions"] = self.rng.choice(("stay", "follow"))
        return rule

    def draw_stop_loss(self) -> Rule | None:
        if not self.holds["pool"] or not self.ground.target:
            return None
        file = f"inputs/cases_{self.ground.group}.csv"
        self.ground.files.setdefault(file, [self.case(number) for number in range(self.rng.randint(1, 6))])
        self.give("pool", {"gain"})
        rule: Rule = {"cases": file, "attachment": self.stated(20_000), "coinsurance": self.rng.randint(0, 99)}
        return rule | {"borne_by": self.another("pool", {"loss"})}

    def case(self, number: int) -> dict[str, object]:
        return {"case": f"C{number}", "pool": self.rng.choice(self.ground.pools), "cost": self.stated(60_000)}

    def draw_net(self) -> Rule | None:
        return {"across": self.ground.group} if self.holds["pool"] and len(self.ground.pools) > 1 else None

    def draw_balance(self) -> Rule | None:
        if not self.ground.reserves or not self.ground.target or self.brought or not self.holds["pool"]:
            return None
        self.brought = True
        self.give("pool", set(BOTH))
        return {"balance": self.give(self.ground.reserves[-1], set(BOTH))}

    # Rules on any pot

    def draw_outcomes(self) -> Rule | None:
        side = self.rng.choice(("gain", "gain", "loss"))
        source = self.source({side})
        if not source:
            return None
        rule: Rule = {"side": side, "from": source, **self.measured(), "decimals": self.rng.randint(0, 4)}
        rule |= self.earned(side, source)
        return rule | {"forfeited_to": self.another(source, {side})}

    def measured(self) -> Rule:
        if "tiers" in self.features and self.rng.random() < 0.3:
            return {
                "score": self.column("s", lambda: f"{self.rng.randint(0, 12_000) / 100:.2f}", self.rng.randint(0, 120))
            }
        file = "inputs/outcomes.csv"
        self.ground.files.setdefault(file, [self.measure(number) for number in range(self.rng.randint(1, 4))])
        return {"measures": file}

    def measure(self, number: int) -> dict[str, object]:
        baseline, way = self.rng.randint(-20, 80), self.rng.randint(1, 40)
        better = self.rng.choice(("higher", "lower"))
        target = baseline + (way if better == "higher" else -way)
        methods = ["linear", "all_or_nothing"] + (["gap_to_goal"] if better == "higher" and target > 0 else [])
        pool = "" if not number or self.rng.random() < 0.4 else self.rng.choice(self.ground.pools)
        words = {"measure": f"M{number}", "name": f"Measure {number}", "pool": pool, "weight": self.rng.randint(1, 9)}
        result = Decimal(self.rng.randint((baseline - 40) * 100, (baseline + 60) * 100)) / 100
        words |= {"method": self.rng.choice(methods), "better": better}
        return words | {"baseline": baseline, "target": target, "result": result}

    def earned(self, side: str, source: str) -> Rule:
        """Floor and ceiling, or tiers, of a gain beyond 100% too."""
        if side == "loss":
            floor, ceiling = sorted(self.rng.sample(range(101), 2))
            return {"rate": self.stated(100), "floor": floor, "ceiling": ceiling}
        if "tiers" not in self.features or self.rng.random() < 0.5:
            return dict(zip(("floor", "ceiling"), sorted(self.rng.sample(range(101), 2)), strict=True))
        if self.rng.random() < 0.4:
            rule: Rule = {"floor": self.rng.randint(0, 60), "ceiling": self.rng.randint(101, 180)}
        else:
            starts = sorted(self.rng.sample(range(0, 131, 5), self.rng.randint(1, 4)))
            earns = sorted(self.rng.choices(range(161), k=len(starts)))
            tiers = [{"from": start, "earns": earn} for start, earn in zip(starts, earns, strict=True)]
            rule = {"tiers": tiers, "between": self.rng.choice(("steps", "straight")) if len(tiers) > 1 else "steps"}
        payers = [pot for pot in self.ground.partners if pot != source]
        beyond = "ceiling" in rule or any(tier["earns"] > 100 for tier in rule["tiers"])
        return rule | ({"extra_from": self.give(self.rng.choice(payers), {"loss"})} if payers and beyond else {})

    def draw_withhold(self) -> Rule | None:
        source, side = self.source(), self.side()
        if not source:
            return None
        rule: Rule = {"side": side, "from": source, "percent": self.fraction()}
        rule |= {"limit": self.pounds()} if self.rng.random() < 0.4 else {}
        return rule | {"to": self.another(source, self.sides_of(side))}

    def draw_carry_forward(self) -> Rule | None:
        source, side = self.source(), self.side()
        if not source:
            return None
        self.give("carry_forward", self.sides_of(side))
        rule: Rule = {"side": side, "from": [source], "percent": self.fraction()}
        return rule | ({"limit": self.pounds()} if self.rng.random() < 0.4 else {})

    def draw_prorate(self) -> Rule | None:
        source = self.source(set(BOTH))
        if "prorate" not in self.features or len(self.ground.pools) < 2 or len(self.holds.get(source, ())) < 2:
            return None
        side = self.rng.choice(BOTH)
        return {"from": source, "side": side, "excess_to": self.another(source, {side})}

    def draw_decision(self) -> Rule | None:
        givers = [code for code in self.ground.partners if self.holds.get(code)]
        if not givers or len(self.ground.partners) < 2:
            return None
        giver = self.rng.choice(givers)
        takers = [code for code in (*self.ground.partners, "carry_forward") if code != giver]
        taker = self.give(self.rng.choice(takers), set(BOTH))
        self.give(giver, set(BOTH))
        rule: Rule = {"date": date(2022, 5, 19), "from": giver, "to": taker, "amount": self.stated(20_000)}
        pool = {} if self.ground.overall else {"pool": self.rng.choice(self.ground.pools)}
        return rule | pool | {"reason": "As minuted"}

    def draw_guarantee(self) -> Rule | None:
        partner = self.rng.choice(self.ground.partners)
        if not self.holds.get(partner):
            return None
        payers = [
            *self.ground.partners,
            *[role for role, members in self.ground.roles.items() if set(members) - {partner}],
        ]
        payers = [payer for payer in payers if payer != partner]
        if not payers:
            return None
        payer = self.rng.choice(payers)
        for pot in (partner, *self.ground.roles.get(payer, [payer])):
            self.give(pot, set(BOTH))
        floor = self.rng.choice((-1, -1, 0, 1)) * self.stated(20_000)
        return {"partner": partner, "floor": floor, "funded_by": payer}

    def draw_cap(self) -> Rule | None:
        side = self.side()
        held = [code for code in self.ground.partners if self.holds.get(code, set()) & self.sides_of(side)]
        if held and self.smooth("a pot", "others") == "others":
            capped = self.rng.sample(held, self.rng.randint(1, len(held)))
            self.give("unallocated", self.sides_of(side))
            for code in self.ground.partners:
                self.give(code, self.holds.get(code, set()) & self.sides_of(side))
            return {"side": side, **self.limits(capped), "excess_to": "others"}
        source = self.source(self.sides_of(side))
        return (
            {"side": side, **self.limits([source]), "excess_to": self.another(source, self.sides_of(side))}
            if source
            else None
        )

    def limits(self, pots: list[str]) -> Rule:
        if len(pots) == 1 and self.rng.random() < 0.5:
            return {"from": pots[0], "limit": self.limit(pots[0])}
        return {"limits": {pot: self.limit(pot) for pot in pots}}

    def limit(self, pot: str, deep: bool = True) -> Rule:
        members = self.ground.roles.get(pot, [pot])
        of = ["target"] if self.ground.target else []
        of += ["contribution"] if set(members) & self.ground.contributing == set(members) else []
        of += ["income"] if members and set(members) <= self.ground.incomes else []
        kind = self.rng.choice(("amount", "percent", "percent", "lowest"))
        if kind == "lowest" and deep:
            return {"lowest_of": [self.limit(pot, deep=False) for _ in range(self.rng.randint(2, 3))]}
        if kind == "percent" and of:
            return {"percent": self.percent(6), "of": self.rng.choice(of)}
        return {"amount": self.pounds()}

    def draw_allocate(self) -> Rule | None:
        pots = self.open_pots()
        return self.allocated(self.rng.choice(pots)) if pots else None

    def allocated(self, pot: str) -> Rule:
        members = self.ground.roles.get(pot, self.ground.partners)
        sides = self.holds[pot]
        self.holds[pot] = set()
        keys = [self.key(members) for _ in range(self.rng.choice((1, 1, 1, 2)))]
        for key in keys:
            named = [code for code in key if code in self.ground.partners] if isinstance(key, dict) else members
            for code in named or members:
                self.give(code, sides)
        first = self.rng.randint(1, 99)
        blend = [{"weight": weight, "key": key} for weight, key in zip((first, 100 - first), keys, strict=False)]
        rule: Rule = {"from": pot, "key": blend if len(blend) > 1 else keys[0]}
        recurrent = "contribution" in keys and not self.ground.table and self.rng.random() < 0.2
        return rule | ({"recurrent_only": True} if recurrent else {})

    def key(self, members: list[str]) -> Key:
        """A key that splits a pot between these partners."""
        keys: list[Any] = ["equal", "weights", "weights"]
        keys += ["contribution"] * 2 if set(members) & self.ground.contributing else []
        keys += ["income"] if set(members) <= self.ground.incomes else []
        keys += ["file"] if "keys" in self.features else []
        keys += ["own_variance"] if self.owned(members) else []
        key = self.rng.choice(keys)
        if key == "file":
            return {"file": self.key_file(members)}
        if key != "weights":
            return str(key)
        named = self.rng.sample(members, self.rng.randint(1, len(members)))
        weights: dict[str, object] = {code: Decimal(self.rng.randint(0, 900)) / 100 for code in named}
        weights[named[0]] = self.rng.randint(1, 60)
        if "keys" in self.features:
            weights[named[0]] = self.column("w", lambda: str(self.rng.randint(1, 900)), weights[named[0]])
        return weights

    def owned(self, members: list[str]) -> bool:
        """Whether these partners hold lines, so that a key may go by their own variances."""
        ground = self.ground
        known = "keys" in self.features and not ground.table and not ground.overall
        return known and len(set(members) & ground.contributing) > 1 and self.rng.random() < 0.5

    def key_file(self, members: list[str]) -> str:
        file = f"inputs/key_{self.ground.group}_{len(self.ground.files)}.csv"
        by_pool = self.rng.random() < 0.5 and not self.ground.overall
        pools = self.ground.pools if by_pool else [""]
        rows: list[dict[str, object]] = [
            ({"pool": pool} if by_pool else {}) | {"partner": code, "weight": self.rng.randint(1, 99)}
            for pool in pools
            for code in members
        ]
        self.rng.shuffle(rows)
        self.ground.files[file] = rows
        return file

    # What must be empty in the end

    def open_pots(self) -> list[str]:
        kept = {
            *self.ground.partners,
            *self.ground.reserves,
            *self.ground.fenced,
            "unshared",
            *ACCOUNTS,
            *self.ground.later,
        }
        return [pot for pot, sides in self.holds.items() if sides and pot not in kept]

    def closing(self) -> Iterator[Rule]:
        """Shares what is still on the way."""
        while pots := self.open_pots():
            pot = self.rng.choice(pots)
            if pot == "pool" and self.rng.random() < 0.7:
                sides = self.holds["pool"]
                side = "both" if len(sides) == 2 and self.rng.random() < 0.5 else self.rng.choice(sorted(sides))
                yield {"rule": "share_ranges"} | (self.draw_share_ranges(side) or {})
            else:
                yield {"rule": "allocate"} | self.allocated(pot)
