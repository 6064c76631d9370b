"""How the pools of a group draw on a reserve, pro rata or in a stated order; what comes in of it is what is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases import FUNDS, HEAD, PARTNERS, findings, write_model
from contracts import (
    ADULT,
    GRANT,
    LOCAL,
    PLACE,
    RESERVES,
    TO_TRUST,
    by_locality,
    contract,
    drawn,
    money,
    one_line,
    pools_contract,
    toml,
)

DRAW = 'reserve: side = "loss", reserve = "risk_reserve"'
ALLOCATE = 'allocate: from = "pool", key = "contribution"'
LINES = "line,level,locality,budget,outturn\na,locality,{one},1000000,{first}\nb,locality,{two},1000000,{second}"


@pytest.mark.parametrize(("one", "two"), [("N", "S"), ("SW", "NE"), ("A_SW", "NE")])
def test_equal_losses_draw_alike_whatever_their_localities_are_called(one: str, two: str, tmp_path: Path) -> None:
    """Two localities lose £50,000 each, and the reserve holds £50,000: each draws half."""
    lines = LINES.format(one=one, two=two, first=1_050_000, second=1_050_000)
    adult = f"locality,name,registered\n{one},One,1\n{two},Two,1"
    found = pools_contract(tmp_path, {"p": (LOCAL, (DRAW, ALLOCATE))}, lines, adult=adult)
    for place in (one, two):
        assert found.pots(f"p:{place}") == money({"risk_reserve": "-25000.00", "CCG": "-25000.00"})


def test_a_reserve_that_reaches_bears_all_that_is_asked(tmp_path: Path) -> None:
    lines = LINES.format(one="GRAYS", two="TILBURY", first=1_010_000, second=1_039_999)
    found = pools_contract(tmp_path, {"p": (LOCAL, (DRAW, ALLOCATE))}, lines)
    assert found.pots("p:GRAYS") == money({"risk_reserve": "-10000.00"})
    assert found.pots("p:TILBURY") == money({"risk_reserve": "-39999.00"})


ORDERS = {
    '["TILBURY", "GRAYS"]': ("-10000.00", "-40000.00"),
    '["p:GRAYS", "p:TILBURY"]': ("-40000.00", "-10000.00"),
    '"pro_rata"': ("-25000.00", "-25000.00"),
}


@pytest.mark.parametrize("order", ORDERS)
def test_a_stated_order_is_kept(order: str, tmp_path: Path) -> None:
    """Each loses £40,000 of the £50,000 that the reserve holds."""
    lines = LINES.format(one="GRAYS", two="TILBURY", first=1_040_000, second=1_040_000)
    found = pools_contract(tmp_path, {"p": (LOCAL, (f"{DRAW}, order = {order}", TO_TRUST))}, lines)
    grays, tilbury = ORDERS[order]
    assert found.pots("p:GRAYS")["risk_reserve"] == money({"": grays})[""]
    assert found.pots("p:TILBURY")["risk_reserve"] == money({"": tilbury})[""]


WRONG = {
    '["TILBURY", "GREYS"]': [
        "the order names 'GREYS', which is none of its pools. Expected: one of GRAYS, TILBURY. Did you mean 'GRAYS'?",
        "the order names 'GRAYS' not at all. Expected: every pool once.",
    ],
    '["TILBURY", "GRAYS", "p:TILBURY"]': ["the order names 'TILBURY' 2 times. Expected: every pool once."],
}


@pytest.mark.parametrize("order", WRONG)
def test_an_order_names_every_pool_once(order: str, tmp_path: Path) -> None:
    head = HEAD.format(name="p") + PARTNERS + RESERVES + FUNDS + GRANT + ADULT
    pool = f'\n[[inputs]]\nfile = "inputs/lines.csv"\nfund = "core"\n[[pools]]\ncode = "p"\n{LOCAL}\n'
    lines = LINES.format(one="GRAYS", two="TILBURY", first=1_040_000, second=1_040_000)
    adult = "locality,name,registered\nGRAYS,Grays,1\nTILBURY,Tilbury,1"
    folder = write_model(
        tmp_path / "p", head + pool + toml((f"{DRAW}, order = {order}", TO_TRUST)), lines=lines, adult=adult
    )
    assert sorted(text.split("(Schedule 9): ")[1] for text in findings(folder)) == sorted(WRONG[order])


def test_several_rules_and_groups_draw_on_what_is_left(tmp_path: Path) -> None:
    """Of £1000 the localities draw 320 and 80, then 150 and the 120 that it lacks; the place gets the 330 left."""
    first = 'reserve: side = "loss", reserve = "second_reserve", percent = 40'
    rest = 'reserve: side = "loss", reserve = "second_reserve", limit = 150'
    last = 'reserve: side = "loss", reserve = "second_reserve"'
    pools = {"local": (LOCAL, (first, rest, TO_TRUST)), "place": (PLACE, (last, TO_TRUST))}
    found = pools_contract(tmp_path, pools, by_locality(-800, -200, -1000))
    assert found.pots("local:GRAYS") == money({"second_reserve": "-470.00", "TRUST": "-330.00"})
    assert found.pots("local:TILBURY") == money({"second_reserve": "-200.00"})
    assert found.pots("place") == money({"second_reserve": "-330.00", "TRUST": "-670.00"})
    assert found.closing_balances()["second_reserve"] == 0


def test_a_balance_comes_in_after_what_was_drawn_of_it(tmp_path: Path) -> None:
    """The reserve of £50,000 bears a loss of £100,000 as far as it goes: there is nothing left to bring in."""
    rules = (drawn(""), 'carry_forward: balance = "risk_reserve"', ALLOCATE)
    found = contract(tmp_path / "all", rules, one_line("-100000"))
    assert found.pots("place") == money({"risk_reserve": "-50000.00", "CCG": "-50000.00"})
    rules = (drawn(", limit = 20_000"), 'carry_forward: balance = "risk_reserve"', ALLOCATE)
    found = contract(tmp_path / "some", rules, one_line("-100000"))
    assert found.pots("place") == money({"risk_reserve": "-50000.00", "CCG": "-50000.00"})
    assert found.step("place", "carry_forward.left") == 30_000


def test_a_gain_tops_up_what_a_loss_of_the_same_group_then_draws(tmp_path: Path) -> None:
    """N gains £100,000 and gives half of it; S loses £80,000 and draws the £50,000."""
    top_up = 'reserve: side = "gain", reserve = "second_reserve", percent = 50'
    draw = 'reserve: side = "loss", reserve = "second_reserve"'
    lines = LINES.format(one="GRAYS", two="TILBURY", first=900_000, second=1_080_000)
    found = pools_contract(tmp_path, {"p": (LOCAL, (top_up, draw, ALLOCATE))}, lines)
    assert found.pots("p:GRAYS") == money({"second_reserve": "50000.00", "CCG": "50000.00"})
    assert found.pots("p:TILBURY") == money({"second_reserve": "-51000.00", "CCG": "-29000.00"})
