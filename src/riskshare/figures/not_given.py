"""A plan: what is not known before there is an outturn is called so wherever it is shown; formulas stay live."""

from __future__ import annotations

import re
from dataclasses import replace

from riskshare.figures.names import HEADLINE, LINES
from riskshare.formula.language import Col, Column, Each, Given, Section, Step, Table

NOT_GIVEN = "not given yet"
_UNKNOWN = re.compile(r"\b(outturns?|variances?)\b(?! \()", re.IGNORECASE)
_OF_NO_PLAN = re.compile(r"\b(outturn|variance|unshared)\b", re.IGNORECASE)


def without_outturn(table: Table) -> Table:
    """The table of a plan: outturns and variances are called `not given yet`, and figures and formulas are the same.

    On Lines the outturn is a formula, the budget, until somebody types one over it. The headline leaves out what is
    not known.
    """
    known = _known_rows(table) if table.name == HEADLINE else table
    sections = tuple(_section(table.name, section) for section in known.sections)
    return replace(known, title=marked(table.title), sections=sections)


def marked(label: str) -> str:
    """A label that says what is not known, such as `Outturn (not given yet) of the pool`."""
    return _UNKNOWN.sub(rf"\1 ({NOT_GIVEN})", label)


def is_unknown(label: str) -> bool:
    """Whether a label says that its figure is not known yet."""
    return NOT_GIVEN in label


def _section(table: str, section: Section) -> Section:
    columns = tuple(_column(table, column) for column in section.columns)
    return replace(section, title=marked(section.title), columns=columns)


def _column(table: str, column: Column) -> Column:
    if table == LINES and column.name == "outturn":
        return Step(column.name, column.unit, f"{marked(column.label)}: the budget", Col("budget"))
    return replace(column, label=marked(column.label))


def _known_rows(table: Table) -> Table:
    """Without the rows whose name speaks of what is not known."""
    names = next(column.values or () for column in table.columns if isinstance(column, Given))
    kept = [number for number, name in enumerate(names) if not _OF_NO_PLAN.search(str(name))]
    return replace(table, sections=tuple(_some_rows(section, kept) for section in table.sections))


def _some_rows(section: Section, kept: list[int]) -> Section:
    return replace(section, columns=tuple(_some(column, kept) for column in section.columns))


def _some(column: Column, kept: list[int]) -> Column:
    if isinstance(column, Given):
        return replace(column, values=tuple((column.values or ())[number] for number in kept))
    if isinstance(column.expr, Each):
        return replace(column, expr=Each(tuple(column.expr.rows[number] for number in kept)))
    return column
