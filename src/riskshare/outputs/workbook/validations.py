"""Validations: what may be typed into an input cell, by its unit or by the words that it knows, and how it is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from riskshare.contract.terms import MONEY_LIMIT, WEIGHT_LIMIT
from riskshare.contract.words import Level
from riskshare.figures.names import FUNDS, LINES, PARTNERS
from riskshare.formula.language import Given
from riskshare.formula.units import (
    COUNT,
    FIGURE,
    FINE_SHARE,
    MEASURE,
    MONEY,
    PER_HEAD,
    POINTS,
    SHARE,
    TEXT,
    WEIGHT,
    Unit,
)

LONGEST_LIST: Final = 255
"""Characters of words that Excel takes in a validation itself; a longer list has to stand in cells."""
SHARES: Final = (SHARE, FINE_SHARE)
YES_NO: Final = ("yes", "no")
AMOUNT: Final = float(MONEY_LIMIT) - 1
NUMBER: Final = float(WEIGHT_LIMIT) - 1

Options = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CellsOfKind:
    """Rows of an input column, from 0, and what may be typed there."""

    first: int
    last: int
    options: Options


def validations(
    table: str, column: Given, values: Sequence[float | str], known: dict[str, str]
) -> Iterator[CellsOfKind]:
    """What may be typed into an input column, one entry for rows that follow one another and take the same.

    Args: the table's name, its values, and by table the range with the codes that cells of another may hold.
    """
    if not values:
        return
    if column.unit is TEXT:
        options = _words(table, column, [str(value) for value in values], known)
        if options:
            yield CellsOfKind(0, len(values) - 1, options)
        return
    units = column.units or (column.unit,) * len(values)
    kinds = [(unit, _is_beyond(unit, value)) for unit, value in zip(units, values, strict=True)]
    start = 0
    for (unit, beyond), group in groupby(kinds):
        count = len(list(group))
        yield CellsOfKind(start, start + count - 1, _numbers(unit, beyond))
        start += count


def _is_beyond(unit: Unit, value: float | str) -> bool:
    """Whether a percentage is delivered above 100%, as a ceiling of outcomes may be."""
    return unit in SHARES and isinstance(value, float) and value > 1


def _numbers(unit: Unit, beyond: bool) -> Options:
    if unit in SHARES:
        most, words = (100.0, "0% to 10,000%") if beyond else (1.0, "0% to 100%")
        return _between(0.0, most, "A percentage", f"{words}: type 2.5% for two and a half percent.")
    if unit in (MONEY, PER_HEAD, FIGURE):
        return _between(-AMOUNT, AMOUNT, "An amount", "Pounds and pence; what is a loss or an income is negative.")
    if unit in (WEIGHT, POINTS):
        return _between(0.0, NUMBER, "A weight", "Zero or more; only its size beside the others counts.")
    if unit is COUNT:
        return _between(0.0, NUMBER, "A number", "A whole number, zero or more.") | {"validate": "integer"}
    return _between(
        -NUMBER, NUMBER, "A figure" if unit is MEASURE else "A number", "A number in the measure's own unit."
    )


def _between(least: float, most: float, title: str, message: str) -> Options:
    return {
        "validate": "decimal",
        "criteria": "between",
        "minimum": least,
        "maximum": most,
        "ignore_blank": False,
        **_told(title, message),
    }


def _words(table: str, column: Given, values: list[str], known: dict[str, str]) -> Options:
    """One of the words that a cell may hold: a list that the format knows, codes of a table, or the words there are."""
    if table == LINES and column.name == "level":
        return _one_of(tuple(level.value for level in Level), column.label)
    if table == LINES and column.name == "recurrent":
        return _one_of(YES_NO, column.label)
    ranges = {"fund": FUNDS, "holder": PARTNERS}
    if table == LINES and ranges.get(column.name, "") in known:
        return _list(known[ranges[column.name]], column.label)
    words = tuple(sorted({value for value in values if value}))
    if not words or sum(map(len, words)) + len(words) > LONGEST_LIST or any("," in word for word in words):
        return {}
    return _one_of(words, column.label)


def _one_of(words: tuple[str, ...], label: str) -> Options:
    return _list(list(words), label)


def _list(source: list[str] | str, label: str) -> Options:
    return {"validate": "list", "source": source, "ignore_blank": True, **_told(label, "One of the list.")}


def _told(title: str, message: str) -> Options:
    return {
        "input_title": title,
        "input_message": message,
        "error_title": "This cannot be",
        "error_message": f"{title}. {message}",
    }
