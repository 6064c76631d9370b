"""What every rule does, one row per thing it can do; then what happens after the last rule, and who pays whom.

Unless a row says otherwise, one pool has a target of £1,000,000, held by the CCG. Gains are positive, losses negative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import pytest

from cases import FUNDS, HEAD, LINES_INPUT, PARTNERS, POOL, Answer, answer, write_model
from contracts import ADULT, GRANT, HALVES, LOCALITIES, RESERVES, TO_PROVIDERS, TO_TRUST, Rules, one_line, toml

Pots: TypeAlias = dict[str, str]


# Everything that is left in the pool, to one partner or halved between two.


def shared(pots: str) -> str:
    """A rule that shares the pool between pots, both ways."""
    return f"share_ranges: bands = [{{ shares = {{ {pots} }} }}]"


def cap_of(pot: str, limit: str) -> str:
    """A cap of one pot, both ways, whose excess nobody bears."""
    return f'cap: from = "{pot}", limit = {limit}, excess_to = "unallocated"'


def lowest(*limits: str) -> str:
    """The lowest of several limits."""
    return f"{{ lowest_of = [{', '.join(f'{{ {limit} }}' for limit in limits)}] }}"


def decided(giver: str, taker: str, amount: str, pool: str = "") -> str:
    """A decision of the board."""
    where = f'pool = "{pool}", ' if pool else ""
    terms = f'from = "{giver}", to = "{taker}", amount = {amount}, {where}reason = "Minuted"'
    return f"decision: date = 2022-05-19, {terms}"


def excluded(where: str) -> str:
    """An exclusion of lines."""
    return f'exclude: where = {{ {where} }}, reason = "Shared elsewhere"'


def others(**limits: int) -> str:
    """Caps of partners whose excess goes to the others."""
    amounts = ", ".join(f"{code} = {{ amount = {amount} }}" for code, amount in limits.items())
    return f'cap: limits = {{ {amounts} }}, excess_to = "others"'


def contract(folder: Path, rules: Rules, lines: str, **tables: str) -> Answer:
    """The figures of one pool, `place`, with these rules and lines."""
    inputs = LINES_INPUT if "fund," not in lines else LINES_INPUT.replace('fund = "core"\n', "")
    head = HEAD.format(name="place") + PARTNERS + RESERVES + FUNDS + GRANT + inputs
    found = answer(write_model(folder / "place", head + POOL + toml(rules), lines=lines, **tables))
    assert found.failing_checks() == []
    return found


def money(pots: Pots) -> dict[str, Decimal]:
    """The amounts of a row."""
    return {account: Decimal(amount) for account, amount in pots.items()}


SMALL = "threshold: percent = 2"
EXCESS = 'threshold: percent = 2, basis = "excess_only"'

THRESHOLD: dict[str, tuple[str, str, Pots]] = {
    "a gain below it stays with the holder": (SMALL, "19999.99", {"CCG": "19999.99"}),
    "a gain at it counts as past it": (SMALL, "20000", {"TRUST": "20000.00"}),
    "a gain past it is shared from the first pound": (SMALL, "30000", {"TRUST": "30000.00"}),
    "a loss below it": (SMALL, "-19999.99", {"CCG": "-19999.99"}),
    "a loss at it": (SMALL, "-20000", {"TRUST": "-20000.00"}),
    "a loss past it": (SMALL, "-30000", {"TRUST": "-30000.00"}),
    "excess only, a gain": (EXCESS, "30000", {"CCG": "20000.00", "TRUST": "10000.00"}),
    "excess only, a gain at it": (EXCESS, "20000", {"CCG": "20000.00"}),
    "excess only, a loss": (EXCESS, "-30000", {"CCG": "-20000.00", "TRUST": "-10000.00"}),
    "excess only, of gains": (EXCESS + ', side = "gain"', "30000", {"CCG": "20000.00", "TRUST": "10000.00"}),
    "excess only, of losses": (EXCESS + ', side = "loss"', "-30000", {"CCG": "-20000.00", "TRUST": "-10000.00"}),
    "of gains, a loss": (SMALL + ', side = "gain"', "-5", {"TRUST": "-5.00"}),
    "of losses, a gain": (SMALL + ', side = "loss"', "5", {"TRUST": "5.00"}),
    "of losses, a small loss": (SMALL + ', side = "loss"', "-5", {"CCG": "-5.00"}),
    "in pounds, below": ("threshold: amount = 50_000", "49999.99", {"CCG": "49999.99"}),
    "in pounds, at": ("threshold: amount = 50_000", "-50000", {"TRUST": "-50000.00"}),
    "of nothing": ("threshold: percent = 0", "0.01", {"TRUST": "0.01"}),
    "a percent with decimals": ("threshold: percent = 0.123457", "1234.57", {"TRUST": "1234.57"}),
    "a percent with decimals, a penny less": ("threshold: percent = 0.123457", "1234.56", {"CCG": "1234.56"}),
}


@pytest.mark.parametrize("row", THRESHOLD)
def test_threshold(row: str, tmp_path: Path) -> None:
    rule, variance, pots = THRESHOLD[row]
    assert contract(tmp_path, (rule, TO_TRUST), one_line(variance)).pots("place") == money(pots)


BANDS = "bands = [{ up_to = 3, shares = { CCG = 50, TRUST = 50 } }, { shares = { CCG = 100 } }]"
TO_CHARITY = "bands = [{ shares = { CHARITY = 100 } }]"
IN_POUNDS = 'of = "pounds", ' + BANDS.replace("up_to = 3", "up_to = 10_000")
THREE_BANDS = (
    "bands = [{ up_to = 1.5, shares = { TRUST = 100 } }, { up_to = 2.5, shares = { TRUST = 20, CHARITY = 80 } }, "
    "{ shares = { CCG = 75, CHARITY = 25 } }]"
)

SHARE_RANGES: dict[str, tuple[Rules, str, Pots]] = {
    "a gain inside the first band": ((f"share_ranges: {BANDS}",), "20000", {"CCG": "10000.00", "TRUST": "10000.00"}),
    "a gain at the edge": ((f"share_ranges: {BANDS}",), "30000", {"CCG": "15000.00", "TRUST": "15000.00"}),
    "a gain beyond": ((f"share_ranges: {BANDS}",), "40000", {"CCG": "25000.00", "TRUST": "15000.00"}),
    "a loss beyond": ((f"share_ranges: {BANDS}",), "-40000", {"CCG": "-25000.00", "TRUST": "-15000.00"}),
    "three bands": (
        (f"share_ranges: {THREE_BANDS}",),
        "-29000",
        {"TRUST": "-17000.00", "CHARITY": "-9000.00", "CCG": "-3000.00"},
    ),
    "in pounds": ((f"share_ranges: {IN_POUNDS}",), "11000", {"CCG": "6000.00", "TRUST": "5000.00"}),
    "in pounds, a loss": ((f"share_ranges: {IN_POUNDS}",), "-11000", {"CCG": "-6000.00", "TRUST": "-5000.00"}),
    "one side each, a gain": (
        (f'share_ranges: side = "gain", {BANDS}', f'share_ranges: side = "loss", {TO_CHARITY}'),
        "40000",
        {"CCG": "25000.00", "TRUST": "15000.00"},
    ),
    "one side each, a loss": (
        (f'share_ranges: side = "gain", {BANDS}', f'share_ranges: side = "loss", {TO_CHARITY}'),
        "-40000",
        {"CHARITY": "-40000.00"},
    ),
    "in the order the shares are written": (
        ("share_ranges: bands = [{ shares = { TRUST = 33.33, CCG = 33.33, CHARITY = 33.34 } }]",),
        "0.10",
        {"TRUST": "0.03", "CCG": "0.04", "CHARITY": "0.03"},
    ),
    "a penny that cannot be halved": ((HALVES,), "0.01", {"CCG": "0.01"}),
    "a penny of loss": ((HALVES,), "-0.01", {"CCG": "-0.01"}),
    "a share of nothing": (
        ("share_ranges: bands = [{ shares = { CCG = 0, TRUST = 100 } }]",),
        "70",
        {"TRUST": "70.00"},
    ),
    "a part is not shared": (
        ("share_ranges: bands = [{ shares = { unshared = 60, TRUST = 40 } }]",),
        "-100",
        {"CCG": "-60.00", "TRUST": "-40.00"},
    ),
    "to accounts": (
        ("share_ranges: bands = [{ shares = { carry_forward = 50, unallocated = 30, second_reserve = 20 } }]",),
        "1000",
        {"carry_forward": "500.00", "unallocated": "300.00", "second_reserve": "200.00"},
    ),
    "to the roles, which are then split": (
        (
            "share_ranges: bands = [{ shares = { commissioners = 40, providers = 60 } }]",
            'allocate: from = "commissioners", key = "equal"',
            'allocate: from = "providers", key = "equal"',
        ),
        "1000",
        {"CCG": "200.00", "COUNCIL": "200.00", "TRUST": "300.00", "CHARITY": "300.00"},
    ),
    "one band of everything": ((TO_TRUST,), "123.45", {"TRUST": "123.45"}),
}


@pytest.mark.parametrize("row", SHARE_RANGES)
def test_share_ranges(row: str, tmp_path: Path) -> None:
    rules, variance, pots = SHARE_RANGES[row]
    assert contract(tmp_path, rules, one_line(variance)).pots("place") == money(pots)


MEASURES = "measure,name,pool,weight,method,better,baseline,target,result"
EARNED = 'outcomes: from = "TRUST", measures = "inputs/outcomes.csv", forfeited_to = "CCG"'

# The trust's gain of £1,000,000, what it has of it after its score, and the score.
OUTCOMES: dict[str, tuple[str, str, tuple[str, ...], str, str]] = {
    "half of the way": (EARNED, "1000000", ("a,,,1,linear,higher,0,10,5",), "500000.00", "0.5"),
    "beyond the target": (EARNED, "1000000", ("a,,,1,linear,higher,0,10,15",), "1000000.00", "1"),
    "below the baseline": (EARNED, "1000000", ("a,,,1,linear,higher,2,10,1",), "0.00", "0"),
    "lower is better": (EARNED, "1000000", ("a,,,1,linear,lower,80,40,50",), "750000.00", "0.75"),
    "measures by weight": (
        EARNED,
        "1000000",
        ("a,,,3,linear,higher,0,1,1", "b,,,1,linear,higher,0,1,0"),
        "750000.00",
        "0.75",
    ),
    "a measure without weight": (
        EARNED,
        "1000000",
        ("a,,,3,linear,higher,0,1,1", "b,,,0,linear,higher,0,1,0"),
        "1000000.00",
        "1",
    ),
    "the score to 0.01%": (EARNED, "1000000", ("a,,,1,linear,higher,0,3,2",), "666700.00", "0.6667"),
    "the score to 1%": (EARNED + ", decimals = 0", "1000000", ("a,,,1,linear,higher,0,3,2",), "670000.00", "0.67"),
    "below the floor": (EARNED + ", floor = 50", "1000000", ("a,,,1,linear,higher,0,100,49.99",), "0.00", "0"),
    "at the floor": (EARNED + ", floor = 50", "1000000", ("a,,,1,linear,higher,0,100,50",), "500000.00", "0.5"),
    "at most the ceiling": (EARNED + ", ceiling = 80", "1000000", ("a,,,1,linear,higher,0,1,1",), "800000.00", "0.8"),
    "of this pool and of every pool": (
        EARNED,
        "1000000",
        ("a,,place,1,linear,higher,0,1,1", "b,,,1,linear,higher,0,1,0"),
        "500000.00",
        "0.5",
    ),
    "a loss isn't earned": (EARNED, "-1000000", ("a,,,1,linear,higher,0,10,0",), "-1000000.00", "0"),
}


@pytest.mark.parametrize("row", OUTCOMES)
def test_outcomes(row: str, tmp_path: Path) -> None:
    rule, variance, measures, kept, score = OUTCOMES[row]
    lines, table = one_line(variance), "\n".join([MEASURES, *measures])
    found = contract(tmp_path, (TO_TRUST, rule), lines, outcomes=table)
    assert found.figure("place", "outcomes.counted") == Decimal(score)
    assert found.pots("place") == {
        account: amount
        for account, amount in {"TRUST": Decimal(kept), "CCG": Decimal(variance) - Decimal(kept)}.items()
        if amount
    }


FOUR = shared("CCG = 40, COUNCIL = 30, TRUST = 20, CHARITY = 10")

CAP: dict[str, tuple[Rules, str, Pots]] = {
    "a gain, to another partner": (
        (HALVES, 'cap: side = "gain", from = "TRUST", limit = { amount = 100 }, excess_to = "CCG"'),
        "1000",
        {"CCG": "900.00", "TRUST": "100.00"},
    ),
    "a gain, under it": (
        (HALVES, 'cap: side = "gain", from = "TRUST", limit = { amount = 500 }, excess_to = "CCG"'),
        "1000",
        {"CCG": "500.00", "TRUST": "500.00"},
    ),
    "of gains, a loss": (
        (HALVES, 'cap: side = "gain", from = "TRUST", limit = { amount = 100 }, excess_to = "CCG"'),
        "-1000",
        {"CCG": "-500.00", "TRUST": "-500.00"},
    ),
    "both sides, a gain": (
        (HALVES, 'cap: from = "TRUST", limit = { amount = 100 }, excess_to = "unallocated"'),
        "1000",
        {"CCG": "500.00", "TRUST": "100.00", "unallocated": "400.00"},
    ),
    "both sides, a loss": (
        (HALVES, 'cap: from = "TRUST", limit = { amount = 100 }, excess_to = "unallocated"'),
        "-1000",
        {"CCG": "-500.00", "TRUST": "-100.00", "unallocated": "-400.00"},
    ),
    "the pool itself, before it is shared": (
        ('cap: from = "pool", limit = { percent = 1, of = "target" }, excess_to = "unshared"', TO_TRUST),
        "12000",
        {"CCG": "2000.00", "TRUST": "10000.00"},
    ),
    "the pool itself, a loss": (
        ('cap: from = "pool", limit = { percent = 1, of = "target" }, excess_to = "unshared"', TO_TRUST),
        "-12000",
        {"CCG": "-2000.00", "TRUST": "-10000.00"},
    ),
    "a percent of the contribution": (
        (TO_TRUST.replace("TRUST", "CCG"), cap_of("CCG", '{ percent = 0.5, of = "contribution" }')),
        "-12000",
        {"CCG": "-5000.00", "unallocated": "-7000.00"},
    ),
    "a percent of income": (
        (shared("CHARITY = 100"), cap_of("CHARITY", '{ percent = 0.5, of = "income" }')),
        "-12000",
        {"CHARITY": "-5000.00", "unallocated": "-7000.00"},
    ),
    "a percent of a role's income": (
        (
            TO_PROVIDERS,
            'cap: from = "providers", limit = { percent = 0.01, of = "income" }, excess_to = "CCG"',
            'allocate: from = "providers", key = "equal"',
        ),
        "-12000",
        {"CCG": "-8900.00", "TRUST": "-1550.00", "CHARITY": "-1550.00"},
    ),
    "a percent of a role's contribution": (
        (
            shared("commissioners = 100"),
            'cap: from = "commissioners", limit = { percent = 1, of = "contribution" }, excess_to = "TRUST"',
            'allocate: from = "commissioners", key = "equal"',
        ),
        "-12000",
        {"CCG": "-5000.00", "COUNCIL": "-5000.00", "TRUST": "-2000.00"},
    ),
    "the lowest of several": (
        (shared("CHARITY = 100"), cap_of("CHARITY", lowest('percent = 0.5, of = "income"', "amount = 4_999.99"))),
        "-12000",
        {"CHARITY": "-4999.99", "unallocated": "-7000.01"},
    ),
    "the lowest of several percents": (
        (
            shared("CHARITY = 100"),
            cap_of("CHARITY", lowest('percent = 0.5, of = "income"', 'percent = 0.4, of = "target"', "amount = 9_000")),
        ),
        "-12000",
        {"CHARITY": "-4000.00", "unallocated": "-8000.00"},
    ),
    "several pots at once": (
        (FOUR, "cap: limits = { TRUST = { amount = 150 }, CHARITY = { amount = 50 } }, excess_to = 'COUNCIL'"),
        "1000",
        {"CCG": "400.00", "COUNCIL": "400.00", "TRUST": "150.00", "CHARITY": "50.00"},
    ),
    "to others, a loss": (
        (FOUR, "cap: limits = { CCG = { amount = 100 } }, excess_to = 'others'"),
        "-1000",
        {"CCG": "-100.00", "COUNCIL": "-450.00", "TRUST": "-300.00", "CHARITY": "-150.00"},
    ),
    "to others, a gain": (
        (FOUR, "cap: side = 'gain', limits = { CCG = { amount = 100 } }, excess_to = 'others'"),
        "1000",
        {"CCG": "100.00", "COUNCIL": "450.00", "TRUST": "300.00", "CHARITY": "150.00"},
    ),
    "to others who are then over their own": (
        (FOUR, others(CCG=100, COUNCIL=350, TRUST=340)),
        "-1000",
        {"CCG": "-100.00", "COUNCIL": "-350.00", "TRUST": "-340.00", "CHARITY": "-210.00"},
    ),
    "to others until nobody can": (
        (FOUR, others(CCG=100, COUNCIL=350, TRUST=340, CHARITY=200)),
        "-1000",
        {"CCG": "-100.00", "COUNCIL": "-350.00", "TRUST": "-340.00", "CHARITY": "-200.00", "unallocated": "-10.00"},
    ),
    "to others, all at their limit": (
        (FOUR, others(CCG=0, COUNCIL=300, TRUST=200, CHARITY=100)),
        "-1000",
        {"COUNCIL": "-300.00", "TRUST": "-200.00", "CHARITY": "-100.00", "unallocated": "-400.00"},
    ),
    "to others who hold nothing": (
        (TO_TRUST, "cap: from = 'TRUST', limit = { amount = 100 }, excess_to = 'others'"),
        "-1000",
        {"TRUST": "-100.00", "unallocated": "-900.00"},
    ),
    "to others, in pennies": (
        (shared("CCG = 40, COUNCIL = 20, TRUST = 20, CHARITY = 20"), others(CCG=0)),
        "-0.05",
        {"COUNCIL": "-0.02", "TRUST": "-0.01", "CHARITY": "-0.02"},
    ),
}


@pytest.mark.parametrize("row", CAP)
def test_cap(row: str, tmp_path: Path) -> None:
    rules, variance, pots = CAP[row]
    assert contract(tmp_path, rules, one_line(variance)).pots("place") == money(pots)


KEYS: dict[str, tuple[Rules, str, Pots]] = {
    "equal, of all partners": (
        ('allocate: from = "pool", key = "equal"',),
        "0.10",
        {"CCG": "0.03", "COUNCIL": "0.02", "TRUST": "0.03", "CHARITY": "0.02"},
    ),
    "equal, of a role": (
        (TO_PROVIDERS, 'allocate: from = "providers", key = "equal"'),
        "-0.03",
        {"TRUST": "-0.02", "CHARITY": "-0.01"},
    ),
    "a fixed key": (
        ('allocate: from = "pool", key = { COUNCIL = 60, TRUST = 40 }',),
        "1000",
        {"COUNCIL": "600.00", "TRUST": "400.00"},
    ),
    "a fixed key that needn't add to 100": (
        ('allocate: from = "pool", key = { COUNCIL = 1, TRUST = 2.5, CCG = 0 }',),
        "-700",
        {"COUNCIL": "-200.00", "TRUST": "-500.00"},
    ),
    "all to one": (('allocate: from = "pool", key = { CHARITY = 1 }',), "-7.77", {"CHARITY": "-7.77"}),
    "a role's pot to a partner of another": (
        (TO_PROVIDERS, 'allocate: from = "providers", key = { CCG = 1, TRUST = 1 }'),
        "100",
        {"CCG": "50.00", "TRUST": "50.00"},
    ),
    "income, of a role": (
        (TO_PROVIDERS, 'allocate: from = "providers", key = "income"'),
        "-3100",
        {"TRUST": "-3000.00", "CHARITY": "-100.00"},
    ),
    "income, of those who have one": (
        ('allocate: from = "pool", key = "income"',),
        "3100",
        {"TRUST": "3000.00", "CHARITY": "100.00"},
    ),
    "a pot of its own": (
        (shared("reinvestment = 100"), 'allocate: from = "reinvestment", key = { COUNCIL = 100 }'),
        "55.55",
        {"COUNCIL": "55.55"},
    ),
    "a partner's pot, of which it keeps a part": (
        (TO_TRUST, 'allocate: from = "TRUST", key = { CHARITY = 1, TRUST = 3 }'),
        "-100",
        {"TRUST": "-75.00", "CHARITY": "-25.00"},
    ),
    "a partner's pot that is capped afterwards": (
        (TO_TRUST, 'allocate: from = "TRUST", key = { CHARITY = 1, TRUST = 3 }', others(TRUST=50)),
        "-100",
        {"TRUST": "-50.00", "CHARITY": "-50.00"},
    ),
}


@pytest.mark.parametrize("row", KEYS)
def test_allocate(row: str, tmp_path: Path) -> None:
    rules, variance, pots = KEYS[row]
    assert contract(tmp_path, rules, one_line(variance)).pots("place") == money(pots)


def test_allocate_by_contribution(tmp_path: Path) -> None:
    """The budgets held of the pool's lines: 300, 100 and (an income, as a negative budget) 200 - 100 = 100."""
    lines = """
        line,holder,budget,outturn
        a,CCG,300,250
        b,COUNCIL,100,100
        c,TRUST,200,200
        d,TRUST,-100,-100
    """
    found = contract(tmp_path, ('allocate: from = "pool", key = "contribution"',), lines)
    assert found.pots("place") == money({"CCG": "30.00", "COUNCIL": "10.00", "TRUST": "10.00"})


