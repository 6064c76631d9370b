"""Styles: how every kind of cell looks, by role and unit; inputs blue on pale yellow, formulas black, links green."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format

from riskshare.formula.units import COUNT, FIGURE, GATE, MEASURE, MONEY, PART, PER_HEAD, POINTS, SHARE, WEIGHT, Unit

PALETTE = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1")
NAVY, TEAL, WINE, ORANGE, GREY, LILAC = PALETTE
PALE = "#EEF3F8"
FONT = "Arial"
SIZE = 11

MONEY_FORMAT = '#,##0;(#,##0);"-"'
PENCE_FORMAT = '#,##0.00;(#,##0.00);"-"'

_NUMBER_FORMATS = {
    MONEY.name: MONEY_FORMAT,
    PER_HEAD.name: PENCE_FORMAT,
    FIGURE.name: PENCE_FORMAT,
    SHARE.name: "0.00%;-0.00%;0%",
    PART.name: "0.00%;-0.00%;0%",
    WEIGHT.name: '#,##0.00;-#,##0.00;"-"',
    MEASURE.name: "#,##0.00",
    POINTS.name: "#,##0.0000",
    COUNT.name: "#,##0",
    GATE.name: '"yes";;"no"',
}


class Look(StrEnum):
    """What a cell is, and so how it looks."""

    INPUT = "input"
    CALCULATION = "calculation"
    LINK = "link"
    DECISION = "decision"
    NAME = "name"
    TOTAL = "total"


_LOOKS: dict[Look, dict[str, Any]] = {
    Look.INPUT: {"font_color": "#0000FF", "bg_color": "#FFFFE0", "border": 1, "border_color": "#D9D9C0"},
    Look.CALCULATION: {"font_color": "#000000"},
    Look.LINK: {"font_color": "#006100"},
    Look.DECISION: {"font_color": WINE, "bg_color": "#F6EAF2", "border": 1, "border_color": "#D8B4CB", "italic": True},
    Look.NAME: {"font_color": "#000000"},
    Look.TOTAL: {"font_color": "#000000", "bold": True, "top": 1, "top_color": NAVY},
}


class Styles:
    """The formats of one workbook, made when they are first used."""

    def __init__(self, workbook: Workbook) -> None:
        """The workbook that the formats belong to."""
        self._workbook = workbook
        self._made: dict[tuple[object, ...], Format] = {}

    def _format(self, key: tuple[object, ...], properties: dict[str, Any]) -> Format:
        if key not in self._made:
            base = {"font_name": FONT, "font_size": SIZE, "valign": "top"}
            self._made[key] = self._workbook.add_format(base | properties)
        return self._made[key]

    def cell(self, look: Look, unit: Unit, pence: bool = False) -> Format:
        """A cell of a table."""
        number = number_format(unit, pence)
        properties = dict(_LOOKS[look]) | ({"num_format": number} if number else {})
        return self._format((look, unit.name, pence), properties)

    def wrapped(self) -> Format:
        """Running text."""
        return self._format(("wrapped",), {"text_wrap": True})

    def plain(self) -> Format:
        """Text that is not wrapped."""
        return self._format(("plain",), {})

    def title(self) -> Format:
        """The title of a sheet."""
        return self._format(("title",), {"bold": True, "font_size": 18, "font_color": NAVY})

    def purpose(self) -> Format:
        """What a sheet is for, below its title."""
        return self._format(("purpose",), {"font_color": GREY})

    def caption(self) -> Format:
        """The title of a table."""
        return self._format(("caption",), {"bold": True, "font_size": 13, "font_color": NAVY})

    def note(self) -> Format:
        """A remark above a table or beside a figure."""
        return self._format(("note",), {"italic": True, "font_color": GREY})

    def header(self, right: bool = False) -> Format:
        """A column heading; over figures it stands to the right."""
        properties = {
            "bold": True, "font_color": "#FFFFFF", "bg_color": NAVY, "text_wrap": True, "valign": "vcenter",
            "align": "right" if right else "left",
        }  # fmt: skip
        return self._format(("header", right), properties)

    def section(self) -> Format:
        """The heading of a rule in a Share sheet."""
        return self._format(("section",), {"bold": True, "font_color": NAVY, "bg_color": "#DCE6F0"})

    def over_figures(self) -> Format:
        """A name that stands above figures."""
        return self._format(("over",), {"align": "right", "text_wrap": True, "font_color": "#404040"})

    def small(self) -> Format:
        """Small grey text, such as the name of a step."""
        return self._format(("small",), {"font_color": "#595959"})

    def small_link(self) -> Format:
        """A clause that leads to its terms."""
        return self._format(("small link",), {"font_color": "#0563C1", "underline": 1})

    def link_over(self) -> Format:
        """A clause above figures that leads to its terms."""
        properties = {"font_color": "#0563C1", "underline": 1, "align": "right", "text_wrap": True}
        return self._format(("link over",), properties)

    def link(self) -> Format:
        """A link to a sheet."""
        return self._format(("hyperlink",), {"font_color": "#0563C1", "underline": 1})

    def verdict(self) -> Format:
        """The master check: a number of failing checks that reads as words."""
        words = '[=0]"All checks pass";[=1]0" check FAILS";0" checks FAIL"'
        return self._format(("verdict",), {"bold": True, "font_size": 14, "num_format": words, "align": "left"})

    def counted(self) -> Format:
        """A number of overrides that reads as words."""
        return self._format(
            ("counted",), {"num_format": '0" in force (listed on Provenance)";;"none"', "align": "left"}
        )

    def moved(self) -> Format:
        """What overrides move, in words."""
        words = '"moving £"#,##0.00;"moving £"-#,##0.00;"moving nothing"'
        return self._format(("moved",), {"num_format": words, "align": "left"})

    def holds(self) -> Format:
        """Whether a check holds, in words."""
        return self._format(("holds",), {"num_format": '"OK";;"FAILS"', "align": "right"})

    def big(self, unit: Unit) -> Format:
        """A headline figure."""
        return self._format(("big", unit.name), {"font_size": 12, "num_format": number_format(unit, False) or "@"})

    def unused(self) -> Format:
        """A row of a list that nothing stands in."""
        return self._format(("unused",), {"num_format": ";;;"})

    def alarm(self) -> Format:
        """A failing check."""
        return self._format(("alarm",), {"font_color": "#FFFFFF", "bg_color": WINE, "bold": True})


def number_format(unit: Unit, pence: bool) -> str | None:
    """The number format of a unit; None for text."""
    if unit.decimals is None:
        return None
    if pence and unit is MONEY:
        return PENCE_FORMAT
    if unit.name.startswith("score"):
        return "0.00%"
    return _NUMBER_FORMATS[unit.name]
