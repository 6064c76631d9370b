"""Surveys a sheet written in any way: parses it, refuses what the standard lacks, marks cells that readers lose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from riskshare.inputs.part_shape import IN_TEXT, NOTHING, TEXT, PartShape
from riskshare.inputs.shared_texts import SharedTexts
from riskshare.inputs.surveyed import Survey
from riskshare.inputs.table import ERROR_WORDS
from riskshare.xlsx import limits
from riskshare.xlsx.a1 import LAST_COLUMN, LAST_ROW, column_letters, point_named
from riskshare.xlsx.package import Package
from riskshare.xlsx.unreadable import Damaged, TooLarge

MAY_HOLD: Final[Mapping[str, frozenset[str]]] = {
    "sheetData": frozenset({"row"}),
    "row": frozenset({"c"}),
    "c": frozenset({"f", "v", "is"}),
    "f": NOTHING,
    "v": NOTHING,
    "is": IN_TEXT,
    **TEXT,
}
PLAIN_VALUES: Final = {
    "n": re.compile(r"(?:-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?|-?INF|NaN)?"),
    "s": re.compile(r"(?:0|[1-9][0-9]{0,8})?"),
    "b": re.compile(r"[01]"),
    "e": re.compile("|".join(map(re.escape, ERROR_WORDS))),
    "d": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+Z?)?"),
}
"""How a value of each type is written where all readers agree; texts are written in any way."""
TEXTS: Final = frozenset({"str", "inlineStr"})
REFERENCE: Final = b"&#"


def survey_of_any_sheet(package: Package, path: str, texts: SharedTexts, may_be_placeholders: bool) -> Survey:
    """What a sheet holds. Raises Unreadable where it is not built as the standard says."""
    if package.size(path) > limits.ODD_SHEET:
        raise TooLarge(f"the sheet is written as no program writes it, and has {package.size(path):,} bytes")
    cells = _Cells(texts, any(REFERENCE in chunk for chunk in package.chunks(path, 1)))
    package.parse(path, cells.parser)
    zeros = cells.zeros if may_be_placeholders and not cells.computed else set()
    merged = tuple(dict.fromkeys(cells.merged))
    rows, columns = max(cells.rows, 1), max(cells.columns, 1)
    return Survey(rows, columns, frozenset(cells.unvalued | zeros), merged, frozenset(cells.ambiguous))


@dataclass
class _Cell:
    """One cell while it is read: what it says of itself and what stands in it."""

    address: str
    kind: str
    holds: list[str] = field(default_factory=list)
    value: list[str] = field(default_factory=list)
    referred: bool = False
    """Whether its value has a character by its number, such as &#50;."""


class _Cells:
    """Follows the cells while their sheet is parsed, and gathers what a survey says of them."""

    def __init__(self, texts: SharedTexts, references: bool) -> None:
        self.rows = self.columns = 0
        self.unvalued: set[str] = set()
        self.zeros: set[str] = set()
        self.ambiguous: set[str] = set()
        self.merged: list[str] = []
        self.computed = False
        self._texts = texts
        self._row = self._column = 0
        self._cell = _Cell("", "")
        self._shape = PartShape("worksheet", "sheetData", MAY_HOLD)
        self.parser = self._shape.parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text_or_reference if references else self._text
        # Only text that comes in pieces tells where a character was written by its number.
        self.parser.buffer_text = not references

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match self._shape.enter(name):
            case "c" if self._in("row", 2):
                self._begin_cell(attributes)
            case "row" if self._in("sheetData", 2):
                self._begin_row(attributes)
            case "f" | "v" | "is" as local if self._in("c", 2):
                self._cell.holds.append(local)
            case "mergeCell":
                self.merged.append(attributes.get("ref", ""))

    def _in(self, outer: str, up: int) -> bool:
        return len(self._shape.above) >= up and self._shape.above[-up] == outer

    def _text(self, text: str) -> None:
        match self._shape.above[-1]:
            case "v":
                self._cell.value.append(text)
            case "f" | "t":
                pass
            case _:
                self._shape.refuse_text(text)

    def _text_or_reference(self, text: str) -> None:
        if self._shape.above[-1] == "v" and (self.parser.GetInputContext() or b"").startswith(REFERENCE):
            self._cell.referred = True
        self._text(text)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        stated = attributes.get("r", "")
        number = int(stated) if stated.isdecimal() and stated.isascii() and len(stated) < 9 else self._row + 1
        if not 1 <= number <= LAST_ROW:
            raise Damaged(f"row {stated[:40]} is outside of every sheet")
        if number <= self._row or (stated and str(number) != stated):
            raise Damaged(f"row {stated[:40] or number} comes after row {self._row}: programs read that differently")
        self._row, self._column = number, 0

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        stated = attributes.get("r", "")
        row, column = point_named(stated) or (0, 0) if stated else (self._row, self._column + 1)
        if not (1 <= row <= LAST_ROW and 1 <= column <= LAST_COLUMN):
            raise Damaged(f"the cell {stated[:40]} is outside of every sheet")
        address = f"{column_letters(column)}{row}"
        if row != self._row or column <= self._column or stated not in ("", address):
            raise Damaged(
                f"the cell {stated[:40]} is not in its place in row {self._row}: programs read that differently"
            )
        self._column = column
        self._cell = _Cell(address, attributes.get("t", "n"))
        self._shape.odd = False

    def _end(self, _name: str) -> None:
        if self._shape.above.pop() == "c" and self._in("row", 1):
            self._take(self._cell)

    def _take(self, cell: _Cell) -> None:
        value = "".join(cell.value)
        if "f" in cell.holds and not value:
            if cell.kind != "str":
                self.unvalued.add(cell.address)
            return
        if "f" in cell.holds:
            self.computed = self.computed or value != "0"
            self.zeros |= {cell.address} if value == "0" else set()
        if not cell.holds:
            return
        self.rows, self.columns = max(self.rows, self._row), max(self.columns, self._column)
        if self._shape.odd or not self._is_plain(cell, value):
            self.ambiguous.add(cell.address)

    def _is_plain(self, cell: _Cell, value: str) -> bool:
        """Whether every reader takes the same value from a cell."""
        held = [name for name in cell.holds if name != "f"]
        if len(cell.holds) - len(held) > 1 or held != (["is"] if cell.kind == "inlineStr" else ["v"]):
            return False
        if cell.kind in TEXTS:
            return True
        written = PLAIN_VALUES.get(cell.kind)
        if cell.referred or written is None or not written.fullmatch(value):
            return False
        return cell.kind != "s" or not value or self._is_shared(int(value))

    def _is_shared(self, number: int) -> bool:
        return number < self._texts.count and number not in self._texts.odd
