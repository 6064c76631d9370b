"""Words that rules, scopes and keys share: `not`, fractions, columns, keys by own variance and from a file, scores."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from cases import FUNDS, HEAD, LINES_INPUT, PARTNERS, POOL, answer, findings, write_model
from contracts import Pots, contract, excluded, money, one_line, pools_contract, shared, toml

THREE = "line,service,budget,outturn\na,Beds,1000,900\nb,Nursing,1000,970\nc,,1000,999"

# ---------------------------------------------------------------------------------------------- where, with not


@pytest.mark.parametrize(
    ("where", "left"),
    [
        ('service = ["Beds"]', "31.00"),
        ('service = { not = ["Beds"] }', "100.00"),
        ('service = { not = ["Beds", "Nursing"] }', "130.00"),
        ('service = ["Beds", "Nursing"], holder = { not = ["COUNCIL"] }', "1.00"),
    ],
)
def test_an_exclusion_of_all_but_some(where: str, left: str, tmp_path: Path) -> None:
    """Variances of 100, 30 and, of a line without a service, 1."""
    found = contract(tmp_path, (excluded(where), shared("TRUST = 100")), THREE)
    assert found.pots("place") == {"TRUST": Decimal(left)}


def test_a_scope_that_takes_all_but_some_services(tmp_path: Path) -> None:
    """Two pools over the same lines: beds alone, and all but beds."""
    pools = {
        "beds": ('scope = { service = ["Beds"] }', (shared("TRUST = 100"),)),
        "others": ('scope = { service = { not = ["Beds"] } }', (shared("CHARITY = 100"),)),
    }
    lines = "line,level,service,budget,outturn\na,place,Beds,1000,900\nb,place,Nursing,1000,970\nc,place,,1000,999"
    found = pools_contract(tmp_path, pools, lines)
    assert found.pots("beds") == {"TRUST": Decimal("100.00")}
    assert found.pots("others") == {"CHARITY": Decimal("31.00")}


MINIMUM = 'minimum_spend = [{{ name = "Out of hospital", amount = {amount}, where = {{ {where} }} }}]\n'


@pytest.mark.parametrize(
    ("where", "spent"),
    [
        ('service = { not = ["Beds"] }', 500),
        ('service = { not = ["Beds", "Nursing"] }', 300),
        ('service = { not = ["Beds"] }, level = ["place"]', 500),
        ('service = { not = ["Beds"] }, provider = { not = ["TRUST"] }', 300),
    ],
)
def test_a_minimum_spend_on_all_but_some(where: str, spent: int, tmp_path: Path) -> None:
    """Beds 1000, nursing by the trust 200, 300 without a service: the live check stands where it is reached."""
    lines = "line,service,provider,budget,outturn\na,Beds,TRUST,1000,1000\nb,Nursing,TRUST,200,200\nc,,,300,300"
    for amount, failing in ((spent, 0), (spent + 1, 1)):
        funds = FUNDS + MINIMUM.format(amount=amount, where=where)
        text = HEAD.format(name=f"m{amount}") + PARTNERS + funds + LINES_INPUT + POOL + toml((shared("TRUST = 100"),))
        folder = write_model(tmp_path / f"m{amount}", text, lines=lines)
        assert len(answer(folder).failing_checks()) == failing
        assert len([found for found in findings(folder) if "falls short by £1.00" in found]) == failing


ROWS = """
[[pools]]
code = "rows"
table = "inputs/pools.csv"
holder = "CCG"
where = {{ {where} }}
"""


@pytest.mark.parametrize(
    ("where", "taken"),
    [
        ('track = { not = ["A"] }', ["rows:b", "rows:c"]),
        ('track = { not = ["A", "B"] }', ["rows:c"]),
        ("year = { not = [2020] }", ["rows:c"]),
        ('track = { not = ["A"] }, year = [2020]', ["rows:b"]),
    ],
)
def test_rows_of_a_table_that_are_taken_but_for_some(where: str, taken: list[str], tmp_path: Path) -> None:
    text = HEAD.format(name="rows") + PARTNERS + ROWS.format(where=where) + toml((shared("TRUST = 100"),))
    pools = "pool,target,outturn,track,year\na,100,90,A,2020\nb,100,90,B,2020.0\nc,100,90,C,2021"
    built = answer(write_model(tmp_path / "rows", text, pools=pools)).built
    assert list(built.plan.groups[0].pools) == taken


def test_a_value_that_nothing_has_is_told_under_not_too(tmp_path: Path) -> None:
    text = HEAD.format(name="rows") + PARTNERS + ROWS.format(where='track = { not = ["AA"] }')
    pools = "pool,target,outturn,track\na,100,90,A\nb,100,90,B"
    (found,) = findings(write_model(tmp_path / "rows", text + toml((shared("TRUST = 100"),)), pools=pools))
    assert "where: no row has 'AA' in the column 'track'. Expected: one of A, B." in found


# ---------------------------------------------------------------------------------------------- fractions


@pytest.mark.parametrize(
    ("shares", "gain", "pots"),
    [
        ('TRUST = "1/3", CCG = "2/3"', "3000000", {"TRUST": "1000000.00", "CCG": "2000000.00"}),
        ('TRUST = "1/3", CCG = "rest"', "100", {"TRUST": "33.33", "CCG": "66.67"}),
        ('TRUST = "1/3", COUNCIL = 50, CCG = "1/6"', "100", {"TRUST": "33.33", "COUNCIL": "50.00", "CCG": "16.67"}),
        ('TRUST = "1/7", CCG = "6/7"', "-7000000.07", {"TRUST": "-1000000.01", "CCG": "-6000000.06"}),
        ('TRUST = 33.333333, CCG = "rest"', "3000000", {"TRUST": "999999.99", "CCG": "2000000.01"}),
    ],
)
def test_a_fraction_is_exact_where_a_percentage_is_not(shares: str, gain: str, pots: Pots, tmp_path: Path) -> None:
    assert contract(tmp_path, (shared(shares),), one_line(gain)).pots("place") == money(pots)


@pytest.mark.parametrize(
    ("rule", "pots"),
    [
        ('withhold: from = "TRUST", percent = "1/3", to = "CCG"', {"TRUST": "2000000.00", "CCG": "1000000.00"}),
        ('withhold: from = "TRUST", percent = 33.333333, to = "CCG"', {"TRUST": "2000000.01", "CCG": "999999.99"}),
        (
            'carry_forward: from = "TRUST", percent = "2/3"',
            {"TRUST": "1000000.00", "carry_forward": "2000000.00"},
        ),
        (
            'carry_forward: from = "TRUST", percent = "2/3", limit = 5',
            {"TRUST": "2999995.00", "carry_forward": "5.00"},
        ),
    ],
)
def test_a_part_of_a_pot_may_be_a_fraction(rule: str, pots: Pots, tmp_path: Path) -> None:
    """Of £3m."""
    assert contract(tmp_path, (shared("TRUST = 100"), rule), one_line("3000000")).pots("place") == money(pots)


# ---------------------------------------------------------------------------------------------- keys

HOLDERS = "line,holder,budget,outturn\na,CCG,1000,{ccg}\nb,COUNCIL,1000,{council}\nc,TRUST,1000,{trust}"
BY_VARIANCE = 'allocate: from = "pool", key = "own_variance"'


@pytest.mark.parametrize(
    ("ccg", "council", "trust", "pots"),
    [
        (700, 900, 1000, {"CCG": "300.00", "COUNCIL": "100.00"}),
        (700, 900, 1100, {"CCG": "225.00", "COUNCIL": "75.00"}),
        (1300, 1100, 900, {"CCG": "-225.00", "COUNCIL": "-75.00"}),
        (1000, 1000, 1001, {"TRUST": "-1.00"}),
    ],
)
def test_a_pot_goes_by_the_variances_of_its_side(
    ccg: int, council: int, trust: int, pots: Pots, tmp_path: Path
) -> None:
    """A gain by the gains of holders, a loss by their losses: a gain of 300 of 400 - 100 goes 3 to 1."""
    lines = HOLDERS.format(ccg=ccg, council=council, trust=trust)
    assert contract(tmp_path, (BY_VARIANCE,), lines).pots("place") == money(pots)


def test_what_was_ring_fenced_does_not_weigh(tmp_path: Path) -> None:
    """The grant's 50 go to its reserve; the council's own 10 and the CCG's 30 share the 40 that are left."""
    lines = "line,fund,holder,budget,outturn\na,core,CCG,100,70\nb,core,COUNCIL,100,90\nc,grant,COUNCIL,100,50"
    pots = contract(tmp_path, (BY_VARIANCE,), lines).pots("place")
    assert pots == money({"CCG": "30.00", "COUNCIL": "10.00", "grant_reserve": "50.00"})


