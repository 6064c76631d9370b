"""The reconciliation: the variance of all lines becomes each account's gain or loss, by account and in total."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from cases import FUNDS, HEAD, PARTNERS, Answer, answer, write_model
from contracts import RESERVES, TO_TRUST, contract, drawn, excluded, money, shared, toml
from random_models import random_model
from riskshare.build import compute
from riskshare.outputs.headline import headline
from riskshare.outputs.results import write_results

VIEW = """
[[funds]]
code = "acute"
name = "Hospital contract, shown only"
family = "ccg"
holder = "CCG"
arrangement = "in_view"
clause = "Schedule 1"

[[inputs]]
file = "inputs/lines.csv"

[[pools]]
code = "place"
scope = { level = ["place"], arrangement = ["aligned"] }
"""
# One line of each kind, all held by the CCG but for the council's: what it was to spend, and what it spent.
EVERY_KIND = """
    line,fund,level,service,holder,risk,budget,outturn
    shared,core,place,Beds,,,100000,99000
    councils,core,place,Beds,COUNCIL,,50000,50400
    fixed,core,place,Beds,,fixed,1000,970
    taken out,core,place,Carers,,,1000,1007
    in view,acute,place,Beds,,,1000,995
    in no pool,core,system,Beds,COUNCIL,,1000,998
"""
RULES = (
    excluded('service = ["Carers"]'),
    'adjust_target: amount = -100, funded_by = "COUNCIL", reason = "Agreed efficiency"',
    'reserve: side = "gain", reserve = "risk_reserve", percent = 20',
    shared("TRUST = 50, unshared = 50"),
)


def every_kind(folder: Path) -> Answer:
    """A model with a line of every kind, a changed target, a reserve and unshared money."""
    text = HEAD.format(name="kinds") + PARTNERS + RESERVES + FUNDS + VIEW + toml(RULES)
    found = answer(write_model(folder / "kinds", text, lines=EVERY_KIND))
    assert found.failing_checks() == []
    return found


def column(found: Answer, name: str) -> dict[str, Decimal]:
    """One column of the reconciliation by account, zeros left out."""
    rows = found.built.figures["reconciliation"].select("reconciled", name).rows()
    return {account: amount for account, amount in rows if amount}


# The pool gains 600, of which the council's lower target takes 100: 500. A fifth, 100, tops up the reserve; of 400 the
# trust has 200 and 200 stay unshared: in proportion to 1000 and -500 and as far as these reach, 400 and -200.
RECONCILED = {
    "in_pools": {"CCG": "1000.00", "COUNCIL": "-400.00"},
    "fixed": {"CCG": "30.00"},
    "excluded": {"CCG": "-7.00"},
    "in_view": {"CCG": "5.00"},
    "no_pool": {"COUNCIL": "2.00"},
    "all_lines": {"CCG": "1028.00", "COUNCIL": "-398.00"},
    "target_changes": {"COUNCIL": "-100.00"},
    "moved": {"CCG": "-600.00", "COUNCIL": "300.00", "TRUST": "200.00", "risk_reserve": "100.00"},
    "after": {"CCG": "428.00", "COUNCIL": "-198.00", "TRUST": "200.00", "risk_reserve": "100.00"},
    "unshared": {"CCG": "400.00", "COUNCIL": "-200.00"},
    "outside": {"CCG": "28.00", "COUNCIL": "2.00"},
    "from_pots": {"TRUST": "200.00", "risk_reserve": "100.00"},
}


@pytest.mark.parametrize("name", RECONCILED)
def test_each_column(name: str, tmp_path: Path) -> None:
    assert column(every_kind(tmp_path), name) == money(RECONCILED[name])


def test_the_total_is_the_variance_of_all_lines(tmp_path: Path) -> None:
    """1000 - 400 + 30 - 7 + 5 + 2 = 630, and 530 with the target that was cut by 100."""
    found = every_kind(tmp_path)
    assert sum(column(found, "all_lines").values()) == 630
    assert sum(column(found, "after").values()) == 530
    assert found.built.figures["lines"]["variance"].sum() == 630


def test_what_a_board_reads_is_the_reconciled_gain(tmp_path: Path) -> None:
    """Summary and the terminal say what is left of all lines, not of those in pools alone."""
    found = every_kind(tmp_path)
    gains = dict(found.built.figures["gains"].select("gaining_account", "gain").rows())
    assert {account: gain for account, gain in gains.items() if gain} == money(RECONCILED["after"])
    said = [" ".join(line.split()) for line in headline(found.built, 100).splitlines()]
    start = said.index("Gain or (loss) of all lines, in the end £")
    assert said[start + 2 : start + 4] == ["CCG 428.00", "COUNCIL (198.00)"]


def test_the_reconciliation_is_a_result(tmp_path: Path) -> None:
    found = every_kind(tmp_path)
    write_results(tmp_path, found.built.plan, found.built.figures)
    rows = (tmp_path / "reconciliation.csv").read_text().splitlines()
    assert rows[0] == (
        "account,name,in_pools,fixed,excluded,in_view,no_pool,all_lines,target_changes,moved,after,unshared,given_up,"
        "outside,from_pots"
    )
    name, amounts = "CCG,Clinical Commissioning Group", "1000.00,30.00,-7.00,5.00,0.00,1028.00,0.00,-600.00"
    assert rows[1] == f"{name},{amounts},428.00,400.00,0.00,28.00,0.00"


def test_pools_of_a_table_are_reconciled_too(tmp_path: Path) -> None:
    """A pool that a table gives has no lines: its variance of 100 is its holder's, and the trust gains it."""
    pools = '\n[[pools]]\ncode = "given"\ntable = "inputs/pools.csv"\nholder = "CCG"\n'
    text = HEAD.format(name="given") + PARTNERS + pools + toml((TO_TRUST,))
    found = answer(write_model(tmp_path / "given", text, pools="pool,target,outturn\na,1000,900\nb,1000,1000"))
    assert found.failing_checks() == []
    assert column(found, "all_lines") == money({"CCG": "100.00"})
    assert column(found, "after") == money({"TRUST": "100.00"})


