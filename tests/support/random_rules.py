"""Test support: random rules in any order, followed by rules that share whatever pots still hold."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from random import Random
from typing import TypeAlias

from riskshare.contract.rules import kinds
from riskshare.contract.rules.kind import Kind, PotRole, PotUse
from riskshare.contract.words import Side

Terms: TypeAlias = dict[str, object]

SIDES = ("gain", "loss")
EVERYWHERE = ("unshared", "carry_forward", "unallocated")
REINVESTMENT = "reinvestment"
RESERVES = ("grant_reserve", "last_year")


@dataclass(frozen=True)
class Carries:
    """What the lines of a pool group can carry: percentages of the target, contribution keys, money from elsewhere."""

    target: bool
    contribution: Mapping[str, bool]
    steady: bool


@dataclass(frozen=True)
class Words:
    """The words that rules of a pool group can name."""

    partners: Sequence[Mapping[str, object]]
    reserves: Sequence[str]
    later: Sequence[str]
    pools: Sequence[str]
    group: str
    last_year: str

    @property
    def codes(self) -> list[str]:
        """The partners' codes."""
        return [str(partner["code"]) for partner in self.partners]

    def of(self, pot: str) -> list[Mapping[str, object]]:
        """The partners that a pot is split between: those of its role, or all."""
        return [
            partner
            for partner in self.partners
            if pot not in ("commissioners", "providers") or f"{partner['role']}s" == pot
        ]

    @property
    def roles(self) -> list[str]:
        """The pots of the roles that somebody has."""
        return [pot for pot in ("commissioners", "providers") if self.of(pot)]


def _kinds_without_a_writer() -> list[type[Kind]]:
    """Kinds that move money and have no method of their own below; those that read files need one."""
    every = {word: kind for word, kind in kinds().items() if not kind.automatic and not kind.first_only}
    return [kind for word, kind in every.items() if not hasattr(RuleWriter, f"_{word}")]


