"""Compares the values of cells as a spreadsheet keeps them: numbers to 15 digits and 12 decimals, text exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from riskshare.xlsx.formula_cells import CellKey, CellValue

_FIFTEEN_DIGITS = Context(prec=15, rounding=ROUND_HALF_UP)
_WIDE = Context(prec=330, rounding=ROUND_HALF_UP)
_TWELVE_DECIMALS = Decimal("1e-12")


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell whose two values are not the same; None stands for a cell that one side lacks."""

    sheet: str
    cell: str
    expected: CellValue | None
    actual: CellValue | None
    formula: str = ""

    def __str__(self) -> str:
        """The cell, both values and the formula."""
        formula = f"  ={self.formula}" if self.formula else ""
        return f"{self.sheet}!{self.cell}: cached {self.expected!r}, recalculated {self.actual!r}{formula}"


def differences(
    expected: Mapping[CellKey, CellValue],
    actual: Mapping[CellKey, CellValue],
    formulas: Mapping[CellKey, str] | None = None,
) -> list[Difference]:
    """Lists the cells whose values differ or that only one side has, in the order of `expected`.

    Numbers are equal when they agree in 15 significant digits (all that a spreadsheet keeps) to 12 decimals (as
    many as the finest of our units has): a penny shows up to 1e13, the noise of binary fractions does not. Text is
    compared exactly.
    """
    cells = dict.fromkeys([*expected, *actual])
    return [
        Difference(*cell, expected.get(cell), actual.get(cell), (formulas or {}).get(cell, ""))
        for cell in cells
        if not same(expected.get(cell), actual.get(cell))
    ]


def same(ours: CellValue | None, theirs: CellValue | None) -> bool:
    """Whether two values are equal; see `differences`."""
    if ours == theirs:
        return True
    return isinstance(ours, float) and isinstance(theirs, float) and as_shown(ours) == as_shown(theirs)


def as_shown(number: float) -> Decimal:
    """A number as a spreadsheet shows it: 15 significant digits, and no more than 12 decimals."""
    return _WIDE.quantize(_FIFTEEN_DIGITS.create_decimal(repr(number)), _TWELVE_DECIMALS)
