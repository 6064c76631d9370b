"""What a contract can have wrong: a change to a good model, and the one finding that says where, what and what to do.

Each row changes one thing; the finding points at the line that was changed, unless the row names another.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases import findings, write_model
from every_rule import EVERY_RULE
from every_rule import contract as contract_of
from riskshare.contract.parse import parse
from riskshare.contract.rules import kinds
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

# A key that is unknown, or one that is missing
KEYS: dict[str, Change] = {
    "of the model": Change(
        'title = "A good model"',
        'title = "A good model"\nyear = 2021',
        "the model has the unknown key 'year'. Expected: one of agreed_on, ",
        at="year = 2021",
    ),
    "of a partner": Change(
        "income = 30_000_000",
        "incme = 30_000_000",
        "partner 'TRUST' has the unknown key 'incme'. Expected: one of code, income, name, role.",
        "Did you mean 'income'?",
    ),
    "that is needed, misspelt": Change(
        'title = "A good model"',
        'titel = "A good model"',
        "the model has the unknown key 'titel'.",
        "Did you mean 'title'?",
    ),
    "of a fund": Change(
        'family = "ccg"',
        'ringfence = 1\nfamily = "ccg"',
        "fund 'core' has the unknown key 'ringfence'.",
        "Did you mean 'ring_fence'?",
    ),
    "of a rule": Change(
        "percent = 1.5",
        "percentage = 1.5\npercent = 1.5",
        "pool 'local', rule 'threshold' (Para 3) has the unknown key 'percentage'.",
        "Did you mean 'percent'?",
    ),
    "of another kind of rule": Change(
        "percent = 1.5",
        "reserve = 3\npercent = 1.5",
        "pool 'local', rule 'threshold' (Para 3) has the unknown key 'reserve'. Expected: one of amount, basis, ",
    ),
    "of a band": Change(
        "{ up_to = 3,",
        "{ upto = 3,",
        "pool 'local', rule 'share_ranges' (Para 4), bands.1 has the unknown key 'upto'."
        " Expected: one of shares, up_to.",
        "Did you mean 'up_to'?",
    ),
    "of a limit": Change(
        "COUNCIL = { amount = 10_000 }",
        "COUNCIL = { amount = 10_000, max = 3 }",
        "pool 'place', rule 'cap' (Para 10), limits.COUNCIL has the unknown key 'max'."
        " Expected: one of amount, lowest_of, of, percent.",
    ),
    "of a scope": Change(
        'scope = { level = ["place"] }',
        'scope = { levels = ["place"] }',
        "pool 'place', scope has the unknown key 'levels'.",
        "Did you mean 'level'?",
    ),
    "of an exclusion": Change(
        'where = { service = ["Pl',
        'where = { services = ["Pl',
        "pool 'local', rule 'exclude' (Para 1), where has the unknown key 'services'.",
        "Did you mean 'service'?",
    ),
    "a title that is missing": Change(
        *without('title = "A good model"\n'), "the model lacks the key 'title'.", "Add title = ..."
    ),
    "a role that is missing": Change(
        *without('role = "provider"\n'),
        "partner 'TRUST' lacks the key 'role'.",
        "Add role = ...",
        '[[partners]]\ncode = "TRUST"',
    ),
    "a holder that is missing": Change(
        *without('holder = "CCG"\n'), "fund 'core' lacks the key 'holder'.", "Add holder = ...", "[[funds]]"
    ),
    "a clause that is missing": Change(
        *without('clause = "Para 3"\n'),
        "pool 'local', rule 'threshold' lacks the key 'clause'.",
        "",
        '[[pools.rules]]\nrule = "threshold"',
    ),
    "bands that are missing": Change(
        *without(TO_PLACE),
        "pool 'local', rule 'share_ranges' (Para 5) lacks the key 'bands'.",
        "",
        '[[pools.rules]]\nrule = "share_ranges"\nclause = "Para 5"',
    ),
    "shares that are missing": Change(
        LAST_BAND, "  { up_to = 7 },", "pool 'local', rule 'share_ranges' (Para 4), bands.2 lacks the key 'shares'."
    ),
    "a cap that doesn't say where its excess goes": Change(
        *without('excess_to = "others"\n'),
        "pool 'place', rule 'cap' (Para 10) lacks the key 'excess_to'.",
        "Add excess_to = ...",
        '[[pools.rules]]\nrule = "cap"',
    ),
    "a rule without its kind": Change(
        *without('rule = "threshold"\n'),
        "pool 'local', a rule (Para 3) lacks the key 'rule'. Expected: one of ",
        "",
        '[[pools.rules]]\nclause = "Para 3"',
    ),
}

# A term that is of the wrong type, or a word that is unknown
TERMS: dict[str, Change] = {
    "a number in quotes": Change(
        "percent = 1.5",
        'percent = "1.5"',
        "pool 'local', rule 'threshold' (Para 3), percent = '1.5': a number is expected, without quotes.",
    ),
    "a truth value for a number": Change(
        "percent = 1.5",
        "percent = true",
        "pool 'local', rule 'threshold' (Para 3), percent = true: a number is expected",
    ),
    "a number for a text": Change(
        'financial_year = "2021-22"', "financial_year = 2021", "financial_year = 2021. Expected: a text in quotes."
    ),
    "a year of another form": Change(
        'financial_year = "2021-22"',
        'financial_year = "2021/22"',
        "financial_year = '2021/22'. Expected: a year such as '2021-22'.",
    ),
    "a date that is none": Change(
        "2021-03-15", '"spring"', "agreed_on = 'spring'. Expected: a date such as 2022-05-19.", "", "agreed_on"
    ),
    "a table for a list": Change(
        TO_PLACE,
        'bands = { shares = { "pool:place" = 100 } }',
        "pool 'local', rule 'share_ranges' (Para 5), bands. Expected: a list such as [ ... ].",
    ),
    "a text for a table": Change(
        'scope = { level = ["place"] }', 'scope = "place"', "pool 'place', scope = 'place'. Expected: a table."
    ),
    "a text for a list": Change(
        'scope = { level = ["place"] }',
        'scope = { level = "place" }',
        "pool 'place', scope.level = 'place'. Expected: a list such as [ ... ].",
    ),
    "a list for a table": Change(
        TO_PLACE,
        'bands = [{ shares = ["pool:place"] }]',
        "pool 'local', rule 'share_ranges' (Para 5), bands.1.shares. Expected: a table such as { ... }.",
    ),
    "a level": Change(
        'scope = { level = ["place"] }',
        'scope = { level = ["palce"] }',
        "pool 'place', scope.level.1 = 'palce'. Expected: 'neighbourhood', 'locality', 'place', 'partnership' or ",
        "Did you mean 'place'?",
    ),
    "a role": Change(
        'role = "provider"',
        'role = "providers"',
        "partner 'TRUST', role = 'providers'. Expected: 'commissioner' or 'provider'.",
        "Did you mean 'provider'?",
    ),
    "a side": Change(
        'side = "gain"',
        'side = "gains"',
        "pool 'local', rule 'share_ranges' (Para 4), side = 'gains'. Expected: 'gain', 'loss' or 'both'.",
        "Did you mean 'gain'?",
    ),
    "a side that a rule doesn't have": Change(
        'side = "loss"\nreserve',
        'side = "both"\nreserve',
        "pool 'local', rule 'reserve' (Para 2), side = 'both'. Expected: 'gain' or 'loss'.",
    ),
    "a basis": Change(
        "percent = 1.5",
        'percent = 1.5\nbasis = "first pound"',
        "pool 'local', rule 'threshold' (Para 3), basis = 'first pound'. Expected: 'first_pound' or 'excess_only'.",
        "Did you mean 'first_pound'?",
        "basis = ",
    ),
    "what a percentage is of": Change(
        "COUNCIL = { amount = 10_000 }",
        'COUNCIL = { percent = 3, of = "turnover" }',
        "pool 'place', rule 'cap' (Para 10), limits.COUNCIL.of = 'turnover'."
        " Expected: 'target', 'contribution' or 'income'.",
        "",
        "limits = ",
    ),
    "a version": Change("schema = 1", "schema = 2", "schema = 2. Expected: 1."),
    "a code with a space": Change(
        'code = "risk_reserve"',
        'code = "risk reserve"',
        "reserve 'risk reserve', code = 'risk reserve'. Expected: a letter, then letters, digits, _ or -, at most 40",
    ),
    "a file of another kind": Change(
        'file = "inputs/adult.csv"',
        'file = "inputs/adult.txt"',
        "geography 'adult', file = 'inputs/adult.txt'. Expected: a .csv or .xlsx file inside the model's folder",
    ),
    "a name with capitals": Change(
        'name = "good"', 'name = "Good"', "name = 'Good'. Expected: small letters, digits and -"
    ),
    "an empty text": Change(
        'reason = "Transport costs accepted"',
        'reason = " "',
        "pool 'place', rule 'decision' (Minute 7.2), reason = ' '. Expected: some text.",
    ),
    "a key": Change(
        'key = "contribution"',
        'key = "contributions"',
        "pool 'local', rule 'allocate' (Para 7), key = 'contributions'."
        " Expected: 'contribution', 'equal' or 'income', or { PARTNER =",
        "Did you mean 'contribution'?",
    ),
    "a number for a key": Change(
        'key = "contribution"',
        "key = 3",
        "pool 'local', rule 'allocate' (Para 7), key = 3. Expected: 'contribution', 'equal' or 'income', or { PARTNER",
    ),
    "a weight in quotes": Change(
        'key = "contribution"',
        'key = { CCG = "1" }',
        "pool 'local', rule 'allocate' (Para 7), key.CCG = '1': a number is expected",
    ),
    "a kind of rule": Change(
        'rule = "threshold"',
        'rule = "treshold"',
        "pool 'local', unknown rule 'treshold' (Para 3). Expected: one of ",
        "Did you mean 'threshold'?",
    ),
    "a rule that follows by itself": Change(
        THRESHOLD,
        '[[pools.rules]]\nrule = "ring_fence"\nclause = "Para 3"\nreserve = "risk_reserve"\n',
        "pool 'local', rule = 'ring_fence' is automatic: it follows from the funds and is not written.",
        "Remove it; ring_fence stands on the fund.",
        'rule = "ring_fence"',
    ),
}

# A number that is out of range, or terms that don't go together
RANGES: dict[str, Change] = {
    "a percentage above 100": Change(
        "percent = 1.5",
        "percent = 101",
        "pool 'local', rule 'threshold' (Para 3), percent = 101. Expected: at most 100.",
    ),
    "a percentage below zero": Change(
        "percent = 1.5", "percent = -1", "pool 'local', rule 'threshold' (Para 3), percent = -1. Expected: at least 0."
    ),
    "a percentage with too many decimals": Change(
        "percent = 1.5",
        "percent = 1.2345678",
        "pool 'local', rule 'threshold' (Para 3), percent = 1.2345678. Expected: at most 6 decimals.",
    ),
    "half a penny": Change(
        "amount = 10\n",
        "amount = 10.005\n",
        "pool 'place', rule 'decision' (Minute 7.2), amount = 10.005. Expected: at most 2 decimals.",
    ),
    "a negative amount": Change(
        "amount = 10\n",
        "amount = -10\n",
        "pool 'place', rule 'decision' (Minute 7.2), amount = -10. Expected: more than 0.",
    ),
    "a trillion": Change(
        "amount = 10\n",
        "amount = 1_000_000_000_000\n",
        "pool 'place', rule 'decision' (Minute 7.2), amount = 1000000000000. Expected: less than 1,000,000,000,000.",
    ),
    "infinity": Change(
        "amount = 10\n",
        "amount = inf\n",
        "pool 'place', rule 'decision' (Minute 7.2), amount = Infinity. Expected: a number.",
    ),
    "a negative balance": Change(
        "opening = 50_000", "opening = -1", "reserve 'risk_reserve', opening = -1. Expected: at least 0."
    ),
    "a negative weight": Change(
        'key = "contribution"',
        "key = { CCG = -1, COUNCIL = 2 }",
        "pool 'local', rule 'allocate' (Para 7), key.CCG = -1. Expected: at least 0.",
    ),
    "weights that add to zero": Change(
        'key = "contribution"',
        "key = { CCG = 0, COUNCIL = 0 }",
        "pool 'local', rule 'allocate' (Para 7), key: the weights add to zero",
    ),
    "shares below 100": Change(
        "TRUST = 80, COUNCIL = 20",
        "TRUST = 33.33, COUNCIL = 66.66",
        "pool 'place', rule 'share_ranges' (Para 9), bands.2.shares: the shares add to 99.99, not 100.",
        "",
        "bands = [{ up_to = 500",
    ),
    "shares above 100": Change(
        "TRUST = 80, COUNCIL = 20",
        "TRUST = 80, COUNCIL = 30",
        "pool 'place', rule 'share_ranges' (Para 9), bands.2.shares: the shares add to 110, not 100.",
        "",
        "bands = [{ up_to = 500",
    ),
    "a share for nobody": Change(
        LAST_BAND,
        "  { shares = {} },",
        "pool 'local', rule 'share_ranges' (Para 4), bands.2.shares. Expected: at least 1 of them.",
    ),
    "no bands": Change(
        TO_PLACE, "bands = []", "pool 'local', rule 'share_ranges' (Para 5), bands. Expected: at least 1 of them."
    ),
    "bands that overlap": Change(
        FIRST_BAND,
        f"{FIRST_BAND}\n{FIRST_BAND.replace('3', '2')}",
        "pool 'local', rule 'share_ranges' (Para 4): each band must end higher than the one before, or bands overlap.",
        "",
        '[[pools.rules]]\nrule = "share_ranges"\nclause = "Para 4"',
    ),
    "a band of nothing": Change(
        FIRST_BAND,
        f"{FIRST_BAND}\n{FIRST_BAND}",
        "pool 'local', rule 'share_ranges' (Para 4): each band must end higher than the one before, or bands overlap.",
        "",
        '[[pools.rules]]\nrule = "share_ranges"\nclause = "Para 4"',
    ),
    "a band that starts where none ended": Change(
        FIRST_BAND,
        FIRST_BAND.replace("up_to = 3, ", ""),
        "pool 'local', rule 'share_ranges' (Para 4): only the last band may be without 'up_to'.",
        "",
        '[[pools.rules]]\nrule = "share_ranges"\nclause = "Para 4"',
    ),
    "a last band that ends": Change(
        LAST_BAND,
        "  { up_to = 9, shares = { commissioners = 100 } },",
        "pool 'local', rule 'share_ranges' (Para 4): the last band must have no 'up_to', or what lies beyond",
        "",
        '[[pools.rules]]\nrule = "share_ranges"\nclause = "Para 4"',
    ),
    "a band to zero": Change(
        "{ up_to = 3,",
        "{ up_to = 0,",
        "pool 'local', rule 'share_ranges' (Para 4), bands.1.up_to = 0. Expected: more than 0.",
    ),
    "a threshold in percent and in pounds": Change(
        "percent = 1.5",
        "percent = 1.5\namount = 3",
        "pool 'local', rule 'threshold' (Para 3): give either 'percent' (of the target) or 'amount' (pounds).",
        "",
        '[[pools.rules]]\nrule = "threshold"',
    ),
    "a threshold of nothing": Change(
        *without("percent = 1.5\n"),
        "pool 'local', rule 'threshold' (Para 3): give either 'percent' (of the target) or 'amount' (pounds).",
        "",
        '[[pools.rules]]\nrule = "threshold"',
    ),
    "a reserve that takes the whole gain": Change(
        'side = "loss"\nreserve = "risk_reserve"\nlimit = 1_000',
        'side = "gain"\nreserve = "risk_reserve"',
        "pool 'local', rule 'reserve' (Para 2): give 'percent' or 'limit', or the reserve would take the whole gain.",
        "",
        '[[pools.rules]]\nrule = "reserve"',
    ),
    "a floor above the ceiling": Change(
        "floor = 40",
        "floor = 40\nceiling = 30",
        "pool 'local', rule 'outcomes' (Para 6): 'floor' must not be higher than 'ceiling'.",
        "",
        '[[pools.rules]]\nrule = "outcomes"',
    ),
    "from without limit": Change(
        LIMITS,
        'from = "TRUST"',
        "pool 'place', rule 'cap' (Para 10): 'from' goes with 'limit'.",
        "",
        '[[pools.rules]]\nrule = "cap"',
    ),
    "limit without from": Change(
        LIMITS,
        "limit = { amount = 3 }",
        "pool 'place', rule 'cap' (Para 10): give either 'from' with 'limit', or 'limits'.",
        "",
        '[[pools.rules]]\nrule = "cap"',
    ),
    "a cap of nothing": Change(
        *without(LIMITS),
        "pool 'place', rule 'cap' (Para 10): give either 'from' with 'limit', or 'limits'.",
        "",
        '[[pools.rules]]\nrule = "cap"',
    ),
    "a limit that is two": Change(
        "COUNCIL = { amount = 10_000 }",
        'COUNCIL = { amount = 10_000, percent = 3, of = "target" }',
        "pool 'place', rule 'cap' (Para 10), limits.COUNCIL: give one of 'amount', 'percent' (with 'of')",
        "",
        "limits = ",
    ),
    "a percent of nothing": Change(
        "COUNCIL = { amount = 10_000 }",
        "COUNCIL = { percent = 3 }",
        "pool 'place', rule 'cap' (Para 10), limits.COUNCIL: 'percent' goes with 'of': target, contribution or income.",
        "",
        "limits = ",
    ),
    "the lowest of one": Change(
        "COUNCIL = { amount = 10_000 }",
        "COUNCIL = { lowest_of = [{ amount = 3 }] }",
        "pool 'place', rule 'cap' (Para 10), limits.COUNCIL.lowest_of. Expected: at least 2 of them.",
        "",
        "limits = ",
    ),
    "an excess that goes where it comes from": Change(
        'excess_to = "others"',
        'excess_to = "TRUST"',
        "pool 'place', rule 'cap' (Para 10): the excess of 'TRUST' cannot go to 'TRUST' itself.",
        "",
        '[[pools.rules]]\nrule = "cap"',
    ),
}

# Something that is not there
NAMES: dict[str, Change] = {
    "a partner in a key": Change(
        'key = "contribution"',
        "key = { CGC = 1 }",
        "pool 'local', rule 'allocate' (Para 7): no partner 'CGC'. Expected: one of CCG, COUNCIL, TRUST.",
        "Did you mean 'CCG'?",
    ),
    "a partner as holder": Change(
        'holder = "CCG"', 'holder = "CGC"', "holder of fund 'core': there is no partner 'CGC'.", "Did you mean 'CCG'?"
    ),
    "a reserve": Change(
        'reserve = "risk_reserve"',
        'reserve = "riskreserve"',
        "pool 'local', rule 'reserve' (Para 2): no reserve 'riskreserve'. Expected: one of risk_reserve.",
        "Did you mean 'risk_reserve'?",
    ),
    "a pool to pass money to": Change(
        '"pool:place" = 100',
        '"pool:palce" = 100',
        "pool 'local', rule 'share_ranges' (Para 5): 'pool:palce' is not a pool that runs later. ",
        "Did you mean 'place'?",
        "bands = [{ shares = { ",
    ),
    "a pool that ran already": Change(
        "shares = { CCG = 100 }",
        'shares = { "pool:local:GRAYS" = 100 }',
        "pool 'place', rule 'share_ranges' (Para 9): 'pool:local:GRAYS' is not a pool that runs later.",
        "",
        "bands = [{ up_to = 500",
    ),
    "the pool itself": Change(
        'forfeited_to = "commissioners"',
        'forfeited_to = "pool"',
        "pool 'local', rule 'outcomes' (Para 6): money cannot go back to 'pool'.",
        "Name a partner, a role or 'unshared'.",
    ),
    "a pool to decide about": Change(
        "amount = 10\n",
        'amount = 10\npool = "local:GRAYS"\n',
        "pool 'place', rule 'decision' (Minute 7.2): no pool 'local:GRAYS'. Expected: one of place.",
        "",
        "pool = ",
    ),
    "a geography": Change(
        'for_each = "adult"',
        'for_each = "adults"',
        "for_each of pool 'local': there is no geography 'adults'.",
        "Did you mean 'adult'?",
    ),
    "a fund in a scope": Change(
        'scope = { level = ["place"] }',
        'scope = { level = ["place"], fund = ["croe"] }',
        "scope of pool 'place': there is no fund 'croe'.",
        "Did you mean 'core'?",
    ),
    "the income of a partner in a limit": Change(
        "COUNCIL = { amount = 10_000 }",
        'COUNCIL = { percent = 1, of = "income" }',
        "pool 'place', rule 'cap' (Para 10) uses the income of COUNCIL, which the model doesn't give.",
        "Add income = ... to the partner.",
        "limits = ",
    ),
    "the income of a role in a key": Change(
        'key = "contribution"',
        'key = "income"',
        "pool 'local', rule 'allocate' (Para 7) uses the income of CCG, COUNCIL, which the model doesn't give.",
        "Add income = ... to the partner.",
        '[[pools.rules]]\nrule = "allocate"\nclause = "Para 7"',
    ),
    "a limit of no partner": Change(
        "COUNCIL = { amount = 10_000 }",
        "COUNCL = { amount = 10_000 }",
        "pool 'place', rule 'cap' (Para 10): 'COUNCL' is no partner, and only partners share an excess with others.",
        "Did you mean 'COUNCIL'?",
        "limits = ",
    ),
    "the contribution of a pot": Change(
        f'{LIMITS}\nexcess_to = "others"',
        'from = "pool"\nlimit = { percent = 5, of = "contribution" }\nexcess_to = "CCG"',
        "pool 'place', rule 'cap' (Para 10): pot 'pool' has no contribution.",
        "Cap it by an amount or a percent of the target.",
        '[[pools.rules]]\nrule = "cap"',
    ),
    "a measure for a locality": Change(
        "floor = 40",
        "floor = 30",
        "pool 'local', rule 'outcomes' (Para 6): inputs/outcomes.csv has no measure with a weight for pool 'local:TIL",
        "Give it a measure, or leave 'pool' empty in one for all pools.",
        "measures = ",
        outcomes=OUTCOMES.replace("a,,,", "a,,local:GRAYS,"),
    ),
}

# Rules that don't make sense together
FLOW: dict[str, Change] = {
    "a guarantee that nobody else pays": Change(
        MINUTE_7,
        f"{GUARANTEE}\n{MINUTE_7}",
        "pool 'place', rule 'guarantee' (Para 11): 'providers' are TRUST alone, who cannot pay for its own guarantee. "
        "Expected: one of CCG, COUNCIL, commissioners, providers.",
        "",
        'funded_by = "providers"',
    ),
    "a contribution below zero": Change(
        'key = "contribution"',
        'key = "contribution"\nrecurrent_only = false',
        "pool 'local:GRAYS', Allocate (commissioners) (Para 7): Budgets held by COUNCIL are -£100.00, below zero. "
        "Expected: budgets of zero or more.",
        "Give the rule fixed weights, or move the lines of income out of the pool.",
        '[[pools.rules]]\nrule = "allocate"\nclause = "Para 7"',
        lines=LINES + "e,locality,GRAYS,Beds,COUNCIL,-100,-100",
    ),
    "a balance that comes in twice": Change(
        THRESHOLD,
        f"{BROUGHT_IN}\n{BROUGHT_IN.replace('2.1', '2.2')}\n{THRESHOLD}",
        "pool 'local', rule 'carry_forward' (Para 2.2): the balance of 'risk_reserve' came in already, by "
        "pool 'local', rule 'carry_forward' (Para 2.1). Expected: each balance once.",
        "Remove one of the two.",
        'balance = "risk_reserve"\n\n[[pools.rules]]\nrule = "threshold"',
    ),
    "a pot left with a gain": Change(
        *without(ALLOCATION),
        "pool 'local': pot 'commissioners' may still hold a gain after the last rule.",
        "Add a rule that shares or allocates what it holds.",
        '[[pools]]\ncode = "local"',
    ),
    "the pool left with a loss": Change(
        *without(LOSS_UP),
        "pool 'local': pot 'pool' may still hold a loss after the last rule.",
        "Add a rule that shares or allocates what it holds.",
        '[[pools]]\ncode = "local"',
    ),
    "a pot left with either": Change(
        "shares = { CCG = 100 }",
        "shares = { CCG = 50, reinvestment = 50 }",
        "pool 'place': pot 'reinvestment' may still hold a gain or a loss after the last rule.",
        "Add a rule that shares or allocates what it holds.",
        '[[pools]]\ncode = "place"',
    ),
    "a pot that is misspelt where it takes": Change(
        'forfeited_to = "commissioners"',
        'forfeited_to = "comissioners"',
        "pool 'local': pot 'comissioners' may still hold a gain after the last rule.",
        "Did you mean 'commissioners'?",
        '[[pools]]\ncode = "local"',
    ),
    "others that are misspelt": Change(
        'excess_to = "others"',
        'excess_to = "other"',
        "pool 'place': pot 'other' may still hold a loss after the last rule.",
        "Did you mean 'others'?",
        '[[pools]]\ncode = "place"',
    ),
    "a pot that is misspelt where it gives": Change(
        'from = "providers"\nmeasures',
        'from = "provider"\nmeasures',
        "pool 'local', rule 'outcomes' (Para 6): pot 'provider' is empty when this rule runs.",
        "Did you mean 'providers'?",
        '[[pools.rules]]\nrule = "outcomes"',
    ),
    "a pot that gives to itself": Change(
        'forfeited_to = "commissioners"',
        'forfeited_to = "providers"',
        "pool 'local', rule 'outcomes' (Para 6): 'providers' gives to itself.",
        "Name another pot in 'forfeited_to'.",
    ),
    "a threshold after all is shared": Change(
        f"{LOSS_UP}\n",
        f"{LOSS_UP}\n{THRESHOLD.replace('Para 3', 'Para 5.1')}\n",
        "pool 'local', rule 'threshold' (Para 5.1): pot 'pool' is empty when this rule runs.",
        "Rules before it share all that the pool holds: put it above them.",
        '[[pools.rules]]\nrule = "threshold"\nclause = "Para 5.1"',
    ),
    "a reserve after all is shared": Change(
        f"{LOSS_UP}\n",
        f"{LOSS_UP}\n{DRAW}\n",
        "pool 'local', rule 'reserve' (Para 5.1): pot 'pool' is empty when this rule runs.",
        "Rules before it share all that the pool holds: put it above them.",
        '[[pools.rules]]\nrule = "reserve"\nclause = "Para 5.1"',
    ),
    "an exclusion after money moved": Change(
        f"{LOSS_UP}\n",
        f"{LOSS_UP}\n{EXCLUSION.replace('Para 1', 'Para 5.1')}\n",
        "pool 'local', rule 'exclude' (Para 5.1) stands after rules that move money.",
        "Move it to the top of the pool's rules.",
        '[[pools.rules]]\nrule = "exclude"\nclause = "Para 5.1"',
    ),
    "a decision that doesn't say for which pool": Change(
        ALLOCATION,
        f"{ALLOCATION}\n{MINUTE_8}",
        "pool 'local', rule 'decision' (Minute 8) doesn't say for which pool. Expected: one of local:GRAYS, local:TIL",
        "Add pool = ...",
        '[[pools.rules]]\nrule = "decision"\nclause = "Minute 8"',
    ),
    "lines in two pools": Change(
        'scope = { level = ["place"] }',
        'scope = { level = ["place", "locality"] }',
        "3 lines are both in pool 'local' and in pool 'place', such as 'a'. Expected: each line in one pool at most.",
        "Narrow one of the scopes.",
    ),
    "percentages of a target of zero": Change(
        'key = "contribution"',
        'key = "equal"',
        "pool 'local:TILBURY' has a target of zero or less and a variance, under rules with percentages of it.",
        "Check the scope, or state the rules in pounds.",
        '[[pools]]\ncode = "local"',
        lines=LINES.replace("COUNCIL,1000,1200", "COUNCIL,0,200"),
    ),
    "contributions of nobody": Change(
        'where = { service = ["Placements"] }',
        'where = { fund = ["core"], service = ["Placements"] }',
        "pool 'local:TILBURY': £85.00 stays in a pot because the weights of a key add to zero there.",
        "Use another key for the pot, or give the partners weights.",
        '[[pools]]\ncode = "local"',
        lines=LINES.replace("COUNCIL,1000,1200", "TRUST,1000,900"),
    ),
    "a figure beyond a trillion": Change(
        "amount = 10\n",
        "amount = 11\n",
        "the figures become too large to be kept to the penny",
        "Check the units of the inputs.",
        "no line",
        lines=LINES + "e,place,,Beds,CCG,999999999999,0\nf,place,,Beds,CCG,999999999999,0\n",
    ),
}

CHANGES = {
    f"{kind}: {name}": change
    for kind, rows in {"key": KEYS, "term": TERMS, "range": RANGES, "name": NAMES, "flow": FLOW}.items()
    for name, change in rows.items()
}


def test_the_good_model_has_no_findings(tmp_path: Path) -> None:
    assert findings(model(tmp_path, GOOD)) == []


@pytest.mark.parametrize("name", CHANGES)
def test_a_mistake_gives_one_finding(name: str, tmp_path: Path) -> None:
    change = CHANGES[name]
    assert GOOD.count(change.old) == 1
    text = GOOD.replace(change.old, change.new)
    found = findings(model(tmp_path, text, change.lines, change.outcomes))
    assert len(found) == 1, "\n".join(found)
    assert found[0].startswith(f"error: model.toml{line_of(text, change)}: {change.found}")
    assert found[0].endswith(change.action)


def line_of(text: str, change: Change) -> str:
    """Where a finding points: at the text that was changed or the one that is named; nowhere at what is not there."""
    at = change.at or (change.new or "no line").strip().splitlines()[0]
    return f", line {text[: text.index(at)].count(chr(10)) + 1}" if at in text else ""


@dataclass(frozen=True)
class Wrong:
    """A change to a rule's terms as its row in test_every_rule.py has them, and what its finding says of the rule."""

    old: str
    new: str
    found: str


