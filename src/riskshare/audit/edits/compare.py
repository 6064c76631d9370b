"""Compares an actual workbook with its rebuild by what they mean, and names every change.

What Excel, LibreOffice and openpyxl change by themselves on saving is no change: the order and numbers of texts and
styles, shared formulas, the way formulas, number formats and links are spelled, digits beyond the fifteenth, cached
values that are missing. Not compared at all: charts and tables, which two of them write anew or drop; colours, fonts,
widths and other looks; print settings; names of Excel's own. So a figure painted white on white is not found here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from riskshare.audit.edits.area_changes import area_changes
from riskshare.audit.edits.cell_changes import CellsCompared, Spellings, Stored, compare_cells, same_result, shown
from riskshare.audit.edits.change import CellEdit, EditKind, sentences
from riskshare.audit.edits.moves import Moves, find_moves, kept, moved_back
from riskshare.audit.edits.sheet_changes import Pairs, pair_sheets, sheet_changes, whole_changes
from riskshare.xlsx.a1 import Point
from riskshare.xlsx.content import SheetContent, WorkbookContent
from riskshare.xlsx.formulas import Spelling

Recalculate: TypeAlias = Callable[[], Mapping[tuple[str, str], float | str]]
"""Gives the values that the actual workbook's own formulas have, by its sheets' names and cells."""


@dataclass(frozen=True, slots=True)
class Edits:
    """Every change, and what was counted but is none: cached values that follow from a change, or are missing."""

    changes: tuple[CellEdit, ...]
    following: int = 0
    not_cached: int = 0

    def sentences(self) -> tuple[str, ...]:
        """Every change in words, neighbours of one kind together, and then what was counted."""
        counted = []
        if self.following:
            figures = "1 stored figure follows" if self.following == 1 else f"{self.following:,} stored figures follow"
            counted.append(f"{figures} from these changes.")
        if self.not_cached:
            counted.append(
                f"{self.not_cached:,} formulas have no stored figure: open and save it in Excel to see them."
            )
        return (*sentences(self.changes), *counted)


def compare(expected: WorkbookContent, actual: WorkbookContent, recalculate: Recalculate | None = None) -> Edits:
    """Names everything that an actual workbook has otherwise than its rebuild.

    Cached values that differ are asked about last: where the actual workbook itself calculates them they follow from
    another change; else, or where nobody can recalculate it, they are stale.
    """
    pairs = pair_sheets(expected, actual)
    moves = {sheet.name: find_moves(sheet, other) for sheet, other in pairs.both}
    spellings = Spellings(Spelling(), _spelling(pairs, moves))
    compared = CellsCompared()
    changes = [*whole_changes(expected, actual, pairs.renamed, spellings), *sheet_changes(expected, actual, pairs)]
    for sheet, other in pairs.both:
        changes += _one_sheet(sheet, other, moves[sheet.name], spellings, compared)
    stale = tuple(_stale(compared.stored, pairs, recalculate))
    every = sorted({*changes, *compared.changes, *stale}, key=_order(actual))
    return Edits(tuple(every), len(compared.stored) - len(stale), compared.not_cached)


def _one_sheet(
    sheet: SheetContent, other: SheetContent, moves: Moves, spellings: Spellings, compared: CellsCompared
) -> Iterator[CellEdit]:
    cells, now = moved_back(other, moves)
    compare_cells(sheet.name, kept(sheet, moves), cells, now, spellings, compared)
    yield from moves.changes
    yield from area_changes(sheet, other, moves, spellings)


def _spelling(pairs: Pairs, moves: Mapping[str, Moves]) -> Spelling:
    """How formulas of the actual workbook are spelled: with the sheets' names and the places of the rebuild."""
    renamed = {new.casefold(): old.casefold() for old, new in pairs.renamed.items()}
    moving = {pairs.renamed.get(name, name).casefold(): one for name, one in moves.items() if one.last}
    by_old = {name.casefold(): one for name, one in moves.items() if one.last}

    def place(sheet: str, row: int, column: int) -> Point | None:
        one = moving.get(sheet) or by_old.get(sheet)
        return one.place_before((row, column)) if one else (row, column)

    return Spelling(renamed, place if moving else None)


def _stale(stored: list[Stored], pairs: Pairs, recalculate: Recalculate | None) -> Iterator[CellEdit]:
    values = recalculate() if recalculate and stored else {}
    for sheet, cell, was, now in stored:
        value = values.get((pairs.renamed.get(sheet, sheet), cell))
        calculated = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
        if calculated is None or not same_result(calculated, now):
            yield CellEdit(EditKind.STALE, sheet, cell, shown(was), shown(now))


def _order(actual: WorkbookContent) -> Callable[[CellEdit], tuple[object, ...]]:
    """The workbook first, then sheet by sheet, kind by kind, down and across."""
    number = {sheet.name: position for position, sheet in enumerate(actual.sheets)}
    kinds = {kind: position for position, kind in enumerate(EditKind)}
    return lambda change: (
        number.get(change.sheet, len(number) if change.sheet else -1),
        change.sheet,
        kinds[change.kind],
        len(change.cell),
        change.cell,
        change.was,
        change.now,
    )
