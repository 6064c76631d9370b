"""Threshold: the arithmetic of minimum savings rates, held to what was published and to closed forms."""

from __future__ import annotations

import csv
from decimal import ROUND_HALF_UP, Decimal
from math import sqrt

import numpy as np
import pytest
from click.testing import CliRunner

from places import SHARED
from riskshare.cli import main
from riskshare.risk.threshold import (
    CV_PER_PERSON,
    chance_payment,
    credibility,
    passed_by_chance,
    published_rate,
    threshold,
)

PUBLISHED = SHARED / "data" / "mssp"
ONE_SIDED = {"2020": 323, "2021": 280}
DELIA = 0.02
"""How near the probabilities of DeLia, Hoover and Cantor (2012, doi 10.5600/mmrr.002.04.a04) have to be met."""


def one_sided(year: str) -> list[tuple[int, Decimal]]:
    """People and published minimum savings rate, in percent to two decimals, of every one-sided organisation."""
    with (PUBLISHED / f"PY{year}.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Risk_Model"] == "One-Sided"]
    return [(int(row["N_AB"].replace(",", "")), _percent(row["MinSavPerc"])) for row in rows]


def _percent(text: str) -> Decimal:
    return Decimal(text.rstrip("%")) if text.endswith("%") else Decimal(text) * 100


def cents(rate: float) -> Decimal:
    """A rate to two decimals, half away from zero, as it is published."""
    return Decimal(repr(round(rate, 9))).quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize("year", ONE_SIDED)
def test_every_published_minimum_savings_rate_is_reproduced_to_two_decimals(year: str) -> None:
    if not PUBLISHED.exists():
        pytest.skip("the results of the Medicare Shared Savings Program are not beside the repository")
    rates = one_sided(year)
    assert len(rates) == ONE_SIDED[year]
    assert [(people, rate) for people, rate in rates if cents(published_rate(people) or 0) != rate] == []


@pytest.mark.parametrize(("people", "rate"), [(5_000, "3.90"), (12_500, "2.85"), (35_000, "2.35"), (158_429, "2.00")])
def test_the_published_rates_are_straight_lines_between_sizes(people: int, rate: str) -> None:
    """12,500 lies half way between 10,000 (3.0%) and 14,999 (2.7%), 35,000 between 20,000 (2.5%) and 49,999 (2.2%)."""
    assert cents(published_rate(people) or 0) == Decimal(rate)


def test_below_500_people_no_rate_is_published() -> None:
    assert published_rate(499) is None


@pytest.mark.parametrize(
    ("people", "confidence"), [(500, 0.9), (1_000, 0.9), (3_000, 0.9), (5_000, 0.9), (20_000, 0.95)]
)
def test_one_variation_per_person_explains_the_published_rates(people: int, confidence: float) -> None:
    """A coefficient of variation of 2.15: 1.2816 x 2.15 / root of 5,000 is 3.90%, the published rate."""
    assert threshold(people, confidence).minimum == pytest.approx(published_rate(people) or 0, rel=0.011)


def test_what_chance_does_to_small_and_large_organisations_is_as_published() -> None:
    """Past 2% by chance: 0.24 to 0.26 with 5,000 people, 0.02 with 50,000; a real 7% denied at 3.9%: 0.15."""
    small, large = threshold(5_000, 0.9).deviation, threshold(50_000, 0.9).deviation
    assert passed_by_chance(2, small) == pytest.approx(0.25, abs=DELIA)
    assert passed_by_chance(2, large) == pytest.approx(0.02, abs=DELIA)
    assert 1 - passed_by_chance(3.9, small, saving=7) == pytest.approx(0.15, abs=DELIA)


def test_full_credibility_is_the_programmes_minimum_of_5000_people() -> None:
    """(1.645 x 2.15 / 0.05)^2 = 5,003 people; a quarter of them have a credibility of one half."""
    assert credibility(5_003) == 1.0
    assert credibility(5_000) == pytest.approx(1.0, abs=0.001)
    assert credibility(1_251) == pytest.approx(0.5, abs=0.001)


@pytest.mark.parametrize(
    ("people", "percent", "paid"), [(40_000, 0, 214_431), (40_000, 1, 139_118), (5_000, 2, 488_519)]
)
def test_what_chance_pays_is_what_many_years_pay(people: int, percent: float, paid: float) -> None:
    """Half of every saving on £100m from the first pound, once past the threshold: within 4 standard errors."""
    deviation = threshold(people, 0.9).deviation
    expected = chance_payment(100_000_000, 0.5, percent, deviation)
    assert expected == pytest.approx(paid, abs=1)
    savings = np.random.default_rng(1).standard_normal(200_000) * deviation / 100 * 100_000_000
    payments = np.where(savings >= percent * 1_000_000, savings, 0).clip(0) * 0.5
    assert abs(payments.mean() - expected) < 4 * payments.std() / sqrt(len(payments))


def test_the_command_shows_the_population_among_others() -> None:
    """Thurrock's 176,000 people: a deviation of 2.15 / 419.5 = 0.51%, so 0.66% at 90%."""
    shown = CliRunner().invoke(main, ["threshold", "--population", "176000"])
    assert shown.exit_code == 0
    row = next(line for line in shown.output.splitlines() if "> 176,000" in line)
    assert row.split()[:5] == [">", "176,000", "0.51%", "0.66%", "1.00"]


def test_a_variation_of_ones_own_takes_the_place_of_the_default() -> None:
    shown = CliRunner().invoke(main, ["threshold", "--population", "10000", "--cv", "4.3"])
    assert shown.exit_code == 0
    assert threshold(10_000, 0.9, 4.3).minimum == pytest.approx(2 * threshold(10_000, 0.9, CV_PER_PERSON).minimum)
    assert f"{threshold(10_000, 0.9, 4.3).minimum:.2f}%" in shown.output
