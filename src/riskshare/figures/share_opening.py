"""Opening: what a pool group starts from: targets, outturns and variances by holder, from lines or from a table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from riskshare.contract.ledger import POOL
from riskshare.contract.model import Pool
from riskshare.figures.names import LINES, given_column, part_column
from riskshare.figures.pooling import Division
from riskshare.formula.language import (
    ZERO,
    Col,
    Column,
    Each,
    Expr,
    Given,
    Section,
    Span,
    Step,
    Total,
    in_row,
    total_of,
)
from riskshare.formula.units import MONEY, TEXT

SHARED = "shared"
FIXED = "fixed"
RING = "ring_fence "

Criteria = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Membership:
    """Which lines a pool group takes."""

    holders: Mapping[str, tuple[str, ...]]
    """The holders of its lines under each treatment: `shared`, `ring_fence RESERVE`, `fixed`, the name of a rule."""

    @property
    def inside(self) -> tuple[str, ...]:
        """The treatments whose lines are in the pool: shared first, then by reserve."""
        return tuple(name for name in self.holders if name == SHARED or name.startswith(RING))

    @property
    def outside(self) -> tuple[str, ...]:
        """The treatments of lines in the pool's scope that are not shared."""
        return tuple(name for name in self.holders if name not in self.inside)

    @property
    def reserves(self) -> tuple[str, ...]:
        """The reserves of the ring-fenced lines in the pool."""
        return tuple(name.removeprefix(RING) for name in self.inside if name.startswith(RING))


@dataclass(frozen=True, slots=True)
class GivenPools:
    """Pools that a table gives directly: their codes and names, and who holds any of them."""

    table: str
    pools: tuple[str, ...]
    holders: tuple[str, ...]


class Opening(ABC):
    """Where the figures of a pool group come from; every amount is a column of its Share table."""

    pool: Pool
    pools: tuple[str, ...]
    names: tuple[str, ...]
    holders: tuple[str, ...]

    def pots(self) -> dict[str, Expr]:
        """The pots that hold something before the first rule: the pool alone, unless an opening says otherwise."""
        return {POOL: Col("start")}

    @property
    def extends(self) -> Span | None:
        """The table whose rows the Share table continues, if any."""
        return None

    @property
    def membership(self) -> Membership:
        """Its lines by treatment and holder."""
        return Membership({SHARED: self.holders})

    @abstractmethod
    def identity(self) -> list[Column]:
        """The columns that name each pool."""

    @abstractmethod
    def amounts(self) -> list[Column]:
        """Target and outturn by treatment and holder."""

    @abstractmethod
    def variance_of(self, treatment: str) -> Expr:
        """The variance of the lines under a treatment in each pool."""

    def by_pool(self, treatment: str) -> dict[str, Expr]:
        """The variance of the lines under a treatment, by pool."""
        variance = self.variance_of(treatment)
        return {pool: in_row(variance, number) for number, pool in enumerate(self.pools)}

    @abstractmethod
    def recurrent(self, holder: str) -> Expr:
        """The recurrent part of the target that a holder holds."""

    def section(self, passed_up: Expr) -> Section:
        """The first section of a Share table."""
        columns = [*self.identity(), *self.amounts(), *self._by_holder(), *self._whole(passed_up), *self._outside()]
        note = "Variance = target - outturn: a gain is positive, a loss negative"
        return Section("Lines of the pool", tuple(columns), "", note)

    def _treatments(self, holder: str) -> list[str]:
        return [name for name in self.membership.inside if holder in self.membership.holders[name]]

    def _by_holder(self) -> Iterator[Column]:
        for holder in self.holders:
            target = total_of(Col(f"target.{name}.{holder}") for name in self._treatments(holder))
            outturn = total_of(Col(f"outturn.{name}.{holder}") for name in self._treatments(holder))
            yield Step(f"target_{holder}", MONEY, f"Target held by {holder}", target)
            yield Step(f"variance_{holder}", MONEY, f"Variance of {holder}", Col(f"target_{holder}") - outturn)

    def _whole(self, passed_up: Expr) -> Iterator[Column]:
        target = total_of(Col(f"target_{holder}") for holder in self.holders)
        variance = total_of(Col(f"variance_{holder}") for holder in self.holders)
        yield Step("target", MONEY, "Target of the pool", target)
        yield Step("variance_all", MONEY, "Variance of the pool", variance)
        yield Step("outturn", MONEY, "Outturn of the pool", Col("target") - Col("variance_all"))
        yield Step("passed_up", MONEY, "Passed up from earlier pools", passed_up)
        yield Step("start", MONEY, "To be shared", Col("variance_all") + Col("passed_up"))

    def _outside(self) -> Iterator[Column]:
        if FIXED in self.membership.holders:
            label = "Outside the pool: variance of fixed lines, kept by their holders"
            yield Step("variance.fixed", MONEY, label, self.variance_of(FIXED))


