"""Reads the tables beside the lines: the localities of a geography with their weights, and outcome measures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from riskshare.contract.model import Geography, Model
from riskshare.inputs.amounts import SCORE, WEIGHT, Source, read_numbers
from riskshare.inputs.columns import Wanted, match_columns, our_cells
from riskshare.inputs.files import read_table
from riskshare.inputs.table import Origin, RawTable
from riskshare.inputs.tally import Tally
from riskshare.inputs.texts import judge_texts
from riskshare.problems.findings import Finding, Place, any_error, did_you_mean, error, warning

CODE = r"^[A-Za-z][A-Za-z0-9_-]{0,39}$"
LOCALITY_TEXTS = ("locality", "name", "source", "description")
LOCALITY_LIMIT = 1_000
MEASURE_TEXTS = ("measure", "name", "pool", "method", "better", "source")
MEASURE_FIGURES = ("weight", "baseline", "target", "result")
MEASURE_COLUMNS = (*MEASURE_TEXTS[:-1], *MEASURE_FIGURES, "source")
MEASURE_REQUIRED = ("measure", "method", "better", *MEASURE_FIGURES)
METHODS = ("linear", "gap_to_goal", "all_or_nothing")
DIRECTIONS = ("higher", "lower")


@dataclass(frozen=True)
class Localities:
    """The localities of a geography: one row per locality in order of its code, a Decimal(38, 16) column per basis."""

    code: str
    frame: pl.DataFrame
    bases: tuple[str, ...]
    origin: Origin


@dataclass(frozen=True)
class Measures:
    """Outcome measures: one row per measure and pool (empty: every pool), weight and figures as Decimal(38, 16)."""

    file: str
    frame: pl.DataFrame
    origin: Origin


def read_localities(model: Model, folder: Path) -> tuple[dict[str, Localities], tuple[Finding, ...]]:
    """The localities of every geography whose file is right, by the geography's code; findings for the others."""
    found = {geography.code: _localities(geography, folder) for geography in model.geographies}
    right = {code: localities for code, (localities, _) in found.items() if localities is not None}
    return right, tuple(finding for _, findings in found.values() for finding in findings)


def read_measures(file: str, folder: Path) -> tuple[Measures | None, tuple[Finding, ...]]:
    """The outcome measures in a file, or None and findings where anything in it is wrong."""
    tally = Tally()
    measures = _measures(file, folder, tally)
    return (None if any_error(tally.findings()) else measures), tally.findings()


def _localities(geography: Geography, folder: Path) -> tuple[Localities | None, tuple[Finding, ...]]:
    tally = Tally()
    table = read_table(geography.file, folder, tally)
    localities = _judged_localities(geography.code, table, tally) if table else None
    return (None if any_error(tally.findings()) else localities), tally.findings()


def _judged_localities(code: str, table: RawTable, tally: Tally) -> Localities | None:
    texts = match_columns(table, Wanted(LOCALITY_TEXTS, ("locality",)), tally)
    bases = _bases(table, texts or {}, tally)
    if texts is None or bases is None:
        return None
    positions = {"name": texts["locality"], **texts, **bases}
    origin = table.origin(positions)
    cells = our_cells(table, positions)
    judge_texts(cells, list(texts), origin, tally)
    tally.extend(_codes_wrong(cells, tuple(bases), origin))
    weights = [read_numbers(cells, basis, WEIGHT, Source(origin, table.floats), tally) for basis in bases]
    name = pl.when(pl.col("name") == "").then("locality").otherwise("name").alias("name")
    frame = cells.select("locality", name, *weights, "row").sort("locality")
    tally.extend(_without_weight(frame, bases, table))
    return Localities(code, frame, tuple(bases), origin)


def _bases(table: RawTable, texts: Mapping[str, int], tally: Tally) -> dict[str, int] | None:
    """The number of every column that holds weights: all that have a name and hold no text."""
    named = {
        number: entry
        for number, entry in enumerate(table.header)
        if entry and number not in texts.values() and entry.casefold() not in LOCALITY_TEXTS
    }
    wrong = [entry for entry in named.values() if not re.fullmatch(CODE, entry)]
    twice = [entry for entry, times in Counter(entry.casefold() for entry in named.values()).items() if times > 1]
    for entry in wrong:
        expected = "a letter, then letters, digits, _ or -, at most 40, such as 'registered'"
        tally.add(error("bad-basis", table.head(), f"the column '{entry}' cannot be the name of a basis", expected))
    for entry in twice:
        tally.add(error("repeated-column", table.head(), f"several columns are called '{entry}'", "", "Rename one."))
    return None if wrong or twice else {entry: number for number, entry in named.items()}


