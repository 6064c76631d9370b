"""Finds the first step whose figure moved, and why: an input cell, a term, a rule's arithmetic or a library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from riskshare.audit.changes.change import Cause, Change
from riskshare.audit.changes.contract import contract_changes
from riskshare.audit.changes.figures import Moved, moved_figures
from riskshare.audit.changes.inputs import AMOUNTS, input_changes
from riskshare.audit.changes.software import software_changes
from riskshare.audit.verify.verdict import FirstMoved
from riskshare.figures.computed import ComputedModel
from riskshare.figures.pin.file import Figures, Record, figures_of
from riskshare.formula.language import Cell, Col, Column, Given, Item, Step, Table, Total, every_part, written

NAMED = 3


@dataclass(frozen=True)
class Movement:
    """A record, the same inputs computed today (`again`), and the model as it is now with its figures."""

    pinned: Record
    again: ComputedModel | None
    built: ComputedModel
    now: Figures

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
        moved.table.title, step.name, step.label, _clause(moved), moved.row, *figures, _why(movement, moved)
    )


def _clause(moved: Moved) -> str:
    section = next(section for section in moved.table.sections if moved.step in section.columns)
    return moved.step.clause or section.clause


def _why(movement: Movement, moved: Moved) -> str:
    if movement.again is None:
        return "the pin keeps no inputs that it could be run with again"
    if _moved_by_software(movement.again, moved):
        return _software(movement, moved)
    causes = tuple(_read_directly(movement, moved))
    if causes:
        return listed(causes)
    if _formula(movement.again, moved) != written(moved.step.expr):
        return f"the contract gives it another arithmetic: {listed(movement.contract)}"
    return listed((*movement.inputs, *movement.contract)) or "what it is computed from moved"


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


def _read_directly(movement: Movement, moved: Moved) -> Iterator[Change]:
    """The changed cells and terms that the step itself reads: every step before it is as it was."""
    tables = {table.name: table for table in movement.built.plan.tables}
    read = set(given_read(moved.table, moved.step, tables))
    for change in movement.inputs:
        if _reads(read, change, moved):
            yield change
    if ("terms", "value") in read:
        keys = {part.key for part in every_part(moved.step.expr) if isinstance(part, Cell) and part.table == "terms"}
        yield from _terms(movement, keys)


def given_read(table: Table, step: Step, tables: dict[str, Table]) -> Iterator[tuple[str, str]]:
    """The given columns that a step reads itself, as (table, column)."""
    for part in every_part(step.expr):
        if isinstance(part, Col):
            yield from _own(table, part.name, tables)
        elif isinstance(part, Total | Cell | Item):
            yield part.table, part.column


def reached(table: Table, step: Step, tables: dict[str, Table]) -> set[tuple[str, str]]:
    """The columns that a step rests on, itself included, through other steps and tables: as (table, column)."""
    found: set[tuple[str, str]] = set()
    left = [(table, step.name)]
    while left:
        at, name = left.pop()
        column = next((entry for entry in at.columns if entry.name == name), None)
        if column is None and at.extends:
            left.append((tables[at.extends.table], name))
        elif column is not None and (at.name, name) not in found:
            found.add((at.name, name))
            left += _reads_of(at, column, tables)
    return found


def _reads_of(table: Table, column: Column, tables: dict[str, Table]) -> Iterator[tuple[Table, str]]:
    if not isinstance(column, Step):
        return
    for part in every_part(column.expr):
        if isinstance(part, Col):
            yield table, part.name
        elif isinstance(part, Total | Cell | Item):
            yield tables.get(part.table, table), part.column


def _own(table: Table, column: str, tables: dict[str, Table]) -> Iterator[tuple[str, str]]:
    """The given column behind a name: of the table itself, or of the one it extends, at any depth."""
    found = next((entry for entry in table.columns if entry.name == column), None)
    if isinstance(found, Given):
        yield table.name, column
    elif found is None and table.extends:
        yield from _own(tables[table.extends.table], column, tables)


def _reads(read: set[tuple[str, str]], change: Change, moved: Moved) -> bool:
    """Whether a step reads the changed cell; one that belongs to a single line only where it is that line's."""
    tables = {table for table, _ in read}
    if change.table == "lines":
        return _reads_line(read, change, moved)
    code = change.table.partition(" ")[2]
    if change.table.startswith("localities"):
        return f"weights {code}" in tables
    if change.table.startswith("pools"):
        return f"pools {code}" in tables and moved.row == f"{code}:{change.row}"
    return any(table.startswith(("outcomes", "cases", "reserves", "crosswalk")) for table in tables)


def _reads_line(read: set[tuple[str, str]], change: Change, moved: Moved) -> bool:
    columns = {column for table, column in read if table == "lines"}
    row_by_row = moved.table.name == "lines" or (
        moved.table.extends is not None and moved.table.extends.table == "lines"
    )
    amount = change.column in AMOUNTS and change.column not in columns
    return bool(columns) and not amount and (not row_by_row or change.row == moved.row)


def _terms(movement: Movement, keys: set[str]) -> Iterator[Change]:
    """The terms among these keys whose value is another."""
    then, now = (_values(built) for built in (movement.again, movement.built))
    lines = movement.contract
    for key in sorted(keys):
        if then.get(key) != now.get(key):
            rule, clause, old = then.get(key, now.get(key, ("", "", "")))
            new = now.get(key, ("", "", "none"))[2]
            place = next((change.place for change in lines if clause and clause in change.what), "")
            yield Change(Cause.CONTRACT, f"{rule} ({clause}), term {key}", old, new, place, "terms", key)


def _values(built: ComputedModel | None) -> dict[str, tuple[str, str, str]]:
    if built is None or "terms" not in built.figures:
        return {}
    rows = built.figures["terms"].select("term", "rule", "clause", "value").rows()
    return {term: (rule, clause, f"{value.normalize():f}") for term, rule, clause, value in rows}


def listed(changes: Iterable[Change]) -> str:
    """The first three changes in words, and how many more there are."""
    every = tuple(changes)
    more = f"; and {len(every) - NAMED:,} more" if len(every) > NAMED else ""
    return "; ".join(str(change) for change in every[:NAMED]) + more
