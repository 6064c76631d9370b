"""Finds our columns in the header of a table, by their own names or by the names that a model gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

import polars as pl
from pandera.polars import DataFrameSchema

from riskshare.inputs.declarations import required
from riskshare.inputs.table import RawTable, one_line
from riskshare.inputs.texts import trimmed
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, Place, any_error, did_you_mean, error, warning

NEARLY_EQUAL = 0.84


@dataclass(frozen=True)
class Wanted:
    """The columns that a table may and must have, and what a model calls them (at the place `named_at`)."""

    ours: tuple[str, ...]
    required: tuple[str, ...]
    renamed: Mapping[str, str] = field(default_factory=dict)
    named_at: Place = field(default_factory=lambda: Place("model.toml"))

    @classmethod
    def declared(cls, schema: DataFrameSchema) -> Wanted:
        """The columns of a table in riskshare's own format."""
        return cls(tuple(schema.columns), required(schema))

    def theirs(self, name: str) -> str:
        """What the file calls our column."""
        return self.renamed.get(name, name)


def match_columns(table: RawTable, wanted: Wanted, collector: Collector) -> dict[str, int] | None:
    """The number of each of our columns that the table has, from 0; None where they cannot be told.

    Errors: a column that is missing, there twice, or named in the model and none of ours; a name that is nearly ours is
    a warning. Source: the findings are placed at the header.
    """
    positions = {name: _positions(table, wanted.theirs(name)) for name in wanted.ours}
    problems = (
        *_unknown_names(wanted),
        *_missing(table, wanted, [name for name in positions if not positions[name]]),
        *(_repeated(table, wanted.theirs(name), numbers) for name, numbers in positions.items() if len(numbers) > 1),
        *_near_misses(table, wanted, positions),
    )
    collector.extend(problems)
    return None if any_error(problems) else {name: numbers[0] for name, numbers in positions.items() if numbers}


def our_cells(table: RawTable, positions: Mapping[str, int]) -> pl.DataFrame:
    """Our columns as trimmed text, empty where nothing stands, and `row`.

    Grain: one row per row of the file that holds something in one of them.
    """
    ours = [trimmed(pl.col(str(number))).alias(name) for name, number in positions.items()]
    frame = table.cells.select(ours).with_columns(table.rows.alias("row"))
    return frame.filter(pl.any_horizontal(pl.col(name) != "" for name in positions))


def _positions(table: RawTable, theirs: str) -> list[int]:
    name = one_line(theirs).casefold()
    return [number for number, entry in enumerate(table.header) if entry and entry.casefold() == name]


def _unknown_names(wanted: Wanted) -> Iterator[Finding]:
    for name in wanted.renamed:
        if name not in wanted.ours:
            expected = f"one of {', '.join(wanted.ours)}"
            action = did_you_mean(name, wanted.ours)
            yield error("unknown-column", wanted.named_at, f"columns: '{name}' is no column of ours", expected, action)


def _missing(table: RawTable, wanted: Wanted, missing: list[str]) -> Iterator[Finding]:
    headers = [entry for entry in table.header if entry]
    for name in missing:
        if name in wanted.renamed or name in wanted.required:
            named = f", which model.toml gives for '{name}'" if name in wanted.renamed else ""
            found = f"there is no column '{wanted.theirs(name)}'{named}"
            action = did_you_mean(wanted.theirs(name), headers) or f"The columns are: {', '.join(headers)[:300]}."
            yield error("missing-column", table.head(), found, "", action)


def _repeated(table: RawTable, theirs: str, numbers: list[int]) -> Finding:
    letters = f" ({' and '.join(table.letters[number] for number in numbers)})" if table.sheet else ""
    found = f"{len(numbers)} columns are called '{theirs}'{letters}"
    return error("repeated-column", table.head(), found, "", "Rename or remove all but one.")


def _near_misses(table: RawTable, wanted: Wanted, positions: Mapping[str, list[int]]) -> Iterator[Finding]:
    used = {number for numbers in positions.values() for number in numbers}
    absent = [name for name in positions if not positions[name] and name not in (*wanted.renamed, *wanted.required)]
    for number, entry in enumerate(table.header):
        close = get_close_matches(entry.casefold(), absent, n=1, cutoff=NEARLY_EQUAL)
        if close and number not in used:
            action = f"If '{close[0]}' is meant, rename it or name it under columns in model.toml."
            place = table.head(table.letters[number])
            yield warning("near-miss-column", place, f"the column '{entry}' is not read", "", action)
