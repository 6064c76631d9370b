"""Test support: a good model, and changes to it with the one finding that says where, what and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cases import findings, write_model
from riskshare.problems.findings import Place

GOOD = """
schema = 1
name = "good"
title = "A good model"
financial_year = "2021-22"
status = "illustrative"
agreed_on = 2021-03-15

[[partners]]
code = "CCG"
name = "Clinical Commissioning Group"
role = "commissioner"

[[partners]]
code = "COUNCIL"
name = "Council"
role = "commissioner"

[[partners]]
code = "TRUST"
name = "Provider trust"
role = "provider"
income = 30_000_000

[[reserves]]
code = "risk_reserve"
name = "Risk reserve"
holder = "CCG"
opening = 50_000

[[funds]]
code = "core"
name = "Core allocation"
family = "ccg"
holder = "CCG"
arrangement = "aligned"
clause = "Schedule 1"

[[geographies]]
code = "adult"
file = "inputs/adult.csv"

[[inputs]]
file = "inputs/lines.csv"
fund = "core"

[[pools]]
code = "local"
for_each = "adult"
scope = { level = ["locality"] }

[[pools.rules]]
rule = "exclude"
clause = "Para 1"
where = { service = ["Placements"] }
reason = "Shared elsewhere"

[[pools.rules]]
rule = "reserve"
clause = "Para 2"
side = "loss"
reserve = "risk_reserve"
limit = 1_000

[[pools.rules]]
rule = "threshold"
clause = "Para 3"
percent = 1.5

[[pools.rules]]
rule = "share_ranges"
clause = "Para 4"
side = "gain"
bands = [
  { up_to = 3, shares = { commissioners = 50, providers = 50 } },
  { shares = { commissioners = 100 } },
]

[[pools.rules]]
rule = "share_ranges"
clause = "Para 5"
side = "loss"
bands = [{ shares = { "pool:place" = 100 } }]

[[pools.rules]]
rule = "outcomes"
clause = "Para 6"
from = "providers"
measures = "inputs/outcomes.csv"
floor = 40
forfeited_to = "commissioners"

[[pools.rules]]
rule = "allocate"
clause = "Para 7"
from = "commissioners"
key = "contribution"

[[pools.rules]]
rule = "allocate"
clause = "Para 8"
from = "providers"
key = "income"

[[pools]]
code = "place"
scope = { level = ["place"] }

[[pools.rules]]
rule = "share_ranges"
clause = "Para 9"
of = "pounds"
bands = [{ up_to = 500, shares = { CCG = 100 } }, { shares = { TRUST = 80, COUNCIL = 20 } }]

[[pools.rules]]
rule = "cap"
clause = "Para 10"
side = "loss"
limits = { TRUST = { percent = 1, of = "income" }, COUNCIL = { amount = 10_000 } }
excess_to = "others"

[[pools.rules]]
rule = "decision"
clause = "Minute 7.2"
date = 2022-05-19
from = "COUNCIL"
to = "TRUST"
amount = 10
reason = "Transport costs accepted"
"""

LINES = """
line,level,locality,service,holder,budget,outturn
a,locality,GRAYS,Beds,CCG,1000,900
b,locality,TILBURY,Beds,COUNCIL,1000,1200
c,locality,GRAYS,Placements,CCG,1000,1000
d,place,,Beds,CCG,5000,5100
"""
ADULT = "locality,name,registered\nGRAYS,Grays,3\nTILBURY,Tilbury,1"
OUTCOMES = "measure,name,pool,weight,method,better,baseline,target,result\na,,,1,linear,higher,0,1,1"


@dataclass(frozen=True)
class Change:
    """A change to the good model, what its finding says, and the text on the line that the finding points at."""

    old: str
    new: str
    found: str
    action: str = ""
    at: str = ""
    lines: str = LINES
    outcomes: str = OUTCOMES


def model(folder: Path, text: str, lines: str = LINES, outcomes: str = OUTCOMES) -> Path:
    """The model in a folder of its own."""
    return write_model(folder / "good", text, lines=lines, adult=ADULT, outcomes=outcomes)


def without(text: str) -> tuple[str, str]:
    """A part of the good model that is left out."""
    return text, ""


FENCED = """\
clause = "Schedule 1"
ring_fence = { purpose = "health", underspend_to = "grant_reserve", over = "pool" }

