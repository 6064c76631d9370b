"""What every kind of rule is: terms that pydantic checks, and the steps they expand to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import Field

from riskshare.contract.ledger import BOTH_SIDES, Ledger, Sides
from riskshare.contract.model import Rule, Side
from riskshare.formula.language import ZERO, Expr, least, most, when


@dataclass(frozen=True, slots=True)
class Example:
    """A rule at work in the small alliance of `explain/worked.py`, which computes it; a test holds it to its pots.

    pots: what each pot holds before the rule and after it; with several pools `GRAYS pool` is the pot of one of them.
    """

    says: str
    terms: str
    pots: Mapping[str, tuple[str, str]]
    files: Mapping[str, str] = field(default_factory=dict)


class Kind(Rule, ABC):
    """A kind of rule: subclass it in a file of its own in this folder, and it is part of the language."""

    example: ClassVar[Example]
    first_only: ClassVar[bool] = False
    automatic: ClassVar[bool] = False

    @property
    def qualifier(self) -> str:
        """What tells the rule from others of its kind in a heading, such as the side it works on."""
        side = getattr(self, "side", Side.BOTH)
        return "" if side is Side.BOTH else str(side)

    @abstractmethod
    def apply(self, ledger: Ledger) -> None:
        """Adds the rule's steps to the ledger and moves money between its pots."""

    def pots_named(self) -> Iterator[tuple[str, str]]:
        """The pots that the rule's terms name, each with the key that names it."""
        return iter(())

    @property
    def sides(self) -> Sides:
        """The sides it works on."""
        return BOTH_SIDES


class SidedKind(Kind, ABC):
    """A kind of rule that says whether it works on gains, on losses or on both."""

    side: Side = Field(Side.BOTH, description="gain, loss or both")

    @property
    def sides(self) -> Sides:
        """The sides it works on."""
        return BOTH_SIDES if self.side is Side.BOTH else frozenset({self.side})


def one_sided(balance: Expr, side: Side) -> Expr:
    """The balance where it is on the side, otherwise zero."""
    return {Side.GAIN: most(balance, ZERO), Side.LOSS: least(balance, ZERO), Side.BOTH: balance}[side]


def size(balance: Expr, side: Side) -> Expr:
    """How much of a gain or of a loss the balance is: never negative."""
    return {Side.GAIN: most(balance, ZERO), Side.LOSS: most(-balance, ZERO), Side.BOTH: most(balance, -balance)}[side]


def signed(amount: Expr, balance: Expr, side: Side) -> Expr:
    """A size with its sign again: negative for a loss."""
    negative = -amount
    return {Side.GAIN: amount, Side.LOSS: negative, Side.BOTH: when(balance, "<", ZERO, negative, amount)}[side]
