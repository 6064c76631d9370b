"""Recalculates a workbook in two engines that are not ours and compares every formula cell with its cached value.

A test support module: `prove(workbook, ironcalc)` is what most tests need. Each formula cell carries riskshare's own
answer as its cached value, so *cached against recalculated* is *our engine against theirs*. Most readers, and
LibreOffice unless told otherwise, hand back the cached value as if they had calculated it; so before an engine sees a
workbook every cached value in it is replaced by a wrong one, and none of those may come back.

    poison -> recalculate -> differences

The engines are those of the product, `riskshare.proof`; here a missing LibreOffice skips or fails the test.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

import pytest

from riskshare.problems.errors import UserError
from riskshare.proof.comparing import Difference, differences
from riskshare.proof.ironcalc import evaluated
from riskshare.proof.libreoffice import RECALCULATE_ALWAYS, RECALCULATE_NEVER, converted, program
from riskshare.proof.poison import POISON, POISON_NUMBER, POISON_TEXT, rewritten
from riskshare.proof.poison import poisoned as poisoned_package
from riskshare.xlsx.formula_cells import CellKey, CellValue, CellValues, formula_cells
from riskshare.xlsx.package import opened

__all__ = [
    "POISON_NUMBER",
    "POISON_TEXT",
    "RECALCULATE_NEVER",
    "CellValue",
    "CellValues",
    "Difference",
    "Engine",
    "cached",
    "changed_by_input",
    "differences",
    "formulas",
    "ironcalc",
    "libreoffice",
    "poisoned",
    "prove",
    "prove_all",
    "recalculate_ironcalc",
    "recalculate_libreoffice",
]

Engine: TypeAlias = Callable[[Sequence[Path]], list[CellValues]]
"""Recalculates workbooks and gives the formula cells of each, in the order given."""

_NUMBER_CELL: Final = re.compile(r'<c r="([A-Z]+[0-9]+)"((?: s="[0-9]+")?(?: t="n")?)><v>[^<]*</v></c>')


def prove(workbook: Path, engine: Engine) -> list[Difference]:
    """Recalculate one workbook in an engine and give every formula cell that the engine sees otherwise than we do.

    The result is empty for a workbook that is right: assert that it is.

    Raises:
        AssertionError: nothing to poison, or the engine gave back a poisoned value and so did not recalculate.
    """
    return prove_all([workbook], engine)[0]


def prove_all(workbooks: Sequence[Path], engine: Engine) -> list[list[Difference]]:
    """Recalculate many workbooks in one call of an engine; the differences of each, in the order given.

    Raises:
        AssertionError: as `prove`, naming the workbook.
    """
    with TemporaryDirectory() as folder:
        copies = [Path(folder) / f"{number:04}.xlsx" for number in range(len(workbooks))]
        for workbook, copy in zip(workbooks, copies, strict=True):
            assert poisoned(workbook, copy) > 0, f"{workbook} has no formula cell, so recalculating it proves nothing"
        results = engine(copies)
    return [_compare(workbook, result) for workbook, result in zip(workbooks, results, strict=True)]


def ironcalc(workbooks: Sequence[Path]) -> list[CellValues]:
    """Recalculate each workbook in IronCalc."""
    return [recalculate_ironcalc(workbook) for workbook in workbooks]


def libreoffice(workbooks: Sequence[Path]) -> list[CellValues]:
    """Recalculate all workbooks in one start of LibreOffice; skips or fails as `recalculate_libreoffice` does."""
    with TemporaryDirectory() as folder:
        return recalculate_libreoffice(workbooks, Path(folder))


def recalculate_ironcalc(workbook: Path) -> CellValues:
    """Load a workbook in IronCalc, evaluate it and give the value of every formula cell."""
    return evaluated(workbook)


def recalculate_libreoffice(
    workbooks: Sequence[Path], folder: Path, mode: int = RECALCULATE_ALWAYS
) -> list[CellValues]:
    """Convert workbooks in one headless LibreOffice, and give the formula cells of each.

    Skips the test when LibreOffice is missing.

    Raises:
        RuntimeError: LibreOffice is missing although RISKSHARE_REQUIRE_LIBREOFFICE is 1.
    """
    _require_libreoffice()
    return converted(workbooks, folder, mode)


def _require_libreoffice() -> None:
    try:
        program()
    except UserError as missing:
        if os.environ.get("RISKSHARE_REQUIRE_LIBREOFFICE") == "1":
            raise RuntimeError(f"{missing} RISKSHARE_REQUIRE_LIBREOFFICE=1 asks for it") from missing
        pytest.skip(str(missing))


def formulas(workbook: Path) -> dict[CellKey, str]:
    """Every formula by its cell, as the file has it: without the equals sign."""
    with opened(workbook) as package:
        return {cell: entry.formula for cell, entry in formula_cells(package).items()}


def cached(workbook: Path) -> CellValues:
    """The cached value of every formula cell."""
    with opened(workbook) as package:
        return {cell: entry.value for cell, entry in formula_cells(package).items()}


def poisoned(workbook: Path, copy: Path) -> int:
    """Write a copy in which every formula cell has a wrong cached value, and count those cells."""
    with opened(workbook) as package:
        return poisoned_package(package, copy)


def changed_by_input(workbook: Path, copy: Path, changes: Mapping[CellKey, float | Decimal]) -> None:
    """Write a copy with other numbers in some input cells; formula cells keep the cached values they had.

    Raises:
        ValueError: a cell to change is not a plain number: it is missing, empty, text or a formula.
    """
    open_changes = dict(changes)

    def edit(sheet: str, xml: str) -> str:
        def new_cell(match: re.Match[str]) -> str:
            value = open_changes.pop((sheet, match[1]), None)
            return match[0] if value is None else f'<c r="{match[1]}"{match[2]}><v>{value}</v></c>'

        return _NUMBER_CELL.sub(new_cell, xml)

    with opened(workbook) as package:
        rewritten(package, copy, edit)
    if open_changes:
        raise ValueError(f"not a number cell of {workbook}: {', '.join('!'.join(cell) for cell in open_changes)}")


def _compare(workbook: Path, result: CellValues) -> list[Difference]:
    survivors = [f"{sheet}!{cell}" for (sheet, cell), value in result.items() if value in POISON]
    assert not survivors, f"not recalculated, {len(survivors)} cells of {workbook} are poisoned: {survivors[:5]}"
    return differences(cached(workbook), result, formulas(workbook))
