"""Exercise: the file format that CONTRIBUTING.md adds is read, and each piece that is forgotten is told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

from exercises import badly_written, blocks, copy_of_the_repository, failing, pieces, put, run, section

TITLE = "To add a file format"
COPIED = ("src", "tests/inputs", "tests/contract/test_terms.py", "tests/outputs/test_schemas.py", "tests/test_house.py")
BESIDE = ("tests/support", "tests/conftest.py", "schemas", "docs", "pyproject.toml")
TESTS = ("tests/inputs", "tests/contract", "tests/outputs", "tests/test_house.py::test_our_house_keeps_the_rule")
OVER_FORMATS = "format or inside_the_folder or another_type or is_current or keeps_the_rule"

READER, FORMATS, READERS = (f"src/riskshare/{name}.py" for name in ("inputs/tsv", "contract/formats", "inputs/files"))
MARKS = [
    (READER, "", ""),
    (FORMATS, '    ".xlsx": Format', ""),
    (READERS, '    ".xlsx": read_xlsx', "from riskshare.inputs.tsv import read_tsv -> from riskshare.inputs.xlsx"),
]
REMEDIES, DOCS = "REMEDIES", "make docs"

# The tests that say so when a step of the page is left out.
ONE_LIST, SCHEMA = "test_every_format_that_a_model_may_name_has_a_reader", "test_the_committed_schema_is_current"
LACKS = {
    FORMATS: {ONE_LIST},
    READERS: {ONE_LIST, "test_our_house_keeps_the_rule"},
    REMEDIES: {ONE_LIST},
    DOCS: {SCHEMA},
}


def do(folder: Path, *left_out: str) -> None:
    """Follows the page in a copy, but for some of its steps."""
    copy_of_the_repository(folder, (*COPIED, *BESIDE))
    for piece in pieces(TITLE, MARKS):
        if piece.file not in left_out:
            put(folder, piece)
    if REMEDIES not in left_out:
        formats = folder / FORMATS
        text = formats.read_text(encoding="utf-8")
        formats.write_text(text.replace('(".tsv", ".txt")', '(".txt",)'), encoding="utf-8")
    if DOCS not in left_out:
        run(folder, "riskshare.outputs.schemas", "schemas")


def lacking(folder: Path, left_out: Collection[str]) -> set[str]:
    """The tests that fail without some steps."""
    do(folder, *left_out)
    return failing(folder, "-k", OVER_FORMATS, *TESTS)


def test_the_page_names_the_files_and_the_steps() -> None:
    assert [piece.file for piece in pieces(TITLE, MARKS)] == [file for file, _, _ in MARKS]
    assert len(blocks(TITLE)) == len(MARKS)
    assert [step for step in LACKS if step.removeprefix("src/riskshare/") not in section(TITLE)] == []


READ = """
from decimal import Decimal
from pathlib import Path
from riskshare.inputs.files import read_table
from riskshare.problems.collector import Collector
read = read_table("lines.tsv", Path.cwd(), Collector())
print(read.header, read.cells.rows(), [str(read.origin({"budget": 1}).place(row, "budget")) for row in read.rows])
"""


@pytest.mark.slow
def test_a_format_with_all_its_pieces_is_read_and_lacks_nothing(tmp_path: Path) -> None:
    """An empty cell is null, and every cell knows where it stood."""
    assert lacking(tmp_path, ()) == set()
    assert badly_written(tmp_path, [file for file, _, _ in MARKS]) == ""
    (tmp_path / "lines.tsv").write_text("line\tBudget\nA1\t100\nA2\t\n", encoding="utf-8")
    environment = {"PYTHONPATH": str(tmp_path / "src")}
    command = [sys.executable, "-c", READ]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    places = "['lines.tsv, row 2, column Budget', 'lines.tsv, row 3, column Budget']"
    assert done.stdout.strip() == f"('line', 'Budget') [('A1', '100'), ('A2', None)] {places}"


@pytest.mark.slow
@pytest.mark.parametrize("step", LACKS)
def test_a_format_is_told_what_it_lacks(step: str, tmp_path: Path) -> None:
    """Without the entry, and so without a pattern that accepts it, `make docs` has nothing to write."""
    assert lacking(tmp_path, [step]) == LACKS[step]
