"""Where a cell of the user's tables stands among the given figures of the plan: one map for verify and for explain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from riskshare.figures.names import given_column, key_of, people_column
from riskshare.inputs.declarations import BALANCES, CASES, CROSSWALK, KEYS, LINES, LOCALITIES, MEASURES, POOLS
from riskshare.inputs.table import InputTable

GivenCell = tuple[str, str]
InputRow = Mapping[str, Any]

ANY = ""
SCOPED = ("pool", "treatment")
# What a word of a line decides beside standing there itself: which pool takes the line, how, and by what weights.
DECIDED_BY = {
    "fund": ("holder", *SCOPED),
    "service": SCOPED,
    "holder": SCOPED,
    "provider": SCOPED,
    "level": ("weights", *SCOPED),
    "geography": ("weights", *SCOPED),
    "locality": ("weights",),
    "basis": ("weights",),
    "risk": ("treatment",),
}
DECIDE_ARITHMETIC = ("method", "better", "pool")


def cells_of(source: InputTable, row: InputRow, column: str) -> Iterator[GivenCell]:
    """The given figures that rest on a cell: the key of each row in the plan's table, and the column, or ANY column.

    The plan's table is the one that names this table as its input. Without a column: those that rest on the whole row.
    """
    yield from _STANDING[source.kind](source, row, column)


def _line(_: InputTable, row: InputRow, column: str) -> Iterator[GivenCell]:
    for name in (column, *DECIDED_BY.get(column, ())):
        yield row["line"], name


def _weight(source: InputTable, row: InputRow, column: str) -> Iterator[GivenCell]:
    """A row of the file is a column of the plan; words of a locality, such as its name, decide nothing."""
    for basis in source.undeclared if column == ANY else (column,):
        yield basis, row["locality"]


def _people(_: InputTable, row: InputRow, column: str) -> Iterator[GivenCell]:
    yield row["from"], people_column(row["to"]) if column in (ANY, "weight") else column


def _measure(_: InputTable, row: InputRow, column: str) -> Iterator[GivenCell]:
    yield f"{row['measure']} {row['pool']}".strip(), ANY if column in DECIDE_ARITHMETIC else column


def _key(_: InputTable, row: InputRow, column: str) -> Iterator[GivenCell]:
    yield key_of(row["partner"], row["pool"]), ANY if column in ("partner", "pool") else column


def _case(_: InputTable, row: InputRow, column: str) -> Iterator[GivenCell]:
    yield row["case"], column


def _pool(source: InputTable, row: InputRow, column: str) -> Iterator[GivenCell]:
    named = column == ANY or column in source.undeclared
    yield f"{source.of}:{row['pool']}", column if named else given_column(column)


def _balance(_: InputTable, row: InputRow, column: str) -> Iterator[GivenCell]:
    yield row["account"], column


_STANDING: Mapping[str, Callable[[InputTable, InputRow, str], Iterator[GivenCell]]] = {
    str(LINES.name): _line,
    str(LOCALITIES.name): _weight,
    str(CROSSWALK.name): _people,
    str(MEASURES.name): _measure,
    str(KEYS.name): _key,
    str(CASES.name): _case,
    str(POOLS.name): _pool,
    str(BALANCES.name): _balance,
}
