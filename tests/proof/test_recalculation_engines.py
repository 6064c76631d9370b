"""The recalculation harness finds what it is there to find, and is not deceived by an engine that does nothing."""

import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias
from zipfile import ZipFile

import pytest
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from recalculation import (
    POISON_NUMBER,
    POISON_TEXT,
    RECALCULATE_NEVER,
    CellValue,
    CellValues,
    Difference,
    Engine,
    cached,
    changed_by_input,
    differences,
    formulas,
    ironcalc,
    libreoffice,
    poisoned,
    prove,
    prove_all,
    recalculate_ironcalc,
    recalculate_libreoffice,
)
from riskshare.problems.errors import UserError

Written: TypeAlias = tuple[str, str, str, float | str | bool]
"""Sheet, cell, formula and its cached value."""

RELATIONS = "xl/_rels/workbook.xml.rels"
LINES, RESULT = "Lines & grants", "Locality's budget"
BUDGETS = (2.01, 100.0, 999_999_999_999.99, -40.5)
# With their right answers. The first is an exact half penny, and 2.01 * 0.5 < 1.005 in binary.
FORMULAS: tuple[Written, ...] = (
    (LINES, "C1", "=ROUND(B1*0.5,2)", 1.01),
    (LINES, "C2", "=ROUND(B2*1/3,2)", 33.33),
    (LINES, "C3", "=B3", 999_999_999_999.99),
    (LINES, "C4", "=ROUND(B4*0.5,2)", -20.25),
    (RESULT, "A1", "='Lines & grants'!A1", "North"),
    (RESULT, "B1", "=ROUND(SUMIFS('Lines & grants'!B1:B4,'Lines & grants'!A1:A4,A1),2)", 102.01),
    (RESULT, "C1", '=IF(B1>100,"<over> & above","")', "<over> & above"),
    (RESULT, "D1", '=IF(B1>1000,"over","")', ""),
    (RESULT, "E1", "=B1=102.01", True),
    (RESULT, "F1", "=0.1+0.2-0.3", 0.0),
    (RESULT, "AB1", "=INDEX('Lines & grants'!B1:B4,MATCH(\"South\",'Lines & grants'!A1:A4,0))", 999_999_999_999.99),
)

both_engines = pytest.mark.parametrize("engine", [ironcalc, pytest.param(libreoffice, marks=pytest.mark.slow)])


