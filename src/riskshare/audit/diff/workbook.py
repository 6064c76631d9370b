"""Writes the bridge as a small workbook: a column per account, live totals, every change, and a waterfall chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import cast

from xlsxwriter import Workbook
from xlsxwriter.chart import Chart
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from riskshare.audit.diff.bridge import Bridge, ModelComparison
from riskshare.audit.diff.report import TITLES
from riskshare.files.writing import refuse_to_replace, whole
from riskshare.formula.display import in_sentence
from riskshare.formula.units import MONEY
from riskshare.outputs.workbook.styles import GREY, NAVY, WINE, Look, Styles
from riskshare.xlsx.maker import PREFIX, is_ours

OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
TOP = 4
CHARTS = 12
CHART_ROWS = 20
HEADINGS = ("Stage", "£", "From", "To", "Hidden, above", "Hidden, below", "Above zero", "Below zero")


def write_bridge(path: Path, comparison: ModelComparison) -> None:
    """Writes the workbook of a comparison. Raises OSError where the folder cannot be written to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    refuse_to_replace(path, is_ours, "workbook of riskshare")
    with whole(path) as beside, Workbook(str(beside), OPTIONS) as workbook:
        workbook.set_custom_property(f"{PREFIX}comparison", comparison.after, "text")
        pages = _Pages(workbook, Styles(workbook), comparison)
        placed = {measure: pages.matrix(measure, title) for measure, title in TITLES.items()}
        pages.waterfalls(placed)
        pages.changes()


@dataclass(frozen=True, slots=True)
class _Matrix:
    """Where the bridges of one measure stand: their sheet, the accounts in its columns, and the last row."""

    sheet: str
    bridges: tuple[Bridge, ...]
    last: int

    def cell(self, row: int, account: int) -> str:
        return f"'{self.sheet}'!{xl_rowcol_to_cell(row, 2 + account, row_abs=True, col_abs=True)}"


