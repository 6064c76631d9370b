"""Reads one sheet's part: quickly where it is written as most programs do, as any XML where it is not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from xml.etree.ElementTree import Element

from riskshare.xlsx.package import Package
from riskshare.xlsx.part_xml import Branches, new_parser
from riskshare.xlsx.sheet_cells import SheetCells

QUICK_LIMIT: Final = 40_000_000

_MAIN: Final = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_TAGS: Final = {f"{space} {tag}": tag for space in _MAIN for tag in ("sheetData", "row", "c", "v", "f", "t", "rPh")}

_OPEN, _CLOSE = b"<sheetData>", b"</sheetData>"
_USUAL: Final = re.compile(
    r'<c r="([A-Z]{1,3}[0-9]{1,7})"(?: s="([0-9]+)")?(?: t="([A-Za-z]+)")?(?:/>|>'
    r"(?:<f([^<>/]*)(?:/>|>([^<]*)</f>))?"
    r'(?:<v>([^<]*)</v>|<v ?/>|<is><t(?: xml:space="preserve")?>([^<]*)</t></is>)?</c>)'
    r"|<row([^<>/]*)/?>|</row>"
)
_REFERENCE: Final = re.compile(r"&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));")
_NAMED: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ATTRIBUTE: Final = re.compile(r'([\w:]+)="([^"<&]*)"')


def read_sheet(package: Package, path: str, cells: SheetCells) -> Element:
    """Reads a sheet's cells and gives the tree of what is not cells."""
    tree = _read_as_usual(package, path, cells) if package.size(path) < QUICK_LIMIT else None
    if tree is None:
        cells.forget()
        tree = _AnyXml(cells).read(package, path)
    cells.close()
    return tree


def _read_as_usual(package: Package, path: str, cells: SheetCells) -> Element | None:
    """Reads a sheet whose cells are written as Excel, LibreOffice and most libraries do; None for any other.

    The cells are matched one right after another from the first to the last, so that nothing between them is missed.
    """
    content = package.content(path)
    first, last = content.find(_OPEN), content.find(_CLOSE)
    head = content[:200]
    unicode = b'encoding="UTF-8"' in head or b"encoding=" not in head
    plain = unicode and b"<!" not in content and content.count(b"<?") <= 1 and b"\0" not in head
    if not plain or not 0 <= first < last:
        return None
    branches = Branches()
    parser = branches.parser()
    parser.Parse(content[:first] + b"<sheetData/>" + content[last + len(_CLOSE) :], True)
    tree = branches.close()
    hollow = tree.findall(".//sheetData")
    usual = branches.root in {f"{space} worksheet" for space in _MAIN} and len(hollow) == 1 and not len(hollow[0])
    return tree if usual and _scan(content[first + len(_OPEN) : last].decode(), cells) else None


def _scan(text: str, cells: SheetCells) -> bool:
    """Whether all of the text is cells and rows written as usual, which the cells then hold."""
    scanner, end = _USUAL.scanner(text), 0  # type: ignore[attr-defined]
    while match := scanner.match():
        name, style, kind, shared, formula, value, inline, row = match.groups()
        end = match.end()
        if name is None:
            if row is not None:
                cells.row(dict(_ATTRIBUTE.findall(row)))
            continue
        if formula and "&" in formula:
            formula = _REFERENCE.sub(_meant, formula)
        if shared:
            formula = cells.formula(name, dict(_ATTRIBUTE.findall(shared)), formula or "")
        if inline is not None:
            value, kind = inline, "inlineStr"
        if value and "&" in value:
            value = _REFERENCE.sub(_meant, value)
        cells.cell(name, style, kind, formula, value)
    return end == len(text)


def _meant(reference: re.Match[str]) -> str:
    sixteen, ten, name = reference.groups()
    return _NAMED[name] if name else chr(int(sixteen, 16) if sixteen else int(ten))


class _AnyXml:
    """Reads a sheet's part as the XML it is."""

    def __init__(self, cells: SheetCells) -> None:
        self._cells = cells
        self._outside = Branches()
        self._parser = new_parser()
        self._cell: dict[str, str] = {}
        self._shares: dict[str, str] = {}
        self._formula: str | None = None
        self._value: str | None = None
        self._inline: str | None = None
        self._spoken = False
        self._chunks: list[str] = []

    def read(self, package: Package, path: str) -> Element:
        """Reads all of it."""
        self._listen(self._start_outside, self._outside.end, self._outside.data)
        package.parse(path, self._parser)
        return self._outside.close()

    def _listen(
        self, start: Callable[[str, dict[str, str]], None], end: Callable[[str], None], text: Callable[[str], object]
    ) -> None:
        self._parser.StartElementHandler = start
        self._parser.EndElementHandler = end
        self._parser.CharacterDataHandler = text

    def _start_outside(self, name: str, attributes: dict[str, str]) -> None:
        self._outside.start(name, attributes)
        if _TAGS.get(name) == "sheetData":
            self._listen(self._start, self._end, self._chunks.append)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = _TAGS.get(name)
        if tag == "c":
            self._cell, self._formula, self._value, self._inline = attributes, None, None, None
        elif tag == "row":
            self._cells.row(attributes)
        else:
            self._chunks.clear()
            self._spoken |= tag == "rPh"
            self._shares = attributes if tag == "f" else {}

    def _end(self, name: str) -> None:
        tag = _TAGS.get(name)
        if tag == "v":
            self._value = "".join(self._chunks)
        elif tag == "c":
            self._end_cell()
        elif tag == "f":
            self._formula = self._cells.formula(self._cell.get("r", ""), self._shares, "".join(self._chunks))
        elif tag == "t" and not self._spoken:
            self._inline = (self._inline or "") + "".join(self._chunks)
        elif tag == "rPh":
            self._spoken = False
        elif tag == "sheetData":
            self._listen(self._start_outside, self._outside.end, self._outside.data)
            self._outside.end(name)

    def _end_cell(self) -> None:
        about, value = self._cell, self._value
        if value is None or (about.get("t") == "inlineStr" and self._inline is not None):
            value = self._inline
        kind = about.get("t")
        if self._inline is not None and value is self._inline:
            kind = "inlineStr"
        self._cells.cell(about.get("r", ""), about.get("s"), kind, self._formula, value)
