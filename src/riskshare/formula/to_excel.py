"""Lowers an expression to an Excel formula: A1 references, few functions, one formula copied along a row or column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Protocol

from riskshare.formula.language import (
    ONE,
    ZERO,
    Arithmetic,
    Cell,
    Col,
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
    not_lowered,
)

_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2}
FEW = 12  # cells that a formula names one by one
MANY = 255  # what Excel takes at most


@dataclass(frozen=True, slots=True)
class ExcelFunction:
    """A function that our formulas may call: its name, its fewest and most arguments, and what it gives."""

    name: str
    fewest: int
    most: int
    gives: str


# All that any formula of a workbook calls. Who adds one teaches it to proof/error_bounds.py too, which must be able to
# calculate it: tests/formula/test_every_operator.py says so.
EXCEL_FUNCTIONS = {
    function.name: function
    for function in (
        ExcelFunction("IF", 3, 3, "the second where the first holds, else the third"),
        ExcelFunction("INDEX", 2, 2, "the cell of a range with a number, from 1"),
        ExcelFunction("MATCH", 3, 3, "the number of the cell of a range that equals the first"),
        ExcelFunction("MAX", 1, MANY, "the largest"),
        ExcelFunction("MIN", 1, MANY, "the smallest"),
        ExcelFunction("ROUND", 2, 2, "the first with so many decimals, half away from zero"),
        ExcelFunction("SUM", 1, MANY, "all added up, texts and empty cells left out"),
        ExcelFunction("SUMIFS", 3, MANY, "the first range where each further pair of range and criterion is equal"),
    )
}


class Addresses(Protocol):
    """Where the figures stand: every answer is the text of a reference as the formula writes it."""

    def own(self, column: str) -> str:
        """The same row's cell of a column, with a mark where the row's own number (or letters) goes."""

    def running(self, column: str) -> str:
        """The range of a column from the first row to the mark."""

    def neighbours(self, columns: tuple[str, ...]) -> str | None:
        """One range over columns that stand side by side, or None where they don't."""

    def cell(self, table: str, column: str, key: str) -> str:
        """One cell of a table."""

    def values(self, table: str, column: str, copied: bool) -> str:
        """The range of a table's column; `copied` where the formula is copied from column to column."""

    def total(self, table: str, column: str) -> str | None:
        """The cell that holds a column's total, or None where the table shows none."""

    def keys(self, table: str) -> str:
        """The range of a table's keys."""


class ToExcel:
    """Lowers expressions of one table, given where every figure stands."""

    def __init__(self, addresses: Addresses) -> None:
        """Addresses seen from the table whose steps are lowered."""
        self._at = addresses

    def step(self, step: Step) -> str | tuple[str, ...]:
        """The step's formula with its row's mark, or a formula for each row; the unit rounds what isn't a reference."""
        if isinstance(step.expr, Each):
            return tuple(self._rounded(step, row) for row in step.expr.rows)
        return self._rounded(step, step.expr)

    def _rounded(self, step: Step, expr: Expr) -> str:
        formula = self.lower(expr)
        if step.unit.decimals is None or is_reference(expr) or self._is_total_cell(expr):
            return f"={formula}"
        return f"=ROUND({formula},{step.unit.decimals})"

    def _is_total_cell(self, expr: Expr) -> bool:
        return type(expr) is Total and not expr.where and self._at.total(expr.table, expr.column) is not None

    @singledispatchmethod
    def lower(self, expr: Expr) -> str:
        """The formula without its equals sign; an operator without a lowering is a programmer's error."""
        raise not_lowered(expr, "Excel")

    @lower.register
    def _(self, expr: Number) -> str:
        return format(expr.value, "f")

    @lower.register
    def _(self, expr: Col) -> str:
        return self._at.own(expr.name)

    @lower.register
    def _(self, expr: Arithmetic) -> str:
        if expr.operator == "-" and expr.left == ZERO:
            return f"-{self._operand(expr.right, '-', right=True)}"
        right = self._operand(expr.right, expr.operator, right=expr.operator in "-/")
        return f"{self._operand(expr.left, expr.operator)}{expr.operator}{right}"

    def _operand(self, expr: Expr, outside: str, right: bool = False) -> str:
        formula = self.lower(expr)
        if not isinstance(expr, Arithmetic):
            return formula
        inside, around = _BINDING[expr.operator], _BINDING[outside]
        return f"({formula})" if inside < around or (right and inside == around) else formula

    @lower.register
    def _(self, expr: Sum) -> str:
        names = tuple(column.name for column in expr.columns)
        return f"SUM({self._at.neighbours(names) or ','.join(self._ranges(names))})"

    def _ranges(self, names: tuple[str, ...]) -> Iterator[str]:
        """The cells one by one, or where they are many by the ranges that they stand in."""
        if len(names) <= FEW:
            yield from (self._at.own(name) for name in names)
            return
        start = 0
        for end in range(1, len(names) + 1):
            if end == len(names) or self._at.neighbours(names[start : end + 1]) is None:
                yield self._at.neighbours(names[start:end]) or self._at.own(names[start])
                start = end

    @lower.register
    def _(self, expr: Least) -> str:
        return f"MIN({','.join(self.lower(term) for term in expr.terms)})"

    @lower.register
    def _(self, expr: Most) -> str:
        return f"MAX({','.join(self.lower(term) for term in expr.terms)})"

    @lower.register
    def _(self, expr: If) -> str:
        asked = expr.condition
        condition = f"{self.lower(asked.left)}{asked.operator}{self.lower(asked.right)}"
        return f"IF({condition},{self.lower(expr.then)},{self.lower(expr.otherwise)})"

    @lower.register
    def _(self, expr: Part) -> str:
        upto = f"ROUND({self._of_whole(expr, expr.upto)},2)"
        if expr.before == ZERO:
            return upto
        return f"{upto}-ROUND({self._of_whole(expr, expr.before)},2)"

    def _of_whole(self, expr: Part, weight: Expr) -> str:
        return self.lower(expr.total * weight if expr.whole == ONE else expr.total * weight / expr.whole)

    @lower.register
    def _(self, expr: Running) -> str:
        return f"SUM({self._at.running(expr.column.name)})"

    @lower.register
    def _(self, expr: Total) -> str:
        return self._total(expr, copied=False)

    @lower.register
    def _(self, expr: Holding) -> str:
        gates = self._at.values(expr.table, expr.column, copied=False)
        return f"SUMIFS({gates},{gates},1)"

    def _total(self, expr: Total, copied: bool) -> str:
        if not expr.where:
            return self._at.total(expr.table, expr.column) or f"SUM({self._at.values(expr.table, expr.column, copied)})"
        pairs = ",".join(
            f"{self._at.values(expr.table, column, False)},{self._criterion(text)}" for column, text in expr.where
        )
        return f"SUMIFS({self._at.values(expr.table, expr.column, copied)},{pairs})"

    def _criterion(self, text: str | Col) -> str:
        return self.lower(text) if isinstance(text, Col) else f'"{text}"'

    @lower.register
    def _(self, expr: Cell) -> str:
        return self._at.cell(expr.table, expr.column, expr.key)

    @lower.register
    def _(self, expr: Position) -> str:
        return f"MATCH({self.lower(expr.key)},{self._at.keys(expr.table)},0)"

    @lower.register
    def _(self, expr: Item) -> str:
        return f"INDEX({self._at.values(expr.table, expr.column, True)},{self.lower(expr.position)})"


def is_reference(expr: Expr) -> bool:
    """Whether the expression only points at a figure that is already rounded where it stands."""
    return isinstance(expr, Col | Cell | Item | Number)
