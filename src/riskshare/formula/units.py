"""Units: what a figure measures, and to how many decimals it is rounded, once, half away from zero."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """What a figure measures; `decimals` is None for text, which is never rounded."""

    name: str
    symbol: str
    decimals: int | None


MONEY = Unit("money", "£", 2)
PER_HEAD = Unit("per_head", "£ per head", 2)
SHARE = Unit("share", "%", 8)
PART = Unit("part", "%", 12)
FINE_SHARE = Unit("share", "%", 12)
"""Percentages that a table writes with more decimals than a contract does: 10, of a percent or of a fraction."""
WEIGHT = Unit("weight", "weight", 6)
MEASURE = Unit("measure", "value", 6)
POINTS = Unit("points", "points", 8)
FIGURE = Unit("figure", "£, % or number", 2)
COUNT = Unit("count", "number", 0)
GATE = Unit("gate", "1 = yes", 0)
TEXT = Unit("text", "", None)


def score(decimals: int) -> Unit:
    """The unit of an outcome score: a percentage rounded to the decimals that the contract states."""
    return Unit(f"score_{decimals}", "%", decimals + 2)
