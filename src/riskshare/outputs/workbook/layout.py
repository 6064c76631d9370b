"""Layout: where every table stands in the workbook, and so where every formula's references point."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from xlsxwriter.utility import quote_sheetname, xl_col_to_name

from riskshare.formula.language import Column, Given, Section, Step, Table
from riskshare.problems.errors import LayoutError

TERMS_SHEET = "Terms"
MARK = "\x00"
EXTENDED_MARK = "\x01"
FOLLOW = "Click a figure to go to where it is calculated."
ACROSS_HEADINGS = ("Figure", "Unit", "Clause", "Step", "All")
CLAUSE_COLUMN = ACROSS_HEADINGS.index("Clause")
TOTAL_COLUMN = ACROSS_HEADINGS.index("All")
FIRST_POOL_COLUMN = len(ACROSS_HEADINGS)


class Links(StrEnum):
    """What the cells of a block link to: nothing, the terms that its steps use, or where its figures come from."""

    NONE = "none"
    TERMS = "terms"
    SOURCES = "sources"


@dataclass(frozen=True, slots=True)
class Block:
    """A table as a sheet shows it: rows down the sheet, or (`across`) one column per row and a row per figure."""

    table: Table
    across: bool = False
    totals: bool = False
    caption: str = ""
    note: str = ""
    pence: bool = False
    space: int = 0
    links: Links = Links.NONE


@dataclass(frozen=True, slots=True)
class PlacedTable:
    """A block at its place: `top` is the row of its header (from 0), `count` the number of the table's rows."""

    block: Block
    sheet: str
    top: int
    count: int

    @property
    def table(self) -> Table:
        """The table."""
        return self.block.table

    @property
    def height(self) -> int:
        """Rows from the header to the end of the block, totals included."""
        if self.block.across:
            return 1 + sum(1 + len(section.columns) for section in self.table.sections)
        return 1 + self.count + int(self.block.totals)

    @property
    def first(self) -> int:
        """The sheet's row number (from 1) of the table's first row, for a block that runs down."""
        return self.top + 2


@dataclass(frozen=True, slots=True)
class FigureInCell:
    """What stands in a cell: a column of a table, in one of its rows (from 0), or its total, where `row` is None."""

    placed: PlacedTable
    section: Section
    column: Column
    row: int | None


class Layout:
    """Finds the cell of every figure of every table."""

    def __init__(self, placed: Iterable[PlacedTable], keys: Mapping[str, Mapping[str, int]]) -> None:
        """`keys` gives for each table the number of the row with each key, from 0.

        Raises LayoutError for a table that stands twice: a formula could not tell which of the two it means.
        """
        self.placed: dict[str, PlacedTable] = {}
        for entry in placed:
            other = self.placed.setdefault(entry.table.name, entry)
            if other is not entry:
                raise LayoutError(f"the table {entry.table.name!r} stands on {other.sheet!r} and on {entry.sheet!r}")
        self._keys = keys
        self._lines: dict[str, dict[str, int]] = {name: _lines_of(entry) for name, entry in self.placed.items()}

    def placement(self, table: str) -> PlacedTable:
        """Where a table stands."""
        if table not in self.placed:
            raise LayoutError(f"no sheet shows the table {table!r}")
        return self.placed[table]

    def line(self, table: str, column: str) -> int:
        """The column (or, laid across, the row) of the sheet that a figure has, from 0."""
        if column not in self._lines[table]:
            raise LayoutError(f"the table {table!r} shows no figure {column!r}")
        return self._lines[table][column]

    def shows(self, table: str, column: str) -> bool:
        """Whether the table itself shows the figure, rather than the one it extends."""
        return column in self._lines[table]

    def row_of(self, table: str, key: str) -> int:
        """The number of the row with this key, from 0."""
        if key not in self._keys[table]:
            raise LayoutError(f"the table {table!r} has no row {key!r}")
        return self._keys[table][key]

    def at(self, table: str, column: str, row: int) -> tuple[int, int]:
        """The sheet's row and column (from 0) of a figure in a row of a table."""
        placed = self.placement(table)
        line = self.line(table, column)
        return (line, FIRST_POOL_COLUMN + row) if placed.block.across else (placed.top + 1 + row, line)

    def standing(self, sheet: str, down: int, right: int) -> FigureInCell | None:
        """What stands in a cell, given by the sheet's row and column (from 0), or None where no table has it."""
        inside = (
            placed
            for placed in self.placed.values()
            if placed.sheet == sheet and placed.top < down < placed.top + placed.height
        )
        figures = (self._standing(placed, down, right) for placed in inside)
        return next((standing for standing in figures if standing is not None), None)

    def _standing(self, placed: PlacedTable, down: int, right: int) -> FigureInCell | None:
        across = placed.block.across
        line, row = (down, right - FIRST_POOL_COLUMN) if across else (right, down - placed.top - 1)
        names = {number: name for name, number in self._lines[placed.table.name].items()}
        every = ((section, column) for section in placed.table.sections for column in section.columns)
        own = next((entry for entry in every if entry[1].name == names.get(line)), None)
        if own is None:
            return None
        if 0 <= row < placed.count:
            return FigureInCell(placed, *own, row)
        in_total = right == TOTAL_COLUMN if across else row == placed.count
        shown = placed.block.totals and adds_up(own[1])
        return FigureInCell(placed, *own, None) if in_total and shown else None

    def total_at(self, table: str, column: str) -> tuple[int, int] | None:
        """The sheet's row and column (from 0) of a figure's total, or None where none is shown."""
        placed = self.placement(table)
        if not placed.block.totals or column not in {entry.name for entry in totalled(placed.table)}:
            return None
        line = self.line(table, column)
        return (line, TOTAL_COLUMN) if placed.block.across else (placed.top + 1 + placed.count, line)

    def address(self, sheet: str, table: str, column: str, row: int) -> str:
        """An absolute reference to one figure as a formula on `sheet` writes it."""
        down, right = self.at(table, column, row)
        return self.prefix(sheet, table) + _absolute(down, right)

    def prefix(self, sheet: str, table: str) -> str:
        """The sheet's name before a reference, or nothing on the sheet itself."""
        there = self.placement(table).sheet
        return "" if there == sheet else f"{quote_sheetname(there)}!"

    def seen_from_sheet(self, sheet: str) -> SeenFrom:
        """The addresses as a single formula on a sheet without tables writes them."""
        nowhere = Block(Table("", "", "", "", ()))
        return SeenFrom(self, PlacedTable(nowhere, sheet, 0, 0))

    def seen_from(self, table: str) -> SeenFrom:
        """The addresses as the formulas of one table write them."""
        return SeenFrom(self, self.placement(table))