def _codes_wrong(cells: pl.DataFrame, bases: tuple[str, ...], origin: Origin) -> Iterator[Finding]:
    whole = Place(origin.file, origin.sheet)
    if cells.is_empty():
        yield error("no-localities", whole, "there are no localities below the header")
    if cells.height > LOCALITY_LIMIT:
        yield error("too-big", whole, f"there are {cells.height:,} localities", f"at most {LOCALITY_LIMIT:,}")
    places: dict[str, Place] = {}
    for row, locality in cells.select("row", "locality").head(LOCALITY_LIMIT).iter_rows():
        place = origin.place(row, "locality")
        if not re.fullmatch(CODE, locality):
            expected = "a letter, then letters, digits, _ or -, at most 40, such as 'GRAYS'"
            yield error("bad-code", place, f"'{locality}' cannot be the code of a locality", expected)
        elif locality.casefold() in places:
            earlier = places[locality.casefold()]
            yield error("repeated-locality", place, f"locality '{locality}' is there already: {earlier}")
        elif locality.casefold() in {basis.casefold() for basis in bases}:
            yield error("bad-code", place, f"locality '{locality}' is called like a basis", "", "Rename one of them.")
        places.setdefault(locality.casefold(), place)


def _without_weight(frame: pl.DataFrame, bases: Mapping[str, int], table: RawTable) -> Iterator[Finding]:
    for basis, number in bases.items():
        total = frame[basis].sum() if frame[basis].null_count() == 0 else None
        if total == 0 and frame.height:
            place = table.head(table.letters[number])
            yield error("zero-weights", place, f"the weights of basis '{basis}' add to zero")


def _measures(file: str, folder: Path, tally: Tally) -> Measures | None:
    table = read_table(file, folder, tally)
    positions = match_columns(table, Wanted(MEASURE_COLUMNS, MEASURE_REQUIRED), tally) if table else None
    if table is None or positions is None:
        return None
    origin = table.origin(positions)
    cells = our_cells(table, positions)
    judge_texts(cells, [name for name in MEASURE_TEXTS if name in positions], origin, tally)
    figures = [
        read_numbers(cells, name, WEIGHT if name == "weight" else SCORE, Source(origin, table.floats), tally)
        for name in MEASURE_FIGURES
    ]
    absent = [pl.lit("").alias(name) for name in MEASURE_TEXTS if name not in positions]
    lower = [pl.col(name).str.to_lowercase() for name in ("method", "better")]
    frame = cells.with_columns(*figures, *absent, *lower).select(*MEASURE_COLUMNS, "row")
    tally.extend(_measures_wrong(frame, origin))
    return Measures(file, frame, origin)


def _measures_wrong(frame: pl.DataFrame, origin: Origin) -> Iterator[Finding]:
    if frame.is_empty():
        yield error("no-measures", Place(origin.file, origin.sheet), "there are no measures below the header")
    places: dict[tuple[str, str], Place] = {}
    for row in frame.iter_rows(named=True):
        yield from _measure_wrong(row, origin)
        key = row["measure"].casefold(), row["pool"].casefold()
        if key in places:
            found = f"measure '{row['measure']}' is there already for this pool: {places[key]}"
            yield error("repeated-measure", origin.place(row["row"], "measure"), found)
        places.setdefault(key, origin.place(row["row"], "measure"))
    if frame.height and frame["weight"].null_count() == 0 and frame["weight"].sum() == 0:
        yield error("zero-weights", Place(origin.file, origin.sheet), "the weights of the measures add to zero")


def _measure_wrong(row: Mapping[str, Any], origin: Origin) -> Iterator[Finding]:
    def at(column: str) -> Place:
        return origin.place(row["row"], column)

    if not row["measure"]:
        yield error("empty-cell", at("measure"), "the measure has no code")
    for column, known in (("method", METHODS), ("better", DIRECTIONS)):
        if row[column] not in known:
            found = f"{column}: '{row[column]}' is unknown" if row[column] else f"{column}: the cell is empty"
            yield error("bad-word", at(column), found, f"one of {', '.join(known)}", did_you_mean(row[column], known))
    if row["baseline"] is not None and row["target"] is not None:
        yield from _distance_wrong(row, at("target"))


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
