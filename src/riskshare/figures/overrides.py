"""Overrides: what moves money beside the rules: decisions of the board and changes of targets, listed and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from riskshare.contract.records import RecordedDecision, TargetChange
from riskshare.figures.names import BOARD_DECISIONS, DECISIONS, OVERRIDES, TARGET_CHANGES
from riskshare.figures.sharing import PoolGroup
from riskshare.formula.language import ONE, ZERO, Cell, Col, Column, Each, Given, Step, Table, Total, table, when
from riskshare.formula.units import COUNT, GATE, MONEY, TEXT

BOARD, TARGETS = "Decisions of the board", "Changes of targets"
LISTS = {BOARD: BOARD_DECISIONS, TARGETS: TARGET_CHANGES}
PlaceOf = Callable[[tuple[str | int, ...]], str]


def overrides_tables(groups: Iterable[PoolGroup], place_of: PlaceOf) -> Iterator[Table]:
    """Every decision and every change of a target with its live effect, then how many there are and what they move.

    One row per decision, per rule that changes targets, and per kind of override; effects in pounds. `place_of` says
    where a path of model.toml is written.
    """
    every = tuple(groups)
    decisions = tuple(entry for group in every for entry in group.decisions)
    changes = tuple(entry for group in every for entry in group.changes)
    if decisions:
        yield _board(decisions, place_of)
    if changes:
        yield _targets(changes, place_of)
    yield _counted({BOARD: bool(decisions), TARGETS: bool(changes)})


def _board(decisions: tuple[RecordedDecision, ...], place_of: PlaceOf) -> Table:
    effects = tuple(Cell(DECISIONS, "amount", entry.key) for entry in decisions)
    columns: list[Column] = [
        _words("decided", "Decision", (f"{entry.key} in pool {entry.pool}" for entry in decisions)),
        _words("decided_for", "Reason", (entry.reason for entry in decisions)),
        _words("decided_from", "Who gives", (entry.source for entry in decisions)),
        _words("decided_to", "Who receives", (entry.to for entry in decisions)),
        _words("decided_by", "Minute", (entry.clause for entry in decisions)),
        _words("decided_on", "Date", (entry.minuted_on for entry in decisions)),
        _words("decided_in", "Where it is written", (place_of(entry.path) for entry in decisions)),
        Step("moved", MONEY, "Effect", Each(effects)),
        _in_force(),
    ]
    return table(LISTS[BOARD], BOARD, "one row per decision", "decided", columns)


def _targets(changes: tuple[TargetChange, ...], place_of: PlaceOf) -> Table:
    effects = tuple(Total(entry.table, entry.change.name) for entry in changes)
    columns: list[Column] = [
        _words("changed", "Change", (entry.key for entry in changes)),
        _words("changed_for", "Reason", (entry.reason for entry in changes)),
        _words("changed_by", "Who funds it", (entry.funded_by for entry in changes)),
        _words("changed_in", "Pools", (entry.title for entry in changes)),
        _words("changed_under", "Clause", (entry.clause for entry in changes)),
        _words("changed_at", "Where it is written", (place_of(entry.path) for entry in changes)),
        Step("moved", MONEY, "Effect on the targets", Each(effects)),
        _in_force(),
    ]
    return table(LISTS[TARGETS], TARGETS, "one row per rule that changes targets", "changed", columns)


def _words(name: str, label: str, values: Iterable[str]) -> Given:
    return Given(name, TEXT, label, tuple(values), editable=False)


def _in_force() -> Step:
    return Step("in_force", GATE, "In force", when(Col("moved"), "=", ZERO, ZERO, ONE), additive=False)


def _counted(listed: dict[str, bool]) -> Table:
    """How many overrides are in force and what they move together; one row per kind, in pounds."""
    columns: list[Column] = [_words("override", "Override", listed)]
    for name, unit, label, column in (("count", COUNT, "In force", "in_force"), ("moving", MONEY, "Moved", "moved")):
        totals = (Total(LISTS[kind], column) if there else ZERO for kind, there in listed.items())
        columns.append(Step(name, unit, label, Each(tuple(totals)), additive=False))
    return table(OVERRIDES, "Overrides", "one row per kind of override", "override", columns)
