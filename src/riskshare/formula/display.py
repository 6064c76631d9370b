"""Amounts as a finance director reads them: pounds with pence, losses in brackets, percentages, plain numbers."""

from __future__ import annotations

from decimal import Decimal

from riskshare.formula.units import FIGURE, Unit


def amount(value: Decimal, unit: Unit) -> str:
    """The figure in its unit; a negative one stands in brackets."""
    return f"({_size(-value, unit)})" if value < 0 else _size(value, unit)


def _size(value: Decimal, unit: Unit) -> str:
    if unit.symbol.startswith("£") and unit is not FIGURE:
        return f"£{value:,.2f}"
    if unit.symbol == "%":
        return f"{plain(value * 100)}%"
    return f"{value:,.2f}" if unit is FIGURE else plain(value)


def plain(value: Decimal) -> str:
    """A number with separators, without zeros at its end."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def pounds(value: Decimal) -> str:
    """Pounds with pence for a column of amounts; a loss stands in brackets, and the digits stand below each other."""
    return f"({-value:,.2f})" if value < 0 else f"{value:,.2f} "
