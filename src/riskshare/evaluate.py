"""Computes the tables in order with polars; refuses nulls and money beyond the limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import polars as pl

from riskshare.errors import FormulaError, TooLargeError
from riskshare.formula.language import Given, Step, Table, columns_read
from riskshare.formula.to_polars import EXACT, ToPolars
from riskshare.formula.units import MONEY

MONEY_LIMIT = Decimal("1e12")
Figures = Mapping[str, pl.DataFrame]


def evaluate(tables: Iterable[Table], frames: Figures) -> Figures:
    """The frame of every table, with its given columns and its steps.

    Args: tables in the order they read each other; frames of those whose given columns come from the user's files.
    Raises FormulaError where a step is null or divides by zero, TooLargeError where money reaches £1e12.
    """
    done = dict(frames)
    keys: dict[str, str] = {}
    for table in tables:
        keys[table.name] = table.key
        done[table.name] = _computed(table, _given(table, done), done, keys)
    return done


def _given(table: Table, done: Figures) -> pl.DataFrame:
    columns = [_series(column) for column in table.columns if isinstance(column, Given) and column.values is not None]
    if table.extends:
        rows = done[table.extends.table].slice(table.extends.first, table.extends.count)
        return rows.with_columns(columns) if columns else rows
    return pl.DataFrame(columns) if columns else done[table.name]


def _series(column: Given) -> pl.Series:
    return pl.Series(column.name, column.values, dtype=pl.String if column.unit.decimals is None else EXACT)


def _computed(table: Table, frame: pl.DataFrame, done: Figures, keys: Mapping[str, str]) -> pl.DataFrame:
    for batch in _batches(table):
        lowering = ToPolars({**done, table.name: frame}, keys)
        try:
            frame = frame.with_columns(lowering.step(step) for step in batch)
        except pl.exceptions.ComputeError as failure:
            raise _refused(table, batch, str(failure).split("\n", maxsplit=1)[0]) from failure
    _refuse_nulls(table, frame)
    _refuse_beyond_limit(table, frame)
    return frame


def _batches(table: Table) -> Iterator[tuple[Step, ...]]:
    """Steps that can be computed side by side: a batch ends before a step that reads one of it."""
    batch: dict[str, Step] = {}
    for step in table.steps:
        if reads_table(step, table.name) or columns_read(step.expr) & batch.keys():
            yield tuple(batch.values())
            batch = {}
        batch[step.name] = step
    yield tuple(batch.values())


def reads_table(step: Step, table: str) -> bool:
    """Whether a step reads rows of a table; where that is its own, everything before it must be there."""
    return f"(table={table!r}" in repr(step.expr)


def _refused(table: Table, steps: Iterable[Step], reason: str) -> FormulaError:
    kind = TooLargeError if "overflow" in reason else FormulaError
    return kind(f"table {table.name}: {reason} in {', '.join(step.name for step in steps)}")


def _refuse_nulls(table: Table, frame: pl.DataFrame) -> None:
    empty = [step.name for step in table.steps if frame.get_column(step.name).null_count()]
    if empty:
        raise FormulaError(f"table {table.name}: no value in some rows of {', '.join(empty)}")


def _refuse_beyond_limit(table: Table, frame: pl.DataFrame) -> None:
    for column in table.columns:
        if column.unit is MONEY and frame.height and frame.get_column(column.name).abs().max() >= MONEY_LIMIT:  # type: ignore[operator]
            raise TooLargeError(f"table {table.name}: {column.name} reaches £1e12, beyond which pennies are lost")
