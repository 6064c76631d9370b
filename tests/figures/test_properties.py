"""What holds for every contract: money is neither made nor lost, no row's order matters, only findings come out.

The random models are those of `random_models`: partners, funds, localities, lines, pools and rules in any order.
"""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases import Answer, answer, write_model
from places import REPOSITORY
from random_models import random_model
from riskshare.build import compute
from riskshare.contract.rules import kinds as every_kind
from riskshare.figures.computed import ComputedModel
from riskshare.problems.findings import Severity

PENNY = Decimal("0.01")
A_FEW = settings(max_examples=12, deadline=None)
MANY = settings(max_examples=150, deadline=None)
seeds = st.integers(0, 10**9)


@contextmanager
def a_model(seed: int) -> Iterator[Path]:
    """A random model in a folder of its own, gone afterwards."""
    with TemporaryDirectory() as folder:
        yield random_model(Path(folder) / "model", seed)


def built(folder: Path) -> ComputedModel:
    """The figures of a model that must be sound."""
    found, findings = compute(folder)
    assert found is not None, "\n".join(str(finding) for finding in findings)
    return found


# Money is neither made nor lost


def conserved(found: ComputedModel) -> None:
    """All that must hold of the figures of one random model."""
    pots_add_to_what_was_to_be_shared(found)
    transfers_add_to_zero_and_payments_make_them(found)
    parts_add_to_the_lines(found)
    reserves_are_not_overdrawn(found)
    assert Answer(found).failing_checks() == []


def pots_add_to_what_was_to_be_shared(found: ComputedModel) -> None:
    """In every pool, to the penny."""
    for group in found.plan.groups:
        for row in found.figures[group.table.name].iter_rows(named=True):
            adjusted = sum(
                amount for name, amount in row.items() if name.startswith("adjust_target") and name.endswith(".change")
            )
            assert sum(row[column] for column in group.final.values()) == row["start"] + adjusted, row["pool"]
            assert row["start"] == row["variance_all"] + row["passed_up"]


def transfers_add_to_zero_and_payments_make_them(found: ComputedModel) -> None:
    """What an account receives less what it pays is its transfer, and those of the reserves that it holds."""
    transfers = dict(found.figures["settlement"].select("account", "transfer").rows())
    payments = Answer(found).payments()
    assert sum(transfers.values()) == 0
    assert all(amount > 0 for _, _, amount in payments)
    held = {reserve.code: reserve.holder for reserve in found.plan.reserves}
    settles = {account: transfer for account, transfer in transfers.items() if account not in held}
    for reserve, holder in held.items():
        settles[holder] += transfers[reserve]
    assert {account for pair in payments for account in pair[:2]} <= set(settles)
    for account, due in settles.items():
        received = sum(amount for _, taker, amount in payments if taker == account)
        assert due == received - sum(amount for giver, _, amount in payments if giver == account)


def parts_add_to_the_lines(found: ComputedModel) -> None:
    """Every line is in its localities to the penny, and so are all lines in the locality budgets."""
    for division in found.plan.divisions:
        parts = found.figures[division.parts_table]
        for measure in ("budget", "outturn"):
            columns = [f"{measure}_{code}" for code in division.localities]
            for row in parts.iter_rows(named=True):
                assert sum(row[column] for column in columns) == row[measure]
            budgets = found.figures[f"{measure} {division.code}"]
            assert sum(budgets["localities"]) == sum(parts[measure])
            assert sum(sum(budgets[code]) for code in division.localities) == sum(parts[measure])


def reserves_are_not_overdrawn(found: ComputedModel) -> None:
    """Whatever pools draw on them in their order."""
    if found.plan.reserves:
        assert all(balance >= 0 for balance in found.figures["closing"]["closing"])


@A_FEW
@given(seeds)
def test_money_is_neither_made_nor_lost(seed: int) -> None:
    with a_model(seed) as folder:
        conserved(built(folder))


# The order of rows


def figures_with_rows_in_any_order(seed: int) -> ComputedModel:
    """The figures of a model, which are those of the same one with the rows of every file shuffled."""
    with a_model(seed) as folder:
        before = built(folder)
        for file in (folder / "inputs").glob("*.csv"):
            shuffle(file, Random(seed))
        after = built(folder)
    assert before.pin.inputs.keys() == after.pin.inputs.keys()
    assert moved(before, after) == []
    return before


def moved(before: ComputedModel, after: ComputedModel) -> list[str]:
    """The tables whose figures differ; where a line stood in its file is no figure."""
    if set(before.pin.results) != set(after.pin.results):
        return ["tables"]
    different = [name for name, digest in before.pin.results.items() if after.pin.results[name] != digest]
    return [name for name in different if not same_but_for_the_cell(before.figures[name], after.figures[name])]