WRONG, MISSING, CONTRADICTORY, RANGE = "wrong", "missing", "contradictory", "out of range"
EVERY_TERM: dict[str, dict[str, Wrong]] = {
    "adjust_target": {
        WRONG: Wrong("-0.5", '"half"', ", percent = 'half': a number is expected, without quotes."),
        MISSING: Wrong(', funded_by = "COUNCIL"', "", " lacks the key 'funded_by'. Add funded_by = ..."),
        CONTRADICTORY: Wrong(
            "-0.5", "-0.5, amount = 3", ": give either 'percent' (of the target) or 'amount' (pounds)."
        ),
        RANGE: Wrong("-0.5", "-100", ", percent = -100. Expected: more than -100."),
        "nothing": Wrong("-0.5", "0", ": a change of 0 changes nothing: state it, or leave the rule out."),
    },
    "allocate": {
        WRONG: Wrong(
            "{ CCG = 2, TRUST = 1 }",
            '"population"',
            ", key = 'population'. Expected: 'contribution', 'equal' or 'income', or { PARTNER = weight, ... }.",
        ),
        MISSING: Wrong(", key = { CCG = 2, TRUST = 1 }", "", " lacks the key 'key'. Add key = ..."),
        CONTRADICTORY: Wrong(
            "TRUST = 1 }",
            "TRUST = 1 }, recurrent_only = true",
            ": 'recurrent_only' goes with the key 'contribution', or with a blend that has it.",
        ),
        RANGE: Wrong("CCG = 2", "CCG = -2", ", key.CCG = -2. Expected: at least 0."),
        "blend": Wrong(
            "{ CCG = 2, TRUST = 1 }",
            '[{ weight = 25, key = "equal" }, { weight = 70, key = "income" }]',
            ", key: the weights of the blend add to 95, not 100.",
        ),
    },
    "cap": {
        WRONG: Wrong('"target"', '"profit"', ", limit.of = 'profit'. Expected: 'target', 'contribution' or 'income'."),
        MISSING: Wrong(', excess_to = "others"', "", " lacks the key 'excess_to'. Add excess_to = ..."),
        CONTRADICTORY: Wrong(
            '"target" }',
            '"target" }, limits = { CCG = { amount = 3 } }',
            ": give either 'from' with 'limit', or 'limits'.",
        ),
        RANGE: Wrong("percent = 1,", "percent = 20_000,", ", limit.percent = 20000. Expected: at most 10,000."),
    },
    "carry_forward": {
        WRONG: Wrong("percent = 40", "percent = true", ", percent = true: a number is expected, without quotes."),
        MISSING: Wrong(
            'from = ["CCG", "TRUST"], ', "", ": give either 'from' (take a balance out) or 'balance' (bring one in)."
        ),
        CONTRADICTORY: Wrong(
            "percent = 40",
            'percent = 40, balance = "risk_reserve"',
            ": give either 'from' (take a balance out) or 'balance' (bring one in).",
        ),
        RANGE: Wrong("percent = 40", "percent = 140", ", percent = 140. Expected: at most 100."),
        "itself": Wrong('"TRUST"]', '"carry_forward"]', ": 'carry_forward' is where the money goes: 'from' names the"),
        "twice": Wrong('"TRUST"]', '"CCG"]', ": 'from' names a pot twice."),
    },
    "decision": {
        WRONG: Wrong("2022-05-19", '"in May"', ", date = 'in May'. Expected: a date such as 2022-05-19."),
        MISSING: Wrong(', reason = "Minuted"', "", " lacks the key 'reason'. Add reason = ..."),
        CONTRADICTORY: Wrong('to = "TRUST"', 'to = "CCG"', ": 'CCG' gives to itself. Name another pot in 'to'."),
        RANGE: Wrong("4_000", "0", ", amount = 0. Expected: more than 0."),
    },
    "exclude": {
        WRONG: Wrong(
            '["Placements"]', '"Placements"', ", where.service = 'Placements'. Expected: a list such as [ ... ]."
        ),
        MISSING: Wrong(', reason = "Elsewhere"', "", " lacks the key 'reason'. Add reason = ..."),
        CONTRADICTORY: Wrong(
            '  { rule = "exclude"',
            '  { rule = "threshold", clause = "Schedule 8", percent = 1 },\n  { rule = "exclude"',
            " stands after rules that move money. Expected: 'exclude' before all other rules.",
        ),
        RANGE: Wrong('{ service = ["Placements"] }', "{}", ", where: say which lines leave: without any column all of"),
    },
    "guarantee": {
        WRONG: Wrong("-1_000", '"none"', ", floor = 'none': a number is expected, without quotes."),
        MISSING: Wrong("floor = -1_000, ", "", " lacks the key 'floor'. Add floor = ..."),
        CONTRADICTORY: Wrong('"CCG"', '"TRUST"', ": 'TRUST' cannot pay for its own guarantee."),
        RANGE: Wrong(
            "-1_000", "-1_000_000_000_000", ", floor = -1000000000000. Expected: more than -1,000,000,000,000."
        ),
    },
    "net": {
        WRONG: Wrong('"place"', "3", ", across = 3. Expected: a text in quotes."),
        MISSING: Wrong(', across = "place"', "", " lacks the key 'across'. Add across = ..."),
        CONTRADICTORY: Wrong(
            'across = "place"',
            'across = "adult"',
            ": gains and losses are set off across 'adult'. Expected: the pool itself, 'place'.",
        ),
        RANGE: Wrong(
            'across = "place"',
            'across = ""',
            ", across = ''. Expected: a letter, then letters, digits, _ or -, at most",
        ),
    },
    "outcomes": {
        WRONG: Wrong(
            "measures.csv",
            "measures.xls",
            ", measures = 'inputs/measures.xls'. Expected: a .csv or .xlsx file inside the model's folder, such as "
            "inputs/lines.csv. Open it in Excel or LibreOffice, save it as .xlsx and name that file.",
        ),
        MISSING: Wrong(', forfeited_to = "CCG"', "", " lacks the key 'forfeited_to'. Add forfeited_to = ..."),
        CONTRADICTORY: Wrong(
            'forfeited_to = "CCG"',
            'forfeited_to = "CCG", rate = 50',
            ": 'rate' is for the side 'loss'; a gain is earned by the whole score.",
        ),
        RANGE: Wrong(
            'forfeited_to = "CCG"', 'forfeited_to = "CCG", floor = 101', ", floor = 101. Expected: at most 100."
        ),
    },
    "reserve": {
        WRONG: Wrong('"loss"', '"both"', ", side = 'both'. Expected: 'gain' or 'loss'."),
        MISSING: Wrong('side = "loss", ', "", " lacks the key 'side'. Add side = ..."),
        CONTRADICTORY: Wrong(
            'side = "loss", reserve = "risk_reserve", percent = 50',
            'side = "gain", reserve = "risk_reserve"',
            ": give 'percent' or 'limit', or the reserve would take the whole gain.",
        ),
        RANGE: Wrong("percent = 50", "percent = 150", ", percent = 150. Expected: at most 100."),
    },
    "share_ranges": {
        WRONG: Wrong(
            "bands =", 'method = "sliding", bands =', ", method = 'sliding'. Expected: 'marginal' or 'whole_amount'."
        ),
        MISSING: Wrong(
            ", bands = [{ up_to = 1, shares = { CCG = 100 } }, { shares = { CCG = 25, TRUST = 75 } }]",
            "",
            " lacks the key 'bands'. Add bands = ...",
        ),
        CONTRADICTORY: Wrong("TRUST = 75", "TRUST = 85", ", bands.2.shares: the shares add to 110, not 100."),
        RANGE: Wrong(
            "up_to = 1,",
            "up_to = 101,",
            ": 'up_to' is a percent of the target, at most 100: for pounds add of = \"pounds",
        ),
        "no rest": Wrong(
            "{ CCG = 100 }",
            '{ CCG = 100, TRUST = "rest" }',
            ", bands.1.shares: the other shares add to 100, so that nothing is left for the 'rest'.",
        ),
    },
    "stop_loss": {
        WRONG: Wrong("10_000", '"10,000"', ", attachment = '10,000': a number is expected, without quotes."),
        MISSING: Wrong(', borne_by = "CCG"', "", " lacks the key 'borne_by'. Add borne_by = ..."),
        CONTRADICTORY: Wrong(
            '"CCG"', '"pool"', ": money cannot go back to 'pool'. Name a partner, a role or 'unshared'."
        ),
        RANGE: Wrong("coinsurance = 10,", "coinsurance = 100,", ", coinsurance = 100. Expected: less than 100."),
    },
    "threshold": {
        WRONG: Wrong('"excess_only"', '"excess"', ", basis = 'excess'. Expected: 'first_pound' or 'excess_only'."),
        MISSING: Wrong("percent = 1, ", "", ": give either 'percent' (of the target) or 'amount' (pounds)."),
        CONTRADICTORY: Wrong(
            "percent = 1,", "percent = 1, amount = 3,", ": give either 'percent' (of the target) or 'amount' (pounds)."
        ),
        RANGE: Wrong("percent = 1,", "percent = -1,", ", percent = -1. Expected: at least 0."),
    },
    "withhold": {
        WRONG: Wrong(
            "percent = 2", 'percent = 2, side = "profit"', ", side = 'profit'. Expected: 'gain', 'loss' or 'both'."
        ),
        MISSING: Wrong(', to = "CCG"', "", " lacks the key 'to'. Add to = ..."),
        CONTRADICTORY: Wrong('to = "CCG"', 'to = "TRUST"', ": 'TRUST' gives to itself. Name another pot in 'to'."),
        RANGE: Wrong("percent = 2", "percent = 102", ", percent = 102. Expected: at most 100."),
    },
}
EVERY_WRONG_TERM = [(rule, what) for rule, rows in EVERY_TERM.items() for what in rows]


