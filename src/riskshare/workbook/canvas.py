"""Canvas: writes one sheet with XlsxWriter: its title, its tables with values or live formulas, its page set-up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name

from riskshare.formula.language import Column, Given, Step, Table
from riskshare.formula.to_excel import ToExcel, is_reference
from riskshare.formula.units import TEXT, Unit
from riskshare.workbook.layout import (
    ACROSS_HEADINGS,
    EXTENDED_MARK,
    FIRST_POOL_COLUMN,
    MARK,
    TOTAL_COLUMN,
    Layout,
    Placed,
    totalled,
)
from riskshare.workbook.plain import Cells, PlainWorksheet
from riskshare.workbook.sheet import Sheet
from riskshare.workbook.styles import Look, Styles

WIDEST = 46
TITLE_HEIGHT = 28
LINE_HEIGHT = 15.5


class Canvas:
    """One sheet while it is written."""

    def __init__(
        self, workbook: Workbook, sheet: Sheet, layout: Layout, frames: Mapping[str, pl.DataFrame], styles: Styles
    ) -> None:
        """Adds the sheet to the workbook."""
        self.workbook, self.sheet, self.layout, self.frames, self.styles = workbook, sheet, layout, frames, styles
        self.worksheet: PlainWorksheet = workbook.add_worksheet(sheet.name, PlainWorksheet)  # type: ignore[assignment]
        self._widths: dict[int, float] = {}
        self._heading_tops: dict[int, list[str]] = {}

    def paint(self) -> None:
        """Writes everything on the sheet."""
        self.worksheet.hide_gridlines(2)
        self.worksheet.set_row(0, TITLE_HEIGHT)
        self.text(0, 0, self.sheet.title, self.styles.title())
        self.text(1, 0, self.sheet.purpose, self.styles.purpose())
        if self.sheet.name not in ("Contents", "Cover"):
            self.worksheet.write_url(2, 0, "internal:'Contents'!A1", self.styles.link(), "Back to contents")
        for placed in self._placements():
            self._paint_block(placed)
        for extra in self.sheet.extras:
            extra(self)
        self._set_up_page()

    def _placements(self) -> list[Placed]:
        return [self.layout.placement(block.table.name) for block in self.sheet.blocks]

    def text(self, row: int, column: int, text: str, style: Format | None = None) -> None:
        """Writes text as text, whatever it starts with."""
        self.worksheet._write_string(row, column, text, style or self.styles.plain())

    def wrapped(self, row: int, column: int, text: str, width: float) -> None:
        """Writes running text in a row that is high enough for it."""
        self.text(row, column, text, self.styles.wrapped())
        self.worksheet.set_row(row, _lines_needed(text, width * 1.1) * LINE_HEIGHT)

    def _paint_block(self, placed: Placed) -> None:
        above = placed.top
        if placed.block.note:
            above -= 1
            self.text(above, 0, placed.block.note, self.styles.note())
        if placed.block.caption:
            self.text(above - 1, 0, placed.block.caption, self.styles.caption())
        if placed.block.across:
            self._paint_across(placed)
        else:
            self._paint_down(placed)

    def _paint_down(self, placed: Placed) -> None:
        table, words = placed.table, headings(placed.table)
        for number, column in enumerate(table.columns):
            self.text(placed.top, number, words[number], self.styles.header(column.unit is not TEXT))
        cells = [self._cells(placed, column) for column in table.columns]
        self.worksheet.write_columns(placed.top + 1, 0, cells, self.layout.seen_from(table.name).shift)
        for number, (column, entry) in enumerate(zip(table.columns, cells, strict=True)):
            self._fit(number, column, entry.values)
        self._heading_tops[placed.top] = words
        if placed.block.totals:
            self._paint_total_row(placed)
        if placed.count:
            self._mark_up(placed)

    def _mark_up(self, placed: Placed) -> None:
        columns = [
            {"header": words, "header_format": self.styles.header(column.unit is not TEXT)}
            for column, words in zip(placed.table.columns, headings(placed.table), strict=True)
        ]
        last = (placed.top + placed.count, len(columns) - 1)
        name = "".join(word.capitalize() for word in placed.table.name.replace("-", " ").replace("_", " ").split())
        options = {
            "name": f"T_{name}",
            "columns": columns,
            "style": "Table Style Light 1",
            "autofilter": placed.count > 15,
            "banded_rows": False,
        }
        self.worksheet.add_long_table(placed.top, 0, *last, options)

    def _cells(self, placed: Placed, column: Column) -> Cells:
        values, formats = self._values(placed, column), self._formats(placed, column)
        if isinstance(column, Given):
            return Cells(values, formats)
        return Cells(values, formats, ToExcel(self.layout.seen_from(placed.table.name)).step(column))

    def _values(self, placed: Placed, column: Column) -> pl.Series:
        series = self.frames[placed.table.name].get_column(column.name)
        if column.unit.decimals is None:
            return series
        rounded = isinstance(column, Step)
        return (series.cast(pl.Decimal(38, column.unit.decimals)) if rounded else series).cast(pl.Float64)

    def _formats(self, placed: Placed, column: Column) -> Format | Sequence[Format]:
        look = self._look(placed, column)
        if isinstance(column, Given) and column.units:
            by_unit = {unit: self._format(placed, column, look, unit) for unit in dict.fromkeys(column.units)}
            return [by_unit[unit] for unit in column.units]
        return self._format(placed, column, look, column.unit)

    def _format(self, placed: Placed, column: Column, look: Look, unit: Unit) -> Format:
        if placed.table.name == "checks" and column.name == "holds":
            return self.styles.holds()
        return self.styles.cell(look, unit, placed.block.pence)

    def _look(self, placed: Placed, column: Column) -> Look:
        if isinstance(column, Given):
            if not column.editable:
                return Look.NAME
            return Look.DECISION if placed.table.name == "decisions" else Look.INPUT
        return Look.LINK if is_reference(column.expr) else Look.CALCULATION

    def _paint_total_row(self, placed: Placed) -> None:
        row = placed.top + 1 + placed.count
        adding = {column.name for column in totalled(placed.table)}
        for number, column in enumerate(placed.table.columns):
            if column.name in adding:
                self._paint_total(placed, column, row, number)
            else:
                self.text(row, number, "Total" if number == 0 else "", self.styles.cell(Look.TOTAL, TEXT))

    def _paint_total(self, placed: Placed, column: Column, row: int, number: int) -> None:
        formula, value = self._sum(placed, column)
        style = self.styles.cell(Look.TOTAL, column.unit, placed.block.pence)
        self.worksheet._write_formula(row, number, formula, style, value)

    def _sum(self, placed: Placed, column: Column) -> tuple[str, float]:
        seen = self.layout.seen_from(placed.table.name)
        formula = f"=ROUND(SUM({seen.values(placed.table.name, column.name, True)}),{column.unit.decimals})"
        return formula, float(self.frames[placed.table.name].get_column(column.name).sum() or 0)

    def _paint_across(self, placed: Placed) -> None:
        keys = self.frames[placed.table.name].get_column(placed.table.key).to_list()
        for number, word in enumerate((*ACROSS_HEADINGS, *keys)):
            self.text(placed.top, number, word, self.styles.header(number >= TOTAL_COLUMN))
        self.worksheet.set_row(placed.top, 2 * LINE_HEIGHT)
        row = placed.top
        for section in placed.table.sections:
            row += 1
            self._paint_section(row, section.title, section.clause, section.note, len(keys))
            for column in section.columns:
                row += 1
                self._paint_figure(placed, column, row)
        self._widths |= {0: 48, 1: 9, 2: 24, 3: 26, TOTAL_COLUMN: 16} | {
            FIRST_POOL_COLUMN + n: 18 for n in range(len(keys))
        }

    def _paint_section(self, row: int, title: str, clause: str, note: str, pools: int) -> None:
        for number in range(FIRST_POOL_COLUMN + pools):
            self.text(row, number, {0: title, 2: clause, 3: note}.get(number, ""), self.styles.section())

    def _paint_figure(self, placed: Placed, column: Column, row: int) -> None:
        unit = column.unit
        for number, word in enumerate((column.label, unit.symbol, column.clause, column.name)):
            self.text(row, number, word, self.styles.plain() if number == 0 else self.styles.small())
        values = self._values(placed, column)
        style = self.styles.cell(self._look(placed, column), unit, placed.block.pence)
        if isinstance(column, Given):
            for number, value in enumerate(values):
                self.text(row, FIRST_POOL_COLUMN + number, str(value), self.styles.over_figures())
            return
        for number, (formula, value) in enumerate(zip(self._across(placed, column), values, strict=True)):
            self.worksheet._write_formula(row, FIRST_POOL_COLUMN + number, formula, style, value)
        if placed.block.totals and column in totalled(placed.table):
            self._paint_across_total(placed, column, row)

    def _across(self, placed: Placed, step: Step) -> Iterator[str]:
        seen = self.layout.seen_from(placed.table.name)
        lowered = ToExcel(seen).step(step)
        formulas = lowered if isinstance(lowered, tuple) else (lowered,) * placed.count
        for number, formula in enumerate(formulas):
            letters, row = xl_col_to_name(FIRST_POOL_COLUMN + number), str(seen.extended_first + number)
            yield formula.replace(MARK, letters).replace(EXTENDED_MARK, row)

    def _paint_across_total(self, placed: Placed, column: Column, row: int) -> None:
        formula, value = self._sum(placed, column)
        self.worksheet._write_formula(
            row, TOTAL_COLUMN, formula, self.styles.cell(Look.CALCULATION, column.unit, placed.block.pence), value
        )

    def _fit(self, number: int, column: Column, values: pl.Series) -> None:
        words = max((len(word) for word in heading(column).split()), default=0)
        width = min(max(_longest(values) + 2, words + 3, 12), WIDEST)
        self._widths[number] = max(self._widths.get(number, 0), width)

    def _set_up_page(self) -> None:
        widths = self._widths | self.sheet.widths
        for number, width in widths.items():
            self.worksheet.set_column(number, number, width)
        for row, words in self._heading_tops.items():
            lines = max(_lines_needed(word, widths[number]) for number, word in enumerate(words))
            self.worksheet.set_row(row, lines * LINE_HEIGHT)
        self.worksheet.set_landscape()
        self.worksheet.set_paper(9)
        self.worksheet.fit_to_pages(1, 0)
        self.worksheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        self.worksheet.set_footer("&L&A&RPage &P of &N")
        if self.sheet.tab:
            self.worksheet.set_tab_color(self.sheet.tab)
        if self.sheet.freeze and self.sheet.blocks:
            self._freeze(self._placements()[0])

    def _freeze(self, first: Placed) -> None:
        self.worksheet.freeze_panes(first.top + 1, FIRST_POOL_COLUMN if first.block.across else 1)
        self.worksheet.repeat_rows(first.top)


def heading(column: Column) -> str:
    """The column's heading with its unit."""
    symbol = "£" if column.unit.symbol == "£" else ""
    return f"{column.label} ({symbol})" if symbol and symbol not in column.label else column.label


def headings(table: Table) -> list[str]:
    """The headings of a table's columns, no two alike: those that would be name the rule or the step too."""
    sections = [section.title for section in table.sections for _ in section.columns]
    plain = [heading(column) for column in table.columns]
    of_rules = _told_apart(plain, sections)
    return _told_apart(of_rules, [column.name for column in table.columns])


def _told_apart(words: list[str], more: list[str]) -> list[str]:
    times = Counter(word.casefold() for word in words)
    return [
        f"{word}, {other}" if times[word.casefold()] > 1 and other else word
        for word, other in zip(words, more, strict=True)
    ]


def _lines_needed(text: str, width: float) -> int:
    """How many lines a bold heading takes in a column, words kept whole."""
    lines, used = 1, 0.0
    for word in text.split():
        length = len(word) * 1.05 + 1
        if used and used + length > width - 2:
            lines, used = lines + 1, 0.0
        used += length
    return lines


def _longest(values: pl.Series) -> int:
    """How many characters the longest value takes as it is shown."""
    if values.dtype == pl.String:
        return max(values.str.len_chars().unique(), default=0)
    ends: tuple[Any, ...] = (values.min(), values.max()) if values.len() else ()
    return max((len(f"{end:,.0f}") + 3 for end in ends), default=0)
