"""Reads pools that a table gives directly: one row per pool with its target, outturn, holder and terms of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from pathlib import Path

import polars as pl

from riskshare.contract.model import Model, Pool
from riskshare.contract.parse import columns_named
from riskshare.contract.terms import Except, stated
from riskshare.inputs.columns import Wanted, headers_of, judge_texts, match_columns, our_cells
from riskshare.inputs.declarations import POOL_PATTERN, POOLS, figures, required, texts
from riskshare.inputs.declared import sound
from riskshare.inputs.files import read_table
from riskshare.inputs.numbers import SCORE, NumberSource, numbers
from riskshare.inputs.pool_terms import read_amount, read_term, wrong_formats, wrong_shares
from riskshare.inputs.table import InputTable, Origin, RawTable
from riskshare.inputs.toml import TomlFile
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, Place, did_you_mean, error

POOL_LIMIT = 100_000
WHERE = "where "


def read_pools(model: Model, folder: Path, toml: TomlFile) -> tuple[dict[str, InputTable], tuple[Finding, ...]]:
    """The table of every pool group that names one, as `pools CODE`, and findings for those that are wrong.

    Grain: one row per pool, in order of its code. Units: pounds to the penny; each term as `term.<column>` in pounds
    or, where its rule takes a percentage, as a part of one. Errors: a code that is there twice, a holder that is no
    partner, a row that two groups take, a term out of its range, shares that don't add up.
    """
    reader = _Reader(folder, toml)
    tables = (reader.table(number, pool) for number, pool in enumerate(model.pools) if pool.table is not None)
    named = {table.of: table for table in tables if table is not None}
    reader.collector.extend((*_unknown_holders(model, named), *_taken_twice(model, named, toml)))
    return sound(named.values(), reader.collector)


@dataclass
class _Reader:
    """Opens each table once, however many pool groups take rows of it."""

    folder: Path
    toml: TomlFile
    collector: Collector = field(default_factory=Collector)
    opened: dict[tuple[str, str | None, int], RawTable | None] = field(default_factory=dict)

    def table(self, number: int, pool: Pool) -> InputTable | None:
        """The pools of one group, or None where the table or a column of it is missing."""
        raw = self._open(pool)
        if raw is None:
            return None
        self.collector.extend(wrong_formats(pool, self._place(number, "formats")))
        positions = match_columns(raw, _wanted(pool, self._place(number, "columns")), self.collector)
        return None if positions is None else self._typed(number, pool, raw, positions)

    def _open(self, pool: Pool) -> RawTable | None:
        file = str(pool.table), pool.sheet, pool.header_row
        if file not in self.opened:
            self.opened[file] = read_table(
                file[0], self.folder, self.collector, sheet=pool.sheet, header_row=pool.header_row
            )
        return self.opened[file]

    def _place(self, number: int, *key: str) -> Place:
        return self.toml.place(("pools", number, *key))

    def _typed(self, number: int, pool: Pool, raw: RawTable, positions: Mapping[str, int]) -> InputTable:
        source, terms = NumberSource(raw.origin(positions), raw.floats, pool.units), columns_named(pool)
        cells = self._rows(number, pool, our_cells(raw, positions))
        judge_texts(cells, headers_of(raw, positions, texts(POOLS)), source.origin, self.collector)
        self.collector.extend(_codes_wrong(cells, source.origin))
        amounts = [read_amount(pool, cells, name, source, self.collector) for name in figures(POOLS)]
        values = [read_term(pool, cells, name, uses, source, self.collector) for name, uses in terms.items()]
        frame = cells.select("pool", _name(positions), _holder(pool, positions), "row").with_columns(*amounts, *values)
        self.collector.extend(wrong_shares(pool, frame, source.origin))
        return InputTable.declared(POOLS, pool.code, frame.sort("pool"), source.origin)

    def _rows(self, number: int, pool: Pool, every: pl.DataFrame) -> pl.DataFrame:
        """The rows that the pool group takes; a finding for each value under `where` that no row has."""
        taken, unmatched = pl.Series([True]).new_from_index(0, every.height), False
        for column, values in pool.where.items():
            cells = every[f"{WHERE}{column}"]
            matched = {value: _matches(cells, value) for value in stated(values)}
            nothing = [value for value, rows in matched.items() if not rows.any()]
            place = self._place(number, "where", column)
            self.collector.extend(_matching_nothing(column, value, cells, place) for value in nothing)
            named = reduce(or_, matched.values())
            taken, unmatched = taken & (~named if isinstance(values, Except) else named), unmatched or bool(nothing)
        if not taken.any() and not unmatched:
            whole = Place(str(pool.table), pool.sheet or "")
            self.collector.add(
                error("no-pools", whole, "there are no pools below the header, or none that 'where' takes")
            )
        return every.filter(taken)


def _wanted(pool: Pool, named_at: Place) -> Wanted:
    """The columns of a table of pools; those under `where` by their own names, whatever else they are called."""
    filters = {f"{WHERE}{column}": column for column in pool.where}
    own = dict.fromkeys((*POOLS.columns, *columns_named(pool)))
    needed = (*required(POOLS), *(() if pool.holder else ("holder",)), *columns_named(pool), *filters)
    return Wanted((*own, *filters), needed, pool.columns | filters, named_at)


def _matches(cells: pl.Series, value: object) -> pl.Series:
    """The rows whose cell is the text, or the number however it is written."""
    if isinstance(value, str):
        return cells == value.strip()
    return (numbers(cells, SCORE) == value).fill_null(value=False)


def _name(positions: Mapping[str, int]) -> pl.Expr:
    if "name" not in positions:
        return pl.col("pool").alias("name")
    return pl.when(pl.col("name") == "").then("pool").otherwise("name").alias("name")


def _holder(pool: Pool, positions: Mapping[str, int]) -> pl.Expr:
    """Who holds each pool: the column, or where it is empty (or not there) the key of the model file."""
    if "holder" not in positions:
        return pl.lit(pool.holder).alias("holder")
    return pl.when(pl.col("holder") == "").then(pl.lit(pool.holder or "")).otherwise("holder").alias("holder")


def _matching_nothing(column: str, value: object, cells: pl.Series, place: Place) -> Finding:
    known = cells.unique().sort().to_list()
    found = f"where: no row has '{value}' in the column '{column}'"
    expected = f"one of {', '.join(known[:20])}" if len(known) <= 20 else ""
    return error("matches-nothing", place, found, expected, did_you_mean(str(value), known))


def _codes_wrong(cells: pl.DataFrame, origin: Origin) -> Iterator[Finding]:
    whole = Place(origin.file, origin.sheet)
    if cells.height > POOL_LIMIT:
        yield error("too-big", whole, f"there are {cells.height:,} pools", f"at most {POOL_LIMIT:,}")
    for row, code in cells.filter(~pl.col("pool").str.contains(POOL_PATTERN)).select("row", "pool").rows()[:50]:
        expected = "letters, digits, _ or -, at most 40, such as 'A1001'"
        found = f"'{code}' cannot be the code of a pool" if code else "the pool has no code"
        yield error("bad-code", origin.place(row, "pool"), found, expected)
    repeated = cells.filter(pl.col("pool").str.to_lowercase().is_duplicated() & (pl.col("pool") != ""))
    for row, code in repeated.select("row", "pool").rows()[:50]:
        yield error("repeated-pool", origin.place(row, "pool"), f"pool '{code}' is there more than once")


def _unknown_holders(model: Model, tables: Mapping[str, InputTable]) -> Iterator[Finding]:
    known = [partner.code for partner in model.partners]
    expected = f"one of {', '.join(known)}"
    for table in tables.values():
        for row, code in table.frame.filter(~pl.col("holder").is_in(known)).select("row", "holder").rows()[:50]:
            place, found = table.origin.place(row, "holder"), f"holder '{code}' is no partner"
            yield error(
                "unknown-holder",
                place,
                found if code else "the pool has no holder",
                expected,
                did_you_mean(code, known),
            )


def _taken_twice(model: Model, tables: Mapping[str, InputTable], toml: TomlFile) -> Iterator[Finding]:
    """Rows that two pool groups take: their money would be shared twice."""
    takers: dict[tuple[str, str, int], str] = {}
    for number, pool in enumerate(model.pools):
        if pool.code not in tables:
            continue
        table = tables[pool.code]
        rows = [(table.origin.file, table.origin.sheet, row) for row in table.frame["row"]]
        both = [row for row in rows if row in takers]
        if both:
            other, place = takers[both[0]], toml.place(("pools", number, "where"))
            rows_too = f"{len(both):,} rows of {both[0][0]} that '{other}' takes, such as row {both[0][2]}"
            found, expected = f"pool '{pool.code}' takes {rows_too}", "each row in one pool group at most"
            yield error("pool-in-two-groups", place, found, expected, "Narrow the 'where' of one of them.")
        takers |= dict.fromkeys(rows, pool.code)
