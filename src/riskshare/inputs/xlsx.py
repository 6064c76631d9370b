"""Reads a sheet of an XLSX file into a RawTable: every cell at its true address, no value lost without a word."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import fastexcel
import polars as pl

from riskshare.inputs.sheet_list import part_of
from riskshare.inputs.survey import survey
from riskshare.inputs.surveyed import Survey
from riskshare.inputs.table import (
    AMBIGUOUS,
    COLUMN_LIMIT,
    ERROR_WORDS,
    LOST,
    MERGED,
    NOT_CALCULATED,
    RawTable,
    one_line,
)
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, Place, did_you_mean, error
from riskshare.xlsx import limits
from riskshare.xlsx.a1 import areas, column_letters, point_named
from riskshare.xlsx.package import Package, unpacked
from riskshare.xlsx.unreadable import Fault, Unreadable

Result = TypeVar("Result")
Mark = tuple[int, int, str]

CALAMINE_ERRORS = ("Div0", "NA", "Name", "Null", "Num", "Ref", "Value", "GettingData")
WORD_OF = {f"Error({name})": word for name, word in zip(CALAMINE_ERRORS, ERROR_WORDS, strict=False)}

_NO_WORKBOOK = (
    "damaged",
    "the file is not an Excel workbook, whatever its name says",
    "an .xlsx file",
    "Open it where it comes from and save it as .xlsx.",
)
_PASSWORD_OR_OLD = (
    "protected",
    "the file has a password, or is an old .xls file",
    "",
    "Remove the password, or save it as .xlsx.",
)
_ONE_SHEET = "Keep only the sheet that is read."
_REPAIR = "Open it in Excel, let it be repaired and save it again."
REFUSED = {
    Fault.EMPTY: ("damaged", "the file is empty", *_NO_WORKBOOK[2:]),
    Fault.NO_WORKBOOK: _NO_WORKBOOK,
    Fault.OPEN_DOCUMENT: _NO_WORKBOOK,
    Fault.BINARY: _NO_WORKBOOK,
    Fault.OLD_FORMAT: _PASSWORD_OR_OLD,
    Fault.ENCRYPTED: _PASSWORD_OR_OLD,
    Fault.ENCRYPTED_PARTS: ("protected", "the file has a password", "", "Remove the password."),
    Fault.TOO_BIG: ("too-big", "the file is larger than {}", "", ""),
    Fault.UNPACKS_TOO_BIG: (
        "too-big",
        "the file would unpack to more than {}",
        "",
        "Keep only the sheet that is read.",
    ),
    Fault.DAMAGED: (
        "damaged",
        "the file is damaged: {}",
        "",
        "Open it in Excel, let it be repaired and save it again.",
    ),
}
"""What is wrong with a file that is opened, as a finding: code, found, expected and action."""


def read_xlsx(path: Path, file: str, sheet: str | None, header_row: int, collector: Collector) -> RawTable | None:
    """The header and the cells below it, or None and a finding where that cannot be had whole."""
    try:
        with unpacked(path) as package:
            _unpack_all_but_sheets(package)
            return _read_sheet(package, Place(file, sheet or "", header_row), collector)
    except Unreadable as failure:
        collector.add(_refused(failure, Place(file)))
        return None


def _unpack_all_but_sheets(package: Package) -> None:
    """Unpacks what the reader opens with the workbook, so that damage is found; sheets are unpacked when surveyed."""
    for path in package.names:
        if path.endswith((".xml", ".rels")) and "/worksheets/" not in path:
            deque(package.chunks(path), maxlen=0)


def _refused(failure: Unreadable, place: Place) -> Finding:
    code, found, expected, action = REFUSED.get(failure.fault, ("unreadable", "the file cannot be read: {}", "", ""))
    return error(code, place, found.format(failure.__cause__ or failure), expected, action)


def _read_sheet(package: Package, asked: Place, collector: Collector) -> RawTable | None:
    reader = _attempt(lambda: fastexcel.read_excel(package.path), Place(asked.file), collector)
    name = _sheet_name(reader.sheet_names, asked.sheet, asked.file, collector) if reader else None
    if reader is None or name is None:
        return None
    place = Place(asked.file, name)
    scanned = _attempt(lambda: survey(package, part_of(package, name)), place, collector)
    if scanned is None or not _fits(scanned, place, collector):
        return None
    return _loaded(reader, scanned, Place(asked.file, name, asked.row), collector)


def _attempt(action: Callable[[], Result], place: Place, collector: Collector) -> Result | None:
    """What the action gives, or None and a finding where the reader fails; a panic of calamine is a failure too."""
    try:
        return action()
    except BaseException as failure:
        if not isinstance(failure, Exception) and type(failure).__name__ != "PanicException":
            raise
        collector.add(_unreadable(place, str(failure)))
        return None


def _unreadable(place: Place, message: str) -> Finding:
    reason = one_line(message.partition("\nContext")[0]).removeprefix("calamine error: ")[:200]
    if "password" in reason:
        return error("protected", place, "the file has a password", "", "Remove the password.")
    action = "Open it in Excel or LibreOffice and save it as a new .xlsx file."
    return error("damaged", place, f"the workbook cannot be read: {reason}", "", action)


def _sheet_name(names: list[str], wanted: str, file: str, collector: Collector) -> str | None:
    if not names:
        collector.add(error("no-such-sheet", Place(file), "the workbook has no sheet with cells"))
        return None
    if not wanted:
        return names[0]
    alike = [name for name in names if name.casefold().strip() == wanted.casefold()]
    if not alike:
        action = did_you_mean(wanted, names) or f"Its sheets are: {', '.join(names)[:300]}."
        collector.add(error("no-such-sheet", Place(file), f"there is no sheet '{wanted}'", "", action))
    return alike[0] if alike else None


def _fits(scanned: Survey, place: Place, collector: Collector) -> bool:
    if scanned.columns <= COLUMN_LIMIT and scanned.cells <= limits.GRID:
        return True
    reach = f"the sheet reaches to column {column_letters(scanned.columns)} and to row {scanned.rows:,} or near it"
    action = "Delete what stands far to the right of the table or below it, or keep the table alone on its sheet."
    limit = f"at most {COLUMN_LIMIT:,} columns and {limits.GRID // 1_000_000} million cells"
    collector.add(error("too-big", place, reach, limit, action))
    return False


def _loaded(reader: fastexcel.ExcelReader, scanned: Survey, head: Place, collector: Collector) -> RawTable | None:
    read = _attempt(lambda: _read(reader, head), head, collector)
    if read is None:
        return None
    header = tuple(one_line(cell) for cell in read.cells.row(0)) if read.cells.height else ()
    if not any(header):
        expected = "a row of column names (header_row in model.toml)"
        collector.add(error("no-header", head, "the row is empty", expected))
        return None
    if unsure := [cell for cell in scanned.ambiguous if (at := point_named(cell)) and at[0] == head.row]:
        collector.extend(_unsure_name(head, cell) for cell in sorted(unsure))
        return None
    first = head.row + 1
    body = _Grid(read.cells.slice(1), read.columns, first)
    cells = body.marked([*read.errors, *_lost(scanned), *_hidden_by_merging(scanned, body)])
    rows = pl.int_range(first, first + cells.height, dtype=pl.UInt32, eager=True)
    letters = tuple(column_letters(number) for number in read.columns)
    return RawTable(head.file, head.sheet, head.row, header, letters, cells, rows, floats=True)


def _unsure_name(head: Place, cell: str) -> Finding:
    found, action = LOST[AMBIGUOUS]
    column = cell.rstrip("0123456789")
    return error("damaged", Place(head.file, head.sheet, head.row, column), f"a column's name: {found}", "", action)


@dataclass(frozen=True)
class _Read:
    """What the reader gave: the cells from the header down, the columns' numbers from 1, the error cells."""

    cells: pl.DataFrame
    columns: tuple[int, ...]
    errors: tuple[Mark, ...]