class FromLines(Opening):
    """Pools whose figures are totals of lines: of their parts in each locality, or of whole lines."""

    def __init__(
        self, pool: Pool, division: Division | None, membership: Membership, partners: tuple[str, ...]
    ) -> None:
        """The pool group, its geography if it has a pool for each locality, and its lines."""
        self.pool, self._division, self._membership = pool, division, membership
        self.pools = tuple(f"{pool.code}:{code}" for code in division.localities) if division else (pool.code,)
        self.names = division.names if division else (pool.title,)
        inside = {holder for name in membership.inside for holder in membership.holders[name]}
        self.holders = tuple(code for code in partners if code in inside)

    @property
    def membership(self) -> Membership:
        """Its lines by treatment and holder."""
        return self._membership

    def identity(self) -> list[Column]:
        """The columns that name each pool."""
        return [
            Given("pool", TEXT, "Pool", self.pools, editable=False),
            Given("pool_name", TEXT, "Name", self.names, editable=False),
        ]

    def amounts(self) -> list[Column]:
        """Target and outturn by treatment and holder."""
        return [column for treatment in self._membership.inside for column in self._treated(treatment)]

    def _treated(self, treatment: str) -> Iterator[Column]:
        holders = self._membership.holders[treatment]
        for holder in holders:
            title = f"{holder}, {treatment.replace('_', ' ')} lines"
            target, outturn = (self._lines(measure, treatment, holder) for measure in ("budget", "outturn"))
            yield Step(f"target.{treatment}.{holder}", MONEY, f"Target: {title}", target)
            yield Step(f"outturn.{treatment}.{holder}", MONEY, f"Outturn: {title}", outturn)

    def variance_of(self, treatment: str) -> Expr:
        """The variance of the lines under a treatment in each pool."""
        if treatment not in self._membership.holders:
            return ZERO
        budget, outturn = self._lines("budget", treatment), self._lines("outturn", treatment)
        if isinstance(budget, Each) and isinstance(outturn, Each):
            return Each(tuple(left - right for left, right in zip(budget.rows, outturn.rows, strict=True)))
        return budget - outturn

    def recurrent(self, holder: str) -> Expr:
        """The recurrent part of the target that a holder holds."""
        yes = (("holder", holder), ("recurrent", "yes"))
        return self._added([self._criteria(name, yes) for name in self._treatments(holder)], "budget")

    def _lines(self, measure: str, treatment: str, holder: str | None = None) -> Expr:
        only = () if holder is None else (("holder", holder),)
        return self._added([self._criteria(treatment, only)], measure)

    def _criteria(self, treatment: str, more: Criteria) -> Criteria:
        return (("pool", self.pool.code), ("treatment", treatment), *more)

    def _added(self, criteria: list[Criteria], measure: str) -> Expr:
        """The lines that match any of the criteria, in the localities or as a whole."""
        if self._division is None:
            return total_of(Total(LINES, measure, where) for where in criteria)
        table, codes = self._division.parts_table, self._division.localities
        return Each(
            tuple(total_of(Total(table, part_column(measure, code), where) for where in criteria) for code in codes)
        )


class FromTable(Opening):
    """Pools that a table gives directly, one row each, with their target, outturn, holder and terms of their own."""

    def __init__(self, pool: Pool, given: GivenPools, partners: tuple[str, ...]) -> None:
        """The pool group and its table."""
        self.pool, self._given = pool, given
        self.pools, self.names = given.pools, given.pools
        self.holders = tuple(code for code in partners if code in given.holders)

    @property
    def extends(self) -> Span:
        """The table's rows."""
        return Span(self._given.table, 0, len(self.pools))

    def identity(self) -> list[Column]:
        """The columns that name each pool."""
        return [
            Step("pool", TEXT, "Pool", Col(given_column("pool"))),
            Step("pool_name", TEXT, "Name", Col(given_column("name"))),
        ]

    def amounts(self) -> list[Column]:
        """Target and outturn under the pool's holder."""
        return [column for holder in self.holders for column in self._held(holder)]

    def _held(self, holder: str) -> Iterator[Column]:
        where = ((given_column("pool"), Col("pool")), (given_column("holder"), holder))
        for measure in ("target", "outturn"):
            amount = Total(self._given.table, given_column(measure), where)
            yield Step(f"{measure}.{SHARED}.{holder}", MONEY, f"{measure.capitalize()}: {holder}", amount)

    def recurrent(self, holder: str) -> Expr:
        """All of it: a table of pools does not tell recurrent money apart."""
        return Col(f"target_{holder}")

    def variance_of(self, treatment: str) -> Expr:
        """Nothing: a table has no lines that could leave the pool."""
        return ZERO
