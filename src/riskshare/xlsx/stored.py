"""The cells of a workbook file as its XML has them: formulas, cached values and typed-in values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from pathlib import Path
from typing import NamedTuple, TypeAlias
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile

from riskshare.problems.errors import UserError

Value: TypeAlias = float | str
Cell: TypeAlias = tuple[str, str]
"""The sheet's name and the cell's A1 reference."""
Values: TypeAlias = dict[Cell, Value]
"""A boolean is the text TRUE or FALSE and an error its own text, such as #DIV/0!."""

STRINGS = "xl/sharedStrings.xml"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
FORMULA_CELL = re.compile(
    r'<c r="([A-Z]+)([0-9]+)"([^>]*)>(<f(?: [^>]*)?(?:/>|>([^<]*)</f>))(?:<v ?/>|<v(?: [^>/]*)?>([^<]*)</v>)?</c>'
)
"""A cell with a formula: letters, row, attributes, the formula's element, the formula, the cached value."""
_TYPED_CELL = re.compile(r'<c r="([A-Z]+[0-9]+)"([^>]*)><v>([^<]*)</v></c>')
_INLINE_CELL = re.compile(r'<c r="([A-Z]+[0-9]+)"[^>]* t="inlineStr"[^>]*><is>(.*?)</is></c>', re.DOTALL)
_FORMULA = re.compile(r"<f[ />]")
_TYPE = re.compile(r' t="(\w+)"')
_STRING = re.compile(r"<si>(.*?)</si>|<si/>", re.DOTALL)
_TEXT = re.compile(r"<t(?: [^>]*)?>([^<]*)</t>")


class FormulaCell(NamedTuple):
    """A formula without its equals sign, and the value that the file keeps for it."""

    formula: str
    value: Value


def formula_cells(workbook: Path) -> dict[Cell, FormulaCell]:
    """Every formula cell of a workbook.

    Raises:
        UserError: the file is no workbook, or a formula cell is written in a way that is not read here; none is passed
            over in silence.
    """
    return {
        (sheet, f"{letters}{row}"): FormulaCell(unescape(formula), cached_value(attributes, value))
        for sheet, xml in sheets(workbook).items()
        for letters, row, attributes, _, formula, value in FORMULA_CELL.findall(every_formula_read(sheet, xml))
    }


def cached(workbook: Path) -> Values:
    """The cached value of every formula cell. Raises UserError as `formula_cells`."""
    return {cell: entry.value for cell, entry in formula_cells(workbook).items()}


def typed(workbook: Path) -> Values:
    """The value of every cell without a formula. Raises UserError as `formula_cells`."""
    with opened(workbook) as archive:
        texts = _strings(archive) if STRINGS in archive.namelist() else []
    return {cell: value for sheet, xml in sheets(workbook).items() for cell, value in _typed(sheet, xml, texts)}


def sheets(workbook: Path) -> dict[str, str]:
    """The XML of every sheet by its name, in the workbook's order. Raises UserError where the file is no workbook."""
    with opened(workbook) as archive:
        return {sheet: archive.read(part).decode() for sheet, part in sheet_parts(archive).items()}


def opened(workbook: Path) -> ZipFile:
    """The workbook's archive. Raises UserError where it is none."""
    try:
        return ZipFile(workbook)
    except BadZipFile as failure:
        raise UserError(f"{workbook} is no Excel workbook (xlsx). Name a workbook that riskshare built.") from failure


def sheet_parts(archive: ZipFile) -> dict[str, str]:
    """The sheets' names and the parts that hold them, in the workbook's order."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.attrib["Id"]: relation.attrib["Target"] for relation in relations}
    entries = ElementTree.fromstring(archive.read("xl/workbook.xml")).iter(f"{_MAIN}sheet")
    return {entry.attrib["name"]: _part(targets[entry.attrib[_RELATION]]) for entry in entries}


def every_formula_read(sheet: str, xml: str) -> str:
    """The sheet's XML, when all its formula cells are written as `FORMULA_CELL` reads them.

    Raises:
        UserError: some are not.
    """
    found, there = len(FORMULA_CELL.findall(xml)), len(_FORMULA.findall(xml))
    if found != there:
        raise UserError(
            f"Sheet '{sheet}': of {there} formula cells only {found} can be read. Save the workbook once with Excel or "
            "LibreOffice and try again."
        )
    return xml


def cached_value(attributes: str, text: str) -> Value:
    """The value of a formula cell from its attributes and the text of its value."""
    found = _TYPE.search(attributes)
    kind = found[1] if found else "n"
    if kind == "b":
        return "TRUE" if text == "1" else "FALSE"
    return float(text) if kind == "n" and text else unescape(text)


def row_and_column(cell: str) -> tuple[int, int]:
    """The numbers of a cell's row and column, from 1."""
    letters = cell.rstrip("0123456789")
    return int(cell[len(letters) :]), column_number(letters)


@cache
def column_number(letters: str) -> int:
    """The number of a column, from 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


@cache
def column_letters(number: int) -> str:
    """The letters of a column, from 1; XlsxWriter has this too, but takes a tenth of a second to import."""
    letters = ""
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def _part(target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _strings(archive: ZipFile) -> list[str]:
    entries = _STRING.findall(archive.read(STRINGS).decode())
    return [unescape("".join(_TEXT.findall(entry))) for entry in entries]


def _typed(sheet: str, xml: str, texts: list[str]) -> Iterator[tuple[Cell, Value]]:
    for reference, attributes, text in _TYPED_CELL.findall(xml):
        value = texts[int(text)] if ' t="s"' in attributes else cached_value(attributes, text)
        yield (sheet, reference), value
    for reference, inline in _INLINE_CELL.findall(xml):
        yield (sheet, reference), unescape("".join(_TEXT.findall(inline)))
