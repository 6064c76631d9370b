"""The proof of a finished workbook: every formula cell recalculated by IronCalc and equal to the engine's figure.

What comes back can't be a cached value that was only read. IronCalc never sees the workbook's own cached values: it is
given copies in which each is poisoned (see `partitions`), and a poison that comes back is an error. Two ways to do with
less were weighed: to trust that IronCalc always calculates (true of 0.9, but nothing would notice a version that does
not), and a canary cell (which shows that one cell was calculated, not that all were).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from riskshare.figures.pin.proof import Proof
from riskshare.problems.errors import FormulaError
from riskshare.proof import ironcalc
from riskshare.proof.comparing import differences
from riskshare.proof.engines import recalculate
from riskshare.proof.rounding_ties import Sorted, sorted_by_cause
from riskshare.xlsx.formula_cells import formula_cells, typed
from riskshare.xlsx.package import Package, opened_without_limits


def expected_proof(formulas: int) -> Proof:
    """The proof that a workbook with so many formulas will have if it is delivered."""
    return Proof(ironcalc.NAME, ironcalc.installed_version(), formulas)


@dataclass(frozen=True, slots=True)
class Examination:
    """What recalculating a workbook showed: how many formulas there are, and the differences by their cause."""

    formulas: int
    causes: Sorted

    @property
    def holds(self) -> bool:
        """Whether nothing differs but for half pennies."""
        return not self.causes.wrong

    @property
    def affected(self) -> int:
        """The cells that half pennies move."""
        return len(self.causes.affected) + len(self.causes.dependants)


def examine(workbook: Path) -> Examination:
    """Recalculates a workbook that was just written with IronCalc and compares every formula cell.

    Raises:
        FormulaError: a formula came back as it was poisoned, or differs only now and then.
        UserError: IronCalc cannot read it.
    """
    with opened_without_limits(workbook) as package:
        return _examined(package)


def _examined(workbook: Package) -> Examination:
    agreement = ironcalc.agreement(workbook)
    if agreement.untouched:
        raise FormulaError(f"IronCalc did not recalculate {agreement.untouched:,} of {agreement.formulas:,} formulas")
    if not agreement.different:
        return Examination(agreement.formulas, Sorted())
    every = compared(workbook, "ironcalc")
    if not (every.affected or every.dependants or every.wrong):
        different = f"IronCalc sees {agreement.different:,} other figures"
        raise FormulaError(f"{different}, but not when it calculates them again")
    return Examination(agreement.formulas, every)


def compared(workbook: Package, engine: str) -> Sorted:
    """Has an engine recalculate any workbook, and sorts the cells whose figures differ by their cause.

    Raises:
        UserError: as `recalculate`.
    """
    cells, theirs = formula_cells(workbook), recalculate(workbook, engine)
    ours = {cell: entry.value for cell, entry in cells.items()}
    every = differences(ours, theirs, {cell: entry.formula for cell, entry in cells.items()})
    return sorted_by_cause(every, cells, typed(workbook), theirs)
