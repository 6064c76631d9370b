"""Outcome measures: from baseline, target and result to the points of each measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from riskshare.formula.language import ONE, ZERO, Col, Column, Expr, Given, Step, Table, least, most, table
from riskshare.formula.units import MEASURE, POINTS, SHARE, TEXT, WEIGHT

EVERY_POOL = "every pool"


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure in one pool: its weight, where it started, where it should get to and where it got."""

    measure: str
    name: str
    pool: str
    weight: Decimal
    baseline: Decimal
    target: Decimal
    result: Decimal


def measures_table(name: str, title: str, rows: Sequence[MeasureRow]) -> Table:
    """The score of each measure.

    One row per measure and pool; the score is 0 at the baseline and 1 at the target, and never beyond.
    """
    columns: list[Column] = [
        Given("key", TEXT, "Measure", tuple(f"{row.measure} {row.pool}".strip() for row in rows), editable=False),
        Given("measure_name", TEXT, "Name", tuple(row.name for row in rows), editable=False),
        Given("pool", TEXT, "Pool", tuple(row.pool or EVERY_POOL for row in rows), editable=False),
        Given("weight", WEIGHT, "Weight", tuple(row.weight for row in rows), additive=False),
        Given("baseline", MEASURE, "Baseline", tuple(row.baseline for row in rows), additive=False),
        Given("target", MEASURE, "Target", tuple(row.target for row in rows), additive=False),
        Given("result", MEASURE, "Result", tuple(row.result for row in rows), additive=False),
        Step("score", SHARE, "Score", least(most(_reached(), ZERO), ONE), additive=False),
        Step("points", POINTS, "Weight x score", Col("weight") * Col("score"), additive=False),
    ]
    return table(name, title, "one row per measure and pool", "key", columns)


def _reached() -> Expr:
    return (Col("result") - Col("baseline")) / (Col("target") - Col("baseline"))
