"""Reads a sheet of an XLSX file into a RawTable: every cell at its true address, no value lost without a word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import fastexcel
import polars as pl

from riskshare.inputs.survey import CELL_LIMIT, Survey, address, letters_of, survey
from riskshare.inputs.table import COLUMN_LIMIT, ERROR_WORDS, MERGED, NOT_CALCULATED, RawTable, one_line
from riskshare.inputs.tally import Tally
from riskshare.problems.findings import Finding, Place, did_you_mean, error
from riskshare.xlsx.archive import Damaged, package_problem, sheet_parts, unpacked

Result = TypeVar("Result")
Mark = tuple[int, int, str]

CALAMINE_ERRORS = ("Div0", "NA", "Name", "Null", "Num", "Ref", "Value", "GettingData")
WORD_OF = {f"Error({name})": word for name, word in zip(CALAMINE_ERRORS, ERROR_WORDS, strict=False)}


def read_xlsx(path: Path, file: str, sheet: str | None, header_row: int, tally: Tally) -> RawTable | None:
    """The header and the cells below it, or None and a finding where that cannot be had whole."""
    problem = package_problem(path, file)
    if problem:
        tally.add(problem)
        return None
    reader = _attempt(lambda: fastexcel.read_excel(path), Place(file), tally)
    name = _sheet_name(reader.sheet_names, sheet, file, tally) if reader else None
    if reader is None or name is None:
        return None
    place = Place(file, name)
    found = _attempt(lambda: _surveyed(path, name), place, tally)
    if found is None or not _fits(found, place, tally):
        return None
    return _loaded(reader, found, Place(file, name, header_row), tally)


def _attempt(action: Callable[[], Result], place: Place, tally: Tally) -> Result | None:
    """What the action gives, or None and a finding where the reader fails; a panic of calamine is a failure too."""
    try:
        return action()
    except BaseException as failure:
        if not isinstance(failure, Exception) and type(failure).__name__ != "PanicException":
            raise
        tally.add(_unreadable(place, str(failure)))
        return None


def _unreadable(place: Place, message: str) -> Finding:
    reason = one_line(message.partition("\nContext")[0]).removeprefix("calamine error: ")[:200]
    if "password" in reason:
        return error("protected", place, "the file has a password", "", "Remove the password.")
    action = "Open it in Excel or LibreOffice and save it as a new .xlsx file."
    return error("damaged", place, f"the workbook cannot be read: {reason}", "", action)


def _sheet_name(names: list[str], wanted: str | None, file: str, tally: Tally) -> str | None:
    if not names:
        tally.add(error("no-such-sheet", Place(file), "the workbook has no sheet with cells"))
        return None
    if wanted is None:
        return names[0]
    found = [name for name in names if name.casefold().strip() == wanted.casefold()]
    if not found:
        action = did_you_mean(wanted, names) or f"Its sheets are: {', '.join(names)[:300]}."
        tally.add(error("no-such-sheet", Place(file), f"there is no sheet '{wanted}'", "", action))
    return found[0] if found else None


def _surveyed(path: Path, sheet: str) -> Survey:
    """The survey of the sheet; of the worst of all parts where the package does not say which part it is."""
    with unpacked(path) as archive:
        surveys = [survey(archive, part) for part in sheet_parts(archive, sheet)]
    if not surveys:
        raise Damaged("the sheet has no part in the package")
    return surveys[0] if len(surveys) == 1 else max(surveys, key=lambda found: found.cells)


def _fits(found: Survey, place: Place, tally: Tally) -> bool:
    if found.columns <= COLUMN_LIMIT and found.cells <= CELL_LIMIT:
        return True
    reach = f"the sheet reaches to column {letters_of(found.columns)} and to row {found.rows:,} or near it"
    action = "Delete what stands far to the right of the table or below it, or keep the table alone on its sheet."
    limit = f"at most {COLUMN_LIMIT:,} columns and {CELL_LIMIT // 1_000_000} million cells"
    tally.add(error("too-big", place, reach, limit, action))
    return False


def _loaded(reader: fastexcel.ExcelReader, found: Survey, head: Place, tally: Tally) -> RawTable | None:
    read = _attempt(lambda: _read(reader, head), head, tally)
    if read is None:
        return None
    header = tuple(one_line(cell) for cell in read.cells.row(0)) if read.cells.height else ()
    if not any(header):
        expected = "a row of column names (header_row in model.toml)"
        tally.add(error("no-header", head, "the row is empty", expected))
        return None
    first = head.row + 1
    body = _Grid(read.cells.slice(1), read.columns, first)
    cells = body.marked([*read.errors, *_uncalculated(found), *_hidden_by_merging(found, body)])
    rows = pl.int_range(first, first + cells.height, dtype=pl.UInt32, eager=True)
    letters = tuple(letters_of(number) for number in read.columns)
    return RawTable(head.file, head.sheet, head.row, header, letters, cells, rows, floats=True)


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


def _uncalculated(found: Survey) -> Iterator[Mark]:
    for text in found.uncalculated:
        at = address(text)
        if at:
            yield (*at, NOT_CALCULATED)


def _hidden_by_merging(found: Survey, body: _Grid) -> Iterator[Mark]:
    """The first cell of each column that merging hides; merged cells that are all empty hide nothing."""
    for text in found.merged:
        start, end = (address(part) for part in f"{text}:{text}".split(":")[:2])
        if start and end and body.filled(*start):
            for column in range(start[1], min(end[1], body.columns[-1]) + 1):
                row = start[0] + (column == start[1])
                if row <= end[0] and not body.filled(row, column):
                    yield row, column, MERGED
