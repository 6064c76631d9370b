"""Text cells: trimmed, and judged for what no text column of budget lines may hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from riskshare.inputs.table import LOST, Origin
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, Place, error

TEXT_LIMIT = 500
TEN_DIGITS = r"\d{3}[ \-]?\d{3}[ \-]?\d{4}"
NUMBER_OF_TEN = re.compile(rf"(?<!\d){TEN_DIGITS}(?!\d)")


def trimmed(column: pl.Expr) -> pl.Expr:
    """The text without white space around it; empty where there is none."""
    return column.fill_null("").str.replace_all("\u00a0", " ", literal=True).str.strip_chars()


def judge_texts(frame: pl.DataFrame, columns: Sequence[str], origin: Origin, collector: Collector) -> None:
    """Findings for lost cells, texts that are too long and patients' numbers, each at its place.

    Grain: the columns of a frame of trimmed text, which has a column `row`.
    """
    doubtful = frame.select(_is_doubtful(pl.col(column)).any().alias(column) for column in columns)
    for column in (column for column in columns if doubtful[column].any()):
        _judge(frame.filter(_is_doubtful(pl.col(column))), column, origin, collector)


def _is_doubtful(cell: pl.Expr) -> pl.Expr:
    return cell.is_in(list(LOST)) | (cell.str.len_bytes() > TEXT_LIMIT) | cell.str.contains(TEN_DIGITS)


def _judge(frame: pl.DataFrame, column: str, origin: Origin, collector: Collector) -> None:
    def place(row: Mapping[str, Any]) -> Place:
        return origin.place(row["row"], column)

    cell = pl.col(column)
    collector.rows(frame.filter(cell.is_in(list(LOST))), lambda row: _lost(place(row), row[column]))
    collector.rows(frame.filter(cell.str.len_chars() > TEXT_LIMIT), lambda row: _too_long(place(row), row[column]))
    numbered = frame.filter(cell.str.contains(TEN_DIGITS))
    collector.extend(_patient(place(row)) for row in numbered.iter_rows(named=True) if has_nhs_number(row[column]))


def has_nhs_number(text: str) -> bool:
    """Whether ten digits of the text, with or without spaces, are a valid NHS number: modulus 11, last digit check."""
    return any(_is_valid(re.sub(r"\D", "", digits)) for digits in NUMBER_OF_TEN.findall(text))


def _is_valid(digits: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False))
    return (11 - total % 11) % 11 == int(digits[9])


def _lost(place: Place, word: str) -> Finding:
    found, action = LOST[word]
    return error("lost-cell", place, found, "", action)


def _too_long(place: Place, text: str) -> Finding:
    return error("text-too-long", place, f"the text has {len(text):,} characters", f"at most {TEXT_LIMIT}")


def _patient(place: Place) -> Finding:
    action = "riskshare needs no patient data: remove it from the file, and from wherever the file was sent."
    return error("patient-number", place, "the cell seems to hold an NHS number", "", action)
