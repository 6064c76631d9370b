"""guarantee: no partner worse off than stated, paid first by those who gain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from riskshare.contract.ledger import BOTH_SIDES, ROLE_POTS, Ledger
from riskshare.contract.model import Code, Money, Pot, Side
from riskshare.contract.rules.kind import Example, Kind, PotRole, PotUse, size
from riskshare.contract.standing import Standing
from riskshare.formula.language import ZERO, Col, Expr, Part, least, most, total_of
from riskshare.formula.units import MONEY
from riskshare.problems.findings import Finding, one_of


class Guarantee(Kind):
    """What a partner holds below the floor is paid by others: from their gains, then in proportion to their losses.

    Where the others hold neither gains nor losses there is nobody to pay, and nothing moves.
    """

    example: ClassVar[Example] = Example(
        says="MENTAL is never worse off than £50,000: the commissioners pay the other £10,000 as they bear the loss.",
        terms="""
[[pools.rules]]
rule = "guarantee"
clause = "Schedule 9.4, para 11"
partner = "MENTAL"
floor = -50_000
funded_by = "commissioners"
""",
        pots={"CCG": ("-30000", "-37500"), "COUNCIL": ("-10000", "-12500"), "MENTAL": ("-60000", "-50000")},
    )

    rule: Literal["guarantee"]
    partner: Code = Field(description="The partner that is protected")
    floor: Money = Field(description="The least it may hold in each pool, in pounds; a loss is negative")
    funded_by: Pot = Field(description="A partner, or a role: pro rata to what its partners hold")

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
        floor = ledger.term("floor", f"Floor of {self.partner} {ledger.reach}", self.floor, MONEY)
        below = most(floor - ledger.balance(self.partner), ZERO)
        shortfall = ledger.figure("shortfall", f"{self.partner} below its floor", below)
        gains = self._held(ledger, Side.GAIN)
        paid = least(shortfall, total_of(gains.values()))
        from_gains = ledger.figure("from_gains", "Paid from gains", paid)
        self._collect(ledger, Side.GAIN, from_gains, gains)
        rest = ledger.figure("rest", "Still to be paid", shortfall - from_gains)
        self._collect(ledger, Side.LOSS, rest, self._held(ledger, Side.LOSS))

    def _funders(self, ledger: Ledger) -> list[str]:
        codes = [partner.code for partner in ledger.members(self.funded_by)]
        return [code for code in codes if code != self.partner]

    def _held(self, ledger: Ledger, side: Side) -> dict[str, Col]:
        return {
            code: ledger.figure(f"{side}.{code}", f"{side.capitalize()} of {code}", size(ledger.balance(code), side))
            for code in self._funders(ledger)
        }

    def _collect(self, ledger: Ledger, side: Side, amount: Expr, held: dict[str, Col]) -> None:
        divisor = ledger.divisor(f"{side}.share", held.values())
        before: list[Expr] = []
        for code, weight in held.items():
            part = Part(amount, total_of(before), total_of([*before, weight]), divisor)
            paid = ledger.figure(f"{side}.pays.{code}", f"{code} pays", part)
            ledger.move(paid, code, self.partner, BOTH_SIDES)
            ledger.may_hold(code, BOTH_SIDES)
            before.append(weight)

    def pots(self) -> Iterator[PotUse]:
        """The partner and who pays."""
        yield PotUse("partner", self.partner, PotRole.PARTNER)
        yield PotUse("funded_by", self.funded_by, PotRole.FUNDER)

    def findings(self, at: Standing) -> Iterator[Finding]:
        """A role as funder that the partner is in alone."""
        others = [code for code in at.contract.partners if code != self.partner]
        if self.funded_by in ROLE_POTS and not {entry.code for entry in at.members(self.funded_by)} & set(others):
            found = f"{at}: '{self.funded_by}' are {self.partner} alone, who cannot pay for its own guarantee"
            yield at.error("unfunded", ("funded_by",), found, one_of([*others, *ROLE_POTS]))
