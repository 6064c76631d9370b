"""Opens the files that a model names: only inside its folder, only CSV and XLSX, everything else is a finding."""

from __future__ import annotations

from pathlib import Path

from riskshare.inputs.csv import read_csv
from riskshare.inputs.table import RawTable
from riskshare.inputs.tally import Tally
from riskshare.inputs.xlsx import read_xlsx
from riskshare.problems.findings import Finding, Place, did_you_mean, error

OTHER_WORKBOOKS = (".xls", ".xlsb", ".xlsm", ".ods", ".numbers")


def read_table(
    file: str, folder: Path, tally: Tally, *, sheet: str | None = None, header_row: int = 1
) -> RawTable | None:
    """The table in a CSV file or in a sheet of an XLSX file (the first unless named), or None and a finding."""
    path = folder / file
    try:
        problem = _problem(file, path, folder, sheet)
        if problem:
            tally.add(problem)
            return None
        if path.suffix.casefold() == ".csv":
            return read_csv(path, file, header_row, tally)
        return read_xlsx(path, file, sheet, header_row, tally)
    except (OSError, ValueError) as failure:
        tally.add(error("unreadable", Place(file), f"the file cannot be read: {failure}"))
        return None


def _problem(file: str, path: Path, folder: Path, sheet: str | None) -> Finding | None:
    place, suffix = Place(file), path.suffix.casefold()
    if not path.resolve().is_relative_to(folder.resolve()):
        action = "Copy the file into the model's inputs folder."
        return error("outside-folder", place, "the file lies outside the folder of the model", "", action)
    if not path.is_file():
        return error("no-such-file", place, "there is no such file", "", _nearby(path, folder))
    if suffix in OTHER_WORKBOOKS:
        found = f"files of type {suffix} are not read"
        return error("file-type", place, found, "", "Save it as an Excel workbook (.xlsx) or as CSV.")
    if suffix not in {".csv", ".xlsx"}:
        return error("file-type", place, f"files of type '{suffix}' are not read", "a .csv or an .xlsx file")
    if suffix == ".csv" and sheet is not None:
        return error("no-such-sheet", place, f"a CSV file has no sheet '{sheet}'", "", "Remove sheet from model.toml.")
    return None


def _nearby(path: Path, folder: Path) -> str:
    """A file of a similar name in the same folder."""
    if not path.parent.is_dir():
        return ""
    return did_you_mean(path.name, (entry.name for entry in path.parent.iterdir() if entry.is_file()))
