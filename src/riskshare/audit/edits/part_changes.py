"""Compares a workbook part by part where no program saved it anew: what nothing else reads is named all the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from riskshare.audit.edits.change import CellEdit, EditKind
from riskshare.xlsx.flat import Said, flat
from riskshare.xlsx.package import Package
from riskshare.xlsx.unreadable import Unreadable

TEXTS: Final = "xl/sharedstrings.xml"
"""Its texts are compared by the cells that show them; what differs where no cell does is named as such."""

# Where a change stands, by the part and the element, and what it is called. The first that fits decides.
WORDS: Final = (
    (r"xl/(charts|drawings)/", "", EditKind.CHART),
    (r"xl/tables/", "", EditKind.TABLE),
    (r"xl/(styles\.xml|theme/)", "", EditKind.STYLE),
    (r"docprops/", "", EditKind.PROPERTY),
    (r"xl/worksheets/", r"/(c|row)\[[^/]*$|/cols?\b", EditKind.FORMAT),
    (r"xl/worksheets/", r"/sheetFormatPr", EditKind.FORMAT),
    (r"xl/worksheets/", r"/sheetViews?\b|/sheetPr\b", EditKind.VIEW),
    (r"xl/worksheets/", r"/mergeCells?\b", EditKind.MERGED),
    (r"xl/worksheets/", r"/(headerFooter|pageSetup|pageMargins|printOptions|rowBreaks|colBreaks)\b", EditKind.PRINT),
    (r"xl/worksheets/", r"/(sheetProtection|protectedRanges)\b", EditKind.PROTECTION),
    (r"xl/worksheets/", r"/dataValidations?\b", EditKind.VALIDATION),
    (r"xl/worksheets/", r"/conditionalFormatting\b", EditKind.CONDITIONAL_FORMAT),
    (r"xl/worksheets/", r"/hyperlinks?\b", EditKind.LINK),
    (r"xl/workbook\.xml", r"/calcPr\b", EditKind.SETTING),
    (r"xl/workbook\.xml", r"/definedNames?\b", EditKind.NAME),
    (r"xl/workbook\.xml", r"/workbookProtection\b", EditKind.PROTECTION),
    (r"xl/workbook\.xml", r"/sheets?\b", EditKind.SHEETS),
)

NOT_COMPARED: Final = (
    "charts, colours, fonts, widths and other looks, views, merged cells, protection and print settings"
)
"""What nobody can tell from a program's own way of writing, where one saved a file anew."""
NAMED_OTHERWISE: Final = (EditKind.VALIDATION, EditKind.CONDITIONAL_FORMAT, EditKind.LINK, EditKind.SETTING)
NAMES: Final = (EditKind.NAME, EditKind.NAME_ADDED, EditKind.NAME_REMOVED)
HIDDEN: Final = (EditKind.ROW_HIDDEN, EditKind.ROW_SHOWN, EditKind.COLUMN_HIDDEN, EditKind.COLUMN_SHOWN)

# What no reader sees and no program computes with: how a window stands, who saved last, what programs count for
# themselves. docs/audit.md lists them; they are counted and said, and decide nothing.
UNSEEN: Final = (
    (r"docprops/core\.xml", r"/(lastModifiedBy|modified|revision|lastPrinted)\b", ""),
    (r"docprops/app\.xml", r"/(Application|AppVersion|TotalTime|DocSecurity|ScaleCrop|LinksUpToDate|SharedDoc)\b", ""),
    (r"docprops/app\.xml", r"/(HyperlinksChanged|HeadingPairs|TitlesOfParts)\b", ""),
    (r"xl/workbook\.xml", r"/workbookView\b", "xWindow yWindow windowWidth windowHeight tabRatio activeTab firstSheet"),
    (r"xl/workbook\.xml", r"/fileVersion\b", "appName lastEdited lowestEdited rupBuild codeName"),
    (r"xl/workbook\.xml", r"/calcPr\b", "calcId"),
    (r"xl/worksheets/", r"/(selection|dimension)\b", ""),
    (r"xl/worksheets/", r"/sheetView\b", "tabSelected topLeftCell zoomScale zoomScaleNormal"),
    (r"xl/worksheets/", r"/pane\b", "topLeftCell activePane"),
    (r"xl/worksheets/", r"/row\[", "spans"),
    (r"xl/calcchain\.xml", "", ""),
)


@dataclass(frozen=True, slots=True)
class PartsCompared:
    """What differs part by part, how many differences no reader sees, and which parts another program wrote anew."""

    changes: tuple[CellEdit, ...] = ()
    unseen: int = 0
    anew: int = 0


def compare_parts(expected: Package, actual: Package) -> PartsCompared:
    """Every difference of every part; of parts that a program wrote anew on saving how many there are.

    Most parts of a workbook that nobody saved are the rebuild's, byte for byte. A program that saves one writes all of
    them in its own way: then only what they mean can be compared, as the other comparisons do.
    """
    paths = [*expected.names, *(path for path in actual.names if path not in expected.names)]
    different = [path for path in paths if not _same(expected, actual, path)]
    if 2 * len(different) > len(paths):
        return PartsCompared(anew=len(different))
    edits, unseen = list[CellEdit](), 0
    for path in different:
        for edit in _of_part(expected, actual, path):
            edits += [edit] if edit else []
            unseen += edit is None
    return PartsCompared(tuple(dict.fromkeys(edits)), unseen)


def _same(expected: Package, actual: Package, path: str) -> bool:
    there = path in expected.names and path in actual.names
    return there and expected.size(path) == actual.size(path) and expected.content(path) == actual.content(path)


