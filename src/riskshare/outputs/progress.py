"""How far a build has come: the phases of the flow, told one by one with how much each of them did."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Phase(StrEnum):
    """A part of the flow that somebody may have to wait for; its value is what the count counts."""

    READ = "lines"
    JUDGE = "findings"
    COMPUTE = "steps"
    WRITE = "tables"
    PROVE = "formulas"


Tell = Callable[[Phase, int], None]
"""Hears that a phase is done, and how much it did."""


def untold(_: Phase, __: int) -> None:
    """For nobody who waits."""
