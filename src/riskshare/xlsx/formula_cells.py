"""The formula cells of a workbook file as their XML has them, to be replaced in place by whoever proves the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final, NamedTuple, TypeAlias

from riskshare.problems.errors import UserError
from riskshare.xlsx.package import Package

CellKey: TypeAlias = tuple[str, str]
"""The sheet's name and the cell's A1 reference."""
CellValue: TypeAlias = float | str
"""A boolean is the text TRUE or FALSE and an error its own text, such as #DIV/0!."""
CellValues: TypeAlias = dict[CellKey, CellValue]

FORMULA_CELL: Final = re.compile(
    r'<c r="([A-Z]+)([0-9]+)"([^>]*)>(<f(?: [^>]*)?(?:/>|>([^<]*)</f>))(?:<v ?/>|<v(?: [^>/]*)?>([^<]*)</v>)?</c>'
)
"""A cell with a formula: letters, row, attributes, the formula's element, the formula, the cached value."""
_TYPED_CELL: Final = re.compile(r'<c r="([A-Z]+[0-9]+)"([^>]*)><v>([^<]*)</v></c>')
_INLINE_CELL: Final = re.compile(r'<c r="([A-Z]+[0-9]+)"[^>]* t="inlineStr"[^>]*><is>(.*?)</is></c>', re.DOTALL)
_FORMULA: Final = re.compile(r"<f[ />]")
_TYPE: Final = re.compile(r' t="(\w+)"')
_STRING: Final = re.compile(r"<si>(.*?)</si>|<si/>", re.DOTALL)
_TEXT: Final = re.compile(r"<t(?: [^>]*)?>([^<]*)</t>")


class FormulaCell(NamedTuple):
    """A formula without its equals sign, and the value that the file keeps for it."""

    formula: str
    value: CellValue


def formula_cells(package: Package) -> dict[CellKey, FormulaCell]:
    """Every formula cell of a workbook.

    Raises:
        UserError: a formula cell is written in a way that is not read here; none is passed over in silence.
    """
    return {
        (sheet, f"{letters}{row}"): FormulaCell(unescape(formula), cached_value(attributes, value))
        for sheet, xml in sheets(package).items()
        for letters, row, attributes, _, formula, value in FORMULA_CELL.findall(every_formula_read(sheet, xml))
    }


def typed(package: Package) -> CellValues:
    """The value of every cell without a formula."""
    entries = (
        _STRING.findall(package.content(path).decode()) for path in package.related(package.main, "sharedStrings")
    )
    texts = [unescape("".join(_TEXT.findall(entry))) for part in entries for entry in part]
    return {cell: value for sheet, xml in sheets(package).items() for cell, value in _typed(sheet, xml, texts)}


def sheets(package: Package) -> dict[str, str]:
    """The XML of every sheet by its name, in the workbook's order."""
    return {sheet.name: package.content(sheet.path).decode() for sheet in package.sheets}


def every_formula_read(sheet: str, xml: str) -> str:
    """The sheet's XML, when all its formula cells are written as `FORMULA_CELL` reads them.

    Raises:
        UserError: some are not.
    """
    read, there = len(FORMULA_CELL.findall(xml)), len(_FORMULA.findall(xml))
    if read != there:
        raise UserError(
            f"Sheet '{sheet}': of {there} formula cells only {read} can be read. Save the workbook once with Excel or "
            "LibreOffice and try again."
        )
    return xml


def cached_value(attributes: str, text: str) -> CellValue:
    """The value of a formula cell from its attributes and the text of its value."""
    stated = _TYPE.search(attributes)
    kind = stated[1] if stated else "n"
    if kind == "b":
        return "TRUE" if text == "1" else "FALSE"
    return float(text) if kind == "n" and text else unescape(text)


def _typed(sheet: str, xml: str, texts: list[str]) -> Iterator[tuple[CellKey, CellValue]]:
    for reference, attributes, text in _TYPED_CELL.findall(xml):
        value = texts[int(text)] if ' t="s"' in attributes else cached_value(attributes, text)
        yield (sheet, reference), value
    for reference, inline in _INLINE_CELL.findall(xml):
        yield (sheet, reference), unescape("".join(_TEXT.findall(inline)))
