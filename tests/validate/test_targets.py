"""A percentage of a target of zero or less, after what changed it, is an error that names the pools and their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases import HEAD, PARTNERS, answer, findings, place_model, write_model
from contracts import TO_TRUST, contract, pools_contract, toml

CUT = 'adjust_target: amount = -{pounds}, funded_by = "CCG", reason = "Agreed"'
BANDS = "share_ranges: bands = [{ up_to = 5, shares = { TRUST = 100 } }, { shares = { COUNCIL = 100 } }]"
OF_TARGET = 'cap: from = "TRUST", limit = { percent = 5, of = "target" }, excess_to = "CCG"'
TAKEN = "and percentages of it are taken by Share ranges (Schedule 9)"
BELOW = f"after Adjust target (Schedule 9), {TAKEN}; its lines are 'a'"

REMEDY = "Check the lines and what changes the target, or state the rules in pounds."


def _errors(folder: Path) -> list[str]:
    return [text for text in findings(folder) if text.startswith("error")]


def _of_place(tmp_path: Path, rules: tuple[str, ...], lines: str, **tables: str) -> list[str]:
    folder = place_model(tmp_path / "place", toml(rules), lines)
    write_model(folder, (folder / "model.toml").read_text(encoding="utf-8"), **tables)
    return _errors(folder)


@pytest.mark.parametrize("outturn", ["1000", "1000.01", "900"])
def test_a_target_that_a_change_pushed_below_zero(tmp_path: Path, outturn: str) -> None:
    """£1,000 less £2,000: the bands end at -£50, whatever the variance was. It used to depend on a penny of it."""
    (found,) = _of_place(tmp_path, (CUT.format(pounds=2000), BANDS), f"line,budget,outturn\na,1000,{outturn}")
    assert f"pool 'place' has a target of -£1,000.00 {BELOW} (£1,000.00). Expected: a target above zero." in found
    assert found.endswith(REMEDY)
    assert "contribution" not in found.lower()


def test_a_target_of_exactly_zero_after_a_change(tmp_path: Path) -> None:
    (found,) = _of_place(tmp_path, (CUT.format(pounds=1000), BANDS), "line,budget,outturn\na,1000,1000")
    assert "has a target of £0.00 after Adjust target" in found


def test_a_cut_in_each_locality_names_the_one_without_lines(tmp_path: Path) -> None:
    """Of two localities TILBURY has no line: -£5,000 was shared there, £150 of it as a gain made from a loss."""
    rules = (CUT.format(pounds="5_000"), BANDS)
    local = {"local": ('for_each = "adult"\nscope = { level = ["locality"] }', rules)}
    with pytest.raises(AssertionError):
        pools_contract(tmp_path, local, "line,level,locality,budget,outturn\ng,locality,GRAYS,1000000,990000")
    (found,) = _errors(tmp_path / "pools")
    assert "pool 'local:TILBURY' has a target of -£5,000.00 after Adjust target (Schedule 9), and" in found
    assert "; no line is in it. " in found


def test_in_a_locality_the_lines_are_those_with_a_part_there(tmp_path: Path) -> None:
    """Half of 'both' and all of 't' are TILBURY's, but nothing of 'g'."""
    lines = """
        line,level,locality,basis,budget,outturn
        g,locality,GRAYS,,1000,1000
        t,locality,TILBURY,,-300,-300
        both,locality,,registered,400,400
    """
    local = {"local": ('for_each = "adult"\nscope = { level = ["locality"] }', (BANDS,))}
    with pytest.raises(AssertionError):
        pools_contract(tmp_path, local, lines)
    (found,) = _errors(tmp_path / "pools")
    assert "pool 'local:TILBURY' has a target of -£200.00, and" in found
    assert "; its lines are 't' (-£300.00), 'both' (£100.00). " in found


def test_a_recovery_comes_into_a_pool_without_a_target(tmp_path: Path) -> None:
    """A case of £100,000 leaves £50,000 in a pool whose target is nothing: all of it was in the last band."""
    rules = ('stop_loss: cases = "inputs/cases.csv", attachment = 50_000, borne_by = "CCG"', BANDS)
    (found,) = _of_place(tmp_path, rules, "line,budget,outturn\na,0,0", cases="case,pool,cost\nK,place,100000")
    assert "pool 'place' has a target of £0.00, and percentages of it are taken by Share ranges" in found


def test_a_limit_of_the_target_speaks_of_no_contributions(tmp_path: Path) -> None:
    """Income of £97,989.70 alone is a target below zero, with no variance: its limit was called a contribution."""
    lines = "line,risk,budget,outturn\nincome,shared,-97989.70,-97989.70\nfixed,fixed,200000,200000"
    (found,) = _of_place(tmp_path, (TO_TRUST, OF_TARGET), lines)
    assert "has a target of -£97,989.70, and percentages of it are taken by Cap (Schedule 9); its lines are" in found
    assert "contribution" not in found.lower()


def test_the_target_is_judged_where_it_is_read(tmp_path: Path) -> None:
    """Growth of £3,000 comes before the bands, so that a target of -£1,000 is none that they read."""
    grown = 'adjust_target: amount = 3_000, funded_by = "CCG", reason = "Growth"'
    assert _of_place(tmp_path, (grown, BANDS), "line,budget,outturn\na,-1000,-1000") == []
    reversed_order = ("threshold: percent = 1", grown, TO_TRUST)
    assert len(_of_place(tmp_path, reversed_order, "line,budget,outturn\na,-1000,-1000")) == 1


@pytest.mark.parametrize("rules", [(TO_TRUST,), ("threshold: amount = 5", TO_TRUST)])
def test_rules_in_pounds_need_no_target(tmp_path: Path, rules: tuple[str, ...]) -> None:
    pots = contract(tmp_path, (CUT.format(pounds=2000), *rules), "line,budget,outturn\na,1000,1000").pots("place")
    assert [str(amount) for amount in pots.values()] == ["-2000.00"]


def test_an_empty_locality_in_which_nothing_moves_is_no_error(tmp_path: Path) -> None:
    """TILBURY has no line and no money: its bands are of nothing, and share nothing."""
    local = {"local": ('for_each = "adult"\nscope = { level = ["locality"] }', (BANDS,))}
    lines = "line,level,locality,budget,outturn\ng,locality,GRAYS,1000000,990000"
    assert pools_contract(tmp_path, local, lines).pots("local:TILBURY") == {}


def test_a_table_of_pools_names_its_rows(tmp_path: Path) -> None:
    pool = '\n[[pools]]\ncode = "aco"\ntable = "inputs/pools.csv"\nholder = "CCG"\n'
    rules = toml(("threshold: percent = 2", BANDS))
    folder = write_model(
        tmp_path / "rows",
        HEAD.format(name="rows") + PARTNERS + pool + rules,
        pools="pool,target,outturn\nA,1000,900\nB,0,5\nC,-10,-10",
    )
    found = _errors(folder)
    assert [text.split("pool '")[1].split(",")[0] for text in found] == [
        "aco:B' has a target of £0.00",
        "aco:C' has a target of -£10.00",
    ]
    assert all(
        "by Threshold (Schedule 9), Share ranges (Schedule 9); it is a row of inputs/pools.csv." in f for f in found
    )


def test_a_sound_pool_beside_it_is_not_named(tmp_path: Path) -> None:
    found = answer(place_model(tmp_path / "sound", toml((BANDS,)), "line,budget,outturn\na,1000,900"))
    assert found.failing_checks() == []
