"""What a ring-fence keeps: over the fund, whatever is in pools or not, or in each pool by itself.

A grant of the council's, in the localities GRAYS and TILBURY, at the place, in no pool, fixed or excluded. The CCG's
core money stands beside it so that something is shared.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from cases import FUNDS, HEAD, PARTNERS, Answer, answer, findings, write_model
from contracts import ADULT, GRANT, LOCAL, LOCALITIES, PLACE, RESERVES, Rules, excluded, money, toml
from recalculation import ironcalc, prove
from riskshare.build import build

TO_TRUST = "share_ranges: bands = [{ shares = { TRUST = 100 } }]"
KEPT = "threshold: amount = 1_000_000_000"
INPUT = '\n[[inputs]]\nfile = "inputs/lines.csv"\n'
COLUMNS = "line,fund,service,level,locality,holder,risk,budget,outturn"
OVER_POOL = GRANT.replace('"grant_reserve" }', '"grant_reserve", over = "pool" }')


def model(folder: Path, lines: str, rules: Rules = (TO_TRUST,), grants: str = GRANT) -> Path:
    """A group of pools for the localities and one for the place, with the same rules; lines without their codes."""
    head = HEAD.format(name="fenced") + PARTNERS + RESERVES + FUNDS + grants + ADULT + INPUT
    pools = "".join(f'\n[[pools]]\ncode = "{code}"\n{scope}\n{toml(rules)}' for code, scope in POOLS.items())
    rows = [f"L{number},{line.strip()}" for number, line in enumerate(lines.strip().splitlines())]
    tables = {"lines": "\n".join([COLUMNS, *rows]), "adult": LOCALITIES}
    return write_model(folder / "fenced", head + pools, **tables)


POOLS = {"local": LOCAL, "place": PLACE}


def fenced(folder: Path, lines: str, rules: Rules = (TO_TRUST,), grants: str = GRANT) -> Answer:
    """The figures of such a model, all of whose checks hold."""
    found = answer(model(folder, lines, rules, grants))
    assert found.failing_checks() == []
    return found


def kept(found: Answer) -> dict[str, Decimal]:
    """What each pool and each holder outside gives the grant's reserve."""
    rows = found.built.figures["ring fence grant_reserve"].select("claim", "kept").rows()
    return {claim: amount for claim, amount in rows if amount}


# Grant lines, and who gives how much to its reserve.
OVER_THE_FUND: dict[str, tuple[str, dict[str, str]]] = {
    "less in one pool than in the other": (
        "grant,,locality,GRAYS,,,1000000,1200000\ngrant,,locality,TILBURY,,,1000000,900000",
        {},
    ),
    "pro rata to what each pool left unspent": (
        """grant,,locality,GRAYS,,,1000,900
        grant,,locality,TILBURY,,,1000,800
        grant,,place,,,,1000,1150""",
        {"local:GRAYS": "50.00", "local:TILBURY": "100.00"},
    ),
    "cut by running totals": (
        """grant,,locality,GRAYS,,,1000,990
        grant,,locality,TILBURY,,,1000,990
        grant,,place,,,,1000,990
        grant,,system,,,,1000,1020.01""",
        {"local:GRAYS": "3.33", "local:TILBURY": "3.33", "place": "3.33"},
    ),
    "all that pools left, and nothing more where the rest is spent": (
        "grant,,locality,GRAYS,,,1000,900\ngrant,,place,,,,1000,1000\ngrant,,system,,,,1000,1000",
        {"local:GRAYS": "100.00"},
    ),
    "the rest from those who hold lines in no pool": (
        "grant,,locality,GRAYS,,,1000,900\ngrant,,system,,,,1000,940",
        {"local:GRAYS": "100.00", "COUNCIL, outside the pools": "60.00"},
    ),
    "fixed lines are outside": (
        "grant,,locality,GRAYS,,fixed,1000,900\ngrant,,place,,,,1000,1030",
        {"COUNCIL, outside the pools": "70.00"},
    ),
    "holders outside pro rata, those who overspent nothing": (
        """grant,,system,,CCG,,1000,900
        grant,,system,,COUNCIL,,1000,700
        grant,,system,,TRUST,,1000,1100
        grant,,place,,,,1000,1000""",
        {"CCG, outside the pools": "75.00", "COUNCIL, outside the pools": "225.00"},
    ),
    "net over the grants of a reserve": (
        "grant,,locality,GRAYS,,,1000,900\nsecond_grant,,place,,,,1000,1060",
        {"local:GRAYS": "40.00"},
    ),
    "spent to the penny": ("grant,,locality,GRAYS,,,1000,900\ngrant,,place,,,,1000,1100", {}),
}


@pytest.mark.parametrize("row", OVER_THE_FUND)
def test_what_a_ring_fence_over_the_fund_keeps(row: str, tmp_path: Path) -> None:
    lines, amounts = OVER_THE_FUND[row]
    assert kept(fenced(tmp_path, lines)) == money(amounts)


def test_excluded_lines_are_outside(tmp_path: Path) -> None:
    """The reserve gets the 30 that the grant left in all, though the excluded line left 100."""
    rules = (excluded('service = ["Quits"]'), TO_TRUST)
    lines = "grant,Quits,place,,,,1000,900\ngrant,Checks,place,,,,1000,1070"
    assert kept(fenced(tmp_path, lines, rules)) == money({"COUNCIL, outside the pools": "30.00"})


