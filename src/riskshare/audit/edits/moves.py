"""Finds rows or columns that were inserted or deleted, so that what only moved is not taken for changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from typing import Final, TypeAlias

from riskshare.audit.edits.change import CellEdit, EditKind
from riskshare.xlsx.a1 import LAST_COLUMN, LAST_ROW, Point, column_letters, name_of, point
from riskshare.xlsx.content import SheetContent, StoredCell

FEWEST_DIFFERENCES: Final = 8
"""Fewer cells that differ are named one by one."""
LONGEST_MIDDLE: Final = 4_000

Lines: TypeAlias = list[tuple[object, ...]]


@dataclass(frozen=True)
class Moves:
    """How the rows, or the columns, of an actual sheet correspond to those of the rebuilt one."""

    rows: bool = True
    before: Mapping[int, int] = field(default_factory=dict)
    """The number that each actual row had; one that is not there is new."""
    later: int = 0
    """How far all rows moved that lie behind the last one in use."""
    last: int = 0
    changes: tuple[CellEdit, ...] = ()

    def place_before(self, place: Point) -> Point | None:
        """Where an actual cell stood; None where it is new."""
        if not self.last:
            return place
        number = place[0] if self.rows else place[1]
        old = self.before.get(number) if number <= self.last else number - self.later
        limit = LAST_ROW if self.rows else LAST_COLUMN
        if old is None or not 0 < old <= limit:
            return None
        return (old, place[1]) if self.rows else (place[0], old)

    def lost(self, place: Point) -> bool:
        """Whether a place of the rebuilt sheet was deleted."""
        if not self.last:
            return False
        number = place[0] if self.rows else place[1]
        return number <= self.last - self.later and number not in self._kept

    @cached_property
    def _kept(self) -> frozenset[int]:
        return frozenset(self.before.values())


def find_moves(expected: SheetContent, actual: SheetContent) -> Moves:
    """How the rows or the columns of a sheet moved: only where that explains most of the cells that differ."""
    differing = 0 if expected.cells == actual.cells else _differing(expected.cells, actual.cells)
    if differing < FEWEST_DIFFERENCES:
        return Moves()
    for rows in (True, False):
        moves = _align(expected.name, _lines(expected, rows), _lines(actual, rows), rows)
        if moves.changes and 2 * _differing(kept(expected, moves), moved_back(actual, moves)[0]) < differing:
            return moves
    return Moves()


def _differing(expected: Mapping[str, StoredCell], actual: Mapping[str, StoredCell]) -> int:
    """How many cells hold another number or text, or are on one side alone."""
    return len(expected.keys() ^ actual.keys()) + sum(
        cell[0] != other[0]
        for name, cell in expected.items()
        if not cell[1] and (other := actual.get(name)) is not None and not other[1]
    )


def _lines(sheet: SheetContent, rows: bool) -> Lines:
    """What can be recognised of each row: its texts and numbers, and where it has formulas."""
    lines: dict[int, list[tuple[int, object]]] = defaultdict(list)
    for name, cell in sheet.cells.items():
        row, column = point(name)
        number, across = (row, column) if rows else (column, row)
        lines[number].append((across, "=" if cell.formula else cell.value))
    return [
        tuple(sorted(lines.get(number, ()), key=lambda one: one[0])) for number in range(1, max(lines, default=0) + 1)
    ]


def _align(sheet: str, expected: Lines, actual: Lines, rows: bool) -> Moves:
    if len(expected) == len(actual):
        return Moves()
    start = _common(expected, actual)
    end = _common(expected[start:][::-1], actual[start:][::-1])
    middle, other = expected[start : len(expected) - end], actual[start : len(actual) - end]
    if max(len(middle), len(other)) > LONGEST_MIDDLE:
        return Moves()
    before = {number: number for number in range(1, start + 1)}
    changes: list[CellEdit] = []
    for words, old, old_end, new, new_end in SequenceMatcher(None, middle, other, autojunk=False).get_opcodes():
        behind_all = start + old_end == len(expected)
        shared = new_end - new if words == "equal" or behind_all else min(old_end - old, new_end - new)
        before |= {start + new + step + 1: start + old + step + 1 for step in range(shared)}
        lost = (start + old + shared + 1, start + old_end)
        gained = (start + new + shared + 1, start + new_end)
        changes += _named(sheet, lost, gained, rows)
    tail = range(len(actual) - end + 1, len(actual) + 1)
    before |= {number: number - len(actual) + len(expected) for number in tail}
    return Moves(rows, before, len(actual) - len(expected), len(actual), tuple(changes))


def _common(expected: Lines, actual: Lines) -> int:
    pairs = enumerate(zip(expected, actual, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(expected), len(actual)))


def _named(sheet: str, lost: tuple[int, int], gained: tuple[int, int], rows: bool) -> Iterator[CellEdit]:
    inserted = EditKind.ROWS_INSERTED if rows else EditKind.COLUMNS_INSERTED
    deleted = EditKind.ROWS_DELETED if rows else EditKind.COLUMNS_DELETED
    for kind, (first, last) in ((deleted, lost), (inserted, gained)):
        if last >= first:
            ends = (str(first), str(last)) if rows else (column_letters(first), column_letters(last))
            cell = ends[0] if first == last else ":".join(ends)
            count = last - first + 1
            where = f"above row {lost[0]}" if rows else f"left of column {column_letters(lost[0])}"
            yield CellEdit(kind, sheet, cell, *(("", f"{count}, {where}") if kind is inserted else (str(count), "")))


def moved_back(sheet: SheetContent, moves: Moves) -> tuple[Mapping[str, StoredCell], Mapping[str, str]]:
    """The actual cells by the names they had, and the name that each has now; what is new is left out."""
    if not moves.last:
        return sheet.cells, {}
    cells: dict[str, StoredCell] = {}
    now: dict[str, str] = {}
    for name, cell in sheet.cells.items():
        before = moves.place_before(point(name))
        if before:
            cells[name_of(before)] = cell
            now[name_of(before)] = name
    return cells, now


def kept(sheet: SheetContent, moves: Moves) -> Mapping[str, StoredCell]:
    """The cells of the rebuilt sheet that were not deleted."""
    if not moves.last:
        return sheet.cells
    return {name: cell for name, cell in sheet.cells.items() if not moves.lost(point(name))}
