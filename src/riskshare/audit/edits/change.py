"""CellEdit: one thing that is not as it was, where it is, and a sentence that says so; many alike as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from riskshare.xlsx.a1 import named_areas, point

LONGEST_WORDS = 70


class EditKind(StrEnum):
    """What kind of change it is, in the words that a reader sees."""

    INPUT = "an input typed over"
    TO_NUMBER = "a formula replaced by a number"
    TO_TEXT = "a formula replaced by text"
    FORMULA = "a formula altered"
    FORMULA_ADDED = "a formula added"
    STALE = "a stale cached value"
    TEXT = "changed text"
    ADDED = "a cell added"
    EMPTIED = "a cell emptied"
    NAME = "a changed name"
    NAME_ADDED = "a name added"
    NAME_REMOVED = "a name removed"
    SHEET_HIDDEN = "a hidden sheet"
    SHEET_VERY_HIDDEN = "a very hidden sheet"
    SHEET_SHOWN = "a hidden sheet shown"
    SHEET_ADDED = "a sheet added"
    SHEET_REMOVED = "a sheet removed"
    SHEET_RENAMED = "a sheet renamed"
    SHEET_MOVED = "a sheet moved"
    ROW_HIDDEN = "a hidden row"
    ROW_SHOWN = "a hidden row shown"
    COLUMN_HIDDEN = "a hidden column"
    COLUMN_SHOWN = "a hidden column shown"
    ROWS_INSERTED = "rows inserted"
    ROWS_DELETED = "rows deleted"
    COLUMNS_INSERTED = "columns inserted"
    COLUMNS_DELETED = "columns deleted"
    VALIDATION = "a changed validation"
    NUMBER_FORMAT = "a changed number format"
    CONDITIONAL_FORMAT = "a changed conditional format"
    LINK = "a changed link"
    COMMENT = "a changed comment"
    DRAWING = "a picture or shape added"
    EXTERNAL_LINK = "an external link"
    MACRO = "a macro"
    PART = "an added part"
    SETTING = "a changed way of calculating"
    PROPERTY = "a changed document property"
    CHART = "a changed chart"
    TABLE = "a changed table"
    STYLE = "a changed style"
    FORMAT = "a changed format"
    MERGED = "merged cells"
    VIEW = "a changed view"
    PRINT = "a changed header, footer or print setting"
    PROTECTION = "a changed protection"
    TEXTS = "texts changed that no cell shows"
    SHEETS = "a changed list of sheets"
    PART_REMOVED = "a part removed"
    UNREAD = "a change that is not understood"


@dataclass(frozen=True, slots=True)
class CellEdit:
    """One change: `was` in the rebuilt workbook, `now` in the actual one; the cell is the actual one's."""

    kind: EditKind
    sheet: str = ""
    cell: str = ""
    was: str = ""
    now: str = ""

    @property
    def place(self) -> str:
        """Where it is, as a formula would say it: 'Share locality'!D14."""
        sheet = self.sheet if self.sheet.isalnum() else f"'{self.sheet}'"
        return f"{sheet}!{self.cell}" if self.sheet and self.cell else self.sheet or self.cell or "the workbook"

    def __str__(self) -> str:
        return f"{self.place}: {self.kind}{_from_to(self)}"


def sentences(changes: Iterable[CellEdit]) -> tuple[str, ...]:
    """A sentence for each change; changes of one kind in neighbouring cells share one."""
    return tuple(
        _sentence(place, group)
        for (_, sheet, _), alike in groupby(changes, key=_likeness)
        for place, group in _neighbours(sheet, list(alike))
    )


def _likeness(change: CellEdit) -> tuple[EditKind, str, bool]:
    return change.kind, change.sheet, _is_cell(change)


def _is_cell(change: CellEdit) -> bool:
    return change.cell.isalnum() and change.cell.isascii() and change.cell[:1].isalpha() and change.cell[-1:].isdigit()


def _neighbours(sheet: str, alike: Sequence[CellEdit]) -> Iterator[tuple[str, Sequence[CellEdit]]]:
    if len(alike) == 1 or not _is_cell(alike[0]):
        yield from ((change.place, [change]) for change in alike)
        return
    at = {change.cell: change for change in alike}
    for area, count in named_areas(point(cell) for cell in at):
        first = at.get(area.partition(":")[0], alike[0])
        yield CellEdit(first.kind, sheet, area).place, [first] * count


def _sentence(place: str, group: Sequence[CellEdit]) -> str:
    first = group[0]
    if len(group) == 1:
        return str(first)
    return f"{place}: {first.kind}, {len(group)} cells, the first{_from_to(first).removeprefix(':')}"


def _from_to(change: CellEdit) -> str:
    if change.was and change.now:
        return f": was {_short(change.was)}, now {_short(change.now)}"
    if change.was:
        return f": was {_short(change.was)}"
    return f": {_short(change.now)}" if change.now else ""


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= LONGEST_WORDS else words[: LONGEST_WORDS - 1] + "…"