def test_a_loss_that_a_reserve_bears(tmp_path: Path) -> None:
    """Of a loss of 1000 the reserve bears 600 and the trust 400: the CCG, which held the line, loses nothing."""
    found = contract(tmp_path, (drawn(", limit = 600"), TO_TRUST), "line,budget,outturn\na,1000,2000")
    assert column(found, "after") == money({"TRUST": "-400.00", "risk_reserve": "-600.00"})
    assert column(found, "moved") == money({"CCG": "1000.00", "TRUST": "-400.00", "risk_reserve": "-600.00"})


@pytest.mark.parametrize("seed", range(8_000, 8_030))
def test_it_foots_whatever_the_model(seed: int, tmp_path: Path) -> None:
    """Along every row and down every column, from the lines themselves and not from what the table says of them."""
    built, found = compute(random_model(tmp_path / f"seed-{seed}", seed))
    assert built is not None, "\n".join(map(str, found))
    assert Answer(built).failing_checks() == []
    lines, frame = built.figures["lines"], built.figures["reconciliation"]
    by_holder = dict(lines.group_by("holder").agg(pl.col("variance").sum()).rows())
    changed = sum(frame["target_changes"])
    assert sum(frame["after"]) == sum(lines["variance"]) + changed
    assert sum(frame["moved"]) == 0
    for row in frame.iter_rows(named=True):
        kinds = ("in_pools", "fixed", "excluded", "in_view", "no_pool")
        assert sum(row[kind] for kind in kinds) == row["all_lines"] == by_holder.get(row["reconciled"], 0)
        assert row["all_lines"] + row["target_changes"] + row["moved"] == row["after"]
        assert row["unshared"] + row["outside"] + row["from_pots"] == row["after"]
