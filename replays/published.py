"""Reads what was really paid out of a published file, with riskshare's own readers."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl

from riskshare.inputs.columns import Wanted, match_columns, our_cells
from riskshare.inputs.files import read_table
from riskshare.inputs.numbers import EXACT, NumberKind, numbers
from riskshare.problems.collector import Collector

AMOUNT = NumberKind("an amount", 16, 10**12)


def published(file: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    """Columns of a published file as trimmed text; raises ValueError with the findings where it cannot be read."""
    collector = Collector()
    table = read_table(file.name, file.parent, collector)
    positions = match_columns(table, Wanted(columns, columns), collector) if table else None
    if table is None or positions is None:
        raise ValueError("\n".join(str(finding) for finding in collector.findings()))
    return our_cells(table, positions)


def amounts(cells: pl.Series) -> pl.Series:
    """A column of published amounts; an empty cell is 0."""
    filled = pl.select(pl.when(cells == "").then(pl.lit("0")).otherwise(cells).alias(cells.name)).to_series()
    return numbers(filled, AMOUNT).cast(EXACT)


def half_a_unit(cells: pl.Series) -> Decimal:
    """Half a unit of the last decimal that a column of rates is printed with: 0.005 for 0.39, 0.00005 for 40.00%.

    One of the files drops trailing zeros (0.4 beside 0.39), so the column says how many decimals a rate has.
    """
    decimals = cells.str.strip_suffix("%").str.extract(r"\.(\d+)$").fill_null("").str.len_chars().max()
    hundredths = 2 if cells.str.ends_with("%").all() else 0
    return Decimal(5).scaleb(-int(str(decimals)) - hundredths - 1)
