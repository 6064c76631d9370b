"""ring_fence: the net underspend of a ring-fenced fund leaves for its reserve before anything is shared (automatic)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from riskshare.contract.circumstances import Circumstances
from riskshare.contract.ledger import POOL, Ledger, ring_fence_name
from riskshare.contract.rules.kind import Automatic, Example, Kind, PotRole, PotUse
from riskshare.contract.terms import Pot
from riskshare.contract.words import Side


class RingFenceRule(Kind):
    """Ring-fenced money that is not spent on its purpose is never distributable; an overspend stays in the pool.

    Nobody writes this rule: it follows from `ring_fence` on the fund, net over the funds that share a reserve.
    over = "fund": the reserve keeps what the funds left unspent over all their lines, in pools or not, and never less
    than nothing. The pools that underspent them give it first, in proportion to what each left unspent; the rest comes
    from those who hold such lines outside the pools. over = "pool": each pool gives all that it left unspent.
    """

    automatic: ClassVar[bool] = True

    example: ClassVar[Example] = Example(
        says="The grant is underspent by £15,000 of a gain of £40,000: it leaves for its reserve, £25,000 is shared.",
        terms="""
[[funds]]
code = "grant"
name = "Public health grant"
family = "public_health"
holder = "COUNCIL"
arrangement = "aligned"
clause = "Public health ring-fenced grant circular"
ring_fence = { purpose = "public health functions", underspend_to = "grant_reserve" }
""",
        pots={"pool": ("40000", "25000"), "grant_reserve": ("0", "15000")},
        files={"lines": "line,fund,budget,outturn\nchecks,grant,120000,105000\nnurses,core,600000,575000\n"},
    )

    rule: Literal["ring_fence"]
    reserve: Pot = Field(description="The reserve that keeps the underspend")

    @classmethod
    def following(cls, circumstances: Circumstances) -> Iterator[Automatic]:
        """One for each reserve that ring-fenced lines of the pool pay into, under the clause of its first fund."""
        funds = circumstances.model.funds
        for code in circumstances.ring_fenced:
            first = next(
                number for number, fund in enumerate(funds) if fund.ring_fence and fund.ring_fence.underspend_to == code
            )
            rule = cls(rule="ring_fence", clause=funds[first].clause, reserve=code)
            yield Automatic(rule, ring_fence_name(code), ("funds", first))

    @property
    def qualifier(self) -> str:
        """Its reserve."""
        return self.reserve

    def apply(self, ledger: Ledger) -> None:
        """Moves what each pool gives of the funds' underspend to the reserve."""
        kept = ledger.circumstances.ring_fenced[self.reserve]
        underspend = ledger.figure("underspend", f"Ring-fenced underspend, to {self.reserve}", kept)
        ledger.move(underspend, POOL, self.reserve, frozenset({Side.GAIN}))

    def pots(self) -> Iterator[PotUse]:
        """The reserve."""
        yield PotUse("reserve", self.reserve, PotRole.RESERVE)
