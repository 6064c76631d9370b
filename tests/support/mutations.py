"""Tampers with a workbook: many single changes in cells of their own, made by openpyxl or in the file's own XML.

A test support module. `chosen` picks the changes at random from a seed; `by_openpyxl` and `in_its_xml` make them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final, TypeAlias
from xml.etree import ElementTree
from xml.sax.saxutils import escape
from zipfile import ZipFile

from openpyxl import load_workbook
from openpyxl.cell import Cell as OpenpyxlCell
from openpyxl.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from riskshare.audit.edits.change import CellEdit, EditKind
from riskshare.xlsx.a1 import areas, name_of, point
from riskshare.xlsx.content import SheetContent, StoredCell, WorkbookContent
from small_workbook import write_parts

Found: TypeAlias = tuple[EditKind, str, str]
"""Kind, sheet and cell of a change."""

CONTENTS: Final = (
    EditKind.INPUT,
    EditKind.TO_NUMBER,
    EditKind.TO_TEXT,
    EditKind.FORMULA,
    EditKind.FORMULA_ADDED,
    EditKind.TEXT,
    EditKind.ADDED,
    EditKind.EMPTIED,
    EditKind.NUMBER_FORMAT,
)
AROUND: Final = (
    EditKind.VALIDATION,
    EditKind.CONDITIONAL_FORMAT,
    EditKind.LINK,
    EditKind.COMMENT,
    EditKind.ROW_HIDDEN,
    EditKind.COLUMN_HIDDEN,
    EditKind.NAME_ADDED,
)
_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True)
class Mutation:
    """One change to make: the kind that must be named, where, and what is put there."""

    kind: EditKind
    sheet: str
    cell: str
    now: float | str = ""

    @property
    def found(self) -> Found:
        return self.kind, self.sheet, self.cell


def named(changes: Sequence[CellEdit]) -> list[Found]:
    """What a comparison says, without the values."""
    return sorted((change.kind, change.sheet, change.cell) for change in changes)


def chosen(book: WorkbookContent, random: Random, kinds: Sequence[EditKind], count: int) -> list[Mutation]:
    """Random changes, each kind about as often, spread over all sheets; no two touch one cell, row or column."""
    taken: set[tuple[str, str]] = set()
    mutations: list[Mutation] = []
    while len(mutations) < count:
        kind = kinds[len(mutations) % len(kinds)]
        sheet = random.choice([sheet for sheet in book.sheets if _candidates(kind, sheet)])
        cell = random.choice(_candidates(kind, sheet))
        mutation = _mutation(kind, sheet, cell, random)
        marks = {(sheet.name, cell), (sheet.name, mutation.cell)}
        if not marks & taken:
            taken |= marks
            mutations.append(mutation)
    return mutations


def _candidates(kind: EditKind, sheet: SheetContent) -> list[str]:
    """Cells that a kind of change can be made to; one with a link is left alone, for an emptied one loses it."""
    if (kind, sheet.name) not in _CANDIDATES or _CANDIDATES[kind, sheet.name][0] is not sheet:
        linked = {name_of(at) for link in sheet.links for area in areas(link.area) for at in area.points()}
        found = [name for name, cell in sheet.cells.items() if name not in linked and _suits(kind, cell)]
        _CANDIDATES[kind, sheet.name] = (sheet, found)
    return _CANDIDATES[kind, sheet.name][1]


_CANDIDATES: dict[tuple[EditKind, str], tuple[SheetContent, list[str]]] = {}


def _suits(kind: EditKind, cell: StoredCell) -> bool:
    if kind in {EditKind.TO_NUMBER, EditKind.TO_TEXT, EditKind.FORMULA, EditKind.STALE}:
        return bool(cell.formula) and isinstance(cell.value, float)
    if kind in {EditKind.INPUT, EditKind.FORMULA_ADDED}:
        return not cell.formula and isinstance(cell.value, float)
    if kind is EditKind.TEXT:
        return not cell.formula and isinstance(cell.value, str)
    return isinstance(cell.value, float) if kind is EditKind.NUMBER_FORMAT else True


def _mutation(kind: EditKind, sheet: SheetContent, cell: str, random: Random) -> Mutation:
    """A change of the kind at a cell, at its row or column, or beside the end of its row."""
    row, column = point(cell)
    old = sheet.cells[cell]
    if kind is EditKind.ADDED:
        last = max(at[1] for name in sheet.cells if (at := point(name))[0] == row)
        return Mutation(
            kind,
            sheet.name,
            name_of((row, last + 1)),
            _amount(random) if random.random() < 0.5 else "a remark & <more>",
        )
    if kind is EditKind.ROW_HIDDEN:
        return Mutation(kind, sheet.name, str(row))
    if kind is EditKind.COLUMN_HIDDEN:
        return Mutation(kind, sheet.name, get_column_letter(column))
    if kind is EditKind.NAME_ADDED:
        return Mutation(
            kind, "", f"name_{random.randrange(10**9)}", f"'{sheet.name}'!${get_column_letter(column)}${row}"
        )
    return Mutation(kind, sheet.name, cell, _new_content(kind, old, random))


def _new_content(kind: EditKind, old: StoredCell, random: Random) -> float | str:
    if kind in {EditKind.FORMULA, EditKind.FORMULA_ADDED}:
        return _altered(old.formula, random) if old.formula else f"{old.value!r}+{random.randint(1, 99)}"
    if kind in {EditKind.TEXT, EditKind.TO_TEXT}:
        return random.choice([f"{old.value} ", "0", "TRUE", "a 'quoted' & <marked> text", "£5", "=SUM(1)"[1:]])
    if kind is EditKind.NUMBER_FORMAT:
        return random.choice([";;;", "0.000", "#,##0,", '"5"', "0.0%", "mmm yyyy"])
    if kind in {EditKind.INPUT, EditKind.STALE} and isinstance(old.value, float):
        return random.choice([old.value + 0.01, old.value + 1, -old.value - 1, old.value * 10 + 3, _amount(random)])
    return _amount(random)


def _amount(random: Random) -> float:
    return random.randint(1_000_000, 99_999_999) / 100


def _altered(formula: str, random: Random) -> str:
    ways = [f"{formula}+0.01", f"1.01*({formula})", f"0*({formula})"]
    if found := re.search(r"[A-Z]\$?([0-9]+)", formula):
        ways.append(f"{formula[: found.start(1)]}{int(found[1]) + 1}{formula[found.end(1) :]}")
    if "SUM(" in formula:
        ways.append(formula.replace("SUM(", "MAX(", 1))
    return random.choice(ways)


# ---------------------------------------------------------------------------------------------- with openpyxl


def by_openpyxl(workbook: Path, target: Path, mutations: Sequence[Mutation]) -> Path:
    """Makes the changes as a script would, and saves."""
    book = load_workbook(workbook)
    for mutation in mutations:
        if mutation.kind is EditKind.NAME_ADDED:
            book.defined_names[mutation.cell] = DefinedName(mutation.cell, attr_text=str(mutation.now))
        else:
            _change(book[mutation.sheet], mutation)
    book.save(target)
    return target


def _change(sheet: Worksheet, mutation: Mutation) -> None:
    kind, cell, now = mutation.kind, mutation.cell, mutation.now
    if kind is EditKind.ROW_HIDDEN:
        sheet.row_dimensions[int(cell)].hidden = True
    elif kind is EditKind.COLUMN_HIDDEN:
        hide_column(sheet, cell)
    elif kind is EditKind.NUMBER_FORMAT:
        sheet[cell].number_format = str(now)
    elif kind is EditKind.VALIDATION:
        rule = DataValidation("decimal", formula1="0", formula2=repr(now), showErrorMessage=True, allow_blank=True)
        rule.add(cell)
        sheet.add_data_validation(rule)
    elif kind is EditKind.CONDITIONAL_FORMAT:
        sheet.conditional_formatting.add(cell, CellIsRule(operator="lessThan", formula=[repr(now)]))  # type: ignore[no-untyped-call]
    elif kind is EditKind.LINK:
        sheet[cell].hyperlink = Hyperlink(ref=cell, location=f"'{sheet.title}'!B{round(float(now)) % 999 + 1}")
    elif kind is EditKind.COMMENT:
        sheet[cell].comment = Comment(f"remark {now}", "someone")
    else:
        _put(sheet[cell], mutation)


def hide_column(sheet: Worksheet, letters: str) -> None:
    """Hides one column, also where one entry of the file describes several."""
    number = point(f"{letters}1")[1]
    for dimension in list(sheet.column_dimensions.values()):
        first, last = dimension.min, dimension.max
        if first and last and first < last and first <= number <= last:
            for other in range(first, last + 1):
                sheet.column_dimensions[get_column_letter(other)].width = dimension.width
            dimension.min = dimension.max = first
            for other in range(first + 1, last + 1):
                sheet.column_dimensions[get_column_letter(other)].width = dimension.width
    sheet.column_dimensions[letters].hidden = True


def _put(cell: OpenpyxlCell | MergedCell, mutation: Mutation) -> None:
    if mutation.kind is EditKind.EMPTIED:
        cell.value = None
    elif mutation.kind in {EditKind.FORMULA, EditKind.FORMULA_ADDED}:
        cell.value = f"={mutation.now}"
    else:
        cell.value = mutation.now
        if isinstance(mutation.now, str):
            cell.data_type = "s"


# ---------------------------------------------------------------------------------------------- in the file's XML


def in_its_xml(workbook: Path, target: Path, mutations: Sequence[Mutation]) -> Path:
    """Makes changes of cells' contents where they stand in the file, so that every other cached value stays."""
    formats = sorted({str(one.now) for one in mutations if one.kind is EditKind.NUMBER_FORMAT})
    with ZipFile(workbook) as source:
        texts = {name: source.read(name).decode() for name in source.namelist()}
    styles = _Styles(texts["xl/styles.xml"], formats)
    for sheet, part in sheet_parts(texts).items():
        mine = {one.cell: one for one in mutations if one.sheet == sheet}
        if mine:
            texts[part] = _edited(texts[part], mine, styles)
    texts["xl/styles.xml"] = styles.xml
    write_parts(target, texts)
    return target


