"""Compares what belongs to the whole workbook: names, ways of calculating, macros, links, added parts, properties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from riskshare.audit.edits.cell_changes import Spellings
from riskshare.audit.edits.change import CellEdit, EditKind
from riskshare.xlsx.content import WorkbookContent
from riskshare.xlsx.metadata import EXTERNAL_LINK, MACRO, PART

_KINDS: Final = {MACRO: EditKind.MACRO, EXTERNAL_LINK: EditKind.EXTERNAL_LINK, PART: EditKind.PART}


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