def test_a_role_goes_by_the_variances_of_its_partners(tmp_path: Path) -> None:
    rules = (shared("commissioners = 100"), 'allocate: from = "commissioners", key = "own_variance"')
    lines = HOLDERS.format(ccg=700, council=900, trust=900)
    assert contract(tmp_path, rules, lines).pots("place") == money({"CCG": "375.00", "COUNCIL": "125.00"})


def test_nobody_with_a_variance_of_the_side_is_an_error(tmp_path: Path) -> None:
    """A target raised by 500 turns a loss of 100 into a gain, and no holder has a gain of its own."""
    raised = 'adjust_target: amount = 500, funded_by = "CCG", reason = "Growth"'
    text = HEAD.format(name="nobody") + PARTNERS + FUNDS + LINES_INPUT + POOL + toml((raised, BY_VARIANCE))
    lines = HOLDERS.format(ccg=1000, council=1000, trust=1100)
    (found,) = findings(write_model(tmp_path / "nobody", text, lines=lines))
    assert "£400.00 stays in a pot because the weights of a key add to zero there" in found


BY_FILE = 'allocate: from = "pool", key = { file = "inputs/key.csv" }'


@pytest.mark.parametrize(
    ("rows", "pots"),
    [
        ("partner,weight\nCCG,2\nTRUST,1", {"CCG": "20.00", "TRUST": "10.00"}),
        ("pool,partner,weight\nplace,CCG,2\nplace,TRUST,1", {"CCG": "20.00", "TRUST": "10.00"}),
        ("pool,partner,weight\nplace,CCG,2\n,TRUST,1", {"CCG": "20.00", "TRUST": "10.00"}),
        ("partner,weight,source\nCCG,0,-\nTRUST,0.5,census", {"TRUST": "30.00"}),
    ],
)
def test_a_key_from_a_file(rows: str, pots: Pots, tmp_path: Path) -> None:
    assert contract(tmp_path, (BY_FILE,), one_line("30"), key=rows).pots("place") == money(pots)


