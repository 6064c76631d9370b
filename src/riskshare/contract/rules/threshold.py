"""threshold: a small variance is not shared at all, or only what exceeds it is."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from riskshare.contract.ledger import POOL, UNSHARED, Ledger
from riskshare.contract.rules.kind import Example, PotRole, PotUse, SidedKind, one_sided, part_of, signed, size
from riskshare.contract.terms import MoneyTerm, PercentageTerm
from riskshare.formula.language import ZERO, Expr, least, when
from riskshare.formula.units import MONEY, SHARE


class Threshold(SidedKind):
    """A variance below the threshold is not shared; at the threshold it counts as past it.

    first_pound: past it, all of the variance is shared. excess_only: the part up to the threshold stays unshared.
    """

    example: ClassVar[Example] = Example(
        says="A gain of £30,000 is past 1% of a target of £1,000,000: the first £10,000 stays, £20,000 goes on.",
        terms="""
[[pools.rules]]
rule = "threshold"
clause = "Schedule 9.4, para 5"
side = "both"
percent = 1.0
basis = "excess_only"
""",
        pots={"pool": ("30000", "20000"), "unshared": ("0", "10000")},
    )

    rule: Literal["threshold"]
    percent: PercentageTerm | None = Field(None, description="Threshold, % of the target")
    amount: MoneyTerm | None = Field(None, description="Threshold in pounds, instead of percent")
    basis: Literal["first_pound", "excess_only"] = Field("first_pound", description="What is shared past the threshold")

    @model_validator(mode="after")
    def _one_measure(self) -> Threshold:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("give either 'percent' (of the target) or 'amount' (pounds)")
        return self

    def apply(self, ledger: Ledger) -> None:
        """Moves what is not past the threshold to `unshared`."""
        balance = ledger.balance(POOL)
        limit = self._limit(ledger)
        variance = ledger.figure("size", "Size of the variance", size(balance, self.side))
        kept = self._kept(balance, variance, limit)
        unshared = ledger.figure("unshared", "Not shared", kept)
        ledger.move(unshared, POOL, UNSHARED, self.sides, lambda held: self._part(held, limit))

    def _limit(self, ledger: Ledger) -> Expr:
        if self.amount is not None:
            return ledger.term("amount", "Threshold", self.amount, MONEY)
        percent = ledger.term("percent", "Threshold, % of target", self.percent or Decimal(0), SHARE)
        return ledger.figure("limit", "Threshold", percent * ledger.target)

    def _kept(self, balance: Expr, variance: Expr, limit: Expr) -> Expr:
        if self.basis == "first_pound":
            return when(variance, ">=", limit, ZERO, one_sided(balance, self.side))
        return signed(least(variance, limit), balance, self.side)

    def _part(self, held: Expr, limit: Expr) -> Expr:
        variance = size(held, self.side)
        kept = when(variance, "<", limit, variance) if self.basis == "first_pound" else least(variance, limit)
        return part_of(kept, held)

    def pots(self) -> Iterator[PotUse]:
        """It works on the pool; what it keeps back is `unshared`."""
        yield PotUse("from", POOL, PotRole.PAYER)
