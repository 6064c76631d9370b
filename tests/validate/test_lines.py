"""Rules across the model file, the lines and the localities: each row below is a mistake and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from riskshare.contract.model import Model
from riskshare.figures.line_treatment import complete
from riskshare.inputs.lines import read_lines
from riskshare.inputs.localities import read_localities
from riskshare.inputs.table import InputTable
from riskshare.inputs.toml import TomlFile, read_toml
from riskshare.problems.findings import Finding
from riskshare.validate.lines import validate

MODEL = """\
schema = 1
name = "thurrock"
title = "Thurrock"
financial_year = "2021-22"
status = "draft"
agreed_on = 2021-03-15

[[partners]]
code = "CCG"
name = "NHS Thurrock CCG"
role = "commissioner"

[[partners]]
code = "COUNCIL"
name = "Thurrock Council"
role = "commissioner"

[[reserves]]
code = "risk_reserve"
name = "Alliance risk reserve"
holder = "CCG"

[[funds]]
code = "bcf"
name = "Better Care Fund"
family = "bcf"
holder = "CCG"
arrangement = "pooled"
clause = "Section 75 agreement, schedule 1"

[[funds]]
code = "ccg_core"
name = "CCG core allocation"
family = "ccg"
holder = "CCG"
arrangement = "aligned"
clause = "Alliance agreement, schedule 1"

[[geographies]]
code = "adult"
file = "adult.csv"

[[geographies]]
code = "child"
file = "child.csv"

[[inputs]]
file = "lines.csv"

