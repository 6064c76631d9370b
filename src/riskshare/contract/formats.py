"""Formats: the kinds of file that tables are read from, and what to do with a file of another kind.

A new format is an entry here and its reader in inputs/files.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class Format:
    """What files of a kind are called, after which article their suffix is written, and whether they have sheets."""

    name: str
    article: str
    has_sheets: bool


FORMATS: Mapping[str, Format] = {
    ".csv": Format("CSV", "a", has_sheets=False),
    ".xlsx": Format("XLSX", "an", has_sheets=True),
}
REMEDIES: Mapping[str, str] = {
    **dict.fromkeys(
        (".xls", ".xlsb", ".xlsm", ".ods", ".numbers"),
        "Open it in Excel or LibreOffice, save it as .xlsx and name that file.",
    ),
    **dict.fromkeys((".tsv", ".txt"), "Save it as .csv, with commas between the columns, and name that file."),
}

NAMES = " or ".join(entry.name for entry in FORMATS.values())
WITH_SHEETS = " or ".join(f"{entry.article} {entry.name}" for entry in FORMATS.values() if entry.has_sheets)
SUFFIXES = " or ".join(FORMATS)
ONE_OF_THEM = " or ".join(f"{entry.article} {suffix}" for suffix, entry in FORMATS.items()) + " file"
FILE_PATTERN = rf"^[^\\:*?\"<>|]+\.({'|'.join(suffix.removeprefix('.') for suffix in FORMATS)})$"


def suffix_of(file: str) -> str:
    """The suffix of a file's name in small letters, such as `.csv`; empty where it has none."""
    return PurePosixPath(file).suffix.casefold()
