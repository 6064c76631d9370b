"""Results as data: the figures of a build as CSV files, one row per fact, for other programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path

import polars as pl

from riskshare.contract.ledger import CARRY_FORWARD
from riskshare.figures.names import (
    CHECKS,
    CLOSING,
    LINES,
    RECONCILIATION,
    SETTLEMENT,
    part_column,
    ring_fence_table,
)
from riskshare.figures.not_given import is_unknown
from riskshare.figures.plan import Plan
from riskshare.figures.sharing import PoolGroup
from riskshare.files.reading import stream_of
from riskshare.files.writing import refuse_to_replace, write_set
from riskshare.formula.evaluate import Figures
from riskshare.formula.language import Step
from riskshare.outputs.payments import payments_made

PENNIES = pl.Decimal(38, 2)


def write_results(folder: Path, plan: Plan, figures: Figures) -> tuple[Path, ...]:
    """Writes lines, locality budgets, steps, settlement, payments, reconciliation, ring-fences, balances and checks.

    Returns the files. Raises OSError where the folder cannot be written to.
    """
    settlement, reconciliation = _settlement(figures), _reconciliation(figures)
    ring_fences = _ring_fences(plan, figures)
    frames = {
        "lines": _known(plan, _parts(plan, figures), "outturn"),
        "locality_budgets": _known(plan, _locality_budgets(plan, figures), "outturn", "variance"),
        "steps": _steps(plan, figures),
        "settlement": _known(plan, settlement, *settlement.columns[2:]),
        "payments": payments(plan, figures),
        "reconciliation": _known(plan, reconciliation, *reconciliation.columns[2:]),
        "ring_fences": _known(plan, ring_fences, *ring_fences.columns[2:]),
        "balances": _known(plan, _balances(figures), "opening"),
        "checks": figures[CHECKS].select(
            "check", "test", pl.col("left", "right", "difference").cast(PENNIES), holds=pl.col("holds") == 1
        ),
    }
    return write_tables(folder, frames)


def write_tables(folder: Path, frames: Mapping[str, pl.DataFrame]) -> tuple[Path, ...]:
    """Writes tables as CSV files of these names, all of them or none; returns the files.

    Raises OSError where the folder cannot be written to, UserError where something else stands in a place.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shown = {folder / f"{name}.csv": _as_text(frame) for name, frame in frames.items()}
    for path, frame in shown.items():
        refuse_to_replace(path, partial(_is_of, frame), "table of these results")
    write_set((path, frame.write_csv) for path, frame in shown.items())
    return tuple(shown)


