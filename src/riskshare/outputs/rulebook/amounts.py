"""Figures as a reader writes them: pounds with pence and losses in brackets, percentages, plain numbers."""

from __future__ import annotations

from decimal import Decimal

from riskshare.formula.display import plain
from riskshare.formula.units import MONEY, SHARE, Unit


def shown(value: Decimal, unit: Unit = MONEY) -> str:
    """The figure in its unit."""
    if unit is MONEY:
        return f"({-value:,.2f})" if value < 0 else f"{value:,.2f}"
    if unit is SHARE or unit.symbol == SHARE.symbol:
        return f"{plain(value * 100)}%"
    return plain(value)
