"""Ring-fences: what of a fund's underspend each pool, and each holder outside the pools, gives its reserve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from riskshare.contract.model import Fund, Model
from riskshare.figures.names import FUNDS, LINES, ring_fence_table
from riskshare.figures.share_opening import RING, Opening
from riskshare.formula.language import (
    ONE,
    ZERO,
    Cell,
    Col,
    Column,
    Each,
    Expr,
    Given,
    Part,
    Running,
    Step,
    Table,
    Total,
    least,
    most,
    table,
    total_of,
    when,
)
from riskshare.formula.units import MONEY, TEXT

IN_POOLS, OUTSIDE = "pool", "outside the pools"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RingFenced:
    """The reserve of ring-fenced funds, and who can owe it what they left unspent."""

    reserve: str
    funds: tuple[Fund, ...]
    pools: Mapping[str, Expr]
    """The net variance of their lines in each pool that has any, in the order in which pools run."""
    outside: Mapping[str, str]
    """The key of the row of each holder of such lines outside the pools: fixed, excluded, in view or in no pool."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The rows of its table: the pools, then the holders outside them."""
        return (*self.pools, *self.outside.values())

    @property
    def over_the_fund(self) -> bool:
        """Whether it binds the funds as a whole, rather than what of them is in each pool."""
        return all(fund.ring_fence is None or fund.ring_fence.over == "fund" for fund in self.funds)

    def kept(self, key: str) -> Cell:
        """What a pool, or a holder outside the pools, gives the reserve; by the key of its row."""
        return Cell(ring_fence_table(self.reserve), "kept", key)


def ring_fenced(
    model: Model, openings: tuple[Opening, ...], outside: Mapping[str, tuple[str, ...]]
) -> tuple[RingFenced, ...]:
    """Every reserve of a ring-fence.

    Args: what all pool groups start from, in the order they run; by reserve the holders of lines outside the pools.
    """
    fenced = []
    for reserve in dict.fromkeys(fund.ring_fence.underspend_to for fund in model.funds if fund.ring_fence):
        funds = tuple(fund for fund in model.funds if fund.ring_fence and fund.ring_fence.underspend_to == reserve)
        pools: dict[str, Expr] = {}
        for opening in (entry for entry in openings if reserve in entry.membership.reserves):
            pools |= opening.by_pool(f"{RING}{reserve}")
        entry = RingFenced(reserve, funds, pools, {})
        holders = outside.get(reserve, ()) if entry.over_the_fund else ()
        fenced.append(RingFenced(reserve, funds, pools, {code: f"{code}, {OUTSIDE}" for code in holders}))
    return tuple(fenced)


def ring_fence_tables(fenced: tuple[RingFenced, ...]) -> Iterator[Table]:
    """For each reserve what every pool, and every holder outside the pools, gives it; one row each, in pounds."""
    return (_table(entry) for entry in fenced if entry.keys)


def _table(fenced: RingFenced) -> Table:
    """Over the fund: no more than the funds left unspent over all their lines, the pools first, pro rata.

    Over the pool: whatever each pool left unspent.
    """
    nets = (*fenced.pools.values(), *(_outside(fenced, holder) for holder in fenced.outside))
    by_kind = _ByKind(fenced)
    columns: list[Column] = [
        Given("claim", TEXT, "Pool, or holder of other lines", fenced.keys, editable=False),
        Given("where", TEXT, "Where its lines are", by_kind.of(IN_POOLS, OUTSIDE), editable=False),
        Step("net", MONEY, "Net variance of the funds' lines there", Each(nets)),
        Step("unspent", MONEY, "Left unspent there", most(Col("net"), ZERO)),
        Step("of_funds", MONEY, "Left unspent by the funds over all lines", _left_unspent(fenced), additive=False),
        *by_kind.given(),
        Step("kept", MONEY, "Goes to the reserve", Part(by_kind.taken, Col("before"), by_kind.upto, Col("divisor"))),
    ]
    title = f"Ring-fence: what {fenced.reserve} keeps"
    return table(ring_fence_table(fenced.reserve), title, "one row per pool or holder", "claim", columns)


def _left_unspent(fenced: RingFenced) -> Expr:
    return most(total_of(Cell(FUNDS, "variance", fund.code) for fund in fenced.funds), ZERO)


def _outside(fenced: RingFenced, holder: str) -> Expr:
    """The net variance of a holder's lines of the funds that no pool shares: of all its lines less those inside."""
    every = total_of(Total(LINES, "variance", (("fund", fund.code), ("holder", holder))) for fund in fenced.funds)
    return every - Total(LINES, "variance", (("treatment", f"{RING}{fenced.reserve}"), ("holder", holder)))


class _ByKind:
    """The pools' rows come first, then those of the holders outside them: each kind is split pro rata by itself."""

    def __init__(self, fenced: RingFenced) -> None:
        self._fenced, self._name = fenced, ring_fence_table(fenced.reserve)

    def of(self, in_pools: T, outside: T) -> tuple[T, ...]:
        """One thing for every row of a pool, another for every row of a holder outside."""
        return (in_pools,) * len(self._fenced.pools) + (outside,) * len(self._fenced.outside)

    def given(self) -> Iterator[Step]:
        """What each kind gives in all, and the running total of what each of its rows left unspent."""
        in_pools = Total(self._name, "unspent", (("where", IN_POOLS),))
        yield Step("of_pools", MONEY, "Left unspent in pools", in_pools, additive=False)
        yield Step("from_pools", MONEY, "Given by pools in all", self._from_pools(), additive=False)
        yield Step("running", MONEY, "Left unspent, running total", Running(Col("unspent")), additive=False)
        if self._fenced.outside:
            yield from self._of_both_kinds()
        yield Step("before", MONEY, "The same, before this row", self.upto - Col("unspent"), additive=False)
        divisor = when(self._unspent, "=", ZERO, ONE, self._unspent)
        yield Step("divisor", MONEY, "Divisor (1 where nothing is left unspent)", divisor, additive=False)

    def _of_both_kinds(self) -> Iterator[Step]:
        own = Each(self.of(Col("running"), Col("running") - Col("of_pools")))
        yield Step("upto", MONEY, "The same, within its kind", own, additive=False)
        unspent = Total(self._name, "unspent", (("where", Col("where")),))
        yield Step("of_kind", MONEY, "Left unspent by all rows of its kind", unspent, additive=False)
        outside = least(most(Col("of_funds") - Col("from_pools"), ZERO), Col("of_kind"))
        given = Each(self.of(Col("from_pools"), outside))
        yield Step("given", MONEY, "Given by all rows of its kind", given, additive=False)

    @property
    def upto(self) -> Col:
        """The running total of what the rows of a kind left unspent."""
        return Col("upto" if self._fenced.outside else "running")

    @property
    def taken(self) -> Col:
        """What all rows of a kind give."""
        return Col("given" if self._fenced.outside else "from_pools")

    @property
    def _unspent(self) -> Col:
        return Col("of_kind" if self._fenced.outside else "of_pools")

    def _from_pools(self) -> Expr:
        return least(Col("of_funds"), Col("of_pools")) if self._fenced.over_the_fund else Col("of_pools")
