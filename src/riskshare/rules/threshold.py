"""threshold: a small variance is not shared at all, or only what exceeds it is."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from riskshare.formula.language import ZERO, Expr, least, when
from riskshare.formula.units import MONEY, SHARE
from riskshare.ledger import POOL, UNSHARED, Ledger
from riskshare.model import Percentage, PositiveMoney
from riskshare.rules.kind import SidedKind, one_sided, signed, size


class Threshold(SidedKind):
    """A variance below the threshold is not shared; at the threshold it counts as past it.

    first_pound: past it, all of the variance is shared. excess_only: the part up to the threshold stays unshared.
    """

    rule: Literal["threshold"]
    percent: Percentage | None = Field(None, description="Threshold, % of the target")
    amount: PositiveMoney | None = Field(None, description="Threshold in pounds, instead of percent")
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
        ledger.move(unshared, POOL, UNSHARED, self.sides)

    def _limit(self, ledger: Ledger) -> Expr:
        if self.amount is not None:
            return ledger.term("amount", "Threshold", self.amount, MONEY)
        percent = ledger.term("percent", "Threshold, % of target", (self.percent or Decimal(0)) / 100, SHARE)
        return ledger.figure("limit", "Threshold", percent * ledger.target)

    def _kept(self, balance: Expr, variance: Expr, limit: Expr) -> Expr:
        if self.basis == "first_pound":
            return when(variance, ">=", limit, ZERO, one_sided(balance, self.side))
        return signed(least(variance, limit), balance, self.side)

    def pots_named(self) -> Iterator[tuple[str, str]]:
        """The threshold names none: what it keeps back is `unshared`."""
        return iter(())