def _of_part(expected: Package, actual: Package, path: str) -> Iterator[CellEdit | None]:
    """The differences of one part; None for each that no reader sees."""
    sheet = _sheets(expected).get(path, "") or _sheets(actual).get(path, "")
    if path not in actual.names:
        yield CellEdit(EditKind.PART_REMOVED, sheet, "", path)
    elif path not in expected.names:
        yield None if _is_unseen(path, "", "") else CellEdit(EditKind.PART, sheet, "", "", path)
    elif path == TEXTS:
        if _read(expected, path) != _read(actual, path):
            yield CellEdit(EditKind.TEXTS, sheet, "", path, "")
    else:
        yield from _of_both(expected, actual, path, sheet)


def _of_both(expected: Package, actual: Package, path: str, sheet: str) -> Iterator[CellEdit | None]:
    was, now = _read(expected, path), _read(actual, path)
    if was is None or now is None:
        yield CellEdit(EditKind.UNREAD, sheet, "", path, "")
        return
    for place in (*was, *(place for place in now if place not in was)):
        if was.get(place) != now.get(place):
            yield from _of_element(path, sheet, place, was.get(place), now.get(place))


def _read(package: Package, path: str) -> dict[str, Said] | None:
    """The elements of a part; None where it is no XML."""
    try:
        return flat(package, path)
    except Unreadable:
        return None


def _of_element(path: str, sheet: str, place: str, was: Said | None, now: Said | None) -> Iterator[CellEdit | None]:
    kind, cell = _kind(path, place), _cell(place)
    if was is None or now is None:
        if _is_unseen(path, place, ""):
            yield None
        else:
            yield CellEdit(kind, sheet, cell, *(_words(place, was), _words(place, now)))
        return
    names = [
        name for name in {**was.attributes, **now.attributes} if was.attributes.get(name) != now.attributes.get(name)
    ]
    for name in names:
        if _is_unseen(path, place, name):
            yield None
        else:
            then, after = (said.attributes.get(name, "") for said in (was, now))
            yield CellEdit(kind, sheet, cell, f"{_last(place)} {name} = {then or 'not given'}", after or "not given")
    if was.text != now.text or was.inside != now.inside:
        seen = not _is_unseen(path, place, "")
        yield CellEdit(kind, sheet, cell, _words(place, was), _words(place, now)) if seen else None


def _changed(was: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [name for name in {**was, **now} if was.get(name) != now.get(name)]


def _kind(path: str, place: str) -> EditKind:
    """What a difference is called; what nothing here knows is named as that."""
    fits = (kind for part, element, kind in WORDS if re.match(part, path) and re.search(element, place))
    return next(fits, EditKind.UNREAD)


def _is_unseen(path: str, place: str, attribute: str) -> bool:
    """Whether no reader sees a difference of an element, or of an attribute of it."""
    return any(
        re.match(part, path) and re.search(element, place) and (not names or attribute in names.split())
        for part, element, names in UNSEEN
    )


def _cell(place: str) -> str:
    cell = re.search(r"/c\[([A-Z]+[0-9]+)\]", place)
    return cell[1] if cell else ""


def _last(place: str) -> str:
    return place.rpartition("/")[2]


def _words(place: str, said: Said | None) -> str:
    """What an element says, as far as a line has room for it."""
    if said is None:
        return ""
    inside = [name.rpartition(" ")[2] for name in said.inside]
    told = [f"{name}={value}" for name, value in said.attributes.items()]
    return " ".join((_last(place), *told, said.text, *(f"<{name}>" for name in inside))).strip()


def beside(changes: Iterable[CellEdit], named: Iterable[CellEdit]) -> tuple[CellEdit, ...]:
    """The differences of parts that no other comparison has named already in its own words."""
    said = {(edit.kind, edit.sheet, edit.cell) for edit in named}
    kinds = {(kind, sheet) for kind, sheet, _ in said}
    return tuple(edit for edit in changes if not _is_said(edit, said, kinds))


def _is_said(edit: CellEdit, said: set[tuple[EditKind, str, str]], kinds: set[tuple[EditKind, str]]) -> bool:
    if edit.kind is EditKind.FORMAT:
        hidden = any((kind, edit.sheet) in kinds for kind in HIDDEN) and "hidden" in edit.was
        return hidden or bool(edit.cell and (EditKind.NUMBER_FORMAT, edit.sheet, edit.cell) in said)
    if edit.kind is EditKind.TEXTS:
        return any(cell for _, _, cell in said)
    if edit.kind is EditKind.NAME:
        return any(kind in NAMES for kind, _ in kinds)
    if edit.kind is EditKind.SHEETS:
        return any(kind.name.startswith("SHEET_") for kind, _ in kinds)
    return edit.kind in NAMED_OTHERWISE and (edit.kind, edit.sheet) in kinds


def made_with(package: Package) -> str:
    """The program that says that it saved a file; empty where none does."""
    tree = package.tree("docprops/app.xml") if "docprops/app.xml" in package.names else None
    return (tree.findtext("Application") or "").strip()[:60] if tree is not None else ""


@cache
def _sheets(package: Package) -> Mapping[str, str]:
    """The sheet that a part belongs to, by its path: of a sheet, of its drawing, and of the charts and tables on it."""
    owners: dict[str, str] = {}
    for sheet in package.sheets:
        waiting = [sheet.path]
        while waiting:
            path = waiting.pop()
            if path and path not in owners:
                owners[path] = sheet.name
                waiting += [relation.target for relation in package.relations(path) if relation.target in package.names]
    return owners
