"""Where lines belong: every line below place level needs a locality or a basis that its geography has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

import polars as pl

from riskshare.contract.model import Model
from riskshare.contract.words import LOCAL_LEVELS, Level
from riskshare.figures.line_treatment import fits, is_local
from riskshare.formula.display import in_sentence
from riskshare.inputs.table import InputTable
from riskshare.inputs.toml import TomlFile
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, Place, did_you_mean, error, warning

ABOVE = [level.value for level in Level if level not in LOCAL_LEVELS]


def judge_places(
    model: Model, toml: TomlFile, lines: InputTable, localities: Mapping[str, InputTable], collector: Collector
) -> None:
    """Findings for local lines that belong nowhere, and for others that state a locality or a basis all the same.

    Where the localities of a geography could not be read, nothing is said about unknown ones.
    """
    nowhere = (pl.col("locality") == "") & (pl.col("basis") == "")
    collector.rows(lines.frame.filter(is_local() & nowhere), partial(_without_basis, lines))
    for column in ("locality", "basis"):
        stated = lines.stated(column) & (pl.col(column) != "") & pl.col("level").is_in(ABOVE)
        collector.rows(lines.frame.filter(stated), partial(_needless, lines, column))
    collector.extend(_both_stated(lines))
    if set(localities) == {geography.code for geography in model.geographies}:
        known = pl.col("geography").is_in(["", *localities])
        lost = lines.frame.filter(is_local() & ~nowhere & known & ~_belongs(localities))
        _judge_unknown(lost, lines, toml, localities, collector)


def _both_stated(lines: InputTable) -> Iterator[Finding]:
    """Lines that state a locality and a basis: one of the two is not meant."""
    both = pl.all_horizontal(lines.stated(column) & (pl.col(column) != "") for column in ("locality", "basis"))
    twofold = lines.frame.filter(is_local() & both)
    for rows in twofold.partition_by("origin", maintain_order=True):
        row = rows.row(0, named=True)
        count = "1 line states" if rows.height == 1 else f"{rows.height:,} lines state"
        text = f"{count} both a locality and a basis, with budgets of {in_sentence(Decimal(rows['budget'].sum()))}"
        such = f"such as '{row['line']}': locality '{row['locality']}', basis '{row['basis']}'"
        action = "The locality counts, the basis is not used: leave one of the cells empty."
        yield warning("both-places", lines.place(row, "basis"), f"{text}, {such}", "", action)


def _judge_unknown(
    lost: pl.DataFrame, lines: InputTable, toml: TomlFile, localities: Mapping[str, InputTable], collector: Collector
) -> None:
    """One finding for each cell, or for each default of an input."""
    given = pl.col("locality") != ""
    for column, rows in (("locality", given), ("basis", ~given)):
        for row in lost.filter(rows & ~lines.stated(column)).unique(["origin", "geography"]).iter_rows(named=True):
            collector.add(_unknown(localities, column, toml.place(("inputs", row["origin"], column)), row))
        stated = lost.filter(rows & lines.stated(column))
        collector.rows(stated, lambda row, at=column: _unknown(localities, at, lines.place(row, at), row))  # type: ignore[misc]


def _belongs(localities: Mapping[str, InputTable]) -> pl.Expr:
    """Whether the line's geography, or any where it gives none, has its locality or its basis."""
    fitting = [pl.col("geography").is_in(["", code]) & fits(table) for code, table in localities.items()]
    return pl.any_horizontal(*fitting, pl.lit(False))


def _without_basis(lines: InputTable, row: Mapping[str, Any]) -> Finding:
    found = f"the line is at {row['level']} level but has neither a locality nor a basis"
    return error("missing-basis", lines.place(row, "locality"), found, "", "Give one of them.")


def _needless(lines: InputTable, column: str, row: Mapping[str, Any]) -> Finding:
    found = f"{column} '{row[column]}' is not used, as the line is at {row['level']} level"
    return warning("needless-place", lines.place(row, column), found, "", "Remove it, or correct the level.")


def _unknown(localities: Mapping[str, InputTable], column: str, place: Place, row: Mapping[str, Any]) -> Finding:
    codes = [row["geography"]] if row["geography"] else list(localities)
    known = [word for code in codes for word in _words(localities[code], column)]
    where = f"geography '{codes[0]}'" if len(codes) == 1 else "any geography"
    action = did_you_mean(row[column], known) or f"Known are: {', '.join(known)[:300]}."
    return error(f"unknown-{column}", place, f"{column} '{row[column]}' is not in {where}", "", action)


def _words(table: InputTable, column: str) -> list[str]:
    return table.frame["locality"].to_list() if column == "locality" else list(table.undeclared)
