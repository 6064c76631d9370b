"""reserve: a loss draws on a risk reserve, a gain tops it up."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from riskshare.contract.ledger import POOL, Ledger, Sides
from riskshare.contract.model import MoneyTerm, PercentageTerm, Pot, Side
from riskshare.contract.rules.kind import Example, Kind, PotRole, PotUse, size
from riskshare.formula.language import ZERO, Expr, Running, least, most
from riskshare.formula.units import MONEY, SHARE


class ReserveRule(Kind):
    """The reserve bears a part of each pool's loss, or takes a part of its gain.

    A loss draws at most the limit in each pool, and never more than what is left: pools draw in their order.
    """

    example: ClassVar[Example] = Example(
        says="Of a loss of £80,000 the reserve bears its limit of £60,000, or the £50,000 that it holds: the lower.",
        terms="""
[[pools.rules]]
rule = "reserve"
clause = "Schedule 9.4, para 4"
side = "loss"
reserve = "risk_reserve"
limit = 60_000
""",
        pots={"pool": ("-80000", "-30000"), "risk_reserve": ("0", "-50000")},
    )

    rule: Literal["reserve"]
    side: Literal[Side.GAIN, Side.LOSS] = Field(description="loss: draws on the reserve; gain: tops it up")
    reserve: Pot = Field(description="Code of the reserve")
    percent: PercentageTerm = Field(Decimal(100), description="Percent of the gain or loss")
    limit: MoneyTerm | None = Field(None, description="At most so many pounds in each pool")

    @model_validator(mode="after")
    def _limited(self) -> ReserveRule:
        if self.limit is None and self.percent == 100 and self.side is Side.GAIN:
            raise ValueError("give 'percent' or 'limit', or the reserve would take the whole gain")
        return self

    def apply(self, ledger: Ledger) -> None:
        """Moves what the reserve bears or takes from the pool to the reserve."""
        wanted = self._wanted(ledger)
        if self.side is Side.GAIN:
            ledger.move(wanted, POOL, self.reserve, frozenset({Side.GAIN}))
            return
        drawn = self._drawn(ledger, wanted)
        loss = ledger.figure("borne", f"Borne by {self.reserve}", -drawn)
        ledger.move(loss, POOL, self.reserve, frozenset({Side.LOSS}))

    def _wanted(self, ledger: Ledger) -> Expr:
        amount = ledger.figure("size", f"The pool's {self.side}", size(ledger.balance(POOL), self.side))
        if self.percent != 100:
            percent = ledger.term("percent", f"Percent of the {self.side}", self.percent, SHARE)
            amount = ledger.figure("percent_of", f"Percent of the {self.side}, £", percent * amount)
        if self.limit is None:
            return amount
        limit = ledger.term("limit", f"At most, {ledger.reach}", self.limit, MONEY)
        return ledger.figure("wanted", "Within the limit", least(amount, limit))

    def _drawn(self, ledger: Ledger, wanted: Expr) -> Expr:
        left = most(ledger.reserve_before(self.reserve), ZERO)
        available = ledger.figure("available", "Left in the reserve before this rule", left, additive=False)
        column = ledger.figure("asked", "Asked of the reserve", wanted)
        running = ledger.figure(
            "running", "Asked of the reserve so far, pools in order", Running(column), additive=False
        )
        return ledger.figure("drawn", "Drawn", least(running, available) - least(running - wanted, available))

    def pots(self) -> Iterator[PotUse]:
        """The pool and the reserve."""
        yield PotUse("from", POOL, PotRole.PAYER)
        yield PotUse("reserve", self.reserve, PotRole.RESERVE)

    @property
    def sides(self) -> Sides:
        """The side that draws on the reserve or tops it up."""
        return frozenset({self.side})
