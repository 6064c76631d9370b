"""Lowers an expression to doubles over many draws: in each the exact figure, or a doubt about the draw."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import reduce
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from riskshare.formula.language import (
    COMPARISONS,
    ZERO,
    Arithmetic,
    Cell,
    Col,
    Comparison,
    Each,
    Expr,
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
    not_lowered,
)
from riskshare.formula.scaled import (
    Doubts,
    Flags,
    Scaled,
    assembled,
    chosen,
    constant,
    difference,
    gathered,
    over,
    plus,
    rounded,
    running,
    taken,
    times,
)
from riskshare.problems.errors import FormulaError

Rows = NDArray[np.intp] | None
"""The numbers of the rows that are asked for, from 0; none where it is all."""


class Columns(Protocol):
    """Where the figures of all tables are looked up, those of every draw."""

    ended: dict[tuple[Expr, Expr, Expr], Scaled]
    """Where the last parts of the table ended: by their total, running weight and whole."""

    def column(self, table: str, name: str) -> Scaled:
        """A column of a table, or of the table that this one extends: a row each, rows x draws."""

    def matching(self, total: Total, table: str) -> tuple[NDArray[np.intp], NDArray[np.intp] | None]:
        """The rows that a total adds up: one after another for each row of the table, with where each row's start."""

    def position(self, table: str, key: str) -> int:
        """The number of the row with a key."""

    def numbers(self, table: str, column: str) -> NDArray[np.intp]:
        """The whole numbers of a column that is the same in every draw."""

    def texts(self, table: str, column: str) -> list[str]:
        """The words of a text column."""


class ToFloats:
    """Lowers expressions of one table against the columns computed so far."""

    def __init__(self, columns: Columns, table: str, doubts: Doubts) -> None:
        """The columns, the table whose rows are asked for, and where doubts are gathered."""
        self._columns = columns
        self._table = table
        self._doubts = doubts

    def step(self, step: Step) -> Scaled:
        """The step's column, rounded by its unit; text is never drawn."""
        if step.unit.decimals is None:
            raise FormulaError(f"{step.name} of table {self._table} is text, which no draw changes")
        return rounded(self.lower(step.expr), step.unit.decimals, self._doubts)

    def lower(self, expr: Expr, rows: Rows = None) -> Scaled:
        """The amounts of some rows, not rounded; an operator without a lowering is a programmer's error."""
        match expr:
            case Number(value):
                return constant((value,))
            case Col(name):
                return taken(self._columns.column(self._table, name), rows)
            case Arithmetic(operator, left, right):
                return self._arithmetic(operator, self.lower(left, rows), self.lower(right, rows))
        return self._chosen(expr, rows)

    def _chosen(self, expr: Expr, rows: Rows) -> Scaled:
        match expr:
            case Sum(terms):
                return reduce(plus, (self.lower(term, rows) for term in terms))
            case Least(terms) | Most(terms):
                sign = 1 if isinstance(expr, Least) else -1
                return reduce(lambda one, other: self._first(sign, one, other), self._every(terms, rows))
            case If(condition, then, otherwise):
                holds = self._holds(condition, rows)
                return chosen(holds, self._where(holds, then, rows), self._where(~holds, otherwise, rows))
            case Part():
                return self._part(expr, rows)
        return self._read(expr, rows)

    def _every(self, terms: Iterable[Expr], rows: Rows) -> list[Scaled]:
        return [self.lower(term, rows) for term in terms]

    def _arithmetic(self, operator: str, left: Scaled, right: Scaled) -> Scaled:
        if operator == "*":
            return times(left, right)
        return over(left, right) if operator == "/" else plus(left, right, 1 if operator == "+" else -1)

    def _first(self, sign: int, one: Scaled, other: Scaled) -> Scaled:
        """The smaller, or with a sign of -1 the larger; where nobody can tell, either will do."""
        return chosen(plus(one, other, -1).number * sign <= 0, one, other)

    def _holds(self, condition: Comparison, rows: Rows) -> Flags:
        apart = difference(self.lower(condition.left, rows), self.lower(condition.right, rows), self._doubts)
        holds: Flags = COMPARISONS[condition.operator](apart, 0.0)
        return holds

    def _where(self, holds: Flags, expr: Expr, rows: Rows) -> Scaled:
        """A branch: what is doubtful in it counts only where it is taken."""
        return ToFloats(self._columns, self._table, self._doubts.only(holds)).lower(expr, rows)

    def _part(self, part: Part, rows: Rows) -> Scaled:
        """Where it begins is where the part before it ended, which is computed once."""
        upto = self._upto(part, part.upto, rows)
        before = constant((ZERO.value,)) if part.before == ZERO else self._upto(part, part.before, rows)
        if rows is None and self._doubts.within is None:
            self._columns.ended[(part.total, part.upto, part.whole)] = upto
        return plus(upto, before, -1)

    def _upto(self, part: Part, weights: Expr, rows: Rows) -> Scaled:
        if rows is None and (ended := self._columns.ended.pop((part.total, weights, part.whole), None)):
            return ended
        product = times(self.lower(part.total, rows), self.lower(weights, rows))
        return rounded(over(product, self.lower(part.whole, rows)), 2, self._doubts)

    def _read(self, expr: Expr, rows: Rows) -> Scaled:
        match expr:
            case Running(column):
                return taken(running(self._columns.column(self._table, column.name)), rows)
            case Total(table, column, where):
                matching, starts = self._columns.matching(expr, self._table) if where else (None, None)
                every = gathered(self._columns.column(table, column), matching, starts)
                return taken(every, rows)
            case Cell(table, column, key):
                at = np.array([self._columns.position(table, key)], dtype=np.intp)
                return taken(self._columns.column(table, column), at)
            case Each(entries):
                return self._row_by_row(entries, rows)
        return self._by_position(expr, rows)

    def _by_position(self, expr: Expr, rows: Rows) -> Scaled:
        match expr:
            case Item(table, column, position):
                numbers = self._columns.numbers(self._table, position.name) - 1
                return taken(self._columns.column(table, column), numbers if rows is None else numbers[rows])
            case Position(table, key):
                return self._positions(table, key, rows)
        raise not_lowered(expr, "doubles")

    def _positions(self, table: str, key: Col, rows: Rows) -> Scaled:
        keys = self._columns.texts(self._table, key.name)
        wanted = keys if rows is None else [keys[row] for row in rows]
        return constant([Decimal(self._columns.position(table, text) + 1) for text in wanted])

    def _row_by_row(self, entries: tuple[Expr, ...], rows: Rows) -> Scaled:
        """Each formula is computed for the rows that have it."""
        wanted = range(len(entries)) if rows is None else rows.tolist()
        places: dict[int, list[int]] = {}
        for place, row in enumerate(wanted):
            places.setdefault(id(entries[row]), []).append(place)
        pieces = []
        for own in places.values():
            numbers = np.array([wanted[place] for place in own], dtype=np.intp)
            at = np.array(own, dtype=np.intp)
            lowering = ToFloats(self._columns, self._table, self._doubts.of(at))
            pieces.append((at, lowering.lower(entries[wanted[own[0]]], numbers)))
        return assembled(len(wanted), pieces)
