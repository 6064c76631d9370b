"""Which lines a pool shares: exclude, fixed lines and the ring-fence.

Unless a row says otherwise, one pool has a target of £1,000,000, held by the CCG. Gains are positive, losses negative.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts import (
    TO_TRUST,
    Pots,
    Rules,
    contract,
    excluded,
    money,
)

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