def test_a_panic_of_the_engine_is_a_sentence_and_no_panic_of_ours(tmp_path: Path) -> None:
    """A workbook that lost the relation to one of its sheets makes IronCalc panic, which is no Exception."""
    whole, broken = written(tmp_path / "whole.xlsx"), tmp_path / "broken.xlsx"
    with ZipFile(whole) as before, ZipFile(broken, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(
                name, re.sub(rb'<Relationship Id="rId1" [^>]*/>', b"", content) if name == RELATIONS else content
            )
    with pytest.raises(UserError, match="IronCalc gave up on the workbook"):
        recalculate_ironcalc(broken)


def written(path: Path, cells: Sequence[Written] = FORMULAS) -> Path:
    """A small workbook of XlsxWriter's with those formulas and cached values."""
    book = Workbook(path)
    sheets: dict[str, Worksheet] = {name: book.add_worksheet(name) for name in (LINES, RESULT)}
    money = book.add_format({"num_format": "#,##0.00"})
    for row, budget in enumerate(BUDGETS):
        sheets[LINES].write_string(row, 0, "North" if row < 2 else "South")
        sheets[LINES].write_number(row, 1, budget, money)
    for number, (sheet, cell, formula, value) in enumerate(cells):
        sheets[sheet].write_formula(cell, formula, money if number % 2 else None, value)
    book.close()
    return path


def with_one_changed(position: int, formula: str | None = None, value: float | str | None = None) -> list[Written]:
    """The right cells but for one formula or one cached value."""
    cells = list(FORMULAS)
    sheet, cell, old_formula, old_value = cells[position]
    cells[position] = (sheet, cell, formula or old_formula, old_value if value is None else value)
    return cells


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    return written(tmp_path / "right.xlsx")


# Reading and poisoning


def test_cached_values_and_formulas_are_read_as_written(workbook: Path) -> None:
    expected = {(sheet, cell): "TRUE" if value is True else value for sheet, cell, _, value in FORMULAS}
    assert cached(workbook) == expected
    assert formulas(workbook) == {(sheet, cell): formula[1:] for sheet, cell, formula, _ in FORMULAS}


def test_every_formula_cell_is_poisoned_and_nothing_else(workbook: Path, tmp_path: Path) -> None:
    copy = tmp_path / "poisoned.xlsx"
    assert poisoned(workbook, copy) == len(FORMULAS)
    texts = {(RESULT, "A1"), (RESULT, "C1"), (RESULT, "D1"), (RESULT, "E1")}
    assert cached(copy) == {
        (sheet, cell): POISON_TEXT if (sheet, cell) in texts else POISON_NUMBER for sheet, cell, _, _ in FORMULAS
    }
    assert formulas(copy) == formulas(workbook)
    with ZipFile(workbook) as before, ZipFile(copy) as after:
        assert before.namelist() == after.namelist()
        changed = [part for part in before.namelist() if before.read(part) != after.read(part)]
    assert changed == ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"]


def test_a_formula_cell_written_another_way_is_an_error_not_a_gap(workbook: Path, tmp_path: Path) -> None:
    strange = tmp_path / "strange.xlsx"
    with ZipFile(workbook) as archive, ZipFile(strange, "w") as target:
        for part in archive.namelist():
            target.writestr(part, re.sub(rb'<c r="C2" ', b'<c cm="1" r="C2" ', archive.read(part)))
    with pytest.raises(UserError, match="of 4 formula cells only 3 can be read"):
        poisoned(strange, tmp_path / "copy.xlsx")


# Comparing


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (0.0, -0.0),
        (0.0, 5.6e-17),
        (0.1 + 0.2, 0.3),
        (1 / 3, 0.333333333333333),
        (999_999_999_999.99, 999999999999.9901),
    ],
)
def test_the_noise_of_binary_fractions_is_no_difference(ours: float, theirs: float) -> None:
    assert ours == pytest.approx(theirs)
    assert differences({("Sheet", "A1"): ours}, {("Sheet", "A1"): theirs}) == []


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (1.0, 1.01),
        (999_999_999_999.99, 999_999_999_999.98),
        (9_999_999_999_999.98, 9_999_999_999_999.99),
        (0.12345678, 0.12345679),
        (0.0, 1e-8),
        (0.0, ""),
        (1.0, "1"),
        ("North", "north"),
        ("", " "),
    ],
)
def test_a_difference_in_the_last_place_or_letter_is_found(ours: CellValue, theirs: CellValue) -> None:
    cell = ("Sheet", "A1")
    assert differences({cell: ours}, {cell: theirs}, {cell: "B1"}) == [Difference("Sheet", "A1", ours, theirs, "B1")]


def test_a_cell_that_one_side_lacks_is_a_difference() -> None:
    expected: CellValues = {("Sheet", "A1"): 0.0}
    assert differences(expected, {}) == [Difference("Sheet", "A1", 0.0, None)]
    assert differences({}, expected) == [Difference("Sheet", "A1", None, 0.0)]


# Proving


@both_engines
def test_a_right_workbook_passes(engine: Engine, workbook: Path) -> None:
    assert prove(workbook, engine) == []


