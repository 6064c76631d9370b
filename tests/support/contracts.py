"""Test support: pieces of contracts, rules written as `kind: its terms`, and models of one pool or several."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from cases import FUNDS, HEAD, LINES_INPUT, PARTNERS, POOL, Answer, answer, write_model

Rules: TypeAlias = tuple[str, ...]
Pots: TypeAlias = dict[str, str]


RESERVES = """
[[reserves]]
code = "risk_reserve"
name = "Risk reserve"
holder = "CCG"
opening = 50_000

[[reserves]]
code = "second_reserve"
name = "Second reserve"
holder = "CCG"
opening = 1_000
"""


GRANT = """
[[reserves]]
code = "grant_reserve"
name = "Grant reserve"
holder = "COUNCIL"

[[funds]]
code = "grant"
name = "Ring-fenced grant"
family = "public_health"
holder = "COUNCIL"
arrangement = "aligned"
clause = "Grant circular"
ring_fence = { purpose = "its purpose", underspend_to = "grant_reserve" }

[[funds]]
code = "second_grant"
name = "Second grant, same reserve"
family = "public_health"
holder = "CCG"
arrangement = "aligned"
clause = "Grant circular"
ring_fence = { purpose = "its purpose", underspend_to = "grant_reserve" }
"""


ADULT = """
[[geographies]]
code = "adult"
file = "inputs/adult.csv"
"""


LOCALITIES = """
locality,name,registered
GRAYS,Grays,3
TILBURY,Tilbury,1
"""


TO_TRUST = "share_ranges: bands = [{ shares = { TRUST = 100 } }]"


HALVES = "share_ranges: bands = [{ shares = { CCG = 50, TRUST = 50 } }]"


TO_PROVIDERS = "share_ranges: bands = [{ shares = { providers = 100 } }]"


def toml(rules: Rules) -> str:
    """Rules written as `kind: its terms` as a list of the model file."""
    parts = [rule.split(": ", 1) for rule in rules]
    tables = [f'  {{ rule = "{kind}", clause = "Schedule 9", {terms} }},' for kind, terms in parts]
    return "\n".join(["rules = [", *tables, "]\n"])


def one_line(variance: int | str) -> str:
    """A line of £1,000,000 with this variance."""
    return f"line,budget,outturn\nall,1000000,{1_000_000 - Decimal(variance)}"


def shared(pots: str) -> str:
    """A rule that shares the pool between pots, both ways."""
    return f"share_ranges: bands = [{{ shares = {{ {pots} }} }}]"


def cap_of(pot: str, limit: str) -> str:
    """A cap of one pot, both ways, whose excess nobody bears."""
    return f'cap: from = "{pot}", limit = {limit}, excess_to = "unallocated"'


def lowest(*limits: str) -> str:
    """The lowest of several limits."""
    return f"{{ lowest_of = [{', '.join(f'{{ {limit} }}' for limit in limits)}] }}"


def decided(giver: str, taker: str, amount: str, pool: str = "") -> str:
    """A decision of the board."""
    where = f'pool = "{pool}", ' if pool else ""
    terms = f'from = "{giver}", to = "{taker}", amount = {amount}, {where}reason = "Minuted"'
    return f"decision: date = 2022-05-19, {terms}"


def excluded(where: str) -> str:
    """An exclusion of lines."""
    return f'exclude: where = {{ {where} }}, reason = "Shared elsewhere"'


def others(**limits: int) -> str:
    """Caps of partners whose excess goes to the others."""
    amounts = ", ".join(f"{code} = {{ amount = {amount} }}" for code, amount in limits.items())
    return f'cap: limits = {{ {amounts} }}, excess_to = "others"'


def contract(folder: Path, rules: Rules, lines: str, **tables: str) -> Answer:
    """The figures of one pool, `place`, with these rules and lines."""
    inputs = LINES_INPUT if "fund," not in lines else LINES_INPUT.replace('fund = "core"\n', "")
    head = HEAD.format(name="place") + PARTNERS + RESERVES + FUNDS + GRANT + inputs
    found = answer(write_model(folder / "place", head + POOL + toml(rules), lines=lines, **tables))
    assert found.failing_checks() == []
    return found


def money(pots: Pots) -> dict[str, Decimal]:
    """The amounts of a row."""
    return {account: Decimal(amount) for account, amount in pots.items()}


def drawn(terms: str) -> str:
    """A rule that draws on the risk reserve, which opens with £50,000."""
    return f'reserve: side = "loss", reserve = "risk_reserve"{terms}'


MEASURES = "measure,name,pool,weight,method,better,baseline,target,result"
EARNED = 'outcomes: from = "TRUST", measures = "inputs/outcomes.csv", forfeited_to = "CCG"'


KEPT = "threshold: amount = 1_000_000_000"


LOCAL = 'for_each = "adult"\nscope = { level = ["locality"] }'
PLACE = 'scope = { level = ["place"] }'
SYSTEM = 'scope = { level = ["system"] }'


def pools_contract(folder: Path, pools: Mapping[str, tuple[str, Rules]], lines: str, **tables: str) -> Answer:
    """The figures of several pools: code, scope and rules; the localities are GRAYS and TILBURY, three to one."""
    head = HEAD.format(name="pools") + PARTNERS + RESERVES + FUNDS + GRANT + ADULT
    inputs = LINES_INPUT.replace('level = "place"\n', "")
    text = "".join(f'\n[[pools]]\ncode = "{code}"\n{scope}\n{toml(rules)}' for code, (scope, rules) in pools.items())
    found = answer(write_model(folder / "pools", head + inputs + text, lines=lines, **{"adult": LOCALITIES, **tables}))
    assert found.failing_checks() == []
    return found


BY_LOCALITY = """
    line,level,locality,basis,budget,outturn
    g,locality,GRAYS,,1000,{grays}
    t,locality,TILBURY,,1000,{tilbury}
    both,locality,,registered,400,400
    p,place,,,5000,{place}
    s,system,,,5000,{system}
"""


def by_locality(grays: int = 0, tilbury: int = 0, place: int = 0, system: int = 0) -> str:
    """Lines with these variances in two localities of £1300 and £1100, at the place and in the system, £5000 each."""
    return BY_LOCALITY.format(grays=1000 - grays, tilbury=1000 - tilbury, place=5000 - place, system=5000 - system)
