"""Reads any .xlsx or .xlsm file into its content; nothing in it is run, followed or calculated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from riskshare.xlsx.content import SheetContent, WorkbookContent
from riskshare.xlsx.metadata import comments, conditional_formats, drawn, foreign, links, validations
from riskshare.xlsx.package import Package, SheetPart, opened
from riskshare.xlsx.part_xml import is_true, joined, plain
from riskshare.xlsx.sheet_cells import SheetCells, formats_of_styles, hidden_columns
from riskshare.xlsx.sheet_xml import read_sheet
from riskshare.xlsx.unreadable import Damaged, as_unreadable

_OF_PROGRAMS: Final = ("_xlnm.", "_filterdatabase", "excel_builtin_", "_xlfn.", "_xlpm.", "_xlws.")


def read_workbook(path: Path) -> WorkbookContent:
    """Reads a workbook.

    Raises:
        UserError: it is no workbook, damaged, protected, too large or not to be had; one sentence with the way out.
    """
    with opened(path) as package:
        return workbook_content(package)


def workbook_content(package: Package) -> WorkbookContent:
    """Reads all that a package means. Raises Unreadable where it is damaged or too large."""
    with as_unreadable():
        return _content(package)


def custom_properties(package: Package) -> Mapping[str, str]:
    """The custom document properties, without reading the sheets. Raises Unreadable as `workbook_content`."""
    tree = package.related_tree("", "custom-properties")
    return {node.get("name", ""): plain("".join(node.itertext()).strip()) for node in tree.findall("property")}


def _content(package: Package) -> WorkbookContent:
    if not package.main:
        raise Damaged("no part of it is a workbook")
    if not package.sheets:
        raise Damaged("it has no sheet")
    if not any(part.path for part in package.sheets):
        raise Damaged("none of its sheets is to be found")
    items = package.related_tree(package.main, "sharedStrings").findall("si")
    texts = {str(number): joined(item) for number, item in enumerate(items)}
    formats = formats_of_styles(package.related_tree(package.main, "styles"))
    sheets = tuple(_sheet(package, part, SheetCells(texts, formats)) for part in package.sheets)
    return WorkbookContent(
        package.path.name,
        sheets,
        _names(package.workbook, sheets),
        frozenset(_settings(package.workbook)),
        foreign(package, {part.path: part.name for part in package.sheets if part.path}),
        custom_properties(package),
    )


def _sheet(package: Package, part: SheetPart, cells: SheetCells) -> SheetContent:
    if part.kind != "worksheet":
        return SheetContent(part.name, part.visibility)
    tree = read_sheet(package, part.path, cells)
    return SheetContent(
        part.name,
        part.visibility,
        cells.filled,
        cells.hidden_rows(tree),
        hidden_columns(tree),
        validations(tree),
        conditional_formats(tree),
        links(tree, package, part.path),
        comments(package, part.path),
        drawn(tree, package, part.path),
    )


def _names(workbook: Element, sheets: tuple[SheetContent, ...]) -> Mapping[tuple[str, str], str]:
    """The defined names, without those that programs keep for printing, filters and their own functions."""
    names = {}
    for node in workbook.findall("definedNames/definedName"):
        name, scope = node.get("name", ""), node.get("localSheetId", "")
        if not name.casefold().startswith(_OF_PROGRAMS):
            inside = sheets[int(scope)].name if scope.isdecimal() and int(scope) < len(sheets) else ""
            names[name, inside] = (node.text or "").strip()
    return names


def _settings(workbook: Element) -> Iterator[str]:
    calculation, properties = workbook.find("calcPr"), workbook.find("workbookPr")
    if calculation is not None:
        if calculation.get("calcMode") == "manual":
            yield "formulas are calculated by hand only"
        if not is_true(calculation.get("fullPrecision", "1")):
            yield "figures are calculated with the precision as displayed"
    if properties is not None and is_true(properties.get("date1904")):
        yield "dates are counted from 1904"