@both_engines
def test_what_is_wrong_is_reported_with_its_cell(engine: Engine, tmp_path: Path) -> None:
    penny_off = written(tmp_path / "penny.xlsx", with_one_changed(0, value=1.0))
    penny_in_a_trillion = written(tmp_path / "trillion.xlsx", with_one_changed(10, value=999_999_999_999.98))
    wrong_reference = written(tmp_path / "reference.xlsx", with_one_changed(1, formula="=ROUND(B1*1/3,2)"))
    wrong_text = written(tmp_path / "text.xlsx", with_one_changed(6, value="<over> and above"))
    missed = written(tmp_path / "boolean.xlsx", with_one_changed(8, value=False))
    assert prove_all([penny_off, penny_in_a_trillion, wrong_reference, wrong_text, missed], engine) == [
        [Difference(LINES, "C1", 1.0, 1.01, "ROUND(B1*0.5,2)")],
        [Difference(RESULT, "AB1", 999_999_999_999.98, 999_999_999_999.99, FORMULAS[10][2][1:])],
        [Difference(LINES, "C2", 33.33, 0.67, "ROUND(B1*1/3,2)")],
        [Difference(RESULT, "C1", "<over> and above", "<over> & above", FORMULAS[6][2][1:])],
        [Difference(RESULT, "E1", "FALSE", "TRUE", "B1=102.01")],
    ]


def test_a_difference_says_where_and_what() -> None:
    difference = Difference("Summary", "B3", 1.0, 1.01, "ROUND(B1*0.5,2)")
    assert str(difference) == "Summary!B3: cached 1.0, recalculated 1.01  =ROUND(B1*0.5,2)"


@both_engines
def test_a_changed_input_moves_what_depends_on_it_and_nothing_else(
    engine: Engine, workbook: Path, tmp_path: Path
) -> None:
    changed = tmp_path / "changed.xlsx"
    changed_by_input(workbook, changed, {(LINES, "B2"): Decimal("1000.01")})
    moved = {(each.sheet, each.cell): each.actual for each in prove(changed, engine)}
    assert moved == {(LINES, "C2"): 333.34, (RESULT, "B1"): 1002.02, (RESULT, "D1"): "over", (RESULT, "E1"): "FALSE"}


@pytest.mark.parametrize("cell", [(LINES, "A1"), (LINES, "C1"), (LINES, "B99"), ("Nowhere", "B1")])
def test_only_a_number_cell_can_be_changed(cell: tuple[str, str], workbook: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"not a number cell of .*: {cell[0]}!{cell[1]}"):
        changed_by_input(workbook, tmp_path / "changed.xlsx", {cell: 1})


# Engines that only seem to recalculate


def test_a_reader_of_cached_values_is_caught(workbook: Path) -> None:
    def reader(workbooks: Sequence[Path]) -> list[CellValues]:
        return [cached(each) for each in workbooks]

    with pytest.raises(AssertionError, match="not recalculated, 11 cells"):
        prove(workbook, reader)


def test_an_engine_that_leaves_one_cell_alone_is_caught(workbook: Path) -> None:
    def lazy(workbooks: Sequence[Path]) -> list[CellValues]:
        return [recalculate_ironcalc(each) | {(LINES, "C3"): cached(each)[LINES, "C3"]} for each in workbooks]

    with pytest.raises(AssertionError, match=r"not recalculated, 1 cells .*Lines & grants!C3"):
        prove(workbook, lazy)


@pytest.mark.slow
def test_libreoffice_left_to_its_own_is_caught(workbook: Path, tmp_path: Path) -> None:
    def never(workbooks: Sequence[Path]) -> list[CellValues]:
        return recalculate_libreoffice(workbooks, tmp_path, RECALCULATE_NEVER)

    with pytest.raises(AssertionError, match="not recalculated"):
        prove(workbook, never)


def test_a_workbook_without_formulas_proves_nothing(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no formula cell"):
        prove(written(tmp_path / "empty.xlsx", ()), ironcalc)


# LibreOffice missing


def test_without_libreoffice_a_test_is_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("RISKSHARE_REQUIRE_LIBREOFFICE", raising=False)
    with pytest.raises(pytest.skip.Exception, match="not installed"):
        libreoffice([])


def test_without_libreoffice_a_test_fails_where_it_is_required(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("RISKSHARE_REQUIRE_LIBREOFFICE", "1")
    with pytest.raises(RuntimeError, match="asks for it"):
        libreoffice([])
