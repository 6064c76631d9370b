"""The words of a line: pandera checks the typed frame against what the model knows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import polars as pl
from pandera.polars import Column, DataFrameSchema

from riskshare.contract.model import Model
from riskshare.contract.terms import MONEY_LIMIT
from riskshare.inputs.declarations import LINES, failures, meaning, only
from riskshare.inputs.lines import AMOUNTS, WHERE_FROM
from riskshare.inputs.table import InputTable
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, did_you_mean, error, one_of


def judge_words(model: Model, lines: InputTable, collector: Collector) -> None:
    """Findings for cells that are empty or hold a word that the model does not know; defaults are judged elsewhere."""
    known = _known_words(model)
    for column, rows in failures(_schema(known), lines.frame).items():
        bad = lines.frame[rows].filter(lines.stated(column))
        if column in AMOUNTS:
            collector.rows(bad, partial(_out_of_range, lines, column))
            continue
        empty = pl.col(column) == ""
        collector.rows(bad.filter(empty), partial(_empty, lines, column, known.get(column, ())))
        collector.rows(bad.filter(~empty), partial(_unknown, lines, column, known.get(column, ())))


def _known_words(model: Model) -> dict[str, tuple[str, ...]]:
    """The words that a column may hold: those of its declaration, or codes of the model file."""
    codes = {
        "fund": tuple(fund.code for fund in model.funds),
        "geography": tuple(geography.code for geography in model.geographies),
        "partner": tuple(partner.code for partner in model.partners),
    }
    declared = {name: meaning(column) for name, column in LINES.columns.items()}
    return {name: codes.get(one.known, one.words) for name, one in declared.items() if one.known or one.words}


def _schema(known: Mapping[str, tuple[str, ...]]) -> DataFrameSchema:
    """The declaration with the codes of the model file; amounts that could not be read are null."""
    columns = {
        name: column.set_checks([only(known[name], meaning(column))]) if meaning(column).known else column
        for name, column in LINES.columns.items()
    }
    return DataFrameSchema(columns | {name: Column(dtype) for name, dtype in WHERE_FROM.items()}, coerce=False)


def _empty(lines: InputTable, column: str, known: tuple[str, ...], row: Mapping[str, Any]) -> Finding:
    found = f"the line has no {'code' if column == 'line' else column}"
    action = f"Fill in the column, or give every line of the file the same with {column} = ... under [[inputs]]"
    return error("empty-cell", lines.place(row, column), found, one_of(known)[:300], action if known else "")


def _out_of_range(lines: InputTable, column: str, row: Mapping[str, Any]) -> Finding:
    return error(
        "out-of-range", lines.place(row, column), f"{column}: {row[column]:,.2f} is £{MONEY_LIMIT:,.0f} or more"
    )


def _unknown(lines: InputTable, column: str, known: tuple[str, ...], row: Mapping[str, Any]) -> Finding:
    action = did_you_mean(row[column], known) or f"Known are: {', '.join(known)[:300]}."
    return error(f"unknown-{column}", lines.place(row, column), f"{column} '{row[column]}' is unknown", "", action)
