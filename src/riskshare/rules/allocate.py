"""allocate: splits a pot between partners by a key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from riskshare.formula.language import ONE, Cell, Col, Expr
from riskshare.formula.units import COUNT, MONEY, WEIGHT
from riskshare.ledger import Ledger, Weights
from riskshare.model import Partner, Pot, Weight
from riskshare.rules.kind import Kind

FixedKey = Annotated[dict[Pot, Weight], Field(min_length=1)]
NamedKey = Literal["contribution", "equal", "income"]


class Allocate(Kind):
    """All that a pot holds goes to partners in proportion to a key; a role's pot goes to partners of that role.

    contribution: the budgets they hold of the pool's lines. income: their contract income. equal: the same for each.
    """

    rule: Literal["allocate"]
    source: Pot = Field(alias="from", description="The pot to split")
    key: NamedKey | FixedKey = Field(description="contribution, equal, income, or PARTNER = weight")

    @property
    def qualifier(self) -> str:
        """The pot it splits."""
        return self.source

    def apply(self, ledger: Ledger) -> None:
        """Moves the pot's balance to the partners by running-total rounding."""
        balance = ledger.balance(self.source)
        weights = self._weights(ledger)
        fixed = isinstance(self.key, dict)
        whole = ledger.whole("key", weights.values(), WEIGHT) if fixed else ledger.divisor("key", weights.values())
        sides = ledger.sides(self.source)
        ledger.emptied(self.source)
        ledger.split("part", "Part", balance, self.source, Weights(weights, whole, sides))

    def _weights(self, ledger: Ledger) -> dict[str, Expr]:
        if isinstance(self.key, dict):
            return {
                code: ledger.term(f"key.{code}", f"Key of {code}", weight, WEIGHT, ("key", code))
                for code, weight in self.key.items()
            }
        partners = ledger.partners(self.source)
        weighed = {partner.code: self._named_weight(ledger, partner) for partner in partners}
        return {code: weight for code, weight in weighed.items() if weight is not None}

    def _named_weight(self, ledger: Ledger, partner: Partner) -> Expr | None:
        if self.key == "equal":
            return ledger.figure(f"key.{partner.code}", f"Key of {partner.code}", ONE, COUNT)
        if self.key == "income":
            income = Cell("partners", "income", partner.code)
            return (
                None
                if partner.income is None
                else ledger.figure(f"key.{partner.code}", f"Income of {partner.code}", income, MONEY)
            )
        if partner.code not in ledger.circumstances.holders:
            return None
        held = Col(f"target_{partner.code}")
        return ledger.figure(f"key.{partner.code}", f"Budgets held by {partner.code}", held, MONEY)

    def pots_named(self) -> Iterator[tuple[str, str]]:
        """The pot that is split, and the partners of a fixed key."""
        yield "from", self.source
        if isinstance(self.key, dict):
            for code in self.key:
                yield "key", code