def test_allocate_by_contribution_counts_partners_of_the_role(tmp_path: Path) -> None:
    lines = "line,holder,budget,outturn\na,CCG,300,250\nb,COUNCIL,200,200\nc,TRUST,500,500"
    rules = (shared("commissioners = 100"), 'allocate: from = "commissioners", key = "contribution"')
    assert contract(tmp_path, rules, lines).pots("place") == money({"CCG": "30.00", "COUNCIL": "20.00"})


def drawn(terms: str) -> str:
    """A rule that draws on the risk reserve, which opens with £50,000."""
    return f'reserve: side = "loss", reserve = "risk_reserve"{terms}'


RESERVE: dict[str, tuple[Rules, str, Pots]] = {
    "a loss": ((drawn(""), TO_TRUST), "-40000", {"risk_reserve": "-40000.00"}),
    "a loss, to the balance": ((drawn(""), TO_TRUST), "-60000", {"risk_reserve": "-50000.00", "TRUST": "-10000.00"}),
    "a loss, to the limit": (
        (drawn(", limit = 30_000"), TO_TRUST),
        "-60000",
        {"risk_reserve": "-30000.00", "TRUST": "-30000.00"},
    ),
    "a part of a loss": (
        (drawn(", percent = 25"), TO_TRUST),
        "-60000",
        {"risk_reserve": "-15000.00", "TRUST": "-45000.00"},
    ),
    "a part of a loss, to the limit": (
        (drawn(", percent = 25, limit = 10_000"), TO_TRUST),
        "-60000",
        {"risk_reserve": "-10000.00", "TRUST": "-50000.00"},
    ),
    "no loss": ((drawn(""), TO_TRUST), "60000", {"TRUST": "60000.00"}),
    "what the first can't bear, the second": (
        (drawn(""), 'reserve: side = "loss", reserve = "second_reserve"', TO_TRUST),
        "-60000",
        {"risk_reserve": "-50000.00", "second_reserve": "-1000.00", "TRUST": "-9000.00"},
    ),
    "twice of the same": (
        (drawn(", limit = 30_000"), drawn(""), TO_TRUST),
        "-60000",
        {"risk_reserve": "-50000.00", "TRUST": "-10000.00"},
    ),
    "a part of a gain tops it up": (
        ('reserve: side = "gain", reserve = "risk_reserve", percent = 10', TO_TRUST),
        "60000",
        {"risk_reserve": "6000.00", "TRUST": "54000.00"},
    ),
    "a gain to the limit": (
        ('reserve: side = "gain", reserve = "risk_reserve", limit = 5_000', TO_TRUST),
        "60000",
        {"risk_reserve": "5000.00", "TRUST": "55000.00"},
    ),
    "a part of a gain, to the limit": (
        ('reserve: side = "gain", reserve = "risk_reserve", percent = 50, limit = 5_000', TO_TRUST),
        "6000",
        {"risk_reserve": "3000.00", "TRUST": "3000.00"},
    ),
    "of gains, a loss": (
        ('reserve: side = "gain", reserve = "risk_reserve", percent = 10', TO_TRUST),
        "-60000",
        {"TRUST": "-60000.00"},
    ),
}


