"""Half pennies: which of another engine's differences only come from its binary arithmetic, and which are wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from riskshare.problems.errors import FormulaError
from riskshare.proof.comparing import Difference, as_shown
from riskshare.proof.error_bounds import FIFTEENTH_DIGIT, Amount, Exactly, Result
from riskshare.xlsx.formula_cells import CellKey, CellValue, CellValues, FormulaCell

SMALLEST = Fraction(1, 10**8)


@dataclass(frozen=True, slots=True)
class Sorted:
    """Differences by their cause.

    `affected` stand so near a half penny that binary arithmetic can't tell on which side. `dependants` differ only
    because of those that they read. `wrong` are all others.
    """

    affected: tuple[Difference, ...] = ()
    dependants: tuple[Difference, ...] = ()
    wrong: tuple[Difference, ...] = ()

    @property
    def most(self) -> Fraction:
        """The largest difference of an affected cell or a dependant."""
        return max((_size(difference) for difference in (*self.affected, *self.dependants)), default=Fraction(0))


def sorted_by_cause(
    differences: Sequence[Difference], cells: Mapping[CellKey, FormulaCell], typed: CellValues, theirs: CellValues
) -> Sorted:
    """Sorts the differences between a workbook's figures and another engine's.

    A cell is excused when the workbook's figure is exactly what the formula gives for the workbook's other figures, and
    the other engine's figure is, within its own arithmetic, what the formula gives for the engine's other figures. One
    that reads no excused cell must stand near a half penny itself.
    """
    ours = Exactly(typed | {cell: entry.value for cell, entry in cells.items()})
    other = Exactly(typed | theirs)
    differing = {(difference.sheet, difference.cell) for difference in differences}
    causes: dict[str, list[Difference]] = {"affected": [], "dependants": [], "wrong": []}
    for difference in differences:
        causes[_cause(difference, ours, other, differing)].append(difference)
    return Sorted(**{cause: tuple(every) for cause, every in causes.items()})


def _cause(difference: Difference, ours: Exactly, other: Exactly, differing: set[CellKey]) -> str:
    cell = difference.sheet, difference.cell
    try:
        exact, near = ours.result(cell, difference.formula), other.result(cell, difference.formula)
        reads = ours.reads(cell, difference.formula)
    except FormulaError:
        return "wrong"
    if not _is(difference.expected, exact, Fraction(0)) or not _is(difference.actual, near, _error(near)):
        return "wrong"
    if _either_way(exact):
        return "affected"
    return "dependants" if differing.intersection(reads) else "wrong"


def _is(value: CellValue | None, result: Result, error: Fraction) -> bool:
    """Whether a cell holds what its formula gives, as far as 15 digits and 12 decimals show it."""
    if isinstance(value, float) and isinstance(result, Amount):
        seen = Fraction(as_shown(value))
        return abs(seen - result.value) <= error + SMALLEST / 2 + abs(result.value) * FIFTEENTH_DIGIT / 10
    return value == result


def _either_way(result: Result) -> bool:
    """Whether a rounding could go either way: what may be missed is more than the noise of the last digits."""
    return isinstance(result, Amount) and result.error > max(SMALLEST / 2, abs(result.value) * 2 * FIFTEENTH_DIGIT)


def _error(result: Result) -> Fraction:
    return result.error if isinstance(result, Amount) else Fraction(0)


def _size(difference: Difference) -> Fraction:
    if isinstance(difference.expected, float) and isinstance(difference.actual, float):
        return abs(Fraction(as_shown(difference.expected)) - Fraction(as_shown(difference.actual)))
    return Fraction(0)
