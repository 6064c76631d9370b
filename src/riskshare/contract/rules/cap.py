"""cap: a pot holds at most its limit; the excess goes to other partners, to a pot, or is unallocated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from riskshare.contract.flows import PartOf
from riskshare.contract.ledger import ROLE_POTS, UNALLOCATED, Ledger, pot_title, pot_within
from riskshare.contract.rules.kind import Example, PotRole, PotUse, SidedKind, part_of, size
from riskshare.contract.rules.limits import Limit
from riskshare.contract.standing import Standing
from riskshare.contract.terms import Pot
from riskshare.contract.words import Side
from riskshare.formula.language import ZERO, Expr, Part, most, total_of, when
from riskshare.formula.units import WEIGHT
from riskshare.problems.findings import Finding, did_you_mean, one_of

EXCESS = "excess"


class Cap(SidedKind):
    """What a pot holds beyond its limit in each pool leaves it.

    `excess_to = "others"`: partners that hold the same side and are below their limit take it, pro rata to what they
    hold, repeated until nobody is over; what nobody can bear is `unallocated`.
    """

    over_all: ClassVar[bool] = True

    example: ClassVar[Example] = Example(
        says="MENTAL bears £20,000 of a loss but at most 1% of its income, £10,000: the others take the rest 60 to 20.",
        terms="""
[[pools.rules]]
rule = "cap"
clause = "Schedule 9.4, para 10"
side = "loss"
limits = { MENTAL = { percent = 1.0, of = "income" } }
excess_to = "others"
""",
        pots={"CCG": ("-60000", "-67500"), "COMMUNITY": ("-20000", "-22500"), "MENTAL": ("-20000", "-10000")},
    )

    rule: Literal["cap"]
    source: Pot | None = Field(None, alias="from", description="The pot that is capped")
    limit: Limit | None = Field(None, description="Its limit in each pool")
    limits: dict[Pot, Limit] | None = Field(
        None, min_length=1, description="Pot = limit in each pool, instead of from and limit"
    )
    excess_to: Pot = Field(description="others, unallocated, or a pot")

    @model_validator(mode="after")
    def _limited(self) -> Cap:
        if (self.source is None) == (self.limits is None):
            raise ValueError("give either 'from' with 'limit', or 'limits'")
        if (self.source is None) != (self.limit is None):
            raise ValueError("'from' goes with 'limit'")
        if self.excess_to in self.all_limits():
            raise ValueError(f"the excess of '{self.excess_to}' cannot go to '{self.excess_to}' itself")
        return self

    def all_limits(self) -> dict[str, Limit]:
        """The limit of every pot that is capped."""
        return dict(self.limits or {}) or {str(self.source): self.limit or Limit(amount=0)}

    def apply(self, ledger: Ledger) -> None:
        """Caps the gains, the losses, or first the gains and then the losses."""
        limits = self._limit_steps(ledger)
        for side in sorted(self.sides):
            if self.excess_to == "others":
                _Redistribution(ledger, side, limits).run()
            else:
                self._cap_to_pot(ledger, side, limits)

    def _limit_steps(self, ledger: Ledger) -> dict[str, Expr]:
        path: tuple[str | int, ...] = ("limits",) if self.limits else ("limit",)
        return {
            pot: limit.step(ledger, pot, f"limit.{pot}", (*path, pot) if self.limits else path)
            for pot, limit in self.all_limits().items()
        }

    def _cap_to_pot(self, ledger: Ledger, side: Side, limits: dict[str, Expr]) -> None:
        for pot, limit in limits.items():
            title, within = pot_title(pot, ledger.model), pot_within(pot, ledger.model)
            held = ledger.figure(f"{side}.{pot}", f"{side.capitalize()} of {within}", size(ledger.balance(pot), side))
            over = ledger.figure(f"{side}.over.{pot}", f"{title} over the limit", most(held - limit, ZERO))
            amount = over if side is Side.GAIN else -over
            ledger.move(amount, pot, self.excess_to, frozenset({side}), self._part_beyond(side, limit))

    def _part_beyond(self, side: Side, limit: Expr) -> PartOf:
        return lambda held: part_of(most(size(held, side) - limit, ZERO), held)

    def pots(self) -> Iterator[PotUse]:
        """The pots that are capped and the one that takes the excess."""
        for pot in self.all_limits():
            yield PotUse(("limits", pot) if self.limits else "from", pot, PotRole.PAYER)
        if self.excess_to != "others":
            yield PotUse("excess_to", self.excess_to, PotRole.RECEIVER)

    def findings(self, at: Standing) -> Iterator[Finding]:
        """Limits that mean nothing for their pot: others who are no partners, incomes and contributions it hasn't."""
        partners = at.contract.partners
        for pot, limit in self.all_limits().items():
            key, members = ("limits", pot), at.members(pot)
            without = [entry.code for entry in members if entry.income is None]
            if self.excess_to == "others" and pot not in partners:
                found = f"{at}: '{pot}' is no partner, and only partners share an excess with others"
                yield at.error("cap-others", key, found, one_of(partners), did_you_mean(pot, partners))
            elif limit.is_of("income") and (without or not members):
                yield at.no_income(key, without or [pot])
            if self.excess_to != "others" and limit.is_of("contribution") and pot not in (*partners, *ROLE_POTS):
                found, action = (
                    f"{at}: pot '{pot}' has no contribution",
                    "Cap it by an amount or a percent of the target",
                )
                yield at.error("no-contribution", key, found, "a partner, commissioners or providers", action)


