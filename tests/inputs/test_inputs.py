"""What is read from TOML, CSV and XLSX files, and what is said about a file that cannot be read truthfully."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from riskshare.contract.formats import FILE_PATTERN, FORMATS, ONE_OF_THEM, REMEDIES
from riskshare.contract.model import Model
from riskshare.inputs import csv, files
from riskshare.inputs.lines import is_plan, read_lines
from riskshare.inputs.localities import read_localities
from riskshare.inputs.measures import read_measures
from riskshare.inputs.nhs_numbers import has_nhs_number
from riskshare.inputs.numbers import MONEY, WEIGHT, numbers, why_not
from riskshare.inputs.table import InputTable
from riskshare.inputs.toml import read_toml
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, Place, any_error
from riskshare.xlsx import limits

HEADER = "line,fund,level,budget,outturn\n"


def model_of(*inputs: Mapping[str, object], **more: object) -> Model:
    fund = {"code": "bcf", "name": "BCF", "family": "bcf", "holder": "CCG", "arrangement": "pooled", "clause": "1"}
    return Model.model_validate(
        {
            "schema": 1,
            "name": "thurrock",
            "title": "Thurrock",
            "financial_year": "2021-22",
            "status": "draft",
            "partners": [{"code": "CCG", "name": "CCG", "role": "commissioner"}],
            "funds": [fund],
            "inputs": inputs or [{"file": "lines.csv"}],
            **more,
        }
    )


def read(folder: Path, content: str | bytes, **entry: object) -> tuple[InputTable | None, list[str]]:
    """The lines of lines.csv and the text of its findings."""
    folder.joinpath("lines.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    lines, findings = read_lines(model_of({"file": "lines.csv", **entry}), folder)
    return lines, texts(findings)


def read_sheet(folder: Path, cells: str, **entry: object) -> tuple[InputTable | None, list[str]]:
    """The lines of a sheet given as the XML of its rows."""
    write_package(folder / "lines.xlsx", cells)
    lines, findings = read_lines(model_of({"file": "lines.xlsx", **entry}), folder)
    return lines, texts(findings)


def texts(findings: tuple[Finding, ...]) -> list[str]:
    return [str(finding) for finding in findings]


def only(lines: InputTable | None) -> pl.DataFrame:
    assert lines is not None
    return lines.frame


# ---------------------------------------------------------------------------------------------- model.toml


TOML = """\
schema = 1
name = "thurrock"

[[partners]]
code = "CCG"

[[pools]]
code = "locality"
scope = { level = ["locality"] }

[[pools.rules]]
rule = "threshold"
percent = 2.5

[[pools.rules]]
rule = "share_ranges"
bands = [
  { up_to = 3, shares = { commissioners = 50 } },
  # what is left
  { shares = { commissioners = 100 } },
]
"a.b".c = 1
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("schema",), 1),
        (("partners", 0), 4),
        (("partners", 0, "code"), 5),
        (("pools", 0, "scope", "level", 0), 9),
        (("pools", 0, "rules", 0, "percent"), 13),
        (("pools", 0, "rules", 1), 15),
        (("pools", 0, "rules", 1, "bands", 0, "up_to"), 18),
        (("pools", 0, "rules", 1, "bands", 1, "shares", "commissioners"), 20),
        (("pools", 0, "rules", 1, "a.b", "c"), 22),
        (("pools", 0, "rules", 1, "side"), 15),
        (("nothing", "of", "it"), 0),
    ],
)
def test_every_key_of_the_model_file_has_its_line(tmp_path: Path, path: tuple[str | int, ...], line: int) -> None:
    tmp_path.joinpath("model.toml").write_text(TOML)
    toml, findings = read_toml(tmp_path / "model.toml")
    assert toml is not None
    assert not findings
    assert toml.place(path) == Place("model.toml", row=line)


def test_decimals_of_the_model_file_are_exact(tmp_path: Path) -> None:
    tmp_path.joinpath("model.toml").write_bytes(b"\xef\xbb\xbfpercent = 0.1\r\n")
    toml, _ = read_toml(tmp_path / "model.toml")
    assert toml is not None
    assert toml.values == {"percent": Decimal("0.1")}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "model.toml: there is no model.toml in"),
        (b"schema = 1\nname = \xa3\n", "model.toml, line 2: the text is not UTF-8."),
        (b"schema = 1\nname = \n", "model.toml, line 2: 'name' has no value. Expected: a value behind the =."),
        (b"a = 1\na = 2\n", "model.toml, line 2: 'a' stands twice, first in line 1."),
        (b"a = " + b"[" * 50_000, "model.toml: this is not TOML"),
        (b"a = " + b"9" * 5_000, "model.toml: this is not TOML"),
        (b"#" * 1_000_001, "model.toml: the file is larger than 1 MB."),
    ],
)
def test_a_model_file_that_cannot_be_read_is_one_finding(tmp_path: Path, content: bytes | None, expected: str) -> None:
    if content is not None:
        tmp_path.joinpath("model.toml").write_bytes(content)
    toml, findings = read_toml(tmp_path / "model.toml")
    assert toml is None
    assert len(findings) == 1
    assert str(findings[0]).startswith(expected)


# ---------------------------------------------------------------------------------------------- amounts


