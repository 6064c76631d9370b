"""Follows the elements of a part and refuses those that stand where the standard has none: programs differ on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from xml.parsers import expat

from riskshare.xlsx import limits
from riskshare.xlsx.part_xml import new_parser
from riskshare.xlsx.unreadable import Damaged, TooLarge

NOTHING: Final = frozenset[str]()
LOOKS: Final = frozenset(
    {"b", "charset", "color", "condense", "extend", "family", "i", "outline"}
    | {"rFont", "scheme", "shadow", "strike", "sz", "u", "vertAlign"}
)
TEXT: Final = {
    "r": frozenset({"rPr", "t"}),
    "rPh": frozenset({"r", "t"}),
    "t": NOTHING,
    "rPr": LOOKS,
    "phoneticPr": NOTHING,
    **dict.fromkeys(LOOKS, NOTHING),
}
"""What may stand in the runs of a text (ISO/IEC 29500-1, 18.4)."""
IN_TEXT: Final = frozenset({"t", "r", "rPh", "phoneticPr"})
VALUE: Final = "v"


class PartShape:
    """Knows where in a part its parser is, and judges what stands in the elements of `may_hold`.

    `root` is the name of the part's first element; an element named `body` must be the only one and stand in it.
    """

    def __init__(self, root: str, body: str, may_hold: Mapping[str, frozenset[str]]) -> None:
        """Nothing has been met yet."""
        self.above: list[str] = []
        """The elements that the parser is in, the outermost first."""
        self.odd = False
        """Whether a value had, since this was last set, something in it that readers treat differently."""
        self._root, self._body, self._may_hold = root, body, may_hold
        self._space, self._bodies = "", 0

    def parser(self) -> expat.XMLParserType:
        """A parser without handlers for elements and texts: they are the caller's."""
        parser = new_parser()
        parser.XmlDeclHandler = _must_be_utf_8
        parser.CommentHandler = self._meet_odd
        parser.ProcessingInstructionHandler = self._meet_odd
        parser.StartCdataSectionHandler = self._meet_odd
        return parser

    def enter(self, name: str) -> str:
        """An element's name without its namespace, as it begins. Raises Damaged where none may stand there."""
        space, _, local = name.rpartition(" ")
        above = self.above
        if not above:
            self._begin(local, space)
        elif (allowed := self._may_hold.get(above[-1])) is not None and (local not in allowed or space != self._space):
            raise Damaged(f"'{local[:40]}' stands in '{above[-1]}', where programs read it differently")
        if local == self._body:
            self._bodies += 1
            if self._bodies > 1 or len(above) > 1 or space != self._space:
                raise Damaged(f"it has '{local}' where it does not belong, which programs read differently")
        if len(above) >= limits.DEPTH:
            raise TooLarge(f"a part of it has more than {limits.DEPTH} elements in one another")
        above.append(local)
        return local

    def refuse_text(self, text: str) -> None:
        """Takes text outside of values: there is none but space."""
        if self.above and self.above[-1] in self._may_hold and not text.isspace():
            raise Damaged(f"'{text.strip()[:40]}' stands in '{self.above[-1]}', where no program writes text")

    def _begin(self, local: str, space: str) -> None:
        if local != self._root:
            raise Damaged(f"a part of it is '{local[:40]}', where '{self._root}' is expected")
        self._space = space

    def _meet_odd(self, *_: object) -> None:
        if self.above and self.above[-1] == VALUE:
            self.odd = True


def _must_be_utf_8(_version: str, encoding: str | None, _standalone: int) -> None:
    """The reader takes every part for UTF-8, whatever it says of itself."""
    if encoding is not None and encoding.casefold() not in {"utf-8", "us-ascii"}:
        raise Damaged(f"a part of it is written in {encoding[:40]}, not in UTF-8")
