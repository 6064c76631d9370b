"""reserve: a loss draws on a risk reserve, a gain tops it up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from riskshare.contract.flows import times
from riskshare.contract.ledger import POOL, Ledger, Sides
from riskshare.contract.rules.kind import Example, Kind, PotRole, PotUse, part_of, size
from riskshare.contract.standing import Standing
from riskshare.contract.terms import ColumnTerm, MoneyTerm, PercentageTerm, Pot
from riskshare.contract.words import Side
from riskshare.formula.language import (
    ONE,
    ZERO,
    Cell,
    Col,
    Each,
    Expr,
    Part,
    Running,
    Total,
    least,
    most,
    total_of,
)
from riskshare.formula.units import MONEY, SHARE
from riskshare.problems.findings import Finding, did_you_mean, one_of

PRO_RATA: Literal["pro_rata"] = "pro_rata"


def _word_or_list(order: object) -> str:
    return "<list>" if isinstance(order, list | tuple) else "<word>"


Order = Annotated[
    Annotated[Literal["pro_rata"], Tag("<word>")] | Annotated[tuple[Pot, ...], Field(min_length=2), Tag("<list>")],
    Discriminator(_word_or_list),
]

Reach = Callable[[Expr], Expr]
"""What a reserve gives or takes of what is wanted of it."""


class ReserveRule(Kind):
    """The reserve bears a part of each pool's loss, or takes a part of its gain.

    A loss draws at most the limit in each pool. Where the pools of the group ask for more than the reserve has left, it
    is split between them in proportion to what they ask, or serves them in the order that is stated.
    """

    example: ClassVar[Example] = Example(
        says="Of a loss of £80,000 the reserve bears its limit of £60,000, or the £50,000 that it holds: the lower.",
        terms="""
