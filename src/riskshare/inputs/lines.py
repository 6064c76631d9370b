"""Reads the budget lines of all inputs of a model into one typed frame that remembers where every value stood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from riskshare.contract.given_files import Input
from riskshare.contract.model import Model
from riskshare.inputs.columns import Wanted, headers_of, judge_texts, match_columns, our_cells
from riskshare.inputs.declarations import LINES, figures, meaning, required, texts
from riskshare.inputs.files import read_table
from riskshare.inputs.numbers import EXACT, MONEY, NumberSource, read_numbers
from riskshare.inputs.table import InputTable, Origin
from riskshare.inputs.toml import TomlFile
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, Place, error

TEXTS, AMOUNTS = texts(LINES), tuple(figures(LINES))
WHERE_FROM = {"origin": pl.UInt32, "row": pl.UInt32}
NO_LINES = pl.DataFrame(schema={name: column.dtype.type for name, column in LINES.columns.items()} | WHERE_FROM)
LINE_LIMIT = 1_000_000
TRUE_WORDS = ("true", "yes", "y", "1", "recurrent")
FALSE_WORDS = ("false", "no", "n", "0", "non-recurrent")


def read_lines(
    model: Model, folder: Path, toml: TomlFile | None = None
) -> tuple[InputTable | None, tuple[Finding, ...]]:
    """The lines of every input that can be read, and what is wrong with the files; None where no line was read.

    Grain: one row per line, in the order of the inputs and of their files. Units: pounds to the penny.
    Errors: an amount that is no number is null in the frame and an error among the findings.
    NumberSource: `origin` numbers the input. A plan has no outturn of its own: its outturn equals its budget.
    """
    if not model.inputs:
        return InputTable.declared(LINES, "", NO_LINES), ()
    collector = Collector()
    parts = [
        _read_input(entry, _named_at(toml, number), folder, collector) for number, entry in enumerate(model.inputs)
    ]
    lines = _together(parts, collector)
    return lines, collector.findings()


def is_plan(lines: InputTable) -> bool:
    """Whether no input states an outturn, so that the outturn repeats the budget."""
    return bool(lines.origins) and not any("outturn" in origin.letters for origin in lines.origins)


def _named_at(toml: TomlFile | None, number: int) -> Place:
    return toml.place(("inputs", number, "columns")) if toml else Place("model.toml")


@dataclass(frozen=True)
class _Part:
    """The lines of one input; without a frame where the file could not be read."""

    origin: Origin
    frame: pl.DataFrame | None = None

    @property
    def has_outturn(self) -> bool:
        return "outturn" in self.origin.letters


def _read_input(entry: Input, named_at: Place, folder: Path, collector: Collector) -> _Part:
    unread = _Part(Origin(entry.file, "", {}))
    table = read_table(entry.file, folder, collector, sheet=entry.sheet, header_row=entry.header_row)
    if table is None:
        return unread
    needed = tuple(name for name in required(LINES) if getattr(entry, name, None) is None)
    positions = match_columns(table, Wanted(tuple(LINES.columns), needed, entry.columns, named_at), collector)
    if positions is None:
        return unread
    origin = table.origin(positions)
    cells = our_cells(table, positions)
    if cells.is_empty():
        collector.add(error("no-lines", table.head(), "there are no lines below the column names"))
    judge_texts(cells, headers_of(table, positions, TEXTS), origin, collector, entry.not_nhs_numbers)
    return _Part(origin, _typed(cells, entry, NumberSource(origin, table.floats, entry.units), collector))


def _typed(cells: pl.DataFrame, entry: Input, source: NumberSource, collector: Collector) -> pl.DataFrame:
    """The cells in our types, with the defaults of the input for columns that the file lacks."""
    amounts = {name: read_numbers(cells, name, MONEY, source, collector) for name in AMOUNTS if name in cells.columns}
    recurrent = _recurrent(cells, entry, source.origin, collector)
    texts = [_text(name, entry, cells).alias(name) for name in TEXTS]
    absent = pl.lit(None, dtype=EXACT)
    return cells.select(
        *texts, *(amounts.get(name, absent).alias(name) for name in AMOUNTS), recurrent.alias("recurrent"), "row"
    )


def _text(name: str, entry: Input, cells: pl.DataFrame) -> pl.Expr:
    if name not in cells.columns:
        return pl.lit(str(getattr(entry, name, None) or ""))
    return pl.col(name).str.to_lowercase() if meaning(LINES.columns[name]).words else pl.col(name)


def _recurrent(cells: pl.DataFrame, entry: Input, origin: Origin, collector: Collector) -> pl.Expr:
    """True unless the cell or the input's default says otherwise."""
    if "recurrent" not in cells.columns:
        return pl.lit(entry.recurrent is not False)
    word = pl.col("recurrent").str.to_lowercase()
    for row in cells.filter(~word.is_in(["", *TRUE_WORDS, *FALSE_WORDS])).iter_rows(named=True):
        place = origin.place(row["row"], "recurrent")
        collector.add(error("bad-word", place, f"recurrent: '{row['recurrent']}' is unknown", "yes or no"))
    return ~word.is_in(list(FALSE_WORDS))


def _together(parts: Sequence[_Part], collector: Collector) -> InputTable | None:
    """The lines of all parts, in the order of the inputs."""
    frames = [
        part.frame.with_columns(pl.lit(number, dtype=pl.UInt32).alias("origin"))
        for number, part in enumerate(parts)
        if part.frame is not None
    ]
    if not frames or sum(frame.height for frame in frames) == 0:
        return None
    frame = pl.concat(frames).select(*LINES.columns, "origin", "row")
    if frame.height > LINE_LIMIT:
        collector.add(
            error("too-many-lines", Place("model.toml"), f"{frame.height:,} lines", f"at most {LINE_LIMIT:,}")
        )
        return None
    plan = not any(part.has_outturn for part in parts)
    collector.extend(() if plan else _without_outturn(parts))
    whole = frame.with_columns(outturn=pl.col("budget")) if plan else frame
    return InputTable.declared(LINES, "", whole, *(part.origin for part in parts))


def _without_outturn(parts: Sequence[_Part]) -> Iterator[Finding]:
    having = next(part.origin.file for part in parts if part.has_outturn)
    for part in parts:
        if part.frame is not None and not part.has_outturn:
            place = Place(part.origin.file, part.origin.sheet)
            action = "Give every input an outturn, or none for a plan."
            yield error("missing-outturn", place, f"there is no column 'outturn', but {having} has one", "", action)
