"""What the proof of a workbook says, as findings: differences that stop its delivery, half pennies that do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import polars as pl

from riskshare.outputs.workbook.layout import FigureInCell, Layout
from riskshare.problems.findings import Finding, Place, error, warning
from riskshare.proof.comparing import Difference
from riskshare.proof.rounding_ties import Sorted
from riskshare.xlsx.a1 import column_letters, point
from riskshare.xlsx.formula_cells import CellKey, CellValue

MOST = 20
FIRST_FEW = 5
_ACTION = (
    "This is a fault of riskshare or of IronCalc, not of your files: the workbook was not delivered. Please report it."
)


def proof_findings(file: str, causes: Sorted, step_in: Callable[[CellKey], str]) -> Iterator[Finding]:
    """An error for each difference (the first 20), and one warning that names the cells on a half penny."""
    for difference in causes.wrong[:MOST]:
        yield error(
            "not-proved", _place(file, difference), _disagreement(difference, step_in), "the same figure", _ACTION
        )
    if len(causes.wrong) > MOST:
        yield error(
            "not-proved", Place(file), f"{len(causes.wrong) - MOST:,} more cells differ", "no difference", _ACTION
        )
    if causes.affected:
        yield _half_pennies(file, causes)


def _disagreement(difference: Difference, step_in: Callable[[CellKey], str]) -> str:
    step = step_in((difference.sheet, difference.cell))
    return (
        f"the workbook has {_shown(difference.expected)}, IronCalc calculates {_shown(difference.actual)} "
        f"by ={difference.formula} ({step})"
    )


def _half_pennies(file: str, causes: Sorted) -> Finding:
    every = (*causes.affected, *causes.dependants)
    named = ", ".join(f"'{cell.sheet}'!{cell.cell}" for cell in causes.affected[:FIRST_FEW])
    more = f" and {len(causes.affected) - FIRST_FEW:,} more" if len(causes.affected) > FIRST_FEW else ""
    rest = f", and {len(causes.dependants):,} that depend on them" if causes.dependants else ""
    found = (
        f"{len(causes.affected):,} cell{'s' if len(causes.affected) > 1 else ''} ({named}{more}) so near a half penny "
        f"that a spreadsheet can't tell on which side{rest}: recalculated, these {len(every):,} differ by at most "
        f"{float(causes.most):,.2f}"
    )
    action = "The workbook has the exact figures; see docs/arithmetic.md."
    return warning("half-penny", _place(file, causes.affected[0]), found, "", action)


def _place(file: str, difference: Difference) -> Place:
    row, column = point(difference.cell)
    return Place(file, difference.sheet, row, column_letters(column))


def _shown(value: CellValue | None) -> str:
    if value is None:
        return "nothing"
    return repr(value) if isinstance(value, str) else f"{value:,.15g}"


def step_in(layout: Layout, figures: Mapping[str, pl.DataFrame], cell: CellKey) -> str:
    """The step in a cell in words: its name, label, table, row and clause; or that none stands there."""
    down, right = (number - 1 for number in point(cell[1]))
    standing = layout.standing(cell[0], down, right)
    return "no step: a figure of the sheet itself" if standing is None else _words(standing, figures)


def _words(standing: FigureInCell, figures: Mapping[str, pl.DataFrame]) -> str:
    table, column = standing.placed.table, standing.column
    keys = figures[table.name].get_column(table.key)
    where = "the total" if standing.row is None else f"row {str(keys[standing.row])!r}"
    clause = column.clause or standing.section.clause
    words = f"step {column.name!r} ({column.label}) of table {table.name!r}, {where}"
    return f"{words}; {clause}" if clause else words
