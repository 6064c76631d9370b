"""One penny more in a line moves no account by more than a few pennies, but where the contract itself has a cliff.

The contracts are those of `steep_contracts`: every kind of rule, holders with variances of thousands each way, and
pools whose variance is a few pounds, a penny or nothing. Cliffs are left out; docs/arithmetic.md lists all there are:

- `first_pound` at its threshold, `whole_amount` at the ends of its bands, a `floor` of outcomes, which are not drawn;
- a pool whose variance passes from a gain to a loss, or a part of it that does, under rules that differ for the two;
- an excess that goes to others of whom none holds anything, and budgets of nothing, which are not drawn either.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cases import Answer, answer
from contracts import KEPT, TO_TRUST, contract, shared
from steep_contracts import Steep

FEW = Decimal("0.10")
"""What a penny may move an account by: a few roundings, beside variances of at most three times a limit or a band."""


def amounts(found: Answer) -> dict[tuple[str, str], Decimal]:
    """Position, entitlement and transfer of every account."""
    frame = found.built.figures["settlement"].select("account", "position", "entitlement", "transfer")
    columns = frame.columns[1:]
    return {(row[0], column): amount for row in frame.rows() for column, amount in zip(columns, row[1:], strict=True)}


def losses(found: Answer) -> list[bool]:
    """Which pools hold a loss at the start, and after each rule."""
    frames = [found.built.figures[group.table.name] for group in found.built.plan.groups]
    held = pl.col("start"), pl.col("^.*[.]holds[.]pool$")
    return [amount < 0 for frame in frames for row in frame.select(held).rows() for amount in row]


def moved_by_a_penny(seed: int) -> None:
    """Holds that a penny in one line of a random contract moves no account far."""
    rng = Random(seed)
    drawn = Steep(rng, both=rng.random() < 0.5)
    line, by = rng.randrange(len(drawn.lines)), rng.choice((1, -1))
    with TemporaryDirectory() as folder:
        before = answer(drawn.write(Path(folder) / "steep"))
        after = answer(drawn.write(Path(folder) / "steep", line, by))
    if not drawn.both and losses(before) != losses(after):
        return
    then = amounts(after)
    jumps = {account: then[account] - amount for account, amount in amounts(before).items()}
    assert {account: jump for account, jump in jumps.items() if abs(jump) > FEW} == {}


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**9))
def test_a_penny_moves_no_account_far(seed: int) -> None:
    moved_by_a_penny(seed)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9))
@example(0)
def test_a_penny_moves_no_account_far_in_many_contracts(seed: int) -> None:
    moved_by_a_penny(seed)


# Where it used to jump, penny by penny: what each holder keeps as the variance of the second goes down.


def kept(folder: Path, rules: tuple[str, ...], ccg: int, council: str) -> dict[str, Decimal]:
    """What two holders with budgets of 300,000 and 100,000 are entitled to, by their variances."""
    lines = f"line,holder,budget,outturn\na,CCG,300000,{300_000 - ccg}\nb,COUNCIL,100000,{100_000 - Decimal(council)}"
    return contract(folder, rules, lines).settlement("entitlement")


HALF = "share_ranges: bands = [{ shares = { unshared = 50, TRUST = 50 } }]"
PASSES: dict[str, tuple[tuple[str, ...], int, tuple[str, ...]]] = {
    "through no variance in all": ((HALF,), 5000, ("-4999.98", "-4999.99", "-5000", "-5000.01", "-5000.02")),
    "into opposite signs": ((HALF,), 5000, ("0.02", "0.01", "0", "-0.01", "-0.02")),
    "with what a reserve takes first": (
        ('reserve: side = "gain", reserve = "risk_reserve", percent = 10', KEPT, TO_TRUST),
        5000,
        ("-4999.85", "-4999.86", "-4999.95", "-4999.96", "-4999.99", "-5000"),
    ),
    "with a third of each penny": (
        (shared("unshared = 33.333333, TRUST = 33.333333, CHARITY = 33.333334"),),
        5000,
        ("-4999.96", "-4999.97", "-4999.98", "-4999.99", "-5000"),
    ),
}


@pytest.mark.parametrize("row", PASSES)
def test_nothing_jumps_as_a_variance_passes(row: str, tmp_path: Path) -> None:
    rules, ccg, variances = PASSES[row]
    found = [kept(tmp_path / council, rules, ccg, council) for council in variances]
    for one, other in pairwise(found):
        for account in {*one, *other}:
            assert abs(one.get(account, Decimal(0)) - other.get(account, Decimal(0))) <= FEW, (account, one, other)
