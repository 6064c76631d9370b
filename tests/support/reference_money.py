"""Independent reference: whole pennies, exact fractions, and how an amount is rounded and split."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise


class RefusedError(Exception):
    """The contract asks for something that has no answer, such as a split by weights that add to nothing."""


def pounds(text: str) -> int:
    """Pennies of an amount as people type it: `1200.5`, `£1,200.50`, `(500)`, `-7`."""
    bare = text.strip().replace("£", "").replace(",", "")
    if bare.startswith("(") and bare.endswith(")"):
        bare = f"-{bare[1:-1]}"
    return exact_pennies(Decimal(bare or "0"))


def exact_pennies(amount: object) -> int:
    """Pennies of an amount in pounds that has no more than two decimals."""
    pennies = Fraction(str(amount)) * 100
    if pennies.denominator != 1:
        raise RefusedError(f"{amount} has more than two decimals")
    return int(pennies)


def percent(value: object) -> Fraction:
    """A percentage, or a fraction such as "1/3", as a part of one."""
    text = str(value).strip()
    return Fraction(text) if "/" in text else Fraction(text.removesuffix("%")) / 100


def rounded(amount: Fraction | int, decimals: int = 0) -> Fraction:
    """Rounded to so many decimals, half away from zero."""
    scale = 10**decimals
    whole = (abs(Fraction(amount)) * scale + Fraction(1, 2)).__floor__()
    return Fraction(whole if amount >= 0 else -whole, scale)


def penny(amount: Fraction | int) -> int:
    """Rounded to the whole penny, half away from zero."""
    return int(rounded(amount))


def split(total: int, weights: Sequence[Fraction | int]) -> list[int]:
    """Parts in proportion to the weights: part k = round(total W(k) / W) - round(total W(k-1) / W)."""
    whole = sum(weights)
    if not whole:
        if total:
            raise RefusedError(f"{total} pennies by weights that add to nothing")
        return [0 for _ in weights]
    ends = [penny(Fraction(total) * running / whole) for running in accumulate(weights, initial=Fraction(0))]
    return [high - low for low, high in pairwise(ends)]


def cut(weights: Sequence[Fraction | int], part: Fraction) -> list[int]:
    """A part of each of several amounts, by running totals."""
    ends = [penny(part * running) for running in accumulate(weights, initial=Fraction(0))]
    return [high - low for low, high in pairwise(ends)]
