"""Flows: what rules say of the money they move: what part of a pot it is, by which key, and whom they protect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from riskshare.formula.language import ONE, ZERO, Col, Expr

PartOf = Callable[[Expr], Expr]
"""What part of a pot a rule moves on, before any rounding, by what the pot holds: an amount that is never zero."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Money that a rule moved from a pot, which held `before`, to another: a part of it, or a stated amount.

    changes: how many changes of the target came before, itself included where it is one.
    """

    rule: str
    source: str
    to: str
    before: Expr
    part: PartOf | None
    changes: int
    target_change: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    """An amount that a rule cut into parts by weights: where these add to nothing the parts do too, and it stays."""

    amount: Col
    parts: tuple[Col, ...]


@dataclass(frozen=True, slots=True)
class KeyShare:
    """A key by which a rule split a pot between partners, or one part of a blend: its share, and their weights."""

    share: Expr
    weights: Mapping[str, Expr]


@dataclass(frozen=True, slots=True)
class Guaranteed:
    """The floor that a rule guaranteed to a partner in each pool."""

    rule: str
    title: str
    partner: str
    floor: Col
    clause: str
    path: tuple[str | int, ...]


def times(left: Expr, right: Expr) -> Expr:
    """Left times right, without a factor of 1."""
    if left == ONE or right == ZERO:
        return right
    return left if right == ONE or left == ZERO else left * right
