"""Poison: wrong cached values in the copy that an engine reads, so that none can come back as if it were calculated."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

from riskshare.xlsx.formula_cells import FORMULA_CELL, cached_value, every_formula_read, sheets
from riskshare.xlsx.package import Package

POISON_NUMBER: Final = -987654321.5
POISON_TEXT: Final = "poisoned"
POISON: Final = (POISON_NUMBER, POISON_TEXT)
NUMBER_POISON: Final = ("", str(POISON_NUMBER))
TEXT_POISON: Final = (' t="str"', POISON_TEXT)
"""The type attribute and the text of a wrong cached value, of the same kind as the right one."""
_TYPE: Final = re.compile(r' t="\w+"')


def poisoned(workbook: Package, copy: Path) -> int:
    """Writes a copy in which every formula cell has a wrong cached value, and counts those cells.

    Raises:
        UserError: a formula cell is written in a way that is not read here.
    """
    counted: list[int] = []

    def edit(sheet: str, xml: str) -> str:
        changed, count = FORMULA_CELL.subn(_poisoned_cell, every_formula_read(sheet, xml))
        counted.append(count)
        return changed

    rewritten(workbook, copy, edit)
    return sum(counted)


def rewritten(workbook: Package, copy: Path, edit: Callable[[str, str], str]) -> None:
    """Copies a workbook with the XML of each sheet passed through `edit(sheet's name, xml)`.

    Raises:
        Unreadable: a sheet has no part; IronCalc would panic rather than say so.
    """
    texts = sheets(workbook)
    edited = {sheet.path: edit(sheet.name, texts[sheet.name]).encode() for sheet in workbook.sheets}
    with ZipFile(copy, "w", ZIP_DEFLATED, compresslevel=1) as target:
        for path, name in workbook.names.items():
            target.writestr(name, edited[path] if path in edited else workbook.content(path))


def _poisoned_cell(match: re.Match[str]) -> str:
    letters, row, attributes, element, _, value = match.groups()
    kind, text = TEXT_POISON if isinstance(cached_value(attributes, value or ""), str) else NUMBER_POISON
    return f'<c r="{letters}{row}"{_TYPE.sub("", attributes)}{kind}>{element}<v>{text}</v></c>'