@pytest.mark.parametrize("row", RESERVE)
def test_reserve(row: str, tmp_path: Path) -> None:
    rules, variance, pots = RESERVE[row]
    assert contract(tmp_path, rules, one_line(variance)).pots("place") == money(pots)


DECISION: dict[str, tuple[Rules, str, Pots]] = {
    "from one to another": (
        (HALVES, decided("TRUST", "CHARITY", "100")),
        "1000",
        {"CCG": "500.00", "TRUST": "400.00", "CHARITY": "100.00"},
    ),
    "more than it holds": (
        (HALVES, decided("TRUST", "CCG", "700")),
        "1000",
        {"CCG": "1200.00", "TRUST": "-200.00"},
    ),
    "of a loss": ((HALVES, decided("TRUST", "CCG", "100")), "-1000", {"CCG": "-400.00", "TRUST": "-600.00"}),
    "before the pool is shared": (
        (decided("pool", "CHARITY", "100"), HALVES),
        "1000",
        {"CCG": "450.00", "TRUST": "450.00", "CHARITY": "100.00"},
    ),
    "from one that holds nothing": (
        (TO_TRUST, decided("CCG", "TRUST", "5")),
        "1000",
        {"TRUST": "1005.00", "CCG": "-5.00"},
    ),
    "to what stays with the holders": (
        (TO_TRUST, decided("TRUST", "unshared", "5")),
        "1000",
        {"TRUST": "995.00", "CCG": "5.00"},
    ),
    "where there was nothing to share": (
        (TO_TRUST, decided("TRUST", "unshared", "5")),
        "0",
        {"TRUST": "-5.00", "CCG": "5.00"},
    ),
    "two of them": (
        (HALVES, decided("TRUST", "CHARITY", "100"), decided("CHARITY", "CCG", "0.01")),
        "1000",
        {"CCG": "500.01", "TRUST": "400.00", "CHARITY": "99.99"},
    ),
}


