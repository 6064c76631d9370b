"""Maker: whether a workbook says of itself that riskshare wrote it, and whether every part of one is XML."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from riskshare.xlsx.package import opened_without_limits, unpacked
from riskshare.xlsx.part_xml import new_parser
from riskshare.xlsx.unreadable import Unreadable

PREFIX: Final = "riskshare "
"""How the names of the properties begin that only workbooks of ours have; saving in another program keeps them."""
_PROPERTIES: Final = "docprops/custom.xml"


def is_ours(path: Path) -> bool:
    """Whether a file is a workbook with a property of ours."""
    try:
        with unpacked(path) as package:
            return _PROPERTIES in package.names and f'"{PREFIX}'.encode() in package.content(_PROPERTIES)
    except (Unreadable, OSError):
        return False


def malformed_part(path: Path) -> str:
    """The first part of a workbook just written that a strict reader refuses, and why; nothing where there is none."""
    with opened_without_limits(path) as package:
        for name in package.names:
            if name.endswith((".xml", ".rels")):
                try:
                    package.parse(name, new_parser())
                except Unreadable as failure:
                    return f"{name}: {failure.__cause__ or failure}"
    return ""
