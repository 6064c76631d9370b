"""The pins of every release keep their meaning: each is run again, with and without its workbook, by the code of today.

`.ci/run` runs this file a second time under another Python, polars and XlsxWriter.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from places import REPOSITORY
from riskshare import __version__
from riskshare.cli import main

PINS = REPOSITORY / "tests" / "pins"
PINNED = sorted(path.parent for path in PINS.glob("*/*/pin.json"))


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_every_release_has_its_pins() -> None:
    """The version of today too, once it is released: the changelog names every one that was."""
    changelog = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    assert PINNED
    for folder in PINS.iterdir():
        assert f"## [{folder.name}]" in changelog
    assert (PINS / __version__).is_dir() or f"## [{__version__}] - unreleased" in changelog


@pytest.mark.slow
@pytest.mark.parametrize("folder", PINNED, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_a_pin_gives_the_same_figures_today(folder: Path) -> None:
    result = run("verify", folder / "pin.json", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["verdict"] == "same"


@pytest.mark.slow
@pytest.mark.parametrize("folder", PINNED, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_a_workbook_has_the_figures_that_its_pin_gives_today(folder: Path) -> None:
    """A later version may lay its cells out otherwise; its figures, and what it states of them, may not change."""
    result = run("verify", folder / f"{folder.name}.xlsx", "--model", folder, "--json")
    answer = json.loads(result.stdout)
    parts = {part["part"]: part["verdict"] for part in answer["parts"]}
    assert [part for part in ("Inputs", "Contract", "Results") if parts[part] != "same"] == [], answer["parts"]
    if f"{__version__}/" in str(folder):
        assert result.exit_code == 0, result.output
