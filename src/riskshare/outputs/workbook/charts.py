"""Charts: native, in a colour-blind-safe palette, titled with what they show, with units on the axes and alt text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from xlsxwriter.chart import Chart

from riskshare.outputs.workbook.canvas import Canvas
from riskshare.outputs.workbook.styles import FONT, GREY, NAVY, PALETTE, WINE

MILLIONS = '#,##0.0,,;(#,##0.0,,);"0"'
LABELS = '#,##0,;(#,##0,);""'
THOUSANDS = '#,##0,;(#,##0,);"0"'


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a chart stands and how large it is, in cells and pixels, and what a screen reader says of it."""

    row: int
    column: int
    width: int
    height: int
    description: str


@dataclass(frozen=True, slots=True)
class Axis:
    """The unit of the vertical axis and how its numbers are written."""

    unit: str
    numbers: str


def stacked_by_row(
    canvas: Canvas, table: str, rows: Sequence[int], columns: Sequence[str], title: str, frame: Frame
) -> None:
    """Stacked columns: a category for each figure (its heading), a series for each of the table's rows."""
    chart = _column_chart(canvas, "stacked")
    layout, sheet = canvas.layout, canvas.layout.placement(table).sheet
    top = canvas.layout.placement(table).top
    first, last = layout.line(table, columns[0]), layout.line(table, columns[-1])
    name = layout.line(table, canvas.layout.placement(table).table.columns[1].name)
    for number, row in enumerate(rows):
        line = top + 1 + row
        chart.add_series(
            {
                "name": [sheet, line, name],
                "categories": [sheet, top, first, top, last],
                "values": [sheet, line, first, line, last],
                "fill": {"color": PALETTE[number % len(PALETTE)]},
                "gap": 60,
            }
        )
    chart.set_legend({"position": "bottom", "font": {"name": FONT, "size": 9}})
    _finish(canvas, chart, title, Axis("£ million", MILLIONS), frame)


@dataclass(frozen=True, slots=True)
class Bars:
    """Which figures a column chart shows: a table's names, gains and losses in its first rows."""

    table: str
    label: str
    gain: str
    loss: str
    count: int


def bars(canvas: Canvas, shown: Bars, title: str, frame: Frame) -> None:
    """One column for each of the first rows of a table; losses in another colour and below the axis."""
    chart = _column_chart(canvas, "side by side")
    placed = canvas.layout.placement(shown.table)
    first, last = placed.top + 1, placed.top + shown.count
    names = canvas.layout.line(shown.table, shown.label)
    for column, colour in ((shown.gain, NAVY), (shown.loss, WINE)):
        values = canvas.layout.line(shown.table, column)
        chart.add_series(
            {
                "name": [placed.sheet, placed.top, values],
                "categories": [placed.sheet, first, names, last, names],
                "values": [placed.sheet, first, values, last, values],
                "fill": {"color": colour},
                "gap": 60,
                "overlap": 100,
                "data_labels": {
                    "value": True,
                    "num_format": LABELS,
                    "font": {"name": FONT, "size": 9},
                    "position": "outside_end",
                },
            }
        )
    chart.set_legend({"position": "bottom", "font": {"name": FONT, "size": 9}})
    _finish(canvas, chart, title, Axis("£ thousand", THOUSANDS), frame)


def waterfall(canvas: Canvas, table: str, title: str, frame: Frame) -> None:
    """Bars that hang between what the pool held before and after each rule; the hidden parts carry no colour."""
    chart = _column_chart(canvas, "stacked")
    for column, colour in (("base_above", None), ("base_below", None), ("bar_above", NAVY), ("bar_below", WINE)):
        chart.add_series(_bars_of(canvas, table, column, colour))
    chart.set_legend({"none": True})
    _finish(canvas, chart, title, Axis("£ thousand in the pool", THOUSANDS), frame)


def _column_chart(canvas: Canvas, subtype: str) -> Chart:
    options = {"type": "column"} | ({"subtype": subtype} if subtype == "stacked" else {})
    return cast(Chart, canvas.workbook.add_chart(options))


def _bars_of(canvas: Canvas, table: str, column: str, colour: str | None) -> dict[str, Any]:
    placed, layout = canvas.layout.placement(table), canvas.layout
    first, last = placed.top + 1, placed.top + placed.count
    names, values = layout.line(table, "stage"), layout.line(table, column)
    return {
        "name": "Above zero" if colour == NAVY else "Below zero" if colour else "Hidden",
        "categories": [placed.sheet, first, names, last, names],
        "values": [placed.sheet, first, values, last, values],
        "fill": {"color": colour} if colour else {"none": True},
        "border": {"none": True},
        "gap": 40,
    }


def _finish(canvas: Canvas, chart: Chart, title: str, scale: Axis, frame: Frame) -> None:
    words = {"name": FONT, "size": 10, "color": GREY}
    chart.set_title(
        {"name": title, "name_font": {"name": FONT, "size": 13, "bold": True, "color": NAVY}, "overlay": False}
    )
    chart.set_x_axis({"num_font": words, "label_position": "low", "line": {"color": GREY}})
    axis = {"name": scale.unit, "name_font": words | {"bold": False}, "num_font": words, "num_format": scale.numbers}
    chart.set_y_axis(
        axis
        | {"major_gridlines": {"visible": True, "line": {"color": "#D9D9D9", "width": 0.75}}, "line": {"none": True}}
    )
    chart.set_size({"width": frame.width, "height": frame.height})
    canvas.worksheet.insert_chart(
        frame.row, frame.column, chart, {"description": frame.description, "object_position": 3}
    )