@pytest.mark.parametrize("row", DECISION)
def test_decision(row: str, tmp_path: Path) -> None:
    rules, variance, pots = DECISION[row]
    assert contract(tmp_path, rules, one_line(variance)).pots("place") == money(pots)


# Which lines a pool shares

MIXED = """
    line,fund,service,holder,provider,risk,budget,outturn
    beds,core,Beds,CCG,TRUST,shared,1000,900
    carers,core,Carers,COUNCIL,CHARITY,shared,1000,950
    placements,core,Placements,COUNCIL,CHARITY,shared,1000,1200
"""

EXCLUDE: dict[str, tuple[Rules, Pots]] = {
    "nothing": ((TO_TRUST,), {"TRUST": "-50.00"}),
    "a service": ((excluded('service = ["Placements"]'), TO_TRUST), {"TRUST": "150.00"}),
    "several services": ((excluded('service = ["Placements", "Carers"]'), TO_TRUST), {"TRUST": "100.00"}),
    "a holder": ((excluded('holder = ["COUNCIL"]'), TO_TRUST), {"TRUST": "100.00"}),
    "a provider": ((excluded('provider = ["TRUST"]'), TO_TRUST), {"TRUST": "-150.00"}),
    "what matches all of it": (
        (excluded('holder = ["COUNCIL"], service = ["Carers"]'), TO_TRUST),
        {"TRUST": "-100.00"},
    ),
    "twice": ((excluded('service = ["Placements"]'), excluded('service = ["Beds"]'), TO_TRUST), {"TRUST": "50.00"}),
    "twice the same line": (
        (excluded('service = ["Placements"]'), excluded('holder = ["COUNCIL"]'), TO_TRUST),
        {"TRUST": "100.00"},
    ),
    "everything": ((excluded('fund = ["core"]'), TO_TRUST), {}),
}


