"""net: gains of some pools of the group cover losses of others, pro rata on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from riskshare.contract.ledger import NETTED, POOL, Ledger
from riskshare.contract.model import Side
from riskshare.contract.rules.kind import Example, Kind, size
from riskshare.contract.standing import Standing
from riskshare.contract.terms import Code
from riskshare.formula.language import Col, Expr, Part, Running, Total, least
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
        self._move(ledger, Side.GAIN, self._part(ledger, Side.GAIN, covered, gain, gains))
        self._move(ledger, Side.LOSS, -self._part(ledger, Side.LOSS, covered, loss, losses))

    def _sized(self, ledger: Ledger, side: Side) -> tuple[Col, Col]:
        own = ledger.figure(str(side), f"{side.capitalize()} of the pool", size(ledger.balance(POOL), side))
        total = Total(ledger.circumstances.table, own.name)
        return own, ledger.figure(f"{side}.all", f"{side.capitalize()} of all pools", total, MONEY, additive=False)

    def _part(self, ledger: Ledger, side: Side, covered: Expr, own: Col, total: Expr) -> Col:
        upto = ledger.figure(f"{side}.upto", f"{side.capitalize()}, running total", Running(own), MONEY, additive=False)
        divisor = ledger.divisor(f"{side}.share", [total])
        return ledger.figure(
            f"{side}.set_off", f"{side.capitalize()} set off", Part(covered, upto - own, upto, divisor)
        )

    def _move(self, ledger: Ledger, side: Side, amount: Expr) -> None:
        ledger.move(amount, POOL, NETTED, frozenset({side}))

    def findings(self, at: Standing) -> Iterator[Finding]:
        """Another group, or a group of one pool."""
        if self.across != at.pool.code:
            found = f"{at}: gains and losses are set off across '{self.across}'"
            yield at.error("net-across", ("across",), found, f"the pool itself, '{at.pool.code}'")
        elif len(at.pools) == 1:
            found = f"{at}: '{self.across}' is one pool, so that there is nothing to set off"
            action = "Give the pool for_each or a table, or leave the rule out."
            yield at.warning("net-of-one", ("across",), found, "two pools or more", action)
