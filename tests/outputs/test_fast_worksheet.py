"""PlainWorksheet writes the same bytes as stock XlsxWriter, and refuses what it would write otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook
from xlsxwriter.chart_column import ChartColumn
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from riskshare.formula.to_excel import EXCEL_FUNCTIONS
from riskshare.outputs.workbook.fast_worksheet import Cells, PlainWorksheet
from riskshare.outputs.workbook.layout import EXTENDED_MARK, MARK
from riskshare.outputs.write import OPTIONS
from riskshare.problems.errors import LayoutError

TEXTS = [
    "plain",
    "<b> & 'it' \"is\"",
    " blanks around ",
    "=1+1",
    "two\nlines",
    "_x0041_",
    "\x01",
    "£ é 语",
    "",
    "plain",
]
NUMBERS = [0.0, -0.0, 0.01, -1234567.89, 999999999999.99, 1e15, 1e16, 1e-7, 1 / 3, 9877.44]
RESULTS = ["£ é", "<&>", "", "#N/A", "#DIV/0!", " x ", '"', "7", "TRUE", "last"]
COUNT = len(TEXTS)
SHIFT = -3

Painter = Callable[[Workbook, Any], None]


def parts(paint: Painter, sheet_class: type[Worksheet]) -> dict[str, bytes]:
    """The parts of a workbook of two sheets, the first of which is painted."""
    file = BytesIO()
    with Workbook(file, OPTIONS) as workbook:
        workbook.set_properties({"created": datetime(2021, 3, 15)})
        sheet = workbook.add_worksheet("Painted", sheet_class)
        workbook.add_worksheet("It's").write_number(0, 0, 1)
        paint(workbook, sheet)
    with ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def assert_same(paint: Painter) -> str:
    """Both worksheets give the same parts; the XML of the painted sheet."""
    stock, plain = parts(paint, Worksheet), parts(paint, PlainWorksheet)
    assert list(plain) == list(stock)
    assert [name for name in stock if plain[name] != stock[name]] == []
    return stock["xl/worksheets/sheet1.xml"].decode()


def write(sheet: Worksheet, row: int, column: int, columns: Sequence[Cells]) -> None:
    """Writes columns in bulk, or cell by cell as stock XlsxWriter has it."""
    if isinstance(sheet, PlainWorksheet):
        sheet.write_columns(row, column, columns, SHIFT)
        return
    for number, cells in enumerate(columns, start=column):
        _write_cells(sheet, row, number, cells)


def _write_cells(sheet: Worksheet, first: int, column: int, cells: Cells) -> None:
    formats = [cells.formats] * COUNT if isinstance(cells.formats, Format) else cells.formats
    formulas = [cells.formulas] * COUNT if isinstance(cells.formulas, str) else cells.formulas
    for number, value in enumerate(cells.values):
        row, style = first + number, formats[number]
        if formulas:
            formula = formulas[number].replace(MARK, str(row + 1)).replace(EXTENDED_MARK, str(row + 1 + SHIFT))
            sheet.write_formula(row, column, formula, style, value)
        elif isinstance(value, str):
            sheet.write_string(row, column, value, style)
        else:
            sheet.write_number(row, column, value, style)


def mark_up(sheet: Worksheet, area: tuple[int, int, int, int], options: dict[str, Any]) -> None:
    """Marks up a table."""
    if isinstance(sheet, PlainWorksheet):
        sheet.add_long_table(*area, options)
    else:
        sheet.add_table(*area, options)


def every_kind(workbook: Workbook) -> list[Cells]:
    """A column of every kind of cell."""
    bold, money = workbook.add_format({"bold": True}), workbook.add_format({"num_format": "#,##0.00"})
    mixed = [money if number % 3 else bold for number in range(COUNT)]
    texts, numbers, results = pl.Series(TEXTS), pl.Series(NUMBERS), pl.Series(RESULTS)
    each_own = [f'=IF(A{MARK}>{number},SUM(B{MARK}:C{MARK}),"<&>")' for number in range(COUNT)]
    return [
        Cells(texts, bold),
        Cells(numbers, money),
        Cells(numbers, mixed),
        Cells(numbers, money, f"=ROUND(B{MARK}*C$3/'It''s'!$A$1,2)-ROUND(MIN(B{MARK},C{MARK}),2)"),
        Cells(results, mixed, f'=IF(B{MARK}<>0,"<&> ""x""",INDEX(A$6:A$15,MATCH(A{MARK},A$6:A$15,0)))'),
        Cells(numbers, bold, f"='It''s'!B{EXTENDED_MARK}+B{MARK}*100%"),
        Cells(numbers, money, each_own),
        Cells(texts, mixed),
    ]


def test_every_kind_of_cell_is_written_as_stock_writes_it() -> None:
    def paint(workbook: Workbook, sheet: Worksheet) -> None:
        write(sheet, 5, 0, every_kind(workbook))

    xml = assert_same(paint)
    assert xml.count("<f>") == 4 * COUNT
    assert xml.count('t="s"') == 2 * COUNT
    assert 'spans="1:8"' in xml
    assert "\x00" not in xml


