"""net: gains of some pools of the group cover losses of others, pro rata on both sides."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from typing import ClassVar, Literal

from pydantic import Field

from riskshare.contract.ledger import NETTED, POOL, Ledger, Sides
from riskshare.contract.rules.kind import Example, Kind, PotRole, PotUse, part_of, size
from riskshare.contract.standing import Standing
from riskshare.contract.terms import Code
from riskshare.contract.words import Side
from riskshare.formula.language import PENNY, Col, Expr, Part, Running, Total, least, most
from riskshare.formula.units import MONEY
from riskshare.problems.findings import Finding


class Net(Kind):
    """What the gains and the losses of the group's pools have in common is set off between them.

    Each pool with a gain gives, and each with a loss receives, in proportion to its gain or loss.
    """

    example: ClassVar[Example] = Example(
        says="Grays gained £150,000 and Tilbury lost £100,000: the loss is covered, and Grays keeps £50,000.",
        terms="""
[[pools.rules]]
rule = "net"
clause = "Schedule 9.4, para 3"
across = "locality"
""",
        pots={
            "GRAYS pool": ("150000", "50000"),
            "GRAYS netted": ("0", "100000"),
            "TILBURY pool": ("-100000", "0"),
            "TILBURY netted": ("0", "-100000"),
        },
    )

    rule: Literal["net"]
    across: Code = Field(description="The pool group itself: its pools cover each other")

    def apply(self, ledger: Ledger) -> None:
        """Moves the part of each gain that covers losses, and the part of each loss that is covered."""
        gain, gains = self._sized(ledger, Side.GAIN)
        loss, losses = self._sized(ledger, Side.LOSS)
        covered = ledger.figure("covered", "Set off in all", least(gains, losses), additive=False)
        of_gains = partial(self._part, Side.GAIN, gains - gain, losses)
        ledger.move(self._cut(ledger, Side.GAIN, covered, gain, gains), POOL, NETTED, frozenset({Side.GAIN}), of_gains)
        of_losses = partial(self._part, Side.LOSS, losses - loss, gains)
        set_off = -self._cut(ledger, Side.LOSS, covered, loss, losses)
        ledger.move(set_off, POOL, NETTED, frozenset({Side.LOSS}), of_losses)

    def _sized(self, ledger: Ledger, side: Side) -> tuple[Col, Col]:
        own = ledger.figure(str(side), f"{side.capitalize()} of the pool", size(ledger.balance(POOL), side))
        total = Total(ledger.circumstances.table, own.name)
        return own, ledger.figure(f"{side}.all", f"{side.capitalize()} of all pools", total, MONEY, additive=False)

    def _cut(self, ledger: Ledger, side: Side, covered: Expr, own: Col, total: Expr) -> Col:
        upto = ledger.figure(f"{side}.upto", f"{side.capitalize()}, running total", Running(own), MONEY, additive=False)
        divisor = ledger.divisor(f"{side}.share", [total])
        return ledger.figure(
            f"{side}.set_off", f"{side.capitalize()} set off", Part(covered, upto - own, upto, divisor)
        )

    def _part(self, side: Side, of_others: Expr, opposite: Expr, held: Expr) -> Expr:
        """What part of what the pool holds is set off: that of all its side which the other side covers."""
        every = of_others + size(held, side)
        return least(every, opposite) / most(every, PENNY) * part_of(size(held, side), held)

    def pots(self) -> Iterator[PotUse]:
        """The pool."""
        yield PotUse("from", POOL, PotRole.PAYER)

    def seeks(self, partners: Collection[str]) -> Iterator[tuple[str, Sides]]:
        """Gains and losses: with one of them alone there is nothing to set off."""
        del partners
        yield POOL, frozenset({Side.GAIN})
        yield POOL, frozenset({Side.LOSS})

    def findings(self, at: Standing) -> Iterator[Finding]:
        """Another group, or a group of one pool."""
        if self.across != at.pool.code:
            found = f"{at}: gains and losses are set off across '{self.across}'"
            yield at.error("net-across", ("across",), found, f"the pool itself, '{at.pool.code}'")
        elif len(at.pools) == 1:
            found = f"{at}: '{self.across}' is one pool, so that there is nothing to set off"
            action = "Give the pool for_each or a table, or leave the rule out."
            yield at.warning("net-of-one", ("across",), found, "two pools or more", action)
