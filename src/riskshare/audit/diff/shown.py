"""The settlement that a workbook shows on its sheet, read by its headings: for one whose model is nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from riskshare.problems.errors import UserError
from riskshare.proof.engines import recalculate
from riskshare.xlsx.a1 import point
from riskshare.xlsx.content import SheetContent
from riskshare.xlsx.formula_cells import CellValues
from riskshare.xlsx.package import opened
from riskshare.xlsx.read import workbook_content

Settlement = Mapping[str, Mapping[str, Decimal]]
"""By account: its transfer and its entitlement, in pounds to the penny."""

SHEET = "Settlement"
HEADINGS = {"transfer": "Transfer", "entitlement": "Entitlement"}
PENNY = Decimal("0.01")


def shown_settlement(path: Path) -> Settlement:
    """The settlement of a workbook of ours as its formulas give it. Raises UserError where it shows none."""
    with opened(path) as package:
        sheet = workbook_content(package).sheet(SHEET)
        every = recalculate(package, "ironcalc") if sheet else CellValues()
    top = next((row for row in _column(sheet, "A") if _text(sheet, f"A{row}") == "Account"), 0)
    if sheet is None or not top:
        raise UserError(f"{path} has no sheet '{SHEET}' of ours. Give a workbook that `riskshare build` wrote.")
    values = {cell: value for (name, cell), value in every.items() if name == sheet.name}
    letters = {measure: _letter(sheet, top, heading) for measure, heading in HEADINGS.items()}
    return dict(_rows(values, top, letters))


def _rows(
    values: Mapping[str, float | str], top: int, letters: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, Decimal]]]:
    row = top + 1
    while values.get(f"A{row}"):
        amounts = {measure: values.get(f"{letter}{row}", 0) for measure, letter in letters.items()}
        yield str(values[f"A{row}"]), {measure: _pounds(amount) for measure, amount in amounts.items()}
        row += 1


def _pounds(amount: float | str) -> Decimal:
    return Decimal(repr(float(amount))).quantize(PENNY) if isinstance(amount, int | float) else Decimal(0)


def _column(sheet: SheetContent | None, letter: str) -> list[int]:
    cells = sheet.cells if sheet else {}
    return sorted(point(name)[0] for name in cells if name.rstrip("0123456789") == letter)


def _letter(sheet: SheetContent, row: int, heading: str) -> str:
    named = (name for name in sheet.cells if name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == str(row))
    return next((name[: -len(str(row))] for name in named if _text(sheet, name).startswith(heading)), "")


def _text(sheet: SheetContent | None, cell: str) -> str:
    stored = sheet.cells.get(cell) if sheet else None
    return stored.value if stored and isinstance(stored.value, str) else ""
