"""Exercise: the sheet that CONTRIBUTING.md adds is in a proved workbook, and each piece that is forgotten is told."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import openpyxl
import pytest

from exercises import badly_written, blocks, copy_of_the_repository, failing, pieces, put, run, section

TITLE = "To add a sheet"
COPIED = (
    "src",
    "tests/outputs",
    "tests/figures",
    "tests/support",
    "tests/conftest.py",
    "tests/test_house.py",
    "models",
)
MODEL = "thurrock-2021-22"
WORKBOOK = f"workbooks/{MODEL}.xlsx"

NAMES, TABLE, PLAN = (f"src/riskshare/figures/{name}.py" for name in ("names", "roles", "plan"))
SHEET, ORDER = "src/riskshare/outputs/sheets/roles.py", "src/riskshare/outputs/write.py"
IMPORT = "from riskshare.figures.roles import roles_table -> from riskshare.figures.settlement"
MARKS = [
    (NAMES, "OVERRIDES = ", ""),
    (TABLE, "", ""),
    (PLAN, "        *settlement_tables(", IMPORT),
    (SHEET, "", ""),
    (ORDER, "        checks.sheet(", "    roles, ->     settlement,"),
]
MODELS = "make models"

# The tests that say so when a step of the page is left out; without its name or its table a sheet has nothing to show.
PLACED, SHOWN = "test_every_sheet_has_its_place", "test_every_table_of_a_model_is_on_a_sheet"
COMMITTED = "test_the_committed_workbook_is_what_the_model_gives_today"
LACKS = {
    PLAN: {SHOWN, "test_our_house_keeps_the_rule"},
    ORDER: {SHOWN, PLACED},
    MODELS: {COMMITTED},
}
TESTS = (
    "tests/outputs/test_layout.py",
    "tests/figures/test_names.py",
    "tests/test_house.py::test_our_house_keeps_the_rule",
)


def do(folder: Path, left_out: Collection[str] = ()) -> None:
    """Follows the page in a copy, but for some of its steps."""
    copy_of_the_repository(folder, (*COPIED, WORKBOOK, "docs/house.md", "pyproject.toml"))
    for piece in pieces(TITLE, MARKS):
        if piece.file not in left_out:
            put(folder, piece)


def test_the_page_names_the_files_and_the_steps() -> None:
    assert [piece.file for piece in pieces(TITLE, MARKS)] == [file for file, _, _ in MARKS]
    assert len(blocks(TITLE)) == len(MARKS)
    assert f"`{MODELS}`" in section(TITLE)


@pytest.mark.slow
def test_a_sheet_with_all_its_pieces_is_in_a_proved_workbook_and_lacks_nothing(tmp_path: Path) -> None:
    """Built by the model's own command, which recalculates it, it shows the income of both roles."""
    do(tmp_path)
    assert failing(tmp_path, *TESTS) == set()
    assert badly_written(tmp_path, [file for file, _, _ in MARKS]) == ""
    committed = f"tests/outputs/test_workbook.py::{COMMITTED}"
    assert failing(tmp_path, committed, passing=0) == LACKS[MODELS]
    run(tmp_path, "riskshare.cli", "pin", f"models/{MODEL}", "--replace")
    run(tmp_path, "riskshare.cli", "build", f"models/{MODEL}", "--quiet")
    assert failing(tmp_path, committed, passing=1) == set()
    sheet = openpyxl.load_workbook(tmp_path / WORKBOOK)["Roles"]
    assert {"commissioner", "provider"} <= {row[0].value for row in sheet.iter_rows()}


@pytest.mark.slow
@pytest.mark.parametrize("step", [PLAN, ORDER])
def test_a_sheet_is_told_what_it_lacks(step: str, tmp_path: Path) -> None:
    do(tmp_path, [step])
    assert failing(tmp_path, *TESTS) == LACKS[step]
