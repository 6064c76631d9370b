"""Compares what holds for areas of a sheet: validations, conditional formats, links, comments, what is hidden."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Final
from urllib.parse import unquote

from riskshare.audit.edits.cell_changes import Spellings
from riskshare.audit.edits.change import CellEdit, EditKind
from riskshare.audit.edits.moves import Moves
from riskshare.problems.errors import UserError
from riskshare.xlsx.a1 import LAST_COLUMN, LAST_ROW, Point, areas, column_letters, named_areas, point
from riskshare.xlsx.content import AreaRule, SheetContent
from riskshare.xlsx.formulas import Spelling

MOST_PLACES: Final = 3_000_000
LARGE: Final = 1_000
"""A larger area counts only as far as its sheet is used."""

Taken = Callable[[SheetContent], tuple[AreaRule, ...]]
_COMPARED: Final[Mapping[EditKind, Taken]] = {
    EditKind.VALIDATION: lambda sheet: sheet.validations,
    EditKind.CONDITIONAL_FORMAT: lambda sheet: sheet.conditional_formats,
    EditKind.LINK: lambda sheet: sheet.links,
    EditKind.COMMENT: lambda sheet: sheet.comments,
}


def area_changes(sheet: SheetContent, other: SheetContent, moves: Moves, spellings: Spellings) -> Iterator[CellEdit]:
    """Every such change of one sheet."""
    used = _Used(sheet, other)
    for kind, taken in _COMPARED.items():
        if taken(sheet) != taken(other) or (moves.last and taken(sheet)):
            was = _spread(taken(sheet), used, sheet.name, spellings.expected)
            now = _spread(taken(other), used, sheet.name, spellings.actual)
            yield from _differences(kind, sheet.name, was, now, moves)
    yield from _hidden_rows(sheet, other, moves)
    yield from _hidden_columns(sheet, other, moves, used)
    added = Counter(other.drawn) - Counter(sheet.drawn)
    yield from (CellEdit(EditKind.DRAWING, sheet.name, "", "", words) for words in added.elements())


class _Used:
    """How far two sheets are used, found when it is first asked for."""

    def __init__(self, sheet: SheetContent, other: SheetContent) -> None:
        self._sheets = (sheet, other)

    @cached_property
    def last(self) -> Point:
        """The last row and column that either sheet uses."""
        points = [point(name) for sheet in self._sheets for name in sheet.cells]
        rows, columns = (max((place[axis] for place in points), default=1) for axis in (0, 1))
        return min(rows, LAST_ROW), min(columns, LAST_COLUMN)


Spread = Mapping[Point, frozenset[str]]


def _spread(rules: tuple[AreaRule, ...], used: _Used, home: str, spelling: Spelling) -> Spread:
    """What holds for each cell."""
    by_point: dict[Point, set[str]] = defaultdict(set)
    count = 0
    for rule in rules:
        meaning = _meaning(rule, home, spelling)
        for area in areas(rule.area):
            counted = area if area.size <= LARGE else area.within(*used.last)
            count += counted.size
            if count > MOST_PLACES:
                raise UserError(
                    f"Sheet {home} has rules for more than {MOST_PLACES:,} cells: clear them and save it again."
                )
            for place in counted.points():
                by_point[place].add(meaning)
    return {place: frozenset(meanings) for place, meanings in by_point.items()}


def _meaning(rule: AreaRule, home: str, spelling: Spelling) -> str:
    formulas = " and ".join(spelling.formula(formula, home) for formula in rule.formulas)
    address = unquote(rule.meaning)
    return f"{address} {formulas}".strip()


def _differences(kind: EditKind, sheet: str, was: Spread, now: Spread, moves: Moves) -> Iterator[CellEdit]:
    here = {before: place for place in now if (before := moves.place_before(place))}
    gone = {place for place in was if place not in here and not moves.lost(place)}
    pairs: dict[tuple[frozenset[str], frozenset[str]], list[Point]] = defaultdict(list)
    for place in gone:
        pairs[was[place], frozenset()].append(place)
    for before, place in here.items():
        if was.get(before) != now[place]:
            pairs[was.get(before, frozenset()), now[place]].append(place)
    for (old, new), places in pairs.items():
        for cell, _ in named_areas(places):
            yield CellEdit(kind, sheet, cell, "; ".join(sorted(old)) or "none", "; ".join(sorted(new)) or "none")


def _hidden_rows(sheet: SheetContent, other: SheetContent, moves: Moves) -> Iterator[CellEdit]:
    if sheet.hidden_rows == other.hidden_rows and not moves.last:
        return
    here = {before[0]: row for row in other.hidden_rows if (before := moves.place_before((row, 1)))}
    for old in here.keys() - sheet.hidden_rows:
        yield CellEdit(EditKind.ROW_HIDDEN, sheet.name, str(here[old]))
    for row in sheet.hidden_rows - here.keys():
        if not moves.lost((row, 1)):
            yield CellEdit(EditKind.ROW_SHOWN, sheet.name, str(row))


def _hidden_columns(sheet: SheetContent, other: SheetContent, moves: Moves, used: _Used) -> Iterator[CellEdit]:
    if sheet.hidden_columns == other.hidden_columns and not moves.last:
        return
    was, now = _columns(sheet, used.last[1]), _columns(other, used.last[1])
    here = {before[1]: column for column in now if (before := moves.place_before((1, column)))}
    for old in here.keys() - was:
        yield CellEdit(EditKind.COLUMN_HIDDEN, sheet.name, column_letters(here[old]))
    for column in was - here.keys():
        if not moves.lost((1, column)):
            yield CellEdit(EditKind.COLUMN_SHOWN, sheet.name, column_letters(column))


def _columns(sheet: SheetContent, last: int) -> set[int]:
    return {column for first, end in sheet.hidden_columns for column in range(first, min(end, last) + 1)}