@pytest.mark.parametrize("row", EXCLUDE)
def test_exclude(row: str, tmp_path: Path) -> None:
    rules, pots = EXCLUDE[row]
    assert contract(tmp_path, rules, MIXED).pots("place") == money(pots)


def test_what_is_excluded_counts_neither_as_target_nor_as_position(tmp_path: Path) -> None:
    found = contract(tmp_path, (excluded('service = ["Placements"]'), TO_TRUST), MIXED)
    assert found.step("place", "target") == 2000
    assert found.step("place", "exclude.variance") == -200
    assert found.settlement("position") == money({"CCG": "100.00", "COUNCIL": "50.00"})


def test_a_fixed_line_stays_with_its_holder(tmp_path: Path) -> None:
    lines = MIXED.replace("TRUST,shared", "TRUST,fixed")
    found = contract(tmp_path, (TO_TRUST,), lines)
    assert found.pots("place") == money({"TRUST": "-150.00"})
    assert found.step("place", "variance.fixed") == 100
    assert found.settlement("position") == money({"COUNCIL": "-150.00"})


# Ring-fenced lines: which grant, budget, outturn, holder; beside a core line of 1000 that underspends by 200.
RING_FENCE: dict[str, tuple[tuple[str, ...], Pots]] = {
    "an underspend goes to the reserve": (("grant,500,450,",), {"grant_reserve": "50.00", "TRUST": "200.00"}),
    "an overspend stays in the pool": (("grant,500,550,",), {"TRUST": "150.00"}),
    "spent to the penny": (("grant,500,500,",), {"TRUST": "200.00"}),
    "net over the lines of a grant": (
        ("grant,500,450,", "grant,500,520,"),
        {"grant_reserve": "30.00", "TRUST": "200.00"},
    ),
    "net over the grants of a reserve": (
        ("grant,500,450,", "second_grant,500,520,"),
        {"grant_reserve": "30.00", "TRUST": "200.00"},
    ),
    "a net overspend over them": (("grant,500,450,", "second_grant,500,620,"), {"TRUST": "130.00"}),
    "several holders": (
        ("grant,500,450,CCG", "grant,500,520,COUNCIL"),
        {"grant_reserve": "30.00", "TRUST": "200.00"},
    ),
}


