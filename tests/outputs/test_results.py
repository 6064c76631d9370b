"""The results of each shipped model stand beside its pin as CSV, so that a moved figure is a readable difference."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cases import place_model
from contracts import TO_TRUST, toml
from places import MODELS
from riskshare.build import compute
from riskshare.outputs.results import write_results

LEFT_OUT = {"lines.csv"}  # a row per line and locality: long, and the locality budgets say when one moves


@pytest.mark.parametrize("model", sorted(path.name for path in MODELS.iterdir()))
def test_the_committed_results_are_what_the_model_gives_today(model: str, tmp_path: Path) -> None:
    """`make models` writes them anew."""
    built, _ = compute(MODELS / model)
    assert built is not None
    given = {path.name: path.read_text(encoding="utf-8") for path in write_results(tmp_path, built.plan, built.figures)}
    kept = {path.name: path.read_text(encoding="utf-8") for path in (MODELS / model / "results").iterdir()}
    assert set(kept) == set(given) - LEFT_OUT
    for name, text in kept.items():
        assert text == given[name], f"models/{model}/results/{name} is not what the model gives today"


def test_no_text_of_the_results_becomes_a_formula(tmp_path: Path) -> None:
    """A line's reference, a partner's name and a clause that a spreadsheet would run; a negative amount is none."""
    lines = 'line,budget,outturn\n"=HYPERLINK(""http://x"")",100,900\n+1,100,100\n@SUM(A1),1,1\n'
    model = place_model(tmp_path / "place", toml((TO_TRUST,)), lines)
    file = model / "model.toml"
    text = file.read_text(encoding="utf-8").replace('clause = "Schedule 9"', 'clause = "-1+cmd"')
    file.write_text(text, encoding="utf-8")
    built, _ = compute(model)
    assert built is not None
    cells = [
        cell
        for path in write_results(tmp_path / "results", built.plan, built.figures)
        for row in csv.reader(path.read_text(encoding="utf-8").splitlines())
        for cell in row
    ]
    assert {'\'=HYPERLINK("http://x")', "'@SUM(A1)", "'-1+cmd", "+1", "-800.00"} <= set(cells)
    assert [cell for cell in cells if cell[:1] in "=@" and cell] == []
