"""Lowers the choices in an expression to the reasons for them, in words: which side of an IF holds in a row, and why.

`IF(£160,739.81 >= £143,472.62, 0, £160,739.81)` has the reason 'with Size of the variance £160,739.81 above Threshold
£143,472.62 (Schedule 9.4, para 3)'. Only what decides the figure has reasons: the other side of an IF has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final, Protocol

from riskshare.formula.display import amount, shortened
from riskshare.formula.language import ONE, ZERO, Comparison, Expr, If, Least, Most, Number, children, in_row
from riskshare.formula.to_amounts import NamedValues, ToLabels
from riskshare.formula.to_decimal import Figure, Row, ToDecimal, Whole
from riskshare.formula.units import GATE, WEIGHT, Unit

MOST_REASONS: Final = 3
ONE_WHERE: Final = "1 where "
"""How the label of a gate begins; what follows is a sentence that holds or does not."""


class ClausedValues(NamedValues, Protocol):
    """Where computed figures are looked up, with the clause of the contract that each comes from."""

    def clause(self, reference: Figure | Whole, /) -> str:
        """The clause; empty where there is none."""

    def expr(self, reference: Figure, /) -> Expr | None:
        """The expression of a figure in its row; none where it is given."""


class ToReasons:
    """Says for the expressions of one row which of their choices are made, and why."""

    def __init__(self, figures: ClausedValues, row: Row) -> None:
        """The computed figures, and the row that the expressions stand in."""
        self._figures, self._row = figures, row
        self._exact, self._labels = ToDecimal(figures), ToLabels(figures, row)

    def reasons(self, expr: Expr, clause: str) -> tuple[str, ...]:
        """A few words for each choice, in the order of the formula; a clause is named unless it is the figure's own."""
        every = self._reasons(in_row(expr, self._row.number), clause)
        return tuple(dict.fromkeys(every))[:MOST_REASONS]

    def _reasons(self, expr: Expr, clause: str) -> Iterator[str]:
        if self._operand(expr) is not None:
            return
        match expr:
            case If(condition, then, otherwise):
                holds = self._exact.holds(condition, self._row)
                if holds or not _guards(expr):
                    yield self._asked(condition) + self._of_clause(condition, clause)
                yield from self._reasons(then if holds else otherwise, clause)
            case Least(terms) | Most(terms):
                yield from self._extreme(expr, terms)
                winner = next(term for term in terms if self._value(term) == self._value(expr))
                yield from self._reasons(winner, clause)
            case _:
                inner = (part for part in children(expr) if isinstance(part, Expr))
                yield from (reason for part in inner for reason in self._reasons(part, clause))

    def _asked(self, condition: Comparison) -> str:
        """What a comparison finds, whichever way it was asked."""
        left, right = self._value(condition.left), self._value(condition.right)
        gate = self._operand(condition.left)
        if gate is not None and self._figures.unit(gate) is GATE and condition.right == ONE:
            return _of_gate(self._figures.called(gate), holds=left == 1)
        unit = self._unit(condition)
        where = "above" if left > right else "below"
        if left == right:
            at = "at zero" if condition.right == ZERO else f"exactly at {self._said(condition.right, unit)}"
            return f"with {self._named(condition.left)} {at}"
        if condition.right == ZERO:
            return f"with {self._said(condition.left, unit)} {where} zero"
        return f"with {self._said(condition.left, unit)} {where} {self._said(condition.right, unit)}"

    def _extreme(self, expr: Expr, terms: tuple[Expr, ...]) -> Iterator[str]:
        """Which of several figures is the lowest or the highest; of constants and negated figures nobody asks."""
        values = {self._value(term) for term in terms}
        if len(values) > 1 and all(self._operand(term) is not None for term in terms):
            winner = next(term for term in terms if self._value(term) == self._value(expr))
            word = "low" if isinstance(expr, Least) else "high"
            figure = self._operand(winner)
            unit = WEIGHT if figure is None else self._figures.unit(figure)
            yield f"the {word}{'er' if len(terms) == 2 else 'est'} is {self._said(winner, unit)}"

    def _of_clause(self, condition: Comparison, own: str) -> str:
        """The clause of the limit: that of the figure beside it would be of whatever rule moved it last."""
        limit = self._operand(condition.right)
        clause = "" if limit is None else self._figures.clause(limit)
        return f" ({clause})" if clause and clause != own else ""

    def _said(self, expr: Expr, unit: Unit) -> str:
        value = amount(shortened(self._value(expr), unit), unit)
        return value if isinstance(expr, Number) else f"{self._named(expr)} {value}"

    def _named(self, expr: Expr) -> str:
        inner = _inner(expr)
        figure = self._operand(inner)
        words = self._labels.words(inner) if figure is None else self._figures.called(self._guarded(figure))
        return words if inner is expr else f"the size of {words}"

    def _guarded(self, figure: Figure | Whole) -> Figure | Whole:
        """The figure that another repeats, unless that is zero: its own name speaks of a case that is not there."""
        expr = self._figures.expr(figure) if isinstance(figure, Figure) else None
        if not (isinstance(figure, Figure) and isinstance(expr, If) and _guards(expr)):
            return figure
        repeated = self._exact.operand(expr.otherwise, figure.row)
        same = repeated is not None and self._figures.value(repeated) == self._figures.value(figure)
        return repeated if repeated is not None and same else figure

    def _unit(self, condition: Comparison) -> Unit:
        figures = (self._operand(_inner(side)) for side in (condition.left, condition.right))
        return next((self._figures.unit(one) for one in figures if one is not None), WEIGHT)

    def _operand(self, expr: Expr) -> Figure | Whole | None:
        return self._exact.operand(expr, self._row)

    def _value(self, expr: Expr) -> Decimal:
        return self._exact.value(expr, self._row)


def _inner(expr: Expr) -> Expr:
    """What an expression is the size of, as MAX(x, -x) is of x; else itself."""
    return expr.terms[0] if isinstance(expr, Most) and expr.terms[1:] == (-expr.terms[0],) else expr


def _guards(expr: If) -> bool:
    """Whether the IF only keeps a formula from dividing by zero: that it did not have to is no reason."""
    asked = expr.condition
    return asked.operator == "=" and asked.right == ZERO and not isinstance(expr.otherwise, Number)


def _of_gate(label: str, *, holds: bool) -> str:
    if not label.startswith(ONE_WHERE):
        return f"as {label} is {'yes' if holds else 'no'}"
    asked = label.removeprefix(ONE_WHERE)
    return f"as {asked}" if holds else f"as it is not so that {asked}"
