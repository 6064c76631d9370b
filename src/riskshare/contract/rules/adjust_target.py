"""adjust_target: growth, a discount or a compensation event moves the target of each pool."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from riskshare.contract.ledger import Ledger
from riskshare.contract.rules.kind import Example, Kind, PotRole, PotUse
from riskshare.contract.terms import ChangeTerm, Code, SignedMoneyTerm, Text
from riskshare.formula.language import Expr
from riskshare.formula.units import MONEY, SHARE


class AdjustTarget(Kind):
    """The target moves, the variance with it, and with them the position of the partner that funds the change.

    Its contribution moves too, as a key of `allocate` and as what a limit is a percent of. `contributions = "stay"`:
    these stay what the partners' budgets are, for a change that is no money of the partner's.
    """

    example: ClassVar[Example] = Example(
        says="The target of £1,000,000 is cut by 0.5% for agreed efficiency, so a gain of £20,000 becomes £15,000.",
        terms="""
[[pools.rules]]
rule = "adjust_target"
clause = "Schedule 9.4, para 2.3"
percent = -0.5
funded_by = "CCG"
reason = "Agreed efficiency"
""",
        pots={"pool": ("20000", "15000")},
    )

    rule: Literal["adjust_target"]
    percent: ChangeTerm | None = Field(None, description="Percent of the target; a reduction is negative")
    amount: SignedMoneyTerm | None = Field(None, description="Pounds in each pool, instead; a reduction is negative")
    funded_by: Code = Field(description="The partner whose position moves with the target")
    contributions: Literal["follow", "stay"] = Field(
        "follow", description="follow: what its partner contributes moves with the target; stay: it doesn't"
    )
    reason: Text = Field(description="Why the target moves")

    @model_validator(mode="after")
    def _one_measure(self) -> AdjustTarget:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("give either 'percent' (of the target) or 'amount' (pounds)")
        if 0 in (self.percent, self.amount):
            raise ValueError("a change of 0 changes nothing: state it, or leave the rule out")
        return self

    def apply(self, ledger: Ledger) -> None:
        """Adds the change to the target, to the pool and to the partner's position, and to what it contributes."""
        change = ledger.figure("change", f"Change of the target, funded by {self.funded_by}", self._change(ledger))
        ledger.adjust_target(change, self.funded_by, self.reason)
        if self.contributions == "follow":
            ledger.contribute(self.funded_by, change)

    def _change(self, ledger: Ledger) -> Expr:
        if self.amount is not None:
            return ledger.term("amount", "Change of the target", self.amount, MONEY)
        percent = ledger.term("percent", "Change of the target, %", self.percent or Decimal(0), SHARE)
        return percent * ledger.target

    def pots(self) -> Iterator[PotUse]:
        """The partner that funds it."""
        yield PotUse("funded_by", self.funded_by, PotRole.PARTNER)
