"""Which part of a package a sheet is: the lists that say so, refused where programs follow them to different parts."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Final

from riskshare.inputs.part_shape import NOTHING, PartShape
from riskshare.xlsx.package import Package
from riskshare.xlsx.part_xml import local
from riskshare.xlsx.unreadable import Damaged

LISTS: Final = (
    ("workbook", "sheets", {"sheets": frozenset({"sheet"}), "sheet": NOTHING}, ("name", "id")),
    ("Relationships", "Relationships", {"Relationships": frozenset({"Relationship"})}, ("Id",)),
)
"""A list's first element, the only one that holds entries, what may stand in it, and what no two entries share."""


def part_of(package: Package, sheet: str) -> str:
    """The path of a sheet's part.

    Raises:
        Unreadable: the sheet or its relation is there twice, or beside elements or attributes of another format.
    """
    workbook = package.main
    relations = posixpath.join(posixpath.dirname(workbook), "_rels", f"{posixpath.basename(workbook)}.rels")
    for path, (root, body, may_hold, names) in zip((workbook, relations), LISTS, strict=True):
        for name in names:
            _must_be_one_by_one(name, _entries(package, path, PartShape(root, body, may_hold)))
    paths = [part.path for part in package.sheets if part.name == sheet and part.path in package.names]
    if len(paths) != 1:
        raise Damaged(f"it does not say which part the sheet '{sheet[:40]}' is")
    return paths[0]


def _entries(package: Package, path: str, shape: PartShape) -> list[Mapping[str, str]]:
    """The attributes of each entry of a list, by their names without a namespace."""
    entries: list[Mapping[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if shape.enter(name) in {"sheet", "Relationship"}:
            entries.append({local(key): value for key, value in attributes.items()})
            if len(entries[-1]) < len(attributes):
                raise Damaged(f"'{local(name)}' has two attributes of one name")

    parser = shape.parser()
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _name: shape.above.pop()
    package.parse(path, parser)
    return entries


def _must_be_one_by_one(name: str, entries: list[Mapping[str, str]]) -> None:
    """Refuses two entries with one name: programs take the first or the last of them."""
    met = [entry.get(name, "").casefold() for entry in entries]
    if twice := next((word for word in met if met.count(word) > 1), None):
        raise Damaged(f"'{twice[:40]}' is there twice in a list of its parts")
