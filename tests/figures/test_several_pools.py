"""Several pools: each shared by itself, reserves drawn in order, money passed up and down."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from contracts import (
    EARNED,
    KEPT,
    LOCAL,
    MEASURES,
    PLACE,
    SYSTEM,
    TO_TRUST,
    by_locality,
    decided,
    money,
    pools_contract,
    shared,
)


def test_each_locality_is_shared_by_itself(tmp_path: Path) -> None:
    """A threshold of 10% is 130 in Grays and 110 in Tilbury."""
    found = pools_contract(tmp_path, {"local": (LOCAL, ("threshold: percent = 10", TO_TRUST))}, by_locality(120, 120))
    assert found.pots("local:GRAYS") == money({"CCG": "120.00"})
    assert found.pots("local:TILBURY") == money({"TRUST": "120.00"})
    assert found.settlement("entitlement") == money({"CCG": "120.00", "TRUST": "120.00"})


def test_a_reserve_is_drawn_pro_rata_by_the_pools_of_a_group_and_the_groups_in_their_order(tmp_path: Path) -> None:
    """Grays asks 700 and Tilbury 600 of £1000: 7/13 and 6/13 of it, cut by running totals. The place gets nothing."""
    draw = 'reserve: side = "loss", reserve = "second_reserve"'
    pools = {"local": (LOCAL, (draw, TO_TRUST)), "place": (PLACE, (draw, TO_TRUST))}
    found = pools_contract(tmp_path, pools, by_locality(-700, -600, -100))
    assert found.pots("local:GRAYS") == money({"second_reserve": "-538.46", "TRUST": "-161.54"})
    assert found.pots("local:TILBURY") == money({"second_reserve": "-461.54", "TRUST": "-138.46"})
    assert found.pots("place") == money({"TRUST": "-100.00"})


def test_a_limit_on_a_reserve_holds_in_each_pool(tmp_path: Path) -> None:
    draw = 'reserve: side = "loss", reserve = "second_reserve", limit = 400'
    pools = {"local": (LOCAL, (draw, TO_TRUST)), "place": (PLACE, (draw, TO_TRUST))}
    found = pools_contract(tmp_path, pools, by_locality(-700, -600, -300))
    assert found.pots("local:TILBURY") == money({"second_reserve": "-400.00", "TRUST": "-200.00"})
    assert found.pots("place") == money({"second_reserve": "-200.00", "TRUST": "-100.00"})


def test_what_a_gain_tops_up_can_be_drawn_by_a_later_pool(tmp_path: Path) -> None:
    """Tilbury's gain brings the reserve from 1000 to 1050; Grays has drawn nothing of it yet, the place draws all."""
    top_up = 'reserve: side = "gain", reserve = "second_reserve", percent = 50'
    draw = 'reserve: side = "loss", reserve = "second_reserve"'
    pools = {"local": (LOCAL, (top_up, TO_TRUST)), "place": (PLACE, (draw, TO_TRUST))}
    found = pools_contract(tmp_path, pools, by_locality(-700, 100, -1200))
    assert found.pots("local:TILBURY") == money({"second_reserve": "50.00", "TRUST": "50.00"})
    assert found.pots("place") == money({"second_reserve": "-1050.00", "TRUST": "-150.00"})
    assert found.closing_balances()["second_reserve"] == 0


def test_a_decision_is_for_one_pool_of_several(tmp_path: Path) -> None:
    rules = (TO_TRUST, decided("TRUST", "CHARITY", "30", "local:TILBURY"))
    found = pools_contract(tmp_path, {"local": (LOCAL, rules)}, by_locality(100, 100))
    assert found.pots("local:GRAYS") == money({"TRUST": "100.00"})
    assert found.pots("local:TILBURY") == money({"TRUST": "70.00", "CHARITY": "30.00"})


def test_a_score_by_pool(tmp_path: Path) -> None:
    """Grays earns all of measure a, Tilbury nothing of it; b counts for both, and nobody reaches anything of it."""
    rows = [
        "a,,local:GRAYS,1,linear,higher,0,1,1",
        "a,,local:TILBURY,1,linear,higher,0,1,0",
        "b,,,3,linear,higher,0,1,0",
    ]
    table = "\n".join([MEASURES, *rows])
    found = pools_contract(tmp_path, {"local": (LOCAL, (TO_TRUST, EARNED))}, by_locality(100, 100), outcomes=table)
    assert found.pots("local:GRAYS") == money({"TRUST": "25.00", "CCG": "75.00"})
    assert found.pots("local:TILBURY") == money({"CCG": "100.00"})


EXCESS_UP = 'cap: from = "pool", limit = { amount = 50 }, excess_to = "pool:place"'


