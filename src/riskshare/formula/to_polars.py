"""Lowers an expression to polars: every operand is Decimal(38, 16), so that nothing is rounded but by the unit."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache, reduce
from typing import TypeVar

import polars as pl

from riskshare.formula.language import (
    COMPARISONS,
    ZERO,
    Arithmetic,
    Cell,
    Col,
    Comparison,
    Each,
    Expr,
    Holding,
    If,
    Item,
    Least,
    Most,
    Number,
    Part,
    Position,
    Running,
    Step,
    Sum,
    Total,
    columns_read,
    not_lowered,
)
from riskshare.problems.errors import FormulaError

MOST_DECIMALS = 16
EXACT = pl.Decimal(38, MOST_DECIMALS)
AS_WRITTEN = pl.QueryOptFlags.none()
TOTAL = "the total"
Frames = Mapping[str, pl.DataFrame]

_ARITHMETIC: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


@lru_cache(maxsize=4096)
def exact(value: Decimal) -> pl.Expr:
    """A constant as Decimal(38, 16)."""
    return pl.lit(value).cast(EXACT)


def rounded(expr: pl.Expr, decimals: int) -> pl.Expr:
    """Rounded half away from zero, as Excel's ROUND does."""
    return expr.round(decimals, mode="half_away_from_zero")


_LOWERINGS: dict[type[Expr], Callable[..., pl.Expr]] = {}
Lowering = TypeVar("Lowering", bound=Callable[..., pl.Expr])


def _lowers(kind: type[Expr]) -> Callable[[Lowering], Lowering]:
    """Marks the method that lowers a kind of expression; functools' own dispatch takes longer than the lowering."""

    def register(lowering: Lowering) -> Lowering:
        _LOWERINGS[kind] = lowering
        return lowering

    return register


