"""Simulate: drawn years settled under small contracts, held to closed forms, to the exact engine, and to each other."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from cases import place_model
from riskshare.build import compute
from riskshare.cli import main
from riskshare.figures.computed import ComputedModel
from riskshare.risk.outcome import borne, by_cause, chances, spreads
from riskshare.risk.price import prices
from riskshare.risk.simulate import Simulated, simulate
from riskshare.risk.sound import unsound_risks

# A pool of £10m that costs what it should, in lines of £8m and £2m.
LINES = """line,budget,outturn
    BEDS,8000000,8000000
    CARE,2000000,2000000
"""
TO_ALL = """
[[pools.rules]]
rule = "allocate"
clause = "Schedule 9, para 2"
from = "pool"
key = { CCG = 1, TRUST = 1 }
"""
PRICES = """
[[risks]]
code = "prices"
name = "Prices of the place"
cause = "common"
sd = 2
"""


def capped(percent: float) -> str:
    """Gains and losses of the trust are at most so many percent of its income of £30m; the CCG has the rest."""
    return f"""
[[pools.rules]]
rule = "cap"
clause = "Schedule 9, para 3"
from = "TRUST"
limit = {{ percent = {percent}, of = "income" }}
excess_to = "CCG"
"""


def model(folder: Path, risks: str = PRICES, rules: str = TO_ALL, lines: str = LINES) -> ComputedModel:
    """The small pool with these risks and rules."""
    built, findings = compute(place_model(folder, rules + risks, lines))
    assert built is not None, "\n".join(map(str, findings))
    return built


def years(built: ComputedModel, draws: int = 20_000, seed: int = 1, exact: int = 0) -> Simulated:
    """Drawn years of a model."""
    return simulate(built, draws, seed, exact, lambda _, __: None)


def problems(built: ComputedModel) -> list[str]:
    """What is wrong with its risks."""
    return [str(finding) for finding in unsound_risks(built)]


def mean(row: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float]:
    """The mean of some years in pounds, and its standard error."""
    return float(row.mean()) / 100, float(row.std()) / 100 / sqrt(len(row))


# What is drawn


def test_the_first_years_go_through_the_exact_engine_and_no_penny_differs(tmp_path: Path) -> None:
    """Four figures for each of six accounts and one pool, in 25 years."""
    drawn = years(model(tmp_path / "m", rules=TO_ALL + capped(0.5)), 25, exact=25)
    assert (drawn.proof.draws, drawn.proof.different, drawn.unbalanced) == (25, 0, 0)
    assert drawn.proof.figures > 25 * 4


def test_a_proof_that_finds_a_difference_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Doubles that round half to even instead: of odd pennies in halves, some are a penny off."""
    monkeypatch.setattr("riskshare.formula.scaled.np.trunc", np.rint)
    assert years(model(tmp_path / "m"), 5, exact=5).proof.different > 0


def test_a_seed_draws_the_same_years_however_many_there_are(tmp_path: Path) -> None:
    built = model(tmp_path / "m")
    few, many = years(built, 700), years(built, 1_300)
    assert all((few.accounts[name] == many.accounts[name][:700]).all() for name in few.accounts)
    assert not (few.accounts["CCG"] == years(built, 700, seed=2).accounts["CCG"]).all()


def test_a_symmetric_contract_brings_nothing_on_average_and_shares_the_spread(tmp_path: Path) -> None:
    """2% of £10m is £200,000, of which each of two has half; within 4 standard errors."""
    drawn = years(model(tmp_path / "m"))
    for partner in ("CCG", "TRUST"):
        average, error = mean(drawn.accounts[partner])
        assert abs(average) < 4 * error
        assert drawn.accounts[partner].std() / 100 == pytest.approx(100_000, rel=0.03)


@pytest.mark.parametrize("distribution", ["normal", "lognormal", "gamma"])
def test_every_distribution_has_the_mean_and_the_deviation_that_are_stated(tmp_path: Path, distribution: str) -> None:
    """5% dearer on average, with a standard deviation of 10% of £10m."""
    stated = PRICES.replace("sd = 2", f'sd = 10\nmean = 5\ndistribution = "{distribution}"')
    drawn = years(model(tmp_path / "m", stated))
    average, error = mean(drawn.pools["place"])
    assert abs(average + 500_000) < 4 * error
    scale = 1.0 if distribution == "gamma" else 1.05 if distribution == "lognormal" else 1.0
    assert drawn.pools["place"].std() / 100 == pytest.approx(1_000_000 * max(scale, 1.0), rel=0.08)


def test_chance_averages_out_over_people_and_lines(tmp_path: Path) -> None:
    """2.15 / root of 46,225 people is 1%: of lines of £8m and £2m apart, root of 80,000^2 + 20,000^2 is £82,462."""
    risks = """
    [[risks]]
    code = "claims"
    name = "Who falls ill"
    cause = "chance"
    each = "line"
    cv = 2.15
    population = 46_225
    """
    drawn = years(model(tmp_path / "m", risks))
    assert drawn.pools["place"].std() / 100 == pytest.approx(82_462, rel=0.03)


