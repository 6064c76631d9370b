"""The results of each shipped model stand beside its pin as CSV, so that a moved figure is a readable difference."""

from __future__ import annotations

from pathlib import Path

import pytest

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
