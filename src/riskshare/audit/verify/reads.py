"""Reads: which figures, given or computed, a figure is made of: what it reads itself, and all that lies behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal

import polars as pl

from riskshare.formula.language import (
    Cell,
    Col,
    Column,
    Each,
    Expr,
    Given,
    Item,
    Position,
    Running,
    Step,
    Table,
    Total,
    every_part,
)

FEW = 1_000
"""Of a total over more rows than these it is not told which of them it reads."""

Read = tuple[str, str, str | None]
"""A table, a column, and the key of the row that is read: none where it may be any row."""


class Reads:
    """Follows the expressions of a computed model."""

    def __init__(self, tables: Iterable[Table], figures: Mapping[str, pl.DataFrame]) -> None:
        """The tables in the order they read each other, and their figures."""
        self._tables = {table.name: table for table in tables}
        self._columns = {
            name: {column.name: column for column in table.columns} for name, table in self._tables.items()
        }
        self._figures = figures
        self._numbers: dict[str, dict[str, int]] = {}

    def given(self, table: str, step: str, row: str) -> set[Read]:
        """The given figures that a figure reads itself."""
        if table not in self._tables:
            return set()
        return {read for read in self._by((table, step, row)) if isinstance(self._column(read), Given)}

    def behind(self, table: str, step: str, row: str, follows: Callable[[Read], bool] = lambda _: True) -> set[Read]:
        """Every figure that a figure rests on, itself included; what lies behind those that are not followed is not."""
        figures: set[Read] = set()
        left: list[Read] = [(table, step, row)] if table in self._tables else []
        while left:
            read = left.pop()
            if read not in figures and follows(read):
                figures.add(read)
                left += self._by(read)
        return figures

    def value(self, read: Read) -> str | Decimal | None:
        """What is read: None where it may be any row, or there is no such row."""
        table, column, row = read
        number = self._number(table, row) if column in self._columns.get(table, {}) else None
        return None if number is None else self._figures[table][column][number]

    def _column(self, read: Read) -> Column | None:
        return self._columns[read[0]].get(read[1])

    def _by(self, read: Read) -> Iterator[Read]:
        column, (table, _, row) = self._column(read), read
        if isinstance(column, Step):
            for part in every_part(self._of_row(column.expr, table, row)):
                yield from self._of_part(part, table, row)

    def _of_row(self, expr: Expr, table: str, row: str | None) -> Expr:
        """The row's own expression, where each row has one."""
        number = self._number(table, row) if isinstance(expr, Each) else None
        return expr.rows[number] if isinstance(expr, Each) and number is not None else expr

    def _of_part(self, part: object, table: str, row: str | None) -> Iterator[Read]:
        match part:
            case Col(name):
                yield self._home(table, name), name, row
            case Running(Col(name)):
                yield self._home(table, name), name, None
            case Cell(other, name, key):
                yield self._home(other, name), name, key
            case Position(other, _):
                key = self._tables[other].key
                yield self._home(other, key), key, None
            case Item(other, name, Col(position)):
                yield (
                    self._home(other, name),
                    name,
                    self._key_at(other, self.value((self._home(table, position), position, row))),
                )
            case Total():
                yield from self._of_total(part, table, row)

    def _of_total(self, total: Total, table: str, row: str | None) -> Iterator[Read]:
        """The rows that are added up, and the words that decide which these are."""
        for name in (name for name, _ in total.where):
            yield self._home(total.table, name), name, None
        for key in self._matching(total, table, row):
            yield self._home(total.table, total.column), total.column, key

    def _matching(self, total: Total, table: str, row: str | None) -> list[str] | list[None]:
        words = {
            name: self.value((self._home(table, word.name), word.name, row)) if isinstance(word, Col) else word
            for name, word in total.where
        }
        if None in words.values():
            return [None]
        matching = self._figures[total.table]
        for name, word in words.items():
            matching = matching.filter(pl.col(name) == str(word))
        return matching[self._tables[total.table].key].to_list() if matching.height <= FEW else [None]

    def _home(self, table: str, column: str) -> str:
        """The table that a column belongs to: this one, or one that it extends at any depth, whose keys it shares."""
        span = self._tables[table].extends
        return table if column in self._columns[table] or span is None else self._home(span.table, column)

    def _number(self, table: str, row: str | None) -> int | None:
        if table not in self._numbers:
            keys = self._figures[table][self._tables[table].key]
            self._numbers[table] = {key: number for number, key in enumerate(keys)}
        return None if row is None else self._numbers[table].get(row)

    def _key_at(self, table: str, position: str | Decimal | None) -> str | None:
        """The key of the row with this number, from 1."""
        return None if position is None else str(self._figures[table][self._tables[table].key][int(position) - 1])