def test_each_cause_is_told_by_itself(tmp_path: Path) -> None:
    """A common shock of 2% on all, a wrong forecast of 1% on the £2m line: £200,000 and £20,000."""
    forecast = """
    [[risks]]
    code = "forecast"
    name = "The forecast of care"
    cause = "forecast"
    scope = { line = ["CARE"] }
    sd = 1
    """
    causes = {
        cause.value: amount for cause, amount in by_cause(years(model(tmp_path / "m", PRICES + forecast))).items()
    }
    assert causes == {"common": pytest.approx(200_000, rel=0.03), "forecast": pytest.approx(20_000, rel=0.03)}


@pytest.mark.parametrize(("coefficient", "deviation"), [("1", 200_000), ("0", 164_924), ("-1", 120_000)])
def test_risks_move_together_as_their_correlation_says(tmp_path: Path, coefficient: str, deviation: float) -> None:
    """2% of £8m and of £2m: £160,000 and £40,000 add up, or by their squares, or cancel each other."""
    one, other = (
        PRICES.replace('"prices"', f'"{line.lower()}"') + f'scope = {{ line = ["{line}"] }}'
        for line in ("BEDS", "CARE")
    )
    together = f"""
    [simulation]
    correlations = [{{ risks = ["beds", "care"], coefficient = {coefficient} }}]
    """
    drawn = years(model(tmp_path / "m", together + one + other))
    assert drawn.pools["place"].std() / 100 == pytest.approx(deviation, rel=0.03)


def test_a_plan_without_outturn_is_drawn_around_its_budgets(tmp_path: Path) -> None:
    """The lines of £8m and £2m with budgets alone come to the same years as with an outturn of the budget."""
    plan = "line,budget\n    BEDS,8000000\n    CARE,2000000\n"
    drawn = years(model(tmp_path / "plan", lines=plan), 2_000, exact=5)
    assert (drawn.proof.draws, drawn.proof.different, drawn.unbalanced) == (5, 0, 0)
    assert (drawn.accounts["CCG"] == years(model(tmp_path / "m"), 2_000).accounts["CCG"]).all()


# What comes of it


def test_a_larger_cap_never_pays_less(tmp_path: Path) -> None:
    """The trust's gain in each year with a cap of 0.1%, 0.3% and 1% of its income: the same years, never less."""
    gains = [
        years(model(tmp_path / f"m{number}", rules=TO_ALL + capped(percent)), 2_000).accounts["TRUST"].clip(0)
        for number, percent in enumerate((0.1, 0.3, 1))
    ]
    assert (gains[0] <= gains[1]).all()
    assert (gains[1] <= gains[2]).all()
    assert gains[0].max() == 30_000_00


def test_who_bears_the_worst_years_adds_up_to_the_penny(tmp_path: Path) -> None:
    """The worst 50 of 1,000 years of the pool, cut by a third and rounded, add to the mean of these years."""
    drawn = years(model(tmp_path / "m", rules=TO_ALL + capped(0.1)), 1_000)
    worst = np.sort(drawn.pools["place"])[:50]
    entries = borne(drawn)
    assert sum(entry.worst for entry in entries) == round(worst.sum() / 50)
    assert {entry.account: entry.worst for entry in entries}["TRUST"] == -30_000_00


def test_bad_and_good_years_are_those_of_the_normal_distribution(tmp_path: Path) -> None:
    """1.645 and 2.326 deviations of £200,000, within 4 standard errors as they are stated."""
    drawn = {entry.name: entry for entry in spreads(years(model(tmp_path / "m")))}
    expected: Mapping[str, float] = {
        "bad_1_in_100": -465_270,
        "bad_1_in_20": -328_971,
        "median": 0,
        "good_1_in_20": 328_971,
        "good_1_in_100": 465_270,
    }
    for name, amount in expected.items():
        estimate = drawn["place"].quantiles[name]
        assert 0 < estimate.error < 10_000
        assert abs(estimate.pounds - amount) < 4 * estimate.error


def test_what_is_passed_for_nothing_and_what_is_denied_depends_on_the_threshold(tmp_path: Path) -> None:
    """2% of deviation: past 0% in half of the years, past 2% in 0.159; a real 2% stays below 2% in half of them."""
    by_threshold = {entry.threshold: entry for entry in chances(years(model(tmp_path / "m")))}
    assert by_threshold[0.0].paid_for_nothing == pytest.approx(0.5, abs=0.02)
    assert by_threshold[2.0].paid_for_nothing == pytest.approx(0.159, abs=0.02)
    assert by_threshold[2.0].denied[2.0] == pytest.approx(0.5, abs=0.02)


