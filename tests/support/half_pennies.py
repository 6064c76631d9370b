"""Test support: a model with a figure so near a half penny that binary arithmetic cannot see on which side."""

from __future__ import annotations

from pathlib import Path

from cases import HEAD, PARTNERS, write_model

NEAR_HALF = (
    "line,locality,basis,budget,outturn\nwards,,people,50568560238.17,50568560238.17\n"
    "nursing,,people,1000.01,1000.01\nclinics,,people,10.03,10.03\nvisits,,people,33.37,33.37"
)


TWO_LOCALITIES = """
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
level = "locality"
"""


PEOPLE = "locality,name,people\nNORTH,North,15499.00\nSOUTH,South,27274.39\nWEST,West,27274.39"


def near_half(folder: Path) -> Path:
    """A budget of fifty billion, one part of which stands just below a half penny."""
    toml = HEAD.format(name="near-half") + PARTNERS + TWO_LOCALITIES
    return write_model(folder / "near-half", toml, adult=PEOPLE, lines=NEAR_HALF)
