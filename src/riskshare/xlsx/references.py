"""What a formula refers to: the sheets and columns it reads, and whether it may be shared down its column."""

from __future__ import annotations

import re
from collections.abc import Iterable

from riskshare.xlsx.stored import column_number

MARK = "\x00"
_QUOTED_TEXT = re.compile(r'"[^"]*"')
_SHEET = r"(?:('(?:[^']|'')+'|[A-Za-z_][\w.]*)!)?"
_RANGE = re.compile(_SHEET + r"\$?([A-Z]{1,3})\$?[0-9]+(?::\$?([A-Z]{1,3})\$?[0-9]+)?(?![\w(.])")
_PIECE = re.compile(r"\"[^\"]*\"|'[^']*'|(?<![\w.$])(\$?[A-Z]{1,3})(\$?)([0-9]+)(?![\w(.!])")


def columns_read(formulas: Iterable[str], sheet: str) -> dict[str, set[int]]:
    """The columns (from 1) that formulas of a sheet read, by the name of the sheet that they are on."""
    read: dict[str, set[int]] = {}
    for formula in formulas:
        for name, first, last in _RANGE.findall(_QUOTED_TEXT.sub("", formula)):
            columns = range(column_number(first), column_number(last or first) + 1)
            read.setdefault(_plain(name) or sheet, set()).update(columns)
    return read


def pattern(formula: str, row: str) -> str | None:
    """A formula with MARK where its own row's number stands, or None where it also refers to other rows by distance.

    Two formulas of a column with the same pattern mean the same, seen from their rows. What stands in quotes, or behind
    a dollar sign, is no row that moves and is kept as it is.
    """
    pieces, end = [], 0
    for found in _PIECE.finditer(formula):
        if found[1] is None or found[2]:
            continue
        if found[3] != row:
            return None
        pieces.append(formula[end : found.start(3)])
        end = found.end(3)
    return MARK.join((*pieces, formula[end:]))


def _plain(name: str) -> str:
    return name[1:-1].replace("''", "'") if name.startswith("'") else name