# What is wrong


@pytest.mark.parametrize(
    ("risks", "says"),
    [
        ("", "no risk is stated, so every year is the same"),
        (PRICES + PRICES, "two risks are called 'prices'"),
        (PRICES + 'scope = { line = ["BED"] }\n', "risk 'prices' moves nothing"),
        (
            '[simulation]\ncorrelations = [{ risks = ["prices", "price"], coefficient = 1 }]\n' + PRICES,
            "there is no risk 'price'. Expected: one of prices. Did you mean 'prices'?",
        ),
        (
            '[simulation]\ncorrelations = [{ risks = ["a", "b"], coefficient = 0.9 }, '
            '{ risks = ["b", "c"], coefficient = 0.9 }, { risks = ["a", "c"], coefficient = -0.9 }]\n'
            + "".join(PRICES.replace('"prices"', f'"{code}"') for code in "abc"),
            "the correlations contradict each other",
        ),
    ],
)
def test_risks_that_cannot_be_drawn_are_findings(tmp_path: Path, risks: str, says: str) -> None:
    found = problems(model(tmp_path / "m", risks))
    assert len(found) == 1
    assert found[0].startswith("model.toml")
    assert says in found[0]


def test_a_size_is_stated_once(tmp_path: Path) -> None:
    place_model(tmp_path / "m", TO_ALL + PRICES + "cv = 2\npopulation = 100\n", LINES)
    assert "give either 'sd', or 'cv' with 'population'" in " ".join(map(str, compute(tmp_path / "m")[1]))


# As it is used


def test_a_model_with_risks_has_the_pin_that_it_had_without(tmp_path: Path) -> None:
    """Nothing that is drawn is a figure of the contract: steps and results are the same, the model file is not."""
    with_risks, without = model(tmp_path / "a" / "m"), model(tmp_path / "b" / "m", risks="")
    assert with_risks.pin.steps == without.pin.steps
    assert with_risks.pin.results == without.pin.results


def test_the_command_says_what_a_bad_year_costs_and_writes_tables(tmp_path: Path) -> None:
    place_model(tmp_path / "m", TO_ALL + capped(0.1) + PRICES, LINES)
    words = ["simulate", str(tmp_path / "m"), "--draws", "1000", "--exact", "3", "--results", str(tmp_path / "out")]
    shown = CliRunner().invoke(main, words)
    assert shown.exit_code == 0, shown.output
    assert "1,000 years drawn from seed 1" in shown.output
    assert "3 draws also went through the exact engine: 0 of" in shown.output
    worst = pl.read_csv(tmp_path / "out" / "risk_worst_years.csv", schema_overrides={"worst_5_percent": pl.String})
    assert dict(worst.select("account", "worst_5_percent").rows())["TRUST"] == "-30000.00"


def test_a_model_without_risks_ends_with_what_to_do(tmp_path: Path) -> None:
    place_model(tmp_path / "m", TO_ALL, LINES)
    shown = CliRunner().invoke(main, ["simulate", str(tmp_path / "m")])
    assert shown.exit_code == 1
    assert "Add [[risks]]" in shown.output


# What a rule is worth


def test_a_cap_is_worth_what_chance_would_have_paid_beyond_it(tmp_path: Path) -> None:
    """The trust has half of £200,000 of deviation, and gains and losses at most 0.1% of £30m: £30,000.

    On average nothing, for it caps both sides alike. In the worst twentieth of its years, where it would lose 2.063
    deviations of £100,000, it keeps £206,300 - £30,000; the CCG has what the trust does not.
    """
    (price,) = prices(years(model(tmp_path / "m", rules=TO_ALL + capped(0.1))))
    worth = {entry.account: entry for entry in price.worth or ()}
    assert worth.keys() == {"CCG", "TRUST"}
    assert abs(worth["TRUST"].mean.pounds) < 4 * worth["TRUST"].mean.error
    assert worth["TRUST"].in_bad_years == pytest.approx(176_300, rel=0.02)
    assert worth["CCG"].mean.pounds == pytest.approx(-worth["TRUST"].mean.pounds)


def test_a_cap_on_losses_is_worth_the_closed_form_of_a_stop_loss(tmp_path: Path) -> None:
    """Losses of the trust beyond a deviation, £100,000, pass to the CCG: 100,000 x (phi(1) - (1 - Phi(1))) = £8,332."""
    cap = (
        capped(0.333333).replace("limit =", 'side = "loss"\nlimit =').replace("percent = 0.333333", "amount = 100_000")
    )
    (price,) = prices(years(model(tmp_path / "m", rules=TO_ALL + cap.replace(', of = "income"', ""))))
    worth = {entry.account: entry.mean for entry in price.worth or ()}
    assert abs(worth["TRUST"].pounds - 8_332) < 4 * worth["TRUST"].error