[[pools.rules]]
rule = "reserve"
clause = "Schedule 9.4, para 4"
side = "loss"
reserve = "risk_reserve"
limit = 60_000
""",
        pots={"pool": ("-80000", "-30000"), "risk_reserve": ("0", "-50000")},
    )

    of_all: ClassVar[frozenset[str]] = frozenset({"percent"})

    rule: Literal["reserve"]
    side: Literal[Side.GAIN, Side.LOSS] = Field(description="loss: draws on the reserve; gain: tops it up")
    reserve: Pot = Field(description="Code of the reserve")
    percent: PercentageTerm = Field(Decimal(100), description="Percent of the gain or loss")
    limit: MoneyTerm | None = Field(None, description="At most so many pounds in each pool")
    order: Order = Field(
        PRO_RATA, description="loss: pro_rata, or the localities (pools) in the order in which they draw"
    )

    @model_validator(mode="after")
    def _limited(self) -> ReserveRule:
        if self.side is Side.GAIN and self.order != PRO_RATA:
            raise ValueError("'order' is for the side 'loss': every gain tops the reserve up by itself")
        if self.limit is None and self.percent == 100 and self.side is Side.GAIN:
            raise ValueError("give 'percent' or 'limit', or the reserve would take the whole gain")
        return self

    def apply(self, ledger: Ledger) -> None:
        """Moves what the reserve bears or takes from the pool to the reserve."""
        percent, limit = self._terms(ledger)
        wanted = self._wanted(ledger, percent, limit)
        moved, reach = wanted, _all_of_it()
        if self.side is Side.LOSS:
            drawn, reach = self._drawn(ledger, wanted)
            moved = ledger.figure("borne", f"Borne by {self.reserve}", -drawn)
        ledger.move(moved, POOL, self.reserve, self.sides, partial(self._part, percent, limit, reach))

    def _terms(self, ledger: Ledger) -> tuple[Expr, Expr | None]:
        whole = not isinstance(self.percent, ColumnTerm) and self.percent == 100
        percent = ONE if whole else ledger.term("percent", f"Percent of the {self.side}", self.percent, SHARE)
        limit = None if self.limit is None else ledger.term("limit", "At most, in each pool", self.limit, MONEY)
        return percent, limit

    def _wanted(self, ledger: Ledger, percent: Expr, limit: Expr | None) -> Col:
        amount = ledger.figure("size", f"The pool's {self.side}", size(ledger.balance(POOL), self.side))
        if percent != ONE:
            amount = ledger.figure("percent_of", f"Percent of the {self.side}, £", percent * amount)
        return amount if limit is None else ledger.figure("wanted", "Within the limit", least(amount, limit))

    def _part(self, percent: Expr, limit: Expr | None, reach: Reach, held: Expr) -> Expr:
        """What part of the pool's variance the reserve takes or bears, as far as what it has reaches."""
        wanted = times(size(held, self.side), percent)
        return part_of(reach(wanted if limit is None else least(wanted, limit)), held)

    def _drawn(self, ledger: Ledger, wanted: Col) -> tuple[Col, Reach]:
        """What the pool draws, and how far what it asks would be reached."""
        left = most(ledger.reserve_before(self.reserve), ZERO)
        available = ledger.figure("available", "Left in the reserve before this rule", left, additive=False)
        asked = ledger.figure("asked", "Asked of the reserve", wanted)
        alone = len(ledger.circumstances.pools) == 1
        if self.order == PRO_RATA and not alone:
            return self._pro_rata(ledger, asked, available)
        if not alone:
            first = self._first(ledger, asked)
            before = ledger.figure("before", "Asked by pools that draw first", first, additive=False)
            left = most(available - before, ZERO)
            available = ledger.figure("left_over", "Left for this pool", left, additive=False)
        return ledger.figure("drawn", "Drawn", least(asked, available)), partial(least, available)

    def _pro_rata(self, ledger: Ledger, asked: Col, available: Col) -> tuple[Col, Reach]:
        every = Total(ledger.circumstances.table, asked.name)
        total = ledger.figure("asked.all", "Asked by all pools", every, additive=False)
        whole = ledger.divisor("asked", [total])
        given = ledger.figure("drawn.all", "Drawn by all pools", least(total, available), additive=False)
        upto = ledger.figure("running", "Asked, running total over the pools", Running(asked), additive=False)
        drawn = ledger.figure("drawn", "Drawn", Part(given, upto - asked, upto, whole))
        return drawn, lambda wanted: wanted * given / whole

    def _first(self, ledger: Ledger, asked: Col) -> Expr:
        """For each pool what those that draw before it ask."""
        table, pools = ledger.circumstances.table, ledger.circumstances.pools
        ranks = [self._rank(pool) for pool in pools]
        firsts = (tuple(pool for pool, rank in zip(pools, ranks, strict=True) if rank < own) for own in ranks)
        return Each(tuple(total_of(Cell(table, asked.name, pool) for pool in first) for first in firsts))

    def _rank(self, pool: str) -> int:
        return next(number for number, word in enumerate(self.order) if word in _names(pool))

    def pots(self) -> Iterator[PotUse]:
        """The pool and the reserve."""
        yield PotUse("from", POOL, PotRole.PAYER)
        yield PotUse("reserve", self.reserve, PotRole.RESERVE)

    def releases(self) -> Iterator[PotUse]:
        """The reserve, where it bears a loss."""
        yield from (use for use in self.pots() if use.role is PotRole.RESERVE and self.side is Side.LOSS)

    def findings(self, at: Standing) -> Iterator[Finding]:
        """An order that leaves a pool out, has it twice, or names none."""
        stated = () if isinstance(self.order, str) else self.order
        codes = [pool.rpartition(":")[2] for pool in at.pools]
        for number, word in enumerate(stated):
            if not any(word in _names(pool) for pool in at.pools):
                found, action = f"{at}: the order names '{word}', which is none of its pools", did_you_mean(word, codes)
                yield at.error("reserve-order", ("order", number), found, one_of(codes), action)
        for pool, code in zip(at.pools if stated else (), codes, strict=False):
            times = sum(word in _names(pool) for word in stated)
            if times != 1:
                found = f"{at}: the order names '{code}' {'not at all' if not times else f'{times} times'}"
                yield at.error("reserve-order", ("order",), found, "every pool once")

    @property
    def sides(self) -> Sides:
        """The side that draws on the reserve or tops it up."""
        return frozenset({self.side})


def _all_of_it() -> Reach:
    return lambda wanted: wanted


def _names(pool: str) -> tuple[str, str]:
    """What an order may call a pool: its code, or that of its locality (or row) alone."""
    return pool, pool.rpartition(":")[2]