def _read(reader: fastexcel.ExcelReader, head: Place) -> _Read:
    try:
        sheet = reader.load_sheet(head.sheet, header_row=None, skip_rows=head.row - 1, dtypes="string")
    except fastexcel.InvalidParametersError:
        return _Read(pl.DataFrame(), (), ())
    columns = tuple(column.absolute_index + 1 for column in sheet.selected_columns)
    batch, failed = sheet.to_arrow_with_errors()
    frame = pl.DataFrame(pl.from_arrow(batch)) if columns else pl.DataFrame()
    frame.columns = [str(number) for number in range(frame.width)]
    errors = tuple(_error_cell(failure, columns) for failure in (failed.errors if failed else ()))
    return _Read(frame, columns, errors)


def _error_cell(failure: fastexcel.CellError, columns: tuple[int, ...]) -> Mark:
    row, column = failure.position
    kind = failure.detail.partition("'")[2].rstrip("'")
    return row + 1, columns[column], WORD_OF.get(kind, kind)


@dataclass(frozen=True)
class _Grid:
    """Cells with the number of each column and of the first row, from 1."""

    cells: pl.DataFrame
    columns: tuple[int, ...]
    first: int

    def filled(self, row: int, column: int) -> bool:
        """Whether a cell holds something."""
        inside = self.first <= row < self.first + self.cells.height and column in self.columns
        return inside and self.cells[row - self.first, self.columns.index(column)] is not None

    def marked(self, marks: Iterable[Mark]) -> pl.DataFrame:
        """The cells with words put in, and with rows added where a word stands below the last one."""
        by_column: dict[int, dict[int, str]] = defaultdict(dict)
        for row, column, word in marks:
            if row >= self.first and column in self.columns:
                by_column[self.columns.index(column)][row - self.first] = word
        last = max((row for words in by_column.values() for row in words), default=-1)
        below = max(last + 1 - self.cells.height, 0)
        cells = pl.concat([self.cells, self.cells.clear(below)]) if below else self.cells
        return cells.with_columns(
            cells.to_series(number).scatter(list(words), list(words.values())) for number, words in by_column.items()
        )


def _lost(scanned: Survey) -> Iterator[Mark]:
    marked = {**dict.fromkeys(scanned.uncalculated, NOT_CALCULATED), **dict.fromkeys(scanned.ambiguous, AMBIGUOUS)}
    return ((*at, word) for cell, word in marked.items() if (at := point_named(cell)))


def _hidden_by_merging(scanned: Survey, body: _Grid) -> Iterator[Mark]:
    """The first cell of each column that merging hides; merged cells that are all empty hide nothing."""
    for area in areas(" ".join(scanned.merged)):
        if body.filled(area.top, area.left):
            for column in range(area.left, min(area.right, body.columns[-1]) + 1):
                row = area.top + (column == area.left)
                if row <= area.bottom and not body.filled(row, column):
                    yield row, column, MERGED
