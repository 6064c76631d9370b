"""Our columns in a table of the user's: found in its header, trimmed, and judged for what no text may hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import polars as pl
from pandera.polars import DataFrameSchema

from riskshare.inputs.declarations import required
from riskshare.inputs.nhs_numbers import TEN_DIGITS, patients_numbers
from riskshare.inputs.table import LOST, Origin, RawTable, one_line
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, Place, any_error, did_you_mean, error, warning
from riskshare.problems.harmless import NOT_IN_XML

NEARLY_EQUAL = 0.84
TEXT_LIMIT = 500


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


def headers_of(table: RawTable, positions: Mapping[str, int], columns: Iterable[str]) -> dict[str, str]:
    """What the file calls those of our columns that it has."""
    return {name: table.header[positions[name]] for name in columns if name in positions}


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


def trimmed(column: pl.Expr) -> pl.Expr:
    """The text without white space around it; empty where there is none."""
    return column.fill_null("").str.replace_all("\u00a0", " ", literal=True).str.strip_chars()


def judge_texts(
    frame: pl.DataFrame,
    headers: Mapping[str, str],
    origin: Origin,
    collector: Collector,
    not_nhs_numbers: Sequence[str] | None = None,
) -> None:
    """Findings for lost cells, texts that are too long and patients' numbers, each at its place.

    Grain: a frame of trimmed text, which has a column `row`. Args: what the file calls each column that is judged, and
    the headers below which the model says that no NHS numbers stand, or nothing where a model can't say so.
    """
    doubtful = frame.select(_is_doubtful(pl.col(column)).any().alias(column) for column in headers)
    for column in (column for column in headers if doubtful[column].any()):
        _judge(frame.filter(_is_doubtful(pl.col(column))), column, origin, collector)
        collector.extend(patients_numbers(frame, column, headers[column], origin, not_nhs_numbers))


def _is_doubtful(cell: pl.Expr) -> pl.Expr:
    lost = cell.is_in(list(LOST)) | (cell.str.len_bytes() > TEXT_LIMIT)
    return lost | cell.str.contains(TEN_DIGITS) | cell.str.contains(NOT_IN_XML)


def _judge(frame: pl.DataFrame, column: str, origin: Origin, collector: Collector) -> None:
    def place(row: Mapping[str, Any]) -> Place:
        return origin.place(row["row"], column)

    cell = pl.col(column)
    collector.rows(frame.filter(cell.is_in(list(LOST))), lambda row: _lost(place(row), row[column]))
    collector.rows(frame.filter(cell.str.len_chars() > TEXT_LIMIT), lambda row: _too_long(place(row), row[column]))
    collector.rows(frame.filter(cell.str.contains(NOT_IN_XML)), lambda row: unwritable(place(row), "the cell"))


def _lost(place: Place, word: str) -> Finding:
    found, action = LOST[word]
    return error("lost-cell", place, found, "", action)


def unwritable(place: Place, what: str) -> Finding:
    """The finding for a text with a character that no workbook can hold."""
    found = f"{what} holds a control character, which no workbook can hold"
    return error("control-character", place, found, "printable text", "Type the text anew.")


def _too_long(place: Place, text: str) -> Finding:
    return error("text-too-long", place, f"the text has {len(text):,} characters", f"at most {TEXT_LIMIT}")
