"""Partitions: a finished workbook cut in two, each with what its formulas read and nothing else, for two processes.

What that gains: IronCalc uses one core. Of a workbook with 1,054,300 formulas (20,000 lines, 28 localities) it keeps a
core busy for 16.7 s in one piece, and for 8.6 s and 10.1 s in two (November 2026): 40% less to wait for where a second
core is idle, and nothing where none is. Below `ironcalc.WORTH_A_PROCESS`, about 600 lines, one process does both.

The first piece holds the sheet with the most formulas and every sheet that it reads, through others too; it stands by
itself, and its figures come from the inputs alone. The second holds the formulas of all other sheets; what they read of
the first piece's sheets stands there as the values that the file shows, which the first piece proves at the same time.
So every formula is calculated once from figures that are calculated too, and none in a circle: nothing in the first
piece reads the second. A workbook whose sheets all hang together is one piece.

In a piece no formula cell has the cached value of the file: each has a poisoned one instead, which must not come back.
A formula that its column repeats is written once and shared down the column, as Excel itself does, so that an engine
need not read it thousands of times; it is shared only where the file's own text, row by row, is that formula. Columns
of long sheets that no formula reads are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

from riskshare.problems.errors import LayoutError
from riskshare.proof.poison import NUMBER_POISON, TEXT_POISON
from riskshare.xlsx.a1 import column_letters
from riskshare.xlsx.formula_cells import CellValue, cached_value, sheets
from riskshare.xlsx.formulas import MARK, columns_read, pattern
from riskshare.xlsx.package import Package

LONG = 100_000
SAMPLE = 50_000
_NEEDED = (
    "[Content_Types].xml",
    "_rels/.rels",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/styles.xml",
    "xl/theme/theme1.xml",
    "xl/sharedStrings.xml",
)
_OUR_FORMULA = re.compile(r'<c r="([A-Z]+)([0-9]+)"([^>]*)><f>([^<]*)</f><v>([^<]*)</v></c>')
_FORMULA = re.compile(r"<f(?: [^>]*)?(?:/>|>[^<]*</f>)")
_NOTHING = ("", "")
_SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


@dataclass(frozen=True, slots=True)
class Calculated:
    """A sheet of a piece: its formula cells in order, as columns of their letters, rows and values in the file.

    `rows_xml` are its rows as the engine is given them, `formulas` its formulas without those that only repeat.
    """

    sheet: int
    letters: Sequence[str]
    rows: Sequence[str]
    values: Sequence[CellValue]
    formulas: Sequence[str]
    rows_xml: str


@dataclass(frozen=True)
class SheetsXml:
    """The rows of a workbook's sheets as XML by name, the file's part that each comes from, and its other parts."""

    sheets: Mapping[str, str]
    parts: Mapping[str, str]
    others: Mapping[str, bytes]
    _calculated: dict[str, Calculated] = field(default_factory=dict)

    def calculated(self, sheet: str) -> Calculated:
        """A sheet as an engine is given it to calculate, made when it is first asked for. Raises LayoutError."""
        if sheet not in self._calculated:
            self._calculated[sheet] = _calculated(list(self.sheets).index(sheet), self.sheets[sheet])
        return self._calculated[sheet]


def read(package: Package) -> SheetsXml:
    """The parts of a finished workbook that bear on its figures."""
    others = {name: package.content(path) for path, name in package.names.items() if name in _NEEDED}
    parts = {sheet.name: package.names[sheet.path] for sheet in package.sheets}
    return SheetsXml({sheet: _rows(xml) for sheet, xml in sheets(package).items()}, parts, others)


def pieces(workbook: SheetsXml) -> tuple[frozenset[str], ...]:
    """The names of the sheets whose formulas each piece calculates."""
    counts = {sheet: xml.count("<f>") for sheet, xml in workbook.sheets.items()}
    first = _with_all_it_reads(max(counts, key=lambda sheet: counts[sheet]), workbook)
    rest = frozenset(sheet for sheet in workbook.sheets if sheet not in first)
    return (first, rest) if any(counts[sheet] for sheet in rest) else (first | rest,)


def likely_first(workbook: SheetsXml) -> frozenset[str]:
    """What the first of the pieces will probably be, by the beginnings of its sheets: soon enough to start the rest."""
    counts = {sheet: xml.count("<f>") for sheet, xml in workbook.sheets.items()}
    left = [max(counts, key=lambda sheet: counts[sheet])]
    first = set(left)
    while left:
        xml = workbook.sheets[left.pop()][:SAMPLE]
        formulas = (unescape(formula) for formula in re.findall(r"<f>([^<]*)</f>", xml))
        fresh = set(columns_read(formulas, "")) - first - {""}
        first |= fresh
        left += fresh
    return frozenset(first)


def _with_all_it_reads(sheet: str, workbook: SheetsXml) -> frozenset[str]:
    read, left = {sheet}, [sheet]
    while left:
        name = left.pop()
        fresh = set(columns_read(workbook.calculated(name).formulas, name)) - read
        read |= fresh
        left += fresh
    return frozenset(read)


def write_piece(workbook: SheetsXml, calculated: frozenset[str], copy: Path) -> list[Calculated]:
    """Writes a piece as a workbook of its own; gives its sheets with their formula cells as the file shows them."""
    done = {sheet: workbook.calculated(sheet) for sheet in workbook.sheets if sheet in calculated}
    needed = _columns([columns_read(entry.formulas, sheet) for sheet, entry in done.items()])
    with ZipFile(copy, "w", ZIP_STORED) as target:
        for name, content in workbook.others.items():
            target.writestr(name, content)
        for sheet, part in workbook.parts.items():
            rows = done[sheet].rows_xml if sheet in done else _values_of(sheet, workbook, needed)
            target.writestr(part, _SHEET.format(_kept(rows, needed.get(sheet, set()))))
    return list(done.values())


def _rows(xml: str) -> str:
    """The rows of a sheet, without what stands before and after them, such as its links."""
    start, end = xml.find("<sheetData>"), xml.rfind("</sheetData>")
    return xml[start + len("<sheetData>") : end] if start >= 0 else ""


def _values_of(sheet: str, workbook: SheetsXml, needed: Mapping[str, set[int]]) -> str:
    return _FORMULA.sub("", workbook.sheets[sheet]) if sheet in needed else ""


def _columns(reads: Iterable[Mapping[str, set[int]]]) -> dict[str, set[int]]:
    needed: dict[str, set[int]] = {}
    for read_by_one in reads:
        for sheet, columns in read_by_one.items():
            needed.setdefault(sheet, set()).update(columns)
    return needed


def _kept(xml: str, columns: set[int]) -> str:
    """A long sheet without the values that nothing reads."""
    if len(xml) < LONG:
        return xml
    letters = "|".join(column_letters(column) for column in sorted(columns)) or "-"
    return re.sub(rf'<c r="(?!(?:{letters})[0-9])[A-Z]+[0-9]+"[^>]*>(?:<v>[^<]*</v>)?</c>', "", xml)


def _calculated(sheet: int, rows_xml: str) -> Calculated:
    """Poisons every cached value of a sheet, and shares each formula down the column that repeats it.

    Raises:
        LayoutError: a formula cell is not written as riskshare writes them; none is passed over in silence.
    """
    parts = _OUR_FORMULA.split(rows_xml)
    letters, rows, attributes, formulas, texts, after = (parts[number::6] for number in range(1, 7))
    if len(rows) != rows_xml.count("<f>") + rows_xml.count("<f "):
        raise LayoutError(f"sheet {sheet + 1} has formula cells that are not written as riskshare writes them")
    values = [_value(*cell) for cell in zip(attributes, texts, strict=True)]
    poisons = [TEXT_POISON if isinstance(value, str) else NUMBER_POISON for value in values]
    distinct: list[str] = []
    elements = _elements(letters, rows, formulas, distinct)
    cells = [
        f'<c r="{letter}{row}"{kind}>{element}<v>{poison}</v></c>{rest}'
        for letter, row, (kind, poison), element, rest in zip(letters, rows, poisons, elements, after, strict=True)
    ]
    return Calculated(
        sheet, letters, rows, values, [unescape(formula) for formula in distinct], parts[0] + "".join(cells)
    )


def _value(attributes: str, text: str) -> CellValue:
    return cached_value(attributes, text) if "t=" in attributes else float(text) if text else ""


def _elements(
    letters: Iterable[str], rows: Iterable[str], formulas: Iterable[str], distinct: list[str]
) -> Iterator[str]:
    """The formulas as elements: those that repeat the one above them only refer to it; the others are `distinct`."""
    above: dict[str, tuple[str, str]] = {}
    for letter, row, formula in zip(letters, rows, formulas, strict=True):
        repeated, shared = above.get(letter, _NOTHING)
        if repeated.replace(MARK, row) == formula:
            yield shared
        else:
            distinct.append(formula)
            repeated, element, shared = _shareable(formula, f"{letter}{row}", row, len(distinct))
            above[letter] = repeated, shared
            yield element


def _shareable(formula: str, cell: str, row: str, number: int) -> tuple[str, str, str]:
    """The pattern of a formula, the formula in its own cell, and in the cells below that repeat it."""
    repeated = pattern(formula, row)
    if repeated is None:
        return "", f"<f>{formula}</f>", ""
    return repeated, f'<f t="shared" ref="{cell}" si="{number}">{formula}</f>', f'<f t="shared" si="{number}"/>'
