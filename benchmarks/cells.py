"""The cells of a finished workbook, and writing them again with stock XlsxWriter."""

from __future__ import annotations

import pickle
import re
from html import unescape
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from xlsxwriter import Workbook

CELL = re.compile(r'<c r="([A-Z]+)(\d+)"(?: s="(\d+)")?(?: t="(\w+)")?>(?:<f>([^<]*)</f>)?(?:<v>([^<]*)</v>)?</c>')
SHEET = re.compile(r'<sheet name="([^"]*)"')
STRING = re.compile(r"<si><t[^>]*>([^<]*)</t></si>")
STYLE = re.compile(r'<xf numFmtId="(\d+)" fontId="(\d+)"')
NUMBER_FORMAT = re.compile(r'<numFmt numFmtId="(\d+)" formatCode="([^"]*)"')

# Row, column, text | number | formula, format's number, formula's value.
Cell = tuple[int, int, str | float, int, str | float | None]


def dump(workbook: Path, file: Path) -> None:
    """Reads the cells of a workbook that riskshare wrote, and keeps them in a file."""
    with ZipFile(workbook) as archive:
        names = [unescape(name) for name in SHEET.findall(_part(archive, "xl/workbook.xml"))]
        texts = [unescape(text) for text in STRING.findall(_part(archive, "xl/sharedStrings.xml"))]
        formats = _formats(_part(archive, "xl/styles.xml"))
        sheets = {
            name: [_cell(match, texts) for match in CELL.finditer(_part(archive, f"xl/worksheets/sheet{number}.xml"))]
            for number, name in enumerate(names, start=1)
        }
    with file.open("wb") as target:
        pickle.dump((formats, sheets), target, protocol=5)


def _part(archive: ZipFile, name: str) -> str:
    return archive.read(name).decode()


def _formats(styles: str) -> list[dict[str, Any]]:
    """For each of the workbook's formats what XlsxWriter makes one of: its font by size, and its number format."""
    codes = {number: unescape(code) for number, code in NUMBER_FORMAT.findall(styles)}
    used = STYLE.findall(styles.partition("<cellXfs")[2])
    return [
        {"font_name": "Arial", "font_size": 11, "bold": int(font) % 2 == 1, "num_format": codes.get(number, "General")}
        for number, font in used
    ]


def _cell(match: re.Match[str], texts: list[str]) -> Cell:
    letters, row, style, kind, formula, shown = match.groups()
    value: str | float = texts[int(shown)] if kind == "s" else unescape(shown) if kind == "str" else float(shown or 0)
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    at = int(row) - 1, column - 1
    if formula is None:
        return (*at, value, int(style or 0), None)
    return (*at, f"={unescape(formula)}", int(style or 0), value)


def write_stock(formats: list[dict[str, Any]], sheets: dict[str, list[Cell]], path: Path) -> None:
    """Writes cells with stock XlsxWriter's own methods."""
    with Workbook(str(path)) as workbook:
        styles = [workbook.add_format(properties) for properties in formats]
        for name, cells in sheets.items():
            sheet = workbook.add_worksheet(name)
            for row, column, content, style, value in cells:
                if value is not None:
                    sheet.write_formula(row, column, content, styles[style], value)
                elif isinstance(content, str):
                    sheet.write_string(row, column, content, styles[style])
                else:
                    sheet.write_number(row, column, content, styles[style])
