"""Lines that are there twice, and rows that look like totals of others."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

import polars as pl

from riskshare.formula.display import in_sentence
from riskshare.inputs.table import InputTable
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, error, warning

TOTAL = r"(?i)^(grand\s+|sub-?\s?)?totals?\b"


def judge_repeats(lines: InputTable, collector: Collector) -> None:
    """Findings for codes that two lines have, upper or lower case alike, and for rows that would count money twice."""
    key = pl.col("line").str.to_lowercase()
    if lines.frame.select(key).to_series().n_unique() < lines.frame.height:
        numbered = lines.frame.with_row_index("number").filter(pl.col("line") != "")
        first = pl.col("number").min().over(key).alias("first")
        collector.rows(
            numbered.with_columns(first).filter(pl.col("number") > pl.col("first")), partial(_repeated, lines)
        )
    for column in ("line", "description"):
        collector.rows(lines.frame.filter(pl.col(column).str.contains(TOTAL)), partial(_total, lines, column))


def _repeated(lines: InputTable, row: Mapping[str, Any]) -> Finding:
    earlier = lines.place(lines.frame.row(row["first"], named=True), "line")
    action = "Give every line a code of its own."
    return error(
        "repeated-line", lines.place(row, "line"), f"line '{row['line']}' is there already: {earlier}", "", action
    )


def _total(lines: InputTable, column: str, row: Mapping[str, Any]) -> Finding:
    action = "If it is a total of other lines, remove it: its money would count twice."
    amount = "" if row["budget"] is None else f", {in_sentence(Decimal(row['budget']))}"
    return warning("total-row", lines.place(row, column), f"'{row[column]}'{amount}, looks like a total", "", action)
