"""Reads the declared columns of a file into our types, with a finding for each cell that is not what is declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from pandera.polars import DataFrameSchema

from riskshare.inputs.columns import Wanted, headers_of, judge_texts, match_columns, our_cells
from riskshare.inputs.declarations import Meaning, failures, figures, meaning, of_frame, texts
from riskshare.inputs.files import read_table
from riskshare.inputs.numbers import NumberSource, read_numbers
from riskshare.inputs.table import InputTable, Origin
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, any_error, did_you_mean, error, one_of

MOST = 50


@dataclass(frozen=True)
class Typed:
    """The declared columns of one file, and `row`.

    Grain: one row per row of the file that holds something, in its order. Units: those declared, as Decimal(38, 16).
    Text is trimmed, empty where the file has no such column, in lower case where only some words are allowed.
    """

    frame: pl.DataFrame
    origin: Origin


def read_declared(file: str, folder: Path, schema: DataFrameSchema, collector: Collector) -> Typed | None:
    """The columns of a file that has its header in the first row, or None and findings where one cannot be had."""
    table = read_table(file, folder, collector)
    positions = match_columns(table, Wanted.declared(schema), collector) if table else None
    if table is None or positions is None:
        return None
    origin = table.origin(positions)
    cells = our_cells(table, positions)
    judge_texts(cells, headers_of(table, positions, texts(schema)), origin, collector)
    source = NumberSource(origin, table.floats)
    numbers = [read_numbers(cells, name, kind, source, collector) for name, kind in figures(schema).items()]
    words = [_words(name, schema, cells) for name in texts(schema)]
    return Typed(cells.with_columns(*numbers, *words).select(*schema.columns, "row"), origin)


def _words(name: str, schema: DataFrameSchema, cells: pl.DataFrame) -> pl.Expr:
    if name not in cells.columns:
        return pl.lit("").alias(name)
    return pl.col(name).str.to_lowercase() if meaning(schema.columns[name]).words else pl.col(name)


def repeated(typed: Typed, column: str) -> Iterator[Finding]:
    """A finding for each row of a code that several rows have, at most fifty."""
    for row, code in typed.frame.filter(pl.col(column).is_duplicated()).select("row", column).rows()[:50]:
        found = f"{column} '{code}' is there more than once"
        yield error(f"repeated-{column}", typed.origin.place(row, column), found)


def sound(tables: Iterable[InputTable], collector: Collector) -> tuple[dict[str, InputTable], tuple[Finding, ...]]:
    """The tables by name, none where any finding on them is an error, and the findings.

    Errors: beside those that the collector has, a cell that is not what its column is declared to hold.
    """
    named = {table.name: table for table in tables}
    for table in named.values():
        collector.extend(_otherwise_than_declared(table))
    return ({} if any_error(collector.findings()) else named), collector.findings()


def _otherwise_than_declared(table: InputTable) -> Iterator[Finding]:
    """Findings for cells that fail their declaration; what a code may look like is judged where codes are read."""
    schema = of_frame(table.schema, table.frame)
    for column, rows in failures(schema, table.frame).items():
        declared = meaning(schema.columns[column])
        for row in () if declared.pattern else table.frame[rows[:MOST]].iter_rows(named=True):
            yield _otherwise(table, column, declared, row)


def _otherwise(table: InputTable, column: str, declared: Meaning, row: Mapping[str, Any]) -> Finding:
    place, cell = table.place(row, column), row[column]
    if declared.words:
        found = f"{column}: '{cell}' is unknown" if cell else f"{column}: the cell is empty"
        return error("bad-word", place, found, one_of(declared.words), did_you_mean(cell, declared.words))
    if cell == "":
        return error("empty-cell", place, f"the {table.keys[0]} has no {'code' if column in table.keys else column}")
    return error("out-of-range", place, f"{column}: {cell} is out of range")
