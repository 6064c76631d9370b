"""decision: a recorded decision of the board moves a stated amount."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from riskshare.contract.ledger import BOTH_SIDES, Ledger, RecordedDecision
from riskshare.contract.model import MONEY_LIMIT, Number, Pot, Text
from riskshare.contract.rules.kind import Example, Kind

MovedMoney = Annotated[Number, Field(gt=0, lt=MONEY_LIMIT, decimal_places=2), "pounds"]


class Decision(Kind):
    """A stated amount moves from one pot to another in one pool, whatever the rules say; shown in its own colour."""

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

    def pots_named(self) -> Iterator[tuple[str, str]]:
        """Both pots."""
        yield "from", self.source
        yield "to", self.to
