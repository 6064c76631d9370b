"""Exercise: the file format of CONTRIBUTING.md reads a model, and each of its pieces is missed where it is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases import place_model
from contracts import TO_TRUST, toml
from exercises import Piece, badly_written, blocks, copy_of_the_repository, failing, pieces, put, run

TITLE = "To add a file format"
COPIED = ("src", "tests/inputs", "tests/outputs/test_schemas.py", "tests/support", "tests/conftest.py")
PAGES = ("schemas", "pyproject.toml")
MARKS = (
    ("the reader", "", ""),
    ("its entry", '    ".xlsx": Format', ""),
    ("its row", '    ".xlsx": read_xlsx', "from riskshare.inputs.tsv import read_tsv -> from riskshare.inputs.xlsx"),
)
READ = """
import sys
from pathlib import Path
from riskshare.build import compute
built, findings = compute(Path(sys.argv[1]))
variances = built.figures["lines"].select("line", "variance").rows() if built else []
print({line: float(variance) for line, variance in variances}, *findings)
"""
FORMATS = "src/riskshare/contract/formats.py"


def with_pieces(folder: Path, some: list[Piece]) -> Path:
    """A copy with some of the pieces; the suffix is none of those for which there is only a remedy."""
    copy_of_the_repository(folder, (*COPIED, *PAGES))
    for piece in some:
        put(folder, piece)
    formats = folder / FORMATS
    text = formats.read_text(encoding="utf-8")
    assert '(".tsv", ".txt")' in text
    formats.write_text(text.replace('(".tsv", ".txt")', '(".txt",)'), encoding="utf-8")
    (folder / "read.py").write_text(READ, encoding="utf-8")
    return folder


def tabbed(folder: Path) -> Path:
    """A model whose lines are set apart by tabs."""
    model = place_model(folder / "place", toml((TO_TRUST,)), "line,budget,outturn\na,100,90\nb,50,55\n")
    lines = model / "inputs" / "lines.csv"
    lines.with_suffix(".tsv").write_text(lines.read_text(encoding="utf-8").replace(",", "\t"), encoding="utf-8")
    lines.unlink()
    file = model / "model.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("lines.csv", "lines.tsv"), encoding="utf-8")
    return model


def test_the_reader_is_written_as_ours_are(tmp_path: Path) -> None:
    (tmp_path / "tsv.py").write_text(blocks(TITLE)[0].partition("\n")[2], encoding="utf-8")
    assert badly_written(tmp_path, ["tsv.py"]) == ""


@pytest.mark.slow
def test_a_new_format_is_read_and_each_piece_is_missed(tmp_path: Path) -> None:
    every, model = pieces(TITLE, MARKS), tabbed(tmp_path)
    complete = with_pieces(tmp_path / "all", every)
    assert "{'a': 10.0, 'b': -5.0}" in run(complete, "read", str(model))
    schemas = ("tests/outputs/test_schemas.py", "-k", "committed_schema")
    assert failing(complete, *schemas, passing=1) == {"test_the_committed_schema_is_current"}
    run(complete, "riskshare.outputs.schemas", "schemas")
    assert failing(complete, *schemas, passing=1) == set()
    of_formats = ("tests/inputs/test_inputs.py", "-k", "format")
    assert failing(complete, *of_formats, passing=1) == set()
    for number in (1, 2):
        without = with_pieces(tmp_path / str(number), [piece for piece in every if piece is not every[number]])
        assert failing(without, *of_formats, passing=0) != set()
