"""What cap does, one row per thing it can do.

Unless a row says otherwise, one pool has a target of £1,000,000, held by the CCG. Gains are positive, losses negative.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts import (
    HALVES,
    TO_PROVIDERS,
    TO_TRUST,
    Pots,
    Rules,
    cap_of,
    contract,
    lowest,
    money,
    one_line,
    others,
    shared,
)

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
