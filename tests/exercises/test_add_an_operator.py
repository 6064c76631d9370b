"""Exercise: the operator that CONTRIBUTING.md adds is known everywhere, and each piece that is forgotten is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from exercises import Piece, badly_written, blocks, copy_of_the_repository, failing, pieces, put, section

TITLE = "To add an operator of the step language"
COPIED = ("src", "docs", "tests/formula", "tests/support", "tests/conftest.py", "tests/test_house.py", "pyproject.toml")
BEFORE_STEP, BEFORE_SUM = "    Sign, ->     Step,", "    Sign, ->     Sum,"

# Where each block of the page goes: its file, the line below it, and the import it needs there; then the tests that say
# so when the piece is left out.
ROW = "tests/formula/test_every_operator.py"
MARKS = [
    ("src/riskshare/formula/language.py", "ZERO = ", ""),
    ("src/riskshare/formula/to_polars.py", "    @_lowers(Each)", BEFORE_STEP),
    ("src/riskshare/formula/to_excel.py", "    @lower.register\n    def _(self, expr: Item)", BEFORE_STEP),
    ("src/riskshare/formula/to_words.py", "    @words.register\n    def _(self, expr: Item)", BEFORE_SUM),
    ("src/riskshare/formula/to_decimal.py", "            case Position(", BEFORE_SUM),
    ("src/riskshare/formula/to_amounts.py", "            case Position(", BEFORE_SUM),
    ("src/riskshare/formula/to_excel.py", '        ExcelFunction("SUM"', ""),
    ("src/riskshare/proof/error_bounds.py", '    "SUM": ', ""),
    (ROW, "    Each: (", BEFORE_STEP),
    (ROW, '    "SUM": ', ""),
]
SAME = "test_every_operator_is_the_same_figure_in_every_lowering"
READ = "test_every_operator_is_written_for_readers"
KNOWN = "test_every_function_that_an_operator_becomes_is_known"
CALLED = "test_the_umpire_calculates_every_function"
LISTED = {"test_every_operator_has_its_row_in_this_table", "test_the_words_that_pins_hash_have_not_changed"}
LACKS = [None, {SAME}, {SAME, KNOWN}, {READ}, {SAME}, {READ}, {SAME, KNOWN}, {SAME, CALLED}, LISTED, {CALLED}]


def the_pieces() -> list[Piece]:
    return pieces(TITLE, MARKS)


def failing_without(left_out: Piece | None, folder: Path) -> set[str]:
    """The tests that fail in a copy that has all pieces but one."""
    copy_of_the_repository(folder, COPIED)
    for piece in the_pieces():
        if piece != left_out:
            put(folder, piece)
    return failing(folder, "tests/formula/test_every_operator.py")


def test_the_page_names_the_files_in_this_order() -> None:
    assert [piece.file for piece in the_pieces()] == [file for file, _, _ in MARKS]
    assert len(blocks(TITLE)) == len(MARKS)
    assert "leaves each out in turn" in section(TITLE)


@pytest.mark.slow
def test_an_operator_with_all_its_pieces_lacks_nothing(tmp_path: Path) -> None:
    assert failing_without(None, tmp_path) == set()
    assert (
        failing(
            tmp_path,
            "-m",
            "not slow",
            "tests/formula/test_lowerings.py",
            "tests/test_house.py::test_our_house_keeps_the_rule",
        )
        == set()
    )
    assert badly_written(tmp_path, {file for file, _, _ in MARKS}) == ""


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, len(MARKS)), ids=lambda number: Path(MARKS[number][0]).stem)
def test_an_operator_is_told_what_it_lacks(number: int, tmp_path: Path) -> None:
    """Without its class there is none; without any other piece, the tests that say so are these."""
    assert failing_without(the_pieces()[number], tmp_path) == LACKS[number]