@pytest.mark.parametrize(
    ("cell", "pounds"),
    [
        ("12,000", "12000"),
        ("£1,200.50", "1200.50"),
        ("(500)", "-500"),
        ("(£1,234.5)", "-1234.5"),
        (" 7 ", "7"),
        ("\u00a07\u00a0", "7"),
        ("1\u00a0000", "1000"),
        ("12 345 678", "12345678"),
        ("-5", "-5"),
        ("\u22125", "-5"),
        ("-£5", "-5"),
        ("£-5", "-5"),
        ("+5", "5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("0.10000", "0.1"),
        ("999,999,999,999.99", "999999999999.99"),
    ],
)
def test_what_finance_people_write_is_a_number(cell: str, pounds: str) -> None:
    assert numbers(pl.Series([cell, "1"]), MONEY).to_list() == [Decimal(pounds), Decimal(1)]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", "the cell is empty"),
        ("1,2,3", "'1,2,3' has misplaced commas"),
        ("12,00", "'12,00' has misplaced commas"),
        ("1,2345", "'1,2345' has misplaced commas"),
        ("1.005", "'1.005' has more than 2 decimals"),
        ("0.00000000000000000001", "has more than 2 decimals"),
        ("1e3", "'1e3' is in scientific notation"),
        ("#DIV/0!", "the cell holds the error #DIV/0!"),
        ("#N/A", "the cell holds the error #N/A"),
        ("..", "'..' stands for a missing figure"),
        ("-", "'-' stands for a missing figure"),
        ("n/a", "'n/a' stands for a missing figure"),
        ("2021-04-01 00:00:00", "'2021-04-01 00:00:00' is a date"),
        ("1/4/21", "'1/4/21' is a date"),
        ("inf", "'inf' is not a finite number"),
        ("NaN", "'NaN' is not a finite number"),
        ("5%", "'5%' is a percentage"),
        ("true", "'true' is a truth value"),
        ("£1.2m", "'£1.2m' is not a number"),
        ("(5", "'(5' is not a number"),
        ("(-5)", "'(-5)' is not a number"),
        ("5-", "'5-' is not a number"),
        ("1 23", "'1 23' is not a number"),
        ("£", "'£' is not a number"),
        ("71\uff1260", "has digits of another script than 0 to 9"),
        ("1\u06623", "has digits of another script than 0 to 9"),
        ("5.\u0665", "has digits of another script than 0 to 9"),
        ("\u0661\u0662\u0663", "has digits of another script than 0 to 9"),
        ("5\u00b2", "'5\u00b2' is not a number"),
        ("1000000000000", "'1000000000000' is 1,000,000,000,000 or more"),
        ("9" * 30, "is 1,000,000,000,000 or more"),
    ],
)
def test_what_is_no_amount_is_quoted(cell: str, reason: str) -> None:
    assert numbers(pl.Series([cell, "1"]), MONEY).to_list() == [None, Decimal(1)]
    assert reason in why_not(cell, MONEY)


def test_units_multiply_exactly_and_decimals_count_after_them() -> None:
    cells = pl.Series(["2410.35567", "2410.355671", "999999999.99999", "1000000000"])
    assert numbers(cells, MONEY, 1000).to_list() == [Decimal("2410355.67"), None, Decimal("999999999999.99"), None]
    assert why_not("2410.355671", MONEY, 1000) == "'2410.355671' (times 1,000) has more than 2 decimals"
    assert why_not("1000000000", MONEY, 1000) == "'1000000000' is 1,000,000,000,000 or more"


def test_floats_are_taken_at_fifteen_digits() -> None:
    cells = pl.Series(["1234567890.100000143", "999999999999.990001", "0.3", "123456.789", "1234567.1200001"])
    exact = [Decimal("1234567890.10"), Decimal("999999999999.99"), Decimal("0.3"), None, None]
    assert numbers(cells, MONEY, floats=True).to_list() == exact
    assert numbers(cells, MONEY).null_count() == 4


def test_weights_have_six_decimals_and_are_not_negative() -> None:
    assert numbers(pl.Series(["0.123456", "0.1234567", "-1", "1e9"]), WEIGHT).to_list() == [
        Decimal("0.123456"),
        *[None] * 3,
    ]
    assert why_not("-1", WEIGHT) == "'-1' is negative"


# ---------------------------------------------------------------------------------------------- CSV


def test_lines_of_a_csv_file(tmp_path: Path) -> None:
    lines, found = read(
        tmp_path,
        "\ufeffline,fund,service,level,Locality,budget,outturn,recurrent\r\n"
        'A1,bcf," Home\u00a0care, ""plus"" ",Locality,GRAYS,"£1,200.50",(500),no\r\n'
        "\r\n"
        "A2,bcf,,place,,7,8,\r\n",
    )
    assert found == []
    assert lines is not None
    assert not is_plan(lines)
    assert lines.frame.select("line", "service", "level", "locality", "holder", "risk").rows() == [
        ("A1", 'Home care, "plus"', "locality", "GRAYS", "", ""),
        ("A2", "", "place", "", "", ""),
    ]
    assert lines.frame.select("budget", "outturn", "recurrent", "origin", "row").rows() == [
        (Decimal("1200.50"), Decimal(-500), False, 0, 2),
        (Decimal(7), Decimal(8), True, 0, 4),
    ]
    assert lines.origins[0].cell(4, "locality") == "row 4, Locality"
    assert str(lines.origins[0].place(4, "budget")) == "lines.csv, row 4, column budget"


