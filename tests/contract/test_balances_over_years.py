"""Balances over the years: what one year's results leave is next year's input as it is, a carried-forward loss too."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from cases import Answer, answer, findings, place_model
from contracts import money, toml
from riskshare.outputs.results import write_results

BY_BUDGETS = 'allocate: from = "pool", key = "contribution"'
HALF_OF_LOSSES = 'carry_forward: side = "loss", from = "CCG", percent = 50'
BROUGHT_IN = 'carry_forward: balance = "last_year"'
LAST_YEAR = """
[[reserves]]
code = "last_year"
name = "Brought forward"
holder = "CCG"
{terms}
"""
FROM_FILE = LAST_YEAR.format(terms='balances = "inputs/balances.csv"\naccount = "carry_forward"')
SPENT = "line,budget,outturn\nall,10000000,{outturn}"


def year(folder: Path, rules: tuple[str, ...], outturn: int, reserves: str = "", balances: str = "") -> Path:
    """A year of a pool of £10m, held by the CCG."""
    model = place_model(folder, toml(rules), SPENT.format(outturn=outturn), more=reserves)
    if balances:
        (model / "inputs" / "balances.csv").write_text(balances, encoding="utf-8")
    return model


def left(found: Answer, folder: Path) -> str:
    """The balances.csv that `--results` writes."""
    write_results(folder, found.built.plan, found.built.figures)
    return (folder / "balances.csv").read_text(encoding="utf-8")


def test_a_loss_goes_into_next_year_and_comes_in_there_without_an_edit(tmp_path: Path) -> None:
    """A loss of £100,000: half goes into next year, whose gain of £80,000 is £30,000 after it.

    In the year after that £50,000 of a loss of £100,000 go on again.
    """
    first = answer(year(tmp_path / "first", (BY_BUDGETS, HALF_OF_LOSSES), 10_100_000))
    assert first.pots("place") == money({"CCG": "-50000.00", "carry_forward": "-50000.00"})
    balances = left(first, tmp_path / "of-first")
    assert balances == "account,opening\ncarry_forward,-50000.00\n"
    rules = (BROUGHT_IN, BY_BUDGETS, HALF_OF_LOSSES)
    folder = year(tmp_path / "second", rules, 9_920_000, FROM_FILE, balances)
    second = answer(folder)
    assert findings(folder) == []
    assert second.pots("place") == money({"CCG": "30000.00", "last_year": "50000.00"})
    assert second.closing_balances() == {"last_year": Decimal(0)}
    balances = left(second, tmp_path / "of-second")
    assert balances == "account,opening\nlast_year,0.00\ncarry_forward,0.00\n"
    third = answer(year(tmp_path / "third", rules, 10_100_000, FROM_FILE, balances))
    assert third.pots("place") == money({"CCG": "-50000.00", "carry_forward": "-50000.00"})


def test_a_loss_brought_forward_may_be_typed(tmp_path: Path) -> None:
    """The same £50,000 as an opening: a gain of £100,000 is £50,000 after it."""
    reserve = LAST_YEAR.format(terms="opening = -50_000")
    folder = year(tmp_path / "typed", (BROUGHT_IN, BY_BUDGETS), 9_900_000, reserve)
    found = answer(folder)
    assert found.pots("place") == money({"CCG": "50000.00", "last_year": "50000.00"})
    assert (found.closing_balances(), findings(folder)) == ({"last_year": Decimal(0)}, [])


@pytest.mark.parametrize(
    ("terms", "balances", "words"),
    [
        ("opening = -50_000", "", "opening = "),
        ('balances = "inputs/balances.csv"', "account,opening\nlast_year,-50000.00\n", "balances = "),
    ],
)
def test_a_loss_that_no_rule_brings_in_is_told_once(terms: str, balances: str, words: str, tmp_path: Path) -> None:
    reserve = LAST_YEAR.format(terms=terms)
    folder = year(tmp_path / "idle", (BY_BUDGETS,), 9_900_000, reserve, balances)
    (found,) = findings(folder)
    lines = (folder / "model.toml").read_text(encoding="utf-8").splitlines()
    (line,) = (number for number, text in enumerate(lines, start=1) if text.startswith(words))
    assert found.startswith(f"warning: model.toml, line {line}: reserve 'last_year' opens overdrawn by £50,000.00.")
    assert 'by the rule carry_forward with balance = "last_year"' in found


def test_a_balance_that_no_reserve_opens_with_is_told_with_its_amount(tmp_path: Path) -> None:
    balances = "account,opening\ncarry_forward,-50000.00\nold_reserve,7.00\nempty,0.00\n"
    (found,) = findings(year(tmp_path / "left", (BROUGHT_IN, BY_BUDGETS), 9_900_000, FROM_FILE, balances))
    assert found.startswith("warning: inputs/balances.csv, row 3, column opening: account 'old_reserve' was left with")
    assert "£7.00, and no reserve opens with it. Add a reserve with balances = " in found


def test_a_balance_that_no_pool_can_take_is_an_error(tmp_path: Path) -> None:
    """£5,000 would come in by the targets of the pools, and there is no budget: it would stay behind in silence."""
    folder = year(tmp_path / "none", (BROUGHT_IN, BY_BUDGETS), 0, LAST_YEAR.format(terms="opening = 5000"))
    (folder / "inputs" / "lines.csv").write_text("line,budget,outturn\nall,0,0\n", encoding="utf-8")
    told = "£5,000.00 of 'last_year' comes in by targets that add to zero. Expected: a pool with a target above zero."
    assert any(entry.startswith("error: model.toml") and told in entry for entry in findings(folder))


@pytest.mark.parametrize(
    ("reserves", "expected"),
    [
        (LAST_YEAR.format(terms='opening = 5\naccount = "carry_forward"'), "'account' goes with 'balances'"),
        (FROM_FILE + "opening = 5\n", "give either 'opening' or 'balances'"),
        (
            FROM_FILE.replace("carry_forward", "carry_forwards"),
            "has no account 'carry_forwards'. Did you mean 'carry_fo",
        ),
        (
            FROM_FILE + FROM_FILE.replace('"last_year"', '"second"'),
            "reserve 'second' opens with the balance that 'last_year' opens with. Expected: each balance once.",
        ),
    ],
)
def test_what_is_wrong_with_an_opening_is_a_finding(reserves: str, expected: str, tmp_path: Path) -> None:
    balances = "account,opening\ncarry_forward,-50000.00\n"
    found = findings(year(tmp_path / "wrong", (BROUGHT_IN, BY_BUDGETS), 9_900_000, reserves, balances))
    assert any(expected in entry and entry.startswith("error") for entry in found), found
