"""PlainWorksheet: XlsxWriter's worksheet for long columns of like cells, kept as columns and written row by row.

Stock XlsxWriter keeps an object and a text for every cell, searches each formula for a hundred functions that ours
never call, and every text for characters to escape. Here a column is its values and one formula, looked at once. What
is written is the same to the byte: tests/outputs/test_fast_worksheet.py holds it to that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import mod
from typing import Any, Literal

import polars as pl
from xlsxwriter.format import Format
from xlsxwriter.url import Url
from xlsxwriter.utility import xl_col_to_name, xl_range
from xlsxwriter.worksheet import CellFormulaTuple, Worksheet

from riskshare.formula.to_excel import EXCEL_FUNCTIONS
from riskshare.outputs.workbook.layout import EXTENDED_MARK, MARK
from riskshare.problems.errors import LayoutError

ERRORS = frozenset(("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"))
ROWS_OF_A_SPAN = 16
MOST_LINKS = 65_000
_QUOTED = re.compile(r'"[^"]*"|\'[^\']*\'')
_CALLED = re.compile(r"([\w.]+)\(")

Formats = Format | Sequence[Format]


@dataclass(frozen=True, slots=True)
class Cells:
    """Like cells below each other: values (Float64 or String), one format or one for each, and their formulas if any.

    A formula that is copied down stands once, with MARK for the row's number; where the rows differ each has its own.
    """

    values: pl.Series
    formats: Formats
    formulas: str | Sequence[str] = ()

    def each_formula(self) -> Sequence[str]:
        """The formulas as they were given."""
        return (self.formulas,) if isinstance(self.formulas, str) else self.formulas

    def in_chart(self, number: int) -> float | str:
        """What a chart remembers of a cell."""
        value: float | str = self.values[number]
        return value if self.formulas or isinstance(value, str) else f"{value:.16g}"


@dataclass(frozen=True, slots=True)
class _Block:
    """Columns side by side, from one row and column (from 0) on; texts are numbers in the table of shared strings."""

    row: int
    column: int
    cells: tuple[Cells, ...]
    strings: tuple[Sequence[int], ...]
    shift: int

    @property
    def rows(self) -> range:
        """The rows of the sheet that it fills."""
        return range(self.row, self.row + self.cells[0].values.len())

    @property
    def columns(self) -> range:
        """The columns of the sheet that it fills."""
        return range(self.column, self.column + len(self.cells))

    def xml(self) -> Iterator[str]:
        """The cells of each row: one pattern for all rows, with slots for what differs."""
        columns = zip(self.columns, self.cells, self.strings, strict=True)
        slotted = [self._slotted(entry, xl_col_to_name(column), strings) for column, entry, strings in columns]
        pattern = "".join(text for text, _ in slotted)
        filling = zip(*(values for _, slots in slotted for values in slots), strict=True)
        return map(mod, self._numbered(repeat(pattern)), filling)

    def _slotted(self, cells: Cells, letter: str, strings: Sequence[int]) -> tuple[str, list[Iterable[object]]]:
        """A cell's text for every row, with `%s` for what differs from row to row, and that for every slot."""
        style, styles = _style_slot(cells.formats)
        start = f'<c r="{letter}{MARK}"{style}'
        if not cells.formulas:
            kind = ' t="s"' if strings else ""
            return f"{start}{kind}><v>%s</v></c>", [*styles, strings or map("{:.16G}".format, cells.values)]
        formula, formulas = self._formula_slot(cells.formulas)
        if cells.values.dtype != pl.String:
            return f"{start}><f>{formula}</f><v>%s</v></c>", [*styles, *formulas, cells.values]
        kinds, values = map(_kind, cells.values), map(_escaped, cells.values)
        return f"{start}%s><f>{formula}</f><v>%s</v></c>", [*styles, kinds, *formulas, values]

    def _formula_slot(self, formulas: str | Sequence[str]) -> tuple[str, list[Iterable[object]]]:
        if isinstance(formulas, str):
            return _escaped(formulas[1:]).replace("%", "%%"), []
        return "%s", [self._numbered(_escaped(formula[1:]) for formula in formulas)]

    def _numbered(self, texts: Iterable[str]) -> Iterator[str]:
        """The texts with the numbers of the rows, one after the other."""
        for number, text in enumerate(texts, start=self.row + 1):
            yield text.replace(MARK, str(number)).replace(EXTENDED_MARK, str(number + self.shift))


