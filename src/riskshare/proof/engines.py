"""The engines that can recalculate a workbook, by the name that a user gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from riskshare.problems.errors import UserError
from riskshare.problems.findings import did_you_mean
from riskshare.proof import ironcalc, libreoffice
from riskshare.proof.poison import POISON
from riskshare.xlsx.stored import Values


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine: what it is called, which version is installed, and how it recalculates workbooks."""

    name: str
    version: Callable[[], str]
    recalculated: Callable[[Sequence[Path]], list[Values]]


ENGINES: Mapping[str, Engine] = {
    "ironcalc": Engine(ironcalc.NAME, ironcalc.installed_version, ironcalc.recalculated),
    "libreoffice": Engine(libreoffice.NAME, libreoffice.installed_version, libreoffice.recalculated),
}


def engine_named(name: str) -> Engine:
    """The engine with this name. Raises UserError where there is none."""
    if name not in ENGINES:
        known = ", ".join(ENGINES)
        raise UserError(f"There is no engine '{name}'. {did_you_mean(name, ENGINES) or f'Name one of {known}.'}")
    return ENGINES[name]


def recalculate(workbook: Path, engine: str) -> Values:
    """Has an engine recalculate any workbook, and gives the value of every formula cell.

    Every cached value that the engine sees is poisoned, and none may come back: what it gives it has calculated.

    Raises:
        UserError: there is no such engine, it is not installed, can't read the file, or did not calculate.
    """
    (values,) = engine_named(engine).recalculated([workbook])
    untouched = [f"'{sheet}'!{cell}" for (sheet, cell), value in values.items() if value in POISON]
    if untouched:
        raise UserError(
            f"{ENGINES[engine].name} did not recalculate {len(untouched):,} cells of {workbook}, the first "
            f"{untouched[0]}. Use the other engine."
        )
    return values
