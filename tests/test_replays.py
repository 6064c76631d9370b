"""Replays of real settlements, skipped where the published files are not there: they are no part of the project."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from replays import replay
from replays.published import amounts, half_a_unit, published
from replays.replay import REPLAYS, Replay, missing, settlements
from replays.settlement import Settlement, pools_of

from cases import Answer
from riskshare.build import compute
from riskshare.problems.findings import Severity

EXAMPLE = replay.HERE.parent / "models" / "shared-savings-example"
ABSENT = f"the published files are not in {replay.DATA}: the replays are not run"
BANDS_OF_REACH = "up_to = 10, shares = { ACO = 35, MEDICARE = 65 }"
BY_MODEL = {entry.model: entry for entry in REPLAYS}
NOT_REPRODUCED = {
    "A1515": "limited by the revenue of its members, which is not published",
    "A2820": "limited by the revenue of its members, which is not published",
    "A4627": "limited by the revenue of its members, which is not published",
    "A2833": "the saving of 2.9826% is at the minimum: the printed 2.98% may be 2.975% to 2.985%",
}


def replaying(test: Callable[..., None]) -> Callable[..., None]:
    """Marks a test that needs the published files."""
    marked: Callable[..., None] = pytest.mark.skipif(bool(missing()), reason=ABSENT)(pytest.mark.slow(test))
    return marked


@cache
def replayed(model: str) -> tuple[Settlement, ...]:
    return settlements(BY_MODEL[model])


def left(model: str) -> dict[str, str]:
    """What is not reproduced, with the reason."""
    return {entry.pool: entry.reason for entry in replayed(model) if not entry.reproduced}


@replaying
@pytest.mark.parametrize(("model", "number"), [("mssp-2020", 513), ("mssp-2021", 475), ("aco-reach-2021", 53)])
def test_every_published_settlement_is_a_pool(model: str, number: int) -> None:
    assert len({entry.pool for entry in replayed(model)}) == len(replayed(model)) == number


@replaying
def test_mssp_2020_is_reproduced_in_full() -> None:
    assert left("mssp-2020") == {}


@replaying
def test_mssp_2021_is_reproduced_but_for_four_that_nobody_can_know() -> None:
    assert left("mssp-2021") == NOT_REPRODUCED


@replaying
def test_aco_reach_2021_is_reproduced_in_full_gross_after_bands_and_after_sequestration() -> None:
    assert left("aco-reach-2021") == {}
    assert {len(entry.figures) for entry in replayed("aco-reach-2021")} == {3}


@replaying
@pytest.mark.parametrize("model", ["mssp-2020", "mssp-2021"])
def test_every_earned_gain_has_a_tolerance_of_its_own_and_nothing_else_has_more_than_a_pound(model: str) -> None:
    earned = [entry for entry in replayed(model) if entry.figures[-1].ours > 0]
    others = [entry for entry in replayed(model) if entry.figures[-1].ours == 0 and entry.track != "Track 2"]
    assert len({entry.figures[-1].tolerance for entry in earned}) == len(earned)
    assert {figure.tolerance for entry in others for figure in entry.figures} == {1}


@replaying
@pytest.mark.parametrize(
    ("model", "term", "wrong"),
    [
        ("mssp-2020", "gain_limit = 10", "gain_limit = 9"),
        ("mssp-2021", "percent = 2,", "percent = 1.5,"),
        ("mssp-2021", "loss_rate = 30", "loss_rate = 29"),
        ("mssp-2021", "rate = 60", "rate = 55"),
        ("aco-reach-2021", BANDS_OF_REACH, BANDS_OF_REACH.replace("35", "34").replace("65", "66")),
    ],
)  # fmt: skip
def test_a_wrong_term_is_seen(
    model: str, term: str, wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = (replay.HERE / model / "model.toml").read_text(encoding="utf-8")
    assert term in right
    not_reproduced = len(left(model))
    (tmp_path / model).mkdir()
    (tmp_path / model / "model.toml").write_text(right.replace(term, wrong), encoding="utf-8")
    monkeypatch.setattr(replay, "HERE", tmp_path)
    assert sum(not entry.reproduced for entry in settlements(BY_MODEL[model])) > not_reproduced


def test_without_the_published_files_a_message_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(replay, "DATA", tmp_path)
    runpy.run_module("replays", run_name="__main__")
    assert "not part of the project" in capsys.readouterr().out


@replaying
def test_the_table_tells_tracks_and_sides_apart(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(replay, "settlements", lambda entry: replayed(entry.model))
    runpy.run_module("replays", run_name="__main__")
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "scheme year track side settlements reproduced not reproduced and why"
    assert "MSSP 2020 all both 513 513" in lines
    assert "MSSP 2021 all both 475 471 4" in lines
    assert "ACO REACH 2021 Professional loss 4 4" in lines


@pytest.mark.parametrize(
    ("cells", "half"),
    [(["0.4", "0.39"], "0.005"), (["40.00%", "75.00%"], "0.00005"), (["2%"], "0.005"), (["89", "90.21"], "0.005")],
)
def test_half_a_unit_of_the_last_printed_decimal(cells: list[str], half: str) -> None:
    assert str(half_a_unit(pl.Series(cells))) == half


def test_published_amounts_have_commas_and_may_be_empty() -> None:
    assert [str(amount.normalize()) for amount in amounts(pl.Series(["-1,234,567", "", "0.1250"]))] == [
        "-1234567",
        "0",
        "0.125",
    ]


def test_every_replay_has_a_model_beside_it() -> None:
    for entry in REPLAYS:
        assert isinstance(entry, Replay)
        assert (replay.HERE / entry.model / "model.toml").is_file()


# ---------------------------------------------------------------------------------------------- the shipped example


def test_the_example_gives_what_was_paid() -> None:
    """Within half a unit of the last decimal of the quality score, 0.005% of the gain, and two dollars for rounding."""
    built, found = compute(EXAMPLE)
    assert built is not None, found
    held = pools_of(built, {"variance": "variance_all", "ours": "final.ACO"})
    cells = published(EXAMPLE / "inputs" / "organisations.csv", ("pool", "paid"))
    assert len(held) == cells.height == 21
    for pool, paid in zip(cells["pool"], amounts(cells["paid"]), strict=True):
        row = held[pool]
        assert abs(row["ours"] - paid) <= Decimal("0.00005") * abs(row["variance"]) + 2, pool


def test_the_example_has_both_years_and_sides_every_track_a_cap_and_some_below_their_minimum() -> None:
    built, found = compute(EXAMPLE)
    assert built is not None, found
    assert [finding.severity for finding in found] == [Severity.ACCEPTED], "one saved 29.8%, as published"
    assert Answer(built).failing_checks() == []
    frame = built.figures["share aco"]
    tracks = published(EXAMPLE / "inputs" / "organisations.csv", ("year", "track"))
    assert (tracks["track"].n_unique(), tracks["year"].n_unique()) == (10, 2)
    assert frame.filter(pl.col("cap_1.gain.over.ACO") > 0)["pool"].to_list() == ["aco:A1070-2020"]
    assert frame.filter(pl.col("threshold_1.unshared") > 0).height == 3
    assert frame.filter(pl.col("withhold_2.held") < 0).height == 5
