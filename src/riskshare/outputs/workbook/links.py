"""Lineage: where links lead: from a figure to the cells its formula reads, from a step to the terms it uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from xlsxwriter.utility import quote_sheetname, xl_range

from riskshare.contract.ledger import TERM
from riskshare.figures.names import TERMS
from riskshare.formula.language import Cell, Col, Expr, Step, Table, Total, columns_read, every_part
from riskshare.outputs.workbook.layout import EXTENDED_MARK, MARK, TERMS_SHEET, Layout
from riskshare.xlsx.a1 import QUOTED_TEXT, REFERENCE

LONGEST_TIP = 250
_REFERENCE = re.compile(REFERENCE)


@dataclass(frozen=True, slots=True)
class Link:
    """A place of the workbook, such as 'Share locality'!E77, and what is shown while the pointer is on the link."""

    location: str
    tip: str


@dataclass(frozen=True, slots=True)
class _Spot:
    """Rows of a table, or (without a row) a column of it, or (without either) all of it."""

    table: str
    row: int | None = None
    column: str = ""


def only_fetches(formula: str) -> bool:
    """Whether a formula does nothing but point at another cell."""
    return _REFERENCE.fullmatch(formula.lstrip("=").replace(MARK, "1").replace(EXTENDED_MARK, "1")) is not None


def links_of_figures(formulas: Sequence[str], sheet: str) -> list[Link | None]:
    """A link for each formula of a column on `sheet`, to the cells that it reads, rather on another sheet than here.

    A figure that reads none (there is nothing to add up) leads to the top of the sheet that the others lead to.
    """
    links = [_link(formula, sheet) for formula in formulas]
    known = next((link for link in links if link), None)
    if known is None:
        return links
    there = known.location.rpartition("!")[0]
    nothing = Link(f"{there}!A1", f"Nothing to add up here; the others are calculated on {there}")
    return [link or nothing for link in links]


def _link(formula: str, sheet: str) -> Link | None:
    references = [reference[0].replace("$", "") for reference in _REFERENCE.finditer(QUOTED_TEXT.sub("", formula))]
    if not references:
        return None
    first = next((entry for entry in references if "!" in entry), f"{quote_sheetname(sheet)}!{references[0]}")
    return Link(first, f"Calculated from {', '.join(dict.fromkeys(references))}"[:LONGEST_TIP])


def links_to_terms(table: Table, layout: Layout) -> dict[str, Link]:
    """Where the terms of each step stand: those it uses, itself or through others of its section, or all of these."""
    links: dict[str, Link] = {}
    for section in table.sections:
        used: dict[str, frozenset[_Spot]] = {}
        for step in (column for column in section.columns if isinstance(column, Step)):
            through = (used[name] for name in columns_read(step.expr) if name in used)
            used[step.name] = frozenset(_spots(step.expr, table, layout)).union(*through)
        every = frozenset[_Spot]().union(*used.values())
        if section.clause and every:
            links |= {name: _place(spots or every, layout) for name, spots in used.items()}
    return links


def _spots(expr: Expr, table: Table, layout: Layout) -> Iterator[_Spot]:
    for part in every_part(expr):
        if isinstance(part, Col) and part.name.startswith(TERM) and table.extends:
            yield _Spot(table.extends.table, column=part.name)
        elif isinstance(part, Cell | Total) and layout.placement(part.table).sheet == TERMS_SHEET:
            yield _Spot(part.table, _row(part, layout))


def _row(part: Cell | Total, layout: Layout) -> int | None:
    if isinstance(part, Cell):
        return layout.row_of(part.table, part.key)
    key = layout.placement(part.table).table.key
    named = next((word for column, word in part.where if column == key and isinstance(word, str)), None)
    return None if named is None else layout.row_of(part.table, named)


def _place(spots: Iterable[_Spot], layout: Layout) -> Link:
    """The rows of one table: of the terms, where some of them are terms."""
    every = sorted(spots, key=lambda spot: (spot.table != TERMS, spot.table, spot.column))
    table, column = every[0].table, every[0].column
    placed = layout.placement(table)
    rows = [spot.row for spot in every if spot.table == table and spot.row is not None]
    whole = len(rows) < sum(spot.table == table for spot in every)
    first, last = (0, max(placed.count - 1, 0)) if whole else (min(rows), max(rows))
    line = layout.line(table, column) if column else 0
    end = line if column else len(placed.table.columns) - 1
    area = xl_range(placed.top + 1 + first, line, placed.top + 1 + last, end)
    return Link(f"{quote_sheetname(placed.sheet)}!{area}", f"Its terms: {placed.table.title}")
