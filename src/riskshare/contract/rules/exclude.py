"""exclude: takes lines out of the pool; their variance stays with the holder."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from riskshare.contract.ledger import Ledger
from riskshare.contract.model import Scope
from riskshare.contract.rules.kind import Example, Kind
from riskshare.contract.terms import Text


class Exclude(Kind):
    """Lines that match leave the pool before anything is shared: target and variance no longer count in it."""

    first_only: ClassVar[bool] = True

    example: ClassVar[Example] = Example(
        says="Placements overspend by £50,000 and leave; the pool starts with the other line's gain of £20,000.",
        terms="""
[[pools.rules]]
rule = "exclude"
clause = "Schedule 9.4, para 2"
where = { service = ["Placements"] }
reason = "Shared under their own agreement"
""",
        pots={"pool": ("20000", "20000")},
        files={"lines": "line,service,budget,outturn\nbeds,Placements,400000,450000\nnurses,Nursing,600000,580000\n"},
    )

    rule: Literal["exclude"]
    where: Scope = Field(description="Which lines leave: column = [values], all of which must match")
    reason: Text = Field(description="Why they are not shared")

    @field_validator("where")
    @classmethod
    def _some_lines(cls, where: Scope) -> Scope:
        if not where.model_fields_set:
            raise ValueError("say which lines leave: without any column all of them would")
        return where

    def takes_out(self) -> Scope | None:
        """The lines that match."""
        return self.where

    def apply(self, ledger: Ledger) -> None:
        """Moves nothing: the lines are marked `excluded` on Lines and are not part of the pool's target or variance."""
        ledger.figure("variance", "Variance of the lines that left, kept by their holders", ledger.excluded_variance())
