"""The one door to an .xlsx package: is it one, whole and safe to unpack; its parts, their relations and its sheets."""

from __future__ import annotations

import copy
import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import IO, Final, NamedTuple
from urllib.parse import unquote
from xml.etree.ElementTree import Element
from xml.parsers import expat

from riskshare.files.reading import stream_of
from riskshare.problems.errors import UserError
from riskshare.xlsx import limits
from riskshare.xlsx.content import Visibility
from riskshare.xlsx.part_xml import Branches, plain
from riskshare.xlsx.unreadable import Damaged, Fault, TooLarge, Unreadable, as_unreadable, sentence

CHUNK: Final = 4_000_000
NOTHING: Final = Element("nothing")
_OLE, _ZIP = b"\xd0\xcf\x11\xe0", b"PK"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_OPEN_DOCUMENT: Final = b"application/vnd.oasis.opendocument"
_SHARING_VIOLATIONS: Final = {32, 33}
_VISIBILITY: Final = {"hidden": Visibility.HIDDEN, "veryHidden": Visibility.VERY_HIDDEN}


class Relation(NamedTuple):
    """What one part says about another: `kind` is the last word of the relation's type."""

    source: str
    name: str
    kind: str
    target: str
    external: bool


class SheetPart(NamedTuple):
    """A sheet as the workbook lists it; without a path where the package doesn't say which part it is."""

    name: str
    visibility: Visibility
    path: str = ""
    kind: str = ""


class Package:
    """The parts of a package by their paths in lower case: some programs write them in capitals or with backslashes."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        """The file that it is, open, and found safe to unpack."""
        self.path = path
        self._archive = archive
        self.names: Mapping[str, str] = {_path(name): name for name in archive.namelist()}
        """The name that the file has for each part."""
        self.relations = cache(self._relations)

    def chunks(self, path: str, overlap: int = 0) -> Iterator[bytes]:
        """The bytes of a part, each chunk beginning with the end of the one before.

        One that is missing is Damaged, and one that is longer than the package states: it would fill the memory.
        """
        if path not in self.names:
            raise Damaged(f"{path or 'the part of a sheet'} is missing")
        stated = self._archive.getinfo(self.names[path])
        # A stream ends at the size that is stated for it; to see what lies beyond, it is told of no size.
        unbounded = copy.copy(stated)
        unbounded.file_size = limits.UNPACKED
        end, size = b"", 0
        with as_unreadable(), self._archive.open(unbounded) as stream:
            while block := stream.read(CHUNK):
                size += len(block)
                if size > stated.file_size:
                    raise Damaged(f"{self.names[path]} unpacks to more than it states")
                chunk = end + block
                yield chunk
                end = chunk[-overlap:] if overlap else b""

    def size(self, path: str) -> int:
        """How many bytes a part states to have; none when it is missing."""
        return self._archive.getinfo(self.names[path]).file_size if path in self.names else 0

    def content(self, path: str) -> bytes:
        """All bytes of a part. Raises Unreadable as `chunks`."""
        return b"".join(self.chunks(path))

    def parse(self, path: str, parser: expat.XMLParserType) -> None:
        """Feeds a part to a parser, chunk by chunk.

        Raises:
            Unreadable: it is missing or no XML, or has one text or tag that no workbook has.
        """
        fed = 0
        try:
            for chunk in self.chunks(path):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - parser.CurrentByteIndex > limits.TOKEN:
                    raise TooLarge(f"{path} has a text without end")
            parser.Parse(b"", True)
        except expat.ExpatError as failure:
            raise Damaged(f"{path}: {failure}") from failure

    def tree(self, path: str) -> Element:
        """A part as a tree whose names lack their namespaces. Raises Unreadable as `parse`."""
        if self.size(path) > limits.TREE:
            raise TooLarge(f"{path} has more than {_megabytes(limits.TREE)}")
        branches = Branches()
        self.parse(path, branches.parser())
        return branches.close()

    def _relations(self, source: str) -> tuple[Relation, ...]:
        """The relations of a part; those of the whole package by the empty path."""
        folder, file = posixpath.split(source)
        path = posixpath.join(folder, "_rels", f"{file}.rels")
        if path not in self.names:
            return ()
        return tuple(_relation(source, node) for node in self.tree(path).iter("Relationship"))

    def every_relation(self) -> Iterator[Relation]:
        """The relations of all parts."""
        for path in self.names:
            folder, file = posixpath.split(path)
            if file.endswith(".rels"):
                yield from self.relations(posixpath.join(posixpath.dirname(folder), file.removesuffix(".rels")))

    def related(self, source: str, kind: str) -> tuple[str, ...]:
        """The paths of the parts that a part names in a relation of this kind."""
        return tuple(one.target for one in self.relations(source) if one.kind == kind and one.target in self.names)

    def related_tree(self, source: str, kind: str) -> Element:
        """The first part that a part names in a relation of this kind; an empty tree where there is none."""
        paths = self.related(source, kind)
        return self.tree(paths[0]) if paths else NOTHING

    @cached_property
    def main(self) -> str:
        """The path of the part that lists the sheets, as is said or as is usual; empty where there is none."""
        usual = ("xl/workbook.xml",) if "xl/workbook.xml" in self.names else ()
        return next(iter((*self.related("", "officeDocument"), *usual)), "")

    @cached_property
    def workbook(self) -> Element:
        """That part as a tree."""
        return self.tree(self.main) if self.main else NOTHING

    @cached_property
    def sheets(self) -> tuple[SheetPart, ...]:
        """The sheets in the workbook's order."""
        parts = {one.name: one for one in self.relations(self.main)} if self.main else {}
        return tuple(
            _sheet_part(node, parts.get(node.get("id", "")))
            for node in self.workbook.findall("sheets/sheet")
            if node.get("name")
        )

    def same_parts(self, other: Package) -> bool:
        """Whether both hold the same parts with the same bytes, whatever compressed them; damaged ones don't."""
        if {path: self.size(path) for path in self.names} != {path: other.size(path) for path in other.names}:
            return False
        try:
            return all(
                mine == theirs
                for path in self.names
                for mine, theirs in zip(self.chunks(path), other.chunks(path), strict=True)
            )
        except Damaged:
            return False


