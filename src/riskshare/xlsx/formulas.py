"""Formulas as meaning: spelled in one way, copied as a shared formula is, and what they refer to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from riskshare.xlsx.a1 import (
    CELL,
    COLUMN,
    LAST_COLUMN,
    LAST_ROW,
    NO_REFERENCE,
    QUOTED_TEXT,
    REFERENCE,
    ROW,
    column_letters,
    column_number,
    point,
    sheet_named,
)

MARK: Final = "\x00"
_TOKEN: Final = re.compile(
    rf"""
    (?P<text>"(?:[^"]|"")*")
    | (?P<sheet>\$?'(?:[^']|'')*'! | (?:\[[^\]]*\])?\$?[^\W\d][\w.]*(?::[^\W\d][\w.]*)?!
        | (?:\$?'(?:[^']|'')*' | \$[^\W\d]\w*)\.(?={CELL}))
    | (?P<error>\#[A-Za-z0-9/_]+[!?]?)
    | (?P<columns>{COLUMN}:{COLUMN}{NO_REFERENCE})
    | (?P<rows>{ROW}:{ROW}{NO_REFERENCE})
    | (?P<cell>{CELL}{NO_REFERENCE})
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<name>[^\W\d\\][\w.\\?]*)
    | (?P<space>\s+)
    | (?P<mark><=|>=|<>|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_OF_LATER_VERSIONS: Final = re.compile(r"^(?:_XLFN\.|_XLWS\.|_XLUDF\.)+")
_REFERENCE: Final = re.compile(REFERENCE)
_PLACE: Final = re.compile(rf"(?P<sheet>'(?:[^']|'')*'|[^'!]*?)[.!](?P<rest>{CELL}(?::.*)?)")
_ONE_CELL: Final = re.compile(rf'"(?:[^"]|"")*"|(?P<cell>{CELL}):(?P=cell){NO_REFERENCE}')
"""An area of one cell, which Gnumeric writes for the cell; and texts, in which it would be none."""
_OPERANDS: Final = frozenset({"text", "error", "columns", "rows", "cell", "number", "name", "sheet"})

PlaceBefore = Callable[[str, int, int], "tuple[int, int] | None"]
"""Where the cell of a sheet (in lower case), row and column stood before; None where it did not stand anywhere."""


def _once(area: re.Match[str]) -> str:
    return area["cell"] or area[0]


class Spelling:
    """Spells formulas in one way, sheets by the names they had, references by the places they had."""

    def __init__(self, sheets: Mapping[str, str] | None = None, place: PlaceBefore | None = None) -> None:
        """Sheets that were renamed, both names in lower case; and where cells stood before rows were inserted."""
        self._sheets, self._place = sheets or {}, place
        self._spelled: dict[tuple[str, str], str] = {}

    @property
    def moves(self) -> bool:
        """Whether references are spelled by other places than they say."""
        return self._place is not None

    def formula(self, formula: str, home: str) -> str:
        """The formula of a cell of the home sheet, without spaces, in capitals, sheets in quotes and lower case."""
        key = (formula, home if self._place else "")
        if key not in self._spelled:
            spelled = "".join(self._words(formula, home.casefold()))
            spelled = _ONE_CELL.sub(_once, spelled) if ":" in spelled else spelled
            self._spelled[key] = spelled.replace("TRUE()", "TRUE").replace("FALSE()", "FALSE")
        return self._spelled[key]

    def _words(self, formula: str, home: str) -> Iterator[str]:
        sheet, before, space = home, "", False
        for token in _TOKEN.finditer(formula):
            kind, word = token.lastgroup or "", token[0]
            if kind == "space":
                space = True
                continue
            if space and _ends_operand(before) and (kind in _OPERANDS or word == "("):
                yield " "
            if kind == "sheet":
                sheet = _sheet_name(word)
                word = f"'{self._sheets.get(sheet, sheet)}'!"
            elif kind in {"cell", "rows", "columns"}:
                word = self._moved(kind, word.upper(), sheet)
            elif not (kind == "mark" and word == ":"):
                sheet, word = home, _spelled(kind, word)
            yield word
            before, space = (kind if kind in _OPERANDS else word), False

    def _moved(self, kind: str, word: str, sheet: str) -> str:
        if self._place is None:
            return word
        if kind == "cell":
            return self._moved_cell(word, sheet)
        ends = [end.lstrip("$") for end in word.split(":")]
        points = [(int(end), 1) if kind == "rows" else (1, column_number(end)) for end in ends]
        before = [self._place(sheet, *where) for where in points]
        if None in before:
            return f"new:{word}"
        moved = [str(at[0]) if kind == "rows" else column_letters(at[1]) for at in before if at]
        return ":".join(("$" if "$" in end else "") + new for end, new in zip(word.split(":"), moved, strict=True))

    def _moved_cell(self, word: str, sheet: str) -> str:
        before = self._place(sheet, *point(word)) if self._place else None
        if before is None:
            return f"new:{word}"
        return f"{_fixed(word[0])}{column_letters(before[1])}{_fixed(word[1:])}{before[0]}"


def _ends_operand(before: str) -> bool:
    return before in _OPERANDS or before in {")", "}"}


def _sheet_name(word: str) -> str:
    return sheet_named(word[:-1].lstrip("$")).casefold()


def _fixed(word: str) -> str:
    """The dollar sign of a row or a column that does not move."""
    return "$" if "$" in word else ""


def _spelled(kind: str, word: str) -> str:
    if kind == "number":
        return repr(float(word))
    if kind == "name":
        return _OF_LATER_VERSIONS.sub("", word.upper())
    return word.upper() if kind == "error" else word


class SharedFormula:
    """A formula that a file writes once for many cells: its references move with the cell."""

    def __init__(self, formula: str, row: int, column: int) -> None:
        """The formula as the cell at this row and column has it."""
        self._row, self._column = row, column
        self._pieces = tuple(_pieces(formula))

    def at(self, row: int, column: int) -> str:
        """The formula as another cell has it."""
        down, right = row - self._row, column - self._column
        return "".join(piece if isinstance(piece, str) else piece(down, right) for piece in self._pieces)


def _pieces(formula: str) -> Iterator[str | Callable[[int, int], str]]:
    for token in _TOKEN.finditer(formula):
        kind = token.lastgroup
        if kind == "cell":
            yield _moving_cell(token[0])
        elif kind in {"rows", "columns"}:
            yield _moving_ends(kind, token[0].split(":"))
        else:
            yield token[0]


def _moving_cell(cell: str) -> Callable[[int, int], str]:
    row, column = point(cell)
    fixed_column, fixed_row = _fixed(cell[0]), _fixed(cell[1:])

    def moved(down: int, right: int) -> str:
        to_column = column if fixed_column else (column + right - 1) % LAST_COLUMN + 1
        to_row = row if fixed_row else (row + down - 1) % LAST_ROW + 1
        return f"{fixed_column}{column_letters(to_column)}{fixed_row}{to_row}"

    return moved


def _moving_ends(kind: str, ends: list[str]) -> Callable[[int, int], str]:
    def moved(down: int, right: int) -> str:
        return ":".join(end if end.startswith("$") else _moved_end(kind, end, down, right) for end in ends)

    return moved


def _moved_end(kind: str, end: str, down: int, right: int) -> str:
    if kind == "rows":
        return str((int(end) + down - 1) % LAST_ROW + 1)
    return column_letters((column_number(end) + right - 1) % LAST_COLUMN + 1)


@lru_cache(maxsize=1000)
def spelled_place(place: str) -> str:
    """A place that a link leads to, such as `#Contents.A1` or `'Contents'!A1`, as a formula would name it."""
    bare = place.removeprefix("#").removeprefix("$")
    corners = _PLACE.fullmatch(bare)
    if corners is None:
        return bare
    sheet = corners["sheet"] if corners["sheet"].startswith("'") else f"'{corners['sheet']}'"
    return f"{sheet}!{corners['rest']}"


def columns_read(formulas: Iterable[str], sheet: str) -> dict[str, set[int]]:
    """The columns (from 1) that formulas of a sheet read, by the name of the sheet that they are on."""
    read: dict[str, set[int]] = {}
    for formula in formulas:
        for reference in _REFERENCE.finditer(QUOTED_TEXT.sub("", formula)):
            first, last = point(reference["first"])[1], point(reference["last"] or reference["first"])[1]
            read.setdefault(sheet_named(reference["sheet"] or sheet), set()).update(range(first, last + 1))
    return read


def pattern(formula: str, row: str) -> str | None:
    """A formula with MARK where its own row's number stands, or None where it also refers to other rows by distance.

    Two formulas of a column with the same pattern mean the same, seen from their rows. What stands in quotes, or behind
    a dollar sign, is no row that moves and is kept as it is.
    """
    pieces, end = [], 0
    for token in _TOKEN.finditer(formula):
        if token.lastgroup != "cell" or "$" in token[0][1:]:
            continue
        if point(token[0])[0] != int(row):
            return None
        pieces.append(formula[end : token.end() - len(row)])
        end = token.end()
    return MARK.join((*pieces, formula[end:]))
