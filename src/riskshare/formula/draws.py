"""Computes the same steps in many draws at once: only those that a drawn figure reaches and that somebody asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from riskshare.formula.evaluate import Figures
from riskshare.formula.language import (
    Cell,
    Col,
    Expr,
    Item,
    Step,
    Table,
    Total,
    every_part,
)
from riskshare.formula.scaled import Doubts, Flags, Floats, Scaled, constant, taken, whole
from riskshare.formula.to_floats import ToFloats
from riskshare.problems.errors import FormulaError

Column = tuple[str, str]
"""A column of a table: the names of both."""
PENNIES = 2


@dataclass(frozen=True, slots=True)
class Chunk:
    """What some draws came to: for each column that was asked for its figures, rows x draws, in pennies."""

    figures: Mapping[Column, Floats]
    doubtful: Flags
    """The draws in which a double cannot tell how a figure is rounded, so that the exact engine has to say."""


class Drawn:
    """The steps of a computed model, ready to be computed again in many draws."""

    def __init__(
        self, tables: Iterable[Table], figures: Figures, drawn: Iterable[Column], asked: Iterable[Column]
    ) -> None:
        """The tables in order with their figures; the columns that are drawn; the amounts that are asked for."""
        self._tables = {table.name: table for table in tables}
        self._fixed = _Fixed(self._tables, figures)
        self._drawn = frozenset(drawn)
        self._asked = tuple(asked)
        self._steps = tuple(self._needed())
        self._last_read = self._last_reads()

    @property
    def steps(self) -> int:
        """How many steps are computed in every draw."""
        return len(self._steps)

    def _needed(self) -> Iterator[tuple[str, Step]]:
        reached, read_by = set(self._drawn), {}
        for table, step in self._every_step():
            reads = self._reads(table, step)
            if reads & reached and (table, step.name) not in self._drawn:
                reached.add((table, step.name))
                read_by[(table, step.name)] = reads & reached
        wanted, ahead = set(), [self._fixed.owner(*column) for column in self._asked]
        while ahead:
            column = ahead.pop()
            if column not in wanted:
                wanted.add(column)
                ahead.extend(read_by.get(column, ()))
        yield from (
            (table, step)
            for table, step in self._every_step()
            if (table, step.name) in wanted and (table, step.name) in read_by
        )

    def _every_step(self) -> Iterator[tuple[str, Step]]:
        return ((name, step) for name, table in self._tables.items() for step in table.steps)

    def _reads(self, table: str, step: Step) -> set[Column]:
        return {self._fixed.owner(*column) for column in _columns_in(step.expr, table)}

    def _last_reads(self) -> dict[int, list[Column]]:
        """After which step a column is read no more."""
        last: dict[Column, int] = {}
        for number, (table, step) in enumerate(self._steps):
            last[(table, step.name)] = number
            last |= dict.fromkeys(self._reads(table, step), number)
        ends: dict[int, list[Column]] = defaultdict(list)
        kept = {self._fixed.owner(*column) for column in self._asked}
        for column, number in last.items():
            if column not in kept:
                ends[number].append(column)
        return ends

    def run(self, drawn: Mapping[Column, Floats]) -> Chunk:
        """The figures that were asked for, in as many draws as the drawn columns are wide.

        Args: for each drawn column whole pennies, rows x draws. Raises FormulaError where an operator is not known.
        """
        width = next(iter(drawn.values())).shape[1]
        doubts = Doubts(np.zeros(width, dtype=np.bool_))
        columns = _Columns(self._fixed, {column: whole(amounts, PENNIES) for column, amounts in drawn.items()})
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            for number, (table, step) in enumerate(self._steps):
                columns.begin(table)
                lowered = ToFloats(columns, table, doubts).step(step)
                columns.keep((table, step.name), lowered, width)
                columns.forget(self._last_read.get(number, ()))
        figures = {column: columns.asked(column, width) for column in self._asked}
        for amounts in figures.values():
            doubts.add(~np.isfinite(amounts))
        return Chunk(figures, doubts.draws)


def _columns_in(expr: Expr, table: str) -> Iterator[Column]:
    """The columns that an expression reads amounts of."""
    for part in every_part(expr):
        match part:
            case Col(name):
                yield table, name
            case Total(other, column) | Cell(other, column) | Item(other, column):
                yield other, column


class _Fixed:
    """What is the same in every draw: figures, texts, and where rows stand; each is looked up once."""

    def __init__(self, tables: Mapping[str, Table], figures: Figures) -> None:
        self._tables, self._figures = tables, figures
        self._constants: dict[Column, Scaled] = {}
        self._matching: dict[tuple[str, Total], tuple[NDArray[np.intp], NDArray[np.intp] | None]] = {}
        self._positions: dict[str, dict[str, int]] = {}
        self._owners: dict[Column, Column] = {}
        self._names = {name: {column.name for column in table.columns} for name, table in tables.items()}

    def owner(self, table: str, name: str) -> Column:
        """The column itself, where a table has it from one that it extends."""
        if (table, name) not in self._owners:
            span = self._tables[table].extends
            inherits = name not in self._names[table] and span is not None
            self._owners[(table, name)] = self.owner(span.table, name) if inherits and span else (table, name)
        return self._owners[(table, name)]

    def first_row(self, table: str, owner: str) -> int:
        """Where the rows of a table begin in that which has the column."""
        first = 0
        while table != owner:
            span = self._tables[table].extends
            if span is None:
                raise FormulaError(f"table {table} does not extend {owner}")
            table, first = span.table, first + span.first
        return first

    def height(self, table: str) -> int:
        return self._figures[table].height

    def constant(self, table: str, name: str) -> Scaled:
        if (table, name) not in self._constants:
            self._constants[(table, name)] = constant(self._figures[table][name].to_list())
        return self._constants[(table, name)]

    def numbers(self, table: str, column: str) -> NDArray[np.intp]:
        return self._figures[table][column].cast(pl.Int64).to_numpy().astype(np.intp)

    def texts(self, table: str, column: str) -> list[str]:
        return self._figures[table][column].to_list()

    def position(self, table: str, key: str) -> int:
        if table not in self._positions:
            keys = self._figures[table][self._tables[table].key].to_list()
            self._positions[table] = {text: number for number, text in enumerate(keys)}
        return self._positions[table][key]

    def matching(self, total: Total, table: str) -> tuple[NDArray[np.intp], NDArray[np.intp] | None]:
        if (table, total) not in self._matching:
            self._matching[(table, total)] = self._matched(total, table)
        return self._matching[(table, total)]

    def _matched(self, total: Total, table: str) -> tuple[NDArray[np.intp], NDArray[np.intp] | None]:
        rows: dict[tuple[str, ...], list[int]] = defaultdict(list)
        theirs = self._figures[total.table].select(column for column, _ in total.where)
        for number, texts in enumerate(theirs.iter_rows()):
            rows[texts].append(number)
        if all(isinstance(text, str) for _, text in total.where):
            wanted = rows.get(tuple(str(text) for _, text in total.where), [])
            return np.array(wanted, dtype=np.intp), None
        own = self._figures[table]
        keys = zip(
            *(own[text.name] if isinstance(text, Col) else [text] * own.height for _, text in total.where), strict=True
        )
        groups = [rows.get(key, []) for key in keys]
        starts = np.cumsum([0, *(len(group) for group in groups)])[:-1]
        return np.array([row for group in groups for row in group], dtype=np.intp), starts.astype(np.intp)


class _Columns:
    """The columns of one chunk of draws, behind those that are fixed."""

    def __init__(self, fixed: _Fixed, drawn: dict[Column, Scaled]) -> None:
        self._fixed, self._drawn = fixed, drawn
        self._table = ""
        self.ended: dict[tuple[Expr, Expr, Expr], Scaled] = {}
        self.matching, self.position = fixed.matching, fixed.position
        self.numbers, self.texts, self.height = fixed.numbers, fixed.texts, fixed.height

    def column(self, table: str, name: str) -> Scaled:
        own = self._drawn.get((table, name))
        if own is not None:
            return own
        owner = self._fixed.owner(table, name)
        if owner not in self._drawn:
            return self._fixed.constant(table, name)
        if owner[0] == table:
            return self._drawn[owner]
        first = self._fixed.first_row(table, owner[0])
        return taken(self._drawn[owner], np.arange(first, first + self.height(table), dtype=np.intp))

    def keep(self, column: Column, amount: Scaled, width: int) -> None:
        """A step's column, one row for each row of its table."""
        height = self.height(column[0])
        if amount.number.shape == (height, width):
            self._drawn[column] = amount
            return
        number = np.broadcast_to(amount.number, (height, width))
        self._drawn[column] = Scaled(
            number,
            amount.decimals,
            np.broadcast_to(amount.bound, (height, 1)),
            None,
            amount.ulps,
        )

    def begin(self, table: str) -> None:
        """Parts end in their own table alone."""
        if table != self._table:
            self._table = table
            self.ended.clear()

    def forget(self, columns: Iterable[Column]) -> None:
        """Lets go of what is read no more."""
        for column in columns:
            self._drawn.pop(column, None)

    def asked(self, column: Column, width: int) -> Floats:
        """The figures of a column in every draw."""
        amount = self.column(*column).at(PENNIES)
        return np.broadcast_to(amount.number, (self.height(column[0]), width))
