"""Why a workbook can't be read: the fault, for findings, and one sentence with the way out, for whoever named it."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path
from typing import Final
from xml.etree import ElementTree
from xml.parsers import expat

_OF_PACKAGES: Final = (zipfile.BadZipFile, zlib.error, expat.ExpatError, ElementTree.ParseError, EOFError, OSError)
_OF_CONTENT: Final = (NotImplementedError, RuntimeError, UnicodeError, ValueError)


class Fault(Enum):
    """What is wrong with a file that was named as a workbook."""

    MISSING = auto()
    FOLDER = auto()
    IN_USE = auto()
    FORBIDDEN = auto()
    UNREACHABLE = auto()
    EMPTY = auto()
    NO_WORKBOOK = auto()
    OLD_FORMAT = auto()
    OPEN_DOCUMENT = auto()
    BINARY = auto()
    ENCRYPTED = auto()
    """By Excel: the whole file."""
    ENCRYPTED_PARTS = auto()
    """By a program for archives: the parts."""
    TOO_BIG = auto()
    """The file itself."""
    UNPACKS_TOO_BIG = auto()
    TOO_LARGE = auto()
    """It would need more memory or time than any workbook of ours does."""
    NO_MEMORY = auto()
    DAMAGED = auto()


class Unreadable(Exception):  # noqa: N818
    """A workbook that can't be read; never leaves riskshare but as a finding or as a sentence."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(detail)
        self.fault, self.detail = fault, detail


class Damaged(Unreadable):
    """A package whose parts can't be unpacked or do not fit together."""

    def __init__(self, detail: str) -> None:
        super().__init__(Fault.DAMAGED, detail)


class TooLarge(Unreadable):
    """A workbook that would need more memory or time than any workbook of ours does."""

    def __init__(self, detail: str) -> None:
        super().__init__(Fault.TOO_LARGE, detail)


@contextmanager
def as_unreadable() -> Iterator[None]:
    """Whatever goes wrong while a package is read comes out as Unreadable: it is the file's fault, not ours."""
    try:
        yield
    except MemoryError as failure:
        raise Unreadable(Fault.NO_MEMORY) from failure
    except (*_OF_PACKAGES, *_OF_CONTENT) as failure:
        raise Damaged(str(failure)) from failure


_ONLY_IF_TRUSTED: Final = (
    "don't open it unless you trust its sender; of a model that large, verify the folder or its pin"
)
_SENTENCES: Final[Mapping[Fault, tuple[str, str]]] = {
    Fault.MISSING: ("does not exist", "check the name and the folder"),
    Fault.FOLDER: ("is a folder", "name the workbook in it"),
    Fault.IN_USE: ("is open in another program", "close it there and try again"),
    Fault.FORBIDDEN: ("may not be read", "ask its owner for permission, or copy it to a folder of your own"),
    Fault.UNREACHABLE: ("cannot be read ({})", "copy it to another folder and try again"),
    Fault.EMPTY: ("is empty", "ask for it to be sent again"),
    Fault.NO_WORKBOOK: ("is not an Excel workbook, whatever its name says", "give an .xlsx file"),
    Fault.OLD_FORMAT: ("is an old .xls workbook or none at all", "open it in Excel and save it as .xlsx"),
    Fault.OPEN_DOCUMENT: ("is an OpenDocument file", "open it and save it as .xlsx"),
    Fault.BINARY: ("is a binary .xlsb workbook", "open it in Excel and save it as .xlsx"),
    Fault.ENCRYPTED: ("is protected by a password", "open it in Excel, remove the password and save it again"),
    Fault.ENCRYPTED_PARTS: ("is protected by a password", "remove the password and save it again"),
    Fault.TOO_BIG: ("is larger than {}", "give a smaller workbook"),
    Fault.UNPACKS_TOO_BIG: ("would unpack to more than {}", _ONLY_IF_TRUSTED),
    Fault.TOO_LARGE: ("is too large to be read ({})", _ONLY_IF_TRUSTED),
    Fault.NO_MEMORY: ("needs more memory than there is to read", "use a computer with more memory"),
    Fault.DAMAGED: (
        "is damaged ({})",
        "open it in Excel, let Excel repair it and save it again, or ask for it to be sent again",
    ),
}


def sentence(path: Path, unreadable: Unreadable) -> str:
    """Why a file can't be read, and the way out."""
    why, way_out = _SENTENCES[unreadable.fault]
    detail = unreadable.detail.rstrip(".") or "its parts do not fit together"
    return f"{path.name} {why.format(detail)}: {way_out}."
