"""Recalculates a workbook in two engines that are not ours and compares every formula cell with its cached value.

A test support module: `prove(workbook, ironcalc)` is what most tests need. Each formula cell carries riskshare's own
answer as its cached value, so *cached against recalculated* is *our engine against theirs*. Most readers, and
LibreOffice unless told otherwise, hand back the cached value as if they had calculated it; so before an engine sees a
workbook every cached value in it is replaced by a wrong one, and none of those may come back.

    poison -> recalculate -> differences

Values are numbers or text: a boolean is the text TRUE or FALSE and an error its own text, such as #DIV/0!.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from html import escape, unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias
from xml.etree import ElementTree
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from ironcalc import load_from_xlsx

Value: TypeAlias = float | str
Cell: TypeAlias = tuple[str, str]
"""The sheet's name and the cell's A1 reference."""
Values: TypeAlias = dict[Cell, Value]
Engine: TypeAlias = Callable[[Sequence[Path]], list[Values]]
"""Recalculates workbooks and gives the formula cells of each, in the order given."""

POISON_NUMBER: Final = -987654321.5
POISON_TEXT: Final = "poisoned"
RECALCULATE_ALWAYS: Final = 0
RECALCULATE_NEVER: Final = 1

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# Formula cells and number cells as XlsxWriter and LibreOffice write them: reference, attributes, (formula,) value.
_FORMULA_CELL: Final = re.compile(r'<c r="([A-Z]+[0-9]+)"([^>]*)>(<f(?: [^>]*)?>([^<]*)</f>)<v(?:/>|>([^<]*)</v>)</c>')
_NUMBER_CELL: Final = re.compile(r'<c r="([A-Z]+[0-9]+)"((?: s="[0-9]+")?(?: t="n")?)><v>[^<]*</v></c>')
_FORMULA: Final = re.compile(r"<f[ />]")
_TYPE: Final = re.compile(r' t="(\w+)"')
_FIFTEEN_DIGITS: Final = Context(prec=15, rounding=ROUND_HALF_UP)
_WIDE: Final = Context(prec=330, rounding=ROUND_HALF_UP)
_EIGHT_DECIMALS: Final = Decimal("1e-8")
_PROFILE: Final = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>{mode}</value></prop></item>
</oor:items>"""


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell whose two values are not the same; None stands for a cell that one side lacks."""

    sheet: str
    cell: str
    expected: Value | None
    actual: Value | None
    formula: str = ""

    def __str__(self) -> str:
        formula = f"  ={self.formula}" if self.formula else ""
        return f"{self.sheet}!{self.cell}: cached {self.expected!r}, recalculated {self.actual!r}{formula}"


# What a test calls


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
            assert poison(workbook, copy) > 0, f"{workbook} has no formula cell, so recalculating it proves nothing"
        results = engine(copies)
    return [_compare(workbook, result) for workbook, result in zip(workbooks, results, strict=True)]


def ironcalc(workbooks: Sequence[Path]) -> list[Values]:
    """Recalculate each workbook in IronCalc."""
    return [recalculate_ironcalc(workbook) for workbook in workbooks]


def libreoffice(workbooks: Sequence[Path]) -> list[Values]:
    """Recalculate all workbooks in one start of LibreOffice; skips or fails as `recalculate_libreoffice` does."""
    with TemporaryDirectory() as folder:
        return recalculate_libreoffice(workbooks, Path(folder))


def differences(
    expected: Mapping[Cell, Value], actual: Mapping[Cell, Value], formulas: Mapping[Cell, str] | None = None
) -> list[Difference]:
    """List the cells whose values differ or that only one side has, in the order of `expected`.

    Numbers are equal when they agree in 15 significant digits (all that a spreadsheet keeps) to 8 decimals (more than
    any unit of ours has): a penny shows up to 1e13, the noise of binary fractions does not. Text is compared exactly.
    """
    cells = dict.fromkeys([*expected, *actual])
    return [
        Difference(*cell, expected.get(cell), actual.get(cell), (formulas or {}).get(cell, ""))
        for cell in cells
        if not _same(expected.get(cell), actual.get(cell))
    ]


# What the files say


def poison(workbook: Path, copy: Path) -> int:
    """Write a copy in which every formula cell has a wrong cached value, and count those cells.

    Raises:
        ValueError: a formula cell is written in a way this module does not read; none is passed over in silence.
    """
    with ZipFile(workbook) as archive:
        count = sum(len(_formula_cells(archive.read(part).decode())) for part in _sheet_parts(archive).values())
    _rewrite(workbook, copy, lambda _, xml: _FORMULA_CELL.sub(_poisoned_cell, xml))
    return count


def changed_by_input(workbook: Path, copy: Path, changes: Mapping[Cell, float | Decimal]) -> None:
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

    _rewrite(workbook, copy, edit)
    if open_changes:
        raise ValueError(f"not a number cell of {workbook}: {', '.join('!'.join(cell) for cell in open_changes)}")


def formulas(workbook: Path) -> dict[Cell, str]:
    """Every formula by its cell, as the file has it: without the equals sign.

    Raises:
        ValueError: as `poison`.
    """
    return {cell: formula for cell, (formula, _) in _read(workbook).items()}


def cached(workbook: Path) -> Values:
    """The cached value of every formula cell.

    Raises:
        ValueError: as `poison`.
    """
    return {cell: value for cell, (_, value) in _read(workbook).items()}


# The engines


def recalculate_ironcalc(workbook: Path) -> Values:
    """Load a workbook in IronCalc, evaluate it and give the value of every formula cell.

    Raises:
        ironcalc.WorkbookError: IronCalc cannot read the file.
    """
    model = load_from_xlsx(str(workbook))
    model.evaluate()
    index = {sheet["name"]: number for number, sheet in enumerate(model.get_worksheets_properties())}
    return {
        (sheet, cell): _plain(model.get_cell_value(index[sheet], *_row_and_column(cell)))
        for sheet, cell in formulas(workbook)
    }


def recalculate_libreoffice(workbooks: Sequence[Path], folder: Path, mode: int = RECALCULATE_ALWAYS) -> list[Values]:
    """Convert workbooks in one headless LibreOffice that recalculates on load, and give the formula cells of each.

    Starting it costs seconds, so give it everything at once. `folder` receives the profile and the converted files.
    Skips the test when LibreOffice is missing.

    Raises:
        RuntimeError: LibreOffice is missing although RISKSHARE_REQUIRE_LIBREOFFICE is 1, or it left out a workbook.
    """
    soffice = _soffice()
    profile, inputs, outputs = folder / "profile", folder / "in", folder / "out"
    for directory in (profile / "user", inputs, outputs):
        directory.mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE.format(mode=mode), encoding="utf-8")
    names = [f"{number:04}.xlsx" for number in range(len(workbooks))]
    for workbook, name in zip(workbooks, names, strict=True):
        shutil.copyfile(workbook, inputs / name)
    options = [f"-env:UserInstallation={profile.resolve().as_uri()}", "--headless", "--norestore"]
    convert = ["--convert-to", "xlsx", "--outdir", str(outputs.resolve()), *names]
    done = subprocess.run([soffice, *options, *convert], cwd=inputs, capture_output=True, text=True, check=False)
    missing = [name for name in names if not (outputs / name).is_file()]
    if missing:
        raise RuntimeError(f"LibreOffice did not convert {', '.join(missing)}: {done.stdout}{done.stderr}")
    return [cached(outputs / name) for name in names]


def _soffice() -> str:
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found:
        return found
    message = "LibreOffice (soffice) is not installed"
    if os.environ.get("RISKSHARE_REQUIRE_LIBREOFFICE") == "1":
        raise RuntimeError(f"{message}, and RISKSHARE_REQUIRE_LIBREOFFICE=1 asks for it")
    pytest.skip(message)


# Values


def _compare(workbook: Path, result: Values) -> list[Difference]:
    survivors = [f"{sheet}!{cell}" for (sheet, cell), value in result.items() if value in (POISON_NUMBER, POISON_TEXT)]
    assert not survivors, f"not recalculated, {len(survivors)} cells of {workbook} are poisoned: {survivors[:5]}"
    return differences(cached(workbook), result, formulas(workbook))


def _same(expected: Value | None, actual: Value | None) -> bool:
    if expected is None or actual is None or isinstance(expected, str) or isinstance(actual, str):
        return expected == actual
    return expected == actual or _canonical(expected) == _canonical(actual)


def _canonical(number: float) -> Decimal:
    return _WIDE.quantize(_FIFTEEN_DIGITS.create_decimal(repr(float(number))), _EIGHT_DECIMALS)


def _plain(value: Value | bool | None) -> Value:
    if isinstance(value, bool):
        return str(value).upper()
    return "" if value is None else value


def _row_and_column(cell: str) -> tuple[int, int]:
    letters = cell.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(cell[len(letters) :]), column


# The parts of the file


def _sheet_parts(archive: ZipFile) -> dict[str, str]:
    """The sheets' names and the parts that hold them, in the workbook's order."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.attrib["Id"]: relation.attrib["Target"] for relation in relations}
    sheets = ElementTree.fromstring(archive.read("xl/workbook.xml")).iter(f"{_MAIN}sheet")
    return {sheet.attrib["name"]: _part(targets[sheet.attrib[_RELATION]]) for sheet in sheets}


