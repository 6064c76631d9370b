"""Amounts as a finance director reads them: with pence and separators, percentages, plain numbers.

As on the sheets, negative money stands in brackets and any other negative number has a minus. In a formula or a tree
money has its currency, £1.00 and (£1.00); in a column, where the heading or its neighbours say that it is pounds, it
has none, 1.00 and (1.00). Inside a sentence brackets would read as an aside, so there it has a minus, -£1.00.
What is calculated as a percentage or in points has more decimals than a reader is helped by: `shortened` has those of
the sheets.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from riskshare.formula.units import FIGURE, MONEY, PER_HEAD, POINTS, SHARE, Unit

_IN_BRACKETS = (MONEY, PER_HEAD, FIGURE)
_SHORTENED = {SHARE.symbol: 4, POINTS.symbol: 4}
"""The decimals that sheets show of percentages (12.34%) and of points."""


def amount(value: Decimal, unit: Unit) -> str:
    """The figure in a formula or a tree: £1.00, (£1.00), -5%, 7."""
    return _bracketed(value, unit, "£" if unit in (MONEY, PER_HEAD) else "")


def shown_unit(unit: Unit) -> Unit:
    """The unit with as many decimals as are shown of a calculated figure: of percentages and points not all."""
    if unit.decimals is None:
        return unit
    return replace(unit, decimals=min(unit.decimals, _SHORTENED.get(unit.symbol, unit.decimals)))


def shortened(value: Decimal, unit: Unit) -> Decimal:
    """A calculated figure with the decimals that are shown, or all where nothing else would be left of it."""
    decimals = shown_unit(unit).decimals
    if decimals is None:
        return value
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) or value


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
