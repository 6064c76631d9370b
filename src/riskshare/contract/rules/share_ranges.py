"""share_ranges: bands of the variance, each split between pots in its own shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction as Exact
from functools import partial
from itertools import pairwise
from math import lcm
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from riskshare.contract.flows import PartOf
from riskshare.contract.ledger import POOL, Ledger, Weights, pot_within
from riskshare.contract.rules.kind import ColumnShares, Example, PotRole, PotUse, SidedKind, part_of, signed, size
from riskshare.contract.terms import (
    WEIGHT_LIMIT,
    ColumnTerm,
    Concept,
    ExactNumber,
    Fraction,
    Percentage,
    PercentageColumn,
    Pot,
)
from riskshare.formula.language import ONE, ZERO, Col, Expr, least, most, total_of, when
from riskshare.formula.units import MONEY, SHARE, WEIGHT

REST = "rest"
Cut = Callable[[Expr, Expr, Expr | None], Expr]
"""What of a variance lies between the ends of a band."""


def _kind_of_share(share: object) -> str:
    if isinstance(share, str):
        return "<fraction>" if "/" in share else "<word>"
    return "<column>" if isinstance(share, Mapping | ColumnTerm) else "<number>"


Share = Annotated[
    Annotated[Percentage, Tag("<number>")]
    | Annotated[PercentageColumn, Tag("<column>")]
    | Annotated[Fraction, Tag("<fraction>")]
    | Annotated[Literal["rest"], Tag("<word>")],
    Discriminator(_kind_of_share),
]


class Band(Concept):
    """One range of the variance and who shares it."""

    up_to: ExactNumber | None = Field(
        None, gt=0, lt=Decimal(1_000_000_000_000), decimal_places=6, description="Upper end; none: no end"
    )
    shares: dict[Pot, Share] = Field(
        min_length=1, description="Pot = percent or fraction, or 'rest' for one of them; they add to all of it"
    )

    @field_validator("shares")
    @classmethod
    def _all_of_it(cls, shares: dict[str, Decimal | ColumnTerm | str]) -> dict[str, Decimal | ColumnTerm | str]:
        known = sum((_exact(share) for share in shares.values()), Exact(0))
        rests = sum(share == REST for share in shares.values())
        columns = any(isinstance(share, ColumnTerm) for share in shares.values())
        if rests > 1:
            raise ValueError("only one of the shares can be the 'rest'")
        if known == 1 and rests and not columns:
            raise ValueError("the other shares add to 100, so that nothing is left for the 'rest'")
        if known > 1 or (known != 1 and not rests and not columns):
            raise ValueError(f"the shares add to {_written(known, shares.values())}")
        if columns and any(_is_fraction(share) for share in shares.values()):
            raise ValueError("a fraction stands beside numbers, fractions and 'rest', not beside a column")
        return shares

    def parts(self) -> dict[str, int] | None:
        """The shares as whole numbers of equal parts, where any is a fraction: exact, whatever the fraction."""
        if not any(_is_fraction(share) for share in self.shares.values()):
            return None
        left = 1 - sum(_exact(share) for share in self.shares.values())
        exact = {pot: left if share == REST else _exact(share) for pot, share in self.shares.items()}
        whole = lcm(*(share.denominator for share in exact.values()))
        return {pot: int(share * whole) for pot, share in exact.items()}

    @model_validator(mode="after")
    def _common_denominator(self) -> Band:
        if sum((self.parts() or {}).values()) >= WEIGHT_LIMIT:
            raise ValueError("shares: the fractions have no common denominator below 1,000,000,000: write simpler ones")
        return self


def _is_fraction(share: Decimal | ColumnTerm | str) -> bool:
    return isinstance(share, str) and share != REST


def _exact(share: Decimal | ColumnTerm | str) -> Exact:
    """A share that is stated as a part of 1; none for a column and the rest."""
    if isinstance(share, Decimal):
        return Exact(share) / 100
    return Exact(share) if isinstance(share, str) and share != REST else Exact(0)


def _written(known: Exact, shares: Iterable[Decimal | ColumnTerm | str]) -> str:
    """What shares add to, in the words that they are written in."""
    if any(_is_fraction(share) for share in shares):
        return f"{known}, not 1"
    known_percent = sum(share for share in shares if isinstance(share, Decimal))
    fractions = ". Shares are percentages: write 50, not 0.5" if known_percent == 1 else ""
    return f"{known_percent}, not 100{fractions}"


class ShareRanges(SidedKind):
    """Each slice of the variance goes to pots in the shares of its band.

    marginal: each slice has its own split. whole_amount: the band that the variance reaches splits all of it; an end
    belongs to the band below it.
    """

    example: ClassVar[Example] = Example(
        says="A gain of £50,000 is 5% of the target: £30,000 is in the band up to 3%, £20,000 beyond it.",
        terms="""
