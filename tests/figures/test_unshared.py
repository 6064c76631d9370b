"""What is not shared stays with the holders."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from contracts import (
    KEPT,
    LOCAL,
    TO_TRUST,
    Pots,
    Rules,
    contract,
    decided,
    money,
    pools_contract,
    shared,
)
from recalculation import ironcalc, prove
from riskshare.build import build

PENNY = Decimal("0.01")

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
    "no variance in all, which is shared": (500, -500, (TO_TRUST,), {}),
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


# A rule, and what part of the holders' own variances it leaves unshared, of a gain of nothing as of a gain of a penny.
QUITS = "measure,weight,method,better,baseline,target,result\nquits,1,linear,higher,0,4,3"
HALF_UNSHARED = (
    "share_ranges: bands = [{ up_to = 1, shares = { unshared = 50, TRUST = 50 } }, { shares = { TRUST = 100 } }]"
)
NOTHING: dict[str, tuple[Rules, str]] = {
    "all of it is shared": ((TO_TRUST,), "0"),
    "a threshold": ((KEPT, TO_TRUST), "1"),
    "a threshold of nothing": (("threshold: amount = 0", TO_TRUST), "0"),
    "a threshold that leaves its excess": (('threshold: percent = 1, basis = "excess_only"', TO_TRUST), "1"),
    "a threshold of losses": (('threshold: side = "loss", percent = 1', TO_TRUST), "0"),
    "the first band of a gain": ((HALF_UNSHARED,), "0.5"),
    "the band that a whole amount reaches": ((f'{HALF_UNSHARED}, method = "whole_amount"',), "0.5"),
    "a band of losses": (
        (
            'share_ranges: side = "loss", bands = [{ shares = { unshared = 100 } }]',
            'share_ranges: side = "gain", bands = [{ shares = { unshared = 20, TRUST = 80 } }]',
        ),
        "0.2",
    ),
    "what a reserve leaves of it": (
        ('reserve: side = "gain", reserve = "risk_reserve", percent = 10', KEPT, TO_TRUST),
        "0.9",
    ),
    "a reserve that bears losses": (('reserve: side = "loss", reserve = "risk_reserve"', KEPT, TO_TRUST), "1"),
    "a withheld part": (('withhold: from = "pool", percent = 30, to = "unshared"', TO_TRUST), "0.3"),
    "a withheld part of at most nothing": (
        ('withhold: from = "pool", percent = 30, limit = 0, to = "unshared"', TO_TRUST),
        "0",
    ),
    "what is carried forward first": (
        ('carry_forward: side = "gain", from = "pool", percent = 40', KEPT, TO_TRUST),
        "0.6",
    ),
    "a cap": (('cap: from = "pool", limit = { amount = 100 }, excess_to = "unshared"', TO_TRUST), "0"),
    "a cap of nothing": (('cap: from = "pool", limit = { amount = 0 }, excess_to = "unshared"', TO_TRUST), "1"),
    "what outcomes don't earn": (
        (
            shared("providers = 60, CCG = 40"),
            'outcomes: from = "providers", measures = "inputs/quits.csv", forfeited_to = "unshared"',
            'allocate: from = "providers", key = "equal"',
        ),
        "0.15",
    ),
    "two rules, one after the other": (
        ('withhold: from = "pool", percent = 50, to = "unshared"', HALF_UNSHARED),
        "0.75",
    ),
    "a threshold before what the board decides": (
        (KEPT, decided("pool", "TRUST", "100"), shared("TRUST = 100")),
        "1",
    ),
}


@pytest.mark.parametrize("row", NOTHING)
def test_a_pool_without_variance_is_shared_like_a_gain_of_nothing(row: str, tmp_path: Path) -> None:
    """The holders, 60,000.00 over and under, keep the same part of them whether a penny is gained or none."""
    rules, part = NOTHING[row]
    for gain in ("0.00", "0.01"):
        lines = f"line,holder,budget,outturn\na,CCG,300000,{Decimal(240_000) - Decimal(gain)}\nb,COUNCIL,100000,160000"
        found = contract(tmp_path, rules, lines, quits=QUITS)
        kept = {code: found.step("place", f"kept.{code}") for code in ("CCG", "COUNCIL") if Decimal(part)}
        own = 60_000 * Decimal(part)
        assert all(abs(amount - sign * own) <= PENNY for amount, sign in zip(kept.values(), (1, -1), strict=False))
        assert abs(sum(kept.values()) - Decimal(gain) * Decimal(part)) <= PENNY


def test_a_pool_without_variance_whose_rules_share_it_moves_the_holders_positions(tmp_path: Path) -> None:
    """One gained what the other lost: all of it is shared, so that the first pays for the second."""
    lines = "line,holder,budget,outturn\na,CCG,3000,2500\nb,COUNCIL,1000,1500"
    found = contract(tmp_path, (TO_TRUST,), lines)
    assert found.settlement() == money({"CCG": "-500.00", "COUNCIL": "500.00"})
    assert found.payments() == [("CCG", "COUNCIL", Decimal("500.00"))]


def test_a_pool_of_a_million_each_way_is_shared_like_one_with_a_penny(tmp_path: Path) -> None:
    """A section 75 pool that is split by contribution: it covers the overspend, with a penny and without."""
    rules = ('allocate: from = "pool", key = "contribution"',)
    lines = "line,holder,budget,outturn\na,CCG,10000000,{}\nb,COUNCIL,10000000,11000000"
    zero = contract(tmp_path / "zero", rules, lines.format("9000000"))
    penny = contract(tmp_path / "penny", rules, lines.format("8999999.99"))
    assert zero.settlement() == money({"CCG": "-1000000.00", "COUNCIL": "1000000.00"})
    assert penny.settlement() == money({"CCG": "-1000000.00", "COUNCIL": "1000000.00"})


def test_a_penny_short_of_no_variance_is_shared(tmp_path: Path) -> None:
    lines = "line,holder,budget,outturn\na,CCG,3000,2500\nb,COUNCIL,1000,1499.99"
    found = contract(tmp_path, (TO_TRUST,), lines)
    assert found.pots("place") == money({"TRUST": "0.01"})
    assert found.settlement() == money({"CCG": "-500.00", "COUNCIL": "499.99", "TRUST": "0.01"})


def test_what_holders_of_opposite_variances_keep_is_not_rounded_on_the_way(tmp_path: Path) -> None:
    """A third of a gain of 0.02 is 0.01, half of it; but of 60,000.02 and (60,000.00) each keeps a third."""
    rules = ("share_ranges: bands = [{ shares = { unshared = 33.333333, TRUST = 66.666667 } }]",)
    lines = "line,holder,budget,outturn\na,CCG,300000,239999.98\nb,COUNCIL,100000,160000"
    found = contract(tmp_path, rules, lines)
    assert found.step("place", "unshared") == Decimal("0.01")
    assert found.pots("place") == money({"CCG": "20000.01", "COUNCIL": "-20000.00", "TRUST": "0.01"})


def test_the_example_of_the_page_on_arithmetic(tmp_path: Path) -> None:
    """Of 60,000.00 less 59,970.00 a third, £10.00, is below the threshold: each keeps a third of its own."""
    lines = "line,holder,budget,outturn\na,CCG,300000,240000\nb,COUNCIL,100000,159970"
    found = contract(tmp_path, ('threshold: amount = 10, basis = "excess_only"', TO_TRUST), lines)
    assert found.pots("place") == money({"CCG": "20000.00", "COUNCIL": "-19990.00", "TRUST": "20.00"})


def test_what_the_board_gives_the_holders_goes_by_budgets(tmp_path: Path) -> None:
    """It is nobody's own variance, whatever their signs: 400 of it go 3000 to 1000."""
    rules = (TO_TRUST, decided("TRUST", "unshared", "400"))
    for council in (1000, 1000.01, 999.99):
        lines = f"line,holder,budget,outturn\na,CCG,3000,2500\nb,COUNCIL,1000,{council}"
        assert contract(tmp_path, rules, lines).step("place", "unshared.CCG") == 300