def test_the_frame_has_the_types_that_the_engine_needs(tmp_path: Path) -> None:
    lines, _ = read(tmp_path, HEADER + "A1,bcf,place,1,2\n")
    frame = only(lines)
    money = pl.Decimal(38, 16)
    numbered = {"budget": money, "outturn": money, "recurrent": pl.Boolean, "origin": pl.UInt32, "row": pl.UInt32}
    assert {name: kind for name, kind in frame.schema.items() if kind != pl.String} == numbered
    assert sum(frame.null_count().row(0)) == 0


def test_a_line_break_inside_quotes_starts_no_row(tmp_path: Path) -> None:
    _, found = read(tmp_path, 'line,fund,level,budget\n"A\n1",bcf,place,1\nA2,bcf,place,x\n')
    assert found == [
        "lines.csv, row 3, column budget: budget: 'x' is not a number. "
        "Expected: an amount with at most 2 decimals, such as 1234.50."
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "lines.csv, row 1: the row is empty. Expected: a row of column names"),
        ("line;fund\nA;b\n", "lines.csv, row 1: the columns are not set apart by commas."),
        (HEADER + "A1,bcf,place,1\n", "lines.csv, row 2: the row has 4 cells. Expected: 5, as in the header."),
        (HEADER + "A1,bcf,place,1,2,3\n", "lines.csv, row 2: the row has 6 cells. Expected: 5, as in the header."),
        (HEADER + 'A1,5" pipe,place,1,2\n', "lines.csv, row 2: a quotation mark stands in the middle of a cell"),
        (HEADER + '"A1,bcf,place,1,2\nA2,bcf,place,1,2\n', "lines.csv, row 2: a quotation mark stands in"),
        (HEADER.encode("utf-16"), "lines.csv: this is not a plain text file."),
        (b"line,fund\nA,\x81\xff\n", "lines.csv, row 2: the text is neither UTF-8 nor Windows-1252."),
        (HEADER, "lines.csv, row 1: there are no lines below the column names."),
    ],
)
def test_a_csv_file_that_cannot_be_read_whole(tmp_path: Path, content: str | bytes, expected: str) -> None:
    lines, found = read(tmp_path, content)
    assert lines is None
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_extra_commas_and_blank_rows_are_no_harm(tmp_path: Path) -> None:
    lines, found = read(tmp_path, HEADER + "A1,bcf,place,1,2,,\n,,,,\n\nA2,bcf,place,3,4\n\n\n")
    assert found == []
    assert only(lines)["row"].to_list() == [2, 5]


def test_windows_text_is_read_with_a_warning(tmp_path: Path) -> None:
    lines, found = read(tmp_path, (HEADER + "A1,bcf,place,£5,6\n").encode("cp1252"))
    assert only(lines)["budget"].to_list() == [5]
    assert found == [
        "lines.csv, row 2: the text is not UTF-8; it was read as Windows-1252. "
        "Check that pounds, dashes and names came out right, or save it as 'CSV UTF-8'."
    ]


def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "SIZE_LIMIT", 10)
    assert read(tmp_path, HEADER)[1][0].startswith("lines.csv: the file is larger than")


# ---------------------------------------------------------------------------------------------- XLSX


SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "_rels/.rels": f'<Relationships xmlns="{RELATIONS}">'
    f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{SPREADSHEET}" xmlns:r="{OFFICE}"><sheets>'
    '<sheet name="Lines" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">'
    f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{SPREADSHEET}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/>'
    "</cellXfs></styleSheet>",
}


def write_package(path: Path, rows: str, after: str = "", **parts: str) -> None:
    sheet = f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{rows}</sheetData>{after}</worksheet>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**PARTS, "xl/worksheets/sheet1.xml": sheet, **parts}.items():
            archive.writestr(name, text)


def text(at: str, words: str) -> str:
    return f'<c r="{at}" t="inlineStr"><is><t>{words}</t></is></c>'


def number(at: str, value: str, style: int = 0) -> str:
    return f'<c r="{at}" s="{style}"><v>{value}</v></c>'


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def names(at: int, *words: str) -> str:
    return row(at, *(text(f"{letter}{at}", word) for letter, word in zip("CDEFGH", words, strict=False)))


NAMES = names(3, "line", "budget", "locality")
PLACE = {"header_row": 3, "fund": "bcf", "level": "place"}


