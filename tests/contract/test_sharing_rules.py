"""What threshold, share_ranges and outcomes do, one row per thing they can do.

Unless a row says otherwise, one pool has a target of £1,000,000, held by the CCG. Gains are positive, losses negative.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from contracts import (
    EARNED,
    HALVES,
    MEASURES,
    TO_TRUST,
    Pots,
    Rules,
    contract,
    money,
    one_line,
)

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