def test_a_workbook_of_opposite_variances_recalculates(tmp_path: Path) -> None:
    rules = ('reserve: side = "gain", reserve = "risk_reserve", percent = 10', HALF_UNSHARED)
    contract(tmp_path, rules, "line,holder,budget,outturn\na,CCG,3000,2500\nb,COUNCIL,1000,1499.33")
    build(tmp_path / "place", tmp_path / "place.xlsx")
    assert prove(tmp_path / "place.xlsx", ironcalc) == []


def test_what_is_prorated_stays_the_holders_own(tmp_path: Path) -> None:
    """The trust is paid 100 in Grays and owes 300 in Tilbury, where a third is paid and two thirds stay unshared.

    Tilbury's holders gained 60,000 and lost 60,300: each keeps two thirds of its own.
    """
    rules = (TO_TRUST, 'prorate: from = "TRUST", excess_to = "unshared"')
    lines = """line,level,locality,holder,budget,outturn
        g,locality,GRAYS,CCG,100000,99900
        t,locality,TILBURY,CCG,300000,240000
        u,locality,TILBURY,COUNCIL,100000,160300"""
    found = pools_contract(tmp_path, {"local": (LOCAL, rules)}, lines)
    assert found.pots("local:TILBURY") == money({"TRUST": "-100.00", "CCG": "40000.00", "COUNCIL": "-40200.00"})
