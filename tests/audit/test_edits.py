"""Reading any workbook into what it means, and comparing two: small workbooks, one change each, and hostile files."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from openpyxl import Workbook as Openpyxl
from openpyxl import load_workbook
from openpyxl.formula.translate import Translator
from openpyxl.packaging.custom import StringProperty
from openpyxl.workbook.defined_name import DefinedName
from xlsxwriter import Workbook

from mutations import named, sheet_parts, write_parts
from places import REPOSITORY
from riskshare.audit.edits.change import Change, Kind
from riskshare.audit.edits.compare import compare
from riskshare.problems.errors import UserError
from riskshare.xlsx import cells, opening, sheet_part
from riskshare.xlsx.a1 import areas, named_areas, point
from riskshare.xlsx.book import Book, Cell, Sheet, Visibility, Word
from riskshare.xlsx.formats import spelled_format
from riskshare.xlsx.formulas import SharedFormula, Spelling
from riskshare.xlsx.read import read_book

THURROCK = REPOSITORY / "workbooks" / "thurrock-2021-22.xlsx"
CORPUS = REPOSITORY.parent / "shared" / "data" / "reader_corpus"
FILES = sorted(path.name for path in CORPUS.glob("*") if path.is_file()) if CORPUS.is_dir() else []
MEMORY, SECONDS = 500_000_000, 5
STRICT = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main": "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": (
        "http://purl.oclc.org/ooxml/officeDocument/relationships"
    ),
}
Parts: TypeAlias = dict[str, str]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Two sheets of inputs and formulas, with a name, a link, a validation and a property."""
    path = tmp_path / "small.xlsx"
    with Workbook(str(path)) as book:
        terms, share = book.add_worksheet("Terms"), book.add_worksheet("Share locality")
        terms.write_row(0, 0, ["Term", "Value", "Clause"])
        share.write_row(0, 0, ["Step", "North", "South"])
        for row in range(1, 21):
            terms.write_row(row, 0, [f"term {row}", row / 7, f"para {row}"])
            share.write(row, 0, f"step {row}")
            for column, letter in ((1, "B"), (2, "C")):
                formula = f"=ROUND(Terms!$B${row + 1}*100+SUM({letter}$1:{letter}{row}),2)"
                share.write_formula(row, column, formula, book.add_format({"num_format": "#,##0.00;(#,##0.00)"}), row)
        share.write_boolean("E2", True)
        share.write_formula("E3", "=1/0", None, "#DIV/0!")
        share.write_formula("E4", '=IF(Terms!B2>0,"yes","")', None, "yes")
        share.write_url("G1", "internal:'Terms'!A1", string="Terms")
        terms.data_validation("B2:B21", {"validate": "decimal", "criteria": ">=", "value": 0})
        terms.conditional_format("B2:B5", {"type": "cell", "criteria": ">", "value": 9, "format": book.add_format()})
        terms.set_row(18, None, None, {"hidden": True})
        terms.set_column("C:C", None, None, {"hidden": True})
        book.define_name("rate", "=Terms!$B$2")
        book.set_custom_property("riskshare model", "small")
    return path


def parts_of(path: Path) -> Parts:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode("utf-8", "surrogateescape") for name in archive.namelist()}


def rewritten(path: Path, edit: Callable[[Parts], None]) -> Path:
    """A copy beside it whose parts were edited."""
    parts = parts_of(path)
    edit(parts)
    target = path.with_name("found.xlsx")
    write_parts(target, parts)
    return target


def replaced(path: Path, part: str, old: str, new: str) -> Path:
    def edit(parts: Parts) -> None:
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new, 1)

    return rewritten(path, edit)


def changed(path: Path, change: Callable[[Openpyxl], None]) -> Path:
    """A copy beside it that openpyxl changed."""
    book = load_workbook(path)
    change(book)
    target = path.with_name("found.xlsx")
    book.save(target)
    return target


def changes(path: Path, found: Path) -> list[Change]:
    return list(compare(read_book(path), read_book(found)).changes)


def said(path: Path, found: Path) -> list[tuple[Kind, str, str]]:
    return named(changes(path, found))


# ------------------------------------------------------------------------------------------- what a workbook means


