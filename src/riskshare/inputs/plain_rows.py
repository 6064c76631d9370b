"""Where the cells of plainly written rows stand, from their bytes: their order, extent and numbers of texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Bytes: TypeAlias = NDArray[np.uint8]
Numbers: TypeAlias = NDArray[np.int64]

LONGEST_NUMBER: Final = 9
ROW_TAG, CELL_TAG, VALUE_TAG = b'<row r="', b'<c r="', b"<v>"
OF_A_TEXT: Final = b's">'
COLUMNS: Final = 1 << 15
"""More than a sheet has, so that row x COLUMNS + column puts cells in their order."""


@dataclass(frozen=True)
class PlainRows:
    """Some rows of a sheet: the numbers of the first, the last and the last with a value, and of the last column.

    `in_order` says that each row comes after the one before, and each cell after the one before in its own row;
    `largest_text` is the largest number of a shared text, -1 without any.
    """

    in_order: bool
    first_row: int
    last_row: int
    filled: int
    columns: int
    largest_text: int


def plain_rows(rows: bytes) -> PlainRows:
    """Looks at rows that match the pattern of plain_sheet: every `<` begins a tag, and its second byte tells which."""
    text = np.frombuffer(rows + b" " * LONGEST_NUMBER, np.uint8)
    tags = np.flatnonzero(text == ord("<"))
    kinds = text[tags + 1]
    row_tags = tags[kinds == ord("r")]
    cell_places = np.flatnonzero((kinds == ord("c")) & (text[tags + 2] == ord(" ")))
    numbers, _ = _numbers(text, row_tags + len(ROW_TAG))
    columns, after = _columns(text, tags[cell_places] + len(CELL_TAG))
    of_cells, _ = _numbers(text, after)
    own_rows = numbers[np.searchsorted(row_tags, tags[cell_places]) - 1]
    filled = np.isin(kinds[np.minimum(cell_places + 1, len(kinds) - 1)], [ord(letter) for letter in "vfi"])
    ascending = bool((np.diff(numbers) > 0).all() and (np.diff(own_rows * COLUMNS + columns) > 0).all())
    return PlainRows(
        ascending and bool((own_rows == of_cells).all()),
        int(numbers[0]),
        int(numbers[-1]),
        int(own_rows[filled].max(initial=0)),
        int(columns[filled].max(initial=0)),
        _largest_text(text, tags[kinds == ord("v")]),
    )


def _largest_text(text: Bytes, values: Numbers) -> int:
    of_texts = values
    for back, letter in enumerate(reversed(OF_A_TEXT), start=1):
        of_texts = of_texts[text[of_texts - back] == letter]
    return int(_numbers(text, of_texts + len(VALUE_TAG))[0].max(initial=-1))


def _numbers(text: Bytes, at: Numbers) -> tuple[Numbers, Numbers]:
    """The whole number that begins at each place, and where it ends."""
    number = np.zeros(len(at), np.int64)
    for _ in range(LONGEST_NUMBER):
        digit = text[at].astype(np.int64) - ord("0")
        goes_on = (digit >= 0) & (digit <= 9)
        if not goes_on.any():
            break
        number = np.where(goes_on, number * 10 + digit, number)
        at = at + goes_on
    return number, at


def _columns(text: Bytes, at: Numbers) -> tuple[Numbers, Numbers]:
    """The number of the column whose letters begin at each place, and where they end."""
    column = np.zeros(len(at), np.int64)
    for _ in range(3):
        letter = text[at].astype(np.int64) - ord("A") + 1
        goes_on = (letter >= 1) & (letter <= 26)
        column = np.where(goes_on, column * 26 + letter, column)
        at = at + goes_on
    return column, at
