"""Writes the workbook: all sheets in reading order, beside the old file first, then in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from pathlib import Path

import polars as pl
from xlsxwriter import Workbook

from riskshare import __version__
from riskshare.contract.model import Model
from riskshare.figures.overrides import LISTS
from riskshare.figures.pin.hashes import Pin
from riskshare.figures.plan import Plan
from riskshare.files.writing import refuse_to_replace, whole
from riskshare.formula.language import Step
from riskshare.outputs.sheets import (
    checks,
    contents,
    cover,
    lines,
    localities,
    locality_budgets,
    notes,
    pooling,
    provenance,
    ring_fences,
    settlement,
    share,
    summary,
    terms,
)
from riskshare.outputs.workbook.canvas import Canvas, Sheet
from riskshare.outputs.workbook.layout import Layout, PlacedTable, stack, totalled
from riskshare.outputs.workbook.styles import FONT, SIZE, Styles
from riskshare.problems.errors import FormulaError
from riskshare.problems.findings import Finding
from riskshare.xlsx.maker import is_ours, malformed_part

OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


PLANNED = "PLAN: no outturn is given yet, so no variance, gain or loss is known."

Inspect = Callable[[Path, Layout], bool]
"""Looks at a finished workbook before it is delivered, and says whether it may be."""


def trusted(_: Path, __: Layout) -> bool:
    """Delivers without looking."""
    return True


@dataclass(frozen=True, slots=True)
class Draft:
    """The sheets of a workbook, and the place of every table, before it is written."""

    plan: Plan
    figures: Mapping[str, pl.DataFrame]
    pin: Pin
    sheets: tuple[Sheet, ...]
    layout: Layout

    @property
    def formulas(self) -> int:
        """How many formula cells the workbook will have."""
        return count_formulas(self.layout)

    def stating(self, pin: Pin) -> Draft:
        """The same, but for what its sheet Provenance states: no place of a table depends on that."""
        stated = provenance.sheet(self.plan, pin)
        return replace(self, pin=pin, sheets=tuple(stated if one.name == stated.name else one for one in self.sheets))


def draft(plan: Plan, figures: Mapping[str, pl.DataFrame], pin: Pin, warnings: Iterable[Finding]) -> Draft:
    """The draft of a model's workbook, its sheet Checks with these warnings."""
    sheets = all_sheets(plan, pin, warnings)
    return Draft(plan, figures, pin, sheets, lay_out(sheets, figures))


def write_workbook(path: Path, draft: Draft, inspect: Inspect = trusted) -> None:
    """Writes the workbook with its live formulas, each with the engine's figure as its cached value.

    It is written beside its place, inspected when it is finished, and takes its place only if it passes. A half-written
    workbook never replaces a good one. Raises OSError where the folder cannot be written to.
    """
    refuse_to_replace(path, is_ours, "workbook of riskshare")
    with whole(path) as beside:
        _write(beside, draft)
        if (malformed := malformed_part(beside)) != "":
            raise FormulaError(f"a part of the workbook is no XML: {malformed}")
        if not inspect(beside, draft.layout):
            beside.unlink()


def all_sheets(plan: Plan, pin: Pin, warnings: Iterable[Finding]) -> tuple[Sheet, ...]:
    """Every sheet in reading order: inputs, calculations, outputs, and the record."""
    after = (
        summary.sheet(plan),
        terms.sheet(plan),
        localities.sheet(plan),
        lines.sheet(plan),
        *share.pool_sheets(plan),
        *pooling.sheets(plan),
        locality_budgets.sheet(plan),
        *ring_fences.sheets(plan),
        *share.sheets(plan),
        *settlement.sheets(plan),
        checks.sheet(plan, warnings),
        provenance.sheet(plan, pin),
        notes.sheet(plan),
    )
    return (cover.sheet(plan), contents.sheet(after), *(_of_a_plan(one) if plan.is_plan else one for one in after))


def _of_a_plan(sheet: Sheet) -> Sheet:
    """The sheet with what is not known yet at its top, where it shows figures."""
    return replace(sheet, purpose=f"{PLANNED} {sheet.purpose}") if sheet.blocks else sheet


def lay_out(sheets: Iterable[Sheet], figures: Mapping[str, pl.DataFrame]) -> Layout:
    """The place of every table."""
    counts = {name: frame.height for name, frame in figures.items()}
    placed = [entry for sheet in sheets for entry in stack(sheet.name, sheet.blocks, counts, sheet.top)]
    return Layout(placed, {entry.table.name: _Keys(figures[entry.table.name], entry.table.key) for entry in placed})


def count_formulas(layout: Layout) -> int:
    """How many formula cells the workbook has: the steps in their rows, the totals, and what the cover fetches."""
    in_tables = sum(len(placed.table.steps) * placed.count + _totals(placed) for placed in layout.placed.values())
    return in_tables + 1 + len(LISTS) + sum(table in layout.placed for table in LISTS.values())


def _totals(placed: PlacedTable) -> int:
    if not placed.block.totals:
        return 0
    return sum(not placed.block.across or isinstance(column, Step) for column in totalled(placed.table))


class _Keys(dict[str, int]):
    """The row number of each key of a table, found when it is first asked for."""

    def __init__(self, frame: pl.DataFrame, key: str) -> None:
        super().__init__()
        self._frame, self._key = frame, key

    def __contains__(self, key: object) -> bool:
        if not len(self):
            self.update({word: number for number, word in enumerate(self._frame[self._key].to_list())})
        return super().__contains__(key)


def _write(path: Path, draft: Draft) -> None:
    with Workbook(str(path), OPTIONS) as workbook:
        _describe(workbook, draft.plan.model, draft.pin)
        styles = Styles(workbook)
        canvases = [Canvas(workbook, sheet, draft.layout, draft.figures, styles) for sheet in draft.sheets]
        for canvas in canvases:
            canvas.paint()
        canvases[0].worksheet.activate()


def _describe(workbook: Workbook, model: Model, pin: Pin) -> None:
    created = datetime.combine(model.agreed_on or model.starts_on, time())
    workbook.set_properties(
        {
            "title": f"{model.title} {model.financial_year}",
            "subject": "Pooled budgets and gain and loss share",
            "comments": f"Made by riskshare {__version__}; status: {model.status}",
            "created": created,
        }
    )
    for name, value in pin.properties().items():
        workbook.set_custom_property(name, value, "text")
    workbook.formats[0].set_font_name(FONT)
    workbook.formats[0].set_font_size(SIZE)
    workbook.set_calc_mode("auto")
    workbook.set_size(26000, 16000)
