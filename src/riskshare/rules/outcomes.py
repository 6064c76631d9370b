"""outcomes: a pot earns its money by an outcome score; what is not earned goes elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from riskshare.formula.language import ZERO, Col, Expr, Total, least, most, when
from riskshare.formula.units import POINTS, SHARE, WEIGHT, score
from riskshare.ledger import Ledger
from riskshare.model import FilePath, Percentage, Pot, Side
from riskshare.rules.kind import Kind


class Outcomes(Kind):
    """The pot keeps its gain times the score; the rest is forfeited.

    The score is the weighted mean of the measures of the pool and of those for every pool, rounded as stated.
    """

    rule: Literal["outcomes"]
    side: Literal[Side.GAIN] = Field(Side.GAIN, description="gain")
    source: Pot = Field(alias="from", description="The pot that earns its gain")
    measures: FilePath = Field(description="Table: measure,name,pool,weight,method,better,baseline,target,result")
    floor: Percentage = Field(Decimal(0), description="A score below it earns nothing")
    ceiling: Percentage = Field(Decimal(100), description="A score above it counts as this")
    decimals: Annotated[int, Field(ge=0, le=4)] = Field(2, description="Decimals of the score, in percent")
    forfeited_to: Pot = Field(description="The pot that takes what is not earned")

    @model_validator(mode="after")
    def _ordered(self) -> Outcomes:
        if self.floor > self.ceiling:
            raise ValueError("'floor' must not be higher than 'ceiling'")
        return self

    def apply(self, ledger: Ledger) -> None:
        """Moves the part that is not earned to `forfeited_to`."""
        gain = ledger.figure("gain", f"Gain of {self.source}", most(ledger.balance(self.source), ZERO))
        counted = self._counted(ledger)
        earned = ledger.figure("earned", "Earned", gain * counted)
        forfeited = ledger.figure("forfeited", "Forfeited", gain - earned)
        ledger.move(forfeited, self.source, self.forfeited_to, frozenset({Side.GAIN}))

    def _counted(self, ledger: Ledger) -> Col:
        reached = ledger.figure("score", "Score reached", self._mean(ledger), score(self.decimals))
        floor = ledger.term("floor", "Floor of the score", self.floor / 100, SHARE)
        ceiling = ledger.term("ceiling", "Ceiling of the score", self.ceiling / 100, SHARE)
        held = when(reached, "<", floor, ZERO, least(reached, ceiling))
        return ledger.figure("counted", "Score that counts", held, score(self.decimals))

    def _mean(self, ledger: Ledger) -> Expr:
        table = ledger.circumstances.measures[self.measures]
        own, every = (("pool", Col("pool")),), (("pool", "every pool"),)
        weights = Total(table, "weight", own) + Total(table, "weight", every)
        weight = ledger.figure("weights", "Weights of the measures", weights, WEIGHT)
        points = Total(table, "points", own) + Total(table, "points", every)
        return ledger.figure("points", "Weight x score of the measures", points, POINTS) / weight

    def pots_named(self) -> Iterator[tuple[str, str]]:
        """Both pots."""
        yield "from", self.source
        yield "forfeited_to", self.forfeited_to
