"""Exercise: the operator of CONTRIBUTING.md is complete, and each of its pieces is missed where it is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from exercises import Piece, copy_of_the_repository, failing, pieces, put

TITLE = "To add an operator of the step language"
COPIED = ("src", "tests/formula", "tests/support", "tests/conftest.py", "pyproject.toml")
TABLE = "tests/formula/test_every_operator.py"

# The line that each piece of the page is put above, in the order of the page, and what its file must import for it.
MARKS = (
    ("the class", "@dataclass(frozen=True, slots=True)\nclass Comparison:", ""),
    ("polars", "    @_lowers(Item)", "    Sign, ->     Step,"),
    ("Excel", "    @lower.register\n    def _(self, expr: Running)", "    Sign, ->     Step,"),
    ("words", "    @words.register\n    def _(self, expr: Running)", "    Sign, ->     Sum,"),
    ("exact decimals", "            case Position(table, key):", "    Sign, ->     Sum,"),
    ("amounts", "            case Part():", "    Sign, ->     Sum,"),
    ("doubles", "            case Part():", "    Sign, ->     Step,"),
    ("the function", '        ExcelFunction("SUM",', ""),
    ("the umpire", '    "SUM":', ""),
    ("its row", '    Each: ("Each"', "    Sign, ->     Step,"),
    ("its call", '    "SUM":', ""),
)


def with_pieces(folder: Path, some: list[Piece]) -> set[str]:
    """The tests of operators that fail in a copy with some of the pieces."""
    copy_of_the_repository(folder, COPIED)
    for piece in some:
        put(folder, piece)
    return failing(folder, TABLE)


@pytest.mark.slow
def test_a_new_operator_is_complete_and_each_piece_is_missed(tmp_path: Path) -> None:
    every = pieces(TITLE, MARKS)
    assert with_pieces(tmp_path / "all", every) == set()
    missed = {
        name: with_pieces(tmp_path / str(number), [piece for piece in every if piece is not every[number]])
        for number, (name, _, _) in enumerate(MARKS)
        if name != "the class"
    }
    assert [name for name, failed in missed.items() if not failed] == []
