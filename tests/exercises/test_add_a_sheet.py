"""Exercise: the sheet of CONTRIBUTING.md is in a proved workbook, and each piece is missed where it is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases import place_model
from contracts import TO_TRUST, toml
from exercises import Piece, badly_written, blocks, copy_of_the_repository, pieces, put, run

TITLE = "To add a sheet"
MARKS = (
    ("its name", 'FUNDS = "', ""),
    ("what it shows", "", ""),
    (
        "its table",
        "        *ring_fence_tables(fenced),",
        "from riskshare.figures.roles import roles_table -> from riskshare.figures.share_opening",
    ),
    ("its file", "", ""),
    ("its place", "        checks.sheet(plan, warnings),", "    roles, ->     settlement,"),
)
BUILT = """
import sys
from pathlib import Path
import openpyxl
from riskshare.build import build
from riskshare.figures.names import *
out = Path(sys.argv[1]).parent / "out.xlsx"
built, findings = build(Path(sys.argv[1]), out)
sheet = openpyxl.load_workbook(out, data_only=True)["Roles"]
print([[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)])
"""


def shown(folder: Path, some: list[Piece], model: Path) -> str:
    """The sheet in the workbook that a copy with some of the pieces builds and proves, or what goes wrong."""
    copy_of_the_repository(folder, ("src",))
    for piece in some:
        put(folder, piece)
    (folder / "built.py").write_text(BUILT, encoding="utf-8")
    return run(folder, "built", str(model))


def test_the_files_are_written_as_ours_are(tmp_path: Path) -> None:
    whole = [block.partition("\n")[2] for block in blocks(TITLE) if "from __future__" in block]
    for number, text in enumerate(whole):
        (tmp_path / f"piece_{number}.py").write_text(text, encoding="utf-8")
    assert len(whole) == 2
    assert badly_written(tmp_path, ["piece_0.py", "piece_1.py"]) == ""


@pytest.mark.slow
def test_a_new_sheet_is_in_a_proved_workbook_and_each_piece_is_missed(tmp_path: Path) -> None:
    """The trust is the only provider, with an income of £30,000,000."""
    every = pieces(TITLE, MARKS)
    model = place_model(tmp_path / "place", toml((TO_TRUST,)), "line,budget,outturn\na,100,90\n")
    assert "['provider', " in shown(tmp_path / "all", every, model)
    for number, (name, _, _) in enumerate(MARKS):
        said = shown(tmp_path / str(number), [piece for piece in every if piece is not every[number]], model)
        assert "Traceback" in said, name
