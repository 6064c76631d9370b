"""Compares what is more than a cell: the row of sheets, and what belongs to the whole workbook."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from riskshare.audit.edits.cell_changes import Spellings
from riskshare.audit.edits.change import CellEdit, EditKind
from riskshare.xlsx.content import SheetContent, Visibility, WorkbookContent
from riskshare.xlsx.metadata import EXTERNAL_LINK, MACRO, PART

ALIKE: Final = 0.6
"""Sheets that share so much of their texts and numbers are one sheet under two names."""

_HIDDEN: Final = {
    Visibility.VISIBLE: EditKind.SHEET_SHOWN,
    Visibility.HIDDEN: EditKind.SHEET_HIDDEN,
    Visibility.VERY_HIDDEN: EditKind.SHEET_VERY_HIDDEN,
}
_KINDS: Final = {MACRO: EditKind.MACRO, EXTERNAL_LINK: EditKind.EXTERNAL_LINK, PART: EditKind.PART}


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which actual sheet is which of the rebuild."""

    both: tuple[tuple[SheetContent, SheetContent], ...]
    renamed: Mapping[str, str]
    """The name that the actual workbook has for each sheet of another name."""
    removed: tuple[str, ...]
    added: tuple[str, ...]


def pair_sheets(expected: WorkbookContent, actual: WorkbookContent) -> Pairs:
    """Pairs sheets by name, and those left over by what is on them."""
    of_actual = {sheet.name.casefold(): sheet for sheet in actual.sheets}
    pairs = {sheet.name: of_actual.pop(sheet.name.casefold(), None) for sheet in expected.sheets}
    for sheet in expected.sheets:
        if pairs[sheet.name] is None:
            likeness = {name: _likeness(sheet, other) for name, other in of_actual.items()}
            likest = max(likeness, key=lambda name: likeness[name], default="")
            if likeness.get(likest, 0) >= ALIKE:
                pairs[sheet.name] = of_actual.pop(likest)
    both = tuple((sheet, other) for sheet in expected.sheets if (other := pairs[sheet.name]))
    return Pairs(
        both,
        {sheet.name: other.name for sheet, other in both if sheet.name != other.name},
        tuple(name for name, other in pairs.items() if other is None),
        tuple(sheet.name for sheet in of_actual.values()),
    )


def _likeness(sheet: SheetContent, other: SheetContent) -> float:
    """The share of the texts and numbers, counted once each, that two sheets have in common."""
    one, two = ({cell.value for cell in each.cells.values() if not cell.formula} for each in (sheet, other))
    return len(one & two) / len(one | two) if one or two else 0.0


def sheet_changes(expected: WorkbookContent, actual: WorkbookContent, pairs: Pairs) -> Iterator[CellEdit]:
    """What changed in the row of sheets, each by its name in the rebuild, an added one by its own."""
    yield from (CellEdit(EditKind.SHEET_REMOVED, name) for name in pairs.removed)
    for name in pairs.added:
        sheet = actual.sheet(name)
        visibility = sheet.visibility if sheet else Visibility.VISIBLE
        yield CellEdit(EditKind.SHEET_ADDED, name, "", "", "" if visibility is Visibility.VISIBLE else str(visibility))
    for old, new in pairs.renamed.items():
        yield CellEdit(EditKind.SHEET_RENAMED, old, "", old, new)
    for sheet, other in pairs.both:
        if sheet.visibility is not other.visibility:
            yield CellEdit(_HIDDEN[other.visibility], sheet.name)
    yield from _moved(expected, actual, pairs)


def _moved(expected: WorkbookContent, actual: WorkbookContent, pairs: Pairs) -> Iterator[CellEdit]:
    """The fewest sheets that must have been moved to give the order that there is."""
    order = {sheet.name: number for number, sheet in enumerate(actual.sheets)}
    places = [order[other.name] for _, other in pairs.both]
    in_order = _longest_rising(places)
    for (sheet, other), place in zip(pairs.both, places, strict=True):
        if place not in in_order:
            was = next(number for number, one in enumerate(expected.sheets, 1) if one is sheet)
            yield CellEdit(EditKind.SHEET_MOVED, sheet.name, "", f"sheet {was}", f"sheet {order[other.name] + 1}")


def _longest_rising(numbers: list[int]) -> set[int]:
    """The longest choice of numbers that rises from left to right."""
    ends: list[int] = []
    chains: list[tuple[int, ...]] = []
    for number in numbers:
        length = bisect_left(ends, number)
        chain = (*(chains[length - 1] if length else ()), number)
        ends[length:] = [number, *ends[length + 1 :]]
        chains[length:] = [chain, *chains[length + 1 :]]
    return set(chains[-1]) if chains else set()


def whole_changes(
    expected: WorkbookContent, actual: WorkbookContent, renamed: Mapping[str, str], spellings: Spellings
) -> Iterator[CellEdit]:
    """Every such change."""
    yield from _names(expected, actual, renamed, spellings)
    for setting in sorted(actual.settings ^ expected.settings):
        yield CellEdit(EditKind.SETTING, "", "", *(("", setting) if setting in actual.settings else (setting, "")))
    for extra in sorted(set(actual.foreign) - set(expected.foreign)):
        yield CellEdit(_KINDS[extra.kind], extra.sheet, "", "", extra.what)
    for name, was in expected.properties.items():
        now = actual.properties.get(name, "")
        if now != was:
            yield CellEdit(EditKind.PROPERTY, "", name, was, now)


def _names(
    expected: WorkbookContent, actual: WorkbookContent, renamed: Mapping[str, str], spellings: Spellings
) -> Iterator[CellEdit]:
    before = {new: old for old, new in renamed.items()}
    was = {_key(name, sheet): (name, sheet, text) for (name, sheet), text in expected.names.items()}
    now = {_key(name, before.get(sheet, sheet)): (name, sheet, text) for (name, sheet), text in actual.names.items()}
    for key in was.keys() - now.keys():
        name, sheet, text = was[key]
        yield CellEdit(EditKind.NAME_REMOVED, sheet, name, text)
    for key, (name, sheet, text) in now.items():
        if key not in was:
            yield CellEdit(EditKind.NAME_ADDED, sheet, name, "", text)
        elif spellings.expected.formula(was[key][2], sheet) != spellings.actual.formula(text, sheet):
            yield CellEdit(EditKind.NAME, sheet, name, was[key][2], text)


def _key(name: str, sheet: str) -> tuple[str, str]:
    return name.casefold(), sheet.casefold()
