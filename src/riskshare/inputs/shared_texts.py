"""The texts that the cells of a workbook share: how many there are, and which of them readers take differently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from riskshare.inputs.part_shape import IN_TEXT, TEXT, PartShape
from riskshare.xlsx import limits
from riskshare.xlsx.package import Package
from riskshare.xlsx.unreadable import TooLarge

PART: Final = "xl/sharedstrings.xml"
MAY_HOLD: Final[Mapping[str, frozenset[str]]] = {"sst": frozenset({"si"}), "si": IN_TEXT, **TEXT}


@dataclass(frozen=True)
class SharedTexts:
    """How many texts there are; `odd` are the numbers, from 0, of those with something else in them than text."""

    count: int
    odd: frozenset[int]


def shared_texts(package: Package) -> SharedTexts:
    """What the part of shared texts holds. Raises Unreadable where it is not built as the standard says."""
    paths = package.related(package.main, "sharedStrings") or ((PART,) if PART in package.names else ())
    if not paths:
        return SharedTexts(0, frozenset())
    if package.size(paths[0]) > limits.TREE:
        raise TooLarge(f"the texts of its cells have {package.size(paths[0]):,} bytes")
    counted = _Counted()
    package.parse(paths[0], counted.parser)
    return SharedTexts(counted.count, frozenset(counted.odd))


class _Counted:
    """Counts the texts while their part is parsed."""

    def __init__(self) -> None:
        self.count = 0
        self.odd: set[int] = set()
        self._shape = PartShape("sst", "sst", MAY_HOLD)
        self.parser = self._shape.parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._shape.enter(name)

    def _end(self, _name: str) -> None:
        if self._shape.above.pop() == "si":
            if self._shape.odd:
                self.odd.add(self.count)
            self._shape.odd = False
            self.count += 1

    def _text(self, text: str) -> None:
        if self._shape.above[-1] != "t":
            self._shape.refuse_text(text)