@pytest.mark.parametrize(
    ("cell", "pounds"),
    [
        (number("D5", "1200.5"), "1200.50"),
        (number("D5", "0.30000000000000004"), "0.30"),
        (number("D5", "1E3"), "1000"),
        (number("D5", "-7"), "-7"),
        (text("D5", " £12,000 "), "12000"),
        ('<c r="D5"><f>1+1</f><v>2</v></c>', "2"),
        ('<c r="D5" t="str"><f>"(5)"</f><v>(5)</v></c>', "-5"),
        ('<c r="D5" t="str"><v>1&#50;34</v></c>', "1234"),
        ('<c r="D5" t="inlineStr"><is><t>12<!-- -->34</t></is></c>', "1234"),
    ],
)
def test_amounts_in_a_sheet(tmp_path: Path, cell: str, pounds: str) -> None:
    lines, found = read_sheet(tmp_path, NAMES + row(5, text("C5", "A1"), cell), **PLACE)
    assert found == []
    assert only(lines).select("line", "budget", "row").rows() == [("A1", Decimal(pounds), 5)]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ('<c r="D5"/>', "the cell is empty"),
        ('<c r="D5" t="e"><v>#DIV/0!</v></c>', "the cell holds the error #DIV/0!"),
        ('<c r="D5" t="e"><f>A1</f><v>#REF!</v></c>', "the cell holds the error #REF!"),
        (text("D5", "#N/A"), "the cell holds the error #N/A"),
        (number("D5", "44287", style=1), "'2021-04-01 00:00:00' is a date"),
        ('<c r="D5" t="d"><v>2021-04-01</v></c>', "'2021-04-01' is a date"),
        ('<c r="D5" t="b"><v>1</v></c>', "'true' is a truth value"),
        (number("D5", "1.005"), "'1.005' has more than 2 decimals"),
        (number("D5", "1e12"), "'1000000000000' is 1,000,000,000,000 or more"),
        (number("D5", "1e400"), "'inf' is not a finite number"),
        (number("D5", "NaN"), "'NaN' is not a finite number"),
        (text("D5", "1e3"), "'1e3' is in scientific notation"),
        ('<c r="D5"><f>Prices!B2</f></c>', "the cell is a formula without a stored value"),
        ('<c r="D5"><f>Prices!B2</f><v></v></c>', "the cell is a formula without a stored value"),
        ('<c r="D5"><f t="shared" si="0"/><v/></c>', "the cell is a formula without a stored value"),
        ('<c r="D5"><v>1&#50;34</v></c>', "the cell's value is written in a way that programs read differently"),
        ('<c r="D5"><v>12<!-- -->34</v></c>', "the cell's value is written in a way that programs read differently"),
        ('<c r="D5"><v><![CDATA[1234]]></v></c>', "the cell's value is written in a way that programs read"),
        ('<c r="D5" t="str"><v><![CDATA[1234]]></v></c>', "the cell's value is written in a way that programs read"),
        ('<c r="D5"><v>12<?x y?>34</v></c>', "the cell's value is written in a way that programs read differently"),
        ('<c r="D5"><v>12</v><v>34</v></c>', "the cell's value is written in a way that programs read differently"),
        ('<c r="D5"><v>12</v><is><t>34</t></is></c>', "the cell's value is written in a way that programs read"),
    ],
)
def test_no_amount_of_a_sheet_is_lost_without_a_word(tmp_path: Path, cell: str, reason: str) -> None:
    _, found = read_sheet(tmp_path, NAMES + row(5, text("C5", "A1"), cell), **PLACE)
    assert len(found) == 1
    assert found[0].startswith(f"lines.xlsx, sheet Lines, D5: budget: {reason}")


def test_a_formula_without_a_value_is_found_in_text_and_below_the_last_value_too(tmp_path: Path) -> None:
    uncalculated = row(5, text("C5", "A1"), number("D5", "1"), '<c r="E5"><f>Areas!A1</f></c>')
    below = row(9, '<c r="C9"><f>Refs!A1</f></c>', '<c r="D9"><f>Refs!B1</f></c>')
    _, found = read_sheet(tmp_path, NAMES + uncalculated + below, **PLACE)
    assert [line.partition(":")[0] for line in found] == [f"lines.xlsx, sheet Lines, {at}" for at in ("E5", "C9", "D9")]
    assert all("formula without a stored value. Open the file in Excel" in line for line in found)


def test_zeros_of_a_program_that_never_calculates_are_not_believed(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "lines.xlsx") as workbook:
        sheet = workbook.add_worksheet("Lines")
        sheet.write_row(0, 0, ["line", "budget"])
        sheet.write_row(1, 0, ["A1", "=1000*12"])
    lines, findings = read_lines(model_of({"file": "lines.xlsx", "fund": "bcf", "level": "place"}), tmp_path)
    assert only(lines)["budget"].to_list() == [None]
    assert texts(findings)[0].startswith("lines.xlsx, sheet Lines, B2: budget: the cell is a formula without a stored")


def test_merged_cells_hide_nothing(tmp_path: Path) -> None:
    rows = (
        NAMES
        + row(4, text("C4", "A1"), number("D4", "1"), text("E4", "GRAYS"))
        + row(5, text("C5", "A2"), number("D5", "2"))
    )
    write_package(tmp_path / "lines.xlsx", rows, '<mergeCells count="1"><mergeCell ref="E4:E5"/></mergeCells>')
    _, findings = read_lines(model_of({"file": "lines.xlsx", **PLACE}), tmp_path)
    assert texts(findings) == [
        "lines.xlsx, sheet Lines, E5: the cell is merged with another, which alone holds the value. "
        "Unmerge them and fill in each cell."
    ]


def test_cells_keep_their_address_where_rows_and_columns_before_them_are_empty(tmp_path: Path) -> None:
    rows = NAMES + row(40, text("C40", "A1"), number("D40", "1")) + row(41, text("C41", "A2"), number("D41", "1.234"))
    lines, found = read_sheet(tmp_path, rows, **PLACE)
    assert lines is not None
    assert lines.frame["row"].to_list() == [40, 41]
    assert lines.origins[0].cell(41, "locality") == "E41"
    assert found[0].startswith("lines.xlsx, sheet Lines, D41: budget: '1.234' has more than 2 decimals.")


