"""A small workbook to read, to change and to spoil, and its parts as texts."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from xlsxwriter import Workbook

Parts: TypeAlias = dict[str, str]


def write_small(path: Path) -> Path:
    """Two sheets of inputs and formulas, with a name, a link, a validation and a property."""
    with Workbook(str(path)) as book:
        terms, share = book.add_worksheet("Terms"), book.add_worksheet("Share locality")
        terms.write_row(0, 0, ["Term", "Value", "Clause"])
        share.write_row(0, 0, ["Step", "North", "South"])
        for row in range(1, 21):
            terms.write_row(row, 0, [f"term {row}", row / 7, f"para {row}"])
            share.write(row, 0, f"step {row}")
            for column, letter in ((1, "B"), (2, "C")):
                formula = f"=ROUND(Terms!$B${row + 1}*100+SUM({letter}$1:{letter}{row}),2)"
                share.write_formula(row, column, formula, book.add_format({"num_format": "#,##0.00;(#,##0.00)"}), row)
        share.write_boolean("E2", True)
        share.write_formula("E3", "=1/0", None, "#DIV/0!")
        share.write_formula("E4", '=IF(Terms!B2>0,"yes","")', None, "yes")
        share.write_url("G1", "internal:'Terms'!A1", string="Terms")
        terms.data_validation("B2:B21", {"validate": "decimal", "criteria": ">=", "value": 0})
        terms.conditional_format("B2:B5", {"type": "cell", "criteria": ">", "value": 9, "format": book.add_format()})
        terms.set_row(18, None, None, {"hidden": True})
        terms.set_column("C:C", None, None, {"hidden": True})
        book.define_name("rate", "=Terms!$B$2")
        book.set_custom_property("riskshare model", "small")
    return path


def parts_of(path: Path) -> Parts:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode("utf-8", "surrogateescape") for name in archive.namelist()}


def write_parts(target: Path, texts: Parts) -> None:
    """Writes a package of these parts."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)


def rewritten(path: Path, edit: Callable[[Parts], None]) -> Path:
    """A copy beside it whose parts were edited."""
    parts = parts_of(path)
    edit(parts)
    target = path.with_name("found.xlsx")
    write_parts(target, parts)
    return target


def replaced(path: Path, part: str, old: str, new: str) -> Path:
    def edit(parts: Parts) -> None:
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new, 1)

    return rewritten(path, edit)
