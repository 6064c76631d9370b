"""Every later word of the rules in one contract, built, recalculated by another engine, and followed to its source."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from cases import HEAD, PARTNERS, Answer, answer, write_model
from recalculation import ironcalc, prove
from riskshare.audit.explain.figure_index import FigureIndex
from riskshare.audit.explain.sources import Sources
from riskshare.build import build
from riskshare.formula.to_decimal import Figure

CONTRACT = """
[[rule_lists]]
code = "sharing"
rules = [
  { rule = "adjust_target", clause = "1", percent = { column = "growth" }, funded_by = "CCG", reason = "Growth" },
  { rule = "adjust_target", clause = "2", amount = { column = "event" }, funded_by = "COUNCIL", reason = "Event" },
  { rule = "share_ranges", clause = "3", bands = [
    { up_to = 5, shares = { TRUST = "1/3", commissioners = "rest" } },
    { shares = { TRUST = { term = "beyond" }, commissioners = "rest" } },
  ] },
  { rule = "outcomes", clause = "4", from = "TRUST", score = { column = "quality" }, decimals = 1, tiers = [
    { from = 20, earns = 50 }, { from = 50, earns = 100 }, { from = 90, earns = 130 },
  ], between = "straight", forfeited_to = "commissioners" },
  { rule = "withhold", clause = "5", from = "TRUST", percent = "1/7", to = "reinvestment" },
  { rule = "prorate", clause = "6", from = "TRUST", excess_to = "commissioners" },
  { rule = "allocate", clause = "7", from = "reinvestment", key = { file = "inputs/key.csv" } },
  { rule = "allocate", clause = "8", from = "commissioners", key = [
    { weight = 30, key = "own_variance" }, { weight = 70, key = { CCG = { column = "people" }, COUNCIL = 1 } },
  ] },
]

[[pools]]
code = "first"
table = "inputs/pools.csv"
where = { track = { not = ["B"] } }
rules_from = "sharing"
terms = { beyond = 20 }
variants = [{ code = "second", where = { track = ["B"] }, terms = { beyond = "1/9" } }]
"""
POOLS = """
    pool,holder,target,outturn,track,growth,event,quality,people
    a,CCG,1000000.00,912345.67,A,-1.5,1000.01,62.4999,3
    b,COUNCIL,900000.00,955555.55,A,2.25,-0.01,88.888888,0.333333
    c,CCG,1234567.89,1111111.11,A,0,0,19.94,7
    d,COUNCIL,700000.00,650000.01,B,0.333333,12.34,33.333333,2
    e,CCG,500000.00,533333.33,B,-0.01,0,95,1
"""
KEY = "pool,partner,weight\n,CHARITY,2\nfirst:a,TRUST,1\nsecond:e,COUNCIL,0.5\n"


@cache
def model() -> Path:
    folder = Path(mkdtemp()) / "words"
    return write_model(folder, HEAD.format(name="words") + PARTNERS + CONTRACT, pools=POOLS, key=KEY)


@cache
def words() -> Answer:
    return answer(model())


def test_it_conserves_money_and_every_check_holds() -> None:
    found = words()
    assert found.failing_checks() == []
    assert sum(found.settlement().values()) == 0
    changes = Decimal("-15000.00") + Decimal("1000.01") + Decimal("20250.00") + Decimal("-0.01")
    start = Decimal("87654.33") + Decimal("-55555.55") + Decimal("123456.78")
    held = sum((amount for pool in "abc" for amount in found.pots(f"first:{pool}").values()), Decimal(0))
    assert held == start + changes


@pytest.mark.parametrize(
    ("pool", "score", "earned"),
    [
        ("first:a", "0.625", "1.094"),
        ("first:b", "0.889", "1.292"),
        ("first:c", "0.199", "0"),
        ("second:d", "0.333", "0.722"),
        ("second:e", "0.95", "1.3"),
    ],
)
def test_scores_are_rounded_once_and_what_they_earn_too(pool: str, score: str, earned: str) -> None:
    """To 0.1%: 62.4999 counts as 62.5 and earns 100% + 30% x 12.5 / 40 = 109.375%, so 109.4%; 19.94 is below 20."""
    assert words().figure(pool, "outcomes.score") == Decimal(score)
    assert words().figure(pool, "outcomes.counted") == Decimal(earned)


def test_another_engine_comes_to_the_same_figures(tmp_path: Path) -> None:
    build(model(), tmp_path / "words.xlsx")
    assert prove(tmp_path / "words.xlsx", ironcalc) == []


@pytest.mark.parametrize(
    ("table", "row", "column", "source"),
    [
        ("keys 1", "TRUST first:a", "weight", "inputs/key.csv, row 3, column weight"),
        ("keys 1", "CHARITY", "weight", "inputs/key.csv, row 2, column weight"),
        ("pools first", "first:b", "term.growth", "inputs/pools.csv, row 3, column growth"),
        ("pools second", "second:e", "term.people", "inputs/pools.csv, row 6, column people"),
        ("terms", "second.share_ranges.band_2.share.TRUST", "value", 'model.toml: beyond = "1/9"'),
        ("terms", "first.share_ranges.band_2.share.TRUST", "value", "model.toml: terms = { beyond = 20 }"),
        ("terms", "second.withhold.percent.whole", "value", 'model.toml: clause = "5"'),
    ],
)
def test_every_given_figure_leads_to_where_it_is_written(table: str, row: str, column: str, source: str) -> None:
    built = words().built
    keys = built.figures[table][built.plan.table(table).key].to_list()
    place = Sources(FigureIndex(built, ())).of(Figure(table, column, keys.index(row)))
    written = (model() / "model.toml").read_text(encoding="utf-8").splitlines()
    if source.startswith("model.toml: "):
        assert source.removeprefix("model.toml: ") in written[place.row - 1]
    else:
        assert source == f"{place.file}, row {place.row}, column {place.column}"
