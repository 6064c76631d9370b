"""Reads tables of single cases for stop-loss rules: one row per case with its pool and its cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from riskshare.inputs.amounts import MONEY, Source, read_numbers
from riskshare.inputs.columns import Wanted, match_columns, our_cells
from riskshare.inputs.files import read_table
from riskshare.inputs.table import Origin
from riskshare.inputs.tally import Tally
from riskshare.inputs.texts import judge_texts
from riskshare.problems.findings import Finding, any_error, error

COLUMNS = ("case", "pool", "cost")


@dataclass(frozen=True)
class Cases:
    """Single cases: one row per case in order of pool and case, its cost in pounds to the penny."""

    file: str
    frame: pl.DataFrame
    origin: Origin


def read_cases(file: str, folder: Path) -> tuple[Cases | None, tuple[Finding, ...]]:
    """The cases in a file, or None and findings where anything in it is wrong."""
    tally = Tally()
    cases = _cases(file, folder, tally)
    return (None if any_error(tally.findings()) else cases), tally.findings()


def _cases(file: str, folder: Path, tally: Tally) -> Cases | None:
    table = read_table(file, folder, tally)
    positions = match_columns(table, Wanted(COLUMNS, COLUMNS), tally) if table else None
    if table is None or positions is None:
        return None
    origin = table.origin(positions)
    cells = our_cells(table, positions)
    judge_texts(cells, ["case", "pool"], origin, tally)
    tally.extend(_repeated(cells, origin))
    cost = read_numbers(cells, "cost", MONEY, Source(origin, table.floats), tally)
    return Cases(file, cells.with_columns(cost).select("case", "pool", "cost", "row").sort("pool", "case"), origin)


def _repeated(cells: pl.DataFrame, origin: Origin) -> Iterator[Finding]:
    for row, case in cells.filter(pl.col("case").is_duplicated()).select("row", "case").rows()[:50]:
        yield error("repeated-case", origin.place(row, "case"), f"case '{case}' is there more than once")
