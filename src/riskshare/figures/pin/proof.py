"""Proof: what a delivered workbook and its pin state of the recalculation by another engine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Proof:
    """What a delivered workbook says of its proof: the engine, its version, how many formulas it recalculated.

    `affected` counts the cells on a half penny that binary arithmetic can't see, with those that depend on them.
    """

    engine: str
    version: str
    formulas: int
    affected: int = 0

    def statement(self) -> dict[str, str]:
        """The proof as a pin keeps it and Provenance shows it."""
        kept = {"engine": self.engine, "version": self.version, "formulas": f"{self.formulas}"}
        return kept | ({"affected by half pennies": f"{self.affected}"} if self.affected else {})

    def __str__(self) -> str:
        """The proof in one sentence."""
        equal = f"all but {self.affected:,} equal: see the warning" if self.affected else "all equal"
        return f"{self.formulas:,} formulas recalculated by {self.engine} {self.version}, {equal}"