def test_what_is_kept_leaves_the_pool_and_the_rest_is_shared(tmp_path: Path) -> None:
    """Grays left 200,000 unspent and Tilbury overspent 150,000: 50,000 is ring-fenced, 150,000 of Grays' shared."""
    lines = "grant,,locality,GRAYS,,,1000000,800000\ngrant,,locality,TILBURY,,,1000000,1150000"
    found = fenced(tmp_path, lines)
    assert found.pots("local:GRAYS") == money({"grant_reserve": "50000.00", "TRUST": "150000.00"})
    assert found.pots("local:TILBURY") == money({"TRUST": "-150000.00"})
    assert not any("reserve" in text for text in findings(tmp_path / "fenced"))


def test_over_the_pool_each_pool_gives_what_it_left_unspent_and_a_warning_says_what_the_fund_did(
    tmp_path: Path,
) -> None:
    lines = "grant,,locality,GRAYS,,,1000000,1200000\ngrant,,locality,TILBURY,,,1000000,900000"
    found = fenced(tmp_path, lines, grants=OVER_POOL)
    assert kept(found) == money({"local:TILBURY": "100000.00"})
    warned = [text for text in findings(tmp_path / "fenced") if "over all lines" in text]
    assert len(warned) == 1
    assert "pools keep £100,000.00 for reserve 'grant_reserve', but over all lines its funds" in warned[0]
    assert 'overspent by £100,000.00. Write over = "fund"' in warned[0]


def test_over_the_pool_lines_outside_keep_theirs_and_a_warning_says_so(tmp_path: Path) -> None:
    lines = "grant,,locality,GRAYS,,fixed,1000,900\ngrant,,place,,,,1000,970"
    assert kept(fenced(tmp_path, lines, grants=OVER_POOL)) == money({"place": "30.00"})
    assert any(
        "of ring-fenced fund 'grant' are underspent by £100.00" in text for text in findings(tmp_path / "fenced")
    )


def test_funds_of_a_reserve_are_bound_alike(tmp_path: Path) -> None:
    mixed = GRANT.replace('"grant_reserve" }', '"grant_reserve", over = "pool" }', 1)
    (found,) = findings(model(tmp_path, "grant,,place,,,,1000,900", grants=mixed))
    assert (
        "funds 'grant' and 'second_grant' share reserve 'grant_reserve', but bind it over the pool and over the fund"
        in found
    )


# What is unshared goes by the holders' own variances, less what the ring-fence took of them.


def own(found: Answer, pool: str = "place") -> dict[str, Decimal]:
    """The holders' variances after the ring-fence."""
    return {code: found.step(pool, f"own.{code}") for code in ("CCG", "COUNCIL")}


def test_what_is_taken_is_borne_by_those_who_underspent(tmp_path: Path) -> None:
    """Of 90 and 60 under and 50 over, the fund left 100: 60 are the CCG's and 40 the council's."""
    lines = """grant,,place,,CCG,,1000,910
        grant,,place,,COUNCIL,,1000,940
        grant,,place,,TRUST,,1000,1050"""
    found = fenced(tmp_path, lines, (KEPT, TO_TRUST))
    assert own(found) == money({"CCG": "30.00", "COUNCIL": "20.00"})
    assert found.step("place", "own.TRUST") == -50
    assert found.pots("place") == money(
        {"CCG": "30.00", "COUNCIL": "20.00", "TRUST": "-50.00", "grant_reserve": "100.00"}
    )
    assert found.settlement() == money({"CCG": "-60.00", "COUNCIL": "-40.00", "grant_reserve": "100.00"})


@pytest.mark.parametrize("outturn", ["1059.99", "1060.00", "1060.01"])
def test_holders_who_net_to_nothing_keep_their_own(outturn: str, tmp_path: Path) -> None:
    """The CCG underspent by 60 and the council overspent by as much, a penny less or a penny more: nobody jumps.

    At exactly nothing the holders' variances on these lines used to count no longer.
    """
    lines = f"grant,,place,,CCG,,1000,940\ngrant,,place,,COUNCIL,,1000,{outturn}\ncore,,place,,CCG,,1000,900"
    found = fenced(tmp_path, lines, (KEPT, TO_TRUST))
    assert abs(found.step("place", "own.CCG") - 160) <= Decimal("0.01")
    assert abs(found.step("place", "own.COUNCIL") + 60) <= Decimal("0.01")
    assert all(abs(amount) <= Decimal("0.01") for amount in found.settlement().values())


def test_the_workbook_recalculates_and_checks_what_is_kept(tmp_path: Path) -> None:
    lines = """grant,,locality,GRAYS,CCG,,1000,913.13
        grant,,locality,GRAYS,COUNCIL,,1000,988.88
        grant,,locality,TILBURY,,,1000,800
        grant,,place,,,,1000,1150
        grant,,system,,TRUST,,1000,990"""
    found = fenced(tmp_path, lines, ("threshold: percent = 50", TO_TRUST))
    checks = found.built.figures["checks"].filter(pl.col("check").str.starts_with("Ring-fence: grant_reserve keeps"))
    assert checks["left"].to_list() == checks["right"].to_list() == [Decimal("157.99")]
    build(tmp_path / "fenced", tmp_path / "fenced.xlsx")
    assert prove(tmp_path / "fenced.xlsx", ironcalc) == []