[[pools]]
code = "locality"
for_each = "adult"
"""
HEADER = "line,fund,service,level,geography,locality,basis,holder,provider,risk,function,description,budget,outturn"
LOCAL = "A1,bcf,Community health,locality,,GRAYS,,,,,,,100.00,90.00"
BASED = "A2,ccg_core,Home care,neighbourhood,,,registered,COUNCIL,CCG,fixed,,,50.00,60.00"
CHILD = "A3,bcf,School nursing,locality,,,pupils,,,,,,10.00,10.00"
PLACE = "A4,bcf,Telecare,place,,,,,,,,,5.00,5.00"
AREAS = {
    "adult.csv": "locality,name,registered\nGRAYS,Grays,40\nTILBURY,Tilbury,60\n",
    "child.csv": "locality,name,pupils\nNORTH,North,1\nSOUTH,South,1\n",
}


@dataclass(frozen=True)
class Case:
    """A model folder that was read."""

    model: Model
    toml: TomlFile
    lines: InputTable
    localities: dict[str, InputTable]

    def findings(self) -> tuple[Finding, ...]:
        return validate(self.model, self.toml, self.lines, self.localities)

    def texts(self) -> list[str]:
        return [str(finding) for finding in self.findings()]


def case(folder: Path, *rows: str, model: str = MODEL, header: str = HEADER, **files: str) -> Case:
    contents = {**AREAS, "model.toml": model, "lines.csv": "\n".join((header, *(rows or (LOCAL,)), "")), **files}
    for name, text in contents.items():
        folder.joinpath(name).write_text(text, encoding="utf-8")
    toml, _ = read_toml(folder / "model.toml")
    assert toml is not None
    parsed = Model.model_validate(toml.values)
    lines, _ = read_lines(parsed, folder, toml)
    assert lines is not None
    return Case(parsed, toml, lines, read_localities(parsed, folder)[0])


def line_of(model: str, words: str) -> int:
    return model[: model.index(words)].count("\n") + 1


def test_a_right_model_has_no_findings(tmp_path: Path) -> None:
    assert case(tmp_path, LOCAL, BASED, CHILD, PLACE).texts() == []


def test_complete_lines_know_their_holder_their_geography_and_their_weights(tmp_path: Path) -> None:
    right = case(tmp_path, LOCAL, BASED, CHILD, PLACE)
    completed = complete(right.model, right.lines, right.localities)
    assert completed.frame.select("line", "holder", "risk", "geography", "weights").rows() == [
        ("A1", "CCG", "shared", "adult", "GRAYS"),
        ("A2", "COUNCIL", "fixed", "adult", "registered"),
        ("A3", "CCG", "shared", "child", "pupils"),
        ("A4", "CCG", "shared", "", ""),
    ]
    assert completed.origins == right.lines.origins


def test_a_locality_of_two_geographies_is_that_of_the_first(tmp_path: Path) -> None:
    given = LOCAL.replace("A1", "A2").replace(",,GRAYS", ",child,GRAYS")
    shared = case(tmp_path, LOCAL, given, **{"child.csv": AREAS["adult.csv"]})
    assert complete(shared.model, shared.lines, shared.localities).frame["geography"].to_list() == ["adult", "child"]


# ---------------------------------------------------------------------------------------------- lines


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            "A1,bcff,,place,,,,,,,,,1,1",
            "lines.csv, row 2, column fund: fund 'bcff' is unknown. Did you mean 'bcf'?",
        ),
        (
            "A1,,,place,,,,,,,,,1,1",
            "lines.csv, row 2, column fund: the line has no fund. Expected: one of bcf, ccg_core. "
            "Fill in the column, or give every line of the file the same with fund = ... under [[inputs]].",
        ),
        (
            ",bcf,,place,,,,,,,,,1,1",
            "lines.csv, row 2, column line: the line has no code.",
        ),
        (
            "A1,bcf,,,,,,,,,,,1,1",
            "lines.csv, row 2, column level: the line has no level. "
            "Expected: one of neighbourhood, locality, place, partnership, system. "
            "Fill in the column, or give every line of the file the same with level = ... under [[inputs]].",
        ),
        (
            "A1,bcf,,locallity,,GRAYS,,,,,,,1,1",
            "lines.csv, row 2, column level: level 'locallity' is unknown. Did you mean 'locality'?",
        ),
        (
            "A1,bcf,,place,,,,COUNCL,,,,,1,1",
            "lines.csv, row 2, column holder: holder 'COUNCL' is unknown. Did you mean 'COUNCIL'?",
        ),
        (
            "A1,bcf,,place,,,,,ccg,,,,1,1",
            "lines.csv, row 2, column provider: provider 'ccg' is unknown. Did you mean 'CCG'?",
        ),
        (
            "A1,bcf,,place,,,,,,half,,,1,1",
            "lines.csv, row 2, column risk: risk 'half' is unknown. Known are: shared, fixed.",
        ),
        (
            "A1,bcf,,locality,adlt,GRAYS,,,,,,,1,1",
            "lines.csv, row 2, column geography: geography 'adlt' is unknown. Did you mean 'adult'?",
        ),
        (
            "A1,bcf,,locality,,GRAIS,,,,,,,1,1",
            "lines.csv, row 2, column locality: locality 'GRAIS' is not in any geography. Did you mean 'GRAYS'?",
        ),
        (
            "A1,bcf,,locality,adult,NORTH,,,,,,,1,1",
            "lines.csv, row 2, column locality: locality 'NORTH' is not in geography 'adult'. "
            "Known are: GRAYS, TILBURY.",
        ),
        (
            "A1,bcf,,locality,,,weighted,,,,,,1,1",
            "lines.csv, row 2, column basis: basis 'weighted' is not in any geography. Known are: registered, pupils.",
        ),
        (
            "A1,bcf,,locality,adult,,pupils,,,,,,1,1",
            "lines.csv, row 2, column basis: basis 'pupils' is not in geography 'adult'. Known are: registered.",
        ),
        (
            "A1,bcf,,neighbourhood,,,,,,,,,1,1",
            "lines.csv, row 2, column locality: the line is at neighbourhood level but has neither a locality nor a "
            "basis. Give one of them.",
        ),
        (
            "A1,bcf,,system,,GRAYS,,,,,,,1,1",
            "lines.csv, row 2, column locality: locality 'GRAYS' is not used, as the line is at system level. "
            "Remove it, or correct the level.",
        ),
        (
            f"{LOCAL}\n{PLACE}\na1,bcf,,place,,,,,,,,,1,1",
            "lines.csv, row 4, column line: line 'a1' is there already: lines.csv, row 2, column line. "
            "Give every line a code of its own.",
        ),
        (
            "Total,bcf,,place,,,,,,,,,1,1",
            "lines.csv, row 2, column line: 'Total', £1.00, looks like a total. "
            "If it is a total of other lines, remove it: its money would count twice.",
        ),
    ],
)
def test_mistakes_in_lines(tmp_path: Path, row: str, expected: str) -> None:
    assert case(tmp_path, row).texts() == [expected]


def test_a_wrong_default_is_blamed_once_where_it_stands(tmp_path: Path) -> None:
    model = MODEL.replace(
        'file = "lines.csv"', 'file = "lines.csv"\nfund = "bfc"\nbasis = "weighted"\nlevel = "locality"'
    )
    found = case(tmp_path, "A1,1,1", "A2,2,2", model=model, header="line,budget,outturn").texts()
    assert found == [
        f"model.toml, line {line_of(model, 'fund =')}: fund of lines.csv: there is no fund 'bfc'. Did you mean 'bcf'?",
        f"model.toml, line {line_of(model, 'basis =')}: basis 'weighted' is not in any geography. "
        "Known are: registered, pupils.",
    ]


def test_nothing_is_said_about_localities_that_could_not_be_read(tmp_path: Path) -> None:
    assert case(tmp_path, LOCAL.replace("GRAYS", "SOUTHEND"), **{"child.csv": "locality\n"}).texts() == []


def test_amounts_that_could_not_be_read_are_left_to_their_own_finding(tmp_path: Path) -> None:
    half = case(
        tmp_path,
        LOCAL.replace("100.00", "n/a"),
        model=MODEL.replace('"lines.csv"', '"lines.csv"\ncontrol_total = { budget = 5 }'),
    )
    assert half.lines.frame["budget"].to_list() == [None]
    assert half.texts() == []


@pytest.mark.parametrize("amount", ["1e12", "-1e12"])
def test_an_amount_beyond_the_limit_does_not_pass(tmp_path: Path, amount: str) -> None:
    right = case(tmp_path)
    beyond = pl.Series([Decimal(amount)], dtype=pl.Decimal(38, 16))
    wrong = replace(right, lines=replace(right.lines, frame=right.lines.frame.with_columns(budget=beyond)))
    assert [finding.code for finding in wrong.findings()] == ["out-of-range"]


# ---------------------------------------------------------------------------------------------- the law


@pytest.mark.parametrize(
    ("words", "severity"),
    [
        ("function=Elective surgery", "error"),
        ("function=Radiotherapy", "error"),
        ("function=Termination of pregnancies", "error"),
        ("function=Day-case endoscopy", "error"),
        ("function=Class 4 laser treatment", "error"),
        ("function=Other invasive treatments", "error"),
        ("function=Emergency ambulance services", "error"),
        ("description=Cataract surgery waiting list", "warning"),
        ("service=Endoscopy", "warning"),
        ("function=Community nursing", ""),
        ("function=Non-emergency ambulance transport", ""),
        ("function=Non-invasive treatments", ""),
        ("description=Improvements to GP surgeries", ""),
        ("description=Surge capacity", ""),
    ],
)
def test_what_may_not_be_pooled(tmp_path: Path, words: str, severity: str) -> None:
    column, _, text = words.partition("=")
    header = f"line,fund,level,{column},budget,outturn"
    pooled = case(tmp_path, f"A1,bcf,place,{text},1,1", header=header).findings()
    assert [finding.severity.value for finding in pooled] == ([severity] if severity else [])
    assert all(finding.place.column == column for finding in pooled)
    assert case(tmp_path, f"A1,ccg_core,place,{text},1,1", header=header).findings() == ()


def test_the_finding_names_the_regulations(tmp_path: Path) -> None:
    found = case(tmp_path, "A1,bcf,place,Hip surgery,1,1", header="line,fund,level,function,budget,outturn").texts()
    assert found == [
        "lines.csv, row 2, column function: function 'Hip surgery' in pooled fund 'bcf': surgery may not be pooled. "
        "See the 2000 regulations on partnership arrangements (SI 2000/617); move the line to an aligned fund."
    ]


FENCE = 'ring_fence = { purpose = "adaptations", underspend_to = "risk_reserve" }\n'


@pytest.mark.parametrize(
    ("fund", "expected"),
    [
        (('code = "bcf"', 'code = "bcf_dfg"'), "fund 'bcf_dfg' is a Disabled Facilities Grant without a ring-fence."),
        (("Better Care Fund", "Disabled Facilities Grant"), "fund 'bcf' is a Disabled Facilities Grant without"),
        (('code = "bcf"\n', f'code = "bcf_dfg"\n{FENCE}'), ""),
        (
            ('code = "bcf"\n', f'code = "bcf"\n{FENCE.replace("risk_reserve", "CCG")}'),
            "the underspend of fund 'bcf' goes to 'CCG', which is no reserve. Expected: the code of a declared "
            "reserve. A ring-fenced underspend is never shared: name a reserve.",
        ),
        (
            ('code = "bcf"\n', f'code = "bcf"\n{FENCE.replace("risk_reserve", "risk_reserv")}'),
            "the underspend of fund 'bcf' goes to 'risk_reserv', which is no reserve. Expected: the code of a declared "
            "reserve. Did you mean 'risk_reserve'? Otherwise add [[reserves]] with code = \"risk_reserv\", a name and "
            'holder = "CCG".',
        ),
        (
            ('code = "bcf"\n', f'code = "bcf"\n{FENCE.replace("risk_reserve", "grant")}'),
            'which is no reserve. Expected: the code of a declared reserve. Add [[reserves]] with code = "grant", '
            'a name and holder = "CCG".',
        ),
    ],
)
def test_ring_fences(tmp_path: Path, fund: tuple[str, str], expected: str) -> None:
    found = case(tmp_path, "A1,ccg_core,,place,,,,,,,,,1,1", model=MODEL.replace(*fund)).texts()
    assert len(found) == bool(expected)
    assert all(expected in line for line in found)


# ---------------------------------------------------------------------------------------------- totals


@pytest.mark.parametrize(
    ("control_total", "expected"),
    [
        ("{ budget = 150 }", []),
        ("{ budget = 150.00, outturn = 150 }", []),
        (
            "{ budget = 2_410_000, outturn = 149.99 }",
            [
                "the budgets of lines.csv add to £150.00. Expected: £2,410,000.00, the control total. "
                "The difference is -£2,409,850.00.",
                "the outturns of lines.csv add to £150.00. Expected: £149.99, the control total. "
                "The difference is £0.01.",
            ],
        ),
    ],
)
def test_control_totals(tmp_path: Path, control_total: str, expected: list[str]) -> None:
    model = MODEL.replace('file = "lines.csv"', f'file = "lines.csv"\ncontrol_total = {control_total}')
    at = f"model.toml, line {line_of(model, 'control_total')}: "
    assert case(tmp_path, LOCAL, BASED, model=model).texts() == [at + text for text in expected]


def test_a_control_total_of_an_outturn_that_is_not_there(tmp_path: Path) -> None:
    model = MODEL.replace('file = "lines.csv"', 'file = "lines.csv"\ncontrol_total = { outturn = 1 }')
    found = case(tmp_path, "A1,bcf,place,1", model=model, header="line,fund,level,budget").texts()
    assert found[0].endswith("control_total gives an outturn, but the file has no such column.")


@pytest.mark.parametrize(
    ("amount", "where", "expected"),
    [
        (100, '{ service = ["Community health"] }', []),
        (100, '{ level = ["locality"] }', []),
        (
            120,
            '{ service = ["Community health"] }',
            [
                "Out of hospital: the lines of fund 'bcf' that count add to £100.00. "
                "Expected: at least £120.00. It falls short by £20.00."
            ],
        ),
        (
            100,
            '{ service = ["Community health", "Telcare"] }',
            ["Out of hospital: no line of fund 'bcf' has service 'Telcare'. Did you mean 'Telecare'?"],
        ),
        (
            1,
            '{ area = ["Community health"] }',
            ["where: 'area' is no column that a test can look at. Expected: one of"],
        ),
    ],
)
def test_minimum_spend(tmp_path: Path, amount: int, where: str, expected: list[str]) -> None:
    test = f'[[funds.minimum_spend]]\nname = "Out of hospital"\namount = {amount}\nwhere = {where}\n\n'
    second_fund = '[[funds]]\ncode = "ccg'
    model = MODEL.replace(second_fund, test + second_fund)
    found = case(tmp_path, LOCAL, BASED, PLACE, model=model).texts()
    assert [line.split(": ", 1)[1].startswith(text) for line, text in zip(found, expected, strict=True)] == [
        True
    ] * len(found)


# ---------------------------------------------------------------------------------------------- the model file


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "agreed_on = 2021-03-15\n",
            "",
            "model.toml: agreed_on is missing: it is not stated when the contract was agreed. "
            "Expected: a date before 1 April 2021.",
        ),
        (
            "2021-03-15",
            "2021-04-01",
            "model.toml, line 6: the contract was agreed on 1 April 2021, when the year had begun. "
            "Expected: a date before 1 April 2021.",
        ),
        (
            'code = "COUNCIL"',
            'code = "Ccg"',
            "model.toml, line 14: partners: code 'Ccg' is there already: model.toml, line 9. "
            "Upper and lower case count as the same, as in Excel.",
        ),
        (
            'code = "COUNCIL"',
            'code = "Pool"',
            "model.toml, line 14: partners: code 'Pool' is the name of a pot. Rename it; pots are pool, unshared,",
        ),
        (
            'code = "risk_reserve"',
            'code = "unallocated"',
            "model.toml, line 19: reserves: code 'unallocated' is the name of a pot.",
        ),
        (
            'code = "risk_reserve"',
            'code = "council"',
            "model.toml, line 19: reserve 'council' is called like a partner. Rename it.",
        ),
        (
            'holder = "CCG"\narrangement = "pooled"',
            'holder = "CGG"\narrangement = "pooled"',
            "model.toml, line 27: holder of fund 'bcf': there is no partner 'CGG'. Did you mean 'CCG'?",
        ),
        (
            'for_each = "adult"',
            'for_each = "adults"',
            "model.toml, line 52: for_each of pool 'locality': there is no geography 'adults'. Did you mean 'adult'?",
        ),
        (
            'for_each = "adult"',
            'scope = { fund = ["bcf", "icbf"] }',
            "model.toml, line 52: scope of pool 'locality': there is no fund 'icbf'. Known are: bcf, ccg_core.",
        ),
        (
            'for_each = "adult"',
            'scope = { provider = ["NELFT"] }',
            "model.toml, line 52: scope of pool 'locality': there is no partner 'NELFT'. Known are: CCG, COUNCIL.",
        ),
        (
            'for_each = "adult"',
            'scope = { service = ["Community heath"] }',
            "model.toml, line 52: scope of pool 'locality': no line has service 'Community heath'. "
            "Did you mean 'Community health'?",
        ),
    ],
)
def test_mistakes_in_the_model_file(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in MODEL
    found = case(tmp_path, model=MODEL.replace(old, new)).texts()
    assert [line for line in found if line.startswith(expected)], found


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    model = MODEL.replace("agreed_on = 2021-03-15\n", "").replace('for_each = "adult"', 'for_each = "adlt"')
    found = case(tmp_path, LOCAL.replace("bcf", "bfc"), BASED.replace("registered", "need"), model=model).findings()
    assert [finding.code for finding in found] == ["unknown-fund", "unknown-basis", "unknown-geography", "agreed-late"]
