"""What every kind of rule is: terms that pydantic checks, and the steps they expand to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from riskshare.contract.circumstances import Circumstances
from riskshare.contract.ledger import BOTH_SIDES, Ledger, Sides
from riskshare.contract.model import Rule, Scope
from riskshare.contract.standing import Path, Standing
from riskshare.contract.terms import ColumnTerm, ColumnUse, Concept
from riskshare.contract.words import Side
from riskshare.formula.language import ZERO, Expr, least, most, when
from riskshare.problems.findings import Finding


class PotRole(StrEnum):
    """What a pot is to the rule that names it, and so what is checked of it.

    payer: money leaves it, so an earlier rule moved some to it. funder: a partner, or the partners of a role, who pay
    whatever they hold. receiver: money arrives. partner, reserve: one that the model declares. opening: a reserve whose
    opening balance comes in, once.
    """

    PAYER = "payer"
    FUNDER = "funder"
    RECEIVER = "receiver"
    PARTNER = "partner"
    RESERVE = "reserve"
    OPENING = "opening"


@dataclass(frozen=True, slots=True)
class PotUse:
    """A pot that a rule works on: the key that names it (inside a table, the keys down to it), and its role."""

    key: str | Path
    pot: str
    role: PotRole

    @property
    def keys(self) -> Path:
        """The key as a path inside the rule."""
        return (self.key,) if isinstance(self.key, str) else self.key


class FileKind(StrEnum):
    """What a file that a rule reads holds."""

    CASES = "cases"
    MEASURES = "measures"
    BEYOND = "measures that count beyond their targets"
    KEYS = "keys"


@dataclass(frozen=True, slots=True)
class ColumnShares:
    """Shares that columns of the pools' table give: in every row they add to 100%, or to less where a rest is left.

    stated: what is written in the model file, as a part of 1.
    """

    title: str
    stated: Decimal
    columns: tuple[str, ...]
    rest: bool


@dataclass(frozen=True, slots=True)
class Automatic:
    """A rule that nobody writes: the name of its steps, and where the key that it follows from stands."""

    rule: Kind
    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Example:
    """A rule at work in the small alliance of `rulebook/worked.py`, which computes it; a test holds it to its pots.

    pots: what each pot holds before the rule and after it, any pots and any pounds and pence; with several pools
    `GRAYS pool` is the pot of one of them. partners: tables of its own, in place of the alliance's.
    """

    says: str
    terms: str
    pots: Mapping[str, tuple[str, str]]
    files: Mapping[str, str] = field(default_factory=dict)
    partners: str = ""


class Kind(Rule, ABC):
    """A kind of rule: subclass it in a file of its own in this folder, and it is part of the language."""

    example: ClassVar[Example]
    first_only: ClassVar[bool] = False
    automatic: ClassVar[bool] = False
    over_all: ClassVar[bool] = False
    """Whether it can also stand in `[[overall.rules]]`: it needs the pots of accounts alone, not a pool's lines."""
    of_all: ClassVar[frozenset[str]] = frozenset()
    """Its percentages of which 100 means all of a pot or of a score: below 1 they are probably fractions."""

    @property
    def qualifier(self) -> str:
        """What tells the rule from others of its kind in a heading, such as the side it works on."""
        side = getattr(self, "side", Side.BOTH)
        return "" if side is Side.BOTH else str(side)

    @abstractmethod
    def apply(self, ledger: Ledger) -> None:
        """Adds the rule's steps to the ledger and moves money between its pots."""

    def pots(self) -> Iterator[PotUse]:
        """The pots it works on, each with the key that names it and its role: a wrong name is a finding."""
        return iter(())

    def releases(self) -> Iterator[PotUse]:
        """The pots whose money it puts to another use: those it is paid from, and a balance that it brings in."""
        yield from (use for use in self.pots() if use.role in (PotRole.PAYER, PotRole.OPENING))

    def seeks(self, partners: Collection[str]) -> Iterator[tuple[str, Sides]]:
        """The pots in which it does nothing unless they hold something, and on which sides: those it is paid from.

        Args: the codes of the partners, for a rule whose partners pay whatever they hold.
        """
        del partners
        for pot in sorted({use.pot for use in self.pots() if use.role is PotRole.PAYER}):
            yield pot, self.sides

    def files(self) -> Iterator[tuple[FileKind, str]]:
        """The user's files it reads, and what they hold."""
        return iter(())

    def findings(self, at: Standing) -> Iterator[Finding]:
        """What is wrong or doubtful with its own terms where it stands; its pots are checked by their roles."""
        return iter(())

    def takes_out(self) -> Scope | None:
        """The lines it takes out of the pool, if it is a rule that does so."""
        return None

    def stated_parts(self, at: Standing) -> Mapping[str, Decimal]:
        """By partner the part of a pot that it gets, where the contract states it in figures."""
        del at
        return {}

    def columns(self) -> Iterator[tuple[str, ColumnUse]]:
        """The columns of the pools' table that its terms are taken from, and what each is used as."""
        yield from ((term.column, term.use) for term in columns_in(self))

    def column_shares(self) -> Iterator[ColumnShares]:
        """Its shares that vary by pool and have to add up in every row of the pools' table."""
        return iter(())

    @classmethod
    def following(cls, circumstances: Circumstances) -> Iterator[Automatic]:
        """The rules of this kind that nobody writes, since they follow from something else in the model."""
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


def part_of(amount: Expr, held: Expr) -> Expr:
    """What part of what a pot holds an amount of it is; what it holds is not zero."""
    return amount / size(held, Side.BOTH)


def columns_in(entry: object) -> Iterator[ColumnTerm]:
    """The terms that are taken from columns, at any depth."""
    if isinstance(entry, ColumnTerm):
        yield entry
    elif isinstance(entry, Concept):
        for name in type(entry).model_fields:
            yield from columns_in(getattr(entry, name))
    elif isinstance(entry, Mapping | tuple):
        for inner in entry.values() if isinstance(entry, Mapping) else entry:
            yield from columns_in(inner)


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
