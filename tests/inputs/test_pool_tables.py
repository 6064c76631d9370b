"""Pools that a table gives directly: how it may be written, terms of their own, and what is wrong with it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from xlsxwriter import Workbook

from cases import HEAD, PARTNERS, Answer, answer, findings, write_model
from recalculation import ironcalc, prove
from riskshare.build import build

POOLS = """
[[pools]]
code = "aco"
table = "inputs/pools.csv"
"""
HELD = 'holder = "CCG"\n'
THRESHOLD = """
[[pools.rules]]
rule = "threshold"
clause = "Para 1"
percent = { column = "minimum" }
"""
AMOUNT = """
[[pools.rules]]
rule = "threshold"
clause = "Para 1"
amount = { column = "minimum" }
"""
SHARES = """
[[pools.rules]]
rule = "share_ranges"
clause = "Para 2"
bands = [{ shares = { TRUST = { column = "rate" }, CCG = "rest" } }]
"""
REST = """
[[pools.rules]]
rule = "share_ranges"
clause = "Para 9"
bands = [{ shares = { CCG = 100 } }]
"""


def table_model(tmp_path: Path, rules: str, pools: str, keys: str = HELD, more: str = "") -> Path:
    """A model, in the folder `tables`, with one group of pools from inputs/pools.csv, its rules and its keys."""
    folder = tmp_path / "tables"
    toml = HEAD.format(name=folder.name) + PARTNERS + more + POOLS + keys + rules
    return write_model(folder, toml, pools=pools)


def of_pool(folder: Path, pool: str, step: str) -> Decimal:
    return answer(folder).figure(f"aco:{pool}", step).normalize()


# ---------------------------------------------------------------------------------------------- how it is written


@pytest.mark.parametrize(
    ("cell", "written", "percent"),
    [
        ("2%", "", "0.02"),
        ("2%", "fraction", "0.02"),
        ("2.00 %", "percent", "0.02"),
        ("2", "", "0.02"),
        ("2", "percent", "0.02"),
        ("0.02", "fraction", "0.02"),
        ("1", "fraction", "1"),
        ("0.5", "percent", "0.005"),
        ("33.333333", "", "0.33333333"),
        ("0", "", "0"),
    ],
)
def test_a_percentage_is_read_as_its_column_is_written(tmp_path: Path, cell: str, written: str, percent: str) -> None:
    formats = f'formats = {{ minimum = "{written}" }}\n' if written else ""
    folder = table_model(tmp_path, THRESHOLD + REST, f"pool,target,outturn,minimum\nA,1000,990,{cell}", HELD + formats)
    assert of_pool(folder, "A", "threshold.percent") == Decimal(percent)


@pytest.mark.parametrize(
    ("target", "outturn", "keys", "variance"),
    [
        ("1000", "990.01", "", "9.99"),
        ('"1,175,345,650"', '"1,091,114,293"', "", "84231357"),
        ("£1000", '"(20)"', "", "1020"),
        ("1000", "990", "units = 1000\n", "10000"),
        ("1.5", "0.25", "units = 1_000_000\n", "1250000"),
        ("75558439.9116", "71678885.4508", 'formats = { target = "rounded", outturn = "rounded" }\n', "3879554.46"),
        ("1000", "-990", 'formats = { outturn = "opposite" }\n', "10"),
        ("1.0005", "0", 'units = 1000\nformats = { target = "rounded" }\n', "1000.5"),
    ],
)
def test_an_amount_is_read_as_its_column_is_written(
    tmp_path: Path, target: str, outturn: str, keys: str, variance: str
) -> None:
    folder = table_model(tmp_path, REST, f"pool,target,outturn\nA,{target},{outturn}", HELD + keys)
    assert of_pool(folder, "A", "variance_all") == Decimal(variance)


@pytest.mark.parametrize(
    ("cell", "keys", "amount"),
    [
        ("5", "", "5"),
        ("5", "units = 1000\n", "5000"),
        ("-5", 'formats = { minimum = "opposite" }\n', "5"),
        ("5.005", 'formats = { minimum = "rounded" }\n', "5.01"),
        ("", 'missing = [""]\n', "0"),
        ("-", 'missing = ["-", "*"]\n', "0"),
        ("*", 'missing = ["-", "*"]\nformats = { minimum = "opposite" }\n', "0"),
    ],
)
def test_an_amount_of_a_pool_s_own_is_read_in_the_same_ways(tmp_path: Path, cell: str, keys: str, amount: str) -> None:
    folder = table_model(tmp_path, AMOUNT + REST, f"pool,target,outturn,minimum\nA,1000,900,{cell}", HELD + keys)
    assert of_pool(folder, "A", "threshold.amount") == Decimal(amount)


def test_columns_have_the_names_that_their_publisher_gave_them(tmp_path: Path) -> None:
    columns = 'columns = { pool = "ACO_ID", name = "Their name", target = "Bnchmk", outturn = "Exp" }\nheader_row = 2\n'
    published = "Performance year 2020,,,,\nACO_ID,Their name,Bnchmk,Exp,minimum\nA1,First,1000,900,2\nA2,,1000,900,2"
    folder = table_model(tmp_path, THRESHOLD + REST, published, HELD + columns)
    names = answer(folder).built.figures["share aco"]["pool_name"].to_list()
    assert names == ["First", "A2"]


@pytest.mark.parametrize(
    ("where", "taken"),
    [
        ('{ track = ["E"] }', ["aco:A", "aco:C"]),
        ('{ track = ["E", "F"] }', ["aco:A", "aco:B", "aco:C"]),
        ("{ year = [2020] }", ["aco:A", "aco:B"]),
        ('{ year = [2020], track = ["E"] }', ["aco:A"]),
        ("{ two_sided = [1] }", ["aco:A", "aco:B", "aco:C"]),
        ("{ rate = [0.5] }", ["aco:A", "aco:B"]),
        ('{ rate = ["0.50"] }', ["aco:A"]),
        ('{ name = ["first"] }', ["aco:A"]),
    ],
)
def test_only_rows_that_match_every_column_are_taken(tmp_path: Path, where: str, taken: list[str]) -> None:
    rows = """pool,called,name,target,outturn,track,year,two_sided,rate
        A,One,first,1000,900,E,2020,1,0.50
        B,Two,second,1000,900,F,2020,1.0,0.5
        C,Three,third,1000,900,E,2021,01,0.75
        D,,-,.,*,G,2021,-,"""
    folder = table_model(tmp_path, REST, rows, f'{HELD}where = {where}\ncolumns = {{ name = "called" }}\n')
    assert answer(folder).built.figures["share aco"]["pool"].to_list() == taken


def test_two_groups_take_their_own_rows_of_one_file(tmp_path: Path) -> None:
    second = POOLS.replace('"aco"', '"other"') + HELD + 'where = { track = ["F"] }\n' + REST
    first = HELD + 'where = { track = ["E"] }\n'
    rows = "pool,target,outturn,track\nA,1000,900,E\nB,1000,950,F\nC,1000,700,E"
    built = answer(table_model(tmp_path, REST + second, rows, first))
    assert built.step("other:B", "variance_all") == 50
    assert built.built.figures["share aco"].height == 2


def test_the_holder_stands_in_a_column_or_in_the_model_file(tmp_path: Path) -> None:
    rows = "pool,target,outturn,holder\nA,1000,900,COUNCIL\nB,1000,950,TRUST\nC,1000,700,"
    built = answer(table_model(tmp_path, REST, rows))
    assert built.settlement("position") == {"CCG": 300, "COUNCIL": 100, "TRUST": 50}
    assert built.settlement() == {"CCG": 150, "COUNCIL": -100, "TRUST": -50}


def test_a_sheet_s_percentages_are_fractions_however_they_look(tmp_path: Path) -> None:
    folder = table_model(tmp_path, THRESHOLD + REST, "", HELD + 'formats = { minimum = "fraction" }\n')
    _as_workbook(folder)
    assert of_pool(folder, "1001", "threshold.percent") == Decimal("0.02")


def test_a_sheet_s_percentages_that_are_read_a_hundred_times_too_small_are_doubted(tmp_path: Path) -> None:
    folder = table_model(tmp_path, THRESHOLD + REST, "")
    _as_workbook(folder)
    assert [text for text in findings(folder) if "minimum" in text] == [
        "warning: inputs/pools.xlsx, sheet Pools, column D: minimum: the largest percentage is 0.02, read as 0.02%. "
        'If they are fractions, add formats = { minimum = "fraction" }; if not, "percent" says so.'
    ]


def _as_workbook(folder: Path) -> None:
    """The table of the model as a sheet: numbers as codes, a percentage that a spreadsheet shows as 2%."""
    toml = (folder / "model.toml").read_text(encoding="utf-8").replace("pools.csv", "pools.xlsx")
    (folder / "model.toml").write_text(toml, encoding="utf-8")
    with Workbook(str(folder / "inputs" / "pools.xlsx")) as workbook:
        sheet = workbook.add_worksheet("Pools")
        sheet.write_row(0, 0, ("pool", "target", "outturn", "minimum"))
        sheet.write_row(1, 0, (1001, 1000, 900.5))
        sheet.write_number(1, 3, 0.02, workbook.add_format({"num_format": "0%"}))


# ---------------------------------------------------------------------------------------------- terms of their own

RISK = '\n[[reserves]]\ncode = "risk"\nname = "Risk reserve"\nholder = "CCG"\nopening = 1_000\n'


def _rule(text: str) -> str:
    return f'\n[[pools.rules]]\nclause = "Para 1"\n{text}\n'


CASES = (
    ('rule = "threshold"\npercent = { column = "x" }', "10%", "20%", "threshold.limit", ("100", "200")),
    ('rule = "threshold"\namount = { column = "x" }', "5", "7", "threshold.unshared", ("0", "0")),
    ('rule = "threshold"\namount = { column = "x" }', "500", "7", "threshold.unshared", ("100", "0")),
    ('rule = "withhold"\nfrom = "pool"\nto = "TRUST"\npercent = { column = "x" }', "5", "50", "withhold.withheld",
     ("5", "50")),
    ('rule = "withhold"\nfrom = "pool"\nto = "TRUST"\npercent = 50\nlimit = { column = "x" }', "20", "70",
     "withhold.withheld", ("20", "50")),
    ('rule = "reserve"\nside = "gain"\nreserve = "risk"\npercent = { column = "x" }', "10", "20", "final.risk",
     ("10", "20")),
    ('rule = "reserve"\nside = "gain"\nreserve = "risk"\nlimit = { column = "x" }', "30", "500", "final.risk",
     ("30", "100")),
    ('rule = "cap"\nfrom = "pool"\nlimit = { percent = { column = "x" }, of = "target" }\nexcess_to = "TRUST"',
     "2", "3.5", "final.TRUST", ("80", "65")),
    ('rule = "cap"\nfrom = "pool"\nlimit = { amount = { column = "x" } }\nexcess_to = "TRUST"', "40", "200",
     "final.TRUST", ("60", "0")),
    ('rule = "cap"\nfrom = "pool"\nlimit = { percent = { column = "x" }, of = "target" }\nexcess_to = "TRUST"',
     "1", "250", "final.TRUST", ("90", "0")),
)  # fmt: skip


@pytest.mark.parametrize(("rule", "first", "second", "step", "expected"), CASES)
def test_a_term_varies_by_pool(
    tmp_path: Path, rule: str, first: str, second: str, step: str, expected: tuple[str, str]
) -> None:
    rows = f"pool,target,outturn,x\nA,1000,900,{first}\nB,1000,900,{second}"
    built = answer(table_model(tmp_path, _rule(rule) + REST, rows, more=RISK))
    assert [built.step(f"aco:{pool}", step) for pool in "AB"] == [Decimal(figure) for figure in expected]


def test_shares_vary_by_pool_and_the_rest_goes_to_one_of_them(tmp_path: Path) -> None:
    rows = "pool,target,outturn,rate\nA,1000,900,75%\nB,1000,1100,40\nC,1000,900,0\nD,1000,900,100"
    built = answer(table_model(tmp_path, SHARES, rows))
    assert [built.pots(f"aco:{pool}") for pool in "ABCD"] == [
        {"TRUST": Decimal("75.00"), "CCG": Decimal("25.00")},
        {"TRUST": Decimal("-40.00"), "CCG": Decimal("-60.00")},
        {"CCG": Decimal("100.00")},
        {"TRUST": Decimal("100.00")},
    ]


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    rows = ["A,1000,900,75", "B,1000,1100,40", "C,1000,850,10"]
    header = "pool,target,outturn,rate\n"
    one = answer(table_model(tmp_path / "one", SHARES, header + "\n".join(rows)))
    other = answer(table_model(tmp_path / "other", SHARES, header + "\n".join(reversed(rows))))
    assert one.built.figures["share aco"].equals(other.built.figures["share aco"])


# ---------------------------------------------------------------------------------------------- what is wrong with it

WRONG = (
    ("no number", THRESHOLD, "A,1000,9oo,2", "", "row 2, column outturn: outturn: '9oo' is not a number"),
    ("an empty target", THRESHOLD, "A,,900,2", "", "row 2, column target: target: the cell is empty"),
    ("a missing target", THRESHOLD, "A,-,900,2", 'missing = ["-"]', "column target: target: '-' stands for a missing"),
    ("an empty term", THRESHOLD, "A,1000,900,", "", "row 2, column minimum: minimum: the cell is empty"),
    ("a term that is missing", THRESHOLD, "A,1000,900,*", "", "minimum: '*' stands for a missing figure"),
    ("a term in words", THRESHOLD, "A,1000,900,two", "", "minimum: 'two' is not a number"),
    ("three decimals", THRESHOLD, "A,1000.123,900,2", "", "target: '1000.123' has more than 2 decimals"),
    ("more than 100%", THRESHOLD, "A,1000,900,120", "", "is out of range. Expected: a percentage from 0 to 100%"),
    ("a percent as a fraction", THRESHOLD, "A,1000,900,2", 'formats = { minimum = "fraction" }', "'2' is out of range"),
    ("less than 0%", THRESHOLD, "A,1000,900,-2%", "", "row 2, column minimum: minimum: '-2%' is out of range"),
    ("a negative limit", AMOUNT, "A,1000,900,-5", "", "add formats = { minimum = \"opposite\" }"),
    ("a percentage as a limit", AMOUNT, "A,1000,900,5%", "", "minimum: '5%' is a percentage"),
    ("two pools of one code", THRESHOLD, "A,1000,900,2\na,1000,900,2", "", "row 3, column pool: pool 'a' is there"),
    ("an odd code", THRESHOLD, "A 1/2,1000,900,2", "", "row 2, column pool: 'A 1/2' cannot be the code of a pool"),
    ("no code", THRESHOLD, ",1000,900,2", "", "row 2, column pool: the pool has no code"),
    ("no pools", THRESHOLD, "", "", "there are no pools below the header, or none that 'where' takes"),
    ("a column that is not there", SHARES, "A,1000,900,2", "", "row 1: there is no column 'rate'"),
    ("a where that nobody matches", THRESHOLD, "A,1000,900,2", 'where = { pool = ["B"] }',
     "where: no row has 'B' in the column 'pool'. Expected: one of A"),
    ("a where of an unknown column", THRESHOLD, "A,1000,900,2", "where = { track = [1] }", "no column 'track'"),
    ("a where that is no list", THRESHOLD, "A,1000,900,2", "where = { pool = 1 }", "where.pool = 1. Expected: a list"),
    ("a format of an unknown column", THRESHOLD, "A,1000,900,2", 'formats = { minimun = "percent" }',
     "reads no column 'minimun'. Expected: one of target, outturn, minimum. Did you mean 'minimum'?"),
    ("a format of amounts for percentages", THRESHOLD, "A,1000,900,2", 'formats = { minimum = "rounded" }',
     "'minimum' holds percentages, which are not written as 'rounded'. Expected: percent or fraction"),
    ("a format of percentages for amounts", THRESHOLD, "A,1000,900,2", 'formats = { target = "percent" }',
     "'target' holds amounts, which are not written as 'percent'. Expected: opposite or rounded"),
    ("an unknown format", THRESHOLD, "A,1000,900,2", 'formats = { minimum = "per cent" }', "minimum = 'per cent'"),
    ("one column as two things", THRESHOLD + AMOUNT, "A,1000,900,2", "", "both amounts and percentages"),
    ("no such file", THRESHOLD, "A,1000,900,2", 'sheet = "Pools"', "a CSV file has no sheet 'Pools'"),
)  # fmt: skip


@pytest.mark.parametrize(("rules", "row", "keys", "expected"), [case[1:] for case in WRONG], ids=[c[0] for c in WRONG])
def test_what_is_wrong_is_a_finding_with_its_place(
    tmp_path: Path, rules: str, row: str, keys: str, expected: str
) -> None:
    folder = table_model(tmp_path, rules + REST, f"pool,target,outturn,minimum\n{row}", f"{HELD}{keys}\n")
    found = [text for text in findings(folder) if text.startswith("error")]
    assert any(expected in text for text in found), found
    assert len(found) == (2 if "more than once" in " ".join(found) else 1), found


def test_every_wrong_cell_is_found_at_once(tmp_path: Path) -> None:
    rows = "pool,target,outturn,minimum\nA,x,900,2\nB,1000,y,2\nC,1000,900,z"
    found = findings(table_model(tmp_path, THRESHOLD + REST, rows))
    assert ["inputs/pools.csv, row 2, column target" in found[0], len(found)] == [True, 3]


@pytest.mark.parametrize(
    ("holder", "keys", "expected"),
    [
        ("CCGG", "", "row 2, column holder: holder 'CCGG' is no partner. Expected: one of CCG"),
        ("", "", "row 2, column holder: the pool has no holder"),
        ("", 'holder = "NOBODY"\n', "holder 'NOBODY' is no partner"),
    ],
)
def test_a_holder_is_a_partner(tmp_path: Path, holder: str, keys: str, expected: str) -> None:
    found = findings(table_model(tmp_path, REST, f"pool,target,outturn,holder\nA,1000,900,{holder}", keys))
    assert expected in found[0]


def test_without_a_holder_anywhere_its_column_is_missed(tmp_path: Path) -> None:
    found = findings(table_model(tmp_path, REST, "pool,target,outturn\nA,1000,900", ""))
    assert "there is no column 'holder'" in found[0]


@pytest.mark.parametrize(
    ("shares", "row", "expected"),
    [
        ('{ TRUST = { column = "x" }, CCG = { column = "y" } }', "50,40", "the shares add to 90%. Expected: 100%"),
        ('{ TRUST = { column = "x" }, CCG = 50 }', "60,0", "band 1: the shares add to 110%"),
        ('{ TRUST = { column = "x" }, COUNCIL = { column = "y" }, CCG = "rest" }', "80,50", "add to 130%"),
    ],
)
def test_shares_of_a_pool_that_do_not_add_up_are_found_in_its_row(
    tmp_path: Path, shares: str, row: str, expected: str
) -> None:
    rule = _rule(f'rule = "share_ranges"\nbands = [{{ shares = {shares} }}]')
    found = findings(table_model(tmp_path, rule, f"pool,target,outturn,x,y\nA,1000,900,50,50\nB,1000,900,{row}"))
    errors = [text for text in found if text.startswith("error")]
    assert any("row 3, column x" in text and expected in text for text in errors), found


def test_a_row_in_two_groups_would_be_shared_twice(tmp_path: Path) -> None:
    second = POOLS.replace('"aco"', '"other"') + HELD + REST
    found = findings(table_model(tmp_path, REST + second, "pool,target,outturn\nA,1000,900\nB,1000,900"))
    assert "pool 'other' takes 2 rows of inputs/pools.csv that 'aco' takes, such as row 2" in found[0]


# ---------------------------------------------------------------------------------------------- in the workbook

MANY = THRESHOLD + SHARES + _rule(
    'rule = "cap"\nside = "gain"\nfrom = "TRUST"\nlimit = { percent = { column = "cap" }, of = "target" }\n'
    'excess_to = "others"'
)  # fmt: skip


def _many(count: int) -> str:
    rows = (
        f"P{number:04},{1_000_000 + 7919 * number}.37,{1_010_000 + 7411 * number}.11,"
        f"{('CCG', 'COUNCIL')[number % 2]},{number % 4}%,{20 + number % 60},{1 + number % 3}"
        for number in range(count)
    )
    return "\n".join(["pool,target,outturn,holder,minimum,rate,cap", *rows])


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 5, 200, 201])
def test_every_figure_of_a_workbook_of_pools_is_recalculated(tmp_path: Path, count: int) -> None:
    folder = table_model(tmp_path, MANY, _many(count), "")
    built, found = build(folder, tmp_path / "many.xlsx")
    assert built is not None, found
    assert Answer(built).failing_checks() == []
    assert prove(tmp_path / "many.xlsx", ironcalc) == []


@pytest.mark.slow
@pytest.mark.parametrize(("count", "across"), [(200, True), (201, False)])
def test_more_than_200_pools_are_rows_with_frozen_headings_and_a_filter(
    tmp_path: Path, count: int, across: bool
) -> None:
    build(table_model(tmp_path, MANY, _many(count), ""), tmp_path / "many.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "many.xlsx")["Share aco"]
    headings = next(row for row in sheet.iter_rows(values_only=True) if row[0] in ("Pool", "Figure"))
    assert headings[0] == ("Figure" if across else "Pool")
    assert (sheet.max_column > count) == across
    assert sheet.freeze_panes is not None
    tables = sheet.tables.values()
    assert across or any(table.autoFilter is not None for table in tables)
