"""Schemes of docs/schemes.md that need the later words: columns, tiers, modifiers, fractions, own variance, prorate."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest

from cases import HEAD, Answer, answer, place_model, write_model

PARTIES = """
[[partners]]
code = "PAYER"
name = "Who holds the budget"
role = "commissioner"

[[partners]]
code = "PROVIDER"
name = "Who shares in its gain or loss"
role = "provider"
income = 200_000_000

[[pools]]
code = "p"
table = "inputs/pools.csv"
holder = "PAYER"
"""
DISCOUNT = """
[[pools.rules]]
rule = "adjust_target"
clause = "Discount"
percent = {percent}
funded_by = "PAYER"
reason = "Discount"
"""
ALL = """
[[pools.rules]]
rule = "share_ranges"
clause = "Sharing"
bands = [{ shares = { PROVIDER = 100 } }]
"""
HALF = ALL.replace("PROVIDER = 100", "PAYER = 50, PROVIDER = 50")
EARNED = """
[[pools.rules]]
rule = "outcomes"
clause = "Quality"
from = "PROVIDER"
forfeited_to = "PAYER"
"""


def scheme(tmp_path: Path, rules: str, pools: str, **tables: str) -> Answer:
    """The figures of pools in a table, held by PAYER, which shares them with PROVIDER; every check holds."""
    toml = HEAD.format(name="scheme") + PARTIES + dedent(rules)
    found = answer(write_model(tmp_path / "scheme", toml, pools=pools, **tables))
    assert found.failing_checks() == []
    return found


def held(found: Answer, account: str = "PROVIDER") -> dict[str, Decimal]:
    """What an account holds in the end in each pool."""
    (group,) = found.built.plan.groups
    return {pool.removeprefix("p:"): found.step(pool, group.final[account]) for pool in group.pools}


def pounds(**amounts: str) -> dict[str, Decimal]:
    """Amounts by pool."""
    return {pool: Decimal(amount) for pool, amount in amounts.items()}


# ---------------------------------------------------------------------------------------------- CJR: a discount by row


def test_the_discount_of_a_joint_replacement_depends_on_quality(tmp_path: Path) -> None:
    """42 CFR 510.315: 3%, 2% and 1.5% of £1m; a saving of £50,000 is then £20,000, £30,000 and £35,000."""
    pools = """
        pool,target,outturn,discount
        acceptable,1000000,950000,-3
        good,1000000,950000,-2
        excellent,1000000,950000,-1.5
    """
    found = scheme(tmp_path, DISCOUNT.format(percent='{ column = "discount" }') + ALL, pools)
    assert held(found) == pounds(acceptable="20000", good="30000", excellent="35000")
    assert found.settlement() == {"PAYER": Decimal(-85_000), "PROVIDER": Decimal(85_000)}


# ---------------------------------------------------------------------------------------------- OCM: tiers of a score

TIERS = "tiers = [{ from = 30, earns = 50 }, { from = 50, earns = 75 }, { from = 75, earns = 100 }]\n"


def test_a_multiplier_by_quality_has_tiers(tmp_path: Path) -> None:
    """£1m less 4% = £960,000; spent £900,000: £60,000. A score of 62 earns 75%, of 31 50%, of 29 none, of 75 all."""
    pools = """
        pool,target,outturn,quality
        a,1000000,900000,62
        b,1000000,900000,31
        c,1000000,900000,29
        d,1000000,900000,75
    """
    quality = EARNED + 'score = { column = "quality" }\n' + TIERS
    found = scheme(tmp_path, DISCOUNT.format(percent=-4) + ALL + quality, pools)
    assert held(found) == pounds(a="45000", b="30000", c="0", d="60000")
    assert held(found, "PAYER") == pounds(a="15000", b="30000", c="60000", d="0")


def test_tiers_of_measures_give_the_same(tmp_path: Path) -> None:
    """The score of one measure from 0 to 100 is what it reached."""
    pools = "pool,target,outturn\na,1000000,900000\nb,1000000,900000\nc,1000000,900000\nd,1000000,900000"
    scores = {"a": 62, "b": 31, "c": 29, "d": 75}
    rows = "\n".join(f"aqs,p:{pool},1,linear,higher,0,100,{score}" for pool, score in scores.items())
    measures = f"measure,pool,weight,method,better,baseline,target,result\n{rows}"
    quality = EARNED + 'measures = "inputs/measures.csv"\n' + TIERS
    found = scheme(tmp_path, DISCOUNT.format(percent=-4) + ALL + quality, pools, measures=measures)
    assert held(found) == pounds(a="45000", b="30000", c="0", d="60000")


# ---------------------------------------------------------------------------------------------- modifiers beyond 100%

PAINSHARE = """
[[pools.rules]]
rule = "cap"
clause = "Painshare"
side = "loss"
from = "PROVIDER"
limit = { amount = 6_000_000 }
excess_to = "PAYER"
"""


def test_a_gainshare_modifier_goes_from_a_half_to_one_and_a_half(tmp_path: Path) -> None:
    """Half of £10m is £5m: at a score of 25 it is x 0.75, at 50 x 1, at 100 x 1.5, which the owner pays.

    A loss of £20m: £10m, at most £6m, whatever the score.
    """
    pools = """
        pool,target,outturn,ops
        best,100000000,90000000,100
        neutral,100000000,90000000,50
        over,100000000,120000000,50
        poor,100000000,90000000,25
    """
    line = 'between = "straight"\ntiers = [{ from = 0, earns = 50 }, { from = 100, earns = 150 }]\n'
    found = scheme(tmp_path, HALF + EARNED + 'score = { column = "ops" }\n' + line + PAINSHARE, pools)
    assert held(found) == pounds(best="7500000", neutral="5000000", over="-6000000", poor="3750000")
    assert held(found, "PAYER") == pounds(best="2500000", neutral="5000000", over="-14000000", poor="6250000")


def test_a_modifier_counts_measures_beyond_their_targets(tmp_path: Path) -> None:
    """Target 50: a result of 25 scores 50%, of 50 100%, of 100 200%, which counts as the ceiling of 150%."""
    pools = "pool,target,outturn\nbest,100000000,90000000\nneutral,100000000,90000000\npoor,100000000,90000000"
    rows = "\n".join(
        f"ops,p:{pool},1,linear,higher,0,50,{to}" for pool, to in (("best", 100), ("neutral", 50), ("poor", 25))
    )
    measures = f"measure,pool,weight,method,better,baseline,target,result\n{rows}"
    modifier = EARNED + 'measures = "inputs/measures.csv"\nceiling = 150\n'
    found = scheme(tmp_path, HALF + modifier, pools, measures=measures)
    assert held(found) == pounds(best="7500000", neutral="5000000", poor="2500000")


# ---------------------------------------------------------------------------------------------- Maryland: a third


@pytest.mark.parametrize("share", ['"1/3"', '"2/6"'])
def test_a_third_is_a_third(tmp_path: Path, share: str) -> None:
    """A third of £3m is £1m, which 33.333333% of it is not; of £10m it is £3,333,333.33, capped at 1% of £200m."""
    third = ALL.replace("PROVIDER = 100", f'PROVIDER = {share}, PAYER = "rest"')
    cap = """
        [[pools.rules]]
        rule = "cap"
        clause = "At most 1% of revenue"
        from = "PROVIDER"
        limit = { percent = 1, of = "income" }
        excess_to = "PAYER"
    """
    pools = "pool,target,outturn\na,300000000,297000000\nb,300000000,290000000\nc,300000000,312000000"
    found = scheme(tmp_path, third + dedent(cap), pools)
    assert held(found) == pounds(a="1000000.00", b="2000000.00", c="-2000000.00")


# ---------------------------------------------------------------------------------------------- Leeds: own growth


def test_a_rates_pool_shares_by_growth_and_by_people(tmp_path: Path) -> None:
    """Growth of £300 and £100: £100 of £400 by growth is £75 and £25, £100 by 2 to 1 people £66.67 and £33.33."""
    rules = """
        [[pools.rules]]
        rule = "share_ranges"
        clause = "Rates pool"
        bands = [{ shares = { growth = 25, people = 25, TRUST = 50 } }]

        [[pools.rules]]
        rule = "allocate"
        clause = "Rates pool, growth achieved"
        from = "growth"
        key = "own_variance"

        [[pools.rules]]
        rule = "allocate"
        clause = "Rates pool, population"
        from = "people"
        key = { file = "inputs/key.csv" }
    """
    folder = place_model(tmp_path / "leeds", rules, "line,holder,budget,outturn\na,CCG,0,-300\nb,COUNCIL,0,-100")
    (folder / "inputs" / "key.csv").write_text("partner,weight\nCCG,2\nCOUNCIL,1\n", encoding="utf-8")
    found = answer(folder)
    pots = {"CCG": Decimal("141.67"), "COUNCIL": Decimal("58.33"), "TRUST": Decimal("200.00")}
    assert found.pots("place") == pots


# ---------------------------------------------------------------------------------------------- ACA: budget neutrality

CORRIDOR = """
[[pools.rules]]
rule = "share_ranges"
clause = "ACA 1342"
bands = [
  { up_to = 3, shares = { PROVIDER = 100 } },
  { up_to = 8, shares = { PROVIDER = 50, PAYER = 50 } },
  { shares = { PROVIDER = 20, PAYER = 80 } },
]

