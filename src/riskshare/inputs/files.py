"""Opens the files that a model names: only inside its folder, only in known formats; everything else is a finding."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from riskshare.contract.formats import FORMATS, ONE_OF_THEM, REMEDIES, suffix_of
from riskshare.inputs.columns import unwritable
from riskshare.inputs.csv import read_csv
from riskshare.inputs.table import RawTable
from riskshare.inputs.xlsx import read_xlsx
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, Place, did_you_mean, error
from riskshare.problems.harmless import NOT_IN_XML

# Each takes the path, what the model calls the file, its sheet (None: the first), its header row, and the collector.
READERS: Mapping[str, Callable[[Path, str, str | None, int, Collector], RawTable | None]] = {
    ".csv": lambda path, file, _, header_row, collector: read_csv(path, file, header_row, collector),
    ".xlsx": read_xlsx,
}


def read_table(
    file: str, folder: Path, collector: Collector, *, sheet: str | None = None, header_row: int = 1
) -> RawTable | None:
    """The table in a file, or in a sheet of it (the first unless named); None and a finding where it cannot be had.

    Grain: one row per row below the header, all as text. Errors: a file that is missing, outside the folder, of another
    format or damaged. Source: every row and column with its number and letter or header.
    """
    path = folder / file
    try:
        problem = _problem(file, path, folder, sheet)
        if problem:
            collector.add(problem)
            return None
        return _writable(READERS[suffix_of(file)](path, file, sheet, header_row, collector), collector)
    except (OSError, ValueError) as failure:
        collector.add(error("unreadable", Place(file), f"the file cannot be read: {failure}"))
        return None


def _writable(table: RawTable | None, collector: Collector) -> RawTable | None:
    """The table, or None and a finding where a column name holds what no workbook can: some are shown as they are."""
    for letter, name in zip(table.letters, table.header, strict=True) if table else ():
        if table and re.search(NOT_IN_XML, name):
            collector.add(unwritable(table.head(letter), "the column name"))
            return None
    return table


def _problem(file: str, path: Path, folder: Path, sheet: str | None) -> Finding | None:
    place, suffix = Place(file), suffix_of(file)
    if not path.resolve().is_relative_to(folder.resolve()):
        action = "Copy the file into the model's inputs folder."
        return error("outside-folder", place, "the file lies outside the folder of the model", "", action)
    known = FORMATS.get(suffix)
    if known is None:
        found = f"files of type '{suffix}' are not read"
        return error("file-type", place, found, ONE_OF_THEM, REMEDIES.get(suffix, ""))
    if not path.is_file():
        return error("no-such-file", place, "there is no such file", "", _nearby(path, folder))
    if not known.has_sheets and sheet is not None:
        found = f"{known.article} {known.name} file has no sheet '{sheet}'"
        return error("no-such-sheet", place, found, "", "Remove sheet from model.toml.")
    return None


def _nearby(path: Path, folder: Path) -> str:
    """A file of a similar name in the same folder."""
    if not path.parent.is_dir():
        return ""
    return did_you_mean(path.name, (entry.name for entry in path.parent.iterdir() if entry.is_file()))
