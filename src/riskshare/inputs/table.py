"""RawTable: the cells of a CSV file or sheet as text, with where each of them stands; Origin keeps that for later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from riskshare.problems.findings import Place

NOT_CALCULATED = "#NOT CALCULATED!"
MERGED = "#MERGED!"
ERROR_WORDS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA")
COLUMN_LIMIT = 1_000
LOST = {
    NOT_CALCULATED: ("the cell is a formula without a stored value", "Open the file in Excel, save it and try again."),
    MERGED: ("the cell is merged with another, which alone holds the value", "Unmerge them and fill in each cell."),
    **{word: (f"the cell holds the error {word}", "Mend the formula, or type the value.") for word in ERROR_WORDS},
}


@dataclass(frozen=True)
class Origin:
    """The file and sheet that rows came from, and what each of our columns is called there: a letter or a header."""

    file: str
    sheet: str
    letters: Mapping[str, str]

    def place(self, row: int, column: str = "") -> Place:
        """The place of a cell; of the whole row where the file has no such column."""
        return Place(self.file, self.sheet, row, self.letters.get(column, ""))

    def cell(self, row: int, column: str) -> str:
        """What a reader calls the cell: `C41` in a sheet, `row 41, Budget` in a CSV file."""
        letter = self.letters.get(column, "")
        if not letter:
            return f"row {row}"
        return f"{letter}{row}" if self.sheet else f"row {row}, {letter}"


@dataclass(frozen=True)
class RawTable:
    """A header and the cells below it, all text: one row per row of the file, columns named by their number.

    An empty cell is null and an error cell is its word (`#DIV/0!`); NOT_CALCULATED stands for a formula without a
    stored value, MERGED for a cell that merging hides: the first of each column.
    Numbers of a sheet are floats written with nine decimals: `floats` is true and 15 digits of them can be trusted.
    """

    file: str
    sheet: str
    header_row: int
    header: tuple[str, ...]
    letters: tuple[str, ...]
    cells: pl.DataFrame
    rows: pl.Series
    floats: bool

    def origin(self, positions: Mapping[str, int]) -> Origin:
        """Where our columns stand."""
        return Origin(self.file, self.sheet, {ours: self.letters[number] for ours, number in positions.items()})

    def head(self, letter: str = "") -> Place:
        """The place of the header, or of one of its cells."""
        return Place(self.file, self.sheet, self.header_row, letter)


def one_line(text: str | None) -> str:
    """Text on one line with single spaces, as headers are compared."""
    return " ".join((text or "").split())