def same_but_for_the_cell(before: pl.DataFrame, after: pl.DataFrame) -> bool:
    """Whether two tables are equal apart from the column that says where a line was read."""
    return "cell" in before.columns and before.drop("cell", "row").equals(after.drop("cell", "row"))


def shuffle(file: Path, rng: Random) -> None:
    """Puts the rows below the header into another order."""
    with file.open(encoding="utf-8", newline="") as stream:
        header, *rows = list(csv.reader(stream))
    rng.shuffle(rows)
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])


@A_FEW
@given(seeds)
def test_the_order_of_rows_changes_no_figure(seed: int) -> None:
    figures_with_rows_in_any_order(seed)


@pytest.mark.slow
@MANY
@given(seeds)
def test_in_many_models_money_is_conserved_and_the_order_of_rows_changes_no_figure(seed: int) -> None:
    conserved(figures_with_rows_in_any_order(seed))


# Nothing but findings


def spoilt(folder: Path, rng: Random) -> None:
    """A model in which something is wrong: a rule is gone, twice there or elsewhere, or a word is another."""
    file = folder / "model.toml"
    head, *rules = re.split(r"(?=^\[\[pools)", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if rules:
        which, where = rng.randrange(len(rules)), rng.randrange(len(rules))
        rng.choice(
            (
                lambda: rules.pop(which),
                lambda: rules.insert(where, rules[which]),
                lambda: rules.insert(where, rules.pop(which)),
                lambda: rules.insert(which, another_word(rules.pop(which), rng)),
            )
        )()
    head = another_word(head, rng) if rng.random() < 0.2 else head
    file.write_text(head + "".join(rules), encoding="utf-8")
    lines = folder / "inputs/lines.csv"
    if rng.random() < 0.2:
        lines.write_text(another_word(lines.read_text(encoding="utf-8"), rng), encoding="utf-8")


def another_word(text: str, rng: Random) -> str:
    """The text with one word or number in it replaced by another of its words."""
    words = list(re.finditer(r"[\w.:-]+", text))
    if len(words) < 2:
        return text
    word, other = rng.sample(words, 2)
    return text[: word.start()] + other[0] + text[word.end() :]


def nothing_but_findings(seed: int) -> None:
    """Whatever a file holds: figures that add up, or findings of which one is an error."""
    rng = Random(seed)
    with a_model(seed) as folder:
        for _ in range(rng.randint(1, 3)):
            spoilt(folder, rng)
        found, findings = compute(folder)
    if found is None:
        assert any(finding.severity is Severity.ERROR for finding in findings)
    else:
        pots_add_to_what_was_to_be_shared(found)
        transfers_add_to_zero_and_payments_make_them(found)
        parts_add_to_the_lines(found)


@A_FEW
@given(seeds)
def test_a_spoilt_model_gives_findings_and_no_exception(seed: int) -> None:
    nothing_but_findings(seed)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(seeds)
def test_many_spoilt_models_give_findings_and_no_exception(seed: int) -> None:
    nothing_but_findings(seed)


# Marginal bands

PARTIES = ("A", "B", "C")
BANDED = """
schema = 1
name = "bands"
title = "Bands of a loss"
financial_year = "2021-22"
status = "draft"
agreed_on = 2021-03-15
{partners}
[[funds]]
code = "core"
name = "Core"
family = "other"
holder = "A"
arrangement = "aligned"
clause = "1"

[[geographies]]
code = "place"
file = "inputs/places.csv"

[[inputs]]
file = "inputs/lines.csv"
fund = "core"
level = "locality"

[[pools]]
code = "loss"
for_each = "place"

[[pools.rules]]
rule = "share_ranges"
clause = "1"
of = "{of}"
bands = [{bands}]
"""


def shares_of(
    losses: list[int], ends: list[Decimal], splits: list[tuple[int, int]], of: str
) -> list[dict[str, Decimal]]:
    """What A, B and C bear of losses in pennies on £10,000 under bands: one pool for each loss."""
    partners = "".join(f'[[partners]]\ncode = "{code}"\nname = "{code}"\nrole = "provider"\n' for code in PARTIES)
    bands = []
    for end, (low, high) in zip([*map(str, ends), ""], splits, strict=True):
        shares = f"shares = {{ A = {low}, B = {high - low}, C = {100 - high} }}"
        bands.append(f"{{ up_to = {end}, {shares} }}" if end else f"{{ {shares} }}")
    codes = [f"L{number:03}" for number in range(len(losses))]
    lines = [f"{code},{code},10000,{10_000 + Decimal(loss) / 100}" for code, loss in zip(codes, losses, strict=True)]
    text = BANDED.format(partners=partners, of=of, bands=", ".join(bands))
    tables = {"places": "\n".join(["locality,name", *(f"{code},{code}" for code in codes)])}
    tables["lines"] = "\n".join(["line,locality,budget,outturn", *lines])
    with TemporaryDirectory() as folder:
        found = answer(write_model(Path(folder) / "bands", text, **tables))
    return [{code: -found.pots(f"loss:{place}").get(code, Decimal(0)) for code in PARTIES} for place in codes]


@st.composite
def bands(draw: st.DrawFn) -> tuple[list[Decimal], list[tuple[int, int]], str]:
    """Ends of bands, how A, B and C split each, and what the ends are of."""
    of = draw(st.sampled_from(["pounds", "target"]))
    most = 50_000 if of == "pounds" else 5_000
    ends = [Decimal(end) / 100 for end in sorted(draw(st.sets(st.integers(1, most), max_size=4)))]
    splits = [tuple(sorted(draw(st.tuples(*[st.integers(0, 100)] * 2)))) for _ in range(len(ends) + 1)]
    return ends, [(low, high) for low, high in splits], of


@A_FEW
@given(bands(), st.sets(st.integers(0, 800_000), min_size=2, max_size=12))
def test_a_larger_loss_lowers_nobodys_loss(
    drawn: tuple[list[Decimal], list[tuple[int, int]], str], losses: set[int]
) -> None:
    """But for the penny in each band by which a part may differ from its exact share."""
    ends, splits, of = drawn
    borne = shares_of(sorted(losses), ends, splits, of)
    for smaller, larger in pairwise(borne):
        for code in PARTIES:
            assert larger[code] >= smaller[code] - PENNY * len(splits)


@A_FEW
@given(bands())
def test_a_penny_more_is_a_penny_more_at_every_edge(drawn: tuple[list[Decimal], list[tuple[int, int]], str]) -> None:
    """A loss just below, at and just beyond the end of each band: nobody's part jumps, and all of it is borne."""
    ends, splits, of = drawn
    edges = [int(end * 100) if of == "pounds" else int(end * 10_000) for end in ends] or [100]
    losses = sorted({edge + step for edge in edges for step in (-1, 0, 1)})
    borne = shares_of(losses, ends, splits, of)
    for loss, parts in zip(losses, borne, strict=True):
        assert sum(parts.values()) == Decimal(loss) / 100
    for (loss, smaller), (more, larger) in pairwise(zip(losses, borne, strict=True)):
        for code in PARTIES:
            within = PENNY * (more - loss + len(splits))
            assert abs(larger[code] - smaller[code]) <= within


# The random models themselves


def test_a_seed_always_gives_the_same_model(tmp_path: Path) -> None:
    """In any process: Python hashes texts otherwise in each, and so walks through sets in another order."""
    program = "from pathlib import Path\nfrom random_models import random_model\n"
    program += "for seed in range(30): random_model(Path(str(seed)), seed)"
    for hashes in ("1", "2"):
        (tmp_path / hashes).mkdir()
        around = os.environ | {"PYTHONHASHSEED": hashes, "PYTHONPATH": str(REPOSITORY / "tests" / "support")}
        subprocess.run([sys.executable, "-c", program], cwd=tmp_path / hashes, env=around, check=True)
    first, second = tmp_path / "1", tmp_path / "2"
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(files) > 60
    assert [file for file in files if (first / file).read_bytes() != (second / file).read_bytes()] == []


def test_the_random_models_use_every_kind_of_rule_and_line(tmp_path: Path) -> None:
    """If a kind dropped out, the properties would hold for less than they seem to."""
    drawn = [tomllib.loads((random_model(tmp_path / str(seed), seed) / "model.toml").read_text()) for seed in range(60)]
    rules = [rule for model in drawn for pool in model.get("pools", []) for rule in pool.get("rules", [])]
    kinds = {rule["rule"] for rule in rules}
    assert kinds == {name for name, kind in every_kind().items() if not kind.automatic}
    pots = {pot for rule in rules if rule["rule"] == "share_ranges" for band in rule["bands"] for pot in band["shares"]}
    assert {"commissioners", "providers", "unshared", "carry_forward", "unallocated"} <= pots
    assert any(pot.startswith("pool:") for pot in pots)
    assert any(rule.get("excess_to") == "others" for rule in rules)
    assert {rule["key"] for rule in rules if rule["rule"] == "allocate" and isinstance(rule["key"], str)} == {
        "equal",
        "contribution",
        "income",
    }
    assert any("ring_fence" in fund for model in drawn for fund in model["funds"])
    assert {len(model.get("geographies", [])) for model in drawn} == {0, 1, 2}
    assert {len(model["inputs"]) for model in drawn} == {1, 2}
