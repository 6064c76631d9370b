"""withhold: a fixed percentage of a pot moves to another pot, such as sequestration, reinvestment or a discount."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from riskshare.contract.flows import PartOf
from riskshare.contract.ledger import Ledger
from riskshare.contract.rules.kind import Example, PotRole, PotUse, SidedKind, one_sided, part_of, size
from riskshare.contract.rules.portion import portion
from riskshare.contract.terms import MoneyTerm, PartTerm, Pot
from riskshare.contract.words import Side
from riskshare.formula.language import ONE, Expr, least, most
from riskshare.formula.units import MONEY


class Withhold(SidedKind):
    """A percentage of what the pot holds leaves it, in each pool at most the limit."""

    over_all: ClassVar[bool] = True

    example: ClassVar[Example] = Example(
        says="Of the providers' gain of £20,000, 5% is kept for reinvestment.",
        terms="""
[[pools.rules]]
rule = "withhold"
clause = "Schedule 9.4, para 8"
side = "gain"
from = "providers"
percent = 5
to = "reinvestment"
""",
        pots={"providers": ("20000", "19000"), "reinvestment": ("0", "1000")},
    )

    of_all: ClassVar[frozenset[str]] = frozenset({"percent"})

    rule: Literal["withhold"]
    source: Pot = Field(alias="from", description="The pot that gives")
    percent: PartTerm = Field(description="Percent of what it holds, or a fraction of it")
    limit: MoneyTerm | None = Field(None, description="At most so many pounds in each pool")
    to: Pot = Field(description="The pot that receives")

    def apply(self, ledger: Ledger) -> None:
        """Moves the percentage of the pot's gain, of its loss, or of both."""
        held = ledger.figure("held", f"Held by {self.source}", one_sided(ledger.balance(self.source), self.side))
        cut = portion(ledger, "percent", "Withheld", self.percent)
        wanted = cut(held)
        limit = None
        if self.limit is not None:
            limit = ledger.term("limit", f"At most, {ledger.where_it_holds}", self.limit, MONEY)
        if limit is not None:
            wanted = most(least(ledger.figure("wanted", "Before the limit", wanted), limit), -limit)
        withheld = ledger.figure("withheld", f"To {self.to}", wanted)
        ledger.move(withheld, self.source, self.to, self.sides, lambda held: self._part(held, cut, limit))

    def _part(self, held: Expr, cut: PartOf, limit: Expr | None) -> Expr:
        if limit is None and self.side is Side.BOTH:
            return cut(ONE)
        wanted = cut(size(held, self.side))
        return part_of(wanted if limit is None else least(wanted, limit), held)

    def pots(self) -> Iterator[PotUse]:
        """Both pots."""
        yield PotUse("from", self.source, PotRole.PAYER)
        yield PotUse("to", self.to, PotRole.RECEIVER)