def test_a_key_from_a_file_by_pool_and_in_a_blend(tmp_path: Path) -> None:
    """GRAYS gains 400, TILBURY 200: half of each by the file's weights, half equally between four."""
    blend = '[{ weight = 50, key = { file = "inputs/key.csv" } }, { weight = 50, key = "equal" }]'
    pools = {"local": ('for_each = "adult"', (f'allocate: from = "pool", key = {blend}',))}
    lines = "line,level,locality,budget,outturn\ng,locality,GRAYS,1000,600\nt,locality,TILBURY,1000,800"
    rows = "pool,partner,weight\nlocal:GRAYS,CCG,1\nlocal:TILBURY,TRUST,3\nlocal:TILBURY,CCG,1"
    found = pools_contract(tmp_path, pools, lines, key=rows)
    assert found.pots("local:GRAYS") == money({"CCG": "250", "COUNCIL": "50", "TRUST": "50", "CHARITY": "50"})
    assert found.pots("local:TILBURY") == money({"CCG": "50", "COUNCIL": "25", "TRUST": "100", "CHARITY": "25"})


FILE = "inputs/key.csv"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("partner,weight\nCGC,1\nTRUST,1", f"{FILE}, row 2, column partner: no partner 'CGC'. Expected: one of CCG, "),
        (
            "pool,partner,weight\nplaec,CCG,1\n,TRUST,1",
            f"{FILE}, row 2, column pool: no pool 'plaec'. Expected: one of",
        ),
        ("partner,weight\nCCG,1\nCCG,2", f"{FILE}, row 2, column partner: partner 'CCG' has two weights for every"),
        ("pool,partner,weight\nplace,CCG,1\n,CCG,2", "partner 'CCG' has a weight for pool 'place' and one for every"),
        ("partner,weight\nCCG,-1\nTRUST,1", f"{FILE}, row 2, column weight: weight: '-1' is"),
        ("partner,weight", f"{FILE}: there are no weights below the header."),
        ("partner,weight\nCCG,0", f"no partner has a weight for pool 'place' in {FILE}. Give it weights, or leave"),
        ("partner,share\nCCG,1", "column 'weight'"),
    ],
)
def test_what_is_wrong_with_a_file_of_weights_is_a_finding(rows: str, expected: str, tmp_path: Path) -> None:
    text = HEAD.format(name="key") + PARTNERS + FUNDS + LINES_INPUT + POOL + toml((BY_FILE,))
    found = findings(write_model(tmp_path / "key", text, lines=one_line("30"), key=rows))
    assert any(expected in line and line.startswith("error") for line in found), found