def test_an_excess_is_passed_up_to_a_later_pool(tmp_path: Path) -> None:
    """Grays passes 70 up, Tilbury a loss of 20; the place shares its own 10 and the 50 that were passed up."""
    pools = {"local": (LOCAL, (EXCESS_UP, TO_TRUST)), "place": (PLACE, (shared("CHARITY = 100"),))}
    found = pools_contract(tmp_path, pools, by_locality(120, -70, 10))
    assert found.pots("local:GRAYS") == money({"TRUST": "50.00", "pool:place": "70.00"})
    assert found.pots("local:TILBURY") == money({"TRUST": "-50.00", "pool:place": "-20.00"})
    assert found.step("place", "passed_up") == 50
    assert found.pots("place") == money({"CHARITY": "60.00"})
    assert found.settlement("entitlement") == money({"CHARITY": "60.00"})


def test_money_is_passed_up_twice(tmp_path: Path) -> None:
    to_system = shared("CCG = 50, 'pool:system' = 50")
    pools = {"local": (LOCAL, (EXCESS_UP, TO_TRUST)), "place": (PLACE, (to_system,)), "system": (SYSTEM, (TO_TRUST,))}
    found = pools_contract(tmp_path, pools, by_locality(120, -70, 10, -5))
    assert found.pots("place") == money({"CCG": "30.00", "pool:system": "30.00"})
    assert found.pots("system") == money({"TRUST": "25.00"})


def test_money_is_passed_down_to_one_of_the_pools_of_a_geography(tmp_path: Path) -> None:
    to_tilbury = shared("'pool:local:TILBURY' = 100")
    pools = {"place": (PLACE, (to_tilbury,)), "local": (LOCAL, (TO_TRUST,))}
    found = pools_contract(tmp_path, pools, by_locality(1, 2, 10))
    assert found.pots("local:GRAYS") == money({"TRUST": "1.00"})
    assert found.pots("local:TILBURY") == money({"TRUST": "12.00"})


def test_money_is_passed_to_the_only_pool_of_a_geography(tmp_path: Path) -> None:
    pools = {"place": (PLACE, (shared("'pool:local:GRAYS' = 100"),)), "local": (LOCAL, (TO_TRUST,))}
    lines = "line,level,locality,basis,budget,outturn\ng,locality,GRAYS,,1000,999\np,place,,,5000,4990"
    found = pools_contract(tmp_path, pools, lines, adult="locality,name,registered\nGRAYS,Grays,3")
    assert found.pots("local:GRAYS") == money({"TRUST": "11.00"})
    assert found.settlement() == money({"CCG": "-11.00", "TRUST": "11.00"})


def test_what_is_passed_up_and_not_shared_goes_to_the_holders_there(tmp_path: Path) -> None:
    """Each keeps its own variance, 30 and 10; the 50 passed up are nobody's own, and go by the budgets, 4000 to 1000.

    They used to go by variances: a penny in a line of a holder without a variance moved all 50 of them.
    """
    text = """
        line,level,locality,holder,budget,outturn
        g,locality,GRAYS,CCG,1000,900
        p,place,,CCG,4000,{ccg}
        q,place,,COUNCIL,1000,{council}
    """
    pools = {"local": (LOCAL, (EXCESS_UP, TO_TRUST)), "place": (PLACE, (KEPT, TO_TRUST))}
    found = pools_contract(tmp_path / "a", pools, text.format(ccg=3970, council=990))
    assert found.pots("place") == money({"CCG": "70.00", "COUNCIL": "20.00"})
    found = pools_contract(tmp_path / "b", pools, text.format(ccg=4000, council=1000))
    assert found.pots("place") == money({"CCG": "40.00", "COUNCIL": "10.00"})


def test_what_is_passed_up_beyond_opposite_variances_goes_by_budgets(tmp_path: Path) -> None:
    """Of 50.01 not shared, 0.01 is theirs: 1000.00 and (999.99); the 50.00 from Grays go 4000 to 1000, not by these."""
    lines = """
        line,level,locality,holder,budget,outturn
        g,locality,GRAYS,CCG,1000,900
        p,place,,CCG,4000,3000
        q,place,,COUNCIL,1000,1999.99
    """
    pools = {"local": (LOCAL, (EXCESS_UP, TO_TRUST)), "place": (PLACE, (KEPT, TO_TRUST))}
    found = pools_contract(tmp_path, pools, lines)
    assert found.step("place", "unshared") == Decimal("50.01")
    assert found.pots("place") == money({"CCG": "1040.00", "COUNCIL": "-989.99"})


def test_a_loss_passed_up_against_opposite_variances_goes_by_budgets(tmp_path: Path) -> None:
    """Each keeps its own variance, 3000 and (1000); the loss of 3000 passed up goes by the budgets, 2400 and 600.

    They used to keep nothing of their own here, but all of it where the pool's variance had the other sign.
    """
    lines = """
        line,level,locality,holder,budget,outturn
        g,locality,GRAYS,CCG,1000,4050
        p,place,,CCG,4000,1000
        q,place,,COUNCIL,1000,2000
    """
    pools = {"local": (LOCAL, (EXCESS_UP, TO_TRUST)), "place": (PLACE, (KEPT, TO_TRUST))}
    found = pools_contract(tmp_path, pools, lines)
    assert found.step("place", "unshared") == Decimal("-1000.00")
    assert found.pots("place") == money({"CCG": "600.00", "COUNCIL": "-1600.00"})
