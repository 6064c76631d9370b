"""IronCalc, the engine that proves every workbook at build: recalculates a file, or counts where it differs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from riskshare.problems.errors import UserError
from riskshare.proof.comparing import same
from riskshare.proof.partitions import Calculated, SheetsXml, likely_first, pieces, read, write_piece
from riskshare.proof.poison import POISON
from riskshare.xlsx.a1 import column_number, point
from riskshare.xlsx.formula_cells import CellValue, CellValues, formula_cells
from riskshare.xlsx.package import Package, opened_without_limits

if TYPE_CHECKING:
    from ironcalc import Model

NAME = "IronCalc"
PANIC = "PanicException"
WORTH_A_PROCESS = 5_000_000
"""Characters of a workbook from which the second piece is worth a process of its own."""


def installed_version() -> str:
    """The version that is installed."""
    return version("ironcalc")


def evaluated(workbook: Path) -> CellValues:
    """Loads a workbook as it is, evaluates it and gives the value of every formula cell. Raises UserError."""
    model = _evaluated(workbook)
    index = {sheet["name"]: number for number, sheet in enumerate(model.get_worksheets_properties())}
    with opened_without_limits(workbook) as package:
        cells = formula_cells(package)
    return {(sheet, cell): _plain(model.get_cell_value(index[sheet], *point(cell))) for sheet, cell in cells}


def _evaluated(workbook: Path) -> Model:
    from ironcalc import WorkbookError, load_from_xlsx

    try:
        with _silence():
            model = load_from_xlsx(str(workbook))
        model.evaluate()
    except WorkbookError as failure:
        raise UserError(f"IronCalc cannot read the workbook ({failure}). Build it again.") from failure
    except BaseException as failure:  # a panic of a library written in Rust is no Exception
        if type(failure).__name__ != PANIC:
            raise
        raise UserError(f"IronCalc gave up on the workbook ({failure}). Build it again.") from failure
    return model


@contextmanager
def _silence() -> Iterator[None]:
    """Keeps what IronCalc says of cells that it does not understand out of the command's own output."""
    sys.stdout.flush()
    kept, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nothing)


def _plain(value: CellValue | bool | None) -> CellValue:
    if isinstance(value, bool):
        return str(value).upper()
    return "" if value is None else value


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many formula cells were calculated, how many differ, and how many came back as they were poisoned."""

    formulas: int
    different: int
    untouched: int

    def __add__(self, other: Agreement) -> Agreement:
        """Both together."""
        return Agreement(
            self.formulas + other.formulas, self.different + other.different, self.untouched + other.untouched
        )


NONE = Agreement(0, 0, 0)


def agreement(workbook: Package) -> Agreement:
    """Recalculates a workbook of ours, piece by piece, and counts the cells in which IronCalc sees another figure.

    Of a long workbook the second piece is calculated by another process at the same time: IronCalc uses one core.

    Raises:
        UserError: IronCalc cannot read it.
    """
    workbook_xml = read(workbook)
    if sum(map(len, workbook_xml.sheets.values())) < WORTH_A_PROCESS:
        return sum((agreement_of(workbook_xml, piece) for piece in pieces(workbook_xml)), NONE)
    second = frozenset(workbook_xml.sheets) - likely_first(workbook_xml)
    command = [sys.executable, "-m", "riskshare.proof", str(workbook.path), *second]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as beside:
        try:
            first, *others = pieces(workbook_xml)
            known = agreement_of(workbook_xml, first)
            said = beside.communicate()[0] if others == [second] else ""
        finally:
            beside.kill()
    if said and not beside.returncode:
        return known + Agreement(**json.loads(said.splitlines()[-1]))
    return sum((agreement_of(workbook_xml, piece) for piece in others), known)


def agreement_of(workbook_xml: SheetsXml, piece: frozenset[str]) -> Agreement:
    """The same for the sheets of one piece."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "piece.xlsx"
        sheets = write_piece(workbook_xml, piece, copy)
        model = _evaluated(copy)
    return sum((_compared(model, sheet) for sheet in sheets), NONE)


def _compared(model: Model, sheet: Calculated) -> Agreement:
    value_of, number = model.get_cell_value, sheet.sheet
    columns = {letters: column_number(letters) for letters in set(sheet.letters)}
    theirs = [
        value_of(number, int(row), columns[letters]) for letters, row in zip(sheet.letters, sheet.rows, strict=True)
    ]
    pairs = [(ours, _plain(value)) for ours, value in zip(sheet.values, theirs, strict=True) if ours != value]
    different = sum(not same(ours, value) for ours, value in pairs)
    return Agreement(len(theirs), different, sum(value in POISON for _, value in pairs))
