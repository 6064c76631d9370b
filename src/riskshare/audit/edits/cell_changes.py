"""Compares the cells of one sheet: what was typed over, replaced, altered, added or emptied, and what went stale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from riskshare.audit.edits.change import CellEdit, EditKind
from riskshare.xlsx.content import StoredCell, Value, Word
from riskshare.xlsx.formulas import Spelling
from riskshare.xlsx.sheet_cells import spelled_format

SAME_DIGITS: Final = 1e-14
"""Programs write numbers with 15 to 17 significant digits."""
SAME_RESULT: Final = 1e-8
"""Other engines leave the noise of binary fractions in a result, far below a penny."""


class Stored(NamedTuple):
    """A cached value that is not the rebuild's."""

    sheet: str
    cell: str
    was: Value
    now: Value


@dataclass(slots=True)
class CellsCompared:
    """What the comparison of cells has come to so far."""

    changes: list[CellEdit] = field(default_factory=list)
    stored: list[Stored] = field(default_factory=list)
    not_cached: int = 0


class Spellings(NamedTuple):
    """How formulas of the rebuild and of the actual workbook are spelled to be compared."""

    expected: Spelling
    actual: Spelling


def compare_cells(
    sheet: str,
    expected: Mapping[str, StoredCell],
    actual: Mapping[str, StoredCell],
    now: Mapping[str, str],
    spellings: Spellings,
    compared: CellsCompared,
) -> None:
    """Compares two sheets cell by cell; `now` gives the name that a cell has in the actual workbook if it moved."""
    for name, cell in expected.items():
        other = actual.get(name)
        if other == cell and not (cell[1] and spellings.actual.moves):
            continue
        at = now.get(name, name)
        if other is None:
            compared.changes.append(CellEdit(EditKind.EMPTIED, sheet, at, _content(cell)))
            continue
        if spelled_format(cell[2]) != spelled_format(other[2]):
            compared.changes.append(CellEdit(EditKind.NUMBER_FORMAT, sheet, at, cell[2], other[2]))
        if not cell[1] or not other[1]:
            compared.changes += _replaced(sheet, at, cell, other)
        elif not _same_formula(sheet, cell[1], other[1], spellings):
            now_says = _content(other) if cell[1] != other[1] else "the same, which now means other cells"
            compared.changes.append(CellEdit(EditKind.FORMULA, sheet, at, _content(cell), now_says))
        elif other[0] is None:
            compared.not_cached += 1
        elif cell[0] is not None and not same_result(cell[0], other[0]):
            compared.stored.append(Stored(sheet, at, cell[0], other[0]))
    compared.changes += _added(sheet, expected, actual, now)


def _added(
    sheet: str, expected: Mapping[str, StoredCell], actual: Mapping[str, StoredCell], now: Mapping[str, str]
) -> Iterator[CellEdit]:
    for name in actual.keys() - expected.keys():
        kind = EditKind.FORMULA_ADDED if actual[name].formula else EditKind.ADDED
        yield CellEdit(kind, sheet, now.get(name, name), "", _content(actual[name]))


def _replaced(sheet: str, at: str, cell: StoredCell, other: StoredCell) -> Iterator[CellEdit]:
    """The change of a cell that has a formula on one side at most."""
    if cell.formula:
        kind = EditKind.TO_NUMBER if isinstance(other.value, float) else EditKind.TO_TEXT
    elif other.formula:
        kind = EditKind.FORMULA_ADDED
    elif same_number(cell.value, other.value):
        return
    else:
        kind = EditKind.INPUT if isinstance(cell.value, float) else EditKind.TEXT
    yield CellEdit(kind, sheet, at, _content(cell), _content(other))


def _same_formula(sheet: str, formula: str, other: str, spellings: Spellings) -> bool:
    """Whether two formulas are one: where cells moved, one that still says what it said now means other cells."""
    if formula == other and not spellings.actual.moves:
        return True
    return spellings.expected.formula(formula, sheet) == spellings.actual.formula(other, sheet)


def same_number(was: Value, now: Value) -> bool:
    """Whether two constants are the same, but for the number of digits that a program writes."""
    if isinstance(was, float) and isinstance(now, float):
        return was == now or abs(was - now) <= SAME_DIGITS * max(abs(was), abs(now))
    return was == now


def same_result(was: Value, now: Value) -> bool:
    """Whether two calculated values are the same to more digits than any figure of ours has."""
    if isinstance(was, float) and isinstance(now, float):
        return same_number(was, now) or abs(was - now) <= SAME_RESULT
    return shown(was) == shown(now)


def shown(value: Value) -> str:
    """A value as a reader sees it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.15g}"
    return value.name if isinstance(value, Word) else value


def _content(cell: StoredCell) -> str:
    return f"={cell.formula}" if cell.formula else shown(cell.value) or "nothing"