[[pools.rules]]
rule = "prorate"
clause = "Budget neutrality"
from = "PAYER"
excess_to = "PROVIDER"
"""


def test_a_risk_corridor_pays_out_what_was_paid_in(tmp_path: Path) -> None:
    """A saves 12 of 100: 2.5 + 3.2 = 5.70 is paid in. B overspends by 40: 2.5 + 25.6 = 28.10 is owed, 5.70 paid."""
    found = scheme(tmp_path, CORRIDOR, "pool,target,outturn\nA,100,88\nB,100,140")
    assert held(found, "PAYER") == pounds(A="5.70", B="-5.70")
    assert held(found) == pounds(A="6.30", B="-34.30")


def test_of_several_each_is_paid_the_same_part(tmp_path: Path) -> None:
    """In 2014 £362m of £2,870m were paid, 12.6%. Here 3.62 of 28.70: 0.126132 of 20.00 and of 8.70, to the penny."""
    rules = """
        [[pools.rules]]
        rule = "share_ranges"
        clause = "All to the payer"
        bands = [{ shares = { PAYER = 100 } }]
    """
    paid_in_and_owed = "pool,target,outturn\nA,100,96.38\nB,100,120\nC,100,108.70"
    found = scheme(
        tmp_path, dedent(rules) + CORRIDOR[CORRIDOR.index('\n[[pools.rules]]\nrule = "prorate"') :], paid_in_and_owed
    )
    assert held(found, "PAYER") == pounds(A="3.62", B="-2.52", C="-1.10")
    assert held(found) == pounds(A="0", B="-17.48", C="-7.60")


def test_nothing_is_cut_where_enough_was_paid_in(tmp_path: Path) -> None:
    """A saves 20 and pays 2.50 + 9.60 = 12.10 in; B overspends by 4 and is owed 0.50."""
    found = scheme(tmp_path, CORRIDOR, "pool,target,outturn\nA,100,80\nB,100,104")
    assert held(found, "PAYER") == pounds(A="12.10", B="-0.50")