[[reserves]]
code = "grant_reserve"
name = "Grant reserve"
holder = "CCG"
"""
THRESHOLD = """\
[[pools.rules]]
rule = "threshold"
clause = "Para 3"
percent = 1.5
"""
LOSS_UP = """\
[[pools.rules]]
rule = "share_ranges"
clause = "Para 5"
side = "loss"
bands = [{ shares = { "pool:place" = 100 } }]
"""
DRAW = """\
[[pools.rules]]
rule = "reserve"
clause = "Para 5.1"
side = "loss"
reserve = "risk_reserve"
"""
EXCLUSION = """\
[[pools.rules]]
rule = "exclude"
clause = "Para 1"
where = { service = ["Placements"] }
reason = "Shared elsewhere"
"""
ALLOCATION = """\
[[pools.rules]]
rule = "allocate"
clause = "Para 7"
from = "commissioners"
key = "contribution"
"""
MINUTE_7 = """\
[[pools.rules]]
rule = "decision"
clause = "Minute 7.2"
"""
GUARANTEE = """\
[[pools.rules]]
rule = "guarantee"
clause = "Para 11"
partner = "TRUST"
floor = -100
funded_by = "providers"
"""
CAP = """\
[[pools.rules]]
rule = "cap"
clause = "Para 6.1"
limits = { TRUST = { amount = 10 } }
excess_to = "others"
"""
WITHHOLD = """\
[[pools.rules]]
rule = "withhold"
clause = "Para 6.2"
from = "TRUST"
percent = 10
to = "CCG"
"""
BROUGHT_IN = """\
[[pools.rules]]
rule = "carry_forward"
clause = "Para 2.1"
balance = "risk_reserve"
"""
NET = """\
[[pools.rules]]
rule = "net"
clause = "Para 8.1"
across = "place"
"""
MINUTE_8 = """\
[[pools.rules]]
rule = "decision"
clause = "Minute 8"
date = 2022-05-19
from = "CCG"
to = "TRUST"
amount = 1
reason = "As minuted"
"""
LIMITS = 'limits = { TRUST = { percent = 1, of = "income" }, COUNCIL = { amount = 10_000 } }'
FIRST_BAND = "  { up_to = 3, shares = { commissioners = 50, providers = 50 } },"
LAST_BAND = "  { shares = { commissioners = 100 } },"
TO_PLACE = 'bands = [{ shares = { "pool:place" = 100 } }]'


def line_of(text: str, change: Change) -> str:
    """Where a finding points: at the text that was changed or the one that is named; nowhere at what is not there."""
    at = change.at or (change.new or "no line").strip().splitlines()[0]
    return f", line {text[: text.index(at)].count(chr(10)) + 1}" if at in text else ""


def the_one_finding(folder: Path, change: Change, severity: str = "error") -> None:
    """Holds that the change is the only thing found, at its line, with its words and its remedy."""
    assert GOOD.count(change.old) == 1
    text = GOOD.replace(change.old, change.new)
    found = findings(model(folder, text, change.lines, change.outcomes))
    assert len(found) == 1, "\n".join(found)
    assert found[0].startswith(f"{severity}: model.toml{line_of(text, change)}: {change.found}")
    assert found[0].endswith(change.action)


def what_is_told(folder: Path, changes: list[Change]) -> list[bool]:
    """For several changes at once: whether each of them is found, in the order of their lines."""
    text = GOOD
    for change in changes:
        text = text.replace(change.old, change.new)
    found = findings(model(folder, text))
    return [line.split(": ", 2)[2].startswith(change.found) for line, change in zip(found, changes, strict=True)]


class Nowhere:
    """Where nothing has a line."""

    def place(self, path: tuple[str | int, ...]) -> Place:
        """The file."""
        return Place("model.toml")
