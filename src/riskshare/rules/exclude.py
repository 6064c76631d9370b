"""exclude: takes lines out of the pool; their variance stays with the holder."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from riskshare.ledger import Ledger
from riskshare.model import Scope, Text
from riskshare.rules.kind import Kind


class Exclude(Kind):
    """Lines that match leave the pool before anything is shared: target and variance no longer count in it."""

    first_only: ClassVar[bool] = True

    rule: Literal["exclude"]
    where: Scope = Field(description="Which lines leave: column = [values], all of which must match")
    reason: Text = Field(description="Why they are not shared")

    def apply(self, ledger: Ledger) -> None:
        """Moves nothing: the lines are marked `excluded` on Lines and are not part of the pool's target or variance."""
        ledger.figure("variance", "Variance of the lines that left, kept by their holders", ledger.excluded_variance())
