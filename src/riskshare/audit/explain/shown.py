"""Figures as a tree shows them: percentages and points that are calculated have as many decimals as on the sheets."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from riskshare.audit.explain.figure_index import FigureIndex
from riskshare.formula.display import shortened, shown_unit
from riskshare.formula.language import Expr
from riskshare.formula.to_amounts import ToAmounts
from riskshare.formula.to_decimal import Figure, Row, ToDecimal, Whole
from riskshare.formula.units import Unit


class AsShown:
    """The figures of a computed model with the decimals that are shown; what is given has all of its own."""

    def __init__(self, index: FigureIndex) -> None:
        """The computed model."""
        self._index, self._exact = index, ToDecimal(index)
        self.figure, self.text, self.position = index.figure, index.text, index.position

    def value(self, reference: Figure | Whole, /) -> Decimal:
        """A figure or a total as it is shown."""
        exact = self._index.value(reference)
        return exact if self._is_given(reference) else shortened(exact, self._index.unit(reference))

    def formula(self, expr: Expr, unit: Unit, row: Row) -> str:
        """The formula in shown amounts, or else in exact ones, that gives the figure as shown; empty if none does."""
        seen = shown_unit(unit)
        figure = shortened(self._exact.step(expr, unit, row), unit)
        for values in (self, self._index):
            if ToDecimal(values).step(expr, seen, row) == figure:
                return ToAmounts(self._index, row, values).step(expr, seen)
        return ""

    def values(self, whole: Whole, figures: Sequence[Figure], rest: Decimal | None) -> list[Decimal]:
        """What a total adds up, and the rest of it: as shown where that gives the total as shown, else exactly."""
        unit, others = self._index.unit(whole), [] if rest is None else [rest]
        shown = [*map(self.value, figures), *(shortened(other, unit) for other in others)]
        if sum(shown) == self.value(whole):
            return shown
        return [*map(self._index.value, figures), *others]

    def _is_given(self, reference: Figure | Whole) -> bool:
        """Whether a figure is given, or only repeats one that is."""
        if isinstance(reference, Whole):
            return False
        expr = self._index.expr(reference)
        same = None if expr is None else self._exact.operand(expr, reference.row)
        return expr is None or (same is not None and self._is_given(same))
