"""A cap whose excess goes to others, with many limited partners: every pass to the penny, and formulas that stay short.

The reference redistributes in whole pennies with exact fractions: those over their limit give, those below it take pro
rata to what they hold by running-total rounding, once for each limited partner.
"""

from __future__ import annotations

import random
import zipfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from cases import HEAD, Answer, answer, write_model
from recalculation import ironcalc, prove
from riskshare.build import build

Pennies = list[int]


def _rounded(value: Fraction) -> int:
    size = (2 * abs(value).numerator + value.denominator) // (2 * value.denominator)
    return size if value >= 0 else -size


def _split(total: int, weights: Sequence[int]) -> Pennies:
    """The parts of a total by running-total rounding; nothing where there are no weights."""
    whole, upto = sum(weights), 0
    edges = [0]
    for weight in weights:
        upto += weight
        edges.append(_rounded(Fraction(total * upto, whole)) if whole else 0)
    return [after - before for before, after in pairwise(edges)]


def _redistributed(held: Pennies, limits: Mapping[int, int]) -> tuple[Pennies, int]:
    """What each holds in the end, and what nobody could take."""
    unplaced = 0
    for _ in limits:
        over = [max(amount - limits[n], 0) if n in limits else 0 for n, amount in enumerate(held)]
        weights = [amount if n not in limits or amount < limits[n] else 0 for n, amount in enumerate(held)]
        taken = _split(sum(over), weights)
        unplaced += sum(over) - sum(taken)
        held = [amount - gives + takes for amount, gives, takes in zip(held, over, taken, strict=True)]
    return held, unplaced


def _expected(variance: int, shares: Sequence[int], limits: Mapping[int, int]) -> tuple[Pennies, int]:
    """What each partner and nobody holds of a variance in pennies, shared by whole percents and then capped."""
    sign = -1 if variance < 0 else 1
    after, unplaced = _redistributed(_split(abs(variance), shares), limits)
    return [sign * amount for amount in after], sign * unplaced


def _model(folder: Path, partners: int, rules: str, pools: Sequence[str], columns: str = "") -> Path:
    head = HEAD.format(name=folder.name)
    for n in range(partners):
        head += f'\n[[partners]]\ncode = "P{n}"\nname = "Partner {n}"\nrole = "provider"\n'
    head += '\n[[pools]]\ncode = "p"\ntable = "inputs/pools.csv"\nholder = "P0"\n'
    return write_model(folder, head + rules, pools="\n".join([f"pool,target,outturn{columns}", *pools]))


def _cap(limits: str, side: str = "both") -> str:
    terms = f'side = "{side}"\nlimits = {{ {limits} }}\nexcess_to = "others"\n'
    return f'\n[[pools.rules]]\nrule = "cap"\nclause = "2"\n{terms}'


def _held(found: Answer, pool: str, partners: int) -> tuple[Pennies, int]:
    held = [int(100 * found.step(pool, f"final.P{n}")) for n in range(partners)]
    return held, int(100 * found.step(pool, "final.unallocated"))


