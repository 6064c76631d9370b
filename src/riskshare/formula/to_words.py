"""Lowers an expression to words a reader of a contract knows: + - × ÷ MIN MAX IF, figures by what they are called."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatchmethod

from riskshare.formula.language import (
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
    Sum,
    Total,
    not_lowered,
)

_SIGNS = {"*": "×", "/": "÷"}


def _negated(expr: Arithmetic) -> bool:
    return expr.operator == "-" and expr.left == ZERO


class ToWords:
    """Writes the expressions of one table, given how its columns are called."""

    def __init__(self, table: str, called: Callable[[str], str], terms: str = "") -> None:
        """The table that the expressions belong to, what a reader calls its columns, and the table of the terms."""
        self._table, self._called, self._terms = table, called, terms

    @singledispatchmethod
    def words(self, expr: Expr) -> str:
        """The expression on one line; an operator without a lowering is a programmer's error."""
        raise not_lowered(expr, "words")

    @words.register
    def _(self, expr: Number) -> str:
        return format(expr.value.normalize(), "f")

    @words.register
    def _(self, expr: Col) -> str:
        return self._called(expr.name)

    @words.register
    def _(self, expr: Arithmetic) -> str:
        if _negated(expr):
            return f"-{self._inside(expr.right)}"
        if expr.operator in "*/":
            return f"{self._inside(expr.left)} {_SIGNS[expr.operator]} {self._inside(expr.right)}"
        left, right, adds = self.words(expr.left), expr.right, expr.operator == "+"
        while isinstance(right, Arithmetic) and _negated(right):
            right, adds = right.right, not adds
        return f"{left} + {self.words(right)}" if adds else f"{left} - {self._inside(right)}"

    def _inside(self, expr: Expr) -> str:
        """An expression as part of a product or behind a minus: in brackets where it adds."""
        adds = isinstance(expr, Sum) or (isinstance(expr, Arithmetic) and expr.operator in "+-")
        return f"[{self.words(expr)}]" if adds else self.words(expr)

    @words.register
    def _(self, expr: Sum) -> str:
        return " + ".join(self.words(column) for column in expr.columns)

    @words.register
    def _(self, expr: Least) -> str:
        return self._function("MIN", *expr.terms)

    @words.register
    def _(self, expr: Most) -> str:
        return self._function("MAX", *expr.terms)

    @words.register
    def _(self, expr: If) -> str:
        then, otherwise = self.words(expr.then), self.words(expr.otherwise)
        return f"IF({self._condition(expr.condition)}, {then}, {otherwise})"

    @words.register
    def _(self, expr: Part) -> str:
        upto = self._rounded(expr, expr.upto)
        return upto if expr.before == ZERO else f"{upto} - {self._rounded(expr, expr.before)}"

    @words.register
    def _(self, expr: Running) -> str:
        return f"running total of {self.words(expr.column)}, pools in order"

    @words.register
    def _(self, expr: Total) -> str:
        own = expr.table == self._table
        called = self._called if own else str
        where = ", ".join(f"{called(column)} = {self._criterion(value)}" for column, value in expr.where)
        over = "over all pools" if own else f"in '{expr.table}'"
        return f"total of {called(expr.column)} {over}{f' ({where})' if where else ''}"

    @words.register
    def _(self, expr: Cell) -> str:
        return "a term" if expr.table == self._terms else f"{expr.column} of {expr.key}"

    @words.register
    def _(self, expr: Each) -> str:
        return "; ".join(dict.fromkeys(self.words(row) for row in expr.rows))

    @words.register
    def _(self, expr: Position) -> str:
        return f"row of {self.words(expr.key)} in '{expr.table}'"

    @words.register
    def _(self, expr: Item) -> str:
        return f"{expr.column} in that row of '{expr.table}'"

    def _function(self, name: str, *terms: Expr) -> str:
        return f"{name}({', '.join(self.words(term) for term in terms)})"

    def _condition(self, condition: Comparison) -> str:
        return f"{self.words(condition.left)} {condition.operator} {self.words(condition.right)}"

    def _rounded(self, part: Part, upto: Expr) -> str:
        return f"ROUND({self._inside(part.total)} × {self._inside(upto)} ÷ {self._inside(part.whole)})"

    def _criterion(self, value: str | Col) -> str:
        return self.words(value) if isinstance(value, Col) else f"'{value}'"
