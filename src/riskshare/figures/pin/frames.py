"""Frames as plain lists of text, and back again without loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from riskshare.formula.to_polars import EXACT
from riskshare.problems.errors import UserError

Packed = Mapping[str, Any]
TYPES: Mapping[str, Callable[[], pl.DataType]] = {
    "text": pl.String,
    "exact": lambda: EXACT,
    "yes or no": pl.Boolean,
    "number": pl.UInt32,
}


def packed(frame: pl.DataFrame) -> dict[str, Any]:
    """The columns of a frame by name, each with its type and values; amounts as text that loses no digit."""
    return {column.name: {"type": _type_of(column), "values": _values(column)} for column in frame}


def unpacked(columns: Packed) -> pl.DataFrame:
    """The frame that was packed. Raises UserError where the columns are not what `packed` gives."""
    try:
        return pl.DataFrame([_series(name, column) for name, column in columns.items()])
    except (TypeError, KeyError, AttributeError, pl.exceptions.PolarsError) as failure:
        raise UserError(
            f"The pin's record is damaged ({failure}). Pin the model again, or restore the pin."
        ) from failure


def exact_text(column: pl.Series) -> list[str]:
    """Decimals as the shortest text that says the same."""
    text = pl.col("").cast(pl.String)
    short = pl.when(text.str.contains(".", literal=True)).then(text.str.strip_chars_end("0").str.strip_chars_end("."))
    return column.alias("").to_frame().select(short.otherwise(text))[""].to_list()


def _type_of(column: pl.Series) -> str:
    if isinstance(column.dtype, pl.Decimal):
        return "exact"
    if column.dtype.is_integer():
        return "number"
    return "yes or no" if column.dtype == pl.Boolean else "text"


def _values(column: pl.Series) -> list[Any]:
    return exact_text(column) if isinstance(column.dtype, pl.Decimal) else column.to_list()


def _series(name: str, column: Packed) -> pl.Series:
    kind, values = column["type"], column["values"]
    if kind == "exact":
        return pl.Series(name, values, dtype=pl.String).cast(EXACT)
    return pl.Series(name, values, dtype=TYPES[kind]())
