"""decision: a recorded decision of the board moves a stated amount."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from riskshare.contract.ledger import BOTH_SIDES, Ledger, Sides
from riskshare.contract.records import RecordedDecision
from riskshare.contract.rules.kind import Example, Kind, PotRole, PotUse
from riskshare.contract.standing import Standing
from riskshare.contract.terms import MONEY_LIMIT, ExactNumber, Pot, Text
from riskshare.problems.findings import Finding, did_you_mean, one_of

YEARS_TO_SETTLE = 3
MovedMoney = Annotated[ExactNumber, Field(gt=0, lt=MONEY_LIMIT, decimal_places=2), "pounds"]


class Decision(Kind):
    """A stated amount moves from one pot to another in one pool, whatever the rules say; shown in its own colour."""

    over_all: ClassVar[bool] = True

    example: ClassVar[Example] = Example(
        says="The board minutes that the council pays £10,000 of transport costs to the community provider.",
        terms="""
[[pools.rules]]
rule = "decision"
clause = "Board minute 7.2"
date = 2022-05-19
from = "COUNCIL"
to = "COMMUNITY"
amount = 10_000
reason = "Transport costs accepted"
""",
        pots={"COUNCIL": ("15000", "5000"), "COMMUNITY": ("5000", "15000")},
    )

    rule: Literal["decision"]
    minuted_on: date = Field(alias="date", description="Date of the minute")
    source: Pot = Field(alias="from", description="The pot that gives")
    to: Pot = Field(description="The pot that receives")
    amount: MovedMoney = Field(description="Pounds moved")
    pool: Pot | None = Field(None, description="The pool it is for; left out where there is only one")
    reason: Text = Field(description="What was decided")

    def apply(self, ledger: Ledger) -> None:
        """Moves the amount in its pool."""
        pools = ledger.circumstances.pools
        pool = self.pool or pools[0]
        key = f"{ledger.circumstances.pool.code}.{ledger.rule_name}"
        recorded = RecordedDecision(
            key,
            pool,
            self.amount,
            self.source,
            self.to,
            self.clause,
            self.minuted_on.isoformat(),
            self.reason,
            ledger.path,
        )
        amount = ledger.figure("amount", f"Decided: from {self.source} to {self.to}", ledger.record(recorded))
        ledger.move(amount, self.source, self.to, BOTH_SIDES)
        ledger.may_hold(self.source, BOTH_SIDES)

    def pots(self) -> Iterator[PotUse]:
        """Both pots."""
        yield PotUse("from", self.source, PotRole.PAYER)
        yield PotUse("to", self.to, PotRole.RECEIVER)

    def seeks(self, partners: Collection[str]) -> Iterator[tuple[str, Sides]]:
        """What a pot on the way holds; a partner pays what was decided whatever it holds."""
        yield from (sought for sought in super().seeks(partners) if sought[0] not in partners)

    def findings(self, at: Standing) -> Iterator[Finding]:
        """A pool that is not stated or unknown; a minute from before the agreement and the year, or long after it."""
        if self.pool is None and len(at.pools) != 1:
            found = f"{at} doesn't say for which pool"
            yield at.error("decision-pool", ("pool",), found, one_of(at.pools), "Add pool = ...")
        elif self.pool is not None and self.pool not in at.pools:
            found, action = f"{at}: no pool '{self.pool}'", did_you_mean(self.pool, at.pools)
            yield at.error("decision-pool", ("pool",), found, one_of(at.pools), action)
        model = at.contract.model
        first = min(model.starts_on, model.agreed_on or model.starts_on)
        last = date(model.starts_on.year + 1 + YEARS_TO_SETTLE, 3, 31)
        if not first <= self.minuted_on <= last:
            found = f"{at}: date = {self.minuted_on}, outside the agreement and its year {model.financial_year}"
            yield at.warning("decision-date", ("date",), found, f"{first} to {last}", "Check the minute.")
