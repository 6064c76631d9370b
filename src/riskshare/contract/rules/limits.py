"""Limits of a cap or a guarantee: an amount, a percent of something, or the lowest of several."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from riskshare.contract.ledger import PARTNERS, ROLE_POTS, Ledger, pot_within
from riskshare.contract.terms import AnyPercentageTerm, Concept, MoneyTerm
from riskshare.formula.language import Cell, Col, Expr, least, total_of
from riskshare.formula.units import MONEY, SHARE


class Limit(Concept):
    """The most a pot may hold of a gain or of a loss, in each pool."""

    amount: MoneyTerm | None = Field(None, description="The limit in pounds")
    percent: AnyPercentageTerm | None = Field(None, description="Percent of what 'of' names")
    of: Literal["target", "contribution", "income"] | None = Field(None, description="What the percent is of")
    lowest_of: tuple[Limit, ...] | None = Field(
        None, min_length=2, max_length=5, description="The lowest of these limits"
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Limit:
        kinds = [self.amount is not None, self.percent is not None, self.lowest_of is not None]
        if sum(kinds) != 1:
            raise ValueError("give one of 'amount', 'percent' (with 'of') or 'lowest_of'")
        if (self.percent is not None) != (self.of is not None):
            raise ValueError("'percent' goes with 'of': target, contribution or income")
        return self

    def step(self, ledger: Ledger, pot: str, name: str, path: tuple[str | int, ...]) -> Col:
        """The limit in pounds as a column of the open rule."""
        within = pot_within(pot, ledger.model)
        title = f"{within} {ledger.where_it_holds}"
        if self.amount is not None:
            return ledger.term(name, f"Limit of {title}", self.amount, MONEY, (*path, "amount"))
        if self.lowest_of is not None:
            limits = [
                limit.step(ledger, pot, f"{name}.{number}", (*path, "lowest_of", number - 1))
                for number, limit in enumerate(self.lowest_of, start=1)
            ]
            return ledger.figure(name, f"Limit of {title}: the lowest", least(*limits), additive=False)
        label = f"Limit of {title}, % of {self.of}"
        percent = ledger.term(f"{name}.percent", label, self.percent or Decimal(0), SHARE, (*path, "percent"))
        whole = ledger.figure(
            f"{name}.of", f"{(self.of or '').capitalize()} of {within}", self._whole(ledger, pot), additive=False
        )
        return ledger.figure(name, f"Limit of {title}", percent * whole, additive=False)

    def _whole(self, ledger: Ledger, pot: str) -> Expr:
        if self.of == "target":
            return ledger.target
        codes = [entry.code for entry in ledger.partners(pot)] if pot in ROLE_POTS else [pot]
        if self.of == "contribution":
            return total_of(part for code in codes for part in ledger.contribution(code))
        incomes = {entry.code for entry in ledger.model.partners if entry.income is not None}
        return total_of(Cell(PARTNERS, "income", code) for code in codes if code in incomes)

    def is_of(self, what: str) -> bool:
        """Whether it is a percent of this, at any depth."""
        return self.of == what or any(limit.is_of(what) for limit in self.lowest_of or ())
