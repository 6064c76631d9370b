"""Stages: the way from one side to the other, one cause at a time, each stage computed anew with today's software."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from riskshare.audit.changes.change import Cause, Change, software_changes
from riskshare.audit.changes.contract import contract_changes
from riskshare.audit.changes.inputs import input_changes
from riskshare.audit.diff.endpoint import Endpoint, settled
from riskshare.audit.diff.terms import BridgeStep, of_change, term_stages
from riskshare.audit.edits.compare import compare
from riskshare.figures.names import LINES
from riskshare.inputs.reading import Reading
from riskshare.inputs.table import InputTable
from riskshare.problems.errors import RiskshareError
from riskshare.proof.engines import recalculate
from riskshare.xlsx.package import opened
from riskshare.xlsx.read import read_workbook, workbook_content

TOGETHER = "together, as neither can be computed with the other's"
FOLDER = "name"
"""The term that names the model's folder, which is no term of the contract."""


@dataclass(frozen=True, slots=True)
class Way:
    """All stages between two sides, and every change that was found."""

    stages: tuple[BridgeStep, ...]
    changes: tuple[Change, ...]


def way(before: Endpoint, after: Endpoint, lines: int) -> Way:
    """The stages from one side to the other; the `lines` largest changes of lines have a stage each.

    In this order: what was typed into the first workbook is undone, software, inputs, contract, what was typed into
    the second. Where the inputs of one cannot be computed under the contract of the other, they move together.
    """
    if before.reading is None or after.reading is None:
        return _unsplit(before, after)
    inputs = _largest_first(input_changes(before.reading, after.reading))
    contract = [change for change in contract_changes(before.reading, after.reading) if change.row != FOLDER]
    stages = (
        *_undone(before, before.reading),
        *_between(before.reading, after.reading, inputs, contract, lines),
        *_typed(after),
    )
    software = software_changes(before.software, after.software)
    return Way(stages, (*before.typed, *inputs, *contract, *software, *after.typed))


def _largest_first(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda change: -change.weight))


def _unsplit(before: Endpoint, after: Endpoint) -> Way:
    """One movement for everything, with the cells that differ where both are workbooks."""
    alone = " and ".join(side.name for side in (before, after) if side.reading is None)
    stage = BridgeStep(Cause.UNSPLIT, f"what {alone} was built from is not to be had: keep pins", after.stated)
    if before.workbook is None or after.workbook is None:
        return Way((stage,), ())
    with opened(after.workbook) as later:
        expected, now = read_workbook(before.workbook), workbook_content(later)
        edits = compare(expected, now, lambda: recalculate(later, "ironcalc"))
    changes = (Change(Cause.UNSPLIT, f"{one.kind} at {one.place}", one.was, one.now) for one in edits.changes)
    return Way((stage,), tuple(changes))


def _undone(side: Endpoint, reading: Reading) -> Iterator[BridgeStep]:
    """From what the first side states to what it gives when it is computed today."""
    cause, label = (Cause.WORKBOOK, f"undone: {_typed_in(side)}") if side.typed else _software(side)
    yield BridgeStep(cause, label, settled(reading))


def _typed(side: Endpoint) -> Iterator[BridgeStep]:
    cause, label = (Cause.WORKBOOK, _typed_in(side)) if side.typed else _software(side)
    yield BridgeStep(cause, label, side.stated)


def _typed_in(side: Endpoint) -> str:
    first, *others = side.typed
    more = f", and {_counted(len(others), 'other cell')}" if others else ""
    return f"{first.what}{of_change(first)}{more}"


def _software(side: Endpoint) -> tuple[str, str]:
    return (
        Cause.SOFTWARE,
        f"{side.name} computed with riskshare {side.software.get('riskshare', '?')} and its libraries",
    )


def _between(
    before: Reading, after: Reading, inputs: Sequence[Change], contract: Sequence[Change], lines: int
) -> tuple[BridgeStep, ...]:
    try:
        return (
            *_input_stages(before, after, inputs, lines),
            *term_stages(before, after, contract),
        )
    except (RiskshareError, pl.exceptions.PolarsError, LookupError):
        return (BridgeStep(f"{Cause.INPUTS} and {Cause.CONTRACT}", TOGETHER, settled(after)),)


def _input_stages(then: Reading, now: Reading, changes: Sequence[Change], lines: int) -> Iterator[BridgeStep]:
    """The largest changed lines one after the other, the other lines, then each other table that changed."""
    rows = tuple(dict.fromkeys(change.row for change in changes if change.table == LINES))
    single = rows[: lines if len(rows) > lines else len(rows)]
    reading = _with(then, replace(now.lines, frame=then.lines.frame))
    for row in single:
        reading = _with_rows(reading, now, (row,))
        own = [change for change in changes if change.table == LINES and change.row == row]
        yield BridgeStep(Cause.INPUTS, _of_line(own), settled(reading))
    rest = rows[len(single) :]
    if rest:
        reading = _with_rows(reading, now, rest)
        yield BridgeStep(Cause.INPUTS, f"{len(rest):,} other lines", settled(reading))
    yield from _other_tables(reading, now, changes)


def _with_rows(reading: Reading, now: Reading, rows: tuple[str, ...]) -> Reading:
    """The reading with these lines as they are now; a line that is gone leaves."""
    kept = reading.lines.frame.filter(~pl.col("line").is_in(rows))
    taken = now.lines.frame.filter(pl.col("line").is_in(rows))
    return _with(reading, replace(reading.lines, frame=pl.concat([kept, taken])))


def _with(reading: Reading, table: InputTable) -> Reading:
    return replace(reading, tables={**reading.tables, table.name: table})


def _other_tables(reading: Reading, now: Reading, changes: Sequence[Change]) -> Iterator[BridgeStep]:
    names = tuple(dict.fromkeys(change.table for change in changes if change.table != LINES))
    if names:
        titles = [(now.tables.get(name) or reading.tables[name]).title for name in names]
        with_now = replace(reading, tables={**now.tables, LINES: reading.lines})
        yield BridgeStep(Cause.INPUTS, ", ".join(titles), settled(with_now))


def _of_line(changes: Sequence[Change]) -> str:
    if len(changes) == 1:
        return f"{changes[0].what}{of_change(changes[0])}"
    return f"line {changes[0].row}: {_counted(len(changes), 'cell')}"


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'} changed"
