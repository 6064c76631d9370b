"""Test support: a sheet of a workbook as ISO/IEC 29500-1 (18.3, 18.4) reads it, slowly and by another parser."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree

from riskshare.inputs.table import LOST

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
Parts = Mapping[str, str | bytes]
Cells = dict[tuple[int, int], str]


class NoMeaningError(Exception):
    """The standard gives the sheet no meaning, so that a reader may only refuse it."""


def by_the_standard(parts: Parts) -> Cells:
    """The cells as ISO/IEC 29500-1 reads them. Raises NoMeaningError where it says nothing."""
    shared = [_text_of(node) for node in _root(parts["xl/sharedStrings.xml"], "sst") if _is_ours(node, "si")]
    cells: Cells = {}
    bodies = [node for node in _root(parts["xl/worksheets/sheet1.xml"], "worksheet") if _is_ours(node, "sheetData")]
    if len(bodies) != 1:
        raise NoMeaningError("not one body")
    above = 0
    for row in (node for node in bodies[0] if _is_ours(node, "row")):
        stated = row.get("r")
        number = above + 1 if stated is None else _whole_number(stated)
        column = 0
        for cell in (node for node in row if _is_ours(node, "c")):
            at = cell.get("r")
            place = (number, column + 1) if at is None else _place(at)
            if place[0] != number or place in cells:
                raise NoMeaningError(f"{at} in row {number}, or twice")
            column = place[1]
            cells[place] = _value(cell, shared)
        above = number
    return {place: value for place, value in cells.items() if value}


def _root(part: str | bytes, name: str) -> ElementTree.Element:
    try:
        root = ElementTree.fromstring(part)
    except ElementTree.ParseError as failure:
        raise NoMeaningError(str(failure)) from failure
    if not _is_ours(root, name):
        raise NoMeaningError(root.tag)
    return root


def _is_ours(node: ElementTree.Element, name: str) -> bool:
    return node.tag in (f"{{{MAIN}}}{name}", f"{{{STRICT}}}{name}", name)


def _whole_number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,7}", text) or not 1 <= int(text) <= 1_048_576:
        raise NoMeaningError(f"row {text}")
    return int(text)


def _place(text: str) -> tuple[int, int]:
    if not re.fullmatch(r"[A-H][1-9][0-9]{0,6}", text):
        raise NoMeaningError(f"cell {text}")
    return int(text[1:]), "ABCDEFGH".index(text[0]) + 1


def _text_of(node: ElementTree.Element) -> str:
    """The text of a shared or inline text: its own or that of its runs, and no pronunciation."""
    own = [_leaf(part) for part in node if _is_ours(part, "t")]
    runs = [_leaf(part) for run in node if _is_ours(run, "r") for part in run if _is_ours(part, "t")]
    if own and (runs or len(own) > 1):
        raise NoMeaningError("a text and runs of it")
    text = "".join(own + runs)
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda code: chr(int(code[1], 16)), text)


def _leaf(node: ElementTree.Element) -> str:
    if len(node):
        raise NoMeaningError("an element in a text")
    return node.text or ""


def _value(cell: ElementTree.Element, shared: list[str]) -> str:
    values = [node for node in cell if _is_ours(node, "v")]
    inline = [node for node in cell if _is_ours(node, "is")]
    kind = cell.get("t", "n")
    if len(values) + len(inline) > 1 or (inline and kind != "inlineStr") or (values and kind == "inlineStr"):
        raise NoMeaningError("two values, or one that does not go with the type")
    if inline:
        return _text_of(inline[0])
    text = _leaf(values[0]) if values else ""
    match kind:
        case "s" if text.strip():
            number = text.strip()
            if not re.fullmatch(r"\+?[0-9]{1,9}", number) or int(number) >= len(shared):
                raise NoMeaningError(f"no such text: {text}")
            return shared[int(number)]
        case "n" | "b" | "e" | "str" | "d" | "s":
            return text if kind == "str" else text.strip()
    raise NoMeaningError(f"no such type: {kind}")


def same(read: str | None, standard: str) -> bool:
    """Whether a cell was read as the standard says: as a number where both are, as a text but for space, or as lost."""
    if read in LOST:
        return True
    if "".join((read or "").split()) == "".join(standard.split()):
        return True
    if {read, standard} in ({"true", "1"}, {"false", "0"}) or _without_end(read) == _without_end(standard):
        return True
    try:
        return abs(Decimal(read or "") - Decimal(standard)) < Decimal("0.0000000005")
    except InvalidOperation:
        return False


def _without_end(text: str | None) -> float | str:
    """What an infinite number is, however it is written: a reader gives all of them as one, which is a finding."""
    try:
        number = float((text or "").replace("INF", "inf"))
    except ValueError:
        return text or ""
    return number if math.isinf(number) else text or ""