def sheet_parts(texts: dict[str, str]) -> dict[str, str]:
    """The part of each sheet of a workbook written by XlsxWriter."""
    relations = {
        node.get("Id"): node.get("Target", "") for node in ElementTree.fromstring(texts["xl/_rels/workbook.xml.rels"])
    }
    sheets = ElementTree.fromstring(texts["xl/workbook.xml"]).iter(f"{_MAIN}sheet")
    return {sheet.get("name", ""): f"xl/{relations[sheet.get(_RELATION)]}" for sheet in sheets}


class _Styles:
    """The styles of a workbook, with copies of them that have other number formats."""

    def __init__(self, xml: str, formats: Sequence[str]) -> None:
        self._numbers = {text: 900 + number for number, text in enumerate(formats)}
        self._added: dict[tuple[str, str], int] = {}
        self._xfs = re.findall(r"<xf [^>]*/>|<xf [^>]*[^/]>.*?</xf>", re.findall(r"<cellXfs.*?</cellXfs>", xml)[0])
        self._xml = xml

    def copy_of(self, style: str, number_format: str) -> int:
        """The style with another number format."""
        key = (style, number_format)
        if key not in self._added:
            self._added[key] = len(self._xfs)
            number = self._numbers[number_format]
            self._xfs.append(
                re.sub(r'numFmtId="\d+"', f'numFmtId="{number}" applyNumberFormat="1"', _once(self._xfs[int(style)]))
            )
        return self._added[key]

    @property
    def xml(self) -> str:
        """The part with the added formats and styles."""
        formats = "".join(
            f'<numFmt numFmtId="{n}" formatCode="{escape(t, {chr(34): "&quot;"})}"/>' for t, n in self._numbers.items()
        )
        xml = re.sub(
            r"<numFmts count=\"\d+\">", lambda found: re.sub(r' count="\d+"', "", found[0]) + formats, self._xml
        )
        return re.sub(r"<cellXfs.*?</cellXfs>", lambda _: f"<cellXfs>{''.join(self._xfs)}</cellXfs>", xml)


