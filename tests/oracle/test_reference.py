"""riskshare and the independent reference agree to the penny on random models of all features, and what holds for each.

The reference (`tests/support/reference.py`) reads the same files by itself and calculates in exact fractions. What it
refuses riskshare must refuse too. To compare a thousand by hand: CONTRIBUTING.md, "The independent reference".
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from reference import settle
from reference_compare import Figures, compare_seed, computed, differences, figures_of
from reference_money import RefusedError, pounds
from wide_models import wide_model

FAST = range(10_000, 10_060)
SLOW = range(20_000, 20_150)
REORDERED = range(30_000, 30_012)


@pytest.mark.parametrize("seed", FAST)
def test_riskshare_and_the_reference_agree(seed: int, tmp_path: Path) -> None:
    agreed(seed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(SLOW.start, SLOW.stop, 25))
def test_they_agree_on_hundreds(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + 25):
        agreed(seed, tmp_path)


def agreed(seed: int, folder: Path) -> None:
    """All figures are equal or the model is refused, and what must hold of every settlement holds of riskshare's."""
    found = compare_seed(seed, folder)
    assert found.agrees, "\n".join([f"seed {seed}: {found.verdict.value}", *found.said])
    broken = list(broken_promises(folder / f"seed-{seed}", found.figures))
    assert not broken, "\n".join([f"seed {seed}:", *broken])


def broken_promises(folder: Path, figures: Figures) -> list[str]:
    """What does not hold of riskshare's own figures, reckoned from the lines and not from the reference."""
    if not figures:
        return []
    by_kind = {kind: {key[1:]: amount for key, amount in figures.items() if key[0] == kind} for kind in KINDS}
    return [*_settlement(by_kind["settlement"], by_kind["pays"]), *_footing(folder, by_kind["reconciliation"])]


KINDS = ("settlement", "pays", "reconciliation")


def _settlement(settlement: Figures, pays: Figures) -> list[str]:
    """Transfers add to zero, payments settle every account exactly, and nobody pays and is paid by the same one."""
    wrong = [] if not sum(_column(settlement, "transfer").values()) else ["transfers do not add to zero"]
    left = Counter(_column(settlement, "settles"))
    for (payer, payee), amount in pays.items():
        left[payer] += amount
        left[payee] -= amount
        wrong += [] if amount > 0 and (payee, payer) not in pays else [f"{payer} pays {payee} {amount}"]
    appropriated = _column(settlement, "appropriated")
    wrong += [] if not sum(appropriated.values()) else ["appropriations do not add to zero"]
    return wrong + [f"{account} is {amount} short" for account, amount in left.items() if amount]


def _column(rows: Figures, column: str) -> dict[str, int]:
    return {key[0]: amount for key, amount in rows.items() if key[1] == column}


def _footing(folder: Path, rows: Figures) -> list[str]:
    """The reconciliation foots along every row, and in total comes from the lines and tables of the files."""
    wrong = []
    for account in dict.fromkeys(key[0] for key in rows):
        row = {key[1]: amount for key, amount in rows.items() if key[0] == account}
        lines = sum(row[kind] for kind in ("in_pools", "fixed", "excluded", "in_view", "no_pool"))
        wrong += [] if lines == row["all_lines"] else [f"{account}: its lines add to {lines}"]
        after = row["all_lines"] + row["target_changes"] + row["moved"]
        wrong += [] if after == row["after"] else [f"{account}: {after} after all"]
    wrong += [] if not sum(_column(rows, "moved").values()) else ["what moved does not add to zero"]
    given, counted = variance_given(folder), sum(_column(rows, "all_lines").values())
    return wrong + ([] if given == counted else [f"all lines are {given}, reconciled {counted}"])


def variance_given(folder: Path) -> int:
    """The variance of all lines and tables of pools, in pennies, from the files."""
    files = [folder / "inputs" / "lines.csv", folder / "inputs" / "schemes.csv"]
    rows = [
        row for file in files if file.exists() for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    ]
    return sum(pounds(row.get("budget") or row["target"]) - pounds(row["outturn"]) for row in rows)


# Order


@pytest.mark.parametrize("seed", REORDERED)
def test_the_order_of_rows_moves_nothing(seed: int, tmp_path: Path) -> None:
    folder = wide_model(tmp_path / "model", seed)
    before = computed(folder)[0]
    for file in sorted((folder / "inputs").glob("*.csv")):
        head, *rows = file.read_text(encoding="utf-8").splitlines()
        Random(seed).shuffle(rows)
        file.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    assert list(differences(before, computed(folder)[0])) == []


# That the tests above can fail, and that the models are of everything


def test_the_seeds_are_mostly_computed_and_use_every_rule(tmp_path: Path) -> None:
    """At least half of the fast seeds are settled, and each kind of rule stands in some of them."""
    used: Counter[str] = Counter()
    settled = 0
    for seed in FAST:
        folder = wide_model(tmp_path / str(seed), seed)
        text = (folder / "model.toml").read_text(encoding="utf-8")
        used.update(word for word in EVERYTHING if word in text)
        settled += reference_settles(folder)
    assert [word for word in EVERYTHING if not used[word]] == []
    assert settled >= len(FAST) / 2


EVERYTHING = (
    *(
        f'rule = "{kind}"'
        for kind in (
            "adjust_target", "allocate", "cap", "carry_forward", "decision", "exclude", "guarantee", "net", "outcomes",
            "prorate", "reserve", "share_ranges", "stop_loss", "threshold", "withhold",
        )
    ),
    '"first_pound"', '"excess_only"', '"marginal"', '"whole_amount"', '"1/3"', '"contribution"', '"income"', '"equal"',
    '"own_variance"', "file = ", "column = ", '"rest"', "lowest_of", '"others"', "tiers = ", "extra_from", "order = ",
    'over = "pool"', 'over = "fund"', "not = ", "contributions = ", "balance = ", "balances = ", "rules_from",
    "term = ",
    '"through_host"', '"fewest"', '"pro_rata"', "[[overall.rules]]", 'table = "', "pool:",
    "recurrent_only",
)  # fmt: skip


def reference_settles(folder: Path) -> bool:
    """Whether the reference finds nothing to refuse."""
    try:
        return bool(figures_of(settle(folder)))
    except RefusedError:
        return False


def test_a_penny_is_a_difference(tmp_path: Path) -> None:
    """One more penny in one figure, of any kind, is told with both amounts."""
    seed = next(seed for seed in FAST if reference_settles(wide_model(tmp_path / str(seed), seed)))
    figures = figures_of(settle(tmp_path / str(seed)))
    for key in figures:
        (said,) = differences(figures, figures | {key: figures[key] + 1})
        assert said == f"{' '.join(key)}: reference {figures[key]}, riskshare {figures[key] + 1} (pennies)"