class ToPolars:
    """Lowers expressions against the frames of the tables computed so far; `keys` names each table's key column."""

    def __init__(self, frames: Frames, keys: Mapping[str, str]) -> None:
        """Frames by table name; they may grow while the lowering is used, but their keys stay as they are."""
        self._frames = frames
        self._keys = keys
        self._rows: dict[str, dict[str, list[int]]] = {}
        self._decimals: dict[str, int] = {}

    def step(self, step: Step) -> pl.Expr:
        """The step's column, rounded by its unit unless it cannot have more decimals."""
        lowered, decimals = self.lower(step.expr), step.unit.decimals
        if decimals is None:
            return lowered.alias(step.name)
        exceeds = self._most_decimals(step.expr) > decimals
        self._decimals[step.name] = decimals
        return (rounded(lowered, decimals) if exceeds else lowered).alias(step.name)

    def _most_decimals(self, expr: Expr) -> int:
        """The most decimals that the figure can have, before it is rounded."""
        match expr:
            case Col(name):
                return self._decimals.get(name, MOST_DECIMALS)
            case Number(value):
                return 0 if value == int(value) else MOST_DECIMALS
            case Sum(terms) | Least(terms) | Most(terms):
                return max(self._most_decimals(term) for term in terms)
            case Arithmetic("+" | "-", left, right) | If(_, left, right):
                return max(self._most_decimals(left), self._most_decimals(right))
            case Part():
                return 2
        return MOST_DECIMALS

    def lower(self, expr: Expr) -> pl.Expr:
        """The polars expression; an operator without a lowering is a programmer's error."""
        if type(expr) not in _LOWERINGS:
            raise not_lowered(expr, "polars")
        return _LOWERINGS[type(expr)](self, expr)

    @_lowers(Number)
    def _number(self, expr: Number) -> pl.Expr:
        return exact(expr.value)

    @_lowers(Col)
    def _col(self, expr: Col) -> pl.Expr:
        return pl.col(expr.name)

    @_lowers(Arithmetic)
    def _arithmetic(self, expr: Arithmetic) -> pl.Expr:
        return _ARITHMETIC[expr.operator](self.lower(expr.left), self.lower(expr.right))

    @_lowers(Sum)
    def _sum(self, expr: Sum) -> pl.Expr:
        return reduce(lambda left, right: left + right, (self.lower(column) for column in expr.columns))

    @_lowers(Least)
    def _least(self, expr: Least) -> pl.Expr:
        return pl.min_horizontal(*(self.lower(term) for term in expr.terms))

    @_lowers(Most)
    def _most(self, expr: Most) -> pl.Expr:
        return pl.max_horizontal(*(self.lower(term) for term in expr.terms))

    def condition(self, comparison: Comparison) -> pl.Expr:
        """The comparison as a boolean."""
        condition: pl.Expr = COMPARISONS[comparison.operator](self.lower(comparison.left), self.lower(comparison.right))
        return condition

    @_lowers(If)
    def _if(self, expr: If) -> pl.Expr:
        chosen = pl.when(self.condition(expr.condition)).then(self.lower(expr.then))
        return chosen.otherwise(self.lower(expr.otherwise))

    @_lowers(Part)
    def _part(self, expr: Part) -> pl.Expr:
        total, whole = self.lower(expr.total), self.lower(expr.whole)
        upto = rounded(total * self.lower(expr.upto) / whole, 2)
        return upto if expr.before == ZERO else upto - rounded(total * self.lower(expr.before) / whole, 2)

    @_lowers(Running)
    def _running(self, expr: Running) -> pl.Expr:
        return self.lower(expr.column).cum_sum()

    @_lowers(Holding)
    @_lowers(Total)
    def _total(self, expr: Total) -> pl.Expr:
        by_row = any(isinstance(text, Col) for _, text in expr.where)
        return self._total_by_row(expr) if by_row else self._total_of_rows(expr)

    def _total_of_rows(self, expr: Total) -> pl.Expr:
        frame = self._frames[expr.table]
        amounts = frame.get_column(expr.column)
        if expr.where:
            wanted = (frame.get_column(column) == text for column, text in expr.where)
            amounts = amounts.filter(reduce(lambda left, right: left & right, wanted))
        return exact(Decimal(amounts.sum()))

    def _total_by_row(self, expr: Total) -> pl.Expr:
        fixed = [pl.col(column) == text for column, text in expr.where if isinstance(text, str)]
        theirs = [column for column, text in expr.where if isinstance(text, Col)]
        frame = self._frames[expr.table]
        rows = frame.lazy().filter(*fixed) if fixed else frame.lazy()
        totals = rows.group_by(theirs).agg(pl.col(expr.column).sum().alias(TOTAL)).select(_joined(theirs), TOTAL)
        keys, amounts = totals.collect(optimizations=AS_WRITTEN).get_columns()
        own = _joined([text.name for _, text in expr.where if isinstance(text, Col)])
        return own.replace_strict(keys, amounts, default=Decimal(0), return_dtype=EXACT)

    @_lowers(Cell)
    def _cell(self, expr: Cell) -> pl.Expr:
        rows = self._rows_of(expr.table).get(expr.key, [])
        if len(rows) != 1:
            raise FormulaError(f"table {expr.table} has {len(rows)} rows with key {expr.key!r}, not one")
        value = self._frames[expr.table].get_column(expr.column)[rows[0]]
        return pl.lit(value) if isinstance(value, str) else exact(value)

    def _rows_of(self, table: str) -> dict[str, list[int]]:
        """The numbers of the rows with each key."""
        if table not in self._rows:
            numbers = self._rows.setdefault(table, {})
            for number, key in enumerate(self._frames[table].get_column(self._keys[table])):
                numbers.setdefault(key, []).append(number)
        return self._rows[table]

    @_lowers(Position)
    def _position(self, expr: Position) -> pl.Expr:
        keys = self._frames[expr.table].get_column(self._keys[expr.table])
        numbers = pl.Series(range(1, keys.len() + 1), dtype=EXACT)
        return self.lower(expr.key).replace_strict(keys, numbers, default=None, return_dtype=EXACT)

    @_lowers(Item)
    def _item(self, expr: Item) -> pl.Expr:
        column = self._frames[expr.table].get_column(expr.column)
        return pl.lit(column).gather(self.lower(expr.position).cast(pl.UInt32) - 1)

    @_lowers(Each)
    def _each(self, expr: Each) -> pl.Expr:
        if any(columns_read(row) for row in expr.rows):
            return self._row_by_row(expr)
        values = pl.select(*(self.lower(row).alias(str(number)) for number, row in enumerate(expr.rows))).row(0)
        return pl.lit(pl.Series(values, dtype=pl.String if isinstance(values[0], str) else EXACT))

    def _row_by_row(self, expr: Each) -> pl.Expr:
        """Rows that read their own row's columns: each formula is computed for all rows and taken in its own."""
        rows: dict[Expr, list[int]] = {}
        for row, entry in enumerate(expr.rows):
            rows.setdefault(entry, []).append(row)
        if len(rows) == 1:
            return self.lower(expr.rows[0])
        number = pl.int_range(pl.len())
        return pl.coalesce(pl.when(number.is_in(at)).then(self.lower(entry)) for entry, at in rows.items())


def _joined(columns: list[str]) -> pl.Expr:
    if len(columns) == 1:
        return pl.col(columns[0])
    return pl.concat_str([pl.col(column) for column in columns], separator="\x1f")
