"""Guarantees are honoured whatever the funder's pot holds, and what a later rule undoes is an error.

One pool has a target of £1,000,000, held by the CCG, and a loss of £100,000 unless a row says otherwise.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from cases import FUNDS, HEAD, LINES_INPUT, PARTNERS, POOL, findings, write_model
from contracts import GRANT, RESERVES, Pots, Rules, contract, decided, money, one_line, shared, toml
from recalculation import ironcalc, prove
from riskshare.build import build

ON_TRUST = shared("TRUST = 100")
BY_CCG = 'guarantee: partner = "TRUST", floor = -50_000, funded_by = "CCG"'
BY_COMMISSIONERS = 'guarantee: partner = "TRUST", floor = -50_000, funded_by = "commissioners"'
SPLIT = 'allocate: from = "commissioners", key = {{ {} }}'
HALF_SPLIT = shared("TRUST = 60, commissioners = 40")
BLEND = 'allocate: from = "commissioners", key = [{ weight = 75, key = "equal" }, { weight = 25, key = { CCG = 1 } }]'

HONOURED: dict[str, tuple[Rules, Pots]] = {
    "the funder holds nothing": ((ON_TRUST, BY_CCG), {"TRUST": "-50000.00", "CCG": "-50000.00"}),
    "the funder holds a penny": (
        (ON_TRUST, decided("COUNCIL", "CCG", "0.01"), BY_CCG),
        {"TRUST": "-50000.00", "CCG": "-49999.99", "COUNCIL": "-0.01"},
    ),
    "the funder owes a penny": (
        (ON_TRUST, decided("CCG", "COUNCIL", "0.01"), BY_CCG),
        {"TRUST": "-50000.00", "CCG": "-50000.01", "COUNCIL": "0.01"},
    ),
    "a role pays by its key, whatever its partners hold": (
        (HALF_SPLIT, SPLIT.format("CCG = 1, COUNCIL = 3"), decided("CCG", "COUNCIL", "90_000"), BY_COMMISSIONERS),
        {"TRUST": "-50000.00", "CCG": "-102500.00", "COUNCIL": "52500.00"},
    ),
    "a role pays by its blend of keys": (
        (HALF_SPLIT, BLEND, BY_COMMISSIONERS),
        {"TRUST": "-50000.00", "CCG": "-31250.00", "COUNCIL": "-18750.00"},
    ),
    "the last key above it counts": (
        (
            shared("TRUST = 60, commissioners = 20, providers = 20"),
            SPLIT.format("COUNCIL = 1"),
            'allocate: from = "providers", key = { TRUST = 1 }',
            'guarantee: partner = "TRUST", floor = -50_000, funded_by = "commissioners"',
        ),
        {"TRUST": "-50000.00", "COUNCIL": "-50000.00"},
    ),
    "without a key by the budgets held": ((ON_TRUST, BY_COMMISSIONERS), {"TRUST": "-50000.00", "CCG": "-50000.00"}),
    "without budgets in equal parts": (
        (
            shared("CCG = 100"),
            'guarantee: partner = "CCG", floor = -50_000.01, funded_by = "providers"',
        ),
        {"CCG": "-50000.01", "TRUST": "-25000.00", "CHARITY": "-24999.99"},
    ),
    "a key that gives the others nothing counts as none": (
        (
            shared("providers = 100"),
            'allocate: from = "providers", key = { TRUST = 1 }',
            'guarantee: partner = "TRUST", floor = -50_000, funded_by = "providers"',
        ),
        {"TRUST": "-50000.00", "CHARITY": "-50000.00"},
    ),
    "nothing is below the floor": (
        (shared("TRUST = 50, CCG = 50"), BY_CCG),
        {"TRUST": "-50000.00", "CCG": "-50000.00"},
    ),
}


@pytest.mark.parametrize("row", HONOURED)
def test_a_guarantee_is_honoured(row: str, tmp_path: Path) -> None:
    rules, pots = HONOURED[row]
    assert contract(tmp_path, rules, one_line("-100000")).pots("place") == money(pots)


def test_a_role_without_a_key_pays_by_the_budgets_its_partners_hold(tmp_path: Path) -> None:
    """£50,000 are missing; CCG and council hold 600,000 and 300,000; where it holds less than nothing, none."""
    rules = (ON_TRUST, BY_COMMISSIONERS)
    lines = "line,holder,budget,outturn\na,CCG,600000,700000\nb,COUNCIL,300000,300000"
    assert contract(tmp_path / "a", rules, lines).pots("place") == money(
        {"TRUST": "-50000.00", "CCG": "-33333.33", "COUNCIL": "-16666.67"}
    )
    lines = "line,holder,budget,outturn\na,CCG,600000,700000\nb,COUNCIL,-300000,-300000"
    assert contract(tmp_path / "b", rules, lines).pots("place") == money({"TRUST": "-50000.00", "CCG": "-50000.00"})


def test_budgets_that_add_to_nothing_count_as_none(tmp_path: Path) -> None:
    """CCG and council hold budgets of nothing and less: each pays half of the £50,000 that the trust is short of."""
    rules = (ON_TRUST, BY_COMMISSIONERS)
    lines = "line,holder,budget,outturn\na,CCG,0,100000\nb,COUNCIL,-500,-500\nc,TRUST,1000000,1000000"
    pots = {"TRUST": "-50000.00", "CCG": "-25000.00", "COUNCIL": "-25000.00"}
    assert contract(tmp_path, rules, lines).pots("place") == money(pots)


def undone(folder: Path, rules: Rules) -> Path:
    """A model whose guarantee a later rule undoes, or not."""
    head = HEAD.format(name=folder.name) + PARTNERS + RESERVES + FUNDS + GRANT + LINES_INPUT + POOL
    return write_model(folder, head + toml(rules), lines=one_line("-100000"))


def test_a_guarantee_that_a_later_rule_undoes_is_an_error(tmp_path: Path) -> None:
    """The board takes £10,000.01 of the trust after its loss was held at £50,000."""
    found = findings(undone(tmp_path / "undone", (ON_TRUST, BY_CCG, decided("TRUST", "CHARITY", "10_000.01"))))
    assert [text.partition(": ")[2].partition(": ")[2] for text in found] == [
        "pool 'place', Guarantee (TRUST) (Schedule 9): TRUST holds -£60,000.01 after the last rule, below its floor of "
        "-£50,000.00. Expected: the floor or more. A later rule takes it: put the guarantee below that rule."
    ]
    after = (ON_TRUST, decided("TRUST", "CHARITY", "10_000.01"), BY_CCG)
    assert findings(undone(tmp_path / "after", after)) == []


def test_the_workbook_checks_the_guarantee_and_recalculates(tmp_path: Path) -> None:
    rules = (HALF_SPLIT, BLEND, BY_COMMISSIONERS)
    found = contract(tmp_path, rules, one_line("-100000"))
    checks = found.built.figures["checks"].filter(pl.col("check").str.contains("guarantee to TRUST is honoured"))
    assert checks.height == 1
    build(tmp_path / "place", tmp_path / "place.xlsx")
    assert prove(tmp_path / "place.xlsx", ironcalc) == []
