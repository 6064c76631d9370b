"""Reads the amounts and the terms in a table of pools, in whatever way the table writes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import polars as pl

from riskshare.contract.model import ColumnUse, Pool
from riskshare.contract.parse import columns_named, rules_of
from riskshare.contract.rules.kind import ColumnShares
from riskshare.inputs.numbers import EXACT, MONEY, NumberKind, NumberSource, read_numbers
from riskshare.inputs.table import Origin
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, Place, did_you_mean, error, warning

ROUNDED = replace(MONEY, decimals=16)
PERCENTAGE = NumberKind("a percentage", 10, 1_000_000)
LARGEST = {ColumnUse.PERCENTAGE: 1, ColumnUse.MULTIPLE: 100}
SMALL_ALL_THE_SAME = Decimal("0.1")
CONTRADICTION = 'formats says "percent": if they are fractions, write {name} = "fraction" there.'
OF_PERCENTAGES = ("percent", "fraction")
OF_AMOUNTS = ("opposite", "rounded")


def is_percentage(uses: frozenset[ColumnUse]) -> bool:
    """Whether a column of terms holds percentages rather than amounts."""
    return ColumnUse.AMOUNT not in uses


def read_amount(pool: Pool, cells: pl.DataFrame, name: str, source: NumberSource, collector: Collector) -> pl.Series:
    """A column of amounts under its own name, with sign and decimals as the pool's `formats` say.

    Units: pounds to the penny. Errors: a cell that is no amount is null, with a finding.
    """
    written = pool.formats.get(name)
    values = read_numbers(cells, name, ROUNDED if written == "rounded" else MONEY, source, collector)
    return -values if written == "opposite" else values.round(2, mode="half_away_from_zero")


def read_term(
    pool: Pool, cells: pl.DataFrame, name: str, uses: frozenset[ColumnUse], source: NumberSource, collector: Collector
) -> pl.Series:
    """A column of terms as `term.<column>`; what the pool calls `missing` is 0.

    Units: pounds to the penny, or a percentage as a part of one. Errors: a cell that is no number or out of range;
    percentages that look like fractions are a warning.
    """
    filled = cells.with_columns(pl.when(pl.col(name).is_in(pool.missing)).then(pl.lit("0")).otherwise(name).alias(name))
    read = _percentages if is_percentage(uses) else read_amount
    values = read(pool, filled, name, source, collector)
    largest = min(LARGEST[use] for use in uses) if is_percentage(uses) else None
    wrong = (values < 0) | (values > largest) if largest else values < 0
    collector.rows(
        cells.filter(wrong), lambda row: _out_of_range(name, row[name], source.origin.place(row["row"], name), largest)
    )
    return values.alias(f"term.{name}")


def _percentages(pool: Pool, cells: pl.DataFrame, name: str, source: NumberSource, collector: Collector) -> pl.Series:
    """`2%` is always 0.02, and a bare 2 or 0.02 is what `formats` says."""
    signed = cells[name].str.ends_with("%")
    bare = cells.with_columns(pl.col(name).str.strip_suffix("%").str.strip_chars_end())
    values = read_numbers(bare, name, PERCENTAGE, replace(source, units=1), collector)
    collector.extend(_doubtful(name, values.filter(~signed), pool.formats.get(name, ""), source))
    hundredth = signed | (pool.formats.get(name) != "fraction")
    divided = pl.when(hundredth).then(values / pl.lit(100, dtype=EXACT)).otherwise(values)
    return pl.select(divided.alias(name)).to_series()


def _doubtful(name: str, bare: pl.Series, written: str, source: NumberSource) -> Iterator[Finding]:
    """Percentages without a sign none of which is above 1, or above a tenth where they are said to be percentages."""
    largest = max(bare.drop_nulls().to_list(), default=Decimal(0))
    if written != "fraction" and 0 < largest <= (SMALL_ALL_THE_SAME if written else 1):
        place = Place(source.origin.file, source.origin.sheet, 0, source.origin.letters[name])
        found = f"{name}: the largest percentage is {largest.normalize():f}, read as {largest.normalize():f}%"
        action = f'If they are fractions, add formats = {{ {name} = "fraction" }}; if not, "percent" says so.'
        action = CONTRADICTION.format(name=name) if written else action
        yield warning("small-percentages", place, found, "", action)


def _out_of_range(name: str, cell: str, place: Place, largest: int | None) -> Finding:
    found = f"{name}: '{cell}' is out of range"
    if largest is None:
        action = f'If the column writes amounts with the opposite sign, add formats = {{ {name} = "opposite" }}.'
        return error("bad-term", place, found, "an amount of zero or more", action)
    return error("bad-term", place, found, f"a percentage from 0 to {100 * largest:,}%")


def wrong_formats(pool: Pool, place: Place) -> Iterator[Finding]:
    """Formats of columns that are not read, or that do not go with what a column holds; columns that hold both."""
    terms = columns_named(pool)
    known = ["target", "outturn", *terms]
    for name, written in pool.formats.items():
        if name not in known:
            found = f"formats: pool '{pool.code}' reads no column '{name}'"
            yield error("unknown-column", place, found, f"one of {', '.join(known)}", did_you_mean(name, known))
            continue
        percentage = name in terms and is_percentage(terms[name])
        allowed = OF_PERCENTAGES if percentage else OF_AMOUNTS
        if written not in allowed:
            held = "percentages" if percentage else "amounts"
            found = f"formats: the column '{name}' holds {held}, which are not written as '{written}'"
            yield error("bad-format", place, found, " or ".join(allowed))
    for name, uses in terms.items():
        if len(uses) > 1 and ColumnUse.AMOUNT in uses:
            found = f"pool '{pool.code}' takes both amounts and percentages from the column '{name}'"
            yield error("two-uses", place, found, "a column of one kind")


def wrong_shares(pool: Pool, frame: pl.DataFrame, origin: Origin) -> Iterator[Finding]:
    """Rows whose shares of a band do not add to 100%, or leave less than nothing for the rest."""
    for _, rule in rules_of(pool):
        for shares in rule.column_shares():
            yield from _off(f"rule '{rule.rule}' ({rule.clause}), {shares.title}", shares, frame, origin)


def _off(title: str, shares: ColumnShares, frame: pl.DataFrame, origin: Origin) -> Iterator[Finding]:
    total = pl.sum_horizontal(
        pl.lit(shares.stated, dtype=EXACT), *(pl.col(f"term.{name}") for name in shares.columns), ignore_nulls=False
    )
    off = frame.with_columns(total=total).filter(pl.col("total") > 1 if shares.rest else pl.col("total") != 1)
    for row, sum_of_shares in off.select("row", "total").rows()[:50]:
        found = f"{title}: the shares add to {(100 * sum_of_shares).normalize():f}%"
        expected = "at most 100%" if shares.rest else "100%"
        yield error("bad-term", origin.place(row, shares.columns[0]), found, expected)