@dataclass(frozen=True, slots=True)
class _Pages:
    """The sheets of the workbook while they are written."""

    workbook: Workbook
    styles: Styles
    comparison: ModelComparison

    def matrix(self, measure: str, title: str) -> _Matrix:
        """Causes down, accounts across; the last row is the sum of those above it, checked against what B states."""
        bridges = tuple(bridge for bridge in self.comparison.bridges if bridge.measure == measure)
        name = "Settlement" if measure == "transfer" else "Gain or loss"
        sheet = self._sheet(name, f"Bridge: {title}", [20, 52, *(15 for _ in bridges)])
        heads = ("Cause", "What moved it", *(f"{bridge.account} (£)" for bridge in bridges))
        for column, head in enumerate(heads):
            sheet.write_string(TOP, column, head, self.styles.header(column > 1))
        rows = [("", self.comparison.before), *((c, label) for c, label, _ in bridges[0].movements)] if bridges else []
        for number, (cause, label) in enumerate(rows, start=TOP + 1):
            sheet.write_string(number, 0, cause, self.styles.plain())
            sheet.write_string(number, 1, label, self.styles.plain())
        last = TOP + len(rows) + 1
        sheet.write_string(last, 1, self.comparison.after, self.styles.cell(Look.TOTAL, MONEY))
        for number, bridge in enumerate(bridges):
            self._column(sheet, 2 + number, bridge, last)
        sheet.freeze_panes(TOP + 1, 2)
        return _Matrix(name, bridges, last)

    def _column(self, sheet: Worksheet, column: int, bridge: Bridge, last: int) -> None:
        amounts = (bridge.start, *(amount for *_, amount in bridge.movements))
        for number, amount in enumerate(amounts, start=TOP + 1):
            sheet.write_number(number, column, float(amount), self.styles.cell(Look.CALCULATION, MONEY, pence=True))
        letter = xl_col_to_name(column)
        total = f"=ROUND(SUM({letter}{TOP + 2}:{letter}{last}),2)"
        sheet.write_formula(last, column, total, self.styles.cell(Look.TOTAL, MONEY, pence=True), float(bridge.end))

    def waterfalls(self, placed: Mapping[str, _Matrix]) -> None:
        """A chart for each bridge that is told, the largest movement first, beside the figures it shows."""
        sheet = self._sheet("Waterfall", "How each settlement moved", [64, *(16 for _ in HEADINGS[1:])])
        row = TOP
        for bridge in sorted(self.comparison.told, key=lambda bridge: -bridge.size)[:CHARTS]:
            matrix = placed[bridge.measure]
            stages = self._stages(sheet, row, (matrix.bridges.index(bridge), bridge), matrix)
            self._chart(sheet, row, stages, bridge)
            row += stages + CHART_ROWS + 4
        if row == TOP:
            sheet.write_string(TOP, 0, "Nothing moved.", self.styles.plain())

    def _stages(self, sheet: Worksheet, top: int, of: tuple[int, Bridge], matrix: _Matrix) -> int:
        account, bridge = of
        sheet.write_string(top, 0, f"{bridge.account}: {TITLES[bridge.measure]}", self.styles.caption())
        for column, head in enumerate(HEADINGS):
            sheet.write_string(top + 1, column, head, self.styles.header(column > 0))
        shown = [number for number, (*_, amount) in enumerate(bridge.movements) if amount]
        labels = [self.comparison.before, *(bridge.movements[number][1] for number in shown), self.comparison.after]
        rows = [TOP + 1, *(TOP + 2 + number for number in shown), matrix.last]
        ends = _ends(bridge, shown)
        for number, (label, row, (start, end)) in enumerate(zip(labels, rows, ends, strict=True)):
            at = top + 2 + number
            sheet.write_string(at, 0, label, self.styles.plain())
            begins = "=0" if number in (0, len(rows) - 1) else f"=D{at}"
            formulas = _formulas(at + 1, matrix.cell(row, account), begins)
            for column, (formula, value) in enumerate(zip(formulas, _values(start, end), strict=True), start=1):
                style = self.styles.cell(Look.LINK if column == 1 else Look.CALCULATION, MONEY, pence=True)
                sheet.write_formula(at, column, formula, style, float(value))
        return len(rows)

    def _chart(self, sheet: Worksheet, top: int, stages: int, bridge: Bridge) -> None:
        chart = cast(Chart, self.workbook.add_chart({"type": "column", "subtype": "stacked"}))
        first, last = top + 2, top + 1 + stages
        for column, colour in ((4, None), (5, None), (6, NAVY), (7, WINE)):
            chart.add_series(
                {
                    "name": HEADINGS[column],
                    "categories": ["Waterfall", first, 0, last, 0],
                    "values": ["Waterfall", first, column, last, column],
                    "fill": {"color": colour} if colour else {"none": True},
                    "gap": 40,
                }
            )
        title = f"{bridge.account}: {TITLES[bridge.measure]}"
        chart.set_title({"name": title, "name_font": {"name": "Arial", "size": 12, "color": NAVY}})
        chart.set_legend({"none": True})
        chart.set_x_axis({"label_position": "low", "num_font": {"name": "Arial", "size": 9, "color": GREY}})
        chart.set_y_axis({"name": "£", "num_format": "#,##0;(#,##0);0", "major_gridlines": {"visible": True}})
        chart.set_size({"width": 1000, "height": 380})
        words = f"Waterfall from {in_sentence(bridge.start)} to {in_sentence(bridge.end)}"
        sheet.insert_chart(last + 2, 0, chart, {"description": f"{title}. {words}"})

    def changes(self) -> None:
        """Every change, one row each."""
        sheet = self._sheet("Changes", "What changed", [22, 70, 30, 30, 50])
        for column, head in enumerate(("Cause", "What", "From", "To", "Where")):
            sheet.write_string(TOP, column, head, self.styles.header())
        for row, change in enumerate(self.comparison.changes, start=TOP + 1):
            words = (change.cause.value, change.what, change.then or "(new)", change.now or "(gone)", change.place)
            for column, word in enumerate(words):
                sheet.write_string(row, column, word, self.styles.plain())
        sheet.freeze_panes(TOP + 1, 0)

    def _sheet(self, name: str, title: str, widths: Sequence[int]) -> Worksheet:
        sheet = self.workbook.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.write_string(0, 0, title, self.styles.title())
        sheet.write_string(1, 0, f"From {self.comparison.before} to {self.comparison.after}", self.styles.purpose())
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet


def _ends(bridge: Bridge, shown: Sequence[int]) -> list[tuple[Decimal, Decimal]]:
    """Where each bar begins and ends."""
    zero, at = Decimal(0), bridge.start
    ends = [(zero, at)]
    for number in shown:
        amount = bridge.movements[number][2]
        ends.append((at, at + amount))
        at += amount
    return [*ends, (zero, bridge.end)]


def _formulas(row: int, amount: str, start: str) -> tuple[str, ...]:
    """Amount, from, to, and the four series of a stacked column, for one row of a waterfall."""
    return (
        f"={amount}",
        start,
        f"=C{row}+B{row}",
        f"=MAX(MIN(C{row},D{row}),0)",
        f"=MIN(MAX(C{row},D{row}),0)",
        f"=MAX(C{row},D{row},0)-E{row}",
        f"=MIN(C{row},D{row},0)-F{row}",
    )


def _values(start: Decimal, end: Decimal) -> tuple[Decimal, ...]:
    zero = Decimal(0)
    above, below = max(min(start, end), zero), min(max(start, end), zero)
    return (end - start, start, end, above, below, max(start, end, zero) - above, min(start, end, zero) - below)
