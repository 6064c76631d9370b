"""share_ranges: bands of the variance, each split between pots in its own shares."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from pydantic import Field, field_validator, model_validator

from riskshare.formula.language import ZERO, Expr, least, most, when
from riskshare.formula.units import MONEY, SHARE
from riskshare.ledger import POOL, Ledger, Weights, pot_title
from riskshare.model import Concept, Number, Percentage, Pot, Side
from riskshare.rules.kind import SidedKind, size


class Band(Concept):
    """One range of the variance and who shares it."""

    up_to: Number | None = Field(
        None, gt=0, lt=Decimal("1e12"), decimal_places=6, description="Upper end; none: no end"
    )
    shares: dict[Pot, Percentage] = Field(min_length=1, description="Pot = percent; they add to 100")

    @field_validator("shares")
    @classmethod
    def _all_of_it(cls, shares: dict[str, Decimal]) -> dict[str, Decimal]:
        if sum(shares.values()) != 100:
            raise ValueError(f"the shares add to {sum(shares.values())}, not 100")
        return shares


class ShareRanges(SidedKind):
    """Each slice of the variance goes to pots in the shares of its band (marginal bands)."""

    rule: Literal["share_ranges"]
    of: Literal["target", "pounds"] = Field("target", description="What up_to is: percent of the target, or pounds")
    method: Literal["marginal"] = Field("marginal", description="Each slice has its own split")
    bands: tuple[Band, ...] = Field(
        min_length=1, max_length=20, description="Without gaps, from zero; the last has no up_to"
    )

    @model_validator(mode="after")
    def _no_gaps(self) -> ShareRanges:
        ends = [band.up_to for band in self.bands[:-1]]
        if self.bands[-1].up_to is not None:
            raise ValueError("the last band must have no 'up_to', or what lies beyond it would belong to nobody")
        if any(end is None for end in ends):
            raise ValueError("only the last band may be without 'up_to'")
        if any(low >= high for low, high in pairwise(end for end in ends if end is not None)):
            raise ValueError("each band must end higher than the one before, or bands overlap")
        return self

    def apply(self, ledger: Ledger) -> None:
        """Cuts the pool's balance into bands and splits each of them."""
        balance = ledger.balance(POOL)
        variance = ledger.figure("size", "To be shared", size(balance, self.side))
        start: Expr = ZERO
        for number, band in enumerate(self.bands, start=1):
            end = self._end(ledger, number, band)
            inside = ledger.figure(f"band_{number}", f"In band {number}", self._slice(balance, variance, start, end))
            self._split(ledger, number, band, inside)
            start = end or ZERO
        ledger.emptied(POOL, self.sides)

    def _end(self, ledger: Ledger, number: int, band: Band) -> Expr | None:
        if band.up_to is None:
            return None
        name, path = f"band_{number}.up_to", ("bands", number - 1, "up_to")
        if self.of == "pounds":
            return ledger.term(name, f"Band {number} up to", band.up_to, MONEY, path)
        percent = ledger.term(name, f"Band {number} up to, % of target", band.up_to / 100, SHARE, path)
        return ledger.figure(f"band_{number}.end", f"Band {number} up to", percent * ledger.target, additive=False)

    def _slice(self, balance: Expr, variance: Expr, start: Expr, end: Expr | None) -> Expr:
        reached = variance if end is None else least(variance, end)
        inside = reached if start == ZERO else most(reached, start) - start
        if self.side is Side.BOTH:
            return when(balance, "<", ZERO, -inside, inside)
        return -inside if self.side is Side.LOSS else inside

    def _split(self, ledger: Ledger, number: int, band: Band, inside: Expr) -> None:
        if len(band.shares) == 1:
            ledger.move(inside, POOL, next(iter(band.shares)), self.sides)
            return
        shares: dict[str, Expr] = {}
        for pot, percent in band.shares.items():
            label = f"Band {number} share of {pot_title(pot, ledger.model)}"
            path = ("bands", number - 1, "shares", pot)
            shares[pot] = ledger.term(f"band_{number}.share.{pot}", label, percent / 100, SHARE, path)
        whole = ledger.shares(f"band_{number}", f"band {number}", shares.values())
        ledger.split(f"band_{number}", f"Band {number}", inside, POOL, Weights(shares, whole, self.sides))

    def pots_named(self) -> Iterator[tuple[str, str]]:
        """The pots of every band."""
        for band in self.bands:
            for pot in band.shares:
                yield "shares", pot
