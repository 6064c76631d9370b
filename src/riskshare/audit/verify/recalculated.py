"""Recalculates a delivered workbook, whatever someone did to it: the values of its formulas, or why there are none."""

from __future__ import annotations

from dataclasses import dataclass, field

from riskshare.audit.edits.cell_changes import same_result
from riskshare.audit.verify.verdict import VerdictPart
from riskshare.problems.errors import LayoutError, UserError
from riskshare.proof import ironcalc
from riskshare.proof.engines import Engine, recalculate
from riskshare.xlsx.content import WorkbookContent
from riskshare.xlsx.formula_cells import CellValues
from riskshare.xlsx.package import Package
from riskshare.xlsx.unreadable import Unreadable

UNREADABLE = (Unreadable, LayoutError, LookupError, ValueError, ArithmeticError, AttributeError)
PART = "Formulas"


@dataclass(frozen=True, slots=True)
class Recalculated:
    """What an engine makes of a workbook's formulas; `failure` says why it could not calculate them."""

    values: CellValues = field(default_factory=dict)
    failure: str = ""


def recalculated(workbook: Package, engine: Engine) -> Recalculated:
    """Has the engine calculate every formula. Raises UserError where the engine is not installed."""
    engine.version()
    try:
        return Recalculated(recalculate(workbook, engine.name.lower()))
    except UserError as failure:
        return Recalculated(failure=str(failure))
    except UNREADABLE as failure:
        return Recalculated(failure=f"some cells are damaged ({failure}): save it once with Excel or LibreOffice")


def proved(workbook: Package, engine: Engine) -> int:
    """How many formulas the proof finds as they are stored; none where one is not, or is not written as we do."""
    if engine.name != ironcalc.NAME:
        return 0
    try:
        agreement = ironcalc.agreement(workbook)
    except (UserError, *UNREADABLE):
        return 0
    return 0 if agreement.different or agreement.untouched else agreement.formulas


def formulas_part(content: WorkbookContent, of: Recalculated, engine: Engine, affected: str) -> VerdictPart:
    """Whether the stored figures are what the formulas give; it decides where nothing could be calculated.

    Args: how many cells half pennies affect, as the workbook states it of its proof; empty for none.
    """
    name = f"{engine.name} {engine.version()}"
    if of.failure:
        return VerdictPart(PART, same=False, detail=f"not recalculated by {name}: {of.failure}")
    stored = {(sheet.name, cell): entry.value for sheet in content.sheets for cell, entry in sheet.cells.items()}
    others = sum(
        stored.get(cell) is not None and not same_result(value, stored[cell]) for cell, value in of.values.items()
    )
    missing = sum(stored.get(cell) is None for cell in of.values)
    count = f"{len(of.values):,} recalculated by {name}"
    if missing == len(of.values):
        return VerdictPart(PART, same=True, detail=f"{count}; the file stores no figures", counts=False)
    if f"{others}" == affected:
        return VerdictPart(PART, same=True, detail=f"{count}, all but {others:,} as stored: half pennies, see Checks")
    detail = f"{others:,} of {count} are not as stored" if others else all_stored(count)
    return VerdictPart(PART, not others, detail, counts=False)


def all_stored(count: str) -> str:
    """What is said of formulas that all give what is stored."""
    return f"{count}, all as stored"
