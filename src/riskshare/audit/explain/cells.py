"""FiguresByCell: from a cell of the workbook to the figure that stands in it, or a kind word about what else does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.sharedstrings import SharedStringTable
from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell
from xlsxwriter.worksheet import CellFormulaTuple, CellStringTuple

from riskshare.audit.explain.figure_index import FigureIndex
from riskshare.audit.explain.references import Reference
from riskshare.formula.to_decimal import Figure, Whole
from riskshare.outputs.workbook.canvas import Canvas, Sheet
from riskshare.outputs.workbook.layout import FIRST_POOL_COLUMN, PlacedTable
from riskshare.outputs.workbook.styles import Styles
from riskshare.problems.findings import did_you_mean
from riskshare.xlsx.a1 import REFERENCE, sheet_named

BESIDE = 16
_REFERENCE = re.compile(f"=?{REFERENCE}")


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Why nothing can be explained, and what to ask instead."""

    sentence: str


@dataclass(frozen=True, slots=True)
class FoundFigure:
    """The figure that is meant; `preface` says why where that is not plain."""

    reference: Reference
    preface: str = ""


class FiguresByCell:
    """The cells of the workbook that the model would be built into."""

    def __init__(self, index: FigureIndex) -> None:
        """The computed model."""
        self._index = index
        self._sheets = {sheet.name.casefold(): sheet for sheet in index.sheets}

    def find(self, sheet: str, cell: str) -> FoundFigure | Unanswered:
        """The figure in a cell of a sheet."""
        shown = self.sheet(sheet)
        if shown is None:
            meant = did_you_mean(sheet, (entry.name for entry in self._sheets.values()))
            known = ", ".join(entry.name for entry in self._sheets.values())
            return Unanswered(f"The workbook has no sheet '{sheet}'. {meant or f'Its sheets are {known}.'}")
        return self._at(shown, *xl_cell_to_rowcol(cell.replace("$", "").upper()))

    def sheet(self, name: str) -> Sheet | None:
        """The sheet of this name, however it is written."""
        return self._sheets.get(name.strip().strip("'").casefold())

    def _at(self, sheet: Sheet, row: int, column: int) -> FoundFigure | Unanswered:
        reference = self._figure(sheet, row, column)
        if reference is not None and not self._is_words(reference):
            return FoundFigure(reference)
        place = f"'{sheet.name}'!{xl_rowcol_to_cell(row, column)}"
        if isinstance(reference, Figure):
            return self._beside(place, self._index.text(reference.row, reference.column), sheet, (row, column))
        return self._painted(sheet, row, column, place)

    def _beside(self, place: str, text: str, sheet: Sheet, at: tuple[int, int]) -> FoundFigure | Unanswered:
        """For a cell with words the first figure to its right."""
        row, column = at
        for number in range(column + 1, column + BESIDE):
            reference = self._figure(sheet, row, number)
            if reference is not None and not self._is_words(reference):
                cell = xl_rowcol_to_cell(row, number)
                return FoundFigure(
                    reference, f"{place} holds the words '{text}'; this is the figure beside it, in {cell}."
                )
        return Unanswered(f"{place} holds words, and no figure stands beside it: '{text}'.")

    def _is_words(self, reference: Figure | Whole) -> bool:
        return isinstance(reference, Figure) and self._index.is_text(reference)

    def _figure(self, sheet: Sheet, row: int, column: int) -> Figure | Whole | None:
        standing = self._index.layout.standing(sheet.name, row, column)
        if standing is None:
            return None
        table, name = standing.placed.table.name, standing.column.name
        return Whole(table, name) if standing.row is None else Figure(table, name, standing.row)

    def _painted(self, sheet: Sheet, row: int, column: int, place: str) -> FoundFigure | Unanswered:
        """What a cell outside the tables holds: the sheet is painted into memory to see."""
        with_sheet = Workbook(BytesIO(), {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
        canvas = Canvas(with_sheet, sheet, self._index.layout, self._index.figures, Styles(with_sheet))
        canvas.paint()
        held = canvas.worksheet.table.get(row, {}).get(column)
        if isinstance(held, CellFormulaTuple):
            return self._referred(sheet, str(held.formula), place)
        if isinstance(held, CellStringTuple):
            texts: SharedStringTable = with_sheet.str_table
            text = next(text for text, number in texts.string_table.items() if number == held.string)
            return self._beside(place, text, sheet, (row, column))
        return Unanswered(f"{place} is empty. {self._filled(sheet)}")

    def _referred(self, sheet: Sheet, formula: str, place: str) -> FoundFigure | Unanswered:
        """The figure that a formula outside the tables fetches."""
        target = _REFERENCE.fullmatch(formula)
        if target is None or target["last"]:
            return Unanswered(f"{place} holds the formula ={formula.removeprefix('=')}; ask for a cell that it reads.")
        return self.find(sheet_named(target["sheet"] or sheet.name), target["first"])

    def _filled(self, sheet: Sheet) -> str:
        areas = list(self._areas(self._index.layout.placement(block.table.name) for block in sheet.blocks))
        return f"The tables of the sheet are in {', '.join(areas)}." if areas else "The sheet has no tables of figures."

    @staticmethod
    def _areas(blocks: Iterable[PlacedTable]) -> Iterator[str]:
        for placed in blocks:
            wide = FIRST_POOL_COLUMN + placed.count if placed.block.across else len(placed.table.columns)
            end = xl_rowcol_to_cell(placed.top + placed.height - 1, wide - 1)
            yield f"{xl_rowcol_to_cell(placed.top, 0)}:{end}"