def _known(plan: Plan, frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """The frame, these columns empty in a plan: before there is an outturn nothing of them is known."""
    unknown = [pl.lit(None, dtype=frame.schema[name]).alias(name) for name in columns if plan.is_plan]
    return frame.with_columns(unknown)


def _as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with a ' before each text that a spreadsheet program would take for a formula; numbers are none."""
    text = pl.col(pl.String)
    formula = text.str.contains(r"^[=+\-@\t\r]") & ~text.str.contains(r"^[+\-]?[0-9.]+$")
    return frame.with_columns(pl.when(formula).then("'" + text).otherwise(text).name.keep())


def _is_of(frame: pl.DataFrame, path: Path) -> bool:
    """Whether a file begins with the column names of a table, as an earlier one of it does."""
    names = ",".join(frame.columns).encode()
    with stream_of(path) as stream:
        return stream.readline(len(names) + 2).rstrip(b"\r\n") == names


def _parts(plan: Plan, figures: Figures) -> pl.DataFrame:
    """One row per line and locality (or per line above locality level): its part of the budget and of the outturn."""
    local = [
        _parts_of(figures[division.parts_table], division.code, division.localities) for division in plan.divisions
    ]
    pooled = sum(division.lines.count for division in plan.divisions)
    above = (
        figures[LINES]
        .slice(pooled)
        .select(
            "line",
            "fund",
            "level",
            geography=pl.lit(""),
            locality=pl.lit(""),
            budget=pl.col("budget").cast(PENNIES),
            outturn=pl.col("outturn").cast(PENNIES),
        )
    )
    return pl.concat([*local, above])


def _parts_of(frame: pl.DataFrame, geography: str, localities: tuple[str, ...]) -> pl.DataFrame:
    pieces = [
        frame.select(
            "line",
            "fund",
            "level",
            geography=pl.lit(geography),
            locality=pl.lit(code),
            budget=pl.col(part_column("budget", code)).cast(PENNIES),
            outturn=pl.col(part_column("outturn", code)).cast(PENNIES),
        ).with_row_index("row")
        for code in localities
    ]
    return pl.concat(pieces).sort("row", maintain_order=True).drop("row")


def _locality_budgets(plan: Plan, figures: Figures) -> pl.DataFrame:
    """One row per geography, locality and fund: budget, outturn and variance."""
    pieces = []
    for division in plan.divisions:
        by_measure = {name: figures[division.by_fund_table(name)] for name in ("budget", "outturn", "variance")}
        for code, name in zip(division.localities, division.names, strict=True):
            amounts = {measure: frame[code].cast(PENNIES) for measure, frame in by_measure.items()}
            funds = by_measure["budget"].select("fund", "arrangement")
            piece = funds.select(
                geography=pl.lit(division.code),
                locality=pl.lit(code),
                name=pl.lit(name),
                fund="fund",
                arrangement="arrangement",
            )
            pieces.append(piece.with_columns(**amounts))
    empty = {
        "geography": pl.String,
        "locality": pl.String,
        "name": pl.String,
        "fund": pl.String,
        "arrangement": pl.String,
    }
    return (
        pl.concat(pieces)
        if pieces
        else pl.DataFrame(schema=empty | dict.fromkeys(("budget", "outturn", "variance"), PENNIES))
    )


def _steps(plan: Plan, figures: Figures) -> pl.DataFrame:
    """One row per pool and step: label, unit, clause and value."""
    pieces = [piece for group in plan.stages for piece in _steps_of(group, figures[group.table.name])]
    schema = dict.fromkeys(("pool", "step", "label", "unit", "clause", "value"), pl.String)
    return pl.concat(pieces) if pieces else pl.DataFrame(schema=schema)


def _steps_of(group: PoolGroup, frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for number, pool in enumerate(group.pools):
        steps = [column for column in group.table.columns if isinstance(column, Step)]
        yield pl.DataFrame(
            {
                "pool": [pool] * len(steps),
                "step": [step.name for step in steps],
                "label": [step.label for step in steps],
                "unit": [step.unit.name for step in steps],
                "clause": [step.clause for step in steps],
                "value": [_step_value(step, frame[step.name][number]) for step in steps],
            }
        )


def _step_value(step: Step, value: Decimal | str) -> str:
    return "" if is_unknown(step.label) else _value(value, step.unit.decimals)


def _value(value: Decimal | str, decimals: int | None) -> str:
    return str(value) if decimals is None else f"{value:.{decimals}f}"


def _settlement(figures: Figures) -> pl.DataFrame:
    """One row per account: position, entitlement and transfer, what is appropriated of it and what is paid."""
    frame = figures[SETTLEMENT]
    if "appropriated" not in frame.columns:
        frame = frame.with_columns(appropriated=pl.lit(0))
    names = ("position", "entitlement", "transfer", "appropriated", "settles")
    columns = [pl.col(name).cast(PENNIES) for name in names]
    return frame.select(pl.col("account").alias("partner"), pl.col("account_name").alias("name"), *columns)


def _balances(figures: Figures) -> pl.DataFrame:
    """One row per reserve and for what is carried forward: the closing balance, as next year's opening."""
    carried = figures[SETTLEMENT].filter(pl.col("account") == CARRY_FORWARD)
    rows = [carried.select("account", opening=pl.col("entitlement").cast(PENNIES))]
    if CLOSING in figures:
        rows.insert(0, figures[CLOSING].select(account="closing_reserve", opening=pl.col("closing").cast(PENNIES)))
    return pl.concat(rows)


def payments(plan: Plan, figures: Figures) -> pl.DataFrame:
    """One row per payment: from, to, amount, and because of which pools and clauses."""
    made = payments_made(plan.accounts, figures)
    rows = [(entry.payer, entry.payee, entry.amount, entry.because) for entry in made]
    return pl.DataFrame(
        rows, schema={"from": pl.String, "to": pl.String, "amount": PENNIES, "because": pl.String}, orient="row"
    )


def _reconciliation(figures: Figures) -> pl.DataFrame:
    """One row per account: from the variance of all its lines to its gain or loss in the end."""
    frame = figures[RECONCILIATION].rename({"reconciled": "account", "reconciled_name": "name"})
    return frame.select("account", "name", pl.exclude("account", "name").cast(PENNIES))


def _ring_fences(plan: Plan, figures: Figures) -> pl.DataFrame:
    """One row per reserve and pool, or holder of lines outside the pools: its net variance, what the reserve keeps."""
    names = {entry.reserve: ring_fence_table(entry.reserve) for entry in plan.ring_fences if entry.keys}
    amounts = {"net": "net", "of_funds": "left_unspent_by_funds", "kept": "kept"}
    columns = [pl.col(name).cast(PENNIES).alias(title) for name, title in amounts.items()]
    rows = [
        figures[name].select(pl.lit(code).alias("reserve"), pl.col("claim").alias("from"), *columns)
        for code, name in names.items()
    ]
    words = dict.fromkeys(("reserve", "from"), pl.String)
    return pl.concat(rows) if rows else pl.DataFrame(schema=words | dict.fromkeys(amounts.values(), PENNIES))
