"""net: gains of some pools of the group cover losses of others, pro rata on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from riskshare.contract.ledger import NETTED, POOL, Ledger
from riskshare.contract.model import Code, Side
from riskshare.contract.rules.kind import Example, Kind, size
from riskshare.formula.language import Col, Expr, Part, Running, Total, least
from riskshare.formula.units import MONEY


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

    def pots_named(self) -> Iterator[tuple[str, str]]:
        """It names none."""
        return iter(())
