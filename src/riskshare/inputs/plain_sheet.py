"""Surveys a sheet as programs write it, by one pattern that a hundred megabytes are held against within a second."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

import polars as pl

from riskshare.inputs.part_shape import PartShape
from riskshare.inputs.plain_rows import PlainRows, plain_rows
from riskshare.inputs.strict_sheet import MAY_HOLD
from riskshare.inputs.surveyed import Survey
from riskshare.inputs.table import ERROR_WORDS
from riskshare.xlsx import limits
from riskshare.xlsx.a1 import LAST_COLUMN, LAST_ROW
from riskshare.xlsx.package import Package
from riskshare.xlsx.unreadable import Damaged

ROWS, END_OF_ROW, END_OF_ROWS = b"<sheetData>", b"</row>", b"</sheetData>"
LONGEST_HEAD: Final = 1_000_000
TEXT: Final = r"(?:[^<>&\x00-\x08\x0b\x0c\x0e-\x1f]|&(?:amp|lt|gt|quot|apos);)"
NUMBER: Final = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?"
ATTRIBUTES: Final = r'(?: [a-zA-Z0-9:]+="[^"<&]*")*'
FORMULA: Final = rf"<f{ATTRIBUTES}(?:/>|>{TEXT}*</f>)"
CELL: Final = (
    r'<c r="[A-Z]{1,3}[1-9][0-9]{0,6}"(?: s="[0-9]+")?(?: [cv]m="[0-9]+")?(?:'
    rf'/>|(?: t="n")?>(?:{FORMULA})?<v>{NUMBER}</v></c>'
    r'| t="s"><v>(?:0|[1-9][0-9]{0,8})</v></c>'
    rf'| t="str">{FORMULA}<v>{TEXT}*</v></c>'
    rf'| t="inlineStr"><is><t(?: xml:space="preserve")?>{TEXT}*</t></is></c>'
    rf'| t="b">(?:{FORMULA})?<v>[01]</v></c>'
    rf'| t="e">(?:{FORMULA})?<v>(?:{"|".join(map(re.escape, ERROR_WORDS))})</v></c>)'
)
PLAIN: Final = rf'^(?:<row r="[1-9][0-9]{{0,6}}"{ATTRIBUTES}(?:/>|>(?:{CELL})*</row>))*$'
FORMULA_OF_ZERO: Final = r"(?:</f>|<f[^>]*/>)<v>0</v>"


class _Unusual(Exception):  # noqa: N818
    """The sheet is not written as programs write it: what it holds takes a parser to say."""


def survey_of_plain_sheet(package: Package, path: str, texts: int, may_be_placeholders: bool) -> Survey | None:
    """What a sheet holds, or None where that takes a parser. Raises Unreadable where the part can't be unpacked.

    `texts` is how many texts the cells share; None also where formulas may hold placeholders instead of values.
    """
    parts = _Parts(package, path)
    above = filled = columns = 0
    try:
        for rows in parts.blocks():
            block = _block(rows, may_be_placeholders)
            if block.first_row <= above or block.largest_text >= texts:
                return None
            above, filled, columns = block.last_row, max(filled, block.filled), max(columns, block.columns)
        return Survey(max(filled, 1), max(columns, 1), frozenset(), _merged(parts.around))
    except (_Unusual, UnicodeDecodeError):
        return None


class _Parts:
    """A sheet in parts: whole rows, block by block, and when they are through, what stands around them."""

    def __init__(self, package: Package, path: str) -> None:
        self._chunks = package.chunks(path)
        self.around = b""

    def blocks(self) -> Iterator[bytes]:
        """The rows, some megabytes at a time."""
        head, rest = self._head()
        for chunk in self._chunks:
            end = rest.rfind(END_OF_ROW) + len(END_OF_ROW)
            if end >= len(END_OF_ROW):
                yield rest[:end]
                rest = rest[end:]
            if len(rest) > limits.TOKEN:
                raise _Unusual
            rest += chunk
        rows, found, tail = rest.partition(END_OF_ROWS)
        if not found:
            raise _Unusual
        if rows:
            yield rows
        self.around = head + found + tail

    def _head(self) -> tuple[bytes, bytes]:
        head = b""
        for chunk in self._chunks:
            head += chunk
            before, found, rest = head.partition(ROWS)
            if found:
                return before + found, rest
            if len(head) > LONGEST_HEAD:
                break
        raise _Unusual


def _block(rows: bytes, may_be_placeholders: bool) -> PlainRows:
    text = pl.Series([rows.decode()])
    if not _has(text, PLAIN) or (may_be_placeholders and _has(text, FORMULA_OF_ZERO)):
        raise _Unusual
    block = plain_rows(rows)
    if not block.in_order or block.columns > LAST_COLUMN or block.last_row > LAST_ROW:
        raise _Unusual
    return block


def _has(text: pl.Series, pattern: str) -> bool:
    return bool(text.str.contains(pattern).item())


def _merged(around: bytes) -> tuple[str, ...]:
    """The merged ranges, from what stands around the rows, which must be well formed."""
    merged: dict[str, None] = {}
    shape = PartShape("worksheet", "sheetData", MAY_HOLD)
    parser = shape.parser()

    def start(name: str, attributes: dict[str, str]) -> None:
        if shape.enter(name) == "mergeCell":
            merged[attributes.get("ref", "")] = None

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _name: shape.above.pop()
    try:
        parser.Parse(around, True)
    except expat.ExpatError as failure:
        raise Damaged(f"the sheet: {failure}") from failure
    return tuple(merged)
