"""Sheets whose XML is odd: what is read is what the standard says, or it is refused; plain ones are surveyed alike."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from odd_sheets import Odd, odd, odd_parts, plain_sheet, write
from riskshare.inputs.plain_sheet import survey_of_plain_sheet
from riskshare.inputs.shared_texts import SharedTexts, shared_texts
from riskshare.inputs.strict_sheet import survey_of_any_sheet
from riskshare.xlsx.package import unpacked

SHEET = "xl/worksheets/sheet1.xml"
SECONDS = 5


def misread(seeds: range) -> tuple[list[str], Counter[str]]:
    """What was read otherwise than the standard says, and how all of them ended."""
    every: list[tuple[int, Odd]] = [(seed, odd(seed)) for seed in seeds]
    assert max(one.seconds for _, one in every) < SECONDS
    wrong = [f"seed {seed}: {one.what}: {one.differs}" for seed, one in every if one.ended == "misread"]
    return wrong, Counter(one.ended for _, one in every)


def test_an_odd_sheet_is_read_as_the_standard_says_or_refused() -> None:
    """600 sheets, of which a reader by the standard reads at least a quarter (ISO/IEC 29500-1, 18.3 and 18.4)."""
    wrong, ended = misread(range(600))
    assert wrong == []
    assert ended["read"] > 120


@pytest.mark.slow
def test_thousands_of_odd_sheets() -> None:
    """6,000 more."""
    wrong, _ = misread(range(10_000, 16_000))
    assert wrong == []


def test_both_surveys_say_the_same_of_a_plain_sheet(tmp_path: Path) -> None:
    """The pattern in Rust and the parser: 100 sheets as programs write them; the pattern takes most of them."""
    taken = 0
    for seed in range(100):
        path = tmp_path / f"{seed}.xlsx"
        write(path, {**odd_parts(Random(seed))[1], SHEET: whole(plain_sheet(Random(seed))[0])})
        with unpacked(path) as package:
            every = SharedTexts(1_000, frozenset())
            plain = survey_of_plain_sheet(package, SHEET, every.count, may_be_placeholders=False)
            assert plain in (None, survey_of_any_sheet(package, SHEET, every, may_be_placeholders=False))
            taken += plain is not None
    assert taken > 90


def whole(rows: str) -> str:
    return (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f'<sheetData>{rows}</sheetData><mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells></worksheet>'
    )


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A2"><v>1</v></c></row>',
        '<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>',
        '<row r="1"><c r="XFE1"><v>1</v></c></row>',
        '<row r="1048577"><c r="A1048577"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>1000</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>01</v></c></row>',
        '<row r="1"><c r="A1"><v>1,000</v></c></row>',
        '<row r="1"><c r="A1"><v>\u0661</v></c></row>',
        '<row r="1"><c r="A1"><f>1+1</f></c></row>',
    ],
)
def test_the_pattern_takes_no_sheet_on_which_programs_differ(tmp_path: Path, rows: str) -> None:
    write(tmp_path / "lines.xlsx", {**odd_parts(Random(1))[1], SHEET: whole(rows)})
    with unpacked(tmp_path / "lines.xlsx") as package:
        assert survey_of_plain_sheet(package, SHEET, 1_000, may_be_placeholders=False) is None


def test_a_formula_of_zero_may_be_a_placeholder(tmp_path: Path) -> None:
    """Where the workbook asks to be calculated on opening, a stored 0 behind every formula is no value."""
    rows = '<row r="1"><c r="A1"><f>1+1</f><v>0</v></c></row>'
    write(tmp_path / "lines.xlsx", {**odd_parts(Random(1))[1], SHEET: whole(rows)})
    with unpacked(tmp_path / "lines.xlsx") as package:
        survey = survey_of_any_sheet(package, SHEET, shared_texts(package), may_be_placeholders=True)
        assert survey_of_plain_sheet(package, SHEET, 0, may_be_placeholders=True) is None
    assert survey.uncalculated == {"A1"}
