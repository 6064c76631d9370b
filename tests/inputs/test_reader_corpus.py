"""Damaged and odd workbooks from a reader's own test suite: each is lines or findings, quickly, never an exception."""

from __future__ import annotations

import time
from typing import Any

import pytest

from places import SHARED
from riskshare.contract.given_files import Input
from riskshare.contract.model import Model
from riskshare.contract.words import Level
from riskshare.inputs.lines import read_lines

CORPUS = SHARED / "data" / "reader_corpus"
FILES = sorted(path.name for path in CORPUS.glob("*") if path.is_file()) if CORPUS.is_dir() else []
LONGEST = 5.0


def model_of(file: str, header_row: int) -> Model:
    """A model that reads the file, whatever its type: such a name does not pass the model file's own check."""
    entry: dict[str, Any] = {"file": file, "fund": "bcf", "level": Level.PLACE, "header_row": header_row}
    model: dict[str, Any] = {"inputs": (Input.model_construct(**entry),), "geographies": ()}
    return Model.model_construct(**model)


@pytest.mark.skipif(not FILES, reason=f"{CORPUS} is not on this machine")
@pytest.mark.parametrize("header_row", [1, 2, 5])
@pytest.mark.parametrize("file", FILES)
def test_a_hostile_workbook_gives_lines_or_findings(file: str, header_row: int) -> None:
    started = time.perf_counter()
    lines, findings = read_lines(model_of(file, header_row), CORPUS)
    assert lines is not None or findings
    assert all(str(finding).startswith(file) for finding in findings)
    assert time.perf_counter() - started < LONGEST
