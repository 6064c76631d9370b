"""Finds the first step whose figure moved, and why: an input cell, a term, a rule's arithmetic or a library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from riskshare.audit.changes.change import Cause, Change, software_changes
from riskshare.audit.changes.contract import contract_changes
from riskshare.audit.changes.figures import Moved, moved_figures
from riskshare.audit.changes.inputs import input_changes
from riskshare.audit.verify.reads import Read, Reads
from riskshare.audit.verify.verdict import FirstMoved
from riskshare.figures.computed import ComputedModel
from riskshare.figures.given_cells import ANY
from riskshare.figures.names import TERMS
from riskshare.figures.pin.file import Record, RecordedFigures, figures_of
from riskshare.formula.language import Table, written

NAMED = 3


@dataclass(frozen=True)
class Movement:
    """A record, the same inputs computed today (`again`), and the model as it is now with its figures."""

    pinned: Record
    again: ComputedModel | None
    built: ComputedModel
    now: RecordedFigures

    @cached_property
    def reads(self) -> tuple[Reads, ...]:
        """What figures are made of, then and now: a row that is gone is read by none of today's."""
        return tuple(Reads(built.plan.tables, built.figures) for built in (self.again, self.built) if built)

    def has_moved(self, read: Read) -> bool:
        """Whether a figure of today is another than that of the record's inputs, or may be: it may be any row."""
        return read[2] is None or len({one.value(read) for one in self.reads}) > 1

    @cached_property
    def inputs(self) -> tuple[Change, ...]:
        """The input cells that are not as they were."""
        return input_changes(self.again.reading, self.built.reading) if self.again else ()

    @cached_property
    def contract(self) -> tuple[Change, ...]:
        """The terms that are not as they were."""
        return contract_changes(self.again.reading, self.built.reading) if self.again else ()

    @cached_property
    def software(self) -> tuple[Change, ...]:
        """The versions that are not as they were."""
        return software_changes(self.pinned.pin.software, self.built.pin.software)


def first_moved(movement: Movement, tables: Iterable[Table]) -> FirstMoved | None:
    """The first figure that moved in the order of computation, among these tables; None where none did."""
    moved = next(moved_figures(tables, movement.pinned.figures, movement.now), None)
    if moved is None:
        return None
    step = moved.step
    figures = (step.unit.symbol, moved.then, moved.now)
    return FirstMoved(
        moved.table.title, step.name, step.label, _clause(moved), moved.row, *figures, why(movement, moved)
    )


def _clause(moved: Moved) -> str:
    section = next(section for section in moved.table.sections if moved.step in section.columns)
    return moved.step.clause or section.clause


def why(movement: Movement, moved: Moved) -> str:
    """Why a figure moved, in words: the cells it reads, its arithmetic, or else the cells that lie behind it."""
    if movement.again is None:
        return "the pin keeps no inputs that it could be run with again"
    if _moved_by_software(movement.again, moved):
        return _software(movement, moved)
    figure = moved.table.name, moved.step.name, moved.row
    direct = tuple(_among(movement, set().union(*(one.given(*figure) for one in movement.reads))))
    if direct:
        return listed(direct)
    if _formula(movement.again, moved) != written(moved.step.expr):
        return f"the contract gives it another arithmetic: {listed(movement.contract)}"
    behind = tuple(
        _among(movement, {read for one in movement.reads for read in one.behind(*figure, movement.has_moved)})
    )
    return listed(behind or (*movement.inputs, *movement.contract)) or "what it is computed from moved"


def _moved_by_software(again: ComputedModel, moved: Moved) -> bool:
    """Whether the very inputs and contract of the pin give another figure today."""
    table = next((table for table in again.plan.tables if table.name == moved.table.name), None)
    columns = dict(figures_of(table, again.figures[table.name])) if table else {}
    if table is None or moved.step.name not in columns or moved.row not in columns[table.key]:
        return False
    return columns[moved.step.name][columns[table.key].index(moved.row)] != moved.then


def _software(movement: Movement, moved: Moved) -> str:
    then = movement.pinned.pin.steps.get(moved.table.name, {}).get(moved.step.name)
    now = movement.again.pin.steps[moved.table.name][moved.step.name] if movement.again else then
    what = "the rule's arithmetic is another in this version" if then != now else "a library computes it otherwise"
    return f"{what}: {listed(movement.software) or 'the versions are the same, so the pin was changed'}"


def _formula(again: ComputedModel, moved: Moved) -> str:
    table = next((table for table in again.plan.tables if table.name == moved.table.name), None)
    step = next((step for step in table.steps if step.name == moved.step.name), None) if table else None
    return written(step.expr) if step else ""


def _among(movement: Movement, reads: set[Read]) -> Iterator[Change]:
    """The changed cells and terms that are read."""
    tables = {table: source.name for table, source in movement.built.plan.inputs.items()}
    read = {(tables[table], column, row) for table, column, row in reads if table in tables}
    rows = {(table, ANY, row) for table, _, row in read}
    for change in movement.inputs:
        cells = {(change.table, column, key) for row, column in change.cells for key in (row, None)}
        if cells & (read | rows):
            yield change
    yield from _terms(movement, {key for table, _, key in reads if table == TERMS and key is not None})


def _terms(movement: Movement, keys: set[str]) -> Iterator[Change]:
    """The terms among these keys whose value is another."""
    then, now = (_values(built) for built in (movement.again, movement.built))
    lines = movement.contract
    for key in sorted(keys):
        if then.get(key) != now.get(key):
            rule, clause, old = then.get(key, now.get(key, ("", "", "")))
            new = now.get(key, ("", "", "none"))[2]
            place = next((change.place for change in lines if clause and clause in change.what), "")
            yield Change(Cause.CONTRACT, f"{rule} ({clause}), term {key}", old, new, place, TERMS, key)


def _values(built: ComputedModel | None) -> dict[str, tuple[str, str, str]]:
    if built is None or TERMS not in built.figures:
        return {}
    rows = built.figures[TERMS].select("term", "rule", "clause", "value").rows()
    return {term: (rule, clause, f"{value.normalize():f}") for term, rule, clause, value in rows}


def listed(changes: Iterable[Change]) -> str:
    """The first three changes in words, and how many more there are."""
    every = tuple(changes)
    more = f"; and {len(every) - NAMED:,} more" if len(every) > NAMED else ""
    return "; ".join(str(change) for change in every[:NAMED]) + more
