"""Draws: many outturns at once in doubles come to the penny to what the exact engine makes of each of them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from places import REPOSITORY
from random_models import random_model
from riskshare.build import compute
from riskshare.figures.computed import ComputedModel
from riskshare.figures.names import LINES, SETTLEMENT
from riskshare.formula.draws import Chunk, Column, Drawn
from riskshare.formula.evaluate import evaluate
from riskshare.formula.language import Col, Given, Number, Part, Step, Table, most, table, when
from riskshare.formula.scaled import Floats
from riskshare.formula.units import MONEY, SHARE, TEXT

OUTTURN: Column = (LINES, "outturn")
ACCOUNTS: tuple[Column, ...] = tuple((SETTLEMENT, name) for name in ("position", "entitlement", "transfer", "settles"))


def outturns(built: ComputedModel, draws: int, sd: float, seed: int) -> Floats:
    """Whole pennies, lines x draws, around what the lines spent."""
    spent = np.array([[float(amount * 100)] for amount in built.plan.lines["outturn"]])
    noise = np.random.default_rng(seed).standard_normal((len(spent), draws))
    return np.rint(spent * (1 + sd * noise))


def exactly(built: ComputedModel, outturn: Floats) -> dict[Column, list[Decimal]]:
    """What the exact engine makes of one draw."""
    amounts = [Decimal(int(pennies)).scaleb(-2) for pennies in outturn]
    lines = built.plan.lines.with_columns(outturn=pl.Series(amounts, dtype=built.plan.lines.schema["outturn"]))
    figures = evaluate(built.plan.tables, {**built.plan.frames, LINES: lines})
    return {(table, column): figures[table][column].to_list() for table, column in ACCOUNTS}


def differences(built: ComputedModel, draws: int, sd: float = 0.03, seed: int = 1) -> tuple[int, int]:
    """How many figures of accounts differ from the exact ones, and how many draws were in doubt."""
    drawn = outturns(built, draws, sd, seed)
    chunk = Drawn(built.plan.tables, built.figures, [OUTTURN], ACCOUNTS).run({OUTTURN: drawn})
    different = 0
    for draw in (draw for draw in range(draws) if not chunk.doubtful[draw]):
        for column, amounts in exactly(built, drawn[:, draw]).items():
            pennies = [int(amount * 100) for amount in amounts]
            different += int((chunk.figures[column][:, draw] != pennies).sum())
    return different, int(chunk.doubtful.sum())


@pytest.mark.parametrize("name", ["thurrock-2021-22", "mid-and-south-essex-2021-22"])
def test_every_account_of_a_shipped_model_is_the_same_to_the_penny(name: str) -> None:
    built, _ = compute(REPOSITORY / "models" / name)
    assert built is not None
    assert differences(built, draws=5) == (0, 0)


@pytest.mark.slow
def test_every_account_of_300_random_contracts_is_the_same_to_the_penny(tmp_path: Path) -> None:
    """Lines move by a fifth, so that thresholds, bands, caps and reserves are all crossed."""
    different, doubtful = 0, 0
    for seed in range(300):
        built, _ = compute(random_model(tmp_path / f"model-{seed}", seed))
        if built is not None and not built.plan.is_plan:
            one = differences(built, draws=2, sd=0.2, seed=seed)
            different, doubtful = different + one[0], doubtful + one[1]
    assert different == 0
    assert doubtful < 20


# One figure a line of two amounts, shares and weights of any size, in one draw or in many


def shared(amount: Decimal, share: Decimal) -> Table:
    """Lines of which a part goes to somebody."""
    columns = (
        Given("line", TEXT, "Line", ("L1",)),
        Given("amount", MONEY, "Amount", (amount,)),
        Given("share", SHARE, "Share", (share,)),
        Step("part", MONEY, "Part", Col("amount") * Col("share")),
    )
    return table("lines", "Lines", "one row per line", "line", columns)


def run(lines: Table, pennies: list[list[float]], asked: str) -> Chunk:
    """A column of the lines where their amount is drawn."""
    figures = evaluate([lines], {})
    return Drawn([lines], figures, [("lines", "amount")], [("lines", asked)]).run(
        {("lines", "amount"): np.array(pennies)}
    )


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**8))
def test_amounts_up_to_ten_billion_with_shares_of_eight_decimals_hold(pennies: int, share: int) -> None:
    """Products of up to 10^20, far beyond what a double counts: never a wrong penny, and no doubt left."""
    amount, part = Decimal(pennies).scaleb(-2), Decimal(share).scaleb(-8)
    chunk = run(shared(amount, part), [[float(pennies)]], "part")
    expected = (amount * part).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert not chunk.doubtful[0]
    assert int(chunk.figures[("lines", "part")][0, 0]) == int(expected * 100)


@given(st.integers(0, 10**10))
def test_a_half_penny_goes_away_from_zero_on_both_sides(pounds: int) -> None:
    """Half of an odd number of pennies: 0.005 of £0.01 becomes £0.01, and -£0.01 of -£0.01."""
    odd = float(2 * pounds + 1)
    chunk = run(shared(Decimal(1), Decimal("0.5")), [[odd, -odd]], "part")
    assert chunk.figures[("lines", "part")].tolist() == [[pounds + 1, -pounds - 1]]


def test_what_a_double_cannot_tell_is_a_doubt() -> None:
    """A product less itself, and half a penny: nobody knows by how much 10^23 is off."""
    share = Number(Decimal("0.123456789123"))
    lines = table(
        "lines",
        "Lines",
        "one row per line",
        "line",
        (
            Given("line", TEXT, "Line", ("L1",)),
            Given("amount", MONEY, "Amount", (Decimal(1),)),
            Step("left", MONEY, "Left", Col("amount") * share - Col("amount") * share + Number(Decimal("0.005"))),
        ),
    )
    assert run(lines, [[99_999_999_999_999.0]], "left").doubtful.all()
    assert not run(lines, [[1.0]], "left").doubtful.any()


def test_a_doubt_in_a_branch_that_is_not_taken_is_none() -> None:
    """Where the amount is 0 the other branch divides by it: nobody reads that."""
    expr = when(Col("amount"), "=", Number(Decimal(0)), Number(Decimal(7)), Number(Decimal(1)) / Col("amount"))
    lines = table(
        "lines",
        "Lines",
        "one row per line",
        "line",
        (
            Given("line", TEXT, "Line", ("L1",)),
            Given("amount", MONEY, "Amount", (Decimal(1),)),
            Step("inverse", MONEY, "Inverse", expr),
        ),
    )
    chunk = run(lines, [[0.0, 50.0]], "inverse")
    assert chunk.figures[("lines", "inverse")].tolist() == [[700.0, 200.0]]
    assert not chunk.doubtful.any()


def test_only_steps_that_a_draw_reaches_and_somebody_asked_for_are_computed() -> None:
    """Of four steps one is asked for, and reads one more; a third reads neither, the fourth is not asked for."""
    columns = (
        Given("line", TEXT, "Line", ("L1", "L2")),
        Given("amount", MONEY, "Amount", (Decimal(6), Decimal(3))),
        Given("weight", MONEY, "Weight", (Decimal(2), Decimal(1))),
        Step("double", MONEY, "Double", Col("amount") + Col("amount")),
        Step("fixed", MONEY, "Fixed", Col("weight") * Col("weight")),
        Step("other", MONEY, "Other", most(Col("amount"), Col("weight"))),
        Step("part", MONEY, "Part", Part(Col("double"), Number(Decimal(0)), Col("fixed"), Number(Decimal(8)))),
    )
    lines = table("lines", "Lines", "one row per line", "line", columns)
    drawn = Drawn([lines], evaluate([lines], {}), [("lines", "amount")], [("lines", "part")])
    assert drawn.steps == 2
    figures = drawn.run({("lines", "amount"): np.array([[600.0], [300.0]])}).figures
    assert figures[("lines", "part")].tolist() == [[600.0], [75.0]]