def test_a_partner_of_another_role_in_a_file_is_told(tmp_path: Path) -> None:
    rules = (shared("providers = 100"), 'allocate: from = "providers", key = { file = "inputs/key.csv" }')
    text = HEAD.format(name="key") + PARTNERS + FUNDS + LINES_INPUT + POOL + toml(rules)
    found = findings(write_model(tmp_path / "key", text, lines=one_line("30"), key="partner,weight\nCCG,1\nTRUST,1"))
    assert len(found) == 1
    assert "CCG takes of the pot 'providers' but is no provider. Check the key." in found[0]


TABLE = """
[[pools]]
code = "t"
table = "inputs/pools.csv"
holder = "CCG"
"""


def test_weights_of_a_key_may_vary_by_row(tmp_path: Path) -> None:
    """By 3 to 1 in one pool, by 1 to 3 in the other."""
    key = 'allocate: from = "pool", key = { CCG = { column = "people" }, TRUST = 1 }'
    text = HEAD.format(name="t") + PARTNERS + TABLE + toml((key,))
    found = answer(write_model(tmp_path / "t", text, pools="pool,target,outturn,people\na,100,60,3\nb,100,60,0.333333"))
    assert found.pots("t:a") == money({"CCG": "30.00", "TRUST": "10.00"})
    assert found.pots("t:b") == money({"CCG": "10.00", "TRUST": "30.00"})


# ---------------------------------------------------------------------------------------------- columns


@pytest.mark.parametrize(
    ("term", "keys", "cell", "held"),
    [
        ('percent = { column = "change" }', "", "-3", "20.00"),
        ('percent = { column = "change" }', 'formats = { change = "opposite" }\n', "3", "20.00"),
        ('percent = { column = "change" }', 'formats = { change = "fraction" }\n', "-0.03", "20.00"),
        ('percent = { column = "change" }', "", "3%", "80.00"),
        ('amount = { column = "change" }', "", "-3.50", "46.50"),
        ('amount = { column = "change" }', "", "0", "50.00"),
        ('amount = { column = "change" }', 'formats = { change = "opposite" }\n', "3.50", "46.50"),
    ],
)
def test_a_target_may_change_by_row(term: str, keys: str, cell: str, held: str, tmp_path: Path) -> None:
    """A target of £1,000 and a gain of £50: growth for each organisation stands in its row."""
    rule = f'adjust_target: {term}, funded_by = "CCG", reason = "Growth"'
    text = HEAD.format(name="t") + PARTNERS + TABLE + keys + toml((rule, shared("TRUST = 100")))
    found = answer(write_model(tmp_path / "t", text, pools=f"pool,target,outturn,change\na,1000,950,{cell}"))
    assert found.pots("t:a") == {"TRUST": Decimal(held)}


@pytest.mark.parametrize(
    ("term", "cell", "expected"),
    [
        (
            'percent = { column = "change" }',
            "-100",
            "'-100' is out of range. Expected: a percentage of more than -100%,",
        ),
        (
            'percent = { column = "change" }',
            "1001",
            "'1001' is out of range. Expected: a percentage of more than -100%,",
        ),
        ('percent = { column = "change" }', "x", "'x' is not a number"),
        ('amount = { column = "change" }', "1.005", "'1.005' has more than 2 decimals"),
    ],
)
def test_a_change_by_row_that_cannot_be(term: str, cell: str, expected: str, tmp_path: Path) -> None:
    rule = f'adjust_target: {term}, funded_by = "CCG", reason = "Growth"'
    text = HEAD.format(name="t") + PARTNERS + TABLE + toml((rule, shared("TRUST = 100")))
    (found,) = findings(write_model(tmp_path / "t", text, pools=f"pool,target,outturn,change\na,1000,950,{cell}"))
    assert f"inputs/pools.csv, row 2, column change: change: {expected}" in found


# ---------------------------------------------------------------------------------------------- scores and tiers

TIERS = "tiers = [{ from = 0, earns = 50 }, { from = 30, earns = 100 }, { from = 100, earns = 120 }]"