def _once(xf: str) -> str:
    return xf.replace(' applyNumberFormat="1"', "")


def _edited(xml: str, mutations: dict[str, Mutation], styles: _Styles) -> str:
    waiting = {cell: one for cell, one in mutations.items() if one.kind is not EditKind.ADDED}
    added: dict[str, list[Mutation]] = {}
    for one in mutations.values():
        if one.kind is EditKind.ADDED:
            added.setdefault(str(point(one.cell)[0]), []).append(one)

    def cell(found: re.Match[str]) -> str:
        one = waiting.pop(found[1], None)
        return _new_cell(found, one, styles) if one else found[0]

    def row(found: re.Match[str]) -> str:
        cells = "".join(_constant(one.cell, "", one.now) for one in added.pop(found[1], []))
        return f"{found[0].removesuffix('</row>')}{cells}</row>"

    xml = re.sub(r'<c r="([A-Z]+[0-9]+)"((?: s="[0-9]+")?)((?: t="\w+")?)(?:/>|>(<f>[^<]*</f>)?(.*?)</c>)', cell, xml)
    xml = re.sub(r'<row r="([0-9]+)"[^>]*>.*?</row>', row, xml)
    assert not {**waiting, **added}, "every cell to change was there"
    return xml


def _new_cell(found: re.Match[str], one: Mutation, styles: _Styles) -> str:
    name, style, kind, formula, value = (part or "" for part in found.groups())
    if one.kind is EditKind.EMPTIED:
        return f'<c r="{name}"{style}/>'
    if one.kind is EditKind.NUMBER_FORMAT:
        number = styles.copy_of(re.sub(r"\D", "", style) or "0", str(one.now))
        return f'<c r="{name}" s="{number}"{kind}>{formula}{value}</c>'
    if one.kind in {EditKind.FORMULA, EditKind.FORMULA_ADDED}:
        return f'<c r="{name}"{style}{kind}><f>{escape(str(one.now))}</f>{value}</c>'
    if one.kind is EditKind.STALE:
        return f'<c r="{name}"{style}>{formula}<v>{one.now!r}</v></c>'
    return _constant(name, style, one.now)


def _constant(name: str, style: str, now: float | str) -> str:
    if isinstance(now, float):
        return f'<c r="{name}"{style}><v>{now!r}</v></c>'
    return f'<c r="{name}"{style} t="inlineStr"><is><t xml:space="preserve">{escape(now)}</t></is></c>'


def split(mutations: Sequence[Mutation], size: int) -> Iterator[Sequence[Mutation]]:
    """The changes in portions, one for each file."""
    return (mutations[start : start + size] for start in range(0, len(mutations), size))