def test_an_unusually_written_sheet_is_read_all_the_same(tmp_path: Path) -> None:
    cells = (
        "<x:row r='1'><x:c r='A1' t='str'><x:v>line</x:v></x:c><x:c t='str'><x:v>budget</x:v></x:c></x:row>"
        "<x:row><x:c t='str'><x:v>A1</x:v></x:c><x:c r='B2'><x:f>1+1</x:f> <x:v/> </x:c></x:row>"
    )
    sheet = f'<x:worksheet xmlns:x="{SPREADSHEET}"><x:sheetData>{cells}</x:sheetData></x:worksheet>'
    write_package(tmp_path / "lines.xlsx", "", **{"xl/worksheets/sheet1.xml": sheet})
    _, findings = read_lines(model_of({"file": "lines.xlsx", "fund": "bcf", "level": "place"}), tmp_path)
    assert texts(findings)[0].startswith("lines.xlsx, sheet Lines, B2: budget: the cell is a formula without a stored")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("", "lines.xlsx, sheet Lines, row 3: the row is empty."),
        (row(1, text("A1", "line")), "lines.xlsx, sheet Lines, row 3: the row is empty."),
        (NAMES, "lines.xlsx, sheet Lines, row 3: there are no lines below the column names."),
        (NAMES + row(4, number("XFD4", "1")), "lines.xlsx, sheet Lines: the sheet reaches to column XFD"),
        (
            row(1, number("ZZ1", "1")) + row(1_048_576, number("A1048576", "1")),
            "lines.xlsx, sheet Lines: the sheet reaches",
        ),
        (
            row(1, number("A1", "1")) + row(1_048_576, number("ZZ1048576", "1")),
            "lines.xlsx, sheet Lines: the sheet reaches to column ZZ",
        ),
        (row(1, "<c><v>1</v></c>" * 1001), "lines.xlsx, sheet Lines: the sheet reaches to column ALM"),
        (
            row(3, number("ZZZZ99999999", "1")),
            "lines.xlsx, sheet Lines: the workbook cannot be read: the cell ZZZZ99999999",
        ),
        (row(3, number("XFE3", "1")), "lines.xlsx, sheet Lines: the workbook cannot be read: the cell XFE3 is outside"),
        (row(3, number("A1048577", "1")), "lines.xlsx, sheet Lines: the workbook cannot be read: the cell A1048577 is"),
        (
            '<row r="99999999"><c><v>1</v></c></row>',
            "lines.xlsx, sheet Lines: the workbook cannot be read: row 99999999 is outside of every sheet",
        ),
        (row(3, '<c r="A3" t="n"><v>twelve</v></c>'), "lines.xlsx, sheet Lines, row 3: the workbook cannot be read"),
        (row(1, '<c r="A1" t="s"><v>77</v></c>'), "lines.xlsx, sheet Lines, row 3: the workbook cannot be read"),
        ("<row", "lines.xlsx, sheet Lines: the workbook cannot be read: xl/worksheets/sheet1.xml: not well-formed"),
    ],
)
def test_a_sheet_that_cannot_be_read_is_one_finding(tmp_path: Path, rows: str, expected: str) -> None:
    lines, found = read_sheet(tmp_path, rows, **PLACE)
    assert lines is None
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_cells_that_are_only_formatted_take_no_room(tmp_path: Path) -> None:
    rows = NAMES + row(4, text("C4", "A1"), number("D4", "1"), '<c r="XFD4" s="1"/>')
    lines, found = read_sheet(tmp_path, rows, **PLACE)
    assert found == []
    assert only(lines).height == 1


def test_every_damaged_byte_of_a_workbook_is_a_finding_or_harmless(tmp_path: Path) -> None:
    write_package(tmp_path / "lines.xlsx", NAMES + row(4, text("C4", "A1"), number("D4", "1")))
    whole = tmp_path.joinpath("lines.xlsx").read_bytes()
    for position in range(0, len(whole), 11):
        damaged = bytearray(whole)
        damaged[position] ^= 0xFF
        tmp_path.joinpath("lines.xlsx").write_bytes(damaged)
        lines, findings = read_lines(model_of({"file": "lines.xlsx", **PLACE}), tmp_path)
        assert any_error(findings) or only(lines)["budget"].to_list() == [1], position


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UNPACKED", 3_000_000)
    write_package(tmp_path / "lines.xlsx", " " * 3_000_000)
    assert tmp_path.joinpath("lines.xlsx").stat().st_size < 10_000
    _, findings = read_lines(model_of({"file": "lines.xlsx"}), tmp_path)
    assert texts(findings) == ["lines.xlsx: the file would unpack to more than 3 MB. Keep only the sheet that is read."]


def test_a_package_that_lies_about_its_size_is_found_out(tmp_path: Path) -> None:
    write_package(tmp_path / "lines.xlsx", NAMES, **{"xl/sharedStrings.xml": "<sst>" + " " * 5_000_000 + "</sst>"})
    content = tmp_path.joinpath("lines.xlsx").read_bytes()
    true, told = (size.to_bytes(4, "little") for size in (5_000_011, 11))
    assert content.count(true) == 2
    tmp_path.joinpath("lines.xlsx").write_bytes(content.replace(true, told))
    _, findings = read_lines(model_of({"file": "lines.xlsx", **PLACE}), tmp_path)
    assert "xl/sharedStrings.xml unpacks to more than it states" in texts(findings)[0]


