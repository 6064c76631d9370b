"""Computes the tables in order with polars; refuses nulls and money beyond the limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import cast

import polars as pl

from riskshare.formula.language import Given, Step, Table, columns_read, tables_read
from riskshare.formula.to_polars import AS_WRITTEN, EXACT, ToPolars
from riskshare.formula.units import MONEY
from riskshare.problems.errors import FormulaError, TooLargeError

MONEY_LIMIT = Decimal(1_000_000_000_000)
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
    frames = {**done, table.name: frame}
    lowering = ToPolars(frames, keys)
    for part in _parts(table):
        batches = tuple(_batches(part))
        try:
            frames[table.name] = _with_steps(frames[table.name], batches, lowering)
        except pl.exceptions.ComputeError:
            frames[table.name] = _one_by_one(table, frames[table.name], batches, lowering)
    in_order = dict.fromkeys((*frame.columns, *(step.name for step in table.steps)))
    given = frames[table.name].select(list(in_order))
    _refuse_nulls(table, given)
    _refuse_beyond_limit(table, given)
    return given


def _with_steps(frame: pl.DataFrame, batches: Iterable[Iterable[Step]], lowering: ToPolars) -> pl.DataFrame:
    """All batches in one query: planning each of them for itself would take longer than computing it."""
    query = frame.lazy()
    for batch in batches:
        query = query.with_columns([lowering.step(step) for step in batch])
    return query.collect(optimizations=AS_WRITTEN)


def _one_by_one(
    table: Table, frame: pl.DataFrame, batches: Iterable[tuple[Step, ...]], lowering: ToPolars
) -> pl.DataFrame:
    """The same, to find the steps that cannot be computed."""
    for batch in batches:
        try:
            frame = _with_steps(frame, (batch,), lowering)
        except pl.exceptions.ComputeError as failure:
            raise _refused(table, batch, str(failure).split("\n", maxsplit=1)[0]) from failure
    return frame


def _parts(table: Table) -> Iterator[tuple[Step, ...]]:
    """The steps cut before each that reads rows of its own table, where everything before it must be there."""
    part: list[Step] = []
    for step in table.steps:
        if table.name in tables_read(step.expr):
            yield tuple(part)
            part = []
        part.append(step)
    yield tuple(part)


def _batches(steps: Iterable[Step]) -> Iterator[tuple[Step, ...]]:
    """Steps that can be computed side by side: those that read none, then those that read only these, and so on."""
    depth: dict[str, int] = {}
    batches: list[list[Step]] = []
    for step in steps:
        depth[step.name] = max((depth[name] + 1 for name in columns_read(step.expr) if name in depth), default=0)
        if depth[step.name] == len(batches):
            batches.append([])
        batches[depth[step.name]].append(step)
    yield from (tuple(batch) for batch in batches)


def _refused(table: Table, steps: Iterable[Step], reason: str) -> FormulaError:
    kind = TooLargeError if "overflow" in reason else FormulaError
    return kind(f"table {table.name}: {reason} in {', '.join(step.name for step in steps)}")


def _refuse_nulls(table: Table, frame: pl.DataFrame) -> None:
    counts = frame.null_count().row(0, named=True)
    empty = [step.name for step in table.steps if counts[step.name]]
    if empty:
        raise FormulaError(f"table {table.name}: no value in some rows of {', '.join(empty)}")


def _refuse_beyond_limit(table: Table, frame: pl.DataFrame) -> None:
    money = [column.name for column in table.columns if column.unit is MONEY]
    if not frame.height or not money:
        return
    amounts = pl.concat([frame.get_column(name).alias(MONEY.name) for name in money], rechunk=False)
    if max(-cast(Decimal, amounts.min()), cast(Decimal, amounts.max())) < MONEY_LIMIT:
        return
    largest = frame.select(pl.col(money).abs().max()).row(0, named=True)
    for name in money:
        if largest[name] >= MONEY_LIMIT:
            raise TooLargeError(f"table {table.name}: {name} reaches £1e12, beyond which pennies are lost")
