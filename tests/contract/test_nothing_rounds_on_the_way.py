"""Only a figure's unit rounds: percentages with many decimals, and their products, stay whole on the way to pounds."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from cases import HEAD, PARTNERS, Answer, answer, findings, write_model
from contracts import MEASURES, TO_TRUST, contract
from recalculation import ironcalc, libreoffice, prove
from riskshare.build import build

POOLS = """
[[pools]]
code = "aco"
table = "inputs/pools.csv"
holder = "CCG"
formats = {{ minimum = "{written}", rate = "{written}" }}

[[pools.rules]]
rule = "threshold"
clause = "Para 1"
percent = {{ column = "minimum" }}

[[pools.rules]]
rule = "share_ranges"
clause = "Para 2"
bands = [{{ shares = {{ TRUST = {{ column = "rate" }}, CCG = "rest" }} }}]
"""
ROWS = """
    pool,target,outturn,minimum,rate
    A,91914080,79742206,{first}
    B,912345678.9,900000000,{second}
"""
FRACTIONS = ROWS.format(first="0.024604287,0.491234567", second="0.0077212345,0.6666666667")
PERCENTS = ROWS.format(first="2.4604287,49.1234567", second="0.77212345,66.66666667")
FAR = "99999999999.99"


def _tables(tmp_path: Path, written: str, rows: str) -> Path:
    toml = HEAD.format(name="fine") + PARTNERS + POOLS.format(written=written)
    return write_model(tmp_path / "fine", toml, pools=rows)


def _to_the_penny(amount: str, share: str) -> Decimal:
    return (Decimal(amount) * Decimal(share)).quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize(("written", "rows"), [("fraction", FRACTIONS), ("percent", PERCENTS)])
def test_percentages_of_nine_and_ten_decimals_are_kept_by_engine_and_workbook(
    tmp_path: Path, written: str, rows: str
) -> None:
    """A minimum savings rate is published as 0.024604287. Of £91,914,080 it is £2,261,480.40 (as 2.460429% £0.27 more).

    A's gain of £12,171,874 is past it, and 49.1234567% of it is TRUST's.
    """
    built, found = build(_tables(tmp_path, written, rows), tmp_path / "fine.xlsx")
    assert built is not None, found
    figures = Answer(built)
    for pool, target, gain, minimum, rate in (
        ("aco:A", "91914080", "12171874", "0.024604287", "0.491234567"),
        ("aco:B", "912345678.9", "12345678.9", "0.0077212345", "0.6666666667"),
    ):
        assert figures.figure(pool, "threshold.percent") == Decimal(minimum)
        assert figures.step(pool, "threshold.limit") == _to_the_penny(target, minimum)
        assert figures.pots(pool)["TRUST"] == _to_the_penny(gain, rate)
    assert figures.step("aco:A", "threshold.limit") == Decimal("2261480.40")
    assert figures.failing_checks() == []
    assert prove(tmp_path / "fine.xlsx", ironcalc) == []


@pytest.mark.slow
def test_libreoffice_gives_the_same_of_fine_percentages(tmp_path: Path) -> None:
    build(_tables(tmp_path, "fraction", FRACTIONS), tmp_path / "fine.xlsx")
    assert prove(tmp_path / "fine.xlsx", libreoffice) == []


@pytest.mark.parametrize(
    ("written", "minimum", "most"),
    [
        ("fraction", "0.02460428712", "a percentage with at most 10 decimals"),
        ("percent", "2.46042871234", "at most 10"),
    ],
)
def test_beyond_ten_decimals_a_percentage_is_a_finding(tmp_path: Path, written: str, minimum: str, most: str) -> None:
    folder = _tables(tmp_path, written, f"pool,target,outturn,minimum,rate\nA,1000,900,{minimum},0.5")
    found = [text for text in findings(folder) if text.startswith("error")]
    assert len(found) == 1
    assert found[0].startswith(f"error: inputs/pools.csv, row 2, column minimum: minimum: '{minimum}' has more than 10")
    assert most in found[0]


def test_the_rest_beside_a_share_of_many_decimals_is_exact(tmp_path: Path) -> None:
    """£99,999,999,999.99 at 0.333333333333 is £33,333,333,333.30 to TRUST; 8 decimals would give £33.33 less."""
    rows = f"pool,target,outturn,minimum,rate\nA,{FAR},0,0,33.3333333333"
    built = answer(_tables(tmp_path, "percent", rows))
    assert built.figure("aco:A", "share_ranges.band_1.share.CCG") == Decimal("0.666666666667")
    assert built.pots("aco:A") == {
        "TRUST": _to_the_penny(FAR, "0.333333333333"),
        "CCG": Decimal(FAR) - _to_the_penny(FAR, "0.333333333333"),
    }


def test_the_relief_of_a_loss_is_rounded_once(tmp_path: Path) -> None:
    """A score of 63.47% relieves 66.666667% x 63.47% = 42.3133335449% of a loss of £39,455,104.04.

    TRUST keeps 57.6866664551%, £22,760,334.27. With the part that is kept rounded to 8 decimals it was £22,760,334.09.
    """
    rules = (
        TO_TRUST,
        'outcomes: side = "loss", from = "TRUST", measures = "inputs/outcomes.csv", forfeited_to = "CCG", '
        "rate = 66.666667",
    )
    outcomes = f"{MEASURES}\nquits,Quits,,1,linear,higher,0,10000,6347"
    built = contract(tmp_path, rules, "line,budget,outturn\nall,100000000,139455104.04", outcomes=outcomes)
    assert built.pots("place") == {"TRUST": Decimal("-22760334.27"), "CCG": Decimal("-16694769.77")}
