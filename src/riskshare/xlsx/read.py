"""Reads any .xlsx or .xlsm file into what it means; nothing in it is run, followed or calculated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from riskshare.xlsx.archive import Damaged
from riskshare.xlsx.book import Book, Sheet, Visibility
from riskshare.xlsx.cells import Cells, hidden_columns
from riskshare.xlsx.extras import extras
from riskshare.xlsx.formats import formats_of_styles
from riskshare.xlsx.opening import opened
from riskshare.xlsx.parts import Package, Relation, is_true
from riskshare.xlsx.sheet_part import read_sheet
from riskshare.xlsx.strings import joined, plain
from riskshare.xlsx.surroundings import comments, conditional_formats, drawn, links, validations

_VISIBILITY: Final = {"hidden": Visibility.HIDDEN, "veryHidden": Visibility.VERY_HIDDEN}
_OF_PROGRAMS: Final = ("_xlnm.", "_filterdatabase", "excel_builtin_", "_xlfn.", "_xlpm.", "_xlws.")


def read_book(path: Path) -> Book:
    """Reads a workbook.

    Raises:
        UserError: it is no workbook, damaged, protected, too large or not to be had; one sentence with the way out.
    """
    with opened(path) as package:
        return _read(package, path.name)


def read_properties(path: Path) -> Mapping[str, str]:
    """The custom document properties of a workbook, without reading its sheets. Raises UserError as `read_book`."""
    with opened(path) as package:
        return _properties(package)


def _read(package: Package, file: str) -> Book:
    main = next(iter(package.related("", "officeDocument")), "")
    if not main:
        raise Damaged("no part of it is a workbook")
    workbook = package.tree(main)
    nodes = [node for node in workbook.findall("sheets/sheet") if node.get("name")]
    if not nodes:
        raise Damaged("it has no sheet")
    relations = {one.name: one for one in package.relations.get(main, ())}
    parts = [relations.get(node.get("id", "")) for node in nodes]
    if not any(parts):
        raise Damaged("none of its sheets is to be found")
    items = _tree(package, main, "sharedStrings").findall("si")
    texts = {str(number): joined(item) for number, item in enumerate(items)}
    formats = formats_of_styles(_tree(package, main, "styles"))
    sheets = tuple(_sheet(package, node, part, Cells(texts, formats)) for node, part in zip(nodes, parts, strict=True))
    sheet_of = {part.target: sheet.name for part, sheet in zip(parts, sheets, strict=True) if part}
    return Book(
        file,
        sheets,
        _names(workbook, sheets),
        frozenset(_settings(workbook)),
        extras(package, sheet_of),
        _properties(package),
    )


def _tree(package: Package, source: str, kind: str) -> Element:
    tree = package.first_tree(source, kind)
    return Element("nothing") if tree is None else tree


def _sheet(package: Package, node: Element, part: Relation | None, cells: Cells) -> Sheet:
    name = plain(node.get("name", ""))
    visibility = _VISIBILITY.get(node.get("state", ""), Visibility.VISIBLE)
    if part is None or part.kind != "worksheet":
        return Sheet(name, visibility, {})
    around = read_sheet(package, part.target, cells)
    return Sheet(
        name,
        visibility,
        cells.found,
        cells.hidden_rows(around),
        hidden_columns(around),
        validations(around),
        conditional_formats(around),
        links(around, package, part.target),
        comments(package, part.target),
        drawn(around, package, part.target),
    )


def _names(workbook: Element, sheets: tuple[Sheet, ...]) -> Mapping[tuple[str, str], str]:
    """The defined names, without those that programs keep for printing, filters and their own functions."""
    found = {}
    for node in workbook.findall("definedNames/definedName"):
        name, scope = node.get("name", ""), node.get("localSheetId", "")
        if not name.casefold().startswith(_OF_PROGRAMS):
            inside = sheets[int(scope)].name if scope.isdecimal() and int(scope) < len(sheets) else ""
            found[name, inside] = (node.text or "").strip()
    return found


def _settings(workbook: Element) -> Iterator[str]:
    calculation, properties = workbook.find("calcPr"), workbook.find("workbookPr")
    if calculation is not None:
        if calculation.get("calcMode") == "manual":
            yield "formulas are calculated by hand only"
        if not is_true(calculation.get("fullPrecision", "1")):
            yield "figures are calculated with the precision as displayed"
    if properties is not None and is_true(properties.get("date1904")):
        yield "dates are counted from 1904"


def _properties(package: Package) -> Mapping[str, str]:
    tree = _tree(package, "", "custom-properties")
    return {node.get("name", ""): plain("".join(node.itertext()).strip()) for node in tree.findall("property")}
