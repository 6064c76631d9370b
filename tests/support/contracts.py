"""Test support: pieces of contracts, and rules written as `kind: its terms`."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

Rules: TypeAlias = tuple[str, ...]


RESERVES = """
[[reserves]]
code = "risk_reserve"
name = "Risk reserve"
opening = 50_000

[[reserves]]
code = "second_reserve"
name = "Second reserve"
opening = 1_000
"""


GRANT = """
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
