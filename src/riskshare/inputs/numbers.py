"""Turns text cells into exact decimals, and says in plain words why a cell is not the number that is expected."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from riskshare.contract.terms import MONEY_LIMIT, WEIGHT_LIMIT
from riskshare.inputs.table import LOST, Origin
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, Place, error

EXACT = pl.Decimal(38, 16)

# Only 0 to 9 are digits: \d would take those of every script, which are then lost when the number is put together.
# Thousands may be set apart by commas or spaces of any kind; a minus may be the typographic one.
PLAIN = r"^-?[0-9]{1,22}(\.[0-9]{1,16})?$"
WRITTEN = (
    r"^(?:[-+\u2212]?\s*£?|£\s*[-+\u2212]|\(\s*£?)\s*"
    r"(?:(?:[0-9]{1,3}(?:[, \u00a0\u202f\u2009][0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)"
    r"\s*(\))?$"
)
FLOAT_DIGITS = 15
FLOAT_DECIMALS = 9


@dataclass(frozen=True)
class NumberKind:
    """What a number must be: how many decimals, how large, and whether it may be negative."""

    word: str
    decimals: int
    limit: int
    signed: bool = True

    @property
    def expected(self) -> str:
        """The kind of number in words."""
        return f"{self.word} with at most {self.decimals} decimals, such as 1234.50"


MONEY = NumberKind("an amount", 2, int(MONEY_LIMIT))
WEIGHT = NumberKind("a weight", 6, int(WEIGHT_LIMIT), signed=False)
SCORE = NumberKind("a figure", 6, int(WEIGHT_LIMIT))


@dataclass(frozen=True)
class NumberSource:
    """Where numbers come from: their place, whether they were floats, and the pounds that one of them stands for."""

    origin: Origin
    floats: bool
    units: int = 1


def numbers(cells: pl.Series, kind: NumberKind, units: int = 1, *, floats: bool = False) -> pl.Series:
    """The cells as exact numbers, one each; null where `why_not` has something to say.

    Units: Decimal(38, 16), times the units of the file. With `floats`, cells of more than 15 significant digits are
    rounded to 15, as a spreadsheet program shows them.
    """
    exact = _digits(cells).cast(EXACT, strict=False)
    bounded = _where(exact.abs() < kind.limit // units, exact)
    rounded = _at_float_precision(bounded) if floats else bounded
    whole = (rounded * units).cast(EXACT)
    right = whole == whole.round(kind.decimals, mode="half_away_from_zero")
    return _where(right if kind.signed else right & (whole >= 0), whole)


def read_numbers(
    frame: pl.DataFrame, column: str, kind: NumberKind, source: NumberSource, collector: Collector
) -> pl.Series:
    """A text column as exact numbers.

    Grain: one per row of the frame, which has a column `row`. Units: Decimal(38, 16), times those of the source.
    Errors: a cell that is not the number expected is null, with a finding at its place.
    """
    values = numbers(frame[column], kind, source.units, floats=source.floats).alias(column)
    bad = frame.filter(values.is_null())
    collector.rows(
        bad, lambda row: _bad_number(column, row[column], source.origin.place(row["row"], column), kind, source)
    )
    return values


def _bad_number(column: str, cell: str, place: Place, kind: NumberKind, source: NumberSource) -> Finding:
    found = f"{column}: {why_not(cell, kind, source.units)}"
    if cell in LOST:
        return error("bad-number", place, found, "", LOST[cell][1])
    return error("bad-number", place, found, kind.expected)


def why_not(cell: str | None, kind: NumberKind, units: int = 1) -> str:
    """Why a cell is not a number of this kind, quoting it: for cells that `numbers` made null."""
    text = (cell or "").strip()
    reasons = (
        (not text, "the cell is empty"),
        (_has_foreign_digits(text), f"'{text[:60]}' has digits of another script than 0 to 9"),
        (text in LOST, LOST.get(text, ("", ""))[0]),
        (_is(r"\.{1,3}|-|–|—|\*|n/?a|nil|none", text), f"'{text}' stands for a missing figure"),
        (
            _is(r"[0-9]{4}-[0-9][0-9]-[0-9][0-9].*|[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}", text),
            f"'{text}' is a date",
        ),
        (_is(r"true|false", text), f"'{text}' is a truth value"),
        (_is(r"-?(inf|infinity|nan)", text), f"'{text}' is not a finite number"),
        (_is(r".*[0-9]\s*%", text), f"'{text}' is a percentage"),
        (_is(r"[-+]?[0-9.]+e[-+]?[0-9]+", text), f"'{text}' is in scientific notation"),
        (
            _is(r"[-+£(\s]*[0-9]+(,[0-9]*)+(\.[0-9]*)?\)?", text) and not _is_written(text),
            f"'{text}' has misplaced commas",
        ),
    )
    plain = next((words for holds, words in reasons if holds), "")
    return plain or (_out_of_range(text, kind, units) if _is_written(text) else f"'{text[:60]}' is not a number")


def _digits(cells: pl.Series) -> pl.Series:
    """The cells as `-1234.5`; null where they are not written as a number."""
    text = cells.str.strip_chars()
    plain = text.str.contains(PLAIN)
    if plain.all():
        return text
    frame = pl.DataFrame({"text": text})
    cell = pl.col("text")
    bracketed = cell.str.starts_with("(")
    written = cell.str.contains(WRITTEN) & (bracketed == cell.str.ends_with(")")) & ~cell.str.contains(r"\.[0-9]{17}")
    sign = pl.when(bracketed | cell.str.contains(r"[-\u2212]")).then(pl.lit("-")).otherwise(pl.lit(""))
    digits = sign + cell.str.replace_all(r"[^0-9.]", "").str.strip_chars_end(".")
    return frame.select(pl.when(written).then(digits).alias("text"))["text"]


def _at_float_precision(exact: pl.Series) -> pl.Series:
    """The numbers rounded to 15 significant digits; they come with nine decimals, so only large ones change."""
    frame = pl.DataFrame({"exact": exact})
    number = pl.col("exact")
    held = number
    for decimals in reversed(range(2, FLOAT_DECIMALS)):
        large = number.abs() >= 10 ** (FLOAT_DIGITS - decimals - 1)
        held = pl.when(large).then(number.round(decimals, mode="half_away_from_zero")).otherwise(held)
    return frame.select(held.alias("exact"))["exact"]


def _where(holds: pl.Series, values: pl.Series) -> pl.Series:
    return pl.select(pl.when(holds).then(values).alias(values.name)).to_series()


def _is(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text, re.IGNORECASE) is not None


def _has_foreign_digits(text: str) -> bool:
    return any(one.isdecimal() and not one.isascii() for one in text)


def _is_written(text: str) -> bool:
    return re.match(WRITTEN, text) is not None and text.startswith("(") == text.endswith(")")


def _out_of_range(text: str, kind: NumberKind, units: int) -> str:
    negative = "(" in text or "-" in text or "\u2212" in text
    if negative and not kind.signed:
        return f"'{text}' is negative"
    value = Decimal(re.sub(r"[^0-9.]", "", text)) * units
    if value >= kind.limit:
        return f"'{text[:60]}' is {kind.limit:,.0f} or more"
    times = f" (times {units:,})" if units != 1 else ""
    return f"'{text[:60]}'{times} has more than {kind.decimals} decimals"