def test_a_sheet_is_found_by_its_name(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "lines.xlsx") as workbook:
        workbook.add_worksheet("Notes")
        sheet = workbook.add_worksheet("Budget & plan")
        sheet.write_row(0, 0, ["line", "budget"])
        sheet.write_row(1, 0, ["A1", 5])
    entry = {"file": "lines.xlsx", "fund": "bcf", "level": "place"}
    lines, findings = read_lines(model_of({**entry, "sheet": "budget & plan"}), tmp_path)
    assert not findings
    assert lines is not None
    assert str(lines.origins[0].place(2, "budget")) == "lines.xlsx, sheet Budget & plan, B2"
    _, findings = read_lines(model_of({**entry, "sheet": "Budget plan"}), tmp_path)
    assert texts(findings) == ["lines.xlsx: there is no sheet 'Budget plan'. Did you mean 'Budget & plan'?"]


# ---------------------------------------------------------------------------------------------- which file


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("../lines.csv", "../lines.csv: the file lies outside the folder of the model."),
        ("linked.csv", "linked.csv: the file lies outside the folder of the model."),
        ("lins.csv", "lins.csv: there is no such file. Did you mean 'lines.csv'?"),
        (
            "old.xls",
            f"old.xls: files of type '.xls' are not read. Expected: {ONE_OF_THEM}. "
            "Open it in Excel or LibreOffice, save it as .xlsx and name that file.",
        ),
        (
            "notes.txt",
            f"notes.txt: files of type '.txt' are not read. Expected: {ONE_OF_THEM}. "
            "Save it as .csv, with commas between the columns, and name that file.",
        ),
        ("notes.doc", f"notes.doc: files of type '.doc' are not read. Expected: {ONE_OF_THEM}."),
        ("a_folder.csv", "a_folder.csv: there is no such file."),
        ("x" * 300 + ".csv", "x"),
        ("nul\0l.csv", "nul"),
    ],
)
def test_only_csv_and_xlsx_inside_the_folder_are_opened(tmp_path: Path, file: str, expected: str) -> None:
    folder = tmp_path / "model"
    folder.joinpath("a_folder.csv").mkdir(parents=True)
    tmp_path.joinpath("lines.csv").write_text(HEADER)
    folder.joinpath("linked.csv").symlink_to(tmp_path / "lines.csv")
    for name in ("lines.csv", "old.xls", "notes.txt", "notes.doc"):
        folder.joinpath(name).write_text(HEADER)
    collector = Collector()
    assert files.read_table(file, folder, collector) is None
    assert len(collector.findings()) == 1
    assert str(collector.findings()[0]).startswith(expected)


def test_every_format_that_a_model_may_name_has_a_reader() -> None:
    """What the contract accepts and what is opened are one list; what is refused with a remedy is not in it."""
    assert set(files.READERS) == set(FORMATS)
    assert not set(FORMATS) & set(REMEDIES)
    accepted = [suffix for suffix in (*FORMATS, *REMEDIES) if re.search(FILE_PATTERN, f"inputs/lines{suffix}")]
    assert accepted == [*FORMATS]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lines.csv")
    _, findings = read_lines(model_of(), tmp_path)
    assert texts(findings) == ["lines.csv: there is no such file."]


# ---------------------------------------------------------------------------------------------- columns


def test_columns_are_found_by_the_names_that_the_model_gives(tmp_path: Path) -> None:
    content = 'Ref,"Budget\n2021-22   (£)",Area,Unused,Unused\nA1,5,GRAYS,x,y\n'
    columns = {"line": "ref", "budget": "Budget 2021-22 (£)", "locality": "Area"}
    lines, found = read(tmp_path, content, columns=columns, fund="bcf", level="locality")
    assert found == []
    assert only(lines).select("line", "budget", "locality").rows() == [("A1", Decimal(5), "GRAYS")]


@pytest.mark.parametrize(
    ("header", "columns", "expected"),
    [
        (
            "line,fund,level,budget",
            {"budgt": "budget"},
            "model.toml: columns: 'budgt' is no column of ours. Expected: one of",
        ),
        (
            "line,fund,level,Budget 21-22",
            {"budget": "Budget 2021-22"},
            "lines.csv, row 1: there is no column 'Budget 2021-22', which model.toml gives for 'budget'. "
            "Did you mean 'Budget 21-22'?",
        ),
        ("line,fund,level,Budgett", {}, "lines.csv, row 1: there is no column 'budget'. Did you mean 'Budgett'?"),
        (
            "line,level,budget,x",
            {},
            "lines.csv, row 1: there is no column 'fund'. The columns are: line, level, budget, x.",
        ),
        (
            "line,fund,level,budget,Budget",
            {},
            "lines.csv, row 1: 2 columns are called 'budget'. Rename or remove all but one.",
        ),
    ],
)
def test_columns_that_cannot_be_told(tmp_path: Path, header: str, columns: dict[str, str], expected: str) -> None:
    lines, found = read(tmp_path, header + "\n" + "A" + ",1" * header.count(",") + "\n", columns=columns)
    assert lines is None
    assert [line for line in found if line.startswith(expected)]


def test_a_column_nearly_called_like_ours_is_doubtful(tmp_path: Path) -> None:
    _, found = read(tmp_path, "line,fund,level,budget,Locallity\nA1,bcf,place,1,GRAYS\n")
    assert found == [
        "lines.csv, row 1, column Locallity: the column 'Locallity' is not read. "
        "If 'locality' is meant, rename it or name it under columns in model.toml."
    ]


