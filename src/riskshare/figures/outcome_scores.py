"""Outcome measures: from baseline, target and result to the points of each measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from riskshare.formula.language import (
    ONE,
    ZERO,
    Col,
    Column,
    Each,
    Expr,
    Given,
    Number,
    Step,
    Table,
    least,
    most,
    table,
    when,
)
from riskshare.formula.units import MEASURE, POINTS, SHARE, TEXT, WEIGHT

EVERY_POOL = "every pool"
TWO = Number(Decimal(2))


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure in one pool: its weight, where it started, where it should get to and where it got."""

    measure: str
    name: str
    pool: str
    method: str
    better: str
    weight: Decimal
    baseline: Decimal
    target: Decimal
    result: Decimal


def measures_table(name: str, title: str, rows: Sequence[MeasureRow]) -> Table:
    """The score of each measure.

    One row per measure and pool; the score lies between 0 and 1.
    linear: 0 at the baseline, 1 at the target. gap_to_goal: 0 up to half the target, then straight to 1 at the target.
    all_or_nothing: 1 at the target or better, otherwise 0.
    """
    columns: list[Column] = [
        Given("key", TEXT, "Measure", tuple(f"{row.measure} {row.pool}".strip() for row in rows), editable=False),
        Given("measure_name", TEXT, "Name", tuple(row.name for row in rows), editable=False),
        Given("pool", TEXT, "Pool", tuple(row.pool or EVERY_POOL for row in rows), editable=False),
        Given("method", TEXT, "Method", tuple(f"{row.method}, {row.better}" for row in rows), editable=False),
        Given("weight", WEIGHT, "Weight", tuple(row.weight for row in rows), additive=False),
        Given("baseline", MEASURE, "Baseline", tuple(row.baseline for row in rows), additive=False),
        Given("target", MEASURE, "Target", tuple(row.target for row in rows), additive=False),
        Given("result", MEASURE, "Result", tuple(row.result for row in rows), additive=False),
        Step("zero_at", POINTS, "Scores 0 at", Each(tuple(_zero_at(row) for row in rows)), additive=False),
        Step("reached", POINTS, "Reached beyond it", Each(tuple(_reached(row) for row in rows)), additive=False),
        Step("distance", POINTS, "To be reached", Each(tuple(_distance(row) for row in rows)), additive=False),
        Step("score", SHARE, "Score", least(most(Col("reached") / Col("distance"), ZERO), ONE), additive=False),
        Step("points", POINTS, "Weight x score", Col("weight") * Col("score"), additive=False),
    ]
    return table(name, title, "one row per measure and pool", "key", columns)


def beyond_targets(measures: Table) -> Table:
    """The same measures, counted beyond their targets too: each score without its limit of 1."""
    columns: tuple[Column, ...] = (
        Step(
            "unlimited",
            SHARE,
            "Score, beyond the target too",
            most(Col("reached") / Col("distance"), ZERO),
            "",
            "",
            False,
        ),
        Step("points_beyond", POINTS, "Weight x score, beyond too", Col("weight") * Col("unlimited"), "", "", False),
    )
    (section,) = measures.sections
    return replace(measures, sections=(replace(section, columns=(*section.columns, *columns)),))


def _zero_at(row: MeasureRow) -> Expr:
    return {"linear": Col("baseline"), "gap_to_goal": Col("target") / TWO}.get(row.method, Col("target"))


def _reached(row: MeasureRow) -> Expr:
    if row.method == "all_or_nothing":
        return when(Col("result"), "<=" if row.better == "lower" else ">=", Col("target"), ONE)
    return Col("result") - Col("zero_at")


def _distance(row: MeasureRow) -> Expr:
    return ONE if row.method == "all_or_nothing" else Col("target") - Col("zero_at")
