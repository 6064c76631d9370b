"""Amounts as a finance director reads them: with pence and separators, percentages, plain numbers.

As on the sheets, negative money stands in brackets and any other negative number has a minus. In a formula or a tree
money has its currency, £1.00 and (£1.00); in a column, where the heading or its neighbours say that it is pounds, it
has none, 1.00 and (1.00). Inside a sentence brackets would read as an aside, so there it has a minus, -£1.00.
"""

from __future__ import annotations

from decimal import Decimal

from riskshare.formula.units import FIGURE, MONEY, PER_HEAD, Unit

_IN_BRACKETS = (MONEY, PER_HEAD, FIGURE)


def amount(value: Decimal, unit: Unit) -> str:
    """The figure in a formula or a tree: £1.00, (£1.00), -5%, 7."""
    return _bracketed(value, unit, "£" if unit in (MONEY, PER_HEAD) else "")


def in_column(value: Decimal, unit: Unit = MONEY) -> str:
    """The figure in a column: 1.00, (1.00), -5%, 7."""
    return _bracketed(value, unit, "")


def aligned(value: Decimal) -> str:
    """Pounds in a column whose digits stand below each other: a blank where another amount has its bracket."""
    return in_column(value) if value < 0 else f"{in_column(value)} "


def in_sentence(value: Decimal) -> str:
    """Pounds inside a sentence: £1.00, -£1.00."""
    return f"{'-' if value < 0 else ''}{amount(abs(value), MONEY)}"


def plain(value: Decimal) -> str:
    """A number with separators, without zeros at its end."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _bracketed(value: Decimal, unit: Unit, currency: str) -> str:
    if unit not in _IN_BRACKETS:
        return f"{plain(value * 100)}%" if unit.symbol == "%" else plain(value)
    size = f"{currency}{abs(value):,.2f}"
    return f"({size})" if value < 0 else size
