"""The step language: an expression is frozen data over other steps, small enough to be lowered, listed and hashed.

Every pin holds a hash of what `written` makes of a step's expression, under the names of its table and its step. So
three things must never be renamed: the tags of the classes below, the names of tables, and the names of steps. A class
may be, since it is written by its tag.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar

from riskshare.formula.units import Unit
from riskshare.problems.errors import FormulaError


class Expr:
    """Anything that has a value in every row of a table; an operator is a subclass, known to every lowering."""

    __slots__ = ()
    tag: ClassVar[str]

    def __add__(self, other: Expr) -> Expr:
        """Left plus right."""
        return Arithmetic("+", self, other)

    def __sub__(self, other: Expr) -> Expr:
        """Left minus right."""
        return Arithmetic("-", self, other)

    def __mul__(self, other: Expr) -> Expr:
        """Left times right, not rounded."""
        return Arithmetic("*", self, other)

    def __truediv__(self, other: Expr) -> Expr:
        """Left divided by right, not rounded; a zero divisor is refused when it is computed."""
        return Arithmetic("/", self, other)

    def __neg__(self) -> Expr:
        """The opposite amount."""
        return Arithmetic("-", ZERO, self)


@dataclass(frozen=True, slots=True)
class Number(Expr):
    """A constant that is part of the arithmetic, such as 0 or 1: the terms of a contract are cells, never constants."""

    tag: ClassVar[str] = "Number"
    value: Decimal


@dataclass(frozen=True, slots=True)
class Col(Expr):
    """The same row's figure in another column of this table, or of the table that this one extends."""

    tag: ClassVar[str] = "Col"
    name: str


@dataclass(frozen=True, slots=True)
class Arithmetic(Expr):
    """Two figures added, subtracted, multiplied or divided."""

    tag: ClassVar[str] = "Arithmetic"
    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Sum(Expr):
    """Several columns of the same row added up."""

    tag: ClassVar[str] = "Sum"
    columns: tuple[Col, ...]


@dataclass(frozen=True, slots=True)
class Least(Expr):
    """The smallest of several figures."""

    tag: ClassVar[str] = "Least"
    terms: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Most(Expr):
    """The largest of several figures."""

    tag: ClassVar[str] = "Most"
    terms: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A question that has a yes or a no; it stands only in the condition of an If."""

    tag: ClassVar[str] = "Comparison"
    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class If(Expr):
    """One figure where the condition holds, another where it doesn't."""

    tag: ClassVar[str] = "If"
    condition: Comparison
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Part(Expr):
    """One part of a total by running-total rounding: round(total x upto / whole) - round(total x before / whole)."""

    tag: ClassVar[str] = "Part"
    total: Expr
    before: Expr
    upto: Expr
    whole: Expr


@dataclass(frozen=True, slots=True)
class Running(Expr):
    """The total of a column from the first row of the table to this one."""

    tag: ClassVar[str] = "Running"
    column: Col


@dataclass(frozen=True, slots=True)
class Total(Expr):
    """The total of a column over the rows of a table, or over those whose text columns match."""

    tag: ClassVar[str] = "Total"
    table: str
    column: str
    where: tuple[tuple[str, str | Col], ...] = ()


@dataclass(frozen=True, slots=True)
class Holding(Total):
    """The total of a column of 0 and 1; in a workbook, where a row can become an error, an error counts as 0."""

    tag: ClassVar[str] = "Holding"


@dataclass(frozen=True, slots=True)
class Cell(Expr):
    """One figure of another table: its column, in the row with this key."""

    tag: ClassVar[str] = "Cell"
    table: str
    column: str
    key: str


@dataclass(frozen=True, slots=True)
class Position(Expr):
    """The number of the row of another table whose key is the text in this row's column."""

    tag: ClassVar[str] = "Position"
    table: str
    key: Col


@dataclass(frozen=True, slots=True)
class Item(Expr):
    """The figure of another table's column in the row with this number."""

    tag: ClassVar[str] = "Item"
    table: str
    column: str
    position: Col


@dataclass(frozen=True, slots=True)
class Each(Expr):
    """A figure of its own for each row, in the order of the rows: how one table reads another laid the other way."""

    tag: ClassVar[str] = "Each"
    rows: tuple[Expr, ...]


# What a Comparison asks, of whatever two things can be compared: decimals, columns of them, fractions.
COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "=": operator.eq,
}

ZERO = Number(Decimal(0))
ONE = Number(Decimal(1))
PENNY = Number(Decimal("0.01"))


def least(*terms: Expr) -> Expr:
    """The smallest of the figures."""
    return Least(terms)


