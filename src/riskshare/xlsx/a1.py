"""A1 references: the one pattern of them, and cells and areas as numbers and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple, TypeAlias

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384

COLUMN, ROW = r"\$?[A-Za-z]{1,3}", r"\$?[1-9][0-9]{0,6}"
CELL = COLUMN + ROW
NO_REFERENCE = r"(?![\w(.!])"
"""What may not follow a reference: `LOG10(` is a function and `A1!` a sheet."""
SHEET = r"'(?:[^']|'')*'|[^\W\d][\w.]*"
REFERENCE = rf"(?<![\w.$])(?:(?P<sheet>{SHEET})!)?(?P<first>{CELL})(?::(?P<last>{CELL}))?{NO_REFERENCE}"
"""A cell or an area as a formula names it, with its sheet or without: 'Share a'!$B$2:D9."""
QUOTED_TEXT = re.compile(r'"[^"]*"')
_CELL = re.compile(CELL)
_AREA = re.compile(rf"({COLUMN})?({ROW})?(?::({COLUMN})?({ROW})?)?")

Point: TypeAlias = tuple[int, int]
"""Row and column, both counted from 1."""


class Area(NamedTuple):
    """A rectangle of cells, its corners included."""

    top: int
    left: int
    bottom: int
    right: int

    def within(self, bottom: int, right: int) -> Area:
        """The part of it that lies in the first rows and columns."""
        return Area(self.top, self.left, min(self.bottom, bottom), min(self.right, right))

    @property
    def size(self) -> int:
        """How many cells it has."""
        return max(self.bottom - self.top + 1, 0) * max(self.right - self.left + 1, 0)

    def points(self) -> Iterator[Point]:
        """Each cell."""
        rows = range(self.top, self.bottom + 1)
        return ((row, column) for row in rows for column in range(self.left, self.right + 1))


@lru_cache(maxsize=20_000)
def column_number(letters: str) -> int:
    """28 for AB."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


@lru_cache(maxsize=20_000)
def column_letters(number: int) -> str:
    """AB for 28."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def point(cell: str) -> Point:
    """(14, 4) for D14 or $D$14."""
    cell = cell.replace("$", "")
    letters = cell.rstrip("0123456789")
    return int(cell[len(letters) :] or 1), column_number(letters or "A")


def name_of(place: Point) -> str:
    """D14 for (14, 4)."""
    return f"{column_letters(place[1])}{place[0]}"


def point_named(text: str) -> Point | None:
    """The same for a text that may be none."""
    return point(text) if _CELL.fullmatch(text) else None


def sheet_named(word: str) -> str:
    """The name of a sheet that a formula writes as 'Director''s cut' or as Terms."""
    return word[1:-1].replace("''", "'") if word.startswith("'") else word


def areas(words: str) -> Iterator[Area]:
    """The areas that a list such as `A1:B2 D4 F:F` names; what is no area is passed over."""
    for word in words.split():
        match = _AREA.fullmatch(word)
        if match and any(match.groups()):
            yield _area(match)


def _area(match: re.Match[str]) -> Area:
    left, top, right, bottom = (end and end.lstrip("$") for end in match.groups())
    if right is None and bottom is None:
        right, bottom = left, top
    return Area(
        int(top or 1),
        column_number(left or "A"),
        min(int(bottom or LAST_ROW), LAST_ROW),
        min(column_number(right or "XFD"), LAST_COLUMN),
    )


def named_areas(points: Iterable[Point]) -> Iterator[tuple[str, int]]:
    """Cells put together to ranges down a column, or across a row where a column has but one; and how many each has."""
    runs: dict[tuple[int, int], list[int]] = {}
    for column, group in groupby(sorted((column, row) for row, column in points), key=lambda place: place[0]):
        for top, bottom in _runs([row for _, row in group]):
            runs.setdefault((top, bottom), []).append(column)
    for (top, bottom), columns in sorted(runs.items()):
        for left, right in _runs(columns):
            first, last = name_of((top, left)), name_of((bottom, right))
            yield first if first == last else f"{first}:{last}", Area(top, left, bottom, right).size


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """The first and last of each run of neighbours among sorted numbers."""
    start = previous = numbers[0]
    for number in numbers[1:]:
        if number != previous + 1:
            yield start, previous
            start = number
        previous = number
    yield start, previous
