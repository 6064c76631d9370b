"""What reserve and decision do, one row per thing they can do.

Unless a row says otherwise, one pool has a target of £1,000,000, held by the CCG. Gains are positive, losses negative.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts import (
    HALVES,
    TO_TRUST,
    Pots,
    Rules,
    contract,
    decided,
    drawn,
    money,
    one_line,
)

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
