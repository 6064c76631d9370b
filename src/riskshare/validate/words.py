"""The words of a line: pandera checks the typed frame against what the model knows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from riskshare.contract.model import MONEY_LIMIT, Level, Model, Risk
from riskshare.inputs.amounts import EXACT
from riskshare.inputs.lines import AMOUNTS, TEXTS, Lines
from riskshare.inputs.tally import Tally
from riskshare.problems.findings import Finding, did_you_mean, error

if TYPE_CHECKING:
    from pandera.polars import DataFrameSchema

MUST_BE_FILLED = ("line", "fund", "level")


def judge_words(model: Model, lines: Lines, tally: Tally) -> None:
    """Findings for cells that are empty or hold a word that the model does not know; defaults are judged elsewhere."""
    known = _known_words(model)
    for column, rows in _failures(_schema(known), lines.frame).items():
        bad = lines.frame[rows].filter(lines.stated(column))
        if column in AMOUNTS:
            tally.rows(bad, partial(_out_of_range, lines, column))
            continue
        empty = pl.col(column) == ""
        tally.rows(bad.filter(empty), partial(_empty, lines, column))
        tally.rows(bad.filter(~empty), partial(_unknown, lines, column, known.get(column, [])))


def _known_words(model: Model) -> dict[str, list[str]]:
    """The words that a column may hold, beside nothing where it may be empty."""
    partners = [partner.code for partner in model.partners]
    return {
        "fund": [fund.code for fund in model.funds],
        "level": [level.value for level in Level],
        "geography": [geography.code for geography in model.geographies],
        "holder": partners,
        "provider": partners,
        "risk": [risk.value for risk in Risk],
    }


def _schema(known: Mapping[str, list[str]]) -> DataFrameSchema:
    """Our types, which words are allowed, which cells must be filled; amounts that could not be read are null."""
    from pandera import polars as pandera  # noqa: PLC0415
    from pandera.engines.polars_engine import Decimal  # noqa: PLC0415

    def words(column: str) -> list[pandera.Check]:
        allowed = [*known.get(column, ()), *(() if column in MUST_BE_FILLED else ("",))]
        filled = [pandera.Check.ne("")] if column in MUST_BE_FILLED else []
        return [pandera.Check.isin(allowed)] if column in known else filled

    limit = int(MONEY_LIMIT)
    exact: Any = Decimal(EXACT.precision, EXACT.scale)
    money = pandera.Check.in_range(-limit, limit, include_min=False, include_max=False)
    columns = {name: pandera.Column(pl.String, words(name)) for name in TEXTS}
    columns |= {name: pandera.Column(exact, money, nullable=True) for name in AMOUNTS}
    columns |= {"recurrent": pandera.Column(pl.Boolean)}
    columns |= {name: pandera.Column(pl.UInt32) for name in ("origin", "row")}
    return pandera.DataFrameSchema(columns, coerce=False)


def _failures(schema: DataFrameSchema, frame: pl.DataFrame) -> dict[str, list[int]]:
    """The rows that fail in each column; a frame that has other types or columns is a fault of ours and is raised."""
    from pandera.errors import SchemaErrors  # noqa: PLC0415

    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as failure:
        cases = failure.failure_cases
        if cases["index"].null_count():
            raise
        return {
            str(column): rows["index"].to_list() for (column,), rows in cases.group_by("column", maintain_order=True)
        }
    return {}


def _empty(lines: Lines, column: str, row: Mapping[str, Any]) -> Finding:
    return error("empty-cell", lines.place(row, column), f"the line has no {'code' if column == 'line' else column}")


def _out_of_range(lines: Lines, column: str, row: Mapping[str, Any]) -> Finding:
    return error(
        "out-of-range", lines.place(row, column), f"{column}: {row[column]:,.2f} is £{MONEY_LIMIT:,.0f} or more"
    )


def _unknown(lines: Lines, column: str, known: list[str], row: Mapping[str, Any]) -> Finding:
    action = did_you_mean(row[column], known) or f"Known are: {', '.join(known)[:300]}."
    return error(f"unknown-{column}", lines.place(row, column), f"{column} '{row[column]}' is unknown", "", action)
