"""Spots: the figures that can be asked about, and a figure opened: its formula with amounts, and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from riskshare.formula.units import Unit


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


@dataclass(frozen=True, slots=True)
class Line:
    """A budget line as a whole: its amounts, how it is treated and what of it reaches each locality."""

    number: int


Spot = Figure | Whole | Line


@dataclass(frozen=True, slots=True)
class Named:
    """What a figure is called and where it stands in the workbook; `row` names its row, `sheet` may be empty."""

    label: str
    row: str
    sheet: str
    cell: str
    clause: str
    rule: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a figure comes from: a file, and in it a line, or a sheet, row and column; `note` says what it means."""

    file: str
    sheet: str = ""
    row: int = 0
    column: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """A figure that another is made of; `opened` where it decides the other, so that it is worth opening."""

    spot: Spot
    opened: bool
    by_row: bool = False


@dataclass(frozen=True, slots=True)
class Others:
    """The contributions that are not shown one by one."""

    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Formula:
    """How a figure is made: in words, with the amounts, of what; `same` where it is another figure, unchanged."""

    words: str
    amounts: str
    branches: tuple[Branch, ...] = ()
    zeros: tuple[Spot, ...] = ()
    others: Others | None = None
    same: Spot | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A figure with everything that explains it.

    `through` are the figures that it equals, in order; `unchanged` the rules on the way that moved nothing.
    """

    spot: Spot
    named: Named
    unit: Unit
    amount: Decimal
    formula: Formula | None
    source: Source | None
    through: tuple[Named, ...] = ()
    unchanged: tuple[str, ...] = ()
    note: str = ""
