"""Compares the model of the Medicare Shared Savings Program with what the organisations earned or lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from replays.published import amounts, half_a_unit, published
from replays.settlement import Compared, Row, Settlement, pools_of, side_of
from riskshare.figures.computed import ComputedModel

TRACKS = {
    "Current_Track_1": "Track 1", "Current_Track_1_Plus": "Track 1+", "Current_Track_2": "Track 2",
    "Current_Track_3": "Track 3", "Current_BASIC_A": "BASIC A", "Current_BASIC_B": "BASIC B",
    "Current_BASIC_C": "BASIC C", "Current_BASIC_D": "BASIC D", "Current_BASIC_E": "BASIC E",
    "Current_ENHANCED": "ENHANCED",
}  # fmt: skip
PAID = ("ACO_ID", "EarnSaveLoss", "MinSavPerc", "FinalShareRate", "QualScore", "DisAdj", "RevLossLimit")
OURS = {
    "variance": "variance_all",
    "target": "target",
    "minimum": "term.MinSavPerc",
    "before_relief": "cap_2.holds.ACO",  # the second cap is the limit of a loss
    "paid": "final.ACO",
}
POUND = Decimal(1)
QUALITY_PART = Decimal("0.6")  # of a loss in Track 2: its rate is 1 - 60% x score


def compare(built: ComputedModel, file: Path) -> Iterator[Settlement]:
    """Every settlement of the file, in its order."""
    cells = published(file, (*PAID, *TRACKS))
    paid, relief = amounts(cells["EarnSaveLoss"]), amounts(cells["DisAdj"])
    units = {name: half_a_unit(cells[name]) for name in ("MinSavPerc", "FinalShareRate", "QualScore")}
    units["QualScore"] /= 100
    ours = pools_of(built, OURS)
    for number, cell in enumerate(cells.iter_rows(named=True)):
        row, track = ours[cell["ACO_ID"]], next(name for column, name in TRACKS.items() if cell[column] == "1")
        tolerance = _tolerance(row, track, units)
        figures: tuple[Compared, ...] = (Compared("paid", row["paid"], paid[number], tolerance),)
        if row["variance"] < 0:
            before = Compared("loss before relief", row["before_relief"], paid[number] + relief[number], tolerance)
            figures = (before, *figures)
        reason = _reason(row, cell, units["MinSavPerc"])
        yield Settlement(cell["ACO_ID"], track, side_of(row["variance"]), figures, reason)


def _tolerance(row: Row, track: str, units: Mapping[str, Decimal]) -> Decimal:
    """Half a unit of the printed rate's last decimal x the difference, and a pound for printed whole pounds.

    Nothing earned leaves no rate to be rounded, nor does a loss: its rate is the contract's, but in Track 2.
    """
    size = abs(row["variance"])
    if row["paid"] > 0:
        return units["FinalShareRate"] * size + POUND
    if row["variance"] < 0 and track == "Track 2":
        return units["QualScore"] * QUALITY_PART * size + POUND
    return POUND


def _reason(row: Row, cell: Mapping[str, str], unit: Decimal) -> str:
    saving = row["variance"] / row["target"]
    if abs(saving - row["minimum"]) <= unit:
        printed = f"the printed {cell['MinSavPerc']} may be {row['minimum'] - unit:.3%} to {row['minimum'] + unit:.3%}"
        return f"the saving of {saving:.4%} is at the minimum: {printed}"
    if row["variance"] < 0 and cell["RevLossLimit"] == "1":
        return "limited by the revenue of its members, which is not published"
    return ""
