"""The XML of a part: parsed within limits into a tree without namespaces, its texts without their escapes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from riskshare.xlsx import limits
from riskshare.xlsx.unreadable import Damaged, TooLarge

_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Branches:
    """Builds the tree of a part while it is parsed; a tag may be handed to someone else."""

    def __init__(self) -> None:
        """An empty tree."""
        self.root = ""
        self._count = self._depth = 0
        self._builder = TreeBuilder()

    def parser(self) -> expat.XMLParserType:
        """A parser that feeds this tree."""
        parser = new_parser()
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self._builder.data
        return parser

    @property
    def data(self) -> Callable[[str], object]:
        """Takes text."""
        return self._builder.data

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Takes the start of an element."""
        self.root = self.root or name
        self._count += 1
        self._depth += 1
        if self._count > limits.ELEMENTS or self._depth > limits.DEPTH:
            raise TooLarge(f"a part of it has more than {limits.ELEMENTS:,} elements, or {limits.DEPTH} in one another")
        self._builder.start(local(name), {local(key): value for key, value in attributes.items()})

    def end(self, name: str) -> None:
        """Takes the end of an element."""
        self._depth -= 1
        self._builder.end(local(name))

    def close(self) -> Element:
        """The tree."""
        return self._builder.close()


def new_parser() -> expat.XMLParserType:
    """A parser that refuses document types, and with them every entity of the file's own."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    return parser


def local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition(" ")[2]


def is_true(word: str | None) -> bool:
    """Whether an attribute says yes."""
    return word in {"1", "true", "on"}


def _refuse(*_: object) -> None:
    raise Damaged("it declares a document type, which no program does that saves workbooks")


def plain(text: str) -> str:
    """A text without escapes such as `_x000D_`, its lines ended in one way."""
    if "_x" in text:
        text = _ESCAPE.sub(lambda code: chr(int(code[1], 16)), text)
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def joined(item: Element) -> str:
    """The text of an item with all its runs, without the pronunciation that some languages add."""
    if len(item) == 1 and item[0].tag == "t":
        return plain(item[0].text or "")
    own = [node.text or "" for node in item if node.tag == "t"]
    runs = [node.text or "" for node in item.findall("r/t")]
    return plain("".join(own + runs))
