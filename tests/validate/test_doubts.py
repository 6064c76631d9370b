"""Doubts: what is a warning with its amount, what is none, and how the model file accepts one.

The small alliance has lines of £4.0m, £5.0m, £0.7m and £0.3m, which add to £10,000,000 and to an outturn of £9,760,000.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

import openpyxl
import pytest

from cases import FUNDS, HEAD, PARTNERS, POOL, findings, write_model
from contracts import TO_PROVIDERS, TO_TRUST, toml
from places import REPOSITORY
from riskshare.build import build, compute
from riskshare.contract.doubtful import Doubts
from riskshare.problems.doubts import MEANINGS, DoubtCode
from riskshare.problems.findings import Severity
from riskshare.validate.headers import units_said

INPUT = """
[[inputs]]
file = "inputs/lines.csv"
fund = "core"
level = "place"
"""
LINES = """
line,budget,outturn
0401,4000000,3900000
0402,5000000,4900000
0403,700000,650000
0404,300000,310000
"""
SCOPED = POOL + 'scope = { level = ["place"] }\n'
SHARED = (TO_PROVIDERS, 'allocate: from = "providers", key = { TRUST = 100 }')


def told(folder: Path, text: str, **tables: str) -> list[str]:
    """What is found in a model; a place in model.toml is shown by the text of its line."""
    lines = text.splitlines()
    found = findings(write_model(folder / "small", text, **tables))
    return [re.sub(r"model\.toml, line (\d+)", lambda place: f"<{lines[int(place[1]) - 1]}>", one) for one in found]


def said(
    folder: Path, lines: str = LINES, *, more: str = "", inputs: str = INPUT, rules: tuple[str, ...] = SHARED
) -> list[str]:
    """What is found in the small alliance."""
    head = HEAD.format(name="small") + PARTNERS + FUNDS + inputs
    return told(folder, head + SCOPED + toml(rules) + more, lines=lines)


def columns(**amounts: list[int] | str) -> str:
    """The lines with other amounts in a column: those stated, or the word in every row."""
    names, *rows = (line.split(",") for line in LINES.split())
    for name, values in amounts.items():
        for number, row in enumerate(rows):
            row[names.index(name)] = values if isinstance(values, str) else str(values[number])
    return "\n".join(",".join(row) for row in (names, *rows))


def accepting(entry: str) -> str:
    return f"\n[[doubts.accept]]\n{entry}\nreason = 'Looked into in May'\n"


def test_a_sound_model_has_no_doubts(tmp_path: Path) -> None:
    assert said(tmp_path) == []


HOW = "; what is right is accepted with a reason: [[doubts.accept]], doubt = "


# Outturns

PLAN = "line,budget\n0401,4000000\n0402,6000000"
OUTTURNS: dict[str, tuple[str, str]] = {
    "none": (
        PLAN,
        "inputs/lines.csv: 2 lines, £10,000,000.00: no outturn is given, so this is a plan. No variance, gain or loss "
        "is known before there is an outturn column; until then it repeats the budget.",
    ),
    "all zero": (
        columns(outturn="0"),
        "inputs/lines.csv, column outturn: every outturn is zero, of 4 lines with budgets of £10,000,000.00. "
        f'All of it would be shared as a gain: leave the column out for a plan{HOW}"outturn-zero".',
    ),
    "in thousands": (
        columns(outturn=[3900, 4900, 650, 310]),
        "inputs/lines.csv, column outturn: the outturns add to £9,760.00, about a thousandth of the budgets' "
        f'£10,000,000.00. Give both in the same units{HOW}"outturn-units".',
    ),
    "in millions": (
        columns(outturn=[4, 5, 1, 0]),
        "inputs/lines.csv, column outturn: the outturns add to £10.00, about a millionth of the budgets' "
        f'£10,000,000.00. Give both in the same units{HOW}"outturn-units".',
    ),
    "in pounds beside thousands": (
        columns(budget=[4000, 5000, 700, 300]),
        "inputs/lines.csv, column outturn: the outturns add to £9,760,000.00, about a thousand times the budgets' "
        f'£10,000.00. Give both in the same units{HOW}"outturn-units".',
    ),
    "with the opposite sign": (
        columns(outturn=[-3900000, -4900000, -650000, -310000]),
        "inputs/lines.csv, column outturn: the outturns add to -£9,760,000.00, the budgets to £10,000,000.00. "
        f'Turn the signs of one of them round{HOW}"outturn-opposite".',
    ),
    "far from the budget": (
        columns(outturn=[2500000, 4900000, 650000, 400000]),
        "inputs/lines.csv, column outturn: 2 lines vary by more than 25% of the budget, £1,600,000.00 in all: '0401' "
        "(budget £4,000,000.00, outturn £2,500,000.00), '0404' (budget £300,000.00, outturn £400,000.00). "
        f'Check amounts, units and signs{HOW}"variance".',
    ),
}


@pytest.mark.parametrize("name", OUTTURNS)
def test_an_outturn_that_is_doubtful_is_said_with_its_amount(name: str, tmp_path: Path) -> None:
    """Whatever it does to the pool is another finding, about the pool."""
    lines, expected = OUTTURNS[name]
    found = said(tmp_path, lines)
    assert [finding for finding in found if "<[[pools]]>" not in finding] == [f"warning: {expected}"]


def test_what_a_doubtful_outturn_does_to_a_pool_is_said_too(tmp_path: Path) -> None:
    """Of a target of £10,000,000 the zeros leave a gain of all of it."""
    assert said(tmp_path, columns(outturn="0"))[-1].startswith(
        "warning: <[[pools]]>: 1 pool varies by more than 25% of the target, £10,000,000.00 in all: 'place' "
        "(target £10,000,000.00, outturn £0.00)."
    )


def test_a_quarter_and_fifty_thousand_pounds_are_not_beyond_them(tmp_path: Path) -> None:
    """£1,000,000 of £4,000,000 is 25%, and £50,000 of £100,000 is half of it but no more than £50,000."""
    assert (
        said(tmp_path, columns(budget=[4000000, 5000000, 700000, 100000], outturn=[3000000, 4900000, 650000, 50000]))
        == []
    )


def test_the_thresholds_of_variances_are_terms(tmp_path: Path) -> None:
    """Line 0404 varies by £10,000, 3.3% of its budget; from 3% and £5,000 on it is doubtful, and 0403 with 7.1% too."""
    found = said(tmp_path, more="\n[doubts]\nvariance_percent = 3\nvariance_pounds = 5_000\n")
    assert "2 lines vary by more than 3% of the budget, £60,000.00 in all: '0403'" in found[0]


def test_a_line_without_a_budget_varies_beyond_every_percentage(tmp_path: Path) -> None:
    found = said(tmp_path, LINES + "0405,0,50000.01\n")
    assert "1 line varies by more than 25% of the budget, £50,000.01 in all: '0405' (budget £0.00" in found[0]


def test_many_lines_are_one_finding(tmp_path: Path) -> None:
    rows = "".join(f"x{number:03},200000,100000\n" for number in range(300))
    found = said(tmp_path, LINES + rows)
    assert len([finding for finding in found if "lines.csv" in finding]) == 1
    assert "300 lines vary" in found[0]
    assert "'x002' (budget £200,000.00, outturn £100,000.00) and 297 more." in found[0]


# Names of columns


def test_a_header_in_thousands_beside_pounds(tmp_path: Path) -> None:
    """£10,000 read, £10,000,000 if the header is right."""
    lines = columns(budget=[4000, 5000, 700, 300], outturn=[3900, 4900, 650, 310])
    lines = lines.replace("budget", "Total £000").replace("outturn", "Spent £000")
    mapped = INPUT + 'columns = { budget = "Total £000", outturn = "Spent £000" }\n'
    found = said(tmp_path, lines, inputs=mapped)
    assert found[0] == (
        f"warning: <{mapped.splitlines()[-1]}>: the column 'Spent £000' is read in pounds: it adds to £9,760.00. "
        f'If it is in thousands of pounds (£9,760,000.00), add units = 1000{HOW}"header-units".'
    )
    assert found[1].startswith(f"warning: <{mapped.splitlines()[-1]}>: the column 'Total £000' is read in pounds")
    assert said(tmp_path, lines, inputs=mapped + "units = 1000\n") == []


@pytest.mark.parametrize(
    ("name", "units"),
    [
        *((name, 1000) for name in ("Total £000", "£'000", "Budget (£k)", "£000s", "Plan in thousands", "Budget ‘000")),
        *((name, 1_000_000) for name in ("Budget £m", "£ million", "Plan (£mn)", "millions")),
        *((name, 0) for name in ("Budget (£)", "Net current expenditure", "Top 10,000", "Budget 2000", "£ month 9")),
    ],
)
def test_what_a_header_says_of_units(name: str, units: int) -> None:
    assert units_said(name) == units


def test_columns_that_are_swapped_by_their_names(tmp_path: Path) -> None:
    """Plan and forecast: £9,760,000 would be the target and £10,000,000 what was spent."""
    lines = LINES.replace("budget", "Plan 2019-20").replace("outturn", "Forecast")
    mapped = 'columns = { budget = "Forecast", outturn = "Plan 2019-20" }'
    assert said(tmp_path, lines, inputs=f"{INPUT}{mapped}\n") == [
        f"warning: <{mapped}>: budget is read from the column 'Forecast' (£9,760,000.00), outturn is read from "
        f"the column 'Plan 2019-20' (£10,000,000.00). Swap them{HOW}\"swapped\"."
    ]


def test_a_control_total_that_the_other_column_meets(tmp_path: Path) -> None:
    found = said(tmp_path, inputs=INPUT + "control_total = { budget = 9_760_000 }\n")
    assert found[0].endswith("The difference is £240,000.00. The outturns add to it: are the two columns swapped?")


def test_a_control_total_in_thousands(tmp_path: Path) -> None:
    found = said(tmp_path, inputs=INPUT + "control_total = { budget = 10_000 }\n")
    assert found[0].endswith("Control totals are in pounds: check them, and the units of the input.")


# Lines


def test_a_line_of_a_thousand_million_pounds(tmp_path: Path) -> None:
    """In thousands by mistake: £4,000,000 becomes £4,000,000,000."""
    found = said(tmp_path, inputs=INPUT + "units = 1000\n")
    assert found == [
        "warning: inputs/lines.csv, column budget: 2 lines are £1,000,000,000.00 or more, such as '0402': "
        f'£5,000,000,000.00, 5 billion pounds. Check amounts, units and signs{HOW}"large-line".'
    ]


LEVELS = """
line,fund,level,risk,budget,outturn
a,core,place,,4000000,3900000
b,core,system,,5000000,4900000.50
c,core,system,,700000,650000
d,core,system,fixed,300000,310000
e,seen,system,,300000,310000
"""
BY_LEVEL = '\n[[inputs]]\nfile = "inputs/lines.csv"\n'
SEEN = FUNDS.replace('"core"', '"seen"').replace("aligned", "in_view")


def test_lines_that_no_pool_takes_are_told_by_fund_and_level(tmp_path: Path) -> None:
    """Two of £5,700,000 with £149,999.50 left; what is fixed or only in view is not meant to be shared."""
    found = said(tmp_path, LEVELS, inputs=BY_LEVEL + SEEN)
    assert found == [
        "warning: <[[funds]]>: 2 lines are in no pool, of fund 'core' at system level, such as 'b': budget "
        '£5,700,000.00, variance £149,999.50. Widen the scope of a pool, give the fund arrangement = "in_view" or the '
        f'lines risk = "fixed"{HOW}"in-no-pool".'
    ]


def test_a_plan_knows_no_variance_of_lines_in_no_pool(tmp_path: Path) -> None:
    planned = "\n".join(row.rsplit(",", 1)[0] for row in LEVELS.split())
    found = said(tmp_path, planned, inputs=BY_LEVEL + SEEN)[1]
    assert "2 lines are in no pool, of fund 'core' at system level, such as 'b': budget £5,700,000.00. Widen" in found


def test_lines_in_no_pool_are_accepted_one_by_one(tmp_path: Path) -> None:
    found = said(tmp_path, LEVELS, inputs=BY_LEVEL + SEEN, more=accepting('lines = ["b"]'))
    assert [finding.split(" is in no pool")[0] for finding in found] == [
        "warning: <[[funds]]>: 1 line",
        "accepted: <[[funds]]>: 1 line",
    ]
    assert "such as 'b': budget £5,000,000.00, variance £99,999.50. Accepted: Looked into in May." in found[1]


BOTH = """
line,level,locality,basis,budget,outturn
a,locality,GRAYS,registered,400000,390000
b,locality,GRAYS,,500000,490000
c,locality,,registered,500000,490000
d,locality,TILBURY,registered,200000,190000
"""


def test_lines_with_a_locality_and_a_basis_are_one_finding(tmp_path: Path) -> None:
    """Two lines, £600,000: half of what is stated there is not used."""
    geography = '\n[[geographies]]\ncode = "adult"\nfile = "inputs/adult.csv"\n'
    text = HEAD.format(name="small") + PARTNERS + FUNDS + geography + INPUT.replace('level = "place"\n', "")
    pool = POOL + 'for_each = "adult"\n' + toml((TO_TRUST,))
    adult = "locality,name,registered\nGRAYS,Grays,3\nTILBURY,Tilbury,1"
    assert told(tmp_path, text + pool, lines=BOTH, adult=adult) == [
        "warning: inputs/lines.csv, row 2, column basis: 2 lines state both a locality and a basis, with budgets of "
        "£600,000.00, such as 'a': locality 'GRAYS', basis 'registered'. The locality counts, the basis is not used: "
        "leave one of the cells empty."
    ]


# The contract


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("threshold: percent = 0.01", "'Threshold, % of target' (Schedule 9) is 0.01%, at most £1,000.00 in a pool. "
         "If 1% is meant, write 1, not 0.01"),
        ("share_ranges: bands = [{ up_to = 0.02, shares = { TRUST = 100 } }, { shares = { TRUST = 100 } }]",
         "'Band 1 up to, % of target' (Schedule 9) is 0.02%, at most £2,000.00 in a pool. If 2% is meant, write 2"),
        ("adjust_target: percent = -0.05, funded_by = 'CCG', reason = 'Agreed'",
         "'Change of the target, %' (Schedule 9) is 0.05%, at most £5,000.00 in a pool"),
        ("reserve: side = 'gain', reserve = 'kept', percent = 0.1",
         "'Percent of the gain' (Schedule 9) is 0.1%. If 10% is meant, write 10, not 0.1"),
    ],
)  # fmt: skip
def test_a_percentage_that_may_be_a_fraction(rule: str, words: str, tmp_path: Path) -> None:
    """The target is £10,000,000."""
    kept = '\n[[reserves]]\ncode = "kept"\nname = "Kept"\nholder = "CCG"\n'
    found = said(tmp_path, inputs=INPUT + kept, rules=(rule, *(() if "bands" in rule else (TO_TRUST,))))
    assert len(found) == 1
    assert f"pool 'place', {words}" in found[0]


@pytest.mark.parametrize(
    "rule",
    [
        "threshold: percent = 0.5",
        "threshold: percent = 0.1",
        "share_ranges: side = 'gain', bands = [{ shares = { TRUST = 99.95, CCG = 0.05 } }]",
        "reserve: side = 'gain', reserve = 'kept', percent = 1",
    ],
)
def test_a_small_percentage_that_contracts_have(rule: str, tmp_path: Path) -> None:
    kept = '\n[[reserves]]\ncode = "kept"\nname = "Kept"\nholder = "CCG"\n'
    assert said(tmp_path, inputs=INPUT + kept, rules=(rule, TO_TRUST)) == []


CAP = "cap: limits = {{ TRUST = {{ percent = {percent}, of = 'income' }} }}, excess_to = 'others'"


def test_an_income_is_large_so_that_a_percentage_of_it_may_be_smaller(tmp_path: Path) -> None:
    """0.015% of £30,000,000 is £4,500; 0.02% is a fifth of the tenth of a per cent that is doubtful of a target."""
    [found] = said(tmp_path, rules=(*SHARED, CAP.format(percent="0.015")))
    assert "'Limit of TRUST in each pool, % of income' (Schedule 9) is 0.015%, at most £4,500.00 in a pool" in found
    assert said(tmp_path, rules=(*SHARED, CAP.format(percent="0.02"))) == []


def test_an_income_in_thousands(tmp_path: Path) -> None:
    """The trust takes all that providers share of £10,000,000, and its income is stated as £30,000."""
    partners = PARTNERS.replace("30_000_000", "30_000")
    head = HEAD.format(name="small") + partners + FUNDS + INPUT + SCOPED + toml((*SHARED, CAP.format(percent=1)))
    assert told(tmp_path, head, lines=LINES) == [
        "warning: <income = 30_000>: the income of partner 'TRUST' is £30,000.00, but its 100% of the targets of pool "
        "'place' come to £10,000,000.00. Incomes are in pounds: if it is in thousands, write 30_000_000"
        f'{HOW}"income".'
    ]


def test_an_income_below_the_lines_that_pay_it(tmp_path: Path) -> None:
    partners = PARTNERS.replace("30_000_000", "300_000")
    lines = LINES.replace("line,", "line,provider,").replace("0401,", "0401,TRUST,").replace("0402,", "0402,CCG,")
    lines = lines.replace("0403,", "0403,,").replace("0404,", "0404,,")
    head = HEAD.format(name="small") + partners + FUNDS + INPUT + SCOPED
    text = head + toml((TO_TRUST, CAP.format(percent=1)))
    [found] = told(tmp_path, text, lines=lines)
    assert "the income of partner 'TRUST' is £300,000.00, but its lines come to £4,000,000.00" in found


def test_an_income_that_no_rule_reads_is_no_doubt(tmp_path: Path) -> None:
    head = HEAD.format(name="small") + PARTNERS.replace("30_000_000", "30_000") + FUNDS + INPUT + SCOPED + toml(SHARED)
    assert told(tmp_path, head, lines=LINES) == []


def test_reversed_signs_are_one_sentence(tmp_path: Path) -> None:
    """It was an error for each pool and for each contribution."""
    signs = LINES.replace(",", ",-").replace("-budget,-outturn", "budget,outturn")
    rules = (
        "threshold: percent = 1",
        "share_ranges: bands = [{ shares = { commissioners = 100 } }]",
        "allocate: from = 'commissioners', key = 'contribution'",
    )
    assert said(tmp_path, signs, rules=rules) == [
        "error: inputs/lines.csv: the budgets add to -£10,000,000.00: 4 of 4 lines below zero, the lowest '0402' "
        "(row 3, budget) -£5,000,000.00. Expected: spending above zero, income below it. "
        "Turn the signs round in the file."
    ]


def test_a_table_with_reversed_signs_is_one_sentence(tmp_path: Path) -> None:
    text = HEAD.format(name="small") + PARTNERS + POOL + 'table = "inputs/pools.csv"\nholder = "CCG"\n'
    rules = toml(("threshold: percent = 1", TO_TRUST))
    pools = "pool,target,outturn\na,-1000000,-900000\nb,-2000000,-2100000"
    assert told(tmp_path, text + rules, pools=pools) == [
        "error: <[[pools]]>: pool 'place': the targets of inputs/pools.csv add to -£3,000,000.00. Expected: "
        "spending above zero, income below it. If the table writes spending below zero, add "
        'formats = { target = "opposite", outturn = "opposite" }.'
    ]


@pytest.mark.parametrize(("year", "meant"), [("2019-21", "2019-20"), ("2021-21", "2021-22"), ("2099-01", "2099-00")])
def test_a_year_that_is_not_one_year(year: str, meant: str, tmp_path: Path) -> None:
    text = HEAD.format(name="small").replace("2021-22", year) + PARTNERS + FUNDS + INPUT + SCOPED + toml((TO_TRUST,))
    found = told(tmp_path, text, lines=LINES)
    expected = f"'{year}' is not one year. Expected: '{meant}', or the year that is meant."
    assert found[0] == f'error: <financial_year = "{year}">: financial_year = {expected}'


def test_shares_that_are_fractions_are_told_how_to_write_them(tmp_path: Path) -> None:
    found = said(tmp_path, rules=("share_ranges: bands = [{ shares = { CCG = 0.5, TRUST = 0.5 } }]",))
    assert found[0].endswith("the shares add to 1.0, not 100. Shares are percentages: write 50, not 0.5.")


def test_a_name_in_place_of_a_code_is_told_the_code(tmp_path: Path) -> None:
    funds = FUNDS.replace('holder = "CCG"', 'holder = "Clinical Commissioning Group"')
    found = told(tmp_path, HEAD.format(name="small") + PARTNERS + funds, lines=LINES)
    assert found[0].endswith("Use the code, 'CCG'.")


def test_a_key_of_the_model_below_a_table_is_told_where_it_belongs(tmp_path: Path) -> None:
    text = HEAD.format(name="small").replace("agreed_on = 2021-03-15\n", "") + PARTNERS + "agreed_on = 2021-03-15\n"
    found = told(tmp_path, text, lines=LINES)
    assert found[0].endswith("If 'agreed_on' is of the whole model, move it above the first [[table]].")


# Tables

TABLE = POOL + 'table = "inputs/pools.csv"\nholder = "CCG"\n'


def table(folder: Path, pools: str, more: str = "", rules: tuple[str, ...] = (TO_TRUST,)) -> list[str]:
    head = HEAD.format(name="small") + PARTNERS + TABLE + more.replace("{", "{").strip() + "\n" + toml(rules)
    return told(folder, head, pools=pools)


def test_pools_of_a_table_that_vary_and_one_that_is_accepted(tmp_path: Path) -> None:
    """£300,000 and £400,000 of £1,000,000 each; the second was looked into."""
    pools = "pool,target,outturn\na,1000000,700000\nb,1000000,600000\nc,1000000,990000"
    head = HEAD.format(name="small") + PARTNERS + TABLE + toml((TO_TRUST,))
    text = head + accepting('doubt = "variance"\npools = ["place:b"]')
    assert told(tmp_path, text, pools=pools) == [
        "warning: <[[pools]]>: 1 pool varies by more than 25% of the target, £300,000.00 in all: 'place:a' "
        f'(target £1,000,000.00, outturn £700,000.00). Check amounts, units and signs{HOW}"variance".',
        "accepted: <[[pools]]>: 1 pool varies by more than 25% of the target, £400,000.00 in all: 'place:b' "
        "(target £1,000,000.00, outturn £600,000.00). Accepted: Looked into in May.",
    ]


def test_a_table_in_other_units(tmp_path: Path) -> None:
    [found] = table(tmp_path, "pool,target,outturn\na,1000000,980\nb,2000000,2010")
    assert "pool 'place': the outturns add to £2,990.00, about a thousandth of the targets' £3,000,000.00." in found


def test_a_format_that_the_column_contradicts(tmp_path: Path) -> None:
    """Fractions such as 0.0772 said to be percentages would be thresholds of 0.08%."""
    pools = "pool,target,outturn,minimum\na,1000000,980000,0.0203\nb,2000000,2010000,0.0772"
    rules = ("threshold: percent = { column = 'minimum' }", TO_TRUST)
    [found] = table(tmp_path, pools, 'formats = { minimum = "percent" }', rules)
    assert found == (
        "warning: inputs/pools.csv, column minimum: minimum: the largest percentage is 0.0772, read as 0.0772%. "
        'formats says "percent": if they are fractions, write minimum = "fraction" there.'
    )
    assert table(tmp_path, pools.replace("0.0772", "0.5"), 'formats = { minimum = "percent" }', rules) == []
    assert table(tmp_path, pools, 'formats = { minimum = "fraction" }', rules) == []


@pytest.mark.parametrize(("target", "result"), [("60", "0.55"), ("0.6", "55")])
def test_a_result_on_another_scale_than_its_target(target: str, result: str, tmp_path: Path) -> None:
    measures = (
        f"measure,name,pool,weight,method,better,baseline,target,result\nm,,,1,gap_to_goal,higher,0,{target},{result}"
    )
    earned = 'outcomes: from = "TRUST", measures = "inputs/outcomes.csv", forfeited_to = "CCG"'
    head = HEAD.format(name="small") + PARTNERS + FUNDS + INPUT + SCOPED + toml((TO_TRUST, earned))
    assert told(tmp_path, head, lines=LINES, outcomes=measures) == [
        f"warning: inputs/outcomes.csv, row 2, column result: the result is {result}, the target {target}: a fraction "
        "beside a percentage. Write both as percentages, or both as fractions."
    ]


# Accepting

VARYING = columns(outturn=[2500000, 4900000, 650000, 400000])


def test_lines_are_accepted_with_a_reason(tmp_path: Path) -> None:
    """One of the two is left: £100,000 of £300,000."""
    found = said(tmp_path, VARYING, more=accepting('doubt = "variance"\nlines = ["0401"]'))
    assert found[0].startswith(
        "warning: inputs/lines.csv, column outturn: 1 line varies by more than 25% of the budget, "
    )
    assert "'0404' (budget £300,000.00, outturn £400,000.00)" in found[0]
    assert found[1] == (
        "accepted: <[[doubts.accept]]>: 1 line varies by more than 25% of the budget, £1,500,000.00 in all: '0401' "
        "(budget £4,000,000.00, outturn £2,500,000.00). Accepted: Looked into in May."
    )


def test_a_doubt_is_accepted_wherever_it_is(tmp_path: Path) -> None:
    found = said(
        tmp_path, columns(outturn="0"), more=accepting('doubt = "outturn-zero"') + accepting('doubt = "variance"')
    )
    assert [finding.split(":")[0] for finding in found] == ["accepted", "accepted"]


def test_what_accepts_one_doubt_accepts_no_other(tmp_path: Path) -> None:
    """That every outturn is zero was looked into; that a pool gains all of its target was not."""
    found = said(tmp_path, columns(outturn="0"), more=accepting('doubt = "outturn-zero"'))
    assert [finding.split(":")[0] for finding in found] == ["warning", "accepted"]


def test_lines_of_several_inputs_are_accepted_in_one_finding(tmp_path: Path) -> None:
    """£100,000 in each of two files, for one reason; without it, it is a warning for each file."""
    rows = "line,budget,outturn\n{line},200000,100000"
    two = INPUT + INPUT.replace("lines.csv", "more.csv")
    text = HEAD.format(name="small") + PARTNERS + FUNDS + two + SCOPED + toml(SHARED)
    tables = {"lines": LINES + rows.format(line="x").split("\n")[1], "more": rows.format(line="y")}
    assert len(told(tmp_path, text, **tables)) == 2
    [found] = told(tmp_path, text + accepting('lines = ["x", "y"]'), **tables)
    assert found.startswith(
        "accepted: <[[doubts.accept]]>: 2 lines vary by more than 25% of the budget, £200,000.00 in all"
    )


def test_the_sheet_checks_lists_what_is_accepted_apart(tmp_path: Path) -> None:
    head = HEAD.format(name="small") + PARTNERS + FUNDS + INPUT + SCOPED + toml(SHARED)
    text = head + accepting('doubt = "variance"\nlines = ["0401"]')
    built, _ = build(write_model(tmp_path / "small", text, lines=VARYING), tmp_path / "small.xlsx", None)
    assert built is not None
    cells = [row[0] for row in openpyxl.load_workbook(tmp_path / "small.xlsx")["Checks"].iter_rows(values_only=True)]
    warnings = cells.index("Warnings on the files of the model")
    accepted = cells.index("Doubts that the model file accepts, with the reason")
    assert "'0404'" in str(cells[warnings + 1])
    assert "'0401'" in str(cells[accepted + 1])
    assert str(cells[accepted + 1]).endswith("Accepted: Looked into in May.")


def test_every_warning_about_a_line_can_be_accepted_by_its_code(tmp_path: Path) -> None:
    lines = LINES + "Total,1,1\n"
    assert said(tmp_path, lines)[0].startswith(
        "warning: inputs/lines.csv, row 6, column line: 'Total', £1.00, looks like"
    )
    found = said(tmp_path, lines, more=accepting('lines = ["Total"]'))
    assert found == [
        "accepted: inputs/lines.csv, row 6, column line: 'Total', £1.00, looks like a total. "
        "Accepted: Looked into in May."
    ]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ('lines = ["0405"]', "<lines = [\"0405\"]>: doubts.accept: there is no line '0405'. Did you mean '0404'?"),
        ('pools = ["palce"]', "<pools = [\"palce\"]>: doubts.accept: there is no pool 'palce'. Did you mean 'place'?"),
        ("", "<[[doubts.accept]]>: doubts.accept.1: give 'doubt', 'lines' or 'pools': what is accepted."),
    ],
)
def test_what_is_accepted_must_be_there(entry: str, words: str, tmp_path: Path) -> None:
    assert said(tmp_path, more=accepting(entry)) == [f"error: {words}"]


def test_an_unknown_doubt_is_told_what_was_meant(tmp_path: Path) -> None:
    [found] = said(tmp_path, more=accepting('doubt = "varience"'))
    assert found.endswith("Did you mean 'variance'?")


def test_an_error_is_never_accepted(tmp_path: Path) -> None:
    found = said(tmp_path, LINES.replace("650000", "n/a"), more=accepting('lines = ["0403"]'))
    assert found[0].startswith("error: inputs/lines.csv, row 4, column outturn: ")


@pytest.mark.parametrize("model", ["thurrock-2021-22", "mid-and-south-essex-2021-22", "shared-savings-example"])
def test_the_shipped_models_have_no_doubt_that_is_not_accepted(model: str) -> None:
    """What they accept is shown with its reason. A ring-fence by pool is told apart, as it is no doubt of figures."""
    found = [one for one in compute(REPOSITORY / "models" / model)[1] if one.code != "ring-fence-beyond-fund"]
    assert found
    assert all(finding.severity is Severity.ACCEPTED and finding.reason for finding in found)


# The page

WARNS = ("contract", "inputs", "validate")


def codes_in_the_source() -> set[str]:
    """The codes of every warning on a model's files: what `warning`, `doubt` and `doubts_of` are called with first."""
    found = set()
    for room in WARNS:
        for file in sorted((REPOSITORY / "src" / "riskshare" / room).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                    found |= {str(node.args[0].value)} if called in ("warning", "doubt", "doubts_of") else set()
    return found


def test_every_warning_has_a_code_that_can_be_accepted() -> None:
    assert set(get_args(DoubtCode)) == set(MEANINGS) == codes_in_the_source()


def test_the_page_lists_every_doubt_and_every_threshold() -> None:
    """docs/doubts.md, held to the code: a row for each doubt with what it means, and for each threshold its default."""
    page = (REPOSITORY / "docs" / "doubts.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (.*?) \|", page, re.MULTILINE))
    assert rows == MEANINGS
    terms = dict(re.findall(r"^\| `([a-z_]+)` \| ([\d,.]+) \|", page, re.MULTILINE))
    defaults = {name: field.default for name, field in Doubts.model_fields.items() if name != "accept"}
    assert terms == {name: f"{default:,}" for name, default in defaults.items()}
