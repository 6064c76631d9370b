"""From what on figures are doubtful, and which doubts somebody looked into and accepted."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field, model_validator

from riskshare.contract.terms import AnyPercentage, Concept, Percentage, PositiveMoney, Pot, Text, Weight
from riskshare.problems.doubts import DoubtCode


class Acceptance(Concept):
    """Doubts that somebody looked into and found to be right, with the reason, which is shown wherever they are."""

    doubt: DoubtCode | None = Field(None, description="The code of the doubt; left out: every doubt about the lines")
    lines: tuple[Text, ...] = Field((), description="Codes of the lines; left out: all, where 'doubt' is given")
    pools: tuple[Pot, ...] = Field((), description="Codes of the pools, such as locality:GRAYS")
    reason: Text = Field(description="Why it is right")

    @model_validator(mode="after")
    def _of_something(self) -> Acceptance:
        if self.doubt is None and not self.lines and not self.pools:
            raise ValueError("give 'doubt', 'lines' or 'pools': what is accepted")
        return self

    def covers(self, code: str) -> bool:
        """Whether it accepts doubts of this code."""
        return self.doubt in (None, code)


class Doubts(Concept):
    """From what on figures are doubtful, and what is accepted; docs/doubts.md lists every doubt."""

    variance_percent: AnyPercentage = Field(
        Decimal(25), description="Variances beyond this percentage of a line's budget or of a pool's target"
    )
    variance_pounds: PositiveMoney = Field(
        Decimal(50_000), description="Variances of a line or a pool up to so many pounds are never doubtful"
    )
    small_percent: Percentage = Field(
        Decimal("0.1"), description="Percentages of a target, a contribution or an income below this"
    )
    small_part: Percentage = Field(Decimal(1), description="Percentages of which 100 means all of a pot, below this")
    line_pounds: PositiveMoney = Field(Decimal(1_000_000_000), description="Lines of so many pounds or more")
    income_times: Weight = Field(
        Decimal(10), description="Incomes that a partner's lines or part of a target exceed more than so many times"
    )
    accept: tuple[Acceptance, ...] = Field((), description="What was looked into and is right")
