"""Comparing two workbooks by what they mean: small ones, one change each, and what programs do on saving."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook as Openpyxl
from openpyxl import load_workbook
from openpyxl.formula.translate import Translator
from openpyxl.packaging.custom import StringProperty
from openpyxl.workbook.defined_name import DefinedName
from xlsxwriter import Workbook

from mutations import named, sheet_parts
from places import REPOSITORY
from riskshare.audit.edits.change import CellEdit, EditKind
from riskshare.audit.edits.compare import compare
from riskshare.xlsx.a1 import point
from riskshare.xlsx.content import SheetContent, WorkbookContent
from riskshare.xlsx.read import read_workbook
from small_workbook import Parts, parts_of, replaced, rewritten

THURROCK = REPOSITORY / "workbooks" / "thurrock-2021-22.xlsx"
STRICT = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main": "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": (
        "http://purl.oclc.org/ooxml/officeDocument/relationships"
    ),
}


def changed(path: Path, change: Callable[[Openpyxl], None]) -> Path:
    """A copy beside it that openpyxl changed."""
    book = load_workbook(path)
    change(book)
    target = path.with_name("found.xlsx")
    book.save(target)
    return target


def changes(path: Path, found: Path) -> list[CellEdit]:
    return list(compare(read_workbook(path), read_workbook(found)).changes)


def said(path: Path, found: Path) -> list[tuple[EditKind, str, str]]:
    return named(changes(path, found))


# ------------------------------------------------------------------------------------------- one change each


CELLS: dict[str, tuple[str, Any, EditKind]] = {
    "input": ("Terms!B5", 0.5, EditKind.INPUT),
    "input by a hair": ("Terms!B8", 1.0000000001, EditKind.INPUT),
    "input to text": ("Terms!B5", "0.5", EditKind.INPUT),
    "to number": ("Share locality!B5", 12, EditKind.TO_NUMBER),
    "to text": ("Share locality!B5", "12", EditKind.TO_TEXT),
    "formula": ("Share locality!B5", "=ROUND(Terms!$B$5*100+SUM(B$1:B3),2)", EditKind.FORMULA),
    "formula added": ("Terms!B5", "=4/7", EditKind.FORMULA_ADDED),
    "text": ("Terms!C3", "para 3", EditKind.TEXT),
    "boolean": ("Share locality!E2", False, EditKind.TEXT),
    "boolean to number": ("Share locality!E2", 1, EditKind.TEXT),
    "added": ("Terms!H50", "x", EditKind.ADDED),
    "emptied": ("Terms!C3", None, EditKind.EMPTIED),
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


BOOKS: dict[Callable[[Openpyxl], None], list[tuple[EditKind, str, str]]] = {
    very_hide: [(EditKind.SHEET_VERY_HIDDEN, "Terms", "")],
    show: [(EditKind.COLUMN_SHOWN, "Terms", "C"), (EditKind.ROW_SHOWN, "Terms", "19")],
    rename: [(EditKind.NAME, "", "rate"), (EditKind.NAME_ADDED, "", "rates")],
    drop_name: [(EditKind.NAME_REMOVED, "", "rate")],
    restate: [(EditKind.PROPERTY, "", "riskshare model")],
    count_by_hand: [(EditKind.SETTING, "", "")],
    relink: [(EditKind.LINK, "Share locality", "G1")],
    loosen: [(EditKind.VALIDATION, "Terms", "B2:B21")],
}


@pytest.mark.parametrize("change", BOOKS, ids=lambda change: change.__name__)
def test_a_change_around_the_cells(small: Path, change: Callable[[Openpyxl], None]) -> None:
    found = said(small, changed(small, change))
    assert found == BOOKS[change]


def test_a_hidden_sheet_that_is_shown(small: Path) -> None:
    hidden = replaced(small, "xl/workbook.xml", '<sheet name="Terms"', '<sheet name="Terms" state="hidden"')
    assert said(hidden, small) == [(EditKind.SHEET_SHOWN, "Terms", "")]


@pytest.mark.parametrize("height", ['ht="0" customHeight="1"', 'ht="0.25"', 'hidden="true"'])
def test_a_row_that_cannot_be_seen_is_hidden(small: Path, height: str) -> None:
    found = replaced(small, "xl/worksheets/sheet1.xml", '<row r="3"', f'<row r="3" {height}')
    assert said(small, found) == [(EditKind.ROW_HIDDEN, "Terms", "3")]


@pytest.mark.parametrize("width", ['width="0" customWidth="1"', 'width="0.05"', 'width="9" hidden="1"'])
def test_a_column_that_cannot_be_seen_is_hidden(small: Path, width: str) -> None:
    found = replaced(
        small, "xl/worksheets/sheet2.xml", "<sheetData>", f'<cols><col min="2" max="3" {width}/></cols><sheetData>'
    )
    assert said(small, found) == [
        (EditKind.COLUMN_HIDDEN, "Share locality", "B"),
        (EditKind.COLUMN_HIDDEN, "Share locality", "C"),
    ]


def test_a_stale_value_is_told_from_one_that_follows(small: Path) -> None:
    found = replaced(small, "xl/worksheets/sheet2.xml", "</f><v>3</v>", "</f><v>3.01</v>")
    stale = [(EditKind.STALE, "Share locality", "B4")]
    rebuilt, book = read_workbook(small), read_workbook(found)
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
    assert (inserted.kind, inserted.sheet, inserted.cell) == (EditKind.ROWS_INSERTED, "Terms", "11:12")
    assert str(inserted) == "Terms!11:12: rows inserted: 2, above row 11"


def test_formulas_that_did_not_move_with_inserted_rows_are_altered(small: Path) -> None:
    found = changed(small, lambda book: book["Terms"].insert_rows(11, 2))
    said = changes(small, found)
    altered = {one.cell for one in said if one.kind is EditKind.FORMULA}
    assert altered == {f"{column}{row}" for column in "BC" for row in range(11, 22)}
    assert [one.cell for one in said if one.kind is EditKind.ROWS_INSERTED] == ["11:12"]
    assert not [one for one in said if one.kind in {EditKind.INPUT, EditKind.TEXT, EditKind.ADDED, EditKind.EMPTIED}]


def test_deleted_rows_are_one_change_and_a_change_beside_them_is_named(small: Path) -> None:
    more = rewritten(small, lambda parts: as_excel_inserts(parts, 11, 2)).rename(small.with_name("more.xlsx"))
    found = replaced(small, "xl/worksheets/sheet1.xml", "<v>0.7142857142857143</v>", "<v>0.9</v>")
    assert (EditKind.ROWS_DELETED, "Terms", "11:12") in said(more, found)
    assert [one.cell for one in changes(more, found) if one.kind is EditKind.INPUT] == ["B6"]


def test_inserted_and_deleted_columns_are_one_change(small: Path) -> None:
    with Workbook(str(small.with_name("wide.xlsx"))) as book:
        for name, columns in (("Terms", "ABCD"), ("Share locality", "ABXYCD")):
            sheet = book.add_worksheet(name)
            for row in range(1, 10):
                sheet.write_row(row, 0, [f"{column}{row}" for column in columns])
    wide = read_workbook(small.with_name("wide.xlsx"))
    narrow, wider = wide.sheets
    assert wide.sheet("terms") is narrow
    for kind, cell, one, other in (
        (EditKind.COLUMNS_INSERTED, "C:D", narrow, wider),
        (EditKind.COLUMNS_DELETED, "C:D", wider, narrow),
    ):
        books = (WorkbookContent("a", (sheet_named(one),), {}), WorkbookContent("b", (sheet_named(other),), {}))
        assert named(compare(*books).changes) == [(kind, "X", cell)]


def sheet_named(sheet: SheetContent) -> SheetContent:
    return replace(sheet, name="X")


def test_a_renamed_sheet_is_one_change_though_every_formula_names_it(small: Path) -> None:
    def rename_as_excel_does(parts: Parts) -> None:
        for part, text in parts.items():
            parts[part] = text.replace('name="Terms"', 'name="The rates"').replace("'Terms'!", "'The rates'!")
            parts[part] = parts[part].replace("Terms!", "'The rates'!")

    assert said(small, rewritten(small, rename_as_excel_does)) == [(EditKind.SHEET_RENAMED, "Terms", "")]


def test_neighbours_share_a_sentence(small: Path) -> None:
    def type_over(book: Openpyxl) -> None:
        for row in range(2, 10):
            book["Share locality"][f"B{row}"] = 5

    found = compare(read_workbook(small), read_workbook(changed(small, type_over)))
    assert len(found.changes) == 8
    assert found.sentences()[0] == (
        "'Share locality'!B2:B9: a formula replaced by a number, 8 cells, the first was "
        "=ROUND(Terms!$B$2*100+SUM(B$1:B1),2), now 5"
    )


# ------------------------------------------------------------------------------------------- things put in

RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PUT_IN: dict[str, tuple[str, str, str, list[tuple[EditKind, str, str]]]] = {
    "macro": ("workbook", "http://schemas.microsoft.com/office/2006/relationships/vbaProject", "vbaProject.bin",
              [(EditKind.MACRO, "", "")]),
    "excel 4 macro": ("workbook", "http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet", "macro.xml",
                      [(EditKind.MACRO, "", "")]),
    "control": ("sheet", f"{RELATED}/control", "activeX1.xml", [(EditKind.MACRO, "Terms", "")]),
    "external link": ("workbook", f"{RELATED}/externalLink", "externalLink1.xml", [(EditKind.EXTERNAL_LINK, "", "")]),
    "query": ("workbook", f"{RELATED}/connections", "connections.xml", [(EditKind.PART, "", "")]),
    "object": ("sheet", f"{RELATED}/oleObject", "object.bin", [(EditKind.PART, "Terms", "")]),
    "picture": ("sheet", f"{RELATED}/drawing", "drawing.xml", [(EditKind.DRAWING, "Terms", "")] * 2),
    "button": ("sheet", f"{RELATED}/vmlDrawing", "drawing.vml", [(EditKind.DRAWING, "Terms", "")]),
    "comment": ("sheet", f"{RELATED}/comments", "comments.xml", [(EditKind.COMMENT, "Terms", "B3")]),
    "thread": ("sheet", "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment", "thread.xml",
               [(EditKind.COMMENT, "Terms", "B3")]),
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
    assert (EditKind.FORMULA, "Share locality", "B2") in said(small, found)
