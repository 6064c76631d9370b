"""Canvas: writes one sheet with XlsxWriter: its title, its tables with values or live formulas, its page set-up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, cast

import polars as pl
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name

from riskshare.figures.names import CHECKS, DECISIONS, FUNDS, PARTNERS
from riskshare.formula.language import Column, Given, Step, Table
from riskshare.formula.to_excel import ToExcel, is_reference
from riskshare.formula.units import TEXT, Unit
from riskshare.outputs.workbook.fast_worksheet import Cells, Formats, PlainWorksheet
from riskshare.outputs.workbook.layout import (
    ACROSS_HEADINGS,
    CLAUSE_COLUMN,
    EXTENDED_MARK,
    FIRST_POOL_COLUMN,
    MARK,
    TOTAL_COLUMN,
    Block,
    Layout,
    Links,
    PlacedTable,
    adds_up,
    totalled,
)
from riskshare.outputs.workbook.links import Link, links_of_figures, links_to_terms, only_fetches
from riskshare.outputs.workbook.styles import Look, Styles
from riskshare.outputs.workbook.validations import validations

WIDEST, WIDEST_KEY = 46, 58
WIDEST_PAGE = 340
TITLE_HEIGHT = 28
LINE_HEIGHT = 15.5


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, its title, what it is for, its tables, and what is painted beside them."""

    name: str
    title: str
    purpose: str
    blocks: tuple[Block, ...] = ()
    extras: tuple[Callable[[Canvas], None], ...] = ()
    top: int = 4
    widths: dict[int, float] = field(default_factory=dict)
    freeze: bool = False
    tab: str = ""


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

    def _placements(self) -> list[PlacedTable]:
        return [self.layout.placement(block.table.name) for block in self.sheet.blocks]

    def text(self, row: int, column: int, text: str, style: Format | None = None) -> None:
        """Writes text as text, whatever it starts with."""
        self.worksheet._write_string(row, column, text, style or self.styles.plain())

    def wrapped(self, row: int, column: int, text: str, width: float) -> None:
        """Writes running text in a row that is high enough for it."""
        self.text(row, column, text, self.styles.wrapped())
        self.worksheet.set_row(row, _lines_needed(text, width * 1.1) * LINE_HEIGHT)

    def blank_where_zero(self, placed: PlacedTable, column: int) -> None:
        """Shows nothing in the rows of a table whose figure in a column is zero, such as unused rows of a list."""
        first, last, letters = placed.top + 1, placed.top + placed.count, xl_col_to_name(column)
        rule = {"type": "formula", "criteria": f"=${letters}{first + 1}=0", "format": self.styles.unused()}
        self.worksheet.conditional_format(first, 0, last, len(placed.table.columns) - 1, rule)

    def _paint_block(self, placed: PlacedTable) -> None:
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

    def _paint_down(self, placed: PlacedTable) -> None:
        table, words = placed.table, headings(placed.table)
        for number, column in enumerate(table.columns):
            self.text(placed.top, number, words[number], self.styles.header(column.unit is not TEXT))
        cells = [self._cells(placed, column) for column in table.columns]
        self.worksheet.write_columns(placed.top + 1, 0, cells, self.layout.seen_from(table.name).shift)
        for number, (column, entry) in enumerate(zip(table.columns, cells, strict=True)):
            self._fit(number, column, entry.values)
            if isinstance(column, Given) and column.editable:
                self._validate(placed, number, column, entry.values.to_list())
            if placed.block.links is Links.SOURCES and isinstance(column, Step) and column.unit is not TEXT:
                self._link_figures(placed, number, entry)
        if placed.block.links is Links.TERMS:
            self._link_clauses_above(placed)
        self._heading_tops[placed.top] = words
        if placed.block.totals:
            self._paint_total_row(placed)
        if placed.count:
            self._mark_up(placed)

    def _validate(self, placed: PlacedTable, number: int, column: Given, values: list[float | str]) -> None:
        """Says what may be typed into an input column, and refuses the rest."""
        for cells in validations(placed.table.name, column, values, self._codes(placed)):
            rows = (placed.top + 1 + cells.first, placed.top + 1 + cells.last)
            self.worksheet.data_validation(rows[0], number, rows[1], number, cells.options)

    def _codes(self, placed: PlacedTable) -> dict[str, str]:
        """By table the range of its codes, for those tables that the workbook shows."""
        seen = self.layout.seen_from(placed.table.name)
        return {name: f"={seen.keys(name)}" for name in (FUNDS, PARTNERS) if name in self.layout.placed}

    def _link_figures(self, placed: PlacedTable, number: int, cells: Cells) -> None:
        """Each figure of a column leads to where it is calculated."""
        shift, first = self.layout.seen_from(placed.table.name).shift, placed.first
        given = cells.each_formula()
        formulas = [
            formula.replace(MARK, str(row)).replace(EXTENDED_MARK, str(row + shift))
            for row, formula in zip(range(first, first + placed.count), cycle(given), strict=False)
        ]
        for row, link in enumerate(links_of_figures(formulas, placed.sheet), start=placed.top + 1):
            self._link(row, number, link)

    def _link(self, row: int, column: int, link: Link | None) -> None:
        if link is not None:
            self.worksheet.add_link(row, column, link.location, link.tip)

    def _link_clauses_above(self, placed: PlacedTable) -> None:
        """The clause of each step above its heading, leading to its terms."""
        links, row, lines = links_to_terms(placed.table, self.layout), placed.top - 1, 1
        for number, column in enumerate(placed.table.columns):
            if column.clause:
                link = links.get(column.name)
                self.text(row, number, column.clause, self.styles.link_over() if link else self.styles.over_figures())
                self._link(row, number, link)
                lines = max(lines, _lines_needed(column.clause, self._widths[number]))
        self.worksheet.set_row(row, lines * LINE_HEIGHT)

    def _paint_clause(self, row: int, number: int, clause: str, link: Link | None) -> None:
        self.text(row, number, clause, self.styles.small_link() if link else self.styles.small())
        self._link(row, number, link)

    def _mark_up(self, placed: PlacedTable) -> None:
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

    def _cells(self, placed: PlacedTable, column: Column) -> Cells:
        values = self._values(placed, column)
        if isinstance(column, Given):
            return Cells(values, self._formats(placed, column))
        formulas = ToExcel(self.layout.seen_from(placed.table.name)).step(column)
        return Cells(values, self._formats_of(placed, column, formulas), formulas)

    def _formats_of(self, placed: PlacedTable, column: Step, formulas: str | Sequence[str]) -> Formats:
        """The format of a step's cells: one for all, or one for each where some only fetch a figure."""
        if isinstance(formulas, str) or not placed.count:
            return self._format(placed, column, self._look(placed, column), column.unit)
        looks = [Look.LINK if only_fetches(formula) else Look.CALCULATION for formula in formulas]
        return [self._format(placed, column, look, column.unit) for look in looks]

    def _values(self, placed: PlacedTable, column: Column) -> pl.Series:
        series = self.frames[placed.table.name].get_column(column.name)
        if column.unit.decimals is None:
            return series
        rounded = isinstance(column, Step)
        return (series.cast(pl.Decimal(38, column.unit.decimals)) if rounded else series).cast(pl.Float64)

    def _formats(self, placed: PlacedTable, column: Given) -> Formats:
        look = self._look(placed, column)
        if column.units:
            by_unit = {unit: self._format(placed, column, look, unit) for unit in dict.fromkeys(column.units)}
            return [by_unit[unit] for unit in column.units]
        return self._format(placed, column, look, column.unit)

    def _format(self, placed: PlacedTable, column: Column, look: Look, unit: Unit) -> Format:
        if placed.table.name == CHECKS and column.name == "holds":
            return self.styles.holds()
        return self.styles.cell(look, unit, placed.block.pence)

    def _look(self, placed: PlacedTable, column: Column) -> Look:
        if isinstance(column, Given):
            if not column.editable:
                return Look.NAME
            return Look.DECISION if placed.table.name == DECISIONS else Look.INPUT
        return Look.LINK if is_reference(column.expr) else Look.CALCULATION

    def _paint_total_row(self, placed: PlacedTable) -> None:
        row = placed.top + 1 + placed.count
        adding = {column.name for column in totalled(placed.table)}
        for number, column in enumerate(placed.table.columns):
            if column.name in adding:
                self._paint_total(placed, column, row, number)
            else:
                self.text(row, number, "Total" if number == 0 else "", self.styles.cell(Look.TOTAL, TEXT))

    def _paint_total(self, placed: PlacedTable, column: Column, row: int, number: int) -> None:
        formula, value = self._sum(placed, column)
        style = self.styles.cell(Look.TOTAL, column.unit, placed.block.pence)
        self.worksheet._write_formula(row, number, formula, style, value)
        if placed.block.links is Links.SOURCES:
            self._link(row, number, *links_of_figures((formula,), placed.sheet))

    def _sum(self, placed: PlacedTable, column: Column) -> tuple[str, float]:
        seen = self.layout.seen_from(placed.table.name)
        formula = f"=ROUND(SUM({seen.values(placed.table.name, column.name, True)}),{column.unit.decimals})"
        return formula, float(self.frames[placed.table.name].get_column(column.name).sum() or 0)

    def _paint_across(self, placed: PlacedTable) -> None:
        keys = self.frames[placed.table.name].get_column(placed.table.key).to_list()
        for number, word in enumerate((*ACROSS_HEADINGS, *keys)):
            self.text(placed.top, number, word, self.styles.header(number >= TOTAL_COLUMN))
        self.worksheet.set_row(placed.top, 2 * LINE_HEIGHT)
        row, links = placed.top, links_to_terms(placed.table, self.layout)
        for section in placed.table.sections:
            row += 1
            self._paint_section(row, section.title, section.clause, section.note, len(keys))
            for column in section.columns:
                row += 1
                self._paint_figure(placed, column, row)
                self._paint_clause(row, CLAUSE_COLUMN, column.clause, links.get(column.name))
        self._fit_across(placed, keys)

    def _fit_across(self, placed: PlacedTable, keys: Sequence[str]) -> None:
        clauses = max(len(column.clause) for column in placed.table.columns)
        self._widths |= {0: 52, 1: 9, CLAUSE_COLUMN: min(max(clauses + 1, 16), 40), 3: 30, TOTAL_COLUMN: 16}
        self._widths |= {FIRST_POOL_COLUMN + number: _pool_width(key) for number, key in enumerate(keys)}

    def _paint_section(self, row: int, title: str, clause: str, note: str, pools: int) -> None:
        for number in range(FIRST_POOL_COLUMN + pools):
            self.text(row, number, {0: title, 2: clause, 3: note}.get(number, ""), self.styles.section())

    def _paint_figure(self, placed: PlacedTable, column: Column, row: int) -> None:
        unit = column.unit
        for number, word in {0: column.label, 1: unit.symbol, 3: column.name}.items():
            self.text(row, number, word, self.styles.plain() if number == 0 else self.styles.small())
        values = self._values(placed, column)
        if unit is TEXT:
            self._fit_names(row, values.to_list(), self.frames[placed.table.name][placed.table.key].to_list())
        if isinstance(column, Given):
            for number, name in enumerate(values, start=FIRST_POOL_COLUMN):
                self.text(row, number, str(name), self.styles.over_figures())
            return
        look = self._look(placed, column)
        style = self.styles.over_figures() if unit is TEXT else self.styles.cell(look, unit, placed.block.pence)
        for number, (formula, value) in enumerate(zip(self._across(placed, column), values, strict=True)):
            self.worksheet._write_formula(row, FIRST_POOL_COLUMN + number, formula, style, value)
        if placed.block.totals and adds_up(column):
            self._paint_across_total(placed, column, row)

    def _fit_names(self, row: int, names: Sequence[str], keys: Sequence[str]) -> None:
        """A row that is high enough for the names in it."""
        lines = (_lines_needed(name, _pool_width(key)) for name, key in zip(names, keys, strict=True))
        self.worksheet.set_row(row, max(lines, default=1) * LINE_HEIGHT)

    def _across(self, placed: PlacedTable, step: Step) -> Iterator[str]:
        seen = self.layout.seen_from(placed.table.name)
        lowered = ToExcel(seen).step(step)
        formulas = lowered if isinstance(lowered, tuple) else (lowered,) * placed.count
        for number, formula in enumerate(formulas):
            letters, row = xl_col_to_name(FIRST_POOL_COLUMN + number), str(seen.extended_first + number)
            yield formula.replace(MARK, letters).replace(EXTENDED_MARK, row)

    def _paint_across_total(self, placed: PlacedTable, column: Column, row: int) -> None:
        formula, value = self._sum(placed, column)
        self.worksheet._write_formula(
            row, TOTAL_COLUMN, formula, self.styles.cell(Look.CALCULATION, column.unit, placed.block.pence), value
        )

    def _fit(self, number: int, column: Column, values: pl.Series) -> None:
        words = max((len(word) for word in heading(column).split()), default=0)
        width = min(max(_longest(values) + 2, words + 3, 12), WIDEST if number else WIDEST_KEY)
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
        self._fit_to_pages(widths)
        self.worksheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        self.worksheet.set_footer("&L&A&RPage &P of &N")
        if self.sheet.tab:
            self.worksheet.set_tab_color(self.sheet.tab)
        if self.sheet.freeze and self.sheet.blocks:
            self._freeze(self._placements()[0])

    def _fit_to_pages(self, widths: Mapping[int, float]) -> None:
        """One page wide; two or more where the print would be too small to read, then with the first column on each."""
        last = cast(int | None, self.worksheet.dim_colmax) or 0
        across = -(-sum(width for number, width in widths.items() if number <= last) // WIDEST_PAGE) or 1
        self.worksheet.fit_to_pages(int(across), 0)
        if across > 1:
            self.worksheet.repeat_columns("A:A")

    def _freeze(self, first: PlacedTable) -> None:
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


def _pool_width(key: str) -> float:
    """Wide enough for a pool's code above its figures, up to a limit."""
    return min(max(18.0, 1.2 * len(key) + 2), 36.0)


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