def most(*terms: Expr) -> Expr:
    """The largest of the figures."""
    return Most(terms)


def total_of(columns: Iterable[Expr]) -> Expr:
    """The columns added up: nothing is zero, one is itself."""
    entries = tuple(columns)
    if not entries:
        return ZERO
    if len(entries) == 1:
        return entries[0]
    if all(isinstance(entry, Col) for entry in entries):
        return Sum(tuple(entry for entry in entries if isinstance(entry, Col)))
    result = entries[0]
    for entry in entries[1:]:
        result = result + entry
    return result


def when(left: Expr, operator: str, right: Expr, then: Expr, otherwise: Expr = ZERO) -> Expr:
    """`then` where left and right compare so, otherwise the other (zero if left out)."""
    return If(Comparison(operator, left, right), then, otherwise)


@dataclass(frozen=True, slots=True)
class Step:
    """One named figure: label, unit, clause and formula; the smallest thing that is computed, shown and pinned."""

    name: str
    unit: Unit
    label: str
    expr: Expr
    clause: str = ""
    note: str = ""
    additive: bool = True


@dataclass(frozen=True, slots=True)
class Given:
    """A column that is not computed: from the user's files, or the names of things. Values are in the order of rows."""

    name: str
    unit: Unit
    label: str
    values: tuple[Decimal | str, ...] | None = None
    editable: bool = True
    units: tuple[Unit, ...] | None = None
    additive: bool = True
    clause: str = ""
    note: str = ""


Column = Step | Given


@dataclass(frozen=True, slots=True)
class Section:
    """Columns that belong together under a heading, such as the steps of one clause."""

    title: str
    columns: tuple[Column, ...]
    clause: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """The rows of another table that a table extends: the first one (from 0) and how many."""

    table: str
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one grain with given columns and steps; `key` names the text column that tells the rows apart."""

    name: str
    title: str
    grain: str
    key: str
    sections: tuple[Section, ...]
    extends: Span | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns in order."""
        return tuple(column for section in self.sections for column in section.columns)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The computed columns in order."""
        return tuple(column for column in self.columns if isinstance(column, Step))


def table(name: str, title: str, grain: str, key: str, columns: Iterable[Column], extends: Span | None = None) -> Table:
    """A table with one section."""
    return Table(name, title, grain, key, (Section(title, tuple(columns)),), extends)


def in_row(expr: Expr, number: int) -> Expr:
    """The expression of one row, from 0: its own where each row has one."""
    return expr.rows[number] if isinstance(expr, Each) else expr


def not_lowered(expr: Expr, form: str) -> FormulaError:
    """What every lowering raises for an operator that it does not know: a programmer's error."""
    return FormulaError(f"{type(expr).__name__} has no lowering to {form}")


_INNER = (Expr, Comparison)
_READING = (Total, Cell, Position, Item)


@cache
def _parts(kind: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))  # type: ignore[arg-type]


def children(expr: Expr | Comparison) -> list[Expr | Comparison]:
    """The expressions directly inside an expression."""
    parts: list[Expr | Comparison] = []
    for name in _parts(type(expr)):  # type: ignore[arg-type]
        value = getattr(expr, name)
        if isinstance(value, _INNER):
            parts.append(value)
        elif isinstance(value, tuple):
            for entry in value:
                inner = entry[-1] if name == "where" else entry
                if isinstance(inner, _INNER):
                    parts.append(inner)
    return parts


def columns_read(expr: Expr | Comparison) -> frozenset[str]:
    """The names of the same row's columns that an expression reads, at any depth."""
    return frozenset(part.name for part in every_part(expr) if isinstance(part, Col))


def tables_read(expr: Expr | Comparison) -> frozenset[str]:
    """The names of the tables that an expression reads rows of, at any depth."""
    return frozenset(part.table for part in every_part(expr) if isinstance(part, _READING))


def every_part(expr: Expr | Comparison) -> list[Expr | Comparison]:
    """The expression and all that are inside it, at any depth."""
    every = [expr]
    for part in every:
        every.extend(children(part))
    return every


def written(expr: Expr | Comparison | str | Decimal | tuple[object, ...]) -> str:
    """The expression as text that is the same for the same meaning: what is hashed and pinned."""
    if isinstance(expr, str):
        return repr(expr)
    if isinstance(expr, Decimal):
        return format(expr.normalize(), "f")
    if isinstance(expr, tuple):
        return "(" + ",".join(written(entry) for entry in expr) + ")"  # type: ignore[arg-type]
    inner = ",".join(written(getattr(expr, name)) for name in _parts(type(expr)))  # type: ignore[arg-type]
    return f"{expr.tag}({inner})"
