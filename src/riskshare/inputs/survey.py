"""Surveys the text of a sheet for what its reader does not tell: formulas without a value, merged cells, its extent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from riskshare.xlsx.a1 import LAST_COLUMN, LAST_ROW, Point, point_named
from riskshare.xlsx.package import Package
from riskshare.xlsx.part_xml import is_true, local, new_parser
from riskshare.xlsx.unreadable import Damaged

LONGEST_CELL = 100_000

# Sheets of a hundred megabytes are scanned as text, since to parse them takes a minute. It is enough to know that all
# cells lie in one of these boxes, none of which has more cells than limits.GRID: columns, rows, and the addresses that
# lie outside. AB12 and A1000000 lie outside the first one, by their two letters and seven digits.
BOXES = (
    (26, 999_999, "[A-Z]{2}|[A-Z]*[0-9]{7}"),
    (52, 499_999, "[B-Z][A-Z]|[A-Z]{3}|[A-Z]*(?:[5-9][0-9]{5}|[0-9]{7})"),
    (104, 199_999, "[D-Z][A-Z]|[A-Z]{3}|[A-Z]*(?:[2-9][0-9]{5}|[0-9]{7})"),
    (702, 39_999, "[A-Z]{3}|[A-Z]*(?:[4-9][0-9]{4}|[0-9]{6})"),
)
# A cell whose address does not come first and in double quotes, such as <c s="3" r="A1"> or <c>: no box can tell.
ODD_CELL = r'(?:[\t\r\n>/]| (?:[^r]|r[^=]|r=[^"]))'


@dataclass(frozen=True)
class Survey:
    """What a sheet holds: its last row and column, or upper bounds of them, and cells that a reader would lose.

    `uncalculated` are the addresses of formulas without a stored value, `ambiguous` of values that programs read
    differently, `merged` are ranges such as A5:A9.
    """

    rows: int
    columns: int
    uncalculated: frozenset[str]
    merged: tuple[str, ...]
    ambiguous: frozenset[str] = frozenset()

    @property
    def cells(self) -> int:
        """How many cells a reader makes room for."""
        return self.rows * self.columns


def survey(package: Package, path: str) -> Survey:
    """Reads the part once, in chunks, without building a tree of it unless it is written in an unusual way."""
    scan = _Scan(_prefix(next(package.chunks(path), b"")[:4_000]))
    for chunk in package.chunks(path, LONGEST_CELL):
        scan.take(chunk)
    columns, rows = scan.box or _exact_extent(package, path)
    placeholders = scan.zeros if scan.zeros and not scan.computed and _calculates_on_opening(package) else set()
    merged = tuple(dict.fromkeys(scan.merged))
    return Survey(rows, columns, frozenset(scan.unvalued | placeholders), merged, frozenset(scan.ambiguous))


class _Scan:
    """Searches chunk by chunk for what is not plain: an address outside the box, an odd cell, a formula."""

    def __init__(self, prefix: bytes) -> None:
        self.unvalued: set[str] = set()
        self.zeros: set[str] = set()
        self.ambiguous: set[str] = set()
        self.merged: list[str] = []
        self.computed = False
        self._boxes: Sequence[tuple[int, int, str]] = BOXES
        self._tag = "<" + prefix.decode()
        self._formula = rf"{self._tag}f[ \t\r\n>/]"
        self._cell = b"<%bc " % prefix
        self._merge = re.compile(rb'<%bmergeCell\s[^>]*?ref="([A-Z0-9:]+)"' % prefix)
        # calamine takes of a value what stands before a comment, a CDATA section or a reference to a character, and of
        # two values the last: a reader by the standard gives 1234 for each of 1&#50;34, 12<!-- -->34, <![CDATA[1234]]>.
        self._odd_value = rf"{self._tag}v[^>]*[^/>]?>[^<&]*(?:<[^/]|&#)|</{prefix.decode()}v>\s*{self._tag}(?:v|is)\b"
        # Programs that do not calculate leave `<c r="D14"><f>B14-C14</f></c>` or an empty <v></v>, which calamine reads
        # as an empty cell. XlsxWriter puts `<v>0</v>` behind every formula: placeholders, if none has anything else.
        ends = (rb"</%bf>" % prefix, rb"<%bf [^>]*/>" % prefix, rb"<%bf/>" % prefix)
        no_value = rb"\s*(?:<%bv\s*/>|<%bv>\s*</%bv>)?\s*</%bc>" % (prefix, prefix, prefix, prefix)
        self._without_value = [re.compile(end + no_value) for end in ends]
        self._zero = [re.compile(end + rb"\s*<%bv>0</" % prefix) for end in ends]
        self._nonzero = [re.compile(end + rb"\s*<%bv>(?!0<)[^<]" % prefix) for end in ends]

    @property
    def box(self) -> tuple[int, int] | None:
        """Columns and rows that hold all cells; None where that takes an exact count."""
        return self._boxes[0][:2] if self._boxes else None

    def take(self, chunk: bytes) -> None:
        """Takes the next chunk; most are plain, which one fast search tells."""
        if b"mergeCell" in chunk:
            self.merged += [merged.decode() for merged in self._merge.findall(chunk)]
        # latin-1 gives a character for each byte: a chunk may end inside one of UTF-8, and only ASCII is looked for.
        text = pl.Series([chunk.decode("latin-1")])
        if not self._boxes or _has(text, f"{self._outside(self._boxes[0])}|{self._formula}"):
            self._boxes = [box for box in self._boxes if not _has(text, self._outside(box))]
            if _has(text, self._formula):
                self._take_formulas(chunk, text)
        if _has(text, self._odd_value):
            self.ambiguous |= set(self._take_odd_values(chunk))
        self._boxes = self._boxes[:1]

    def _outside(self, box: tuple[int, int, str]) -> str:
        return f'{self._tag}c{ODD_CELL}|{self._tag}c r="[^A-Z]| r="(?:{box[2]})'

    def _take_formulas(self, chunk: bytes, text: pl.Series) -> None:
        if _has(text, "|".join(pattern.pattern.decode() for pattern in self._without_value)):
            self.unvalued |= set(self._addresses(chunk, self._without_value))
        self.computed = self.computed or any(pattern.search(chunk) for pattern in self._nonzero)
        self.zeros |= set() if self.computed else set(self._addresses(chunk, self._zero))

    def _take_odd_values(self, chunk: bytes) -> Iterator[str]:
        """The cells of values that are not plain; of a text that a formula gives, a character's reference is read."""
        for odd in re.finditer(self._odd_value.encode(), chunk):
            cell, is_text = self._cell_of(chunk, odd.start())
            if cell and not (is_text and odd[0].endswith(b"&#")):
                yield cell

    def _addresses(self, chunk: bytes, patterns: list[re.Pattern[bytes]]) -> Iterator[str]:
        """The cells of formulas; t="str" without a value is an empty text that one gave, as =IF(A1>0,"over","")."""
        for formula in (match for pattern in patterns for match in pattern.finditer(chunk)):
            cell, is_text = self._cell_of(chunk, formula.start())
            if cell and not is_text:
                yield cell

    def _cell_of(self, chunk: bytes, position: int) -> tuple[str, bool]:
        """The address of the cell that something stands in, and whether it holds a text that a formula gives."""
        start = chunk.rfind(self._cell, 0, position)
        opening = chunk[start : chunk.find(b">", start)]
        cell = re.search(rb'\sr\s*=\s*["\']([A-Z]+[0-9]+)', opening)
        return cell[1].decode() if cell else "", bool(re.search(rb'\st\s*=\s*["\']str', opening))