@pytest.mark.parametrize(("rule", "what"), EVERY_WRONG_TERM)
def test_a_wrong_term_of_a_rule_names_rule_pool_clause_and_line(rule: str, what: str, tmp_path: Path) -> None:
    row, change = EVERY_RULE[rule], EVERY_TERM[rule][what]
    before, own, after = _cut(contract_of(row), rule)
    assert own.count(change.old) == 1
    own = own.replace(change.old, change.new)
    line = f"{before}{own}".count("\n") + 1
    found = findings(write_model(tmp_path / "row", before + own + after, lines=row.lines, **row.files))
    assert len(found) == 1, "\n".join(found)
    assert found[0].startswith(
        f"error: model.toml, line {line}: pool 'place', rule '{rule}' (Schedule 9){change.found}"
    )


def _cut(text: str, rule: str) -> tuple[str, str, str]:
    """What stands before a rule's line, the line, and what stands after it."""
    start = text.index(f'  {{ rule = "{rule}"')
    end = text.index("\n", start)
    return text[:start], text[start:end], text[end:]


def test_every_rule_has_terms_that_are_wrong_missing_contradictory_and_out_of_range() -> None:
    written = [word for word, kind in kinds().items() if not kind.automatic]
    assert sorted(EVERY_TERM) == written
    assert all({WRONG, MISSING, CONTRADICTORY, RANGE} <= set(rows) for rows in EVERY_TERM.values())
    assert len(EVERY_WRONG_TERM) + len(CHANGES) >= 60


