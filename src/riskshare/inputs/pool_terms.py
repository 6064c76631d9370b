"""Reads the amounts and the terms in a table of pools, in whatever way the table writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

import polars as pl

from riskshare.contract.model import Pool
from riskshare.contract.parse import columns_named, rules_of
from riskshare.contract.rules.kind import ColumnShares
from riskshare.contract.terms import ColumnUse
from riskshare.inputs.numbers import EXACT, MONEY, NumberKind, NumberSource, read_numbers
from riskshare.inputs.table import Origin
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, Place, did_you_mean, error, warning

ROUNDED = replace(MONEY, decimals=16)
PERCENTAGE = NumberKind("a percentage", 10, 1_000_000)
WEIGHT = NumberKind("a weight", 6, 1_000_000_000)
SMALL_ALL_THE_SAME = Decimal("0.1")
CONTRADICTION = 'formats says "percent": if they are fractions, write {name} = "fraction" there.'
KINDS = {
    "percentages": frozenset({ColumnUse.PERCENTAGE, ColumnUse.MULTIPLE, ColumnUse.CHANGE}),
    "amounts": frozenset({ColumnUse.AMOUNT, ColumnUse.SIGNED}),
    "weights": frozenset({ColumnUse.WEIGHT}),
}
FORMATS = {"percentages": ("percent", "fraction"), "amounts": ("opposite", "rounded"), "weights": ()}


@dataclass(frozen=True, slots=True)
class _Range:
    """What a term may be: from `least` (or more than it) to `most`, a percentage as a part of one."""

    least: Decimal
    most: Decimal
    expected: str
    beyond: bool = False

    def wrong(self, values: pl.Series) -> pl.Series:
        below = values <= self.least if self.beyond else values < self.least
        return below | (values > self.most)


NONE, ONE, ENDLESS = Decimal(0), Decimal(1), Decimal(1_000_000_000_000)
RANGES = {
    ColumnUse.PERCENTAGE: _Range(NONE, ONE, "a percentage from 0 to 100%"),
    ColumnUse.MULTIPLE: _Range(NONE, 100 * ONE, "a percentage from 0 to 10,000%"),
    ColumnUse.CHANGE: _Range(-ONE, 10 * ONE, "a percentage of more than -100%, up to 1,000%", beyond=True),
    ColumnUse.AMOUNT: _Range(NONE, ENDLESS, "an amount of zero or more"),
    ColumnUse.SIGNED: _Range(-ENDLESS, ENDLESS, "an amount"),
    ColumnUse.WEIGHT: _Range(NONE, ENDLESS, "a weight of zero or more"),
}


def kind_of(uses: frozenset[ColumnUse]) -> str:
    """What a column of terms holds: percentages, amounts or weights; of several the first."""
    return next(kind for kind, members in KINDS.items() if uses & members)


def is_percentage(uses: frozenset[ColumnUse]) -> bool:
    """Whether a column of terms holds percentages."""
    return kind_of(uses) == "percentages"


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

    Units: pounds to the penny, a percentage as a part of one, or a weight. Errors: a cell that is no number or out of
    range; percentages that look like fractions are a warning.
    """
    filled = cells.with_columns(pl.when(pl.col(name).is_in(pool.missing)).then(pl.lit("0")).otherwise(name).alias(name))
    read = {"percentages": _percentages, "amounts": read_amount, "weights": _weights}[kind_of(uses)]
    values = read(pool, filled, name, source, collector)
    for allowed in sorted((RANGES[use] for use in uses), key=lambda entry: entry.most)[:1]:
        wrong = cells.filter(allowed.wrong(values))
        collector.rows(wrong, partial(_out_of_range, name, source.origin, allowed))
    return values.alias(f"term.{name}")


def _weights(pool: Pool, cells: pl.DataFrame, name: str, source: NumberSource, collector: Collector) -> pl.Series:
    """Weights are no money: the units of the table are not theirs."""
    return read_numbers(cells, name, WEIGHT, replace(source, units=1), collector)


def _percentages(pool: Pool, cells: pl.DataFrame, name: str, source: NumberSource, collector: Collector) -> pl.Series:
    """`2%` is always 0.02, and a bare 2 or 0.02 is what `formats` says; a discount may be written without its minus."""
    signed = cells[name].str.ends_with("%")
    bare = cells.with_columns(pl.col(name).str.strip_suffix("%").str.strip_chars_end())
    values = read_numbers(bare, name, PERCENTAGE, replace(source, units=1), collector)
    collector.extend(_doubtful(name, values.filter(~signed), pool.formats.get(name, ""), source))
    hundredth = signed | (pool.formats.get(name) != "fraction")
    divided = pl.when(hundredth).then(values / pl.lit(100, dtype=EXACT)).otherwise(values)
    read = pl.select(divided.alias(name)).to_series()
    return -read if pool.formats.get(name) == "opposite" else read


def _doubtful(name: str, bare: pl.Series, written: str, source: NumberSource) -> Iterator[Finding]:
    """Percentages without a sign none of which is above 1, or above a tenth where they are said to be percentages."""
    largest = max(bare.drop_nulls().abs().to_list(), default=Decimal(0))
    if written != "fraction" and 0 < largest <= (SMALL_ALL_THE_SAME if written else 1):
        place = Place(source.origin.file, source.origin.sheet, 0, source.origin.letters[name])
        found = f"{name}: the largest percentage is {largest.normalize():f}, read as {largest.normalize():f}%"
        action = f'If they are fractions, add formats = {{ {name} = "fraction" }}; if not, "percent" says so.'
        action = CONTRADICTION.format(name=name) if written else action
        yield warning("small-percentages", place, found, "", action)


def _out_of_range(name: str, origin: Origin, allowed: _Range, row: Mapping[str, Any]) -> Finding:
    place, found = origin.place(row["row"], name), f"{name}: '{row[name]}' is out of range"
    opposite = f'If the column writes amounts with the opposite sign, add formats = {{ {name} = "opposite" }}.'
    action = opposite if allowed is RANGES[ColumnUse.AMOUNT] else ""
    return error("bad-term", place, found, allowed.expected, action)


def wrong_formats(pool: Pool, place: Place) -> Iterator[Finding]:
    """Formats of columns that are not read, or that do not go with what a column holds; columns that hold both."""
    terms = columns_named(pool)
    known = ["target", "outturn", *terms]
    for name, written in pool.formats.items():
        if name not in known:
            found = f"formats: pool '{pool.code}' reads no column '{name}'"
            yield error("unknown-column", place, found, f"one of {', '.join(known)}", did_you_mean(name, known))
            continue
        held = kind_of(terms[name]) if name in terms else "amounts"
        allowed = (*FORMATS[held], *(("opposite",) if ColumnUse.CHANGE in terms.get(name, ()) else ()))
        if written not in allowed:
            found = f"formats: the column '{name}' holds {held}, which are not written as '{written}'"
            yield error("bad-format", place, found, " or ".join(allowed))
    for name, uses in terms.items():
        taken = sorted(kind for kind, members in KINDS.items() if uses & members)
        if len(taken) > 1:
            found = f"pool '{pool.code}' takes both {' and '.join(taken)} from the column '{name}'"
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
