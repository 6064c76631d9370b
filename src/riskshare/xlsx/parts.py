"""The parts of a workbook's package: how they relate, and their XML parsed within limits."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Final, NamedTuple
from urllib.parse import unquote
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from riskshare.xlsx.archive import Damaged, chunks

LONGEST_TOKEN: Final = 32_000_000
MOST_CELLS: Final = 2_000_000
MOST_ELEMENTS: Final = 1_500_000
"""In one part, cells left aside."""
DEEPEST: Final = 200


class TooLarge(Damaged):
    """A workbook that would need more memory or time than any workbook of ours does."""


class Relation(NamedTuple):
    """What one part says about another: `kind` is the last word of the relation's type."""

    source: str
    name: str
    kind: str
    target: str
    external: bool


class Package:
    """The parts of a package by their paths in lower case, each with the name it has."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        """An open package that was found safe to unpack."""
        self._archive = archive
        self._names = {_path(name): name for name in archive.namelist()}

    @cached_property
    def relations(self) -> Mapping[str, tuple[Relation, ...]]:
        """The relations of every part, by its path; those of the whole package by the empty path."""
        found = {path: self._relations(path) for path in self._names if path.endswith(".rels")}
        return {relations[0].source: relations for relations in found.values() if relations}

    def _relations(self, path: str) -> tuple[Relation, ...]:
        folder, file = posixpath.split(path)
        source = posixpath.join(posixpath.dirname(folder), file.removesuffix(".rels"))
        return tuple(_relation(source, node) for node in self.tree(path).iter("Relationship"))

    def related(self, source: str, kind: str) -> tuple[str, ...]:
        """The paths of the parts that a part names in a relation of this kind."""
        relations = self.relations.get(source, ())
        return tuple(one.target for one in relations if one.kind == kind and one.target in self._names)

    def size(self, path: str) -> int:
        """How many bytes a part states to have; none when it is missing."""
        return self._archive.getinfo(self._names[path]).file_size if path in self._names else 0

    def content(self, path: str) -> bytes:
        """All bytes of a part that is there and not too large."""
        return b"".join(chunks(self._archive, self._names[path])) if path in self._names else b""

    def first_tree(self, source: str, kind: str) -> Element | None:
        """The first part that a part names in a relation of this kind, parsed."""
        paths = self.related(source, kind)
        return self.tree(paths[0]) if paths else None

    def tree(self, path: str) -> Element:
        """A part as a tree whose names lack their namespaces."""
        branches = Branches()
        self.parse(path, branches.parser())
        return branches.close()

    def parse(self, path: str, parser: expat.XMLParserType) -> None:
        """Feeds a part to a parser, piece by piece.

        Raises:
            Damaged: it is no XML, or has one text or tag that no workbook has.
        """
        if path not in self._names:
            raise Damaged(f"{path} is missing")
        fed = 0
        try:
            for chunk in chunks(self._archive, self._names[path]):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - parser.CurrentByteIndex > LONGEST_TOKEN:
                    raise TooLarge(f"{path} has a text without end")
            parser.Parse(b"", True)
        except expat.ExpatError as failure:
            raise Damaged(f"{path}: {failure}") from failure


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
        if self._count > MOST_ELEMENTS or self._depth > DEEPEST:
            raise TooLarge(f"a part of it has more than {MOST_ELEMENTS:,} elements, or {DEEPEST} in one another")
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


def _relation(source: str, node: Element) -> Relation:
    target, external = node.get("Target", ""), node.get("TargetMode", "") == "External"
    if not external:
        bare = unquote(target.replace("\\", "/").partition("#")[0])
        target = _path(posixpath.normpath(posixpath.join("/", posixpath.dirname(source), bare)))
    return Relation(source, node.get("Id", ""), node.get("Type", "").rpartition("/")[2], target, external)


def _path(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()
