"""The engines that can recalculate a workbook, by the name that a user gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from riskshare.problems.errors import UserError
from riskshare.problems.findings import did_you_mean
from riskshare.proof import ironcalc, libreoffice
from riskshare.proof.poison import POISON, poisoned
from riskshare.xlsx.formula_cells import CellValues
from riskshare.xlsx.package import Package


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine: what it is called, which version is installed, and how it evaluates a workbook as it is."""

    name: str
    version: Callable[[], str]
    evaluated: Callable[[Path], CellValues]


ENGINES: Mapping[str, Engine] = {
    "ironcalc": Engine(ironcalc.NAME, ironcalc.installed_version, ironcalc.evaluated),
    "libreoffice": Engine(libreoffice.NAME, libreoffice.installed_version, libreoffice.evaluated),
}


def engine_named(name: str) -> Engine:
    """The engine with this name. Raises UserError where there is none."""
    if name not in ENGINES:
        known = ", ".join(ENGINES)
        raise UserError(f"There is no engine '{name}'. {did_you_mean(name, ENGINES) or f'Name one of {known}.'}")
    return ENGINES[name]


def recalculate(workbook: Package, engine: str) -> CellValues:
    """Has an engine recalculate any workbook, and gives the value of every formula cell.

    Every cached value that the engine sees is poisoned, and none may come back: what it gives it has calculated.

    Raises:
        UserError: there is no such engine, it is not installed, can't read the file, or did not calculate.
    """
    chosen = engine_named(engine)
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "poisoned.xlsx"
        poisoned(workbook, copy)
        values = chosen.evaluated(copy)
    untouched = [f"'{sheet}'!{cell}" for (sheet, cell), value in values.items() if value in POISON]
    if untouched:
        raise UserError(
            f"{chosen.name} did not recalculate {len(untouched):,} cells of {workbook.path}, the first "
            f"{untouched[0]}. Use the other engine."
        )
    return values
