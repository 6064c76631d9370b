"""The proof of a finished workbook: every formula cell recalculated by IronCalc and equal to the engine's figure.

What comes back can't be a cached value that was only read. IronCalc never sees the workbook's own cached values: it is
given copies in which each is poisoned (see `pieces`), and a poison that comes back is an error. Two ways to do with
less were weighed: to trust that IronCalc always calculates (true of 0.9, but nothing would notice a version that does
not), and a canary cell (which shows that one cell was calculated, not that all were).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from riskshare.errors import FormulaError
from riskshare.recalculate import ironcalc
from riskshare.recalculate.cells import formula_cells, typed
from riskshare.recalculate.comparing import differences
from riskshare.recalculate.engines import recalculate
from riskshare.recalculate.halves import Sorted, sorted_by_cause


@dataclass(frozen=True, slots=True)
class Proof:
    """What a delivered workbook says of its proof: the engine, its version, how many formulas it recalculated.

    `affected` counts the cells on a half penny that binary arithmetic can't see, with those that depend on them.
    """

    engine: str
    version: str
    formulas: int
    affected: int = 0

    def statement(self) -> dict[str, str]:
        """The proof as a pin keeps it and Provenance shows it."""
        kept = {"engine": self.engine, "version": self.version, "formulas": f"{self.formulas}"}
        return kept | ({"affected by half pennies": f"{self.affected}"} if self.affected else {})

    def __str__(self) -> str:
        """The proof in one sentence."""
        equal = f"all but {self.affected:,} equal: see the warning" if self.affected else "all equal"
        return f"{self.formulas:,} formulas recalculated by {self.engine} {self.version}, {equal}"


def expected_proof(formulas: int) -> Proof:
    """The proof that a workbook with so many formulas will have if it is delivered."""
    return Proof(ironcalc.NAME, ironcalc.installed_version(), formulas)


@dataclass(frozen=True, slots=True)
class Verdict:
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


def examine(workbook: Path) -> Verdict:
    """Recalculates a finished workbook with IronCalc and compares every formula cell.

    Raises:
        FormulaError: a formula came back as it was poisoned, or differs only now and then.
        UserError: the file is no workbook, or IronCalc cannot read it.
    """
    found = ironcalc.agreement(workbook)
    if found.untouched:
        raise FormulaError(f"IronCalc did not recalculate {found.untouched:,} of {found.formulas:,} formulas")
    if not found.different:
        return Verdict(found.formulas, Sorted())
    every = compared(workbook, "ironcalc")
    if not (every.affected or every.dependants or every.wrong):
        raise FormulaError(f"IronCalc sees {found.different:,} other figures, but not when it calculates them again")
    return Verdict(found.formulas, every)


def compared(workbook: Path, engine: str) -> Sorted:
    """Has an engine recalculate any workbook, and sorts the cells whose figures differ by their cause.

    Raises:
        UserError: as `recalculate`.
    """
    cells, theirs = formula_cells(workbook), recalculate(workbook, engine)
    ours = {cell: entry.value for cell, entry in cells.items()}
    found = differences(ours, theirs, {cell: entry.formula for cell, entry in cells.items()})
    return sorted_by_cause(found, cells, typed(workbook), theirs)
