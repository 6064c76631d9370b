"""What differs between the tables of two readings: rows that are new or gone, and cells that hold something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from riskshare.audit.changes.change import Cause, Change, shown
from riskshare.inputs.crosswalks import Crosswalk
from riskshare.inputs.reading import Reading
from riskshare.inputs.table import Origin

BESIDE = ("row", "origin")
AMOUNTS = ("budget", "outturn", "target", "cost")
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one table of the inputs by what tells them apart, with where each of them stood."""

    word: str
    keys: tuple[str, ...]
    frame: pl.DataFrame
    origins: tuple[Origin, ...]

    def by_key(self) -> dict[Key, dict[str, Any]]:
        return {tuple(str(row[key]) for key in self.keys): row for row in self.frame.iter_rows(named=True)}

    def place(self, row: Mapping[str, Any], column: str) -> str:
        if not self.origins:
            return ""
        return str(self.origins[row.get("origin") or 0].place(row["row"], column))


def input_changes(then: Reading, now: Reading) -> tuple[Change, ...]:
    """Every row that is new or gone and every cell that is another, lines first."""
    before, after = _tables(then), _tables(now)
    return tuple(
        change
        for name in dict.fromkeys((*before, *after))
        for change in _between(name, before.get(name, _none(after, name)), after.get(name, _none(before, name)))
    )


def _none(others: Mapping[str, _Rows], name: str) -> _Rows:
    other = others.get(name)
    return (
        _Rows("", (), pl.DataFrame(), ()) if other is None else _Rows(other.word, other.keys, other.frame.clear(), ())
    )


def _tables(reading: Reading) -> dict[str, _Rows]:
    tables = {"lines": _Rows("line", ("line",), reading.lines.frame, reading.lines.origins)}
    for code, places in reading.localities.items():
        tables[f"localities {code}"] = _Rows(f"{code} locality", ("locality",), places.frame, (places.origin,))
    for file, measures in reading.measures.items():
        tables[f"measures {file}"] = _Rows("measure", ("measure", "pool"), measures.frame, (measures.origin,))
    for file, cases in reading.cases.items():
        tables[f"cases {file}"] = _Rows("case", ("case",), cases.frame, (cases.origin,))
    for code, pools in reading.pools.items():
        tables[f"pools {code}"] = _Rows(f"{code} pool", ("pool",), pools.frame, (pools.origin,))
    for code, walk in reading.crosswalks.items():
        tables[f"crosswalk {code}"] = _Rows("crosswalk from", ("from", "to"), _walk(reading, code, walk), ())
    tables["openings"] = _Rows("opening balance of", ("reserve",), _openings(reading), ())
    return tables


def _walk(reading: Reading, code: str, walk: Crosswalk) -> pl.DataFrame:
    here, there = (reading.localities[place].frame["locality"].to_list() for place in (code, walk.to))
    pairs = zip(here, walk.weights, strict=True)
    rows = [(place, other, weight) for place, row in pairs for other, weight in zip(there, row, strict=True)]
    return pl.DataFrame(rows, schema=["from", "to", "people"], orient="row")


def _openings(reading: Reading) -> pl.DataFrame:
    return pl.DataFrame({"reserve": [*reading.openings], "opening": [*reading.openings.values()]})


def _between(name: str, then: _Rows, now: _Rows) -> Iterator[Change]:
    before, after = then.by_key(), now.by_key()
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        what = f"{now.word} {' '.join(part for part in key if part)}"
        if old is None or new is None:
            yield _whole_row(name, what, (then, old), (now, new))
        elif old != new:
            yield from _cells(name, what, (then, old), (now, new))


_Side = tuple[_Rows, dict[str, Any] | None]


def _whole_row(name: str, what: str, then: _Side, now: _Side) -> Change:
    old, new = then[1], now[1]
    place = now[0].place(new, "") if new else f"{then[0].place(old or {}, '')} as it was"
    return Change(Cause.INPUTS, what, _summary(old), _summary(new), place, name, _key(then, now), "", _weight(old, new))


def _key(then: _Side, now: _Side) -> str:
    row = then[1] or now[1] or {}
    return str(row[now[0].keys[0]])


def _summary(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return ""
    amounts = [f"{name} {shown(row[name])}" for name in AMOUNTS if row.get(name) is not None]
    return ", ".join((*amounts, *([str(row["description"])] if row.get("description") else []))) or "a row"


def _weight(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Decimal:
    """How much money the change is about, by which the largest come first."""
    amounts = (abs(_amount(new, name) - _amount(old, name)) for name in AMOUNTS)
    return sum(amounts, Decimal(0))


def _amount(row: Mapping[str, Any] | None, name: str) -> Decimal:
    value = row.get(name) if row else None
    return value if isinstance(value, Decimal) else Decimal(0)


def _cells(name: str, what: str, then: _Side, now: _Side) -> Iterator[Change]:
    old, new = then[1] or {}, now[1] or {}
    for column in dict.fromkeys((*old, *new)):
        before, after = old.get(column), new.get(column)
        if column not in BESIDE and before != after:
            weight = _weight({column: before}, {column: after})
            place = now[0].place(new, column)
            word = f"{what}, {column.removeprefix('term.')}"
            yield Change(Cause.INPUTS, word, shown(before), shown(after), place, name, _key(then, now), column, weight)
