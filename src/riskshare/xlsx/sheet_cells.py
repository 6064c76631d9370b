"""Takes the rows and cells of one sheet as a reader meets them, and says what each means, its number format too."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final
from xml.etree.ElementTree import Element

from riskshare.xlsx import limits
from riskshare.xlsx.a1 import LAST_COLUMN, column_letters, point
from riskshare.xlsx.content import GENERAL, StoredCell, Value, Word
from riskshare.xlsx.formulas import SharedFormula
from riskshare.xlsx.part_xml import is_true, plain
from riskshare.xlsx.unreadable import Damaged, TooLarge

LEAST_HEIGHT, LEAST_WIDTH = 1.0, 0.2
"""A lower row, in points, or a narrower column, in characters, can't be seen."""

_INFINITE: Final = math.inf
_EPOCH: Final = datetime(1899, 12, 30)
_BUILT_IN: Final = {
    0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: "mm-dd-yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM",
    20: "h:mm", 21: "h:mm:ss", 22: "m/d/yy h:mm", 37: "#,##0 ;(#,##0)", 38: "#,##0 ;[Red](#,##0)",
    39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;[Red](#,##0.00)", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mmss.0",
    48: "##0.0E+0", 49: "@",
}  # fmt: skip
_TOKEN: Final = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)(?:-[^\]]*)?\]|(\[[^\]]*\])|(_.|\*.)|(.)', re.DOTALL)
_SHOWN_AS_THEY_ARE: Final = frozenset(" ()-+$£€:!^&'~{}<>=")


class SheetCells:
    """The cells of one sheet, as far as they have been met."""

    def __init__(self, texts: Mapping[str, str], formats: Mapping[str, str]) -> None:
        """The shared texts and the number formats of the workbook, by their numbers."""
        self._texts, self._formats = texts, formats
        self.forget()

    def forget(self) -> None:
        """Starts anew."""
        self.filled: dict[str, StoredCell] = {}
        self._row, self._name = 0, ""
        self._hidden: set[int] = set()
        self._without_height: set[int] = set()
        self._shared: dict[str, SharedFormula] = {}
        self._waiting: list[tuple[str, str]] = []

    def row(self, attributes: Mapping[str, str]) -> None:
        """Takes the start of a row."""
        if len(self.filled) > limits.CELLS:
            raise TooLarge(f"a sheet of it has more than {limits.CELLS:,} cells")
        stated = attributes.get("r", "")
        self._row = int(stated) if stated.isdecimal() else self._row + 1
        self._name = ""
        height = attributes.get("ht")
        if is_true(attributes.get("hidden")) or (height is not None and _number(height) < LEAST_HEIGHT):
            self._hidden.add(self._row)
        elif height is None:
            self._without_height.add(self._row)

    def cell(self, name: str, style: str | None, kind: str | None, formula: str | None, text: str | None) -> None:
        """Takes a cell: its formula without equals sign, and the text of its value."""
        name = self._name = name or self._next_name()
        if text is None:
            value: Value = None
        elif kind is None or kind == "n":
            value = _number_or_word(text) if text else None
        elif kind == "s":
            value = self._texts.get(text) or self._text_number(text)
        else:
            value = _value(kind, text)
        if formula or (value is not None and value != ""):
            self.filled[name] = StoredCell(value, formula or "", self._formats.get(style or "", GENERAL))

    def _next_name(self) -> str:
        """The cell to the right of the one before: programs may leave out where a cell stands."""
        return f"{column_letters(point(self._name)[1] + 1 if self._name else 1)}{self._row}"

    def _text_number(self, text: str) -> str:
        shared = self._texts.get(text.strip().lstrip("0") or "0") if text else ""
        if shared is None:
            raise Damaged(f"a cell shows text number {text}, which the workbook does not have")
        return shared

    def formula(self, cell: str, attributes: Mapping[str, str], text: str) -> str:
        """What a formula element says: one of a group may say no more than whose formula it shares."""
        kind = attributes.get("t", "")
        if kind == "shared":
            return self._shared_formula(cell or self._next_name(), attributes.get("si", ""), text)
        if kind == "array":
            return f"{{{text}}}"
        return f"TABLE({attributes.get('ref', '')})" if kind == "dataTable" else text

    def _shared_formula(self, cell: str, number: str, text: str) -> str:
        if text:
            self._shared[number] = SharedFormula(text, *point(cell))
            return text
        if number in self._shared:
            return self._shared[number].at(*point(cell))
        self._waiting.append((cell, number))
        return "a formula that the file does not have"

    def close(self) -> None:
        """Writes the formulas that stood before those they share."""
        for cell, number in self._waiting:
            if number in self._shared:
                self.filled[cell] = self.filled[cell]._replace(formula=self._shared[number].at(*point(cell)))

    def hidden_rows(self, tree: Element) -> frozenset[int]:
        """The rows that are hidden or too low to be seen, each for itself or because rows are unless they say."""
        default = tree.find("sheetFormatPr")
        return frozenset(self._hidden | self._without_height if _rows_are_hidden(default) else self._hidden)