class PlainWorksheet(Worksheet):
    """Writes formulas that start with `=` and call no other functions than EXCEL_FUNCTIONS."""

    def __init__(self) -> None:
        super().__init__()
        self._blocks: dict[int, _Block] = {}

    def write_columns(self, row: int, column: int, columns: Iterable[Cells], shift: int = 0) -> None:
        """Writes columns of equal length side by side into rows in which nothing else stands.

        EXTENDED_MARK in a formula stands for the row's number plus `shift`.
        """
        cells = tuple(columns)
        for formula in dict.fromkeys(formula for entry in cells for formula in entry.each_formula()):
            refuse_other_functions(formula)
        block = _Block(row, column, cells, tuple(map(self._strings, cells)), shift)
        if block.rows:
            self._claim(block)
            self._blocks[row] = block

    def _claim(self, block: _Block) -> None:
        taken = any(block.row < other.rows.stop and other.row < block.rows.stop for other in self._blocks.values())
        ends = ((block.row, block.column), (block.rows[-1], block.columns[-1]))
        if taken or any(self._check_dimensions(row, column) for row, column in ends):
            raise LayoutError(f"sheet {self.name!r}: rows {block.row + 1} to {block.rows.stop} are taken or too far")

    def _strings(self, cells: Cells) -> Sequence[int]:
        if cells.formulas or cells.values.dtype != pl.String:
            return ()
        number_of: Callable[[str], int] = self.str_table._get_shared_string_index  # type: ignore[attr-defined]
        return list(map(number_of, cells.values))

    def _write_formula(
        self, row: int, col: int, formula: str, cell_format: Format | None = None, value: float | str = 0
    ) -> Literal[0, -1, -2]:
        refuse_other_functions(formula)
        if self._check_dimensions(row, col):
            return -1
        self.table[row][col] = CellFormulaTuple(formula[1:], cell_format, value)
        return 0

    def add_link(self, row: int, column: int, location: str, tip: str) -> None:
        """Makes a link of a cell that keeps its value and format; a sheet takes only so many, those beyond are left."""
        if self.hlink_count < MOST_LINKS:
            self.hlink_count += 1
            link = Url(f"internal:{location}")
            link.tip = tip
            self.hyperlinks[row][column] = link

    def add_long_table(self, row: int, column: int, last_row: int, last_column: int, options: dict[str, Any]) -> None:
        """Marks up a table as `add_table` does, but without remembering each of its cells."""
        self.add_table(row, column, row + 1, last_column, options)
        area = xl_range(row, column, last_row, last_column)
        self.tables[-1] |= {key: area for key in ("range", "a_range", "autofilter") if key in self.tables[-1]}

    def _get_range_data(self, row_start: int, col_start: int, row_end: int, col_end: int) -> list[Any]:
        """What charts remember; stock looks for it among the cells."""
        data: list[Any] = []
        for row in range(row_start, row_end + 1):
            block = next((block for block in self._blocks.values() if row in block.rows), None)
            if block is None:
                data += super()._get_range_data(row, col_start, row, col_end)  # type: ignore[no-untyped-call]
            else:
                shown = dict(zip(block.columns, block.cells, strict=True))
                cells = map(shown.get, range(col_start, col_end + 1))
                data += [entry.in_chart(row - block.row) if entry else None for entry in cells]
        return data

    def _calculate_spans(self) -> None:
        super()._calculate_spans()
        for block in self._blocks.values():
            for number in range(block.row // ROWS_OF_A_SPAN, block.rows[-1] // ROWS_OF_A_SPAN + 1):
                ends = [block.columns.start + 1, block.columns.stop]
                ends += map(int, self.row_spans[number].split(":")) if number in self.row_spans else ()
                self.row_spans[number] = f"{min(ends)}:{max(ends)}"

    def _write_rows(self) -> None:
        self._calculate_spans()
        row: int = self.dim_rowmin  # type: ignore[assignment]
        while row <= self.dim_rowmax:  # type: ignore[operator]
            block = self._blocks.get(row)
            if block is None:
                self._write_loose(row)
            else:
                self._write_block(block)
            row = row + 1 if block is None else block.rows.stop

    def _write_loose(self, row: int) -> None:
        cells, info, span = self.table.get(row), self.row_info.get(row), self._span(row)
        if cells:
            self._write_row(row, span, info)
            for column in sorted(cells):
                self._write_cell(row, column, cells[column])
            self._xml_end_tag("row")
        elif info:
            self._write_empty_row(row, span, info)

    def _write_block(self, block: _Block) -> None:
        if any(row in block.rows for row in self.table):
            raise LayoutError(f"sheet {self.name!r}: other cells in rows {block.row + 1} to {block.rows.stop}")
        write: Callable[[str], object] = self.fh.write  # type: ignore[attr-defined]
        for row, cells in zip(block.rows, block.xml(), strict=True):
            self._write_row(row, self._span(row), self.row_info.get(row))
            write(f"{cells}</row>")

    def _span(self, row: int) -> str | None:
        return self.row_spans.get(row // ROWS_OF_A_SPAN)


def refuse_other_functions(formula: str) -> None:
    """Raises LayoutError for what stock would write in another way: newer functions, arrays, what is no formula."""
    known = _calls_only_ours(formula) or _calls_only_ours(_QUOTED.sub("", formula))
    if not known or not formula.startswith("="):
        raise LayoutError(f"{formula!r} is no formula, or calls a function other than {', '.join(EXCEL_FUNCTIONS)}")


def _calls_only_ours(formula: str) -> bool:
    return EXCEL_FUNCTIONS.keys() >= set(_CALLED.findall(formula))


def _style_slot(formats: Formats) -> tuple[str, list[Iterable[object]]]:
    if isinstance(formats, Format):
        return _style(formats), []
    _style(formats[0])
    return "%s", [map(_style, formats)]


def _style(entry: Format) -> str:
    """The format's number, which stock XlsxWriter gives it when it is first written."""
    index: int = entry._get_xf_index()  # type: ignore[no-untyped-call]
    return f' s="{index}"'


def _kind(text: str) -> str:
    """The type of a formula's text, as stock gives it."""
    if not text:
        return ""
    return ' t="e"' if text in ERRORS else ' t="str"'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