def test_several_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """One in each part of the file, in the order of their lines."""
    changes = [KEYS["a title that is missing"], KEYS["of a partner"], RANGES["a percentage above 100"], TERMS["a key"]]
    changes += [RANGES["shares below 100"], RANGES["from without limit"], RANGES["half a penny"]]
    text = GOOD
    for change in changes:
        text = text.replace(change.old, change.new)
    found = findings(model(tmp_path, text))
    assert [line.split(": ", 2)[2].startswith(change.found) for line, change in zip(found, changes, strict=True)] == [
        True
    ] * 7


def test_several_unsound_rules_are_told_at_once(tmp_path: Path) -> None:
    changes = [
        NAMES["a reserve"],
        NAMES["a pool to pass money to"],
        NAMES["a partner in a key"],
        NAMES["a limit of no partner"],
    ]
    text = GOOD
    for change in changes:
        text = text.replace(change.old, change.new)
    found = findings(model(tmp_path, text))
    assert [line.split(": ", 2)[2].startswith(change.found) for line, change in zip(found, changes, strict=True)] == [
        True
    ] * 4


WARNINGS: dict[str, Change] = {
    "a reserve that bears more than it holds": Change(
        "TRUST = 80, COUNCIL = 20",
        "risk_reserve = 100",
        "reserve 'risk_reserve' would be overdrawn by £44,700.00. Expected: a closing balance of zero or more.",
        "Draw on it with the rule 'reserve', which stops at what is left, and say who bears the rest.",
        '[[reserves]]\ncode = "risk_reserve"',
        LINES.replace("5000,5100", "5000,100000"),
    ),
    "ring-fenced money that its holder keeps": Change(
        'clause = "Schedule 1"',
        'clause = "Schedule 1"\nring_fence = { purpose = "health", underspend_to = "core_reserve" }',
        "fixed and excluded lines of ring-fenced fund 'core' are underspent by £50.00. Their holders keep it; ",
        "the grant's conditions ask for reserve 'core_reserve'.",
        "ring_fence = ",
        LINES.replace("1000,1200", "1000,1000").replace("CCG,1000,1000", "CCG,1000,950").replace("5100", "5000"),
    ),
    "a decision before the agreement": Change(
        "2022-05-19",
        "2020-05-19",
        "pool 'place', rule 'decision' (Minute 7.2): date = 2020-05-19, outside the agreement and its year 2021-22. "
        "Expected: 2021-03-15 to 2025-03-31.",
        "Check the minute.",
        "date = ",
    ),
    "a decision of another decade": Change(
        "2022-05-19",
        "2202-05-19",
        "pool 'place', rule 'decision' (Minute 7.2): date = 2202-05-19, outside the agreement and its year 2021-22.",
        "Check the minute.",
        "date = ",
    ),
    "one pool that is set off": Change(
        'scope = { level = ["place"] }\n',
        f'scope = {{ level = ["place"] }}\n\n{NET}',
        "pool 'place', rule 'net' (Para 8.1): 'place' is one pool, so that there is nothing to set off.",
        "Give the pool for_each or a table, or leave the rule out.",
        "across = ",
    ),
    "a partner of another role in a key": Change(
        'key = "contribution"',
        "key = { CCG = 2, TRUST = 1 }",
        "pool 'local', rule 'allocate' (Para 7): TRUST takes of the pot 'commissioners' but is no commissioner.",
        "Check the key.",
    ),
    "an exclusion that is misspelt": Change(
        'where = { service = ["Placements"] }',
        'where = { service = ["Placement"] }',
        "pool 'local', rule 'exclude' (Para 1): no line of the pool matches it.",
        "Did you mean 'Placements'?",
    ),
    "a pool that takes nothing": Change(
        'scope = { level = ["place"] }',
        'scope = { level = ["system"] }',
        "pool 'place' takes no lines.",
        "Check its scope.",
    ),
    "a second rule for the same gain": Change(
        f"{THRESHOLD}\n",
        THRESHOLD
        + '\n[[pools.rules]]\nrule = "share_ranges"\nclause = "Para 3.1"\nside = "gain"\n'
        + "bands = [{ shares = { commissioners = 50, providers = 50 } }]\n\n",
        "pool 'local', rule 'share_ranges' (Para 4): pot 'pool' holds no gain when it runs.",
        "It does nothing there: check the order.",
        '[[pools.rules]]\nrule = "share_ranges"\nclause = "Para 4"',
    ),
}