def test_a_book_is_what_the_workbook_means(small: Path) -> None:
    book = read_book(small)
    terms, share = book.sheets
    assert (terms.name, terms.visibility, share.name) == ("Terms", Visibility.VISIBLE, "Share locality")
    assert terms.cells["A2"] == Cell("term 1")
    assert terms.cells["B8"] == Cell(1.0)
    formula = "ROUND(Terms!$B$3*100+SUM(B$1:B2),2)"
    assert share.cells["B3"] == Cell(2.0, formula, "#,##0.00;(#,##0.00)")
    assert share.cells["E2"].value == Word("TRUE")
    assert share.cells["E3"] == Cell(Word("#DIV/0!"), "1/0")
    assert share.cells["E4"].value == "yes"
    assert terms.hidden_rows == {19}
    assert terms.hidden_columns == ((3, 3),)
    assert book.names == {("rate", ""): "Terms!$B$2"}
    assert book.properties == {"riskshare model": "small"}
    assert [one.area for one in (*terms.validations, *terms.conditional_formats)] == ["B2:B21", "B2:B5"]
    assert share.links[0].formulas == ("'Terms'!A1",)


def test_both_ways_to_read_a_sheet_read_the_same(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quickly = [read_book(path) for path in (small, THURROCK)]
    monkeypatch.setattr(sheet_part, "QUICK_LIMIT", 0)
    assert [read_book(path) for path in (small, THURROCK)] == quickly


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

    assert read_book(rewritten(small, edit)).sheets[0].cells["A1"].value == content


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


# ------------------------------------------------------------------------------------------- one change each


CELLS: dict[str, tuple[str, Any, Kind]] = {
    "input": ("Terms!B5", 0.5, Kind.INPUT),
    "input by a hair": ("Terms!B8", 1.0000000001, Kind.INPUT),
    "input to text": ("Terms!B5", "0.5", Kind.INPUT),
    "to number": ("Share locality!B5", 12, Kind.TO_NUMBER),
    "to text": ("Share locality!B5", "12", Kind.TO_TEXT),
    "formula": ("Share locality!B5", "=ROUND(Terms!$B$5*100+SUM(B$1:B3),2)", Kind.FORMULA),
    "formula added": ("Terms!B5", "=4/7", Kind.FORMULA_ADDED),
    "text": ("Terms!C3", "para 3", Kind.TEXT),
    "boolean": ("Share locality!E2", False, Kind.TEXT),
    "boolean to number": ("Share locality!E2", 1, Kind.TEXT),
    "added": ("Terms!H50", "x", Kind.ADDED),
    "emptied": ("Terms!C3", None, Kind.EMPTIED),
}


@pytest.mark.parametrize("case", CELLS)
def test_a_changed_cell(small: Path, case: str) -> None:
    where, value, kind = CELLS[case]
    sheet, _, cell = where.partition("!")

    def change(book: Openpyxl) -> None:
        book[sheet][cell] = value

    assert said(small, changed(small, change)) == [(kind, sheet, cell)]


def very_hide(book: Openpyxl) -> None:
    book["Terms"].sheet_state = "veryHidden"


def show(book: Openpyxl) -> None:
    book["Terms"].row_dimensions[19].hidden = False
    book["Terms"].column_dimensions["C"].hidden = False


def rename(book: Openpyxl) -> None:
    book.defined_names["rate"].attr_text = "Terms!$B$3"
    book.defined_names["rates"] = DefinedName("rates", attr_text="Terms!$B$3")


def drop_name(book: Openpyxl) -> None:
    del book.defined_names["rate"]


def restate(book: Openpyxl) -> None:
    properties = book.custom_doc_props  # type: ignore[attr-defined]
    properties["riskshare model"].value = "large"
    properties.append(StringProperty(name="Someone", value="else's"))


def count_by_hand(book: Openpyxl) -> None:
    book.calculation.calcMode = "manual"


def relink(book: Openpyxl) -> None:
    book["Share locality"]["G1"].hyperlink.location = "'Terms'!A2"


def loosen(book: Openpyxl) -> None:
    book["Terms"].data_validations.dataValidation[0].formula1 = "-1"


BOOKS: dict[Callable[[Openpyxl], None], list[tuple[Kind, str, str]]] = {
    very_hide: [(Kind.SHEET_VERY_HIDDEN, "Terms", "")],
    show: [(Kind.COLUMN_SHOWN, "Terms", "C"), (Kind.ROW_SHOWN, "Terms", "19")],
    rename: [(Kind.NAME, "", "rate"), (Kind.NAME_ADDED, "", "rates")],
    drop_name: [(Kind.NAME_REMOVED, "", "rate")],
    restate: [(Kind.PROPERTY, "", "riskshare model")],
    count_by_hand: [(Kind.SETTING, "", "")],
    relink: [(Kind.LINK, "Share locality", "G1")],
    loosen: [(Kind.VALIDATION, "Terms", "B2:B21")],
}


@pytest.mark.parametrize("change", BOOKS, ids=lambda change: change.__name__)
def test_a_change_around_the_cells(small: Path, change: Callable[[Openpyxl], None]) -> None:
    found = said(small, changed(small, change))
    assert found == BOOKS[change]


def test_a_hidden_sheet_that_is_shown(small: Path) -> None:
    hidden = replaced(small, "xl/workbook.xml", '<sheet name="Terms"', '<sheet name="Terms" state="hidden"')
    assert said(hidden, small) == [(Kind.SHEET_SHOWN, "Terms", "")]


@pytest.mark.parametrize("height", ['ht="0" customHeight="1"', 'ht="0.25"', 'hidden="true"'])
def test_a_row_that_cannot_be_seen_is_hidden(small: Path, height: str) -> None:
    found = replaced(small, "xl/worksheets/sheet1.xml", '<row r="3"', f'<row r="3" {height}')
    assert said(small, found) == [(Kind.ROW_HIDDEN, "Terms", "3")]


@pytest.mark.parametrize("width", ['width="0" customWidth="1"', 'width="0.05"', 'width="9" hidden="1"'])
def test_a_column_that_cannot_be_seen_is_hidden(small: Path, width: str) -> None:
    found = replaced(
        small, "xl/worksheets/sheet2.xml", "<sheetData>", f'<cols><col min="2" max="3" {width}/></cols><sheetData>'
    )
    assert said(small, found) == [
        (Kind.COLUMN_HIDDEN, "Share locality", "B"),
        (Kind.COLUMN_HIDDEN, "Share locality", "C"),
    ]


def test_a_stale_value_is_told_from_one_that_follows(small: Path) -> None:
    found = replaced(small, "xl/worksheets/sheet2.xml", "</f><v>3</v>", "</f><v>3.01</v>")
    stale = [(Kind.STALE, "Share locality", "B4")]
    rebuilt, book = read_book(small), read_book(found)
    assert named(compare(rebuilt, book).changes) == stale
    assert named(compare(rebuilt, book, lambda: {("Share locality", "B4"): 3.0}).changes) == stale
    follows = compare(rebuilt, book, lambda: {("Share locality", "B4"): 3.01})
    assert (follows.changes, follows.following) == ((), 1)
    assert follows.sentences() == ("1 stored figure follows from these changes.",)


# ------------------------------------------------------------------------------------------- what moved


def as_excel_inserts(parts: Parts, at: int, count: int) -> None:
    """Rows inserted in Terms as Excel does it: everything below moves, and every reference with it."""
    terms, share = "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"

    def down(found: re.Match[str]) -> str:
        row = int(found[2])
        return f"{found[1]}{row + count if row >= at else row}{found[3]}"

    parts[terms] = re.sub(r'(<row r="|<c r="[A-Z]+)(\d+)(")', down, parts[terms])
    parts[terms] = parts[terms].replace('"B2:B21"', f'"B2:B{21 + count}"')
    parts[share] = re.sub(r"(Terms!\$?B\$?)(\d+)()", down, parts[share])


def test_inserted_rows_are_one_change(small: Path) -> None:
    found = rewritten(small, lambda parts: as_excel_inserts(parts, 11, 2))
    (inserted,) = changes(small, found)
    assert (inserted.kind, inserted.sheet, inserted.cell) == (Kind.ROWS_INSERTED, "Terms", "11:12")
    assert str(inserted) == "Terms!11:12: rows inserted: 2, above row 11"


def test_formulas_that_did_not_move_with_inserted_rows_are_altered(small: Path) -> None:
    found = changed(small, lambda book: book["Terms"].insert_rows(11, 2))
    said = changes(small, found)
    altered = {one.cell for one in said if one.kind is Kind.FORMULA}
    assert altered == {f"{column}{row}" for column in "BC" for row in range(11, 22)}
    assert [one.cell for one in said if one.kind is Kind.ROWS_INSERTED] == ["11:12"]
    assert not [one for one in said if one.kind in {Kind.INPUT, Kind.TEXT, Kind.ADDED, Kind.EMPTIED}]


def test_deleted_rows_are_one_change_and_a_change_beside_them_is_named(small: Path) -> None:
    more = rewritten(small, lambda parts: as_excel_inserts(parts, 11, 2)).rename(small.with_name("more.xlsx"))
    found = replaced(small, "xl/worksheets/sheet1.xml", "<v>0.7142857142857143</v>", "<v>0.9</v>")
    assert (Kind.ROWS_DELETED, "Terms", "11:12") in said(more, found)
    assert [one.cell for one in changes(more, found) if one.kind is Kind.INPUT] == ["B6"]


def test_inserted_and_deleted_columns_are_one_change(small: Path) -> None:
    with Workbook(str(small.with_name("wide.xlsx"))) as book:
        for name, columns in (("Terms", "ABCD"), ("Share locality", "ABXYCD")):
            sheet = book.add_worksheet(name)
            for row in range(1, 10):
                sheet.write_row(row, 0, [f"{column}{row}" for column in columns])
    wide = read_book(small.with_name("wide.xlsx"))
    narrow, wider = wide.sheets
    assert wide.sheet("terms") is narrow
    for kind, cell, one, other in (
        (Kind.COLUMNS_INSERTED, "C:D", narrow, wider),
        (Kind.COLUMNS_DELETED, "C:D", wider, narrow),
    ):
        books = (Book("a", (sheet_named(one),), {}), Book("b", (sheet_named(other),), {}))
        assert named(compare(*books).changes) == [(kind, "X", cell)]


def sheet_named(sheet: Sheet) -> Sheet:
    return replace(sheet, name="X")


def test_a_renamed_sheet_is_one_change_though_every_formula_names_it(small: Path) -> None:
    def rename_as_excel_does(parts: Parts) -> None:
        for part, text in parts.items():
            parts[part] = text.replace('name="Terms"', 'name="The rates"').replace("'Terms'!", "'The rates'!")
            parts[part] = parts[part].replace("Terms!", "'The rates'!")

    assert said(small, rewritten(small, rename_as_excel_does)) == [(Kind.SHEET_RENAMED, "Terms", "")]


def test_neighbours_share_a_sentence(small: Path) -> None:
    def type_over(book: Openpyxl) -> None:
        for row in range(2, 10):
            book["Share locality"][f"B{row}"] = 5

    found = compare(read_book(small), read_book(changed(small, type_over)))
    assert len(found.changes) == 8
    assert found.sentences()[0] == (
        "'Share locality'!B2:B9: a formula replaced by a number, 8 cells, the first was "
        "=ROUND(Terms!$B$2*100+SUM(B$1:B1),2), now 5"
    )


# ------------------------------------------------------------------------------------------- things put in

RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PUT_IN: dict[str, tuple[str, str, str, list[tuple[Kind, str, str]]]] = {
    "macro": ("workbook", "http://schemas.microsoft.com/office/2006/relationships/vbaProject", "vbaProject.bin",
              [(Kind.MACRO, "", "")]),
    "excel 4 macro": ("workbook", "http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet", "macro.xml",
                      [(Kind.MACRO, "", "")]),
    "control": ("sheet", f"{RELATED}/control", "activeX1.xml", [(Kind.MACRO, "Terms", "")]),
    "external link": ("workbook", f"{RELATED}/externalLink", "externalLink1.xml", [(Kind.EXTERNAL_LINK, "", "")]),
    "query": ("workbook", f"{RELATED}/connections", "connections.xml", [(Kind.PART, "", "")]),
    "object": ("sheet", f"{RELATED}/oleObject", "object.bin", [(Kind.PART, "Terms", "")]),
    "picture": ("sheet", f"{RELATED}/drawing", "drawing.xml", [(Kind.DRAWING, "Terms", "")] * 2),
    "button": ("sheet", f"{RELATED}/vmlDrawing", "drawing.vml", [(Kind.DRAWING, "Terms", "")]),
    "comment": ("sheet", f"{RELATED}/comments", "comments.xml", [(Kind.COMMENT, "Terms", "B3")]),
    "thread": ("sheet", "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment", "thread.xml",
               [(Kind.COMMENT, "Terms", "B3")]),
}  # fmt: skip
CONTENTS = {
    "drawing.xml": "<d><a><pic/></a><a><sp><txBody><p><t>All figures agreed</t></p></txBody></sp></a></d>",
    "drawing.vml": '<xml><ClientData ObjectType="Button"/><ClientData ObjectType="Note"/></xml>',
    "comments.xml": '<c><comment ref="B3"><text><r><t>agreed</t></r></text></comment></c>',
    "thread.xml": '<c><threadedComment ref="B3"><text>agreed</text></threadedComment></c>',
}


@pytest.mark.parametrize("case", PUT_IN)
def test_what_was_put_in_is_named(small: Path, case: str) -> None:
    source, kind, name, expected = PUT_IN[case]

    def put_in(parts: Parts) -> None:
        parts[f"xl/added/{name}"] = CONTENTS.get(name, "<a/>")
        relation = f'<Relationship Id="added" Type="{kind}" Target="/xl/added/{name}"/></Relationships>'
        path = "xl/_rels/workbook.xml.rels" if source == "workbook" else "xl/worksheets/_rels/sheet1.xml.rels"
        empty = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
        parts[path] = parts.get(path, empty).replace("</Relationships>", relation)

    found = rewritten(small, put_in)
    assert said(small, found) == expected
    assert said(small, found.rename(found.with_suffix(".xlsm"))) == expected


# ------------------------------------------------------------------------------------------- what Excel does on saving


def as_excel_saves(parts: Parts) -> None:
    """Writes a workbook anew in every way that Excel may choose."""
    _renumber_texts(parts)
    _renumber_styles(parts)
    for part in sheet_parts(parts).values():
        parts[part] = _with_shared_formulas(_with_all_digits(parts[part]))
    parts["xl/calcChain.xml"] = '<calcChain xmlns="x"><c r="B14" i="1"/></calcChain>'
    parts["xl/theme/theme1.xml"] = '<a:theme xmlns:a="b" name="Another"/>'
    names = '<definedName name="_xlnm._FilterDatabase" localSheetId="3" hidden="1">Terms!$A$1:$B$2</definedName>'
    workbook = (
        parts["xl/workbook.xml"]
        .replace(' fullCalcOnLoad="1"', "")
        .replace("</definedNames>", f"{names}</definedNames>")
    )
    parts["xl/workbook.xml"] = re.sub(r'sheetId="(\d+)"', lambda found: f'sheetId="{int(found[1]) + 70}"', workbook)
    relations = parts["xl/_rels/workbook.xml.rels"].replace('Target="worksheets', 'Target="/xl/worksheets')
    parts["xl/_rels/workbook.xml.rels"] = relations


def _renumber_texts(parts: Parts) -> None:
    """The table of texts turned round, some in runs, with the pronunciation that Excel adds in Japan."""
    texts = re.findall(r"<si>.*?</si>", parts["xl/sharedStrings.xml"], flags=re.DOTALL)
    last = len(texts) - 1
    in_runs = [re.sub(r"<t([^>]*)>(.*)</t>", _two_runs, text, flags=re.DOTALL) for text in texts]
    table = "".join(reversed(in_runs))
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{next(iter(STRICT))}">{table}</sst>'
    for part in sheet_parts(parts).values():
        parts[part] = re.sub(r't="s"><v>(\d+)</v>', lambda found: f't="s"><v>{last - int(found[1])}</v>', parts[part])


def _two_runs(found: re.Match[str]) -> str:
    text = found[2]
    if "&" in text or len(text) < 4:
        return found[0]
    runs = f'<r><t xml:space="preserve">{text[:2]}</t></r><r><rPr><b/></rPr><t xml:space="preserve">{text[2:]}</t></r>'
    return f'{runs}<rPh sb="0" eb="1"><t>spoken</t></rPh>'


def _renumber_styles(parts: Parts) -> None:
    """The styles turned round, their number formats spelled as Excel does."""
    table = re.findall(r"<cellXfs.*?</cellXfs>", parts["xl/styles.xml"])[0]
    styles = re.findall(r"<xf [^>]*/>|<xf [^>]*[^/]>.*?</xf>", table)
    last = len(styles) - 1
    text = parts["xl/styles.xml"].replace(table, f"<cellXfs>{''.join(reversed(styles))}</cellXfs>")
    parts["xl/styles.xml"] = text.replace("(#,##0)", r"\(#,##0\)").replace(";-0", r";\-0").replace(";-#", r";\-#")
    for part in sheet_parts(parts).values():
        parts[part] = re.sub(r'<c r="([A-Z]+\d+)"(?: s="(\d+)")?', lambda found: _cell(found, last), parts[part])


def _cell(found: re.Match[str], last: int) -> str:
    return f'<c r="{found[1]}" s="{last - int(found[2] or 0)}"'


def _with_all_digits(xml: str) -> str:
    return re.sub(r'("|</f>)><v>(-?[\d.]+)</v>', lambda found: f"{found[1]}><v>{float(found[2]):.17g}</v>", xml)


def _with_shared_formulas(xml: str) -> str:
    """Every run of formulas down a column that are copies of the first written as one shared formula."""
    formulas = dict(re.findall(r'<c r="([A-Z]+\d+)"[^>]*><f>([^<]*)</f>', xml))
    shares: dict[str, str] = {}
    first, number = "", 0
    for cell in sorted(formulas, key=lambda one: (point(one)[1], point(one)[0])):
        row, column = point(cell)
        follows = bool(first) and point(first)[1] == column and _above(cell) in formulas
        if follows and Translator(f"={formulas[first]}", origin=first).translate_formula(cell) == f"={formulas[cell]}":
            shares[cell] = f'<f t="shared" si="{number}"/>'
        else:
            first, number = cell, number + 1
            shares[cell] = (
                f'<f t="shared" ref="{cell}:{cell[: -len(str(row))]}{row + 999}" si="{number}">{formulas[cell]}</f>'
            )
    return re.sub(r'(<c r="([A-Z]+\d+)"[^>]*>)<f>[^<]*</f>', lambda found: found[1] + shares[found[2]], xml)


def _above(cell: str) -> str:
    row = point(cell)[0]
    return f"{cell[: -len(str(row))]}{row - 1}"


def as_strict(parts: Parts) -> None:
    """The same in the namespaces of the strict standard, with prefixes."""
    for old, new in STRICT.items():
        parts.update({name: text.replace(old, new) for name, text in parts.items()})
    for part in sheet_parts_strict(parts):
        text = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", parts[part])
        parts[part] = text.replace('<x:worksheet xmlns="', '<x:worksheet xmlns:x="')


def sheet_parts_strict(parts: Parts) -> list[str]:
    return [name for name in parts if name.startswith("xl/worksheets/sheet")]


@pytest.mark.parametrize("save", [as_excel_saves, as_strict])
def test_what_excel_does_on_saving_is_no_change(tmp_path: Path, save: Callable[[Parts], None]) -> None:
    rebuilt = tmp_path / "rebuilt.xlsx"
    rebuilt.write_bytes(THURROCK.read_bytes())
    found = rewritten(rebuilt, save)
    assert sum('t="shared" si=' in text for text in parts_of(found).values()) > 5 or save is as_strict
    assert [str(change) for change in changes(rebuilt, found)] == []


def test_a_change_in_what_excel_saved_is_named(small: Path) -> None:
    saved = rewritten(
        small,
        lambda parts: parts.update(
            {name: _with_shared_formulas(text) if "sheet2" in name else text for name, text in parts.items()}
        ),
    )
    found = replaced(saved, "xl/worksheets/sheet2.xml", "Terms!$B$2*100", "Terms!$B$2*101")
    assert (Kind.FORMULA, "Share locality", "B2") in said(small, found)


# ------------------------------------------------------------------------------------------- files that are no workbook


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as refused:
        read_book(path)
    sentence = str(refused.value)
    assert sentence.startswith(path.name)
    assert re.search(r": [a-z].*\.$", sentence), "one sentence with the way out"
    return sentence


def package(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def with_sheet(small: Path, xml: bytes) -> Path:
    """The small workbook with another first sheet."""
    parts = {name: text.encode() for name, text in parts_of(small).items()}
    return package(small.with_name("hostile.xlsx"), parts | {"xl/worksheets/sheet1.xml": xml})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty"),
        (b"name,amount\n", "is not an Excel workbook"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "is an old .xls workbook"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "is protected by a password"),
        (b"PK\x03\x04 cut off", "is damaged"),
    ],
)
def test_a_file_that_is_no_workbook(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "budget.xlsx"
    path.write_bytes(content)
    assert expected in refusal(path)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, "is an OpenDocument file"),
        ({"xl/workbook.bin": b"", "_rels/.rels": b"<a/>"}, "is a binary .xlsb workbook"),
        ({"photo.jpg": b"x"}, "is not an Excel workbook"),
        (
            {"_rels/.rels": b"<Relationships/>", "word/document.xml": b"<a/>"},
            "is damaged (no part of it is a workbook)",
        ),
    ],
)
def test_a_package_that_is_no_workbook(tmp_path: Path, parts: dict[str, bytes], expected: str) -> None:
    assert expected in refusal(package(tmp_path / "budget.xlsx", parts))