class SeenFrom:
    """Addresses as the formulas of one placed table write them; MARK stands for the row's number (or letters)."""

    def __init__(self, layout: Layout, here: PlacedTable) -> None:
        """The layout and the table whose formulas are written."""
        self._layout, self._here = layout, here

    def own(self, column: str) -> str:
        """The same row's cell: in this table, or in the table that this one extends."""
        here = self._here
        if not self._layout.shows(here.table.name, column):
            return self._extended(column)
        line = self._layout.line(here.table.name, column)
        return f"{MARK}{line + 1}" if here.block.across else f"{xl_col_to_name(line)}{MARK}"

    @cached_property
    def extended_first(self) -> int:
        """The sheet's row number of the first row of the table that this one extends."""
        span = self._here.table.extends
        return 0 if span is None else self._layout.placement(span.table).first + span.first

    @property
    def shift(self) -> int:
        """How far the rows of the table that this one extends lie below this one's."""
        return self.extended_first - self._here.first

    def _extended(self, column: str) -> str:
        span = self._here.table.extends
        if span is None:
            raise LayoutError(f"table {self._here.table.name!r} has no column {column!r}")
        prefix = self._layout.prefix(self._here.sheet, span.table)
        return f"{prefix}{xl_col_to_name(self._layout.line(span.table, column))}{EXTENDED_MARK}"

    def running(self, column: str) -> str:
        """From the first row to the mark."""
        down, right = self._layout.at(self._here.table.name, column, 0)
        if self._here.block.across:
            return f"${xl_col_to_name(right)}{down + 1}:{MARK}{down + 1}"
        return f"{xl_col_to_name(right)}${down + 1}:{xl_col_to_name(right)}{MARK}"

    def neighbours(self, columns: tuple[str, ...]) -> str | None:
        """One range where the columns stand side by side in this table."""
        name = self._here.table.name
        if not all(self._layout.shows(name, column) for column in columns):
            return None
        lines = [self._layout.line(name, column) for column in columns]
        if lines != list(range(lines[0], lines[0] + len(lines))):
            return None
        return f"{self.own(columns[0])}:{self.own(columns[-1])}"

    def cell(self, table: str, column: str, key: str) -> str:
        """One cell of a table."""
        return self._layout.address(self._here.sheet, table, column, self._layout.row_of(table, key))

    def values(self, table: str, column: str, copied: bool) -> str:
        """The range of a column, also of one that the table shows only through the table it extends.

        Without rows it is the heading, which adds nothing: the cell below it would be the total itself.
        """
        placed = self._layout.placement(table)
        span, first, count = placed.table.extends, 0, placed.count
        if not self._layout.shows(table, column) and span is not None:
            table, first = span.table, span.first
        rows = (first, first + count - 1) if count else (-1, -1)
        start, end = (self._layout.at(table, column, row) for row in rows)
        prefix = self._layout.prefix(self._here.sheet, table)
        return prefix + (f"{_by_row(*start)}:{_by_row(*end)}" if copied else f"{_absolute(*start)}:{_absolute(*end)}")

    def total(self, table: str, column: str) -> str | None:
        """The cell with a column's total."""
        place = self._layout.total_at(table, column)
        return None if place is None else self._layout.prefix(self._here.sheet, table) + _absolute(*place)

    def keys(self, table: str) -> str:
        """The range of a table's keys."""
        return self.values(table, self._layout.placement(table).table.key, copied=False)


def totalled(table: Table) -> tuple[Given | Step, ...]:
    """The columns whose total over the rows means something: additive amounts and counts."""
    return tuple(column for column in table.columns if adds_up(column))


def adds_up(column: Given | Step) -> bool:
    """Whether a column's total over the rows means something."""
    return column.additive and column.unit.decimals is not None


def stack(sheet: str, blocks: Iterable[Block], counts: Mapping[str, int], top: int) -> Iterator[PlacedTable]:
    """Places blocks below each other with room for a caption and a note above each and a free row below."""
    for block in blocks:
        top += block.space + int(bool(block.caption)) + int(bool(block.note))
        placed = PlacedTable(block, sheet, top, counts[block.table.name])
        yield placed
        top += placed.height + 2


def _lines_of(placed: PlacedTable) -> dict[str, int]:
    if not placed.block.across:
        return {column.name: number for number, column in enumerate(placed.table.columns)}
    lines, line = {}, placed.top
    for section in placed.table.sections:
        line += 1
        for column in section.columns:
            line += 1
            lines[column.name] = line
    return lines


def _absolute(down: int, right: int) -> str:
    return f"${xl_col_to_name(right)}${down + 1}"


def _by_row(down: int, right: int) -> str:
    return f"{xl_col_to_name(right)}${down + 1}"