@pytest.mark.parametrize("name", WARNINGS)
def test_what_is_doubtful_is_a_warning(name: str, tmp_path: Path) -> None:
    change = WARNINGS[name]
    text = GOOD.replace(change.old, change.new)
    found = findings(model(tmp_path, text, change.lines))
    assert len(found) == 1, "\n".join(found)
    assert found[0].startswith(f"warning: model.toml{line_of(text, change)}: {change.found}")
    assert found[0].endswith(change.action)


def test_a_measure_of_no_pool_is_told_where_it_stands(tmp_path: Path) -> None:
    outcomes = OUTCOMES + "\nb,,local:GRAY,1,linear,higher,0,1,1"
    found = findings(model(tmp_path, GOOD, outcomes=outcomes))
    assert len(found) == 1
    assert found[0].startswith(
        "error: inputs/outcomes.csv, row 3, column pool: no pool 'local:GRAY'. Expected: one of "
    )
    assert found[0].endswith("Did you mean 'local:GRAYS'?")


junk = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 10**13),
        st.sampled_from(["", "CCG", "pool", "others", "income", "x y"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["CCG", "of", "a b"]), inner, max_size=2)
    ),
    max_leaves=3,
)


class Nowhere:
    """Where nothing has a line."""

    def place(self, path: tuple[str | int, ...]) -> Place:
        """The file."""
        return Place("model.toml")


@settings(max_examples=300)
@given(st.data())
def test_whatever_stands_in_a_model_file_gives_findings_and_no_exception(data: st.DataObject) -> None:
    values = tomllib.loads(GOOD, parse_float=Decimal)
    for _ in range(data.draw(st.integers(1, 3))):
        replace_something(values, data)
    contract, found = parse(values, Nowhere())
    assert (contract is None) == bool(found)
    assert all(str(finding) for finding in found)


def replace_something(values: dict[str, Any], data: st.DataObject) -> None:
    """Puts junk in the place of one value, at any depth."""
    here: Any = values
    while True:
        keys = sorted(here) if isinstance(here, dict) else list(range(len(here)))
        key = data.draw(st.sampled_from(keys))
        inside = here[key]
        if not isinstance(inside, dict | list) or not inside or data.draw(st.integers(0, 4)) == 0:
            here[key] = data.draw(junk)
            return
        here = inside