[[pools.rules]]
rule = "share_ranges"
clause = "Schedule 9.4, para 6"
side = "gain"
bands = [
  { up_to = 3, shares = { commissioners = 50, providers = 50 } },
  { shares = { commissioners = 80, providers = 20 } },
]
""",
        pots={"pool": ("50000", "0"), "commissioners": ("0", "31000"), "providers": ("0", "19000")},
    )

    rule: Literal["share_ranges"]
    of: Literal["target", "pounds"] = Field("target", description="What up_to is: percent of the target, or pounds")
    method: Literal["marginal", "whole_amount"] = Field("marginal", description="Slices, or the band that is reached")
    bands: tuple[Band, ...] = Field(
        min_length=1, max_length=20, description="Without gaps, from zero; the last has no up_to"
    )

    @model_validator(mode="after")
    def _no_gaps(self) -> ShareRanges:
        ends = [band.up_to for band in self.bands[:-1]]
        if self.bands[-1].up_to is not None:
            raise ValueError("the last band must have no 'up_to', or what lies beyond it would belong to nobody")
        if self.of == "pounds" and any(end is not None and end != round(end, 2) for end in ends):
            raise ValueError("'up_to' in pounds has at most 2 decimals")
        if self.of == "target" and any(end is not None and end > 100 for end in ends):
            raise ValueError("'up_to' is a percent of the target, at most 100: for pounds add of = \"pounds\"")
        if any(end is None for end in ends):
            raise ValueError("only the last band may be without 'up_to'")
        if any(low >= high for low, high in pairwise(end for end in ends if end is not None)):
            raise ValueError("each band must end higher than the one before, or bands overlap")
        return self

    def apply(self, ledger: Ledger) -> None:
        """Cuts the pool's balance into bands and splits each of them."""
        balance = ledger.balance(POOL)
        variance = ledger.figure("size", "To be shared", size(balance, self.side))
        cut = self._slice if self.method == "marginal" else self._whole
        start: Expr = ZERO
        for number, band in enumerate(self.bands, start=1):
            end = self._end(ledger, number, band)
            inside = signed(cut(variance, start, end), balance, self.side)
            amount = ledger.figure(f"band_{number}", f"In band {number}", inside)
            self._split(ledger, number, band, amount, partial(self._part, cut, start, end))
            start = end or ZERO
        ledger.emptied(POOL, self.sides)

    def _part(self, cut: Cut, start: Expr, end: Expr | None, held: Expr) -> Expr:
        return part_of(cut(size(held, self.side), start, end), held)

    def _end(self, ledger: Ledger, number: int, band: Band) -> Expr | None:
        if band.up_to is None:
            return None
        name, path = f"band_{number}.up_to", ("bands", number - 1, "up_to")
        if self.of == "pounds":
            return ledger.term(name, f"Band {number} up to", band.up_to, MONEY, path)
        percent = ledger.term(name, f"Band {number} up to, % of target", band.up_to, SHARE, path)
        return ledger.figure(f"band_{number}.end", f"Band {number} up to", percent * ledger.target, additive=False)

    def _slice(self, variance: Expr, start: Expr, end: Expr | None) -> Expr:
        reached = variance if end is None else least(variance, end)
        return reached if start == ZERO else most(reached, start) - start

    def _whole(self, variance: Expr, start: Expr, end: Expr | None) -> Expr:
        beyond_start = variance if start == ZERO else when(variance, ">", start, variance)
        return beyond_start if end is None else beyond_start - when(variance, ">", end, variance)

    def _split(self, ledger: Ledger, number: int, band: Band, inside: Expr, part: PartOf) -> None:
        if len(band.shares) == 1:
            ledger.move(inside, POOL, next(iter(band.shares)), self.sides, part)
            return
        if (parts := band.parts()) is not None:
            self._split_by_parts(ledger, number, parts, inside, part)
            return
        shares = {pot: self._share(ledger, number, pot, share) for pot, share in band.shares.items() if share != REST}
        for pot in band.shares:
            if pot not in shares:
                left = ONE - total_of(shares.values())
                shares[pot] = ledger.figure(f"band_{number}.share.{pot}", f"Band {number} rest to {pot}", left, SHARE)
        in_order = {pot: shares[pot] for pot in band.shares}
        whole = ledger.shares(f"band_{number}", f"band {number}", in_order.values())
        ledger.split(f"band_{number}", f"Band {number}", inside, POOL, Weights(in_order, whole, self.sides, part))

    def _split_by_parts(
        self, ledger: Ledger, number: int, parts: dict[str, int], inside: Expr, part_of_pool: PartOf
    ) -> None:
        """Fractions as weights: a third is 1 of 3 parts, which no percentage is."""
        weights = {
            pot: ledger.term(
                f"band_{number}.share.{pot}",
                f"Band {number} parts of {pot_within(pot, ledger.model)}",
                Decimal(part),
                WEIGHT,
                ("bands", number - 1, "shares", pot),
            )
            for pot, part in parts.items()
        }
        by = Weights(weights, ledger.whole(f"band_{number}", weights.values()), self.sides, part_of_pool)
        ledger.split(f"band_{number}", f"Band {number}", inside, POOL, by)

    def _share(self, ledger: Ledger, number: int, pot: str, share: Decimal | ColumnTerm | str) -> Col:
        label = f"Band {number} share of {pot_within(pot, ledger.model)}"
        path = ("bands", number - 1, "shares", pot)
        value = share if isinstance(share, ColumnTerm) else Decimal(share)
        return ledger.term(f"band_{number}.share.{pot}", label, value, SHARE, path)

    def pots(self) -> Iterator[PotUse]:
        """The pool, and the pots of every band."""
        yield PotUse("from", POOL, PotRole.PAYER)
        for number, band in enumerate(self.bands):
            for pot in band.shares:
                yield PotUse(("bands", number, "shares", pot), pot, PotRole.RECEIVER)

    def column_shares(self) -> Iterator[ColumnShares]:
        """The bands whose shares come from columns."""
        for number, band in enumerate(self.bands, start=1):
            shares = band.shares.values()
            columns = tuple(share.column for share in shares if isinstance(share, ColumnTerm))
            stated = sum((share for share in shares if isinstance(share, Decimal)), Decimal(0)) / 100
            if columns:
                yield ColumnShares(f"band {number}", stated, columns, REST in shares)