def hidden_columns(tree: Element) -> tuple[tuple[int, int], ...]:
    """The first and last number of each run of columns that are hidden or too narrow to be seen."""
    columns = tree.findall("cols/col")
    hidden = [_ends(node) for node in columns if _column_is_hidden(node)]
    default = tree.find("sheetFormatPr")
    width = default.get("defaultColWidth") if default is not None else None
    if width is None or _number(width) >= LEAST_WIDTH:
        return tuple(hidden)
    ends = [(0, 0), *sorted(_ends(node) for node in columns), (LAST_COLUMN + 1, LAST_COLUMN + 1)]
    gaps = [(before[1] + 1, after[0] - 1) for before, after in pairwise(ends)]
    return (*hidden, *(gap for gap in gaps if gap[0] <= gap[1]))


def _ends(column: Element) -> tuple[int, int]:
    first = int(_number(column.get("min", "1")))
    return first, int(_number(column.get("max", str(first))))


def _column_is_hidden(column: Element) -> bool:
    width = column.get("width")
    return is_true(column.get("hidden")) or (width is not None and _number(width) < LEAST_WIDTH)


def _rows_are_hidden(default: Element | None) -> bool:
    if default is None:
        return False
    return is_true(default.get("zeroHeight")) or _number(default.get("defaultRowHeight", "15")) < LEAST_HEIGHT


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError as failure:
        raise Damaged(f"'{text[:40]}' stands where a number belongs") from failure
    return number if math.isfinite(number) else 0.0


def _number_or_word(text: str) -> Value:
    try:
        number = float(text)
    except ValueError:
        return Word(text.strip())
    return number if -_INFINITE < number < _INFINITE else Word(text)


def _value(kind: str, text: str) -> Value:
    if kind in {"str", "inlineStr"}:
        return plain(text)
    if kind == "b":
        return Word("TRUE" if is_true(text) else "FALSE") if text else None
    return _serial(text) if kind == "d" else Word(text)


def _serial(text: str) -> Value:
    """A date written as text, as the number of days that every spreadsheet keeps it as."""
    with suppress(ValueError):
        moment = datetime.fromisoformat(text.strip().removesuffix("Z"))
        if moment.tzinfo is None:
            passed = moment - _EPOCH
            return passed.days + passed.seconds / 86_400 + passed.microseconds / 86_400_000_000
    return Word(text)


def formats_of_styles(styles: Element) -> dict[str, str]:
    """The number format of each cell style, by the number that cells name it by."""
    own = {node.get("numFmtId", ""): node.get("formatCode", "") for node in styles.findall("numFmts/numFmt")}
    nodes = styles.findall("cellXfs/xf")
    return {str(number): _format(own, node.get("numFmtId", "0")) for number, node in enumerate(nodes)}


def _format(own: dict[str, str], number: str) -> str:
    if number in own:
        return own[number]
    return _BUILT_IN.get(int(number), f"built-in format {number}") if number.isdecimal() else GENERAL


@lru_cache(maxsize=5000)
def spelled_format(text: str) -> str:
    r"""The same for `#,##0;(#,##0);"-"` and `#,##0;\(#,##0\);\-`, which is how two programs write one format."""
    return "".join(_spelled(text)).replace('""', "").casefold()


def _spelled(text: str) -> Iterator[str]:
    for quoted, escaped, currency, bracket, skipped, mark in _TOKEN.findall(text):
        shown = quoted or escaped or currency or (mark if mark in _SHOWN_AS_THEY_ARE else "")
        if shown:
            yield f'"{shown}"'
        else:
            yield bracket or skipped or mark
