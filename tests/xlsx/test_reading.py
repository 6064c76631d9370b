"""Reading any workbook into its content: cells however they are written, formulas and formats in one spelling."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from openpyxl.formula.translate import Translator

from places import REPOSITORY
from riskshare.xlsx import sheet_xml
from riskshare.xlsx.a1 import areas, named_areas, point
from riskshare.xlsx.content import StoredCell, Visibility, Word
from riskshare.xlsx.formulas import SharedFormula, Spelling
from riskshare.xlsx.read import read_workbook
from riskshare.xlsx.sheet_cells import spelled_format
from small_workbook import Parts, rewritten

THURROCK = REPOSITORY / "workbooks" / "thurrock-2021-22.xlsx"


def test_a_book_is_what_the_workbook_means(small: Path) -> None:
    book = read_workbook(small)
    terms, share = book.sheets
    assert (terms.name, terms.visibility, share.name) == ("Terms", Visibility.VISIBLE, "Share locality")
    assert terms.cells["A2"] == StoredCell("term 1")
    assert terms.cells["B8"] == StoredCell(1.0)
    formula = "ROUND(Terms!$B$3*100+SUM(B$1:B2),2)"
    assert share.cells["B3"] == StoredCell(2.0, formula, "#,##0.00;(#,##0.00)")
    assert share.cells["E2"].value == Word("TRUE")
    assert share.cells["E3"] == StoredCell(Word("#DIV/0!"), "1/0")
    assert share.cells["E4"].value == "yes"
    assert terms.hidden_rows == {19}
    assert terms.hidden_columns == ((3, 3),)
    assert book.names == {("rate", ""): "Terms!$B$2"}
    assert book.properties == {"riskshare model": "small"}
    assert [one.area for one in (*terms.validations, *terms.conditional_formats)] == ["B2:B21", "B2:B5"]
    assert share.links[0].formulas == ("'Terms'!A1",)


def test_both_ways_to_read_a_sheet_read_the_same(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quickly = [read_workbook(path) for path in (small, THURROCK)]
    monkeypatch.setattr(sheet_xml, "QUICK_LIMIT", 0)
    assert [read_workbook(path) for path in (small, THURROCK)] == quickly


@pytest.mark.parametrize(
    ("cell", "content"),
    [
        ('<c r="A1" t="str"><v>a&amp;b &#163; &lt;</v></c>', "a&b £ <"),
        ('<c r="A1" t="inlineStr"><is><r><t>a</t></r><r><t xml:space="preserve"> b</t></r></is></c>', "a b"),
        ('<c r="A1" t="inlineStr"><is><t>a</t><rPh sb="0" eb="1"><t>spoken</t></rPh></is></c>', "a"),
        ('<c r="A1" t="inlineStr"><is><t>a_x000D__x005F_x0041_</t></is></c>', "a\n_x0041_"),
        ("<c><v>7</v></c>", 7.0),
        ('<c r="A1" t="d"><v>2021-04-01</v></c>', 44287.0),
        ('<c r="A1" t="e"><v>#N/A</v></c>', Word("#N/A")),
        ('<c r="A1" t="n"><v><![CDATA[12]]></v></c>', 12.0),
        ('<!-- a remark --><c r="A1"><v>1.1000000000000001</v></c>', 1.1),
        ('<c r="A1" s="" t="b"><v>0</v></c>', Word("FALSE")),
    ],
)
def test_a_cell_means_the_same_however_it_is_written(small: Path, cell: str, content: object) -> None:
    def edit(parts: Parts) -> None:
        part = "xl/worksheets/sheet1.xml"
        parts[part] = re.sub(
            "<sheetData>.*</sheetData>", f'<sheetData><row r="1">{cell}</row></sheetData>', parts[part]
        )

    assert read_workbook(rewritten(small, edit)).sheets[0].cells["A1"].value == content


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SUM(Lines!A1:B2)", " sum( 'lines'!a1 : b2 )"),
        ("Lines!$A$1+1", "$'Lines'.$A$1+1.0"),
        ("IF(A1,TRUE,FALSE)", "IF(A1,TRUE(),FALSE())"),
        ("_xlfn.XLOOKUP(A1,B:B,C:C)", "XLOOKUP(A1,B:B,C:C)"),
        ("1E3", "1000"),
    ],
)
def test_one_formula_in_two_spellings(one: str, other: str) -> None:
    assert Spelling().formula(one, "Terms") == Spelling().formula(other, "Terms")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('IF(A1="Yes",1,0)', 'IF(A1="yes",1,0)'),
        ("A1 B1", "A1B1"),
        ("$A1", "A1"),
        ("Lines!A1", "Line!A1"),
        ("A1+0.1", "A1+0.10000001"),
        ('"a  b"', '"a b"'),
    ],
)
def test_two_formulas_that_differ(one: str, other: str) -> None:
    assert Spelling().formula(one, "Terms") != Spelling().formula(other, "Terms")


def test_number_formats_in_two_spellings() -> None:
    assert spelled_format('#,##0;(#,##0);"-"') == spelled_format(r"#,##0;\(#,##0\);\-")
    assert spelled_format("0.00%;-0.00%;0%") == spelled_format(r"0.00%;\-0.00%;0%")
    assert spelled_format("[$£-809]#,##0") == spelled_format('"£"#,##0')
    assert spelled_format("#,##0") != spelled_format("#,##0,")
    assert spelled_format("#,##0;;") != spelled_format("#,##0")
    assert spelled_format('0"0"') != spelled_format("00")


@pytest.mark.parametrize(
    "formula", ["A1+$B$2*C$3", "SUM(A:A)", "SUM($5:5)", "'A1 b'!C3&\"A1\"", "LOG10(A1)+Lines!B7", "rate*A2:B$9"]
)
@pytest.mark.parametrize("cell", ["D5", "AB70", "D4"])
def test_a_shared_formula_moves_as_a_copied_one_does(formula: str, cell: str) -> None:
    copied = Translator(f"={formula}", origin="D4").translate_formula(cell)
    assert f"={SharedFormula(formula, *point('D4')).at(*point(cell))}" == copied


def test_areas() -> None:
    assert [area.size for area in areas("A1 B2:C$4 nonsense D:D")] == [1, 6, 1_048_576]
    assert list(named_areas([(2, 2), (3, 2), (2, 3), (3, 3), (9, 1)])) == [("B2:C3", 4), ("A9", 1)]
