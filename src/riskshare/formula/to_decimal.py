"""Lowers an expression in one row to its exact decimal value, and to the figure it points at; no polars, no Excel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Protocol

from riskshare.formula.language import (
    COMPARISONS,
    Arithmetic,
    Cell,
    Col,
    Comparison,
    Expr,
    If,
    Item,
    Least,
    Most,
    Number,
    Part,
    Position,
    Running,
    Sum,
    Total,
    in_row,
    not_lowered,
)
from riskshare.formula.units import Unit
from riskshare.problems.errors import FormulaError

EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
Terms = list[tuple[int, Expr]]

_ARITHMETIC: dict[str, Callable[[Decimal, Decimal], Decimal]] = {"*": EXACT.multiply, "/": EXACT.divide}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, from 0."""

    table: str
    number: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: a column of a table in one of its rows."""

    table: str
    column: str
    number: int

    @property
    def row(self) -> Row:
        """Its row."""
        return Row(self.table, self.number)


@dataclass(frozen=True, slots=True)
class Whole:
    """The total of a column: over all rows, over those whose text columns match, or over the first `upto` rows."""

    table: str
    column: str
    where: tuple[tuple[str, str], ...] = ()
    upto: int | None = None


class Values(Protocol):
    """Where computed figures are looked up."""

    def figure(self, row: Row, column: str) -> Figure:
        """The figure of a row in a column of its table, or of the table that this one extends."""

    def value(self, reference: Figure | Whole, /) -> Decimal:
        """What a figure or a total is."""

    def text(self, row: Row, column: str) -> str:
        """The words of a text column in a row."""

    def position(self, table: str, key: str) -> int | None:
        """The number of the row with a key, from 0."""


def rounded(value: Decimal, decimals: int | None) -> Decimal:
    """Rounded half away from zero, unless there is nothing to round to."""
    return value if decimals is None else value.quantize(Decimal(1).scaleb(-decimals), context=EXACT)


class ToDecimal:
    """Lowers expressions of any table, from the figures that they read."""

    def __init__(self, values: Values) -> None:
        """The computed figures."""
        self._values = values

    def step(self, expr: Expr, unit: Unit, row: Row) -> Decimal:
        """A figure as its unit rounds it."""
        return rounded(self.value(in_row(expr, row.number), row), unit.decimals)

    def operand(self, expr: Expr, row: Row) -> Figure | Whole | None:
        """The figure or the total that an expression points at; none where it computes or is a constant."""
        match expr:
            case Col(name):
                return self._values.figure(row, name)
            case Cell(table, column, key):
                return self._values.figure(Row(table, self._position(table, key)), column)
            case Item(table, column, position):
                return self._values.figure(Row(table, int(self.value(position, row)) - 1), column)
        return self._total(expr, row)

    def _total(self, expr: Expr, row: Row) -> Whole | None:
        match expr:
            case Running(column):
                return Whole(row.table, column.name, (), row.number + 1)
            case Total(table, column, where):
                return Whole(table, column, tuple((name, self._criterion(text, row)) for name, text in where))
        return None

    def value(self, expr: Expr, row: Row) -> Decimal:
        """The value of an expression, not rounded but inside a part; unknown operators are a programmer's error."""
        figure = self.operand(expr, row)
        if figure is not None:
            return self._values.value(figure)
        match expr:
            case Number(value):
                return value
            case Sum() | Arithmetic("+" | "-"):
                return self.total(added(expr), row)
            case Arithmetic(operator, left, right):
                return _ARITHMETIC[operator](self.value(left, row), self.value(right, row))
            case Least(terms) | Most(terms):
                values = [self.value(term, row) for term in terms]
                return min(values) if isinstance(expr, Least) else max(values)
        return self._chosen(expr, row)

    def total(self, terms: Terms, row: Row) -> Decimal:
        """Terms added and subtracted."""
        result = Decimal(0)
        for sign, term in terms:
            value = self.value(term, row)
            result = EXACT.add(result, value) if sign > 0 else EXACT.subtract(result, value)
        return result

    def _chosen(self, expr: Expr, row: Row) -> Decimal:
        match expr:
            case If(condition, then, otherwise):
                return self.value(then if self.holds(condition, row) else otherwise, row)
            case Part(_, before, upto, _):
                return self.running(expr, upto, row) - self.running(expr, before, row)
            case Position(table, key):
                return Decimal(self._position(table, self._criterion(key, row)) + 1)
        raise not_lowered(expr, "exact decimals")

    def holds(self, condition: Comparison, row: Row) -> bool:
        """Whether a comparison holds in a row."""
        compare = COMPARISONS[condition.operator]
        return bool(compare(self.value(condition.left, row), self.value(condition.right, row)))

    def running(self, part: Part, weights: Expr, row: Row) -> Decimal:
        """The rounded total up to the running weights of a part."""
        product = EXACT.multiply(self.value(part.total, row), self.value(weights, row))
        return rounded(EXACT.divide(product, self.value(part.whole, row)), 2)

    def _position(self, table: str, key: str) -> int:
        number = self._values.position(table, key)
        if number is None:
            raise FormulaError(f"table {table} has no row {key!r}")
        return number

    def _criterion(self, text: str | Col, row: Row) -> str:
        if isinstance(text, str):
            return text
        figure = self._values.figure(row, text.name)
        return self._values.text(figure.row, figure.column)


def added(expr: Expr, sign: int = 1) -> Terms:
    """The terms that an expression adds (1) and subtracts (-1), in order; the expression itself where it does not."""
    terms: Terms = []
    left: Terms = [(sign, expr)]
    while left:
        own, term = left.pop()
        match term:
            case Sum(columns):
                terms.extend((own, column) for column in columns)
            case Arithmetic("+" | "-" as operator, first, second):
                left += [(own if operator == "+" else -own, second), (own, first)]
            case _:
                terms.append((own, term))
    return terms