@pytest.mark.parametrize("row", RING_FENCE)
def test_ring_fence(row: str, tmp_path: Path) -> None:
    grants, pots = RING_FENCE[row]
    lines = ["line,fund,budget,outturn,holder", "core,core,1000,800,CCG"]
    lines += [f"grant {number},{grant}" for number, grant in enumerate(grants)]
    assert contract(tmp_path, (TO_TRUST,), "\n".join(lines)).pots("place") == money(pots)


def test_the_ring_fence_comes_before_the_threshold(tmp_path: Path) -> None:
    """Of a gain of 250 on 1500, 50 is ring-fenced; 200 is below 15% of the target, 225."""
    lines = "line,fund,budget,outturn\ncore,core,1000,800\ngrant,grant,500,450"
    found = contract(tmp_path, ("threshold: percent = 15", TO_TRUST), lines)
    assert found.pots("place") == money({"grant_reserve": "50.00", "CCG": "200.00"})


# What is not shared stays with the holders

KEPT = "threshold: amount = 1_000_000_000"

# Variances of CCG and COUNCIL, the rules, and what the accounts hold in the end.
UNSHARED: dict[str, tuple[int, int, Rules, Pots]] = {
    "in proportion to their variances": (200, 100, (KEPT, TO_TRUST), {"CCG": "200.00", "COUNCIL": "100.00"}),
    "half of it": (
        200,
        100,
        ("share_ranges: bands = [{ shares = { unshared = 50, TRUST = 50 } }]",),
        {"CCG": "100.00", "COUNCIL": "50.00", "TRUST": "150.00"},
    ),
    "variances of opposite signs": (300, -100, (KEPT, TO_TRUST), {"CCG": "300.00", "COUNCIL": "-100.00"}),
    "half of opposite signs": (
        300,
        -100,
        ("share_ranges: bands = [{ shares = { unshared = 50, TRUST = 50 } }]",),
        {"CCG": "150.00", "COUNCIL": "-50.00", "TRUST": "100.00"},
    ),
    "only one has a variance": (-70, 0, (KEPT, TO_TRUST), {"CCG": "-70.00"}),
    "no variance in all: each keeps its own": (
        500,
        -500,
        (KEPT, TO_TRUST),
        {"CCG": "500.00", "COUNCIL": "-500.00"},
    ),
    "no variance in all, which is shared": (500, -500, (TO_TRUST,), {"CCG": "500.00", "COUNCIL": "-500.00"}),
    "nothing at all": (0, 0, (TO_TRUST,), {}),
    "nothing but what the board moves to the holders": (
        0,
        0,
        (TO_TRUST, decided("TRUST", "unshared", "4")),
        {"CCG": "3.00", "COUNCIL": "1.00", "TRUST": "-4.00"},
    ),
}


@pytest.mark.parametrize("row", UNSHARED)
def test_what_is_not_shared(row: str, tmp_path: Path) -> None:
    """The budgets are 3000 and 1000."""
    ccg, council, rules, pots = UNSHARED[row]
    lines = f"line,holder,budget,outturn\na,CCG,3000,{3000 - ccg}\nb,COUNCIL,1000,{1000 - council}"
    assert contract(tmp_path, rules, lines).pots("place") == money(pots)


def test_a_pool_without_variance_says_so_and_nobody_pays(tmp_path: Path) -> None:
    lines = "line,holder,budget,outturn\na,CCG,3000,2500\nb,COUNCIL,1000,1500"
    found = contract(tmp_path, (TO_TRUST,), lines)
    assert found.step("place", "nothing") == 1
    assert found.payments() == []


def test_a_penny_short_of_no_variance_is_shared(tmp_path: Path) -> None:
    lines = "line,holder,budget,outturn\na,CCG,3000,2500\nb,COUNCIL,1000,1499.99"
    found = contract(tmp_path, (TO_TRUST,), lines)
    assert found.step("place", "nothing") == 0
    assert found.pots("place") == money({"TRUST": "0.01"})
    assert found.settlement() == money({"CCG": "-500.00", "COUNCIL": "499.99", "TRUST": "0.01"})


# Several pools

LOCAL = 'for_each = "adult"\nscope = { level = ["locality"] }'
PLACE = 'scope = { level = ["place"] }'
SYSTEM = 'scope = { level = ["system"] }'


def pools_contract(folder: Path, pools: Mapping[str, tuple[str, Rules]], lines: str, **tables: str) -> Answer:
    """The figures of several pools: code, scope and rules; the localities are GRAYS and TILBURY, three to one."""
    head = HEAD.format(name="pools") + PARTNERS + RESERVES + FUNDS + GRANT + ADULT
    inputs = LINES_INPUT.replace('level = "place"\n', "")
    text = "".join(f'\n[[pools]]\ncode = "{code}"\n{scope}\n{toml(rules)}' for code, (scope, rules) in pools.items())
    found = answer(write_model(folder / "pools", head + inputs + text, lines=lines, **{"adult": LOCALITIES, **tables}))
    assert found.failing_checks() == []
    return found


BY_LOCALITY = """
    line,level,locality,basis,budget,outturn
    g,locality,GRAYS,,1000,{grays}
    t,locality,TILBURY,,1000,{tilbury}
    both,locality,,registered,400,400
    p,place,,,5000,{place}
    s,system,,,5000,{system}
"""


def by_locality(grays: int = 0, tilbury: int = 0, place: int = 0, system: int = 0) -> str:
    """Lines with these variances in two localities of £1300 and £1100, at the place and in the system, £5000 each."""
    return BY_LOCALITY.format(grays=1000 - grays, tilbury=1000 - tilbury, place=5000 - place, system=5000 - system)


def test_each_locality_is_shared_by_itself(tmp_path: Path) -> None:
    """A threshold of 10% is 130 in Grays and 110 in Tilbury."""
    found = pools_contract(tmp_path, {"local": (LOCAL, ("threshold: percent = 10", TO_TRUST))}, by_locality(120, 120))
    assert found.pots("local:GRAYS") == money({"CCG": "120.00"})
    assert found.pots("local:TILBURY") == money({"TRUST": "120.00"})
    assert found.settlement("entitlement") == money({"CCG": "120.00", "TRUST": "120.00"})