def test_the_names_of_columns_are_blamed_at_their_line_of_the_model_file(tmp_path: Path) -> None:
    tmp_path.joinpath("lines.csv").write_text("line,fund,level,budget\nA1,bcf,place,1\n")
    tmp_path.joinpath("model.toml").write_text('[[inputs]]\nfile = "lines.csv"\ncolumns = { budgt = "budget" }\n')
    toml, _ = read_toml(tmp_path / "model.toml")
    _, findings = read_lines(model_of({"file": "lines.csv", "columns": {"budgt": "budget"}}), tmp_path, toml)
    assert findings[0].place == Place("model.toml", row=3)


# ---------------------------------------------------------------------------------------------- lines


def test_defaults_fill_columns_that_are_absent_and_no_empty_cells(tmp_path: Path) -> None:
    content = "line,fund,budget\nA1,,1\nA2,icf,1\n"
    lines, found = read(tmp_path, content, fund="bcf", level="place", source="Plan", recurrent=False)
    assert found == []
    assert only(lines).select("fund", "level", "source", "recurrent").rows() == [
        ("", "place", "Plan", False),
        ("icf", "place", "Plan", False),
    ]


def test_without_outturn_it_is_a_plan(tmp_path: Path) -> None:
    lines, _ = read(tmp_path, "line,fund,level,budget\nA1,bcf,place,12.34\n")
    assert lines is not None
    assert is_plan(lines)
    assert lines.frame["outturn"].to_list() == [Decimal("12.34")]


def test_outturn_in_some_inputs_only_is_a_finding(tmp_path: Path) -> None:
    tmp_path.joinpath("lines.csv").write_text(HEADER + "A1,bcf,place,1,2\n")
    tmp_path.joinpath("more.csv").write_text("line,fund,level,budget\nA2,bcf,place,1\n")
    lines, findings = read_lines(model_of({"file": "lines.csv"}, {"file": "more.csv"}), tmp_path)
    assert only(lines)["origin"].to_list() == [0, 1]
    assert texts(findings) == [
        "more.csv: there is no column 'outturn', but lines.csv has one. "
        "Give every input an outturn, or none for a plan."
    ]


def test_an_input_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    tmp_path.joinpath("lines.csv").write_text(HEADER + "A1,bcf,place,x,2\n")
    lines, findings = read_lines(model_of({"file": "gone.csv"}, {"file": "lines.csv"}), tmp_path)
    assert only(lines)["origin"].to_list() == [1]
    assert [finding.code for finding in findings] == ["no-such-file", "bad-number"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("x" * 501, "the text has 501 characters. Expected: at most 500."),
        ("Payment for 943 476 5919", "the cell seems to hold an NHS number. riskshare needs no patient data"),
        ("9434765919", "the cell seems to hold an NHS number."),
        ("#REF!", "the cell holds the error #REF!"),
        ("a\x02b", "the cell holds a control character, which no workbook can hold. Expected: printable text."),
        ("a\x1b]8;;b", "the cell holds a control character, which no workbook can hold."),
        ("a\uffffb", "the cell holds a control character, which no workbook can hold."),
    ],
)
def test_what_no_text_may_hold(tmp_path: Path, cell: str, expected: str) -> None:
    _, found = read(tmp_path, f"line,fund,level,budget,description\nA1,bcf,place,1,{cell}\n")
    assert len(found) == 1
    assert found[0].startswith(f"lines.csv, row 2, column description: {expected}")


def test_a_column_name_that_no_workbook_can_hold(tmp_path: Path) -> None:
    """Bases and terms are shown under the names of their columns."""
    tmp_path.joinpath("lines.csv").write_text(
        "line,fund,level,budget,ba\ufffesis\nA1,bcf,place,1,x\n", encoding="utf-8"
    )
    lines, findings = read_lines(model_of({"file": "lines.csv"}), tmp_path)
    assert lines is None
    assert [finding.code for finding in findings] == ["control-character"]


@pytest.mark.parametrize("text", ['title = "a\\u0002b"', 'partners = [{ name = "\\uFFFF" }]', '"ke\\u0001y" = 1'])
def test_a_text_of_the_model_file_that_no_workbook_can_hold(tmp_path: Path, text: str) -> None:
    tmp_path.joinpath("model.toml").write_text(f"schema = 1\n{text}\n", encoding="utf-8")
    toml, findings = read_toml(tmp_path / "model.toml")
    assert toml is None
    assert [(finding.code, finding.place.row) for finding in findings] == [("control-character", 2)]


@pytest.mark.parametrize(
    ("words", "is_one"),
    [
        ("943 476 5919", True),
        ("943-476-5919", True),
        ("ref 9434765919.", True),
        ("9434765918", False),
        ("9434765080", True),
        ("9434765030", False),
        ("19434765919", False),
        ("94347659190", False),
        ("01375 652 652", False),
        ("5101121524", False),
        ("3102011004", True),
    ],
)
def test_nhs_numbers_are_known_by_their_check_digit(words: str, is_one: bool) -> None:
    assert has_nhs_number(words) is is_one


def test_fifty_findings_of_a_kind_are_listed_and_the_rest_counted(tmp_path: Path) -> None:
    _, found = read(tmp_path, HEADER + "A,bcf,place,x,y\n" * 1_000)
    assert len(found) == 51
    assert found[-1] == "lines.csv: 1,950 more findings like these (bad-number)."