def _has(text: pl.Series, pattern: str) -> bool:
    return bool(text.str.contains(pattern).item())


def _prefix(chunk: bytes) -> bytes:
    """The namespace prefix that the sheet's tags are written with, such as `x:`."""
    opening = re.search(rb"<(\w+:)?worksheet\b", chunk)
    return (opening[1] or b"") if opening else b""


def _calculates_on_opening(package: Package) -> bool:
    """Whether the workbook asks to be calculated when it is opened, so that its stored values may be placeholders."""
    return any(is_true(node.get("fullCalcOnLoad")) for node in package.workbook.iter("calcPr"))


def _exact_extent(package: Package, path: str) -> tuple[int, int]:
    """The last column and row that hold a value, each cell counted as a reader does."""
    extent = _Extent()
    parser = new_parser()
    parser.StartElementHandler = extent.start
    package.parse(path, parser)
    return max(extent.columns, 1), max(extent.rows, 1)


def _must_fit(what: str, row: int, column: int) -> None:
    """Refuses an address that no sheet has: a reader would make room for all cells up to it."""
    if not (1 <= row <= LAST_ROW and 1 <= column <= LAST_COLUMN):
        raise Damaged(f"{what[:40]} is outside of every sheet")


class _Extent:
    """Follows the cells as a reader counts them; a cell without a value takes no room."""

    def __init__(self) -> None:
        self.rows = self.columns = self._row = self._column = 0
        self._at: Point = (0, 0)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Takes the start of an element."""
        match local(tag):
            case "row":
                stated = attributes.get("r", "")
                self._row, self._column = int(stated) if stated.isdecimal() else self._row + 1, 0
                _must_fit(f"row {stated}", self._row, 1)
            case "c":
                stated = attributes.get("r", "")
                self._at = point_named(stated) or (self._row, self._column + 1)
                self._column = self._at[1]
                _must_fit(f"the cell {stated}", *(self._at if not stated or point_named(stated) else (0, 0)))
            case "v" | "is":
                self.rows, self.columns = max(self.rows, self._at[0]), max(self.columns, self._at[1])