def test_a_reserve_is_drawn_by_the_pools_in_their_order(tmp_path: Path) -> None:
    """Of £1000 Grays draws 700, Tilbury what is left, the place nothing."""
    draw = 'reserve: side = "loss", reserve = "second_reserve"'
    pools = {"local": (LOCAL, (draw, TO_TRUST)), "place": (PLACE, (draw, TO_TRUST))}
    found = pools_contract(tmp_path, pools, by_locality(-700, -600, -100))
    assert found.pots("local:GRAYS") == money({"second_reserve": "-700.00"})
    assert found.pots("local:TILBURY") == money({"second_reserve": "-300.00", "TRUST": "-300.00"})
    assert found.pots("place") == money({"TRUST": "-100.00"})


def test_a_limit_on_a_reserve_holds_in_each_pool(tmp_path: Path) -> None:
    draw = 'reserve: side = "loss", reserve = "second_reserve", limit = 400'
    pools = {"local": (LOCAL, (draw, TO_TRUST)), "place": (PLACE, (draw, TO_TRUST))}
    found = pools_contract(tmp_path, pools, by_locality(-700, -600, -300))
    assert found.pots("local:TILBURY") == money({"second_reserve": "-400.00", "TRUST": "-200.00"})
    assert found.pots("place") == money({"second_reserve": "-200.00", "TRUST": "-100.00"})


def test_what_a_gain_tops_up_can_be_drawn_by_a_later_pool(tmp_path: Path) -> None:
    """Tilbury's gain brings the reserve from 1000 to 1050; Grays has drawn nothing of it yet, the place draws all."""
    top_up = 'reserve: side = "gain", reserve = "second_reserve", percent = 50'
    draw = 'reserve: side = "loss", reserve = "second_reserve"'
    pools = {"local": (LOCAL, (top_up, TO_TRUST)), "place": (PLACE, (draw, TO_TRUST))}
    found = pools_contract(tmp_path, pools, by_locality(-700, 100, -1200))
    assert found.pots("local:TILBURY") == money({"second_reserve": "50.00", "TRUST": "50.00"})
    assert found.pots("place") == money({"second_reserve": "-1050.00", "TRUST": "-150.00"})
    assert found.closing_balances()["second_reserve"] == 0


def test_a_decision_is_for_one_pool_of_several(tmp_path: Path) -> None:
    rules = (TO_TRUST, decided("TRUST", "CHARITY", "30", "local:TILBURY"))
    found = pools_contract(tmp_path, {"local": (LOCAL, rules)}, by_locality(100, 100))
    assert found.pots("local:GRAYS") == money({"TRUST": "100.00"})
    assert found.pots("local:TILBURY") == money({"TRUST": "70.00", "CHARITY": "30.00"})


def test_a_score_by_pool(tmp_path: Path) -> None:
    """Grays earns all of measure a, Tilbury nothing of it; b counts for both, and nobody reaches anything of it."""
    rows = [
        "a,,local:GRAYS,1,linear,higher,0,1,1",
        "a,,local:TILBURY,1,linear,higher,0,1,0",
        "b,,,3,linear,higher,0,1,0",
    ]
    table = "\n".join([MEASURES, *rows])
    found = pools_contract(tmp_path, {"local": (LOCAL, (TO_TRUST, EARNED))}, by_locality(100, 100), outcomes=table)
    assert found.pots("local:GRAYS") == money({"TRUST": "25.00", "CCG": "75.00"})
    assert found.pots("local:TILBURY") == money({"CCG": "100.00"})


EXCESS_UP = 'cap: from = "pool", limit = { amount = 50 }, excess_to = "pool:place"'


def test_an_excess_is_passed_up_to_a_later_pool(tmp_path: Path) -> None:
    """Grays passes 70 up, Tilbury a loss of 20; the place shares its own 10 and the 50 that were passed up."""
    pools = {"local": (LOCAL, (EXCESS_UP, TO_TRUST)), "place": (PLACE, (shared("CHARITY = 100"),))}
    found = pools_contract(tmp_path, pools, by_locality(120, -70, 10))
    assert found.pots("local:GRAYS") == money({"TRUST": "50.00", "pool:place": "70.00"})
    assert found.pots("local:TILBURY") == money({"TRUST": "-50.00", "pool:place": "-20.00"})
    assert found.step("place", "passed_up") == 50
    assert found.pots("place") == money({"CHARITY": "60.00"})
    assert found.settlement("entitlement") == money({"CHARITY": "60.00"})


def test_money_is_passed_up_twice(tmp_path: Path) -> None:
    to_system = shared("CCG = 50, 'pool:system' = 50")
    pools = {"local": (LOCAL, (EXCESS_UP, TO_TRUST)), "place": (PLACE, (to_system,)), "system": (SYSTEM, (TO_TRUST,))}
    found = pools_contract(tmp_path, pools, by_locality(120, -70, 10, -5))
    assert found.pots("place") == money({"CCG": "30.00", "pool:system": "30.00"})
    assert found.pots("system") == money({"TRUST": "25.00"})


def test_money_is_passed_down_to_one_of_the_pools_of_a_geography(tmp_path: Path) -> None:
    to_tilbury = shared("'pool:local:TILBURY' = 100")
    pools = {"place": (PLACE, (to_tilbury,)), "local": (LOCAL, (TO_TRUST,))}
    found = pools_contract(tmp_path, pools, by_locality(1, 2, 10))
    assert found.pots("local:GRAYS") == money({"TRUST": "1.00"})
    assert found.pots("local:TILBURY") == money({"TRUST": "12.00"})


def test_money_is_passed_to_the_only_pool_of_a_geography(tmp_path: Path) -> None:
    pools = {"place": (PLACE, (shared("'pool:local:GRAYS' = 100"),)), "local": (LOCAL, (TO_TRUST,))}
    lines = "line,level,locality,basis,budget,outturn\ng,locality,GRAYS,,1000,999\np,place,,,5000,4990"
    found = pools_contract(tmp_path, pools, lines, adult="locality,name,registered\nGRAYS,Grays,3")
    assert found.pots("local:GRAYS") == money({"TRUST": "11.00"})
    assert found.settlement() == money({"CCG": "-11.00", "TRUST": "11.00"})


