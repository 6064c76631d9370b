"""prorate: what a pot pays out in some pools of a group is cut to what it was paid in others."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import ClassVar, Literal

from pydantic import Field

from riskshare.contract.ledger import Ledger, Sides
from riskshare.contract.rules.kind import Example, Kind, PotRole, PotUse, part_of, signed, size
from riskshare.contract.standing import Standing
from riskshare.contract.terms import Pot
from riskshare.contract.words import Side
from riskshare.formula.language import PENNY, ZERO, Col, Expr, Part, Running, Total, least, most
from riskshare.formula.units import MONEY
from riskshare.problems.findings import Finding


class Prorate(Kind):
    """Over the pools of the group a pot pays out no more than it is paid in, each payment cut in proportion.

    loss: the losses that the pot bears in some pools are cut to the gains that it holds in others. gain: its gains are
    cut to its losses. What is cut goes back to `excess_to`, pool by pool. Where it is paid in enough, nothing is cut.
    """

    example: ClassVar[Example] = Example(
        says="Grays paid £3,620 in and Tilbury is owed £28,700: 12.6% of that is paid, the rest falls on COMMUNITY.",
        terms="""
[[pools.rules]]
rule = "prorate"
clause = "Schedule 9.4, para 11"
from = "CCG"
excess_to = "COMMUNITY"
""",
        pots={
            "GRAYS CCG": ("3620", "3620"),
            "TILBURY CCG": ("-28700", "-3620"),
            "TILBURY COMMUNITY": ("0", "-25080"),
        },
    )

    rule: Literal["prorate"]
    source: Pot = Field(alias="from", description="The pot that is paid in some pools and pays in others")
    side: Literal[Side.GAIN, Side.LOSS] = Field(
        Side.LOSS, description="loss: what it bears is cut; gain: what it takes"
    )
    excess_to: Pot = Field(description="The pot that bears, or takes, what is cut")

    def apply(self, ledger: Ledger) -> None:
        """Moves what each pool's payment is cut by."""
        out, outs = self._sized(ledger, "out", f"Paid out by {self.source}", self.side)
        _, ins = self._sized(ledger, "in", f"Paid in to {self.source}", self._opposite)
        paid = ledger.figure("covered", "Paid out in all", least(outs, ins), additive=False)
        upto = ledger.figure("upto", "Paid out, running total", Running(out), MONEY, additive=False)
        divisor = ledger.divisor("share", [outs])
        left = ledger.figure("paid", "Paid out after the cut", Part(paid, upto - out, upto, divisor))
        cut = ledger.figure("cut", f"Cut, to {self.excess_to}", out - left)
        part = partial(self._part, outs - out, ins)
        ledger.move(signed(cut, ZERO, self.side), self.source, self.excess_to, self.sides, part)

    def _part(self, of_others: Expr, ins: Expr, held: Expr) -> Expr:
        """What part of what the pot holds is cut: of all that is paid out, what was not paid in."""
        out = size(held, self.side)
        every = of_others + out
        return most(every - ins, ZERO) / most(every, PENNY) * part_of(out, held)

    @property
    def _opposite(self) -> Side:
        return Side.GAIN if self.side is Side.LOSS else Side.LOSS

    def _sized(self, ledger: Ledger, name: str, label: str, side: Side) -> tuple[Col, Col]:
        own = ledger.figure(name, label, size(ledger.balance(self.source), side))
        total = Total(ledger.circumstances.table, own.name)
        return own, ledger.figure(f"{name}.all", f"{label}, all pools", total, additive=False)

    def pots(self) -> Iterator[PotUse]:
        """Both pots."""
        yield PotUse("from", self.source, PotRole.PAYER)
        yield PotUse("excess_to", self.excess_to, PotRole.RECEIVER)

    def findings(self, at: Standing) -> Iterator[Finding]:
        """A group of one pool, where nothing is paid in that could be paid out."""
        if len(at.pools) == 1:
            found = f"{at}: '{at.pool.code}' is one pool, so that nobody else pays in and nothing is paid out"
            action = "Give the pool for_each or a table, or leave the rule out."
            yield at.warning("prorate-of-one", (), found, "two pools or more", action)

    @property
    def sides(self) -> Sides:
        """The side that is cut."""
        return frozenset({self.side})
