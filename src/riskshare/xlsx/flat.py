"""A part as one entry for each element: where it stands, what it says, which elements are in it, nothing left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from riskshare.xlsx.a1 import point_named
from riskshare.xlsx.package import Package
from riskshare.xlsx.part_xml import local, new_parser

READ_AS_CELLS = ("f", "v", "is")
"""What of a cell the comparison of cells reads, in the order of the standard."""
KINDS = ("b", "d", "e", "inlineStr", "n", "s", "str")
"""The kinds of values, which the comparison of cells reads; programs differ in what they make of any other."""
KEYED = ("row", "c")
"""Elements that are known by their address, not by their number: a row more does not make all others new."""


class Said(NamedTuple):
    """What an element says: its attributes, its own text, and the names of the elements in it, in order."""

    attributes: Mapping[str, str]
    text: str
    inside: tuple[str, ...]


def flat(package: Package, path: str) -> dict[str, Said]:
    """Every element of a part by its place, such as `worksheet/sheetViews/sheetView/pane`, the second as `pane[2]`.

    Two cells of one address are two entries, since programs differ in which they show. A cell's value and the text of
    its formula are left out: the comparison of cells reads them. Raises Unreadable where the part is no XML.
    """
    reader, parser = _Flat(), new_parser()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    package.parse(path, parser)
    return reader.entries


@dataclass(slots=True)
class _Open:
    """An element that is being read."""

    place: str
    attributes: Mapping[str, str]
    numbers: Counter[str] = field(default_factory=Counter)
    inside: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)


class _Flat:
    """Follows a part while it is parsed."""

    def __init__(self) -> None:
        self.entries: dict[str, Said] = {}
        self._stack = [_Open("", {})]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Takes the start of an element."""
        above = self._stack[-1]
        above.inside.append(name)
        self._stack.append(_Open(_place(above, local(name), attributes), attributes))

    def text(self, text: str) -> None:
        """Takes text."""
        self._stack[-1].text.append(text)

    def end(self, _: str) -> None:
        """Takes the end of an element."""
        done = self._stack.pop()
        self._stack[-1].addresses.append(done.place.rpartition("/")[2])
        text = "".join(done.text).strip()
        if "/c[" not in done.place:
            rows = done.place.endswith("/sheetData") or "/row[" in done.place
            self.entries[done.place] = Said(done.attributes, text, _order(done) if rows else tuple(done.inside))
        elif "/is" not in done.place.rpartition("/c[")[2]:
            self._end_in_cell(done, text)

    def _end_in_cell(self, done: _Open, text: str) -> None:
        """Of a value and a formula what is more than its text: attributes, or that it is there twice."""
        name = done.place.rpartition("/")[2]
        if name in READ_AS_CELLS:
            if done.attributes:
                self.entries[done.place] = Said(done.attributes, "", ())
            return
        known = done.attributes.get("t", "n") in KINDS
        attributes = {name: value for name, value in done.attributes.items() if name != "t" or not known}
        self.entries[done.place] = Said(attributes, text, _order(done))


def _order(element: _Open) -> tuple[str, ...]:
    """Whether rows, cells and what is in a cell stand in their order: programs differ in what they make of others."""
    keys = [_key(name) for name in element.addresses]
    return () if keys == sorted(keys) else ("out of order",)


def _key(name: str) -> tuple[int, ...]:
    """The place of a row, a cell or what is in a cell among those beside it."""
    address = name.partition("[")[2].partition("]")[0]
    if name.startswith("c[") and (point := point_named(address)):
        return point
    if name.startswith("row[") and address.isdecimal():
        return (int(address),)
    return (READ_AS_CELLS.index(name) if name in READ_AS_CELLS else len(READ_AS_CELLS),)


def _place(above: _Open, tag: str, attributes: Mapping[str, str]) -> str:
    key = attributes.get("r", "") if tag in KEYED else ""
    name = f"{tag}[{key}]" if key else tag
    above.numbers[name] += 1
    number = above.numbers[name]
    again = f"[{number}]" if number > 1 else ""
    return f"{above.place}/{name}{again}" if above.place else f"{name}{again}"
