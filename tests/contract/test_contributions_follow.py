"""Contributions follow the target: what a partner funds of a changed target counts as what it contributes.

CCG and COUNCIL hold budgets of £10m each and overspend £100,000 each.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from cases import findings
from contracts import Pots, Rules, contract, money, pools_contract
from recalculation import ironcalc, prove
from riskshare.build import build

LINES = """
    line,holder,recurrent,budget,outturn
    a,CCG,yes,8000000,8100000
    b,CCG,no,2000000,2000000
    c,COUNCIL,yes,10000000,10100000
"""
CUT = 'adjust_target: amount = -5_000_000, funded_by = "CCG", reason = "Agreed"'
BY_CONTRIBUTION = 'allocate: from = "pool", key = "contribution"'
TO_CCG = "share_ranges: bands = [{ shares = { CCG = 100 } }]"
LIMIT = '{ percent = 10, of = "contribution" }'


def _and(rule: str, term: str) -> str:
    return f"{rule}, {term}"


def _capped(pot: str) -> str:
    return f'cap: from = "{pot}", limit = {LIMIT}, excess_to = "TRUST"'


FOLLOWS: dict[str, tuple[Rules, Pots]] = {
    "a cut of £5m leaves CCG £5m of £15m: a third of -£5.2m": (
        (CUT, BY_CONTRIBUTION),
        {"CCG": "-1733333.33", "COUNCIL": "-3466666.67"},
    ),
    "it is said to follow": (
        (_and(CUT, 'contributions = "follow"'), BY_CONTRIBUTION),
        {"CCG": "-1733333.33", "COUNCIL": "-3466666.67"},
    ),
    "it stays £10m of £20m": (
        (_and(CUT, 'contributions = "stay"'), BY_CONTRIBUTION),
        {"CCG": "-2600000.00", "COUNCIL": "-2600000.00"},
    ),
    "growth of 10% is £2m of CCG's: £12m of £22m of £1.8m": (
        ('adjust_target: percent = 10, funded_by = "CCG", reason = "Growth"', BY_CONTRIBUTION),
        {"CCG": "981818.18", "COUNCIL": "818181.82"},
    ),
    "two changes, £10m - £5m + £3m against £10m - £2m: one half each of -£4.2m": (
        (
            CUT,
            'adjust_target: percent = 20, funded_by = "CCG", reason = "Growth of £15m"',
            'adjust_target: amount = -2_000_000, funded_by = "COUNCIL", reason = "Agreed"',
            BY_CONTRIBUTION,
        ),
        {"CCG": "-2100000.00", "COUNCIL": "-2100000.00"},
    ),
    "of two changes only one follows": (
        (CUT, _and(CUT.replace("-5_", "-1_"), 'contributions = "stay"'), BY_CONTRIBUTION),
        {"CCG": "-2066666.67", "COUNCIL": "-4133333.33"},
    ),
    "the changes of targets recur, with the recurrent £8m: £3m of £13m": (
        (CUT, _and(BY_CONTRIBUTION, "recurrent_only = true")),
        {"CCG": "-1200000.00", "COUNCIL": "-4000000.00"},
    ),
    "a partner without lines contributes what it funds: £5m of £25m": (
        (CUT.replace("-5_", "5_").replace("CCG", "TRUST"), BY_CONTRIBUTION),
        {"CCG": "1920000.00", "COUNCIL": "1920000.00", "TRUST": "960000.00"},
    ),
    "a role's pot knows its own partners alone: a third of -£5.2m": (
        (
            CUT,
            'adjust_target: amount = 1, funded_by = "TRUST", reason = "Not its partner"',
            "share_ranges: bands = [{ shares = { commissioners = 100 } }]",
            'allocate: from = "commissioners", key = "contribution"',
        ),
        {"CCG": "-1733333.00", "COUNCIL": "-3466666.00"},
    ),
    "a limit of 10% of what CCG contributes is £500,000": (
        (CUT, TO_CCG, _capped("CCG")),
        {"CCG": "-500000.00", "TRUST": "-4700000.00"},
    ),
    "and £1m where contributions stay": (
        (_and(CUT, 'contributions = "stay"'), TO_CCG, _capped("CCG")),
        {"CCG": "-1000000.00", "TRUST": "-4200000.00"},
    ),
    "of what a role contributes, £1.5m": (
        (
            CUT,
            "share_ranges: bands = [{ shares = { commissioners = 100 } }]",
            _capped("commissioners"),
            'allocate: from = "commissioners", key = "equal"',
        ),
        {"CCG": "-750000.00", "COUNCIL": "-750000.00", "TRUST": "-3700000.00"},
    ),
}


@pytest.mark.parametrize("row", FOLLOWS)
def test_contributions_follow_the_target(row: str, tmp_path: Path) -> None:
    rules, pots = FOLLOWS[row]
    assert contract(tmp_path, rules, LINES).pots("place") == money(pots)


def test_the_position_moves_as_the_contribution_does(tmp_path: Path) -> None:
    """CCG bears -£100,000 and funds -£5m, and is entitled to a third of -£5.2m: it is paid the difference."""
    assert contract(tmp_path, (CUT, BY_CONTRIBUTION), LINES).settlement() == {
        "CCG": Decimal("3366666.67"),
        "COUNCIL": Decimal("-3366666.67"),
    }


def test_in_pools_for_localities_each_has_its_own_contributions(tmp_path: Path) -> None:
    """GRAYS' £1,300 and TILBURY's £1,100 of CCG's fund grow by £100 each, which COUNCIL funds."""
    lines = "line,level,locality,basis,budget,outturn\ng,locality,GRAYS,,1300,1300\nt,locality,TILBURY,,1100,1100"
    grow = 'adjust_target: amount = 100, funded_by = "COUNCIL", reason = "Growth"'
    local = 'for_each = "adult"\nscope = { level = ["locality"] }'
    recurring = _and(BY_CONTRIBUTION, "recurrent_only = true")
    for rule in (BY_CONTRIBUTION, recurring):
        found = pools_contract(tmp_path, {"local": (local, (grow, rule))}, lines)
        assert found.pots("local:GRAYS") == money({"CCG": "92.86", "COUNCIL": "7.14"})
        assert found.pots("local:TILBURY") == money({"CCG": "91.67", "COUNCIL": "8.33"})
    build(tmp_path / "pools", tmp_path / "pools.xlsx")
    assert prove(tmp_path / "pools.xlsx", ironcalc) == []


def test_a_cut_beyond_what_its_partner_holds_cannot_follow(tmp_path: Path) -> None:
    """COUNCIL holds nothing of the core fund, so a cut of its contribution leaves less than nothing."""
    rules = (CUT.replace("5_000_000", "5_000").replace("CCG", "COUNCIL"), BY_CONTRIBUTION)
    with pytest.raises(AssertionError, match="Contribution of COUNCIL: -£5,000"):
        contract(tmp_path, rules, "line,budget,outturn\na,100000,99000")
    found = [text for text in findings(tmp_path / "place") if text.startswith("error")]
    assert len(found) == 1
    assert found[0].endswith('Give the rule fixed weights, or add contributions = "stay" to adjust_target.')