def _part(target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _formula_cells(xml: str) -> list[re.Match[str]]:
    found = list(_FORMULA_CELL.finditer(xml))
    if len(found) != len(_FORMULA.findall(xml)):
        raise ValueError(f"of {len(_FORMULA.findall(xml))} formula cells only {len(found)} can be read")
    return found


def _read(workbook: Path) -> dict[Cell, tuple[str, Value]]:
    with ZipFile(workbook) as archive:
        return {
            (sheet, match[1]): (unescape(match[4]), _cached_value(match))
            for sheet, part in _sheet_parts(archive).items()
            for match in _formula_cells(archive.read(part).decode())
        }


def _kind(attributes: str) -> str:
    found = _TYPE.search(attributes)
    return found[1] if found else "n"


def _cached_value(match: re.Match[str]) -> Value:
    kind, text = _kind(match[2]), unescape(match[5] or "")
    if kind == "b":
        return "TRUE" if text == "1" else "FALSE"
    return float(text) if kind == "n" and text else text


def _poisoned_cell(match: re.Match[str]) -> str:
    style = _TYPE.sub("", match[2])
    if isinstance(_cached_value(match), str):
        return f'<c r="{match[1]}"{style} t="str">{match[3]}<v>{escape(POISON_TEXT)}</v></c>'
    return f'<c r="{match[1]}"{style}>{match[3]}<v>{POISON_NUMBER}</v></c>'


def _rewrite(workbook: Path, copy: Path, edit: Callable[[str, str], str]) -> None:
    """Copy a workbook with the XML of each sheet passed through `edit(sheet name, xml)`."""
    with ZipFile(workbook) as archive, ZipFile(copy, "w", ZIP_DEFLATED, compresslevel=1) as target:
        sheets = {part: sheet for sheet, part in _sheet_parts(archive).items()}
        for entry in archive.infolist():
            content = archive.read(entry)
            if entry.filename in sheets:
                content = edit(sheets[entry.filename], content.decode()).encode()
            target.writestr(entry.filename, content)
