"""A table of the user's files: RawTable is its text, InputTable its cells in our types; Origin is where they stood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from pandera.polars import DataFrameSchema

from riskshare.problems.findings import Place

WHERE_FROM = ("row", "origin")

NOT_CALCULATED = "#NOT CALCULATED!"
MERGED = "#MERGED!"
AMBIGUOUS = "#AMBIGUOUS!"
ERROR_WORDS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA")
COLUMN_LIMIT = 1_000
LOST = {
    NOT_CALCULATED: ("the cell is a formula without a stored value", "Open the file in Excel, save it and try again."),
    AMBIGUOUS: (
        "the cell's value is written in a way that programs read differently",
        "Open the file in Excel, check the cell and save it again.",
    ),
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
    stored value, MERGED for a cell that merging hides: the first of each column,
    AMBIGUOUS for a value with something else in it than text, such as a comment.
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


@dataclass(frozen=True, eq=False)
class InputTable:
    """A table of the user's files in our types, whichever kind it is; text is trimmed and never null.

    Grain: what its declaration says, one row for each value of `keys`. Units: those of its declaration, money in pounds
    to the penny, weights and figures as Decimal(38, 16); a number that could not be read is null and has a finding.
    Source: `row` is the row in the file, `origin` (where rows come from several files) the number of its entry in
    `origins`. A row that stands in no file, such as people whom a crosswalk leaves out, has a null there; the
    crosswalks and balances of a pin from before it kept their places have neither, and no origins.

    `name` is the plan's name for it, `of` the geography, pool group or file that it belongs to, if any.
    """

    name: str
    schema: DataFrameSchema
    of: str
    frame: pl.DataFrame
    origins: tuple[Origin, ...]

    @classmethod
    def declared(
        cls, schema: DataFrameSchema, of: str, frame: pl.DataFrame, *origins: Origin, number: int = 0
    ) -> InputTable:
        """A table that the plan calls by its kind and what it belongs to (`weights adult`), or by its number."""
        return cls(f"{schema.name} {number or of}".strip(), schema, of, frame, origins)

    @property
    def kind(self) -> str:
        """The kind of table: the name of its declaration."""
        return str(self.schema.name)

    @property
    def title(self) -> str:
        """What a reader calls the table: `localities adult`."""
        return f"{self.schema.title} {self.of}".strip()

    @property
    def word(self) -> str:
        """What a reader calls a row of it, before its keys."""
        return str((self.schema.metadata or {})["word"]).format(of=self.of)

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that tell its rows apart."""
        return tuple((self.schema.metadata or {})["keys"])

    @property
    def origin(self) -> Origin:
        """Where its rows come from, where all come from one file."""
        return self.origins[0]

    @property
    def undeclared(self) -> tuple[str, ...]:
        """The columns that the user names: the bases of localities, the terms of pools."""
        return tuple(name for name in self.frame.columns if name not in (*self.schema.columns, *WHERE_FROM))

    def place(self, row: Mapping[str, Any], column: str = "") -> Place:
        """Where a cell of a row of the frame stood; the file alone where the row is in none."""
        if not self.origins:
            return Place("")
        origin = self.origins[row.get("origin") or 0]
        return origin.place(row["row"], column) if row["row"] else Place(origin.file, origin.sheet)

    def stated(self, column: str) -> pl.Expr:
        """Whether a row's value of a column stood in its file, and is no default of the input."""
        return pl.col("origin").is_in(
            [number for number, origin in enumerate(self.origins) if column in origin.letters]
        )


def one_line(text: str | None) -> str:
    """Text on one line with single spaces, as headers are compared."""
    return " ".join((text or "").split())
