"""Test support: one row for each rule: a contract that uses it, and what every account is entitled to in the end.

Unless a row says otherwise, one pool has a target of £1,000,000, held by the CCG, and a gain of £30,000.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cases import FUNDS, HEAD, LINES_INPUT, PARTNERS, POOL, Answer, answer, write_model
from contracts import ADULT, GRANT, HALVES, LOCALITIES, RESERVES, TO_TRUST, one_line, toml

LOCALITY_POOLS = POOL + 'for_each = "adult"\n'


@dataclass(frozen=True)
class Row:
    """Rules written as `rule: terms`, entitlements in pounds, and the files of the model."""

    rules: tuple[str, ...]
    entitled: Mapping[str, str]
    lines: str = one_line("30000")
    files: Mapping[str, str] = field(default_factory=dict)
    pool: str = POOL


EVERY_RULE: dict[str, Row] = {
    "adjust_target": Row(
        ('adjust_target: percent = -0.5, funded_by = "COUNCIL", reason = "Agreed"', TO_TRUST), {"TRUST": "25000.00"}
    ),
    "allocate": Row(
        ('allocate: from = "pool", key = { CCG = 2, TRUST = 1 }',), {"CCG": "6.67", "TRUST": "3.33"}, one_line(10)
    ),
    "cap": Row(
        (HALVES, 'cap: from = "TRUST", limit = { percent = 1, of = "target" }, excess_to = "others"'),
        {"CCG": "20000.00", "TRUST": "10000.00"},
    ),
    "carry_forward": Row(
        (HALVES, 'carry_forward: from = ["CCG", "TRUST"], percent = 40'),
        {"CCG": "9000.00", "TRUST": "9000.00", "carry_forward": "12000.00"},
    ),
    "decision": Row(
        (HALVES, 'decision: date = 2022-05-19, from = "CCG", to = "TRUST", amount = 4_000, reason = "Minuted"'),
        {"CCG": "11000.00", "TRUST": "19000.00"},
    ),
    "exclude": Row(
        ('exclude: where = { service = ["Placements"] }, reason = "Elsewhere"', TO_TRUST),
        {"TRUST": "30.00"},
        "line,service,budget,outturn\nbeds,Placements,1000,1200\nnurses,Nursing,1000,970",
    ),
    "guarantee": Row(
        (HALVES, 'guarantee: partner = "TRUST", floor = -1_000, funded_by = "CCG"'),
        {"CCG": "-29000.00", "TRUST": "-1000.00"},
        one_line("-30000"),
    ),
    "net": Row(
        (
            'net: across = "place"',
            'share_ranges: side = "gain", bands = [{ shares = { TRUST = 100 } }]',
            'share_ranges: side = "loss", bands = [{ shares = { CHARITY = 100 } }]',
        ),
        {"TRUST": "400.00"},
        "line,locality,level,budget,outturn\na,GRAYS,locality,1000,400\nb,TILBURY,locality,1000,1200",
        {"adult": LOCALITIES},
        LOCALITY_POOLS,
    ),
    "outcomes": Row(
        (TO_TRUST, 'outcomes: from = "TRUST", measures = "inputs/measures.csv", forfeited_to = "CCG"'),
        {"CCG": "7500.00", "TRUST": "22500.00"},
        files={"measures": "measure,weight,method,better,baseline,target,result\nquits,1,linear,higher,0,4,3"},
    ),
    "prorate": Row(
        (
            "share_ranges: bands = [{ up_to = 3, shares = { TRUST = 100 } },"
            " { up_to = 8, shares = { TRUST = 50, CCG = 50 } }, { shares = { TRUST = 20, CCG = 80 } }]",
            'prorate: from = "CCG", excess_to = "TRUST"',
        ),
        {"TRUST": "-28000.00"},
        "line,locality,level,budget,outturn\na,GRAYS,locality,100000,88000\nb,TILBURY,locality,100000,140000",
        {"adult": LOCALITIES},
        LOCALITY_POOLS,
    ),
    "reserve": Row(
        ('reserve: side = "loss", reserve = "risk_reserve", percent = 50', TO_TRUST),
        {"TRUST": "-15000.00", "risk_reserve": "-15000.00"},
        one_line("-30000"),
    ),
    "ring_fence": Row(
        (TO_TRUST,),
        {"TRUST": "60.00", "grant_reserve": "40.00"},
        "line,fund,budget,outturn\nchecks,grant,1000,960\nnurses,core,1000,940",
    ),
    "share_ranges": Row(
        ("share_ranges: bands = [{ up_to = 1, shares = { CCG = 100 } }, { shares = { CCG = 25, TRUST = 75 } }]",),
        {"CCG": "15000.00", "TRUST": "15000.00"},
    ),
    "stop_loss": Row(
        (
            'stop_loss: cases = "inputs/cases.csv", attachment = 10_000, coinsurance = 10, borne_by = "CCG"',
            TO_TRUST,
        ),
        {"CCG": "-18000.00", "TRUST": "48000.00"},
        files={"cases": "case,pool,cost\nA1,place,30000\nA2,place,9000"},
    ),
    "threshold": Row(
        ('threshold: percent = 1, basis = "excess_only"', TO_TRUST), {"CCG": "10000.00", "TRUST": "20000.00"}
    ),
    "withhold": Row(
        (TO_TRUST, 'withhold: from = "TRUST", percent = 2, to = "CCG"'), {"CCG": "600.00", "TRUST": "29400.00"}
    ),
}


def contract(row: Row) -> str:
    """The text of a row's model file."""
    inputs = LINES_INPUT if "fund," not in row.lines else LINES_INPUT.replace('fund = "core"\n', "")
    inputs = inputs.replace('level = "place"\n', "") if "level," in row.lines else inputs
    head = HEAD.format(name="row") + PARTNERS + RESERVES + FUNDS + GRANT + (ADULT if row.pool != POOL else "")
    return head + inputs + row.pool + toml(row.rules)


def computed(row: Row, folder: Path) -> Answer:
    """The figures of a row's model."""
    return answer(write_model(folder / "row", contract(row), lines=row.lines, **row.files))