def test_a_path_that_leads_to_no_file(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "missing.xlsx")
    (tmp_path / "folder.xlsx").mkdir()
    assert "is a folder" in refusal(tmp_path / "folder.xlsx")


def test_a_file_that_may_not_be_read_or_is_open_elsewhere(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert "may not be read" in refusal(small)
    small.with_name(f"~${small.name}").touch()
    assert "is open in another program: close it there and try again." in refusal(small)


def test_an_open_file_that_can_be_read_is_read(small: Path) -> None:
    small.with_name(f"~${small.name}").touch()
    assert len(read_book(small).sheets) == 2


def test_limits_are_checked_before_unpacking(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("was unpacked"))
    for limit in ("UNPACKED_LIMIT", "PARTS_LIMIT", "AROUND_LIMIT", "PACKED_LIMIT"):
        with monkeypatch.context() as lower:
            lower.setattr(opening, limit, 10)
            assert "would unpack to more than" in refusal(small) or limit == "PACKED_LIMIT"
    monkeypatch.setattr(opening, "PACKED_LIMIT", 10)
    assert "is larger than" in refusal(small)


HOSTILE = {
    "an entity of its own": b'<!DOCTYPE a [<!ENTITY b "bb">]><worksheet><sheetData/></worksheet>',
    "a document type": b'<!DOCTYPE worksheet SYSTEM "http://example.org/a.dtd"><worksheet/>',
    "no XML": b"<worksheet><sheetData>",
    "a text that is not there": b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1" t="s"><v>99999</v></c></row></sheetData></worksheet>',
    "a deep nest": b"<worksheet>" + b"<a>" * 300_000 + b"</a>" * 300_000 + b"</worksheet>",
    "a text without end": b'<worksheet a="' + b"x" * 45_000_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_sheet_is_refused_in_little_time_and_memory(small: Path, case: str) -> None:
    said = read_within_limits(with_sheet(small, HOSTILE[case]))
    assert re.match(r"hostile.xlsx is (damaged|too large to be read) \(", said), said


def test_cells_without_end_are_refused(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MOST_CELLS", 10)
    assert "is too large to be read (a sheet of it has more than 10 cells)" in refusal(small)


def read_within_limits(*paths: Path) -> str:
    """What reading the files says, in a Python that has neither more memory nor more time."""
    code = f"""
import resource, sys, time
from pathlib import Path
from riskshare.audit.edits.compare import compare
from riskshare.xlsx.read import read_book
from riskshare.problems.errors import UserError
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
for path in map(Path, sys.argv[1:]):
    started = time.process_time()
    try:
        book = read_book(path)
        assert compare(book, book).changes == ()
        print(path.name, "read")
    except UserError as refused:
        print(refused)
    assert time.process_time() - started < {SECONDS}, path
"""
    done = subprocess.run([sys.executable, "-c", code, *map(str, paths)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(not FILES, reason=f"{CORPUS} is not on this machine")
def test_every_file_of_the_reader_corpus_is_read_or_refused_in_a_sentence() -> None:
    lines = read_within_limits(*(CORPUS / file for file in FILES)).splitlines()
    assert len(lines) == len(FILES)
    for file, line in zip(FILES, lines, strict=True):
        assert line == f"{file} read" or re.fullmatch(rf"{re.escape(file)} is .*: .*\.", line), line
