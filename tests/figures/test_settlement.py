"""Who pays whom after the last rule."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import pytest

from cases import Answer
from contracts import (
    LOCAL,
    PLACE,
    TO_TRUST,
    by_locality,
    cap_of,
    contract,
    drawn,
    money,
    one_line,
    pools_contract,
    shared,
)


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
    "in proportion to what is owed": (
        (60, 40, 0, 0),
        (0, 0, 30, 70),
        [
            ("CCG", "TRUST", "18.00"),
            ("CCG", "CHARITY", "42.00"),
            ("COUNCIL", "TRUST", "12.00"),
            ("COUNCIL", "CHARITY", "28.00"),
        ],
    ),
    "payers and receivers mixed": (
        (0, 80, 0, 20),
        (50, 0, 50, 0),
        [
            ("COUNCIL", "CCG", "40.00"),
            ("COUNCIL", "TRUST", "40.00"),
            ("CHARITY", "CCG", "10.00"),
            ("CHARITY", "TRUST", "10.00"),
        ],
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


def test_a_holder_draws_on_its_own_reserve_and_others_pay(tmp_path: Path) -> None:
    """A loss of 1000 on the CCG: its own reserve bears 600, the trust 100, nobody 300.

    The CCG draws 600 in its books, which nobody pays it; the trust pays it 100, and 300 is left to be decided on.
    """
    rules = (drawn(", limit = 600"), cap_of("pool", "{ amount = 100 }"), TO_TRUST)
    found = contract(tmp_path, rules, one_line(-1000))
    assert found.settlement("position") == money({"CCG": "-1000.00"})
    assert found.settlement("entitlement") == money(
        {"TRUST": "-100.00", "risk_reserve": "-600.00", "unallocated": "-300.00"}
    )
    assert found.settlement("transfer") == money(
        {"CCG": "1000.00", "TRUST": "-100.00", "risk_reserve": "-600.00", "unallocated": "-300.00"}
    )
    assert found.settlement("appropriated") == money({"CCG": "600.00", "risk_reserve": "-600.00"})
    assert found.payments() == [
        ("TRUST", "CCG", Decimal("100.00")),
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