@contextmanager
def opened(path: Path) -> Iterator[Package]:
    """The package of a workbook that someone named.

    Raises:
        UserError: it can't be read, whether that shows at once or later; one sentence with the way out.
    """
    try:
        with unpacked(path) as package:
            yield package
    except Unreadable as failure:
        raise UserError(sentence(path, failure)) from failure


@contextmanager
def unpacked(path: Path) -> Iterator[Package]:
    """The package of any file. Raises Unreadable where it is none, or not within the limits."""
    with _stream(path) as stream:
        if stream.seek(0, 2) > limits.PACKED:
            raise Unreadable(Fault.TOO_BIG, _megabytes(limits.PACKED))
        with _package(path, stream) as package:
            yield package


@contextmanager
def opened_without_limits(path: Path) -> Iterator[Package]:
    """The package of a workbook that riskshare itself has just written: how large that is, is the model's affair."""
    with zipfile.ZipFile(path) as archive:
        yield Package(path, archive)


@contextmanager
def _stream(path: Path) -> Iterator[IO[bytes]]:
    """The file, opened once and found to begin as a package does."""
    try:
        if path.is_dir():
            raise Unreadable(Fault.FOLDER)
        stream = stream_of(path)
    except OSError as failure:
        raise _not_to_be_had(path, failure) from failure
    with stream:
        start = stream.read(len(_OLE))
        if not start:
            raise Unreadable(Fault.EMPTY)
        if start == _OLE:
            encrypted = _ENCRYPTED in stream.read(limits.PACKED)
            raise Unreadable(Fault.ENCRYPTED if encrypted else Fault.OLD_FORMAT)
        if not start.startswith(_ZIP):
            raise Unreadable(Fault.NO_WORKBOOK)
        yield stream


def _not_to_be_had(path: Path, failure: OSError) -> Unreadable:
    if isinstance(failure, FileNotFoundError):
        return Unreadable(Fault.MISSING)
    locks = (path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#"))
    if getattr(failure, "winerror", 0) in _SHARING_VIOLATIONS or any(lock.exists() for lock in locks):
        return Unreadable(Fault.IN_USE)
    if isinstance(failure, PermissionError):
        return Unreadable(Fault.FORBIDDEN)
    return Unreadable(Fault.UNREACHABLE, failure.strerror or str(failure))


@contextmanager
def _package(path: Path, stream: IO[bytes]) -> Iterator[Package]:
    with as_unreadable():
        archive = zipfile.ZipFile(stream)
    with archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > limits.UNPACKED:
            raise Unreadable(Fault.UNPACKS_TOO_BIG, _megabytes(limits.UNPACKED))
        if len(parts) > limits.PARTS:
            raise Unreadable(Fault.UNPACKS_TOO_BIG, f"{limits.PARTS:,} parts")
        if any(part.flag_bits & 1 for part in parts):
            raise Unreadable(Fault.ENCRYPTED_PARTS)
        package = Package(path, archive)
        if len(package.names) < len(parts):
            raise Damaged("it has two parts of one name")
        _refuse_other_formats(package)
        yield package


def _refuse_other_formats(package: Package) -> None:
    if "mimetype" in package.names and package.content("mimetype").startswith(_OPEN_DOCUMENT):
        raise Unreadable(Fault.OPEN_DOCUMENT)
    if any(path.endswith("xl/workbook.bin") for path in package.names):
        raise Unreadable(Fault.BINARY)
    if not any(path.endswith(".rels") for path in package.names):
        raise Unreadable(Fault.NO_WORKBOOK)


def _megabytes(size: int) -> str:
    return f"{size // 1_000_000:,} MB"


def _sheet_part(node: Element, part: Relation | None) -> SheetPart:
    visibility = _VISIBILITY.get(node.get("state", ""), Visibility.VISIBLE)
    return SheetPart(plain(node.get("name", "")), visibility, *((part.target, part.kind) if part else ()))


def _relation(source: str, node: Element) -> Relation:
    target, external = node.get("Target", ""), node.get("TargetMode", "") == "External"
    if not external:
        bare = unquote(target.replace("\\", "/").partition("#")[0])
        target = _path(posixpath.normpath(posixpath.join("/", posixpath.dirname(source), bare)))
    return Relation(source, node.get("Id", ""), node.get("Type", "").rpartition("/")[2], target, external)


def _path(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()
