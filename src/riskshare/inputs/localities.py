"""Reads the localities of a geography: one row per locality, with its weight on each basis."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from riskshare.contract.given_files import Geography
from riskshare.contract.model import Model
from riskshare.contract.terms import CODE_PATTERN
from riskshare.inputs.columns import Wanted, headers_of, judge_texts, match_columns, our_cells
from riskshare.inputs.declarations import LOCALITIES
from riskshare.inputs.declared import sound
from riskshare.inputs.files import read_table
from riskshare.inputs.numbers import WEIGHT, NumberSource, read_numbers
from riskshare.inputs.table import InputTable, Origin, RawTable
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, Place, error

LOCALITY_LIMIT = 1_000


def read_localities(model: Model, folder: Path) -> tuple[dict[str, InputTable], tuple[Finding, ...]]:
    """The localities of every geography whose file is right, by the geography's code; findings for the others.

    Grain: one row per locality, in order of its code. Units: a Decimal(38, 16) weight for each basis, zero or more.
    Errors: a basis whose weights add to zero, a code that is there twice or is the name of a basis.
    """
    read = {geography.code: _localities(geography, folder) for geography in model.geographies}
    right = {code: table for code, (tables, _) in read.items() for table in tables.values()}
    return right, tuple(finding for _, findings in read.values() for finding in findings)


def _localities(geography: Geography, folder: Path) -> tuple[dict[str, InputTable], tuple[Finding, ...]]:
    collector = Collector()
    table = read_table(geography.file, folder, collector)
    return sound(_judged_localities(geography.code, table, collector) if table else (), collector)


def _judged_localities(code: str, table: RawTable, collector: Collector) -> Iterator[InputTable]:
    texts = match_columns(table, Wanted.declared(LOCALITIES), collector)
    bases = _bases(table, texts or {}, collector)
    if texts is None or bases is None:
        return
    positions = {"name": texts["locality"], **texts, **bases}
    origin = table.origin(positions)
    cells = our_cells(table, positions)
    judge_texts(cells, headers_of(table, positions, texts), origin, collector)
    collector.extend(_codes_wrong(cells, tuple(bases), origin))
    weights = [read_numbers(cells, basis, WEIGHT, NumberSource(origin, table.floats), collector) for basis in bases]
    name = pl.when(pl.col("name") == "").then("locality").otherwise("name").alias("name")
    frame = cells.select("locality", name, *weights, "row").sort("locality")
    collector.extend(_without_weight(frame, bases, table))
    yield InputTable.declared(LOCALITIES, code, frame, origin)


def _bases(table: RawTable, texts: Mapping[str, int], collector: Collector) -> dict[str, int] | None:
    """The number of every column that holds weights: all that have a name and hold no text."""
    named = {
        number: entry
        for number, entry in enumerate(table.header)
        if entry and number not in texts.values() and entry.casefold() not in LOCALITIES.columns
    }
    wrong = [entry for entry in named.values() if not re.fullmatch(CODE_PATTERN, entry)]
    twice = [entry for entry, times in Counter(entry.casefold() for entry in named.values()).items() if times > 1]
    for entry in wrong:
        expected = "a letter, then letters, digits, _ or -, at most 40, such as 'registered'"
        collector.add(error("bad-basis", table.head(), f"the column '{entry}' cannot be the name of a basis", expected))
    for entry in twice:
        collector.add(
            error("repeated-column", table.head(), f"several columns are called '{entry}'", "", "Rename one.")
        )
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
        if not re.fullmatch(CODE_PATTERN, locality):
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
