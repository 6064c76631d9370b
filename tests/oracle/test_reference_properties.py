"""What must hold of any settlement, held on hundreds of random contracts of the reference, which is quick.

`test_reference.py` holds that riskshare's figures are the reference's. Here: nothing jumps, codes decide pennies at
most, and nobody pays who does not owe in the family of pool groups that the payment is for.
"""

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from reference import Settled, settle
from reference_compare import Figures, figures_of
from reference_money import RefusedError
from reference_payments import families, family_accounts, paid_pro_rata
from wide_models import FEATURES, wide_model

SMOOTH = FEATURES | {"smooth"}
FEW = 12
"""Pennies: what a few roundings, one after the other, make of one penny."""


@pytest.mark.parametrize("first", range(50_160, 50_200, 10))
def test_a_penny_in_a_line_moves_no_account_far(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + 10):
        assert jumps(seed, tmp_path / str(seed)) == []


@pytest.mark.slow
@pytest.mark.parametrize("first", range(50_200, 50_300, 25))
def test_a_penny_moves_no_account_far_in_hundreds_of_contracts(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + 25):
        assert jumps(seed, tmp_path / str(seed)) == []


def jumps(seed: int, folder: Path) -> list[str]:
    """Accounts that one penny more in a line moves by more than a few, in a contract without cliffs.

    Contracts may be steep: with £60,000 each way and a threshold of £10 a penny is worth more than a penny. There a
    pound moves an account by much more than a penny does; a jump is the same for both.
    """
    wide_model(folder, seed, SMOOTH)
    try:
        line = near_nothing(settle(folder))
        before, penny, pound = (figures_of(settle(moved(folder, line, by))) for by in (0, 1, 99))
    except RefusedError:
        return []
    accounts = [key for key in before if key[0] == "settlement"]
    steps = {key: (penny[key] - before[key], pound[key] - before[key]) for key in accounts}
    far = {key: step for key, step in steps.items() if abs(step[0]) > FEW + abs(step[1]) // 20}
    said = (f"{' '.join(key)}: {one} by a penny, {many} by a pound" for key, (one, many) in far.items())
    return [f"seed {seed}, line {line}, {words}" for words in said]


def near_nothing(settled: Settled) -> str:
    """A line of the pool group with the smallest variance, where gains turn into losses."""
    groups = [group for group in settled.groups if group.inside]
    nearest = min(groups, key=lambda group: min(abs(pool.started) for pool in group.pools), default=None)
    return min(nearest.inside) if nearest else settled.model.lines[0].code


def moved(folder: Path, line: str, by: int) -> Path:
    """The model with an outturn that is so many pennies lower than the last time."""
    file = folder / "inputs" / "lines.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        if row["line"] == line:
            row["outturn"] = str(Decimal(row["outturn"]) - Decimal(by) / 100)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


@pytest.mark.parametrize("first", range(60_000, 60_030, 10))
def test_codes_of_localities_decide_pennies_at_most(first: int, tmp_path: Path) -> None:
    """The same places under other codes, in another order: parts are cut otherwise, and nothing else moves."""
    for seed in range(first, first + 10):
        folder = wide_model(tmp_path / str(seed), seed, SMOOTH)
        try:
            before = figures_of(settle(folder))
            after = figures_of(settle(recoded(folder)))
        except RefusedError:
            continue
        assert far_apart(before, after) == [], f"seed {seed}"


CODES = {"CORRINGHAM": "TOWN", "GRAYS": "STATION", "PURFLEET": "RIVER", "STANFORD": "HOPE", "TILBURY": "DOCKS"}


def recoded(folder: Path) -> Path:
    """The model with other codes of localities, which sort the other way round, in every file."""
    for file in [folder / "model.toml", *(folder / "inputs").glob("*.csv")]:
        text = file.read_text(encoding="utf-8")
        for old, new in CODES.items():
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
    return folder


def far_apart(before: Figures, after: Figures) -> list[str]:
    """Accounts whose settlement is not the same but for pennies."""
    accounts = [key for key in before if key[0] == "settlement"]
    most = 100 + max(abs(amount) for amount in before.values()) // 10_000
    return [f"{' '.join(key)}: {before[key]}, {after[key]}" for key in accounts if abs(before[key] - after[key]) > most]


@pytest.mark.parametrize("first", range(70_000, 70_060, 20))
def test_in_every_family_only_those_pay_who_owe(first: int, tmp_path: Path) -> None:
    """Pro rata, before payments of several families are netted: to the penny what each owes and is owed there."""
    for seed in range(first, first + 20):
        try:
            settled = settle(wide_model(tmp_path / str(seed), seed))
        except RefusedError:
            continue
        for family in families(settled):
            due = family_accounts(settled.model, family).settles
            left = Counter(due)
            for (payer, payee), amount in paid_pro_rata(due).items():
                assert amount >= 0 > due[payer]
                assert due[payee] > 0
                left[payer] += amount
                left[payee] -= amount
            assert not any(left.values())