class RuleWriter:
    """Draws rules and follows which pots may hold a gain or a loss, as a careful author of a contract does."""

    def __init__(self, rng: Random, words: Words, carries: Carries, topped_up: set[str]) -> None:
        """`topped_up`: the reserves that the ring-fence pays into before the first rule."""
        self._rng, self._words, self._carries = rng, words, carries
        self._holds: dict[str, set[str]] = {"pool": set(SIDES)} | {code: {"gain"} for code in sorted(topped_up)}
        self._clause = 0

    def rules(self) -> list[Terms]:
        """The rules in their order."""
        kinds: list[Callable[[], Terms | None]] = [
            self._threshold, self._threshold, self._reserve, self._reserve, self._share_ranges, self._share_ranges,
            self._outcomes, self._outcomes, self._cap, self._cap, self._cap, self._allocate, self._decision,
            self._withhold, self._carry_forward, self._bring_in, self._adjust_target, self._net,
            self._stop_loss, *(partial(self._as_in_example, kind) for kind in _kinds_without_a_writer()),
        ]  # fmt: skip
        drawn = [self._rng.choice(kinds)() for _ in range(self._rng.randint(0, 8))]
        drawn += self._closing()
        drawn += [kind() for kind in (self._cap_partners, self._decision) if self._rng.random() < 0.4]
        drawn += self._closing()
        drawn += [self._guarantee()] if self._rng.random() < 0.4 else []
        return [self._numbered(rule) for rule in drawn if rule]

    def _numbered(self, rule: Terms) -> Terms:
        self._clause += 1
        return {"rule": rule["rule"], "clause": f"Schedule 9, para {self._clause}"} | rule

    # Pots

    def _give(self, pot: str, sides: set[str]) -> None:
        self._holds.setdefault(pot, set()).update(sides)

    def _open_pots(self) -> list[str]:
        """Pots that must not hold money in the end."""
        kept = {*self._words.codes, *self._words.reserves, *EVERYWHERE, *self._words.later, *RESERVES}
        return [pot for pot, sides in self._holds.items() if sides and pot not in kept]

    def _takers(self) -> list[str]:
        """Pots that may be given a gain or a loss, those that happen more often in contracts more often."""
        return [*self._words.codes * 2, *self._words.roles * 4, *self._words.later[:2], *EVERYWHERE, REINVESTMENT]

    def _some_takers(self, most: int) -> list[str]:
        takers = list(dict.fromkeys(self._rng.sample(self._takers(), self._rng.randint(1, most))))
        return [pot for pot in takers if pot]

    # Rules

    def _threshold(self) -> Terms | None:
        if not self._holds["pool"]:
            return None
        rule: Terms = {"rule": "threshold", "side": self._rng.choice(("gain", "loss", "both"))}
        rule |= {"basis": self._rng.choice(("first_pound", "excess_only"))}
        rule |= {"percent": self._percent(5)} if self._by_target() else {"amount": self._pounds(30_000)}
        self._give("unshared", set(SIDES))
        return rule

    def _reserve(self) -> Terms | None:
        if not self._words.reserves or not self._holds["pool"]:
            return None
        side = self._rng.choice(SIDES)
        code = self._rng.choice(self._words.reserves)
        rule: Terms = {"rule": "reserve", "side": side, "reserve": code}
        if side == "gain" or self._rng.random() < 0.5:
            rule["percent"] = self._percent(99)
        if self._rng.random() < 0.5:
            rule["limit"] = self._pounds(40_000)
        if side == "loss" and len(self._words.pools) > 1 and self._rng.random() < 0.3:
            rule["order"] = self._rng.sample(self._words.pools, len(self._words.pools))
        self._give(code, {side})
        return rule

    def _share_ranges(self) -> Terms | None:
        return self._bands(self._side()) if self._holds["pool"] else None

    def _bands(self, side: str) -> Terms:
        by_target = self._by_target()
        ends = sorted(
            {self._percent(20) if by_target else self._pounds(60_000) for _ in range(self._rng.randint(0, 3))}
        )
        sides = set(SIDES) if side == "both" else {side}
        bands: list[Terms] = [{"up_to": end, "shares": self._shares(sides)} for end in ends]
        bands.append({"shares": self._shares(sides)})
        self._holds["pool"] -= sides
        terms: Terms = {"side": side, "of": "target" if by_target else "pounds"}
        terms["method"] = self._rng.choice(("marginal", "marginal", "whole_amount"))
        return {"rule": "share_ranges", **terms, "bands": bands}

    def _shares(self, sides: set[str]) -> dict[str, object]:
        pots = self._some_takers(3)
        if len(pots) > 1 and self._rng.random() < 0.2:
            return self._fractions(pots, sides)
        cuts = sorted(self._rng.choices(range(10_001), k=len(pots) - 1))
        if self._rng.random() < 0.5:
            cuts = [cut // 100 * 100 for cut in cuts]
        parts = zip(pots, [0, *cuts], [*cuts, 10_000], strict=True)
        shares: dict[str, object] = {pot: Decimal(high - low) / 100 for pot, low, high in parts}
        for pot in shares:
            self._give(pot, sides)
        rest = self._rng.choice([pot for pot, share in shares.items() if share])
        return shares | ({rest: "rest"} if self._rng.random() < 0.2 else {})

    def _fractions(self, pots: list[str], sides: set[str]) -> dict[str, object]:
        """Parts of a whole that no percentage is, such as a seventh; the last pot takes the rest."""
        whole = self._rng.randint(len(pots), 60)
        for pot in pots:
            self._give(pot, sides)
        shares: dict[str, object] = dict.fromkeys(pots[:-1], f"1/{whole}")
        return shares | {pots[-1]: "rest"}

    def _outcomes(self) -> Terms | None:
        side = self._rng.choice(("gain", "gain", "loss"))
        source = self._source(side)
        if not source:
            return None
        taker = self._taker(source, {side})
        given = self._rng.random() < 0.2
        measured: Terms = {"score": self._percent(100)} if given else {"measures": "inputs/outcomes.csv"}
        measured |= {"side": side, "from": source, "decimals": self._rng.randint(0, 4)}
        if side == "gain" and self._rng.random() < 0.4:
            return {"rule": "outcomes", **measured, **self._tiers(source), "forfeited_to": taker}
        floor, ceiling = sorted(self._rng.sample(range(101), 2))
        score: Terms = {"floor": floor, "ceiling": ceiling}
        score |= {"rate": self._percent(100)} if side == "loss" else {}
        return {"rule": "outcomes", **measured, **score, "forfeited_to": taker}

    def _tiers(self, source: str) -> Terms:
        """Tiers of a score in steps or in a straight line; a partner pays what is earned beyond all of it."""
        starts = sorted({self._percent(100) for _ in range(self._rng.randint(2, 4))})
        payers = [code for code in self._words.codes if code != source]
        most = 150 if payers and self._rng.random() < 0.5 else 100
        tiers = [{"from": start, "earns": self._percent(most)} for start in starts]
        terms: Terms = {"tiers": tiers}
        terms |= {"between": "straight"} if len(tiers) > 1 and self._rng.random() < 0.5 else {}
        if any(tier["earns"] > 100 for tier in tiers):
            terms["extra_from"] = payer = self._rng.choice(payers)
            self._give(payer, {"loss"})
            self._give(source, {"gain"})
        return terms

    def _source(self, side: str = "") -> str:
        """A pot that may hold this side, or any; nothing where there is none."""
        held = [pot for pot, sides in self._holds.items() if (side in sides if side else sides)]
        return self._rng.choice([pot for pot in held if pot not in (*self._words.reserves, *RESERVES)] or [""])

    def _taker(self, source: str, sides: set[str]) -> str:
        taker = self._rng.choice([pot for pot in self._takers() if pot != source])
        self._give(taker, sides)
        return taker

    def _withhold(self) -> Terms | None:
        source, side = self._source(), self._side()
        if not source:
            return None
        terms: Terms = {"rule": "withhold", "side": side, "from": source, "percent": self._percent(100)}
        terms |= {"percent": "2/7"} if self._rng.random() < 0.2 else {}
        terms |= {"limit": self._pounds(20_000)} if self._rng.random() < 0.4 else {}
        return terms | {"to": self._taker(source, set(SIDES) if side == "both" else {side})}

    def _carry_forward(self) -> Terms | None:
        source, side = self._source(), self._side()
        if not source or source == "carry_forward":
            return None
        self._give("carry_forward", set(SIDES) if side == "both" else {side})
        terms: Terms = {"rule": "carry_forward", "side": side, "from": source, "percent": self._percent(100)}
        return terms | ({"limit": self._pounds(20_000)} if self._rng.random() < 0.4 else {})

    def _bring_in(self) -> Terms | None:
        """Last year's balance, once: a second time it would be gone."""
        if not self._words.last_year or not self._carries.steady or not self._carries.target:
            return None
        if self._holds.get(self._words.last_year):
            return None
        self._give("pool", set(SIDES))
        self._give(self._words.last_year, set(SIDES))
        return {"rule": "carry_forward", "balance": self._words.last_year}

    def _guarantee(self) -> Terms | None:
        """The last rule of all: one that comes later, another guarantee too, could take the partner below its floor."""
        partner = self._rng.choice(self._holding("loss") or [""])
        payers = [code for code in (*self._words.roles, *self._words.codes) if partner and code != partner]
        if not payers:
            return None
        payer = self._rng.choice(payers)
        members = [str(entry["code"]) for entry in self._words.of(payer)] if payer in self._words.roles else [payer]
        if not set(members) - {partner}:
            return None
        for pot in (partner, *members):
            self._give(pot, set(SIDES))
        return {"rule": "guarantee", "partner": partner, "floor": -self._pounds(20_000), "funded_by": payer}

    def _adjust_target(self) -> Terms | None:
        if not self._carries.target or not self._carries.steady:
            return None
        self._give("pool", set(SIDES))
        change = self._percent(2) * self._rng.choice((1, -1))
        partner = self._rng.choice(self._words.codes)
        follow = self._rng.choice(("follow", "stay")) if change > 0 else "stay"  # a cut may leave less than nothing
        terms: Terms = {"percent": change, "funded_by": partner, "contributions": follow, "reason": "As agreed"}
        return {"rule": "adjust_target", **terms}

    def _stop_loss(self) -> Terms | None:
        if not self._holds["pool"] or not self._carries.steady:
            return None
        self._give("pool", {"gain"})
        taker = self._taker("pool", {"loss"})
        cut: Terms = {"attachment": self._pounds(20_000), "coinsurance": self._percent(99)}
        return {"rule": "stop_loss", "cases": f"inputs/cases_{self._words.group}.csv", **cut, "borne_by": taker}

    def _net(self) -> Terms | None:
        return {"rule": "net", "across": self._words.group} if self._holds["pool"] else None

    def _cap(self) -> Terms | None:
        if self._rng.random() < 0.5:
            return self._cap_partners()
        accounts = (*self._words.reserves, *RESERVES)
        sources = [pot for pot, sides in self._holds.items() if sides and pot not in accounts]
        capped = list(dict.fromkeys(self._rng.choices(sources, k=2))) if sources else []
        return self._capped(capped) if capped else None

    def _cap_partners(self) -> Terms | None:
        holding = self._holding(*SIDES)
        if not holding:
            return None
        capped = self._rng.sample(holding, self._rng.randint(1, len(holding)))
        if self._rng.random() < 0.3:
            return self._capped(capped)
        side = self._side()
        held = {held for code in capped for held in self._holds[code]}
        self._give("unallocated", held & (set(SIDES) if side == "both" else {side}))
        return {"rule": "cap", "side": side, **self._limits(capped), "excess_to": "others"}

    def _holding(self, *sides: str) -> list[str]:
        """The partners that an earlier rule gave any of these sides: order is data, and an empty pot is a finding."""
        return [code for code in self._words.codes if self._holds.get(code, set()) & set(sides)]

    def _capped(self, capped: list[str]) -> Terms | None:
        takers = [pot for pot in self._takers() if pot not in capped]
        if not takers:
            return None
        side, taker = self._side(), self._rng.choice(takers)
        self._give(taker, set(SIDES) if side == "both" else {side})
        return {"rule": "cap", "side": side, **self._limits(capped), "excess_to": taker}

    def _limits(self, pots: list[str]) -> Terms:
        if len(pots) == 1 and self._rng.random() < 0.5:
            return {"from": pots[0], "limit": self._limit(pots[0])}
        return {"limits": {pot: self._limit(pot) for pot in pots}}

    def _limit(self, pot: str, deep: bool = True) -> Terms:
        of = ["target"] if self._carries.target else []
        contributes = pot in (*self._words.codes, *self._words.roles) and self._carries.contribution.get(pot)
        of += ["contribution"] if contributes else []
        of += ["income"] if self._has_income(pot) else []
        kind = self._rng.choice(("amount", "percent", "percent", "lowest"))
        if kind == "lowest" and deep:
            return {"lowest_of": [self._limit(pot, deep=False) for _ in range(self._rng.randint(2, 3))]}
        if kind == "percent" and of:
            return {"percent": self._percent(6), "of": self._rng.choice(of)}
        return {"amount": self._pounds(40_000)}

    def _has_income(self, pot: str) -> bool:
        concerned = [
            partner for partner in self._words.partners if partner["code"] == pot or f"{partner['role']}s" == pot
        ]
        return bool(concerned) and all("income" in partner for partner in concerned)

    def _allocate(self) -> Terms | None:
        pots = self._open_pots()
        return self._allocated(self._rng.choice(pots)) if pots else None

    def _allocated(self, pot: str) -> Terms:
        sides = self._holds[pot]
        keys: list[object] = ["equal", self._fixed_key()]
        keys += ["contribution"] * 2 if self._carries.contribution.get(pot) else []
        keys += ["income"] * 2 if pot in self._words.roles and self._has_income(pot) else []
        chosen = [self._rng.choice(keys) for _ in range(self._rng.choice((1, 1, 1, 2)))]
        self._holds[pot] = set()
        for key in chosen:
            for partner in key if isinstance(key, dict) else (str(entry["code"]) for entry in self._words.of(pot)):
                self._give(partner, sides)
        first = self._rng.randint(1, 99)
        blend = [{"weight": weight, "key": key} for weight, key in zip((first, 100 - first), chosen, strict=False)]
        return {"rule": "allocate", "from": pot, "key": blend if len(blend) > 1 else chosen[0]}

    def _fixed_key(self) -> dict[str, Decimal]:
        codes = self._rng.sample(self._words.codes, self._rng.randint(1, len(self._words.codes)))
        weights = {
            code: Decimal(self._rng.choice((0, 1, 3, self._rng.randrange(10_000)))) / self._rng.choice((1, 100))
            for code in codes
        }
        return weights if any(weights.values()) else dict.fromkeys(codes, Decimal(1))

    def _decision(self) -> Terms | None:
        givers = [code for code in self._words.codes if self._holds.get(code)]
        if not givers or len(self._words.codes) < 2 or not self._carries.steady:
            return None
        giver = self._rng.choice(givers)
        taker = self._rng.choice([code for code in (*self._words.codes, "carry_forward") if code != giver])
        for pot in (giver, taker):
            self._give(pot, set(SIDES))
        terms: Terms = {
            "rule": "decision",
            "date": date(2022, 5, 19),
            "from": giver,
            "to": taker,
            "amount": self._pounds(20_000),
        }
        return terms | {"pool": self._rng.choice(self._words.pools), "reason": "As minuted"}

    def _closing(self) -> Iterator[Terms]:
        """Shares what is still in the pool and in the pots on the way, until only accounts hold money."""
        while pots := self._open_pots():
            if pots == ["pool"] or (pots[0] == "pool" and self._rng.random() < 0.5):
                yield self._close_pool()
            else:
                yield self._allocated(self._rng.choice([pot for pot in pots if pot != "pool"]))

    def _close_pool(self) -> Terms:
        if self._rng.random() < 0.3:
            return self._allocated("pool")
        sides = self._holds["pool"]
        both = len(sides) == 2
        return self._bands("both" if both and self._rng.random() < 0.5 else self._rng.choice(sorted(sides)))

    def _as_in_example(self, kind: type[Kind]) -> Terms | None:
        """A rule of a kind without a writer here: the terms of its example, its pots drawn by their roles."""
        terms = dict(tomllib.loads(kind.example.terms, parse_float=Decimal)["pools"]["rules"][-1])
        rule = kind.model_validate(terms)
        for use in sorted(rule.pots(), key=lambda use: use.role is not PotRole.PAYER):
            drawn = self._drawn(use, set(rule.sides), [terms[key] for key in terms if terms[key] != use.pot])
            if not drawn or len(use.keys) > 1:
                return None
            terms[use.keys[0]] = drawn
        for use in kind.model_validate(terms).pots():
            self._give(use.pot, {str(side) for side in rule.sides})
        return {key: value for key, value in terms.items() if key != "clause"}

    def _drawn(self, use: PotUse, sides: set[Side], others: list[object]) -> str:
        """A pot that can have the role in a rule that works on these sides; none that the rule names already."""
        by_role: dict[PotRole, list[str]] = {
            PotRole.PAYER: [
                pot
                for pot, held in self._holds.items()
                if {str(side) for side in sides} <= held and pot not in (*self._words.reserves, *RESERVES)
            ],
            PotRole.FUNDER: [*self._words.codes, *self._words.roles],
            PotRole.RECEIVER: self._takers(),
            PotRole.PARTNER: self._words.codes,
            PotRole.RESERVE: list(self._words.reserves),
        }
        return self._rng.choice([pot for pot in by_role.get(use.role, []) if pot not in others] or [""])

    # Figures

    def _by_target(self) -> bool:
        return self._carries.target and self._rng.random() < 0.7

    def _side(self) -> str:
        return self._rng.choice(("gain", "loss", "both"))

    def _percent(self, most: int) -> Decimal:
        """A percentage above zero as contracts write it: whole, halves, or with six decimals."""
        steps = self._rng.choice((1, 2, 1_000_000))
        return Decimal(self._rng.randint(1, most * steps)) / steps

    def _pounds(self, most: int) -> Decimal:
        return Decimal(self._rng.choice((self._rng.randint(1, most), self._rng.randint(1, most * 100) / Decimal(100))))