class _Redistribution:
    """The passes of a cap whose excess goes to others: one for each limited partner is always enough.

    Money moves once, after the last pass: a partner's balance is what it held and what the passes changed of it.
    """

    def __init__(self, ledger: Ledger, side: Side, limits: dict[str, Expr]) -> None:
        self._ledger = ledger
        self._side = side
        codes = [partner.code for partner in ledger.model.partners if side in ledger.sides(partner.code)]
        self._limits = {code: limit for code, limit in limits.items() if code in codes}
        self._codes = codes

    def run(self) -> None:
        before = {code: self._held(code) for code in self._codes}
        after = before
        for number in range(1, len(self._limits) + 1):
            after = self._pass(f"{self._side}.pass_{number}", f"Pass {number}", after)
        self._move_on(before, after)

    def _held(self, code: str) -> Expr:
        label = f"{self._side.capitalize()} of {code}"
        return self._ledger.figure(f"{self._side}.{code}", label, size(self._ledger.balance(code), self._side))

    def _pass(self, name: str, title: str, held: dict[str, Expr]) -> dict[str, Expr]:
        over = {code: self._over(name, title, code, held[code]) for code in self._limits}
        excess = self._ledger.figure(f"{name}.excess", f"{title}: excess in all", total_of(over.values()))
        taken = self._taken(name, title, held, excess)
        self._ledger.figure(f"{name}.unplaced", f"{title}: nobody can take", excess - total_of(taken.values()))
        return {code: self._held_after(name, title, code, held[code], over.get(code), taken[code]) for code in held}

    def _over(self, name: str, title: str, code: str, held: Expr) -> Expr:
        over = most(held - self._limits[code], ZERO)
        return self._ledger.figure(f"{name}.over.{code}", f"{title}: {code} over its limit", over)

    def _taken(self, name: str, title: str, held: dict[str, Expr], excess: Expr) -> dict[str, Expr]:
        weights = {code: self._weight(name, title, code, amount) for code, amount in held.items()}
        whole = self._ledger.divisor(name, weights.values())
        before: list[Expr] = []
        taken: dict[str, Expr] = {}
        for code, weight in weights.items():
            part = Part(excess, total_of(before), total_of([*before, weight]), whole)
            taken[code] = self._ledger.figure(f"{name}.takes.{code}", f"{title}: {code} takes", part)
            before.append(weight)
        return taken

    def _weight(self, name: str, title: str, code: str, held: Expr) -> Expr:
        weight = when(held, "<", self._limits[code], held) if code in self._limits else held
        return self._ledger.figure(f"{name}.weight.{code}", f"{title}: {code} weighs", weight, WEIGHT)

    def _held_after(self, name: str, title: str, code: str, held: Expr, over: Expr | None, taken: Expr) -> Expr:
        after = held + taken if over is None else held - over + taken
        return self._ledger.figure(f"{name}.after.{code}", f"{title}: {code} then holds", after)

    def _move_on(self, before: dict[str, Expr], after: dict[str, Expr]) -> None:
        sides = frozenset({self._side})
        for code in self._limits:
            self._ledger.move(self._changed(code, "gives", before[code], after[code]), code, EXCESS, sides)
        for code in [code for code in before if code not in self._limits]:
            self._ledger.move(self._changed(code, "takes", after[code], before[code]), EXCESS, code, sides)
        rest = self._signed(total_of(before.values()) - total_of(after.values()))
        unplaced = self._ledger.figure(f"{self._side}.unplaced", "Nobody can take, in all passes", rest)
        self._ledger.move(unplaced, EXCESS, UNALLOCATED, sides)
        self._ledger.emptied(EXCESS)

    def _changed(self, code: str, verb: str, larger: Expr, smaller: Expr) -> Expr:
        """What a partner gives up or takes in all passes: a limited one may give less than nothing."""
        label = f"{code} {verb} in all passes"
        return self._ledger.figure(f"{self._side}.{verb}.{code}", label, self._signed(larger - smaller))

    def _signed(self, amount: Expr) -> Expr:
        return -amount if self._side is Side.LOSS else amount