def test_what_is_passed_up_and_not_shared_goes_to_the_holders_there(tmp_path: Path) -> None:
    """In proportion to their variances there, 30 and 10; to their budgets, 4000 and 1000, where these add to zero."""
    text = """
        line,level,locality,holder,budget,outturn
        g,locality,GRAYS,CCG,1000,900
        p,place,,CCG,4000,{ccg}
        q,place,,COUNCIL,1000,{council}
    """
    pools = {"local": (LOCAL, (EXCESS_UP, TO_TRUST)), "place": (PLACE, (KEPT, TO_TRUST))}
    found = pools_contract(tmp_path / "a", pools, text.format(ccg=3970, council=990))
    assert found.pots("place") == money({"CCG": "67.50", "COUNCIL": "22.50"})
    found = pools_contract(tmp_path / "b", pools, text.format(ccg=4000, council=1000))
    assert found.pots("place") == money({"CCG": "40.00", "COUNCIL": "10.00"})


def test_what_is_passed_up_beyond_opposite_variances_goes_by_budgets(tmp_path: Path) -> None:
    """Of 50.01 not shared, 0.01 is theirs: 1000.00 and (999.99); the 50.00 from Grays go 4000 to 1000, not by these."""
    lines = """
        line,level,locality,holder,budget,outturn
        g,locality,GRAYS,CCG,1000,900
        p,place,,CCG,4000,3000
        q,place,,COUNCIL,1000,1999.99
    """
    pools = {"local": (LOCAL, (EXCESS_UP, TO_TRUST)), "place": (PLACE, (KEPT, TO_TRUST))}
    found = pools_contract(tmp_path, pools, lines)
    assert found.step("place", "unshared") == Decimal("50.01")
    assert found.pots("place") == money({"CCG": "1040.00", "COUNCIL": "-989.99"})


def test_a_loss_passed_up_against_opposite_variances_goes_by_budgets(tmp_path: Path) -> None:
    """Nothing of the loss of 1000 is theirs, who together gained: 3000 less 1000, and 3000 passed up."""
    lines = """
        line,level,locality,holder,budget,outturn
        g,locality,GRAYS,CCG,1000,4050
        p,place,,CCG,4000,1000
        q,place,,COUNCIL,1000,2000
    """
    pools = {"local": (LOCAL, (EXCESS_UP, TO_TRUST)), "place": (PLACE, (KEPT, TO_TRUST))}
    found = pools_contract(tmp_path, pools, lines)
    assert found.step("place", "unshared") == Decimal("-1000.00")
    assert found.pots("place") == money({"CCG": "-800.00", "COUNCIL": "-200.00"})


# Settlement


def settled(folder: Path, variances: Sequence[int], shares: Sequence[int]) -> Answer:
    """CCG, COUNCIL, TRUST and CHARITY bear these variances, and are to bear these percentages of their total."""
    codes = ("CCG", "COUNCIL", "TRUST", "CHARITY")
    lines = ["line,holder,budget,outturn"]
    lines += [f"{code},{code},10000,{10_000 - own}" for code, own in zip(codes, variances, strict=True)]
    split = ", ".join(f"{code} = {share}" for code, share in zip(codes, shares, strict=True))
    return contract(folder, (shared(split),), "\n".join(lines))


Payments: TypeAlias = list[tuple[str, str, str]]

# Variances borne, percentages entitled to, and who pays whom.
SETTLEMENT: dict[str, tuple[tuple[int, ...], tuple[int, ...], Payments]] = {
    "one pays one": ((100, 0, 0, 0), (50, 50, 0, 0), [("CCG", "COUNCIL", "50.00")]),
    "one pays all": (
        (100, 0, 0, 0),
        (25, 25, 25, 25),
        [("CCG", "COUNCIL", "25.00"), ("CCG", "TRUST", "25.00"), ("CCG", "CHARITY", "25.00")],
    ),
    "all pay one, who bears the loss": (
        (-100, 0, 0, 0),
        (25, 25, 25, 25),
        [("COUNCIL", "CCG", "25.00"), ("TRUST", "CCG", "25.00"), ("CHARITY", "CCG", "25.00")],
    ),
    "in declared order": (
        (60, 40, 0, 0),
        (0, 0, 30, 70),
        [("CCG", "TRUST", "30.00"), ("CCG", "CHARITY", "30.00"), ("COUNCIL", "CHARITY", "40.00")],
    ),
    "payers and receivers mixed": (
        (0, 80, 0, 20),
        (50, 0, 50, 0),
        [("COUNCIL", "CCG", "50.00"), ("COUNCIL", "TRUST", "30.00"), ("CHARITY", "TRUST", "20.00")],
    ),
    "opposite variances": (
        (300, -100, 0, 0),
        (50, 50, 0, 0),
        [("CCG", "COUNCIL", "200.00")],
    ),
    "everyone has what is theirs": ((10, 20, 30, 40), (10, 20, 30, 40), []),
    "nothing": ((0, 0, 0, 0), (25, 25, 25, 25), []),
}


@pytest.mark.parametrize("row", SETTLEMENT)
def test_settlement(row: str, tmp_path: Path) -> None:
    variances, shares, payments = SETTLEMENT[row]
    found = settled(tmp_path, variances, shares)
    assert found.payments() == [(giver, taker, Decimal(amount)) for giver, taker, amount in payments]
    assert sum(found.settlement().values()) == 0


def test_reserves_and_other_accounts_take_part_with_a_position_of_zero(tmp_path: Path) -> None:
    """A loss of 1000 on the CCG: the reserve bears 600, the trust 100, nobody 300. The CCG gets 700 and lacks 300."""
    rules = (drawn(", limit = 600"), cap_of("pool", "{ amount = 100 }"), TO_TRUST)
    found = contract(tmp_path, rules, one_line(-1000))
    assert found.settlement("position") == money({"CCG": "-1000.00"})
    assert found.settlement("entitlement") == money(
        {"TRUST": "-100.00", "risk_reserve": "-600.00", "unallocated": "-300.00"}
    )
    assert found.payments() == [
        ("TRUST", "CCG", Decimal("100.00")),
        ("risk_reserve", "CCG", Decimal("600.00")),
        ("unallocated", "CCG", Decimal("300.00")),
    ]
    assert found.closing_balances()["risk_reserve"] == 49_400


def test_pools_are_settled_together(tmp_path: Path) -> None:
    """The trust gains 100 in Grays and bears 100 at the place: nobody pays anybody anything."""
    found = pools_contract(
        tmp_path, {"local": (LOCAL, (TO_TRUST,)), "place": (PLACE, (TO_TRUST,))}, by_locality(100, 0, -100)
    )
    assert found.settlement() == {}
    assert found.payments() == []
