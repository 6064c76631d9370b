"""Reads outcome measures: one row per measure and pool, with its weight, baseline, target and result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from riskshare.formula.display import plain
from riskshare.inputs.declarations import MEASURES
from riskshare.inputs.declared import Typed, read_declared, sound
from riskshare.inputs.table import InputTable
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, Place, error, warning

ABOUT_A_HUNDRED = (40, 250)


def read_measures(files: Iterable[str], folder: Path) -> tuple[dict[str, InputTable], tuple[Finding, ...]]:
    """The outcome measures in the files that rules name, each as `outcomes 1`, `outcomes 2` in their order.

    Grain: one row per measure and pool (empty: every pool), in file order. Units: weights and figures as
    Decimal(38, 16), figures in the measure's own unit. Errors: a measure that is there twice for a pool, one without a
    distance to go, weights that add to zero.
    """
    collector = Collector()
    read = [(file, read_declared(file, folder, MEASURES, collector)) for file in files]
    tables = [
        InputTable.declared(MEASURES, file, typed.frame, typed.origin, number=number)
        for number, (file, typed) in enumerate(read, start=1)
        if typed is not None
    ]
    for _, typed in read:
        collector.extend(_measures_wrong(typed) if typed else ())
    return sound(tables, collector)


def _measures_wrong(typed: Typed) -> Iterator[Finding]:
    frame, origin = typed.frame, typed.origin
    if frame.is_empty():
        yield error("no-measures", Place(origin.file, origin.sheet), "there are no measures below the header")
    places: dict[tuple[str, str], Place] = {}
    for row in frame.iter_rows(named=True):
        if row["baseline"] is not None and row["target"] is not None:
            yield from _distance_wrong(row, origin.place(row["row"], "target"))
        if row["target"] is not None and row["result"] is not None:
            yield from _scale_wrong(row, origin.place(row["row"], "result"))
        key = row["measure"].casefold(), row["pool"].casefold()
        if key in places:
            found = f"measure '{row['measure']}' is there already for this pool: {places[key]}"
            yield error("repeated-measure", origin.place(row["row"], "measure"), found)
        places.setdefault(key, origin.place(row["row"], "measure"))
    if frame.height and frame["weight"].null_count() == 0 and frame["weight"].sum() == 0:
        yield error("zero-weights", Place(origin.file, origin.sheet), "the weights of the measures add to zero")


def _distance_wrong(row: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    baseline, target, better = row["baseline"], row["target"], row["better"]
    if row["method"] == "gap_to_goal" and (target <= 0 or better == "lower"):
        action = "Use the method linear with a baseline."
        yield error("no-distance", place, "gap_to_goal needs a target above zero that higher results reach", "", action)
    if row["method"] != "linear":
        return
    if baseline == target:
        found = f"baseline and target are both {baseline.normalize():f}"
        yield error("no-distance", place, found, "", "A linear measure needs a distance between them.")
    elif better == ("lower" if target > baseline else "higher"):
        found = f"the target leads from the baseline the wrong way, as {better} is better"
        yield warning("wrong-direction", place, found, "", "Check baseline, target and better.")


def _scale_wrong(row: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    """A fraction beside a percentage: one is at most 1, the other above it and about a hundred times as much."""
    target, result = row["target"], row["result"]
    low, high = sorted((target, result))
    if 0 < low <= 1 < high and ABOUT_A_HUNDRED[0] <= high / low <= ABOUT_A_HUNDRED[1]:
        found = f"the result is {plain(result)}, the target {plain(target)}: a fraction beside a percentage"
        yield warning("result-scale", place, found, "", "Write both as percentages, or both as fractions.")
