"""Worked figures that need several pools or several holders: v19 (Rotherham's waterfall) and v27 (a system's ask)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from cases import FUNDS, HEAD, LINES_INPUT, PARTNERS, POOL, answer, write_model
from recalculation import ironcalc, prove
from riskshare.build import build

WATERFALL = """
[[reserves]]
code = "risk_reserve"
name = "Risk reserve"
holder = "CCG"
opening = 500_000

[[reserves]]
code = "uncommitted"
name = "Uncommitted schemes"
holder = "CCG"
opening = 50_000

[[pools]]
code = "funds"
table = "inputs/pools.csv"
holder = "CCG"

[[pools.rules]]
rule = "net"
clause = "Section 75 agreement, schedule 3, para 1"
across = "funds"

[[pools.rules]]
rule = "reserve"
clause = "Section 75 agreement, schedule 3, para 2"
side = "loss"
reserve = "risk_reserve"

[[pools.rules]]
rule = "reserve"
clause = "Section 75 agreement, schedule 3, para 3"
side = "loss"
reserve = "uncommitted"

[[pools.rules]]
rule = "allocate"
clause = "Section 75 agreement, schedule 3, para 4"
from = "pool"
key = { CCG = 50, COUNCIL = 50 }
"""
TWO_POOLS = "pool,target,outturn\nONE,5000000,5800000\nTWO,5000000,4850000"


def waterfall(folder: Path) -> Path:
    """Two pools: a loss of 800,000 and a gain of 150,000."""
    return write_model(folder, HEAD.format(name=folder.name) + PARTNERS + WATERFALL, pools=TWO_POOLS)


def test_v19_gains_cover_losses_then_two_reserves_then_the_partners(tmp_path: Path) -> None:
    """-800,000 + 150,000 = -650,000; less 500,000 and 50,000 of the reserves leaves -100,000 with the partners."""
    read = answer(waterfall(tmp_path / "v19"))
    pots = read.pots("funds:ONE")
    assert pots["CCG"] + pots["COUNCIL"] == Decimal("-100000.00")
    assert pots["risk_reserve"] == Decimal("-500000.00")
    assert pots["uncommitted"] == Decimal("-50000.00")
    assert read.pots("funds:TWO") == {"netted": Decimal("150000.00")}
    assert pots["netted"] == Decimal("-150000.00")


def test_v19_recalculates(tmp_path: Path) -> None:
    built, _ = build(waterfall(tmp_path / "v19"), tmp_path / "v19.xlsx")
    assert built is not None
    assert prove(tmp_path / "v19.xlsx", ironcalc) == []


# Core allocations, £ thousand: NHS England, as the file of 209 CCGs gives them (year not stated there).
ALLOCATIONS = {"THURROCK": 216_534, "BASILDON": 356_434, "MID": 474_447, "CASTLE": 243_329, "SOUTHEND": 255_214}


def system(folder: Path) -> Path:
    """Five CCGs asked for 5M together: a loss that no budget is there for, split by what each of them holds."""
    partners = "".join(
        f'\n[[partners]]\ncode = "{code}"\nname = "{code.capitalize()} CCG"\nrole = "commissioner"\n'
        for code in (*ALLOCATIONS, "SYSTEM")
    )
    rule = '\n[[pools.rules]]\nrule = "allocate"\nclause = "System agreement"\nfrom = "pool"\nkey = "contribution"\n'
    rows = [f"{code},{code},{amount}000,{amount}000" for code, amount in ALLOCATIONS.items()]
    lines = "\n".join(["line,holder,budget,outturn", *rows, "ask,SYSTEM,0,5000000"])
    funds = FUNDS.replace('holder = "CCG"', 'holder = "SYSTEM"')
    return write_model(
        folder, HEAD.format(name=folder.name) + partners + funds + LINES_INPUT + POOL + rule, lines=lines
    )


def test_v27_what_thurrock_would_pay_of_a_systems_ask_by_allocation(tmp_path: Path) -> None:
    """5,000,000 x 216,534 / 1,545,958 = 700,323.04; the published fair share of 2019/20 was 480,000.

    The difference of 220,323.04 says that the share which was agreed did not follow the core allocations.
    """
    assert sum(ALLOCATIONS.values()) == 1_545_958
    exact = Fraction(5_000_000 * 216_534, 1_545_958)
    paid = -answer(system(tmp_path / "v27")).pots("place")["THURROCK"]
    assert abs(paid - Decimal(exact.numerator) / exact.denominator) < Decimal("0.01")
    assert paid == Decimal("700323.04")
    assert paid - 480_000 == Decimal("220323.04")
