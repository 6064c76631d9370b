"""The settlement that a workbook shows on its sheets, read by their headings: for one whose model is nowhere."""

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

ShownSettlement = Mapping[str, Mapping[str, Decimal]]
"""By account: its transfer and its gain, in pounds to the penny."""

SHEET = "Settlement"
HEADINGS = {"transfer": (SHEET, "Transfer"), "gain": ("Reconciliation", "Gain, or (loss), in the end")}
PENNY = Decimal("0.01")


def shown_settlement(path: Path) -> ShownSettlement:
    """The settlement of a workbook of ours as its formulas give it. Raises UserError where it shows none."""
    with opened(path) as package:
        content = workbook_content(package)
        every = recalculate(package, "ironcalc") if content.sheet(SHEET) else CellValues()
    columns = {
        measure: dict(_column_of(content.sheet(name), every, heading)) for measure, (name, heading) in HEADINGS.items()
    }
    if not columns["transfer"]:
        raise UserError(f"{path} has no sheet '{SHEET}' of ours. Give a workbook that `riskshare build` wrote.")
    return {
        account: {measure: column.get(account, Decimal(0)) for measure, column in columns.items()}
        for account in columns["transfer"]
    }


def _column_of(sheet: SheetContent | None, every: CellValues, heading: str) -> Iterator[tuple[str, Decimal]]:
    """What the first table of accounts on a sheet has in the column with this heading, by account."""
    row = next((row for row in _column(sheet, "A") if _text(sheet, f"A{row}") == "Account"), 0)
    if sheet is None or not row:
        return
    letter = _letter(sheet, row, heading)
    values = {cell: value for (name, cell), value in every.items() if name == sheet.name}
    while account := values.get(f"A{row + 1}") or _text(sheet, f"A{row + 1}"):
        row += 1
        if account == "Total":
            return
        yield str(account), _pounds(values.get(f"{letter}{row}", 0))


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
