"""What allocate does, one row per thing it can do.

Unless a row says otherwise, one pool has a target of £1,000,000, held by the CCG. Gains are positive, losses negative.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cases import FUNDS, HEAD, LINES_INPUT, PARTNERS, findings, write_model
from contracts import (
    ADULT,
    GRANT,
    LOCAL,
    LOCALITIES,
    RESERVES,
    TO_PROVIDERS,
    TO_TRUST,
    Pots,
    Rules,
    contract,
    money,
    one_line,
    others,
    shared,
    toml,
)

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


def test_a_key_without_weights_is_told_though_a_later_rule_takes_what_it_leaves(tmp_path: Path) -> None:
    """In Grays no commissioner holds a budget: half of 100.00 stays in their pot, where the next key finds it."""
    rules = (
        shared("commissioners = 50, TRUST = 50"),
        'allocate: from = "commissioners", key = "contribution"',
        'withhold: from = "TRUST", percent = 10, to = "commissioners"',
        'allocate: from = "commissioners", key = "equal"',
    )
    head = HEAD.format(name="pools") + PARTNERS + RESERVES + FUNDS + GRANT + ADULT
    pool = f'{LINES_INPUT.replace("level = ", "# ")}\n[[pools]]\ncode = "local"\n{LOCAL}\n{toml(rules)}'
    lines = """line,level,locality,holder,budget,outturn
        g,locality,GRAYS,TRUST,1000,900
        t,locality,TILBURY,CCG,1000,900"""
    found = findings(write_model(tmp_path / "pools", head + pool, lines=lines, adult=LOCALITIES))
    errors = [text for text in found if text.startswith("error")]
    assert len(errors) == 1
    assert "pool 'local:GRAYS': £50.00 stays in a pot because the weights of a key add to zero there" in errors[0]