def test_blocks_stand_among_other_cells_tables_rows_and_charts() -> None:
    def paint(workbook: Workbook, sheet: Worksheet) -> None:
        bold = workbook.add_format({"bold": True})
        sheet.write_string(0, 20, "far to the right", bold)
        sheet.set_row(2, 40)
        write(sheet, 4, 1, every_kind(workbook))
        write(sheet, 40, 0, every_kind(workbook)[:2])
        for top, columns, autofilter in ((3, 8, True), (39, 2, False)):
            headings = [{"header": f"Heading & {number}"} for number in range(columns)]
            area = (top, int(autofilter), top + COUNT, int(autofilter) + columns - 1)
            mark_up(sheet, area, {"name": f"T_{top}", "columns": headings, "autofilter": autofilter})
        sheet.write_formula(60, 1, "=SUM(B5:B14)", bold, 12.5)
        sheet.set_row(6, 33, bold)
        sheet.freeze_panes(4, 1)
        sheet.insert_chart(70, 0, _chart(workbook))

    xml = assert_same(paint)
    assert 'spans="2:21"' in xml
    assert 'ht="33"' in xml


def _chart(workbook: Workbook) -> ChartColumn:
    """A chart over columns of a block, one that reaches out of it, a row of it, and cells that do not exist."""
    chart = workbook.add_chart({"type": "column"})
    assert isinstance(chart, ChartColumn)
    for area in ([4, 2, 13, 2], [4, 4, 16, 4], [3, 1, 13, 1], [5, 0, 5, 9], [80, 0, 85, 0]):
        chart.add_series({"values": ["Painted", *area], "categories": ["Painted", 4, 1, 13, 1], "name": "x"})
    return chart


numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**14), 10**14).map(lambda n: n / 100)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(numbers, texts), min_size=COUNT, max_size=COUNT))
def test_any_number_and_any_text_is_written_as_stock_writes_it(rows: list[tuple[float, str]]) -> None:
    figures = pl.Series([number for number, _ in rows], dtype=pl.Float64)
    words = pl.Series([text for _, text in rows], dtype=pl.String)

    def paint(workbook: Workbook, sheet: Worksheet) -> None:
        style = workbook.add_format({"italic": True})
        formulas = (Cells(figures, style, f"=A{MARK}"), Cells(words, style, f"=B{MARK}"))
        write(sheet, 0, 0, [Cells(figures, style), Cells(words, style), *formulas])

    assert_same(paint)


@pytest.mark.parametrize(
    "formula",
    [
        "=XLOOKUP(A1,B1:B9,C1:C9)",
        "=IFERROR(A1,0)",
        "=SUM(_xlfn.STDEV.S(A1:A9))",
        "=IF(A1>0,LET(x,1,x),0)",
        "{=SUM(A1:A9*B1:B9)}",
        "A1+1",
        "",
    ],
)
def test_what_stock_would_write_in_another_way_is_refused(formula: str) -> None:
    def in_column(workbook: Workbook, sheet: PlainWorksheet) -> None:
        cells = Cells(pl.Series([1.0, 2.0]), workbook.add_format(), ["=SUM(A1)", formula])
        sheet.write_columns(0, 0, [cells])

    def in_cell(_: Workbook, sheet: PlainWorksheet) -> None:
        sheet._write_formula(0, 0, formula)

    for paint in (in_column, in_cell):
        with pytest.raises(LayoutError, match="is no formula, or calls a function other than"):
            parts(paint, PlainWorksheet)


def test_what_only_looks_like_a_function_is_no_function() -> None:
    formula = "=SUMIFS('Lookup (LET(x))'!A1:A9,A1:A9,\"XLOOKUP(A1)\")*(1+2)"

    def paint(_: Workbook, sheet: Worksheet) -> None:
        sheet.write_formula(0, 0, formula, None, 3)

    assert "XLOOKUP(A1)" in parts(paint, PlainWorksheet)["xl/worksheets/sheet1.xml"].decode()


def test_stock_writes_the_functions_we_call_as_they_are() -> None:
    def paint(_: Workbook, sheet: Worksheet) -> None:
        for row, name in enumerate(EXCEL_FUNCTIONS):
            sheet.write_formula(row, 0, f"={name}(A1:A9,1)", None, 1)

    assert_same(paint)


@pytest.mark.parametrize("row", [3, 5 + COUNT - 1])
def test_columns_in_rows_that_are_taken_are_refused(row: int) -> None:
    def blocks(workbook: Workbook, sheet: PlainWorksheet) -> None:
        sheet.write_columns(5, 0, every_kind(workbook))
        sheet.write_columns(row, 20, every_kind(workbook))

    def cell(workbook: Workbook, sheet: PlainWorksheet) -> None:
        sheet.write_columns(row, 0, every_kind(workbook))
        sheet.write_string(row + 1, 20, "beside it")

    def too_far(workbook: Workbook, sheet: PlainWorksheet) -> None:
        sheet.write_columns(1_048_570 + row, 0, every_kind(workbook))

    for paint in (blocks, cell, too_far):
        with pytest.raises(LayoutError, match="sheet 'Painted'"):
            parts(paint, PlainWorksheet)


def test_an_empty_table_writes_nothing() -> None:
    def paint(workbook: Workbook, sheet: Worksheet) -> None:
        sheet.write_string(0, 0, "heading")
        style = workbook.add_format()
        write(sheet, 1, 0, [Cells(pl.Series([], dtype=pl.Float64), style, f"=A{MARK}")])
        write(sheet, 1, 0, [Cells(pl.Series([], dtype=pl.String), style)])

    assert_same(paint)
