"""outcomes: a pot earns its money by an outcome score; what is not earned goes elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from riskshare.contract.ledger import Ledger, Sides
from riskshare.contract.model import FilePath, Percentage, Pot, Side
from riskshare.contract.rules.kind import Example, FileKind, Kind, PotRole, PotUse, one_sided
from riskshare.contract.standing import Standing
from riskshare.formula.language import ONE, ZERO, Col, Expr, Total, least, most, when
from riskshare.formula.units import POINTS, SHARE, WEIGHT, score
from riskshare.problems.findings import Finding


class Outcomes(Kind):
    """The pot keeps its gain times the score, or is relieved of a loss by its score; the rest moves to another pot.

    The score is the weighted mean of the measures of the pool and of those for every pool, rounded as stated. A gain:
    the part that is kept is the score. A loss: it is 1 - rate x score, held between floor and ceiling.

    A measure scores between 0 and 1. linear: 0 at the baseline, 1 at the target. gap_to_goal: 0 up to half the target,
    then straight to 1 at the target. all_or_nothing: 1 at the target or better, otherwise 0.
    """

    example: ClassVar[Example] = Example(
        says="Quits reach 60% of the way to their target: the providers keep 60% of £10,000 and forfeit the rest.",
        terms="""
[[pools.rules]]
rule = "outcomes"
clause = "Schedule 3, part B"
side = "gain"
from = "providers"
measures = "inputs/outcomes.csv"
floor = 40
forfeited_to = "commissioners"
""",
        pots={"providers": ("10000", "6000"), "commissioners": ("0", "4000")},
        files={"outcomes": "measure,weight,method,better,baseline,target,result\nquits,1,linear,higher,100,200,160\n"},
    )

    rule: Literal["outcomes"]
    side: Literal[Side.GAIN, Side.LOSS] = Field(
        Side.GAIN, description="gain: earned by the score; loss: relieved by it"
    )
    source: Pot = Field(alias="from", description="The pot that earns its gain, or is relieved of its loss")
    measures: FilePath = Field(description="Table: measure,name,pool,weight,method,better,baseline,target,result")
    rate: Percentage = Field(Decimal(100), description="loss: percent of the score that relieves it")
    floor: Percentage = Field(Decimal(0), description="gain: a lower score earns nothing; loss: the least that is kept")
    ceiling: Percentage = Field(Decimal(100), description="gain: a higher score counts as this; loss: the most kept")
    decimals: Annotated[int, Field(ge=0, le=4, strict=True)] = Field(2, description="Decimals of the score, in percent")
    forfeited_to: Pot = Field(description="The pot that takes what is not kept")

    @model_validator(mode="after")
    def _ordered(self) -> Outcomes:
        if self.floor > self.ceiling:
            raise ValueError("'floor' must not be higher than 'ceiling'")
        if self.side is Side.GAIN and self.rate != 100:
            raise ValueError("'rate' is for the side 'loss'; a gain is earned by the whole score")
        return self

    def apply(self, ledger: Ledger) -> None:
        """Moves the part that is not kept to `forfeited_to`."""
        held = ledger.figure("held", f"{self.side.capitalize()} of {self.source}", self._held(ledger))
        counted = self._counted(ledger) if self.side is Side.GAIN else self._kept_of_loss(ledger)
        kept = ledger.figure("kept", "Kept", held * counted)
        forfeited = ledger.figure("forfeited", f"Not kept, to {self.forfeited_to}", held - kept)
        ledger.move(forfeited, self.source, self.forfeited_to, self.sides)

    def _held(self, ledger: Ledger) -> Expr:
        return one_sided(ledger.balance(self.source), self.side)

    def _kept_of_loss(self, ledger: Ledger) -> Col:
        reached = ledger.figure("score", "Score reached", self._mean(ledger), score(self.decimals))
        rate = ledger.term("rate", "Rate of relief", self.rate, SHARE)
        floor = ledger.term("floor", "Least part kept", self.floor, SHARE)
        ceiling = ledger.term("ceiling", "Most kept", self.ceiling, SHARE)
        kept = least(most(ONE - rate * reached, floor), ceiling)
        return ledger.figure("counted", "Part of the loss that is kept", kept, SHARE)

    def _counted(self, ledger: Ledger) -> Col:
        reached = ledger.figure("score", "Score reached", self._mean(ledger), score(self.decimals))
        floor = ledger.term("floor", "Floor of the score", self.floor, SHARE)
        ceiling = ledger.term("ceiling", "Ceiling of the score", self.ceiling, SHARE)
        held = when(reached, "<", floor, ZERO, least(reached, ceiling))
        return ledger.figure("counted", "Score that counts", held, score(self.decimals))

    def _mean(self, ledger: Ledger) -> Expr:
        table = ledger.circumstances.files.measures[self.measures]
        own, every = (("pool", Col("pool")),), (("pool", "every pool"),)
        weights = Total(table, "weight", own) + Total(table, "weight", every)
        weight = ledger.figure("weights", "Weights of the measures", weights, WEIGHT)
        points = Total(table, "points", own) + Total(table, "points", every)
        return ledger.figure("points", "Weight x score of the measures", points, POINTS) / weight

    def pots(self) -> Iterator[PotUse]:
        """Both pots."""
        yield PotUse("from", self.source, PotRole.PAYER)
        yield PotUse("forfeited_to", self.forfeited_to, PotRole.RECEIVER)

    def files(self) -> Iterator[tuple[FileKind, str]]:
        """Its measures."""
        yield FileKind.MEASURES, self.measures

    def findings(self, at: Standing) -> Iterator[Finding]:
        """Pools for which the measures have no weight: their score would be nothing divided by nothing."""
        measured = at.contract.measured.get(self.measures, frozenset({""}))
        for code in at.pools if "" not in measured else ():
            if code not in measured:
                found = f"{at}: {self.measures} has no measure with a weight for pool '{code}'"
                action = "Give it a measure, or leave 'pool' empty in one for all pools"
                yield at.error("no-measures", ("measures",), found, "", action)

    @property
    def sides(self) -> Sides:
        """Its side alone."""
        return frozenset({self.side})
