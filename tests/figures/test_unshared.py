"""What is not shared stays with the holders."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts import (
    KEPT,
    TO_TRUST,
    Pots,
    Rules,
    contract,
    decided,
    money,
)

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