def test_too_many_lines_are_not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskshare.inputs.lines.LINE_LIMIT", 1)
    lines, found = read(tmp_path, HEADER + "A1,bcf,place,1,2\nA2,bcf,place,1,2\n")
    assert lines is None
    assert found == ["model.toml: 2 lines. Expected: at most 1."]


# ---------------------------------------------------------------------------------------------- localities


def read_areas(folder: Path, content: str) -> tuple[Any, list[str]]:
    folder.joinpath("localities.csv").write_text(content)
    model = model_of(geographies=[{"code": "adult", "file": "localities.csv"}])
    found, findings = read_localities(model, folder)
    return found.get("adult"), texts(findings)


def test_localities_stand_in_the_order_of_their_codes(tmp_path: Path) -> None:
    areas, found = read_areas(
        tmp_path, 'locality,name,registered,need,source\nTIL,Tilbury,"36,500",0.5,ODS\nGRA,,1,2,ODS\n'
    )
    assert found == []
    assert areas.undeclared == ("registered", "need")
    assert areas.frame.rows() == [
        ("GRA", "GRA", Decimal(1), Decimal(2), 3),
        ("TIL", "Tilbury", Decimal(36500), Decimal("0.5"), 2),
    ]
    assert areas.origin.cell(2, "need") == "row 2, need"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("name,registered\nGrays,1\n", "localities.csv, row 1: there is no column 'locality'."),
        ("locality,registered\n", "localities.csv: there are no localities below the header."),
        ("locality,registered\nGRAYS,\n", "localities.csv, row 2, column registered: registered: the cell is empty."),
        ("locality,registered\nGRAYS,-1\n", "localities.csv, row 2, column registered: registered: '-1' is negative."),
        (
            "locality,registered\nGRAYS,0\n",
            "localities.csv, row 1, column registered: the weights of basis 'registered' add to zero.",
        ),
        (
            "locality,registered\nGRAYS,1\nGrays,1\n",
            "localities.csv, row 3, column locality: locality 'Grays' is there already",
        ),
        (
            "locality,registered\nSouth Ockendon,1\n",
            "localities.csv, row 2, column locality: 'South Ockendon' cannot be the code",
        ),
        (
            "locality,registered\nRegistered,1\n",
            "localities.csv, row 2, column locality: locality 'Registered' is called like a basis.",
        ),
        (
            "locality,Registered patients\nGRAYS,1\n",
            "localities.csv, row 1: the column 'Registered patients' cannot be the name",
        ),
        ("locality,need,Need\nGRAYS,1,1\n", "localities.csv, row 1: several columns are called 'need'."),
    ],
)
def test_localities_that_would_apportion_wrongly(tmp_path: Path, content: str, expected: str) -> None:
    areas, found = read_areas(tmp_path, content)
    assert areas is None
    assert len(found) == 1
    assert found[0].startswith(expected)


# ---------------------------------------------------------------------------------------------- measures

MEASURES = "measure,name,pool,weight,method,better,baseline,target,result\n"


def test_measures(tmp_path: Path) -> None:
    content = MEASURES + "smoking,Quitters,,60,linear,higher,100,150,130\nhtn,Found,GRAYS,40.5,Linear,lower,9.5,8,8\n"
    tmp_path.joinpath("outcomes.csv").write_text(content)
    tables, findings = read_measures(["outcomes.csv"], tmp_path)
    assert not findings
    columns = ("measure", "pool", "method", "better", "weight", "result", "source", "row")
    assert tables["outcomes 1"].frame.select(columns).rows() == [
        ("smoking", "", "linear", "higher", Decimal(60), Decimal(130), "", 2),
        ("htn", "GRAYS", "linear", "lower", Decimal("40.5"), Decimal(8), "", 3),
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a,,,1,linear,higher,1,2,", "outcomes.csv, row 2, column result: result: the cell is empty."),
        (",,,1,linear,higher,1,2,2", "outcomes.csv, row 2, column measure: the measure has no code."),
        (
            "a,,,1,liner,higher,1,2,2",
            "outcomes.csv, row 2, column method: method: 'liner' is unknown. Expected: one of linear,",
        ),
        (
            "a,,,1,linear,more,1,2,2",
            "outcomes.csv, row 2, column better: better: 'more' is unknown. Expected: one of higher, lower.",
        ),
        ("a,,,1,linear,higher,2,2,2", "outcomes.csv, row 2, column target: baseline and target are both 2."),
        ("a,,,0,linear,higher,1,2,2", "outcomes.csv: the weights of the measures add to zero."),
        (
            "a,,,1,linear,higher,1,2,2\nA,,,1,linear,higher,1,2,2",
            "outcomes.csv, row 3, column measure: measure 'A' is there",
        ),
    ],
)
def test_measures_that_give_no_score(tmp_path: Path, line: str, expected: str) -> None:
    tmp_path.joinpath("outcomes.csv").write_text(f"{MEASURES}{line}\n")
    tables, findings = read_measures(["outcomes.csv"], tmp_path)
    assert not tables
    assert texts(findings)[0].startswith(expected)


def test_a_target_on_the_wrong_side_is_doubtful(tmp_path: Path) -> None:
    tmp_path.joinpath("outcomes.csv").write_text(MEASURES + "a,,,1,linear,lower,1,2,2\n")
    tables, findings = read_measures(["outcomes.csv"], tmp_path)
    assert tables
    assert texts(findings) == [
        "outcomes.csv, row 2, column target: the target leads from the baseline the wrong way, as lower is better. "
        "Check baseline, target and better."
    ]
