"""NHS numbers of patients, which no table here may hold, told from document numbers that look like them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from riskshare.inputs.table import Origin
from riskshare.problems.findings import Finding, Place, error

TEN_DIGITS: Final = r"\d{3}[ \-]?\d{3}[ \-]?\d{4}"
_OF_TEN: Final = re.compile(rf"(?<!\d){TEN_DIGITS}(?!\d)")
_OF_PEOPLE: Final = re.compile(
    r"\bnhs[ _-]*(?:no|num|number|nr|id)\b|\bchi\b|\bpatients?\b|\bservice[ _-]*users?\b|\bperson", re.IGNORECASE
)
"""What the name of a column with identifiers of people says."""
ISSUED: Final = (
    (3_200_000_000, 3_999_999_999),  # Northern Ireland
    (4_000_000_000, 4_999_999_999),  # England, Wales and the Isle of Man
    (6_000_000_000, 7_999_999_999),  # England, Wales and the Isle of Man
    (9_000_000_000, 9_999_999_999),  # 999 for tests, and numbers that training material shows
)
"""Numbers that are issued; those of Scotland begin with a date of birth instead."""

REMOVE: Final = (
    "riskshare needs no patient data: if it is one, remove it from the file, and from wherever the file was sent"
)
ACCEPT: Final = "If the numbers of the column are something else, say so with"


def patients_numbers(
    frame: pl.DataFrame, column: str, header: str, origin: Origin, accepted: Sequence[str] | None
) -> Iterator[Finding]:
    """A finding for each cell with an NHS number, where its column looks like identifiers of people.

    One of eleven numbers passes the check by chance. A column does by its name, or where most of its cells, or most of
    the numbers of ten digits in it, are NHS numbers. Args: the headers that the model says to be something else, or
    nothing where a model has no place to say so.
    """
    if header.casefold() in {word.casefold() for word in accepted or ()}:
        return
    numbered = frame.filter(pl.col(column).str.contains(TEN_DIGITS))
    held = [row for row in numbered.iter_rows(named=True) if has_nhs_number(row[column])]
    of_ten = sum(_OF_TEN.search(text) is not None for text in numbered[column])
    if held and (_OF_PEOPLE.search(header) or 2 * len(held) > of_ten):
        remedy = (
            REMOVE
            if accepted is None
            else f"{REMOVE}. {ACCEPT} not_nhs_numbers = {json.dumps([header], ensure_ascii=False)} at the input"
        )
        yield from (_patient(origin.place(row["row"], column), remedy) for row in held)


def has_nhs_number(text: str) -> bool:
    """Whether ten digits of the text, with or without spaces, are an NHS number: issued, and modulus 11 fits."""
    numbers = (re.sub(r"\D", "", digits) for digits in _OF_TEN.findall(text))
    return any(_is_issued(digits) and _is_valid(digits) for digits in numbers)


def _is_issued(digits: str) -> bool:
    number, day, month = int(digits), int(digits[:2]), int(digits[2:4])
    return any(low <= number <= high for low, high in ISSUED) or (1 <= day <= 31 and 1 <= month <= 12)


def _is_valid(digits: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False))
    return (11 - total % 11) % 11 == int(digits[9])


def _patient(place: Place, remedy: str) -> Finding:
    return error("patient-number", place, "the cell seems to hold an NHS number", "", remedy)