@pytest.mark.parametrize("seed", range(4))
def test_every_pass_is_that_of_exact_fractions(tmp_path: Path, seed: int) -> None:
    """Sixty pools with shares, limits and variances of their own, on either side, five of seven partners limited."""
    draw = random.Random(seed)
    limited, rows, expected = sorted(draw.sample(range(7), 5)), [], {}
    for number in range(60):
        cuts = sorted(draw.choices(range(101), k=6))
        shares = [after - before for before, after in zip([0, *cuts], [*cuts, 100], strict=True)]
        variance = draw.choice([1, -1]) * draw.randrange(10 ** draw.randint(1, 9))
        limits = {n: draw.choice([0, draw.randrange(abs(variance) // 2 + 1), 10**9]) for n in limited}
        cells = [str(share) for share in shares] + [str(Decimal(limits[n]) / 100) for n in limited]
        rows.append(f"A{number},10000000,{Decimal(10**9 - variance) / 100},{','.join(cells)}")
        expected[f"p:A{number}"] = _expected(variance, shares, limits)
    shared = ", ".join(f'P{n} = {{ column = "s{n}" }}' for n in range(7))
    rules = f'\n[[pools.rules]]\nrule = "share_ranges"\nclause = "1"\nbands = [{{ shares = {{ {shared} }} }}]\n'
    caps = _cap(", ".join(f'P{n} = {{ amount = {{ column = "l{n}" }} }}' for n in limited))
    columns = "".join(f",s{n}" for n in range(7)) + "".join(f",l{n}" for n in limited)
    found = answer(_model(tmp_path / "many", 7, rules + caps, rows, columns))
    assert {pool: _held(found, pool, 7) for pool in expected} == expected
    assert found.failing_checks() == []


EQUALLY = '\n[[pools.rules]]\nrule = "allocate"\nclause = "1"\nfrom = "pool"\nkey = "equal"\n'


def _equal_parts(folder: Path, partners: int) -> tuple[Path, dict[str, tuple[Pennies, int]]]:
    """Partners with equal parts of £10,500 each and limits of £1,000, £2,000 and so on: a gain and a loss."""
    limits = {n: 100_000 * (n + 1) for n in range(partners)}
    caps = _cap(", ".join(f"P{n} = {{ amount = {1000 * (n + 1)} }}" for n in limits))
    variance = 10_500 * partners
    rows = [f"GAIN,1000000,{1_000_000 - variance}", f"LOSS,1000000,{1_000_000 + variance}"]
    expected = {
        pool: _expected(100 * amount, [1] * partners, limits)
        for pool, amount in (("p:GAIN", variance), ("p:LOSS", -variance))
    }
    return _model(folder / "equal", partners, EQUALLY + caps, rows), expected


def test_each_pass_may_push_one_more_partner_over_its_limit(tmp_path: Path) -> None:
    """Five of six partners are limited so that every pass but the first brings the next one over: all five count."""
    held, limits, level = [10**11] * 6, dict[int, int](), 0
    for number in range(5):
        limits[number] = (level + _redistributed(held, limits)[0][5]) // 2
        level = _redistributed(held, dict(list(limits.items())[:-1]))[0][5]
    variance = sum(held)
    caps = _cap(", ".join(f"P{n} = {{ amount = {Decimal(limit) / 100} }}" for n, limit in limits.items()))
    found = answer(_model(tmp_path / "steps", 6, EQUALLY + caps, [f"A,9000000000,{9 * 10**9 - variance // 100}"]))
    assert _held(found, "p:A", 6) == _expected(variance, [1] * 6, limits)
    last = found.step("p:A", "cap.gain.pass_5.excess")
    assert last > 0


def test_more_partners_than_a_nested_sum_could_hold(tmp_path: Path) -> None:
    """With 9 partners on both sides, or 13 on one, the balance of the excess was one sum too deep to be computed."""
    folder, expected = _equal_parts(tmp_path, 14)
    found = answer(folder)
    assert {pool: _held(found, pool, 14) for pool in expected} == expected


@pytest.mark.slow
def test_forty_limited_partners_are_proved_and_every_formula_is_short(tmp_path: Path) -> None:
    """Forty passes on each side; what they do is recalculated by another engine, and any formula fits on two lines."""
    folder, expected = _equal_parts(tmp_path, 40)
    built, findings = build(folder, tmp_path / "forty.xlsx")
    assert built is not None, findings
    assert {pool: _held(Answer(built), pool, 40) for pool in expected} == expected
    assert prove(tmp_path / "forty.xlsx", ironcalc) == []
    with zipfile.ZipFile(tmp_path / "forty.xlsx") as package:
        sheets = [package.read(name).decode() for name in package.namelist() if "worksheets/sheet" in name]
    formulas = [text.split("</f>")[0] for sheet in sheets for text in sheet.split("<f>")[1:]]
    assert max(map(len, formulas)) < 200
