"""Looks into an XLSX package before a reader unpacks it: is it whole, is it safe, which part is the sheet?"""

from __future__ import annotations

import copy
import posixpath
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from riskshare.problems.findings import Finding, Place, error

PACKED_LIMIT = 200_000_000
UNPACKED_LIMIT = 1_000_000_000
WORKBOOK_LIMIT = 10_000_000
CHUNK = 4_000_000
OLE = b"\xd0\xcf\x11\xe0"
ZIP = b"PK"

DAMAGE = (zipfile.BadZipFile, zlib.error, expat.ExpatError, ElementTree.ParseError, EOFError, OSError)
UNSUPPORTED = (NotImplementedError, RuntimeError, UnicodeError, ValueError)


class Damaged(Exception):  # noqa: N818
    """A package that cannot be unpacked; never leaves inputs/."""


def package_problem(path: Path, file: str) -> Finding | None:
    """What is wrong with the package as a whole, found without unpacking it to memory; None where all is well."""
    place = Place(file)
    size = path.stat().st_size
    with path.open("rb") as stream:
        start = stream.read(4)
    if start == OLE:
        action = "Remove the password, or save it as .xlsx."
        return error("protected", place, "the file has a password, or is an old .xls file", "", action)
    if not start.startswith(ZIP):
        found = "the file is empty" if size == 0 else "the file is not an Excel workbook, whatever its name says"
        return error("damaged", place, found, "an .xlsx file", "Open it where it comes from and save it as .xlsx.")
    if size > PACKED_LIMIT:
        return error("too-big", place, f"the file is larger than {PACKED_LIMIT // 1_000_000} MB")
    return _unpacking_problem(path, place)


@contextmanager
def unpacked(path: Path) -> Iterator[zipfile.ZipFile]:
    """The package, open; whatever goes wrong with it comes out as Damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (*DAMAGE, *UNSUPPORTED) as failure:
        raise Damaged(str(failure)) from failure


def chunks(archive: zipfile.ZipFile, part: str, overlap: int = 0) -> Iterator[bytes]:
    """The bytes of a part, each chunk beginning with the end of the one before.

    A part that is longer than the package states is Damaged: a reader that trusts it would fill the memory.
    """
    stated = archive.getinfo(part)
    unbounded = copy.copy(stated)
    unbounded.file_size = UNPACKED_LIMIT
    end, size = b"", 0
    with archive.open(unbounded) as stream:
        while block := stream.read(CHUNK):
            size += len(block)
            if size > stated.file_size:
                raise Damaged(f"{part} unpacks to more than it states")
            chunk = end + block
            yield chunk
            end = chunk[-overlap:] if overlap else b""


def sheet_parts(archive: zipfile.ZipFile, sheet: str) -> tuple[str, ...]:
    """The part that holds a sheet; all parts that hold sheets where the package does not say which."""
    parts = _parts(archive)
    target = _targets(archive, parts).get(sheet, "")
    if target in parts:
        return (parts[target],)
    return tuple(name for path, name in parts.items() if "/worksheets/" in path and path.endswith(".xml"))


def calculates_on_opening(archive: zipfile.ZipFile) -> bool:
    """Whether the workbook asks to be calculated when it is opened, so that its stored values may be placeholders."""
    parts = _parts(archive)
    workbook = _tree(archive, parts, _workbook(archive, parts))
    settings = [node for node in workbook.iter() if _local(node.tag) == "calcPr"]
    return any(node.get("fullCalcOnLoad") in {"1", "true"} for node in settings)


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The names of the parts by their path in lower case; some programs write backslashes."""
    return {_path(name): name for name in archive.namelist()}


def _path(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()


def _unpacking_problem(path: Path, place: Place) -> Finding | None:
    try:
        with unpacked(path) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > UNPACKED_LIMIT:
                found = f"the file would unpack to more than {UNPACKED_LIMIT // 1_000_000:,} MB"
                return error("too-big", place, found, "", "Keep only the sheet that is read.")
            if any(part.flag_bits & 1 for part in parts):
                return error("protected", place, "the file has a password", "", "Remove the password.")
            _unpack_all_but_sheets(archive)
    except Damaged as failure:
        action = "Open it in Excel, let it be repaired and save it again."
        return error("damaged", place, f"the file is damaged: {failure}", "", action)
    return None


def _unpack_all_but_sheets(archive: zipfile.ZipFile) -> None:
    """Unpacks what a reader opens with the workbook, so that damage is found; sheets are unpacked when surveyed."""
    for path, name in _parts(archive).items():
        if path.endswith((".xml", ".rels")) and "/worksheets/" not in path:
            deque(chunks(archive, name), maxlen=0)


def _workbook(archive: zipfile.ZipFile, parts: dict[str, str]) -> str:
    relations = _tree(archive, parts, "_rels/.rels").iter()
    targets = [node.get("Target", "") for node in relations if node.get("Type", "").endswith("/officeDocument")]
    return _path(targets[0]) if targets else "xl/workbook.xml"


def _targets(archive: zipfile.ZipFile, parts: dict[str, str]) -> dict[str, str]:
    """The path of the part of each sheet by its name, as the workbook states it."""
    workbook = _workbook(archive, parts)
    folder, file = posixpath.split(workbook)
    relations = {
        node.get("Id"): _path(posixpath.normpath(posixpath.join("/", folder, node.get("Target", ""))))
        for node in _tree(archive, parts, posixpath.join(folder, "_rels", f"{file}.rels")).iter()
    }
    sheets = [node for node in _tree(archive, parts, workbook).iter() if _local(node.tag) == "sheet"]
    return {node.get("name", ""): relations.get(_relation(node), "") for node in sheets}


def _relation(sheet: ElementTree.Element) -> str:
    return next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")


def _tree(archive: zipfile.ZipFile, parts: dict[str, str], path: str) -> ElementTree.Element:
    if path not in parts or archive.getinfo(parts[path]).file_size > WORKBOOK_LIMIT:
        return ElementTree.Element("nothing")
    return ElementTree.fromstring(archive.read(parts[path]))


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
