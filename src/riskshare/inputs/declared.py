"""Reads the declared columns of a file into our types, with a finding for each cell that is not what is declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from pandera.polars import DataFrameSchema

from riskshare.inputs.columns import Wanted, judge_texts, match_columns, our_cells
from riskshare.inputs.declarations import figures, meaning, texts
from riskshare.inputs.files import read_table
from riskshare.inputs.numbers import NumberSource, read_numbers
from riskshare.inputs.table import InputTable, Origin
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, any_error, error


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
    judge_texts(cells, [name for name in texts(schema) if name in positions], origin, collector)
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
    """The tables by name, none where any finding on them is an error, and the findings."""
    named = {table.name: table for table in tables}
    return ({} if any_error(collector.findings()) else named), collector.findings()
