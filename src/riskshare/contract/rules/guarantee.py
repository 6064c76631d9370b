"""guarantee: no partner worse off than stated; others pay what is missing, whatever they hold."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from riskshare.contract.ledger import BOTH_SIDES, ROLE_POTS, Ledger, Sides
from riskshare.contract.rules.kind import Example, Kind, PotRole, PotUse
from riskshare.contract.standing import Standing
from riskshare.contract.terms import Code, Money, Pot
from riskshare.contract.words import Side
from riskshare.formula.language import ONE, ZERO, Col, Expr, Part, most, total_of, when
from riskshare.formula.units import MONEY, WEIGHT
from riskshare.problems.findings import Finding, one_of


class Guarantee(Kind):
    """What a partner holds below the floor is paid by others, whatever their own pots hold.

    A partner pays all of it. A role pays by the key of the last `allocate` from its pot above this rule, without the
    protected partner; where there is none, or it gives the others nothing, by what they contribute (as the key
    `contribution` says), and where that adds to nothing in equal parts. A later rule that takes the partner below its
    floor again is an error.
    """

    over_all: ClassVar[bool] = True

    example: ClassVar[Example] = Example(
        says="MENTAL is never worse off than £50,000: CCG and council pay the other £10,000 by the budgets they hold.",
        terms="""
[[pools.rules]]
rule = "guarantee"
clause = "Schedule 9.4, para 11"
partner = "MENTAL"
floor = -50_000
funded_by = "commissioners"
""",
        pots={"CCG": ("-30000", "-36000"), "COUNCIL": ("10000", "6000"), "MENTAL": ("-60000", "-50000")},
        files={"lines": "line,holder,budget,outturn\nnurses,CCG,600000,660000\ncare,COUNCIL,400000,420000\n"},
    )

    rule: Literal["guarantee"]
    partner: Code = Field(description="The partner that is protected")
    floor: Money = Field(description="The least it may hold in each pool, in pounds; a loss is negative")
    funded_by: Pot = Field(description="A partner, who pays all of it, or a role: by its key")

    @model_validator(mode="after")
    def _by_others(self) -> Guarantee:
        if self.funded_by == self.partner:
            raise ValueError(f"'{self.partner}' cannot pay for its own guarantee")
        return self

    @property
    def qualifier(self) -> str:
        """The partner."""
        return self.partner

    def apply(self, ledger: Ledger) -> None:
        """Moves the shortfall from the funders to the partner."""
        floor = ledger.term("floor", f"Floor of {self.partner} {ledger.where_it_holds}", self.floor, MONEY)
        below = most(floor - ledger.balance(self.partner), ZERO)
        shortfall = ledger.figure("shortfall", f"{self.partner} below its floor", below)
        ledger.guaranteed(self.partner, floor)
        funders = [entry.code for entry in ledger.members(self.funded_by) if entry.code != self.partner]
        if len(funders) == 1:
            self._pay(ledger, shortfall, funders[0])
            return
        for name, amount, weights in self._parts(ledger, shortfall, funders):
            self._collect(ledger, name, amount, weights)

    def _pay(self, ledger: Ledger, amount: Expr, funder: str) -> None:
        ledger.move(amount, funder, self.partner, BOTH_SIDES)
        ledger.may_hold(funder, BOTH_SIDES)

    def _collect(self, ledger: Ledger, name: str, amount: Expr, weights: Mapping[str, Expr]) -> None:
        total = total_of(weights.values())
        whole = ledger.figure(f"{name}whole", "Total of the weights", total, WEIGHT, additive=False)
        before: list[Expr] = []
        for code, weight in weights.items():
            part = Part(amount, total_of(before), total_of([*before, weight]), whole)
            self._pay(ledger, ledger.figure(f"{name}pays.{code}", f"{code} pays", part), code)
            before.append(weight)

    def _parts(
        self, ledger: Ledger, shortfall: Col, funders: list[str]
    ) -> Iterator[tuple[str, Expr, Mapping[str, Expr]]]:
        """What the funders pay by each part of the role's key: all of it by one, or by those of a blend."""
        otherwise = self._without_key(ledger, funders)
        key = ledger.keys.get(self.funded_by, ())
        if not key:
            yield "", shortfall, otherwise
        shares = [part.share for part in key]
        for number, part in enumerate(key):
            name, amount = "", shortfall
            if len(key) > 1:
                name, upto = f"part_{number + 1}.", total_of(shares[: number + 1])
                cut = Part(shortfall, total_of(shares[:number]), upto, total_of(shares))
                amount = ledger.figure(f"{name}amount", f"Part {number + 1} of it", cut)
            weights = {code: part.weights.get(code, ZERO) for code in funders}
            yield name, amount, _unless_nothing(ledger, f"{name}key", "Key", weights, otherwise)

    def _without_key(self, ledger: Ledger, funders: list[str]) -> Mapping[str, Expr]:
        equal: dict[str, Expr] = dict.fromkeys(funders, ONE)
        holding = [code for code in funders if ledger.contribution(code)]
        if not holding:
            return equal
        held = {
            code: ledger.figure(
                f"held.{code}",
                f"Budgets held by {code}, if above zero",
                most(total_of(ledger.contribution(code)), ZERO),
            )
            for code in holding
        }
        return _unless_nothing(ledger, "held", "Budgets", {code: held.get(code, ZERO) for code in funders}, equal)

    def pots(self) -> Iterator[PotUse]:
        """The partner and who pays."""
        yield PotUse("partner", self.partner, PotRole.PARTNER)
        yield PotUse("funded_by", self.funded_by, PotRole.FUNDER)

    def seeks(self, partners: Collection[str]) -> Iterator[tuple[str, Sides]]:
        """What the partner holds: a loss where the floor is one, a gain as well where it has to reach the floor."""
        del partners
        yield self.partner, BOTH_SIDES if self.floor > 0 else frozenset({Side.LOSS})

    def findings(self, at: Standing) -> Iterator[Finding]:
        """A role as funder that the partner is in alone."""
        others = [code for code in at.contract.partners if code != self.partner]
        if self.funded_by in ROLE_POTS and not {entry.code for entry in at.members(self.funded_by)} & set(others):
            found = f"{at}: '{self.funded_by}' are {self.partner} alone, who cannot pay for its own guarantee"
            yield at.error("unfunded", ("funded_by",), found, one_of([*others, *ROLE_POTS]))


def _unless_nothing(
    ledger: Ledger, name: str, label: str, weights: Mapping[str, Expr], otherwise: Mapping[str, Expr]
) -> Mapping[str, Expr]:
    """Weights as they are where they add to more than zero, in each pool; otherwise others."""
    whole = total_of(weights.values())
    total = ledger.figure(f"{name}.total", f"{label}: total of those who pay", whole, WEIGHT, additive=False)
    chosen = {code: when(total, ">", ZERO, weight, otherwise[code]) for code, weight in weights.items()}
    return {
        code: ledger.figure(f"{name}.weight.{code}", f"{label}: {code} weighs", weight, WEIGHT, additive=False)
        for code, weight in chosen.items()
    }
