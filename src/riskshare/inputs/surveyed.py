"""What is known of a sheet before it is read: its extent, merged cells, and cells that a reader would lose."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Survey:
    """What a sheet holds: its last row and column with a value, and cells that a reader would lose.

    `uncalculated` are the addresses of formulas without a stored value, `ambiguous` of values that programs read
    differently, `merged` are ranges such as A5:A9.
    """

    rows: int
    columns: int
    uncalculated: frozenset[str]
    merged: tuple[str, ...]
    ambiguous: frozenset[str] = frozenset()

    @property
    def cells(self) -> int:
        """How many cells a reader makes room for."""
        return self.rows * self.columns
