"""A model folder is read as a whole: what is wrong in one file does not hide what is wrong in another."""

from __future__ import annotations

from pathlib import Path

from cases import FUNDS, HEAD, LINES_INPUT, PARTNERS, POOL, write_model
from riskshare.build import compute

SECOND = LINES_INPUT.replace("inputs/lines.csv", "inputs/more.csv")


def test_a_missing_file_of_lines_does_not_hide_a_wrong_cell_in_another(tmp_path: Path) -> None:
    """It raised FileNotFoundError: the first file's wrong cell let the reading go on to files that are not there."""
    text = HEAD.format(name="two") + PARTNERS + FUNDS + LINES_INPUT + SECOND + POOL
    built, findings = compute(write_model(tmp_path / "two", text, lines="line,budget,outturn\na,1000,many"))
    said = "\n".join(map(str, findings))
    assert built is None
    assert "inputs/more.csv: there is no such file." in said
    assert "inputs/lines.csv, row 2, column outturn" in said
