"""Surveys the text of a sheet for what its reader does not tell: formulas without a value, merged cells, its extent."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.parsers import expat

import polars as pl

from riskshare.xlsx.archive import calculates_on_opening, chunks

CELL_LIMIT = 30_000_000
LONGEST_CELL = 100_000
ADDRESS = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")

# Extents within the limit, widest last: columns, rows, and the addresses that lie outside.
BOXES = (
    (26, 999_999, "[A-Z]{2}|[A-Z]*[0-9]{7}"),
    (52, 499_999, "[B-Z][A-Z]|[A-Z]{3}|[A-Z]*(?:[5-9][0-9]{5}|[0-9]{7})"),
    (104, 199_999, "[D-Z][A-Z]|[A-Z]{3}|[A-Z]*(?:[2-9][0-9]{5}|[0-9]{7})"),
    (702, 39_999, "[A-Z]{3}|[A-Z]*(?:[4-9][0-9]{4}|[0-9]{6})"),
)
ODD_CELL = r'(?:[\t\r\n>/]| (?:[^r]|r[^=]|r=[^"]))'


@dataclass(frozen=True)
class Survey:
    """What a sheet holds: its last row and column, or upper bounds of them, and cells that a reader would lose.

    `uncalculated` are the addresses of formulas without a stored value, `merged` are ranges such as A5:A9.
    """

    rows: int
    columns: int
    uncalculated: frozenset[str]
    merged: tuple[str, ...]

    @property
    def cells(self) -> int:
        """How many cells a reader makes room for."""
        return self.rows * self.columns


def survey(archive: zipfile.ZipFile, part: str) -> Survey:
    """Reads the part once, in chunks, without building a tree of it unless it is written in an unusual way."""
    with archive.open(part) as stream:
        scan = _Scan(_prefix(stream.read(4_000)))
    for chunk in chunks(archive, part, LONGEST_CELL):
        scan.take(chunk)
    columns, rows = scan.box or _exact_extent(archive, part)
    placeholders = scan.zeros if scan.zeros and not scan.computed and calculates_on_opening(archive) else set()
    return Survey(rows, columns, frozenset(scan.unvalued | placeholders), tuple(dict.fromkeys(scan.merged)))


def number_of(letters: str) -> int:
    """The number of a column from 1: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def letters_of(number: int) -> str:
    """The letters of a column from 1: 27 is AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def address(text: str) -> tuple[int, int] | None:
    """The row and the number of the column of an address such as C41, both from 1."""
    found = ADDRESS.fullmatch(text)
    return (int(found[2]), number_of(found[1])) if found else None


class _Scan:
    """Searches chunk by chunk for what is not plain: an address outside the box, an odd cell, a formula."""

    def __init__(self, prefix: bytes) -> None:
        self.unvalued: set[str] = set()
        self.zeros: set[str] = set()
        self.merged: list[str] = []
        self.computed = False
        self._boxes: Sequence[tuple[int, int, str]] = BOXES
        self._tag = "<" + prefix.decode()
        self._formula = rf"{self._tag}f[ \t\r\n>/]"
        self._cell = b"<%bc " % prefix
        self._merge = re.compile(rb'<%bmergeCell\s[^>]*?ref="([A-Z0-9:]+)"' % prefix)
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
            self.merged += [found.decode() for found in self._merge.findall(chunk)]
        text = pl.Series([chunk.decode("latin-1")])
        if not self._boxes or _has(text, f"{self._outside(self._boxes[0])}|{self._formula}"):
            self._boxes = [box for box in self._boxes if not _has(text, self._outside(box))]
            if _has(text, self._formula):
                self._take_formulas(chunk, text)
        self._boxes = self._boxes[:1]

    def _outside(self, box: tuple[int, int, str]) -> str:
        return f'{self._tag}c{ODD_CELL}| r="(?:{box[2]})'

    def _take_formulas(self, chunk: bytes, text: pl.Series) -> None:
        if _has(text, "|".join(pattern.pattern.decode() for pattern in self._without_value)):
            self.unvalued |= set(self._addresses(chunk, self._without_value))
        self.computed = self.computed or any(pattern.search(chunk) for pattern in self._nonzero)
        self.zeros |= set() if self.computed else set(self._addresses(chunk, self._zero))

    def _addresses(self, chunk: bytes, patterns: list[re.Pattern[bytes]]) -> Iterator[str]:
        for found in (match for pattern in patterns for match in pattern.finditer(chunk)):
            start = chunk.rfind(self._cell, 0, found.start())
            opening = chunk[start : chunk.find(b">", start)]
            cell = re.search(rb'\sr\s*=\s*["\']([A-Z]+\d+)', opening)
            if cell and not re.search(rb'\st\s*=\s*["\']str', opening):
                yield cell[1].decode()


def _has(text: pl.Series, pattern: str) -> bool:
    return bool(text.str.contains(pattern).item())


def _prefix(chunk: bytes) -> bytes:
    """The namespace prefix that the sheet's tags are written with, such as `x:`."""
    found = re.search(rb"<(\w+:)?worksheet\b", chunk)
    return (found[1] or b"") if found else b""


def _exact_extent(archive: zipfile.ZipFile, part: str) -> tuple[int, int]:
    """The last column and row that hold a value, each cell counted as a reader does."""
    extent = _Extent()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = extent.start
    for chunk in chunks(archive, part):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return max(extent.columns, 1), max(extent.rows, 1)


class _Extent:
    """Follows the cells as a reader counts them; a cell without a value takes no room."""

    def __init__(self) -> None:
        self.rows = self.columns = self._row = self._column = 0
        self._at = (0, 0)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Takes the start of an element."""
        match tag.rpartition("}")[2]:
            case "row":
                stated = attributes.get("r", "")
                self._row, self._column = int(stated) if stated.isdecimal() else self._row + 1, 0
            case "c":
                self._at = address(attributes.get("r", "")) or (self._row, self._column + 1)
                self._column = self._at[1]
            case "v" | "is":
                self.rows, self.columns = max(self.rows, self._at[0]), max(self.columns, self._at[1])
