"""The master check counts what is an error as failing, whatever somebody typed, and stands in alarm."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from places import MODELS
from recalculation import libreoffice, recalculate_ironcalc
from riskshare.build import build

# What is typed where, of what `riskshare check` would refuse in the model: each makes figures errors.
TYPED: dict[str, tuple[str, str, dict[str, float | str]]] = {
    "both shares nothing": (
        "Terms",
        "locality.share_ranges_1.band_1.share.",
        {"commissioners": 0, "providers": 0},
    ),
    "all keys nothing": (
        "Terms",
        "locality.allocate_2.key.",
        {"COMMUNITY": 0, "MENTAL": 0, "HOSPITAL": 0, "GP": 0, "VOLUNTARY": 0},
    ),
    "a basis that is none": ("Lines", "", {"F7": "popluation"}),
    "words in an outturn": ("Lines", "", {"M6": "about 700,000"}),
}


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook of Thurrock."""
    path = tmp_path_factory.mktemp("master") / "thurrock.xlsx"
    assert build(MODELS / "thurrock-2021-22", path, None)[0] is not None
    return path


def typed(delivered: Path, copy: Path, what: str) -> Path:
    """A copy in which somebody typed it; terms are found by their names."""
    book = load_workbook(delivered)
    sheet, prefix, values = TYPED[what]
    rows = {str(row[0].value): row[6].coordinate for row in book[sheet].iter_rows()} if prefix else {}
    for name, value in values.items():
        book[sheet][rows[prefix + name] if prefix else name] = value
    book.save(copy)
    return copy


def master_check(path: Path) -> str:
    """The address of the master check on the cover."""
    cover = load_workbook(path)["Cover"]
    return next(str(row[1].coordinate) for row in cover.iter_rows() if row[0].value == "Master check")


def test_an_error_is_counted_as_failing(delivered: Path, tmp_path: Path) -> None:
    """The cover says a number above 0, in both engines: never an error in its place, never that all checks pass."""
    copies = [typed(delivered, tmp_path / f"{number}.xlsx", what) for number, what in enumerate(TYPED)]
    cell = ("Cover", master_check(delivered))
    for what, copy, theirs in zip(TYPED, copies, libreoffice(copies), strict=True):
        for values in (recalculate_ironcalc(copy), theirs):
            failing = values[cell]
            assert isinstance(failing, float), (what, failing)
            assert failing > 0, what


def test_the_cover_and_the_checks_stand_in_alarm_where_a_figure_is_an_error(delivered: Path) -> None:
    book = load_workbook(delivered)
    for sheet in ("Cover", "Checks"):
        rules = [rule for area in book[sheet].conditional_formatting for rule in area.rules]
        assert {rule.type for rule in rules} == {"cellIs", "containsErrors"}
        assert all(rule.dxf.fill.bgColor.rgb for rule in rules)