@pytest.mark.parametrize(
    ("terms", "score", "earned"),
    [
        ("score = 62.5", "62.5", "62500.00"),
        ("score = 62.5, floor = 63", "62.5", "0.00"),
        ("score = 62.5, ceiling = 60", "62.5", "60000.00"),
        ("score = 140, ceiling = 130", "140", "130000.00"),
        ("score = 90, ceiling = 130", "90", "90000.00"),
        (f"score = 29.99, {TIERS}", "29.99", "50000.00"),
        (f"score = 30, {TIERS}", "30", "100000.00"),
        (f"score = 100, {TIERS}", "100", "120000.00"),
        (f'score = 10, between = "straight", {TIERS}', "10", "66670.00"),
        (f'score = 10, between = "straight", decimals = 4, {TIERS}', "10", "66666.70"),
        ("score = 62.499999", "62.5", "62500.00"),
        (f'score = 65, between = "straight", {TIERS}', "65", "110000.00"),
        ('score = 20, between = "straight", tiers = [{ from = 30, earns = 50 }, { from = 40, earns = 90 }]', "20", "0"),
        (
            'score = 99, between = "straight", tiers = [{ from = 30, earns = 50 }, { from = 40, earns = 90 }]',
            "99",
            "90000",
        ),
    ],
)
def test_what_a_score_earns(terms: str, score: str, earned: str, tmp_path: Path) -> None:
    """Of £100,000; in a straight line 10 is a third of the way from 50% to 100%: 66.67%, rounded like the score."""
    rule = f'outcomes: from = "TRUST", {terms}, forfeited_to = "CCG"'
    found = contract(tmp_path, (shared("TRUST = 100"), rule), one_line("100000"))
    assert found.figure("place", "outcomes.score") == Decimal(score) / 100
    pots = {"TRUST": Decimal(earned), "CCG": 100_000 - Decimal(earned)}
    assert found.pots("place") == {account: amount for account, amount in pots.items() if amount}


def test_another_pays_what_is_earned_beyond_all(tmp_path: Path) -> None:
    """130% of £40,000: the £12,000 beyond it come from the council, which held £60,000."""
    rule = 'outcomes: from = "TRUST", score = 130, ceiling = 150, forfeited_to = "CCG", extra_from = "COUNCIL"'
    found = contract(tmp_path, (shared("TRUST = 40, COUNCIL = 60"), rule), one_line("100000"))
    assert found.pots("place") == money({"TRUST": "52000", "COUNCIL": "48000"})


def test_a_role_pays_what_is_earned_beyond_all_before_it_is_allocated(tmp_path: Path) -> None:
    rules = (
        shared("providers = 40, commissioners = 60"),
        'outcomes: from = "providers", score = 130, ceiling = 150, forfeited_to = "commissioners"',
        'allocate: from = "commissioners", key = "contribution"',
        'allocate: from = "providers", key = { TRUST = 1 }',
    )
    found = contract(tmp_path, rules, one_line("100000"))
    assert found.pots("place") == money({"TRUST": "52000", "CCG": "48000"})


def test_a_loss_is_relieved_by_a_score_from_a_column(tmp_path: Path) -> None:
    """A score of 90% at a rate of 60% relieves 54%: of £1,000 lost £460 are kept."""
    terms = 'side = "loss", from = "TRUST", score = { column = "quality" }, rate = 60, forfeited_to = "CCG"'
    text = HEAD.format(name="t") + PARTNERS + TABLE + toml((shared("TRUST = 100"), f"outcomes: {terms}"))
    found = answer(write_model(tmp_path / "t", text, pools="pool,target,outturn,quality\na,1000,2000,90"))
    assert found.pots("t:a") == money({"TRUST": "-460.00", "CCG": "-540.00"})


@pytest.mark.parametrize(("ceiling", "allowed"), [("", False), ("ceiling = 150, ", True)])
def test_a_score_of_more_than_all_is_wrong_unless_it_counts(ceiling: str, allowed: bool, tmp_path: Path) -> None:
    rule = f'outcomes: from = "TRUST", score = {{ column = "quality" }}, {ceiling}forfeited_to = "CCG"'
    text = HEAD.format(name="t") + PARTNERS + TABLE + toml((shared("TRUST = 50, CCG = 50"), rule))
    found = findings(write_model(tmp_path / "t", text, pools="pool,target,outturn,quality\na,1000,900,140"))
    assert ["quality: '140' is out of range. Expected: a percentage from 0 to 100%" in line for line in found] == (
        [] if allowed else [True]
    )
