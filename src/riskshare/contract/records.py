"""Records: what rules leave behind for later tables: terms, decisions of the board, changes of targets, stages."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from riskshare.formula.language import Col, Expr
from riskshare.formula.units import Unit


@dataclass(frozen=True, slots=True)
class Term:
    """One number of the contract: a cell on Terms that every pool of the group reads."""

    key: str
    pool: str
    rule: str
    title: str
    clause: str
    label: str
    unit: Unit
    value: Decimal
    path: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """A decision of the board: a stated amount from one pot to another, in one pool."""

    key: str
    pool: str
    amount: Decimal
    source: str
    to: str
    clause: str
    minuted_on: str
    reason: str
    path: tuple[str | int, ...]

    @property
    def amount_path(self) -> tuple[str | int, ...]:
        """Where the amount stands in the model file."""
        return (*self.path, "amount")


@dataclass(frozen=True, slots=True)
class TargetChange:
    """A change of the target by a rule: who funds it, why, and the steps that hold it and the target after it."""

    key: str
    title: str
    table: str
    change: Col
    target: Col
    funded_by: str
    clause: str
    reason: str
    path: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """What one rule did to the pot `pool`: its balance before and after, in every pool of the group."""

    rule: str
    title: str
    before: Expr
    after: Expr
