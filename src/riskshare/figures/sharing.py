"""Sharing: the steps of a pool group, from its opening figures through the ring-fence and every rule to its pots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from riskshare.contract.ledger import (
    POOL,
    UNSHARED,
    CaseTable,
    Circumstances,
    Ledger,
    RecordedDecision,
    Sides,
    Stage,
    TargetChange,
    Term,
    ring_fence_name,
)
from riskshare.contract.model import Model, Pool, Reserve
from riskshare.contract.parse import rules_of
from riskshare.contract.rules.kind import Kind
from riskshare.contract.rules.ring_fence import RingFence
from riskshare.figures.names import share_table
from riskshare.figures.share_closing import Closing
from riskshare.figures.share_opening import RING, Opening
from riskshare.formula.language import ZERO, Col, Each, Expr, Table, Total, total_of


@dataclass(frozen=True, slots=True)
class PoolGroup:
    """A pool group ready to be computed, and what later tables read of it."""

    pool: Pool
    table: Table
    pools: tuple[str, ...]
    holders: tuple[str, ...]
    positions: Mapping[str, tuple[str, ...]]
    terms: tuple[Term, ...]
    decisions: tuple[RecordedDecision, ...]
    changes: tuple[TargetChange, ...]
    cases: tuple[CaseTable, ...]
    stages: tuple[Stage, ...]
    final: Mapping[str, str]
    outside: tuple[str, ...]
    wholes: tuple[tuple[str, str], ...]
    known: tuple[str, ...]
    unfed: tuple[tuple[int, str, Sides], ...]
    leftovers: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a pool group needs of the rest: the model, its reserves, the groups before it, and outcome tables."""

    model: Model
    reserves: tuple[Reserve, ...]
    earlier: tuple[PoolGroup, ...]
    measures: Mapping[str, str]


def share(opening: Opening, around: Surroundings) -> PoolGroup:
    """The steps of one pool group; one row per pool, pounds to the penny, gains positive and losses negative."""
    return _Sharing(opening, around).group()


class _Sharing:
    def __init__(self, opening: Opening, around: Surroundings) -> None:
        self.opening, self.around, self.pool = opening, around, opening.pool
        self.name = share_table(self.pool.code)
        self.unfed: list[tuple[int, str, Sides]] = []

    def group(self) -> PoolGroup:
        ledger = Ledger(self._circumstances(), {POOL: Col("start")})
        self._run(ledger)
        closing = Closing(self.opening, ledger)
        sections = (self.opening.section(self._passed_up()), *ledger.sections, closing.section())
        title = f"{self.pool.title}: gain and loss share"
        kept = {*closing.final, UNSHARED}
        left = {pot: ledger.sides(pot) for pot in ledger.pots() if pot not in kept and ledger.sides(pot)}
        return PoolGroup(
            pool=self.pool,
            table=Table(self.name, title, "one row per pool", "pool", sections, self.opening.extends),
            pools=self.opening.pools,
            holders=self.opening.holders,
            positions=closing.positions,
            terms=tuple(ledger.terms),
            decisions=tuple(ledger.decisions),
            changes=tuple(ledger.changes),
            cases=tuple(ledger.cases),
            stages=tuple(ledger.stages),
            final=closing.final,
            outside=self.opening.membership.outside,
            wholes=tuple(ledger.wholes),
            known=ledger.pots(),
            unfed=tuple(self.unfed),
            leftovers={pot: tuple(sides) for pot, sides in left.items()},
        )

    def _circumstances(self) -> Circumstances:
        reserves = self.opening.membership.reserves
        return Circumstances(
            model=self.around.model,
            pool=self.pool,
            table=self.name,
            pools=self.opening.pools,
            holders=self.opening.holders,
            reserves=self.around.reserves,
            earlier=self._moved_earlier(),
            measures=self.around.measures,
            ring_fenced={code: Col(f"variance.{RING}{code}") for code in reserves},
            variance_of=self.opening.variance_of,
            recurrent=self.opening.recurrent,
        )

    def _moved_earlier(self) -> dict[str, tuple[Expr, ...]]:
        reserves = [reserve.code for reserve in self.around.reserves]
        return {
            code: tuple(
                Total(group.table.name, group.final[code]) for group in self.around.earlier if code in group.final
            )
            for code in reserves
        }

    def _run(self, ledger: Ledger) -> None:
        """Exclusions first, then the ring-fences, then the rules in the order written."""
        first = [(number, kind) for number, kind in rules_of(self.pool) if kind.first_only]
        for number, kind in first:
            self._apply(ledger, number, kind)
        for code in self.opening.membership.reserves:
            self._ring_fence(ledger, code)
        for number, kind in rules_of(self.pool):
            if (number, kind) not in first:
                self._apply(ledger, number, kind)

    def _ring_fence(self, ledger: Ledger, code: str) -> None:
        funds = [fund for fund in self.around.model.funds if fund.ring_fence and fund.ring_fence.underspend_to == code]
        rule = RingFence(rule="ring_fence", clause=funds[0].clause, reserve=code)
        ledger.begin(rule, ("funds", self.around.model.funds.index(funds[0])), ring_fence_name(code))
        rule.apply(ledger)
        ledger.finish()

    def _apply(self, ledger: Ledger, number: int, kind: Kind) -> None:
        partners = {partner.code for partner in self.around.model.partners}
        taken = {pot for key, pot in kind.pots_named() if key in ("from", "limits")}
        unfed = [pot for pot in sorted(taken - partners) if not ledger.sides(pot) & kind.sides]
        self.unfed += [(number, pot, ledger.sides(pot)) for pot in unfed]
        ledger.begin(kind, ("pools", self.around.model.pools.index(self.pool), "rules", number))
        kind.apply(ledger)
        ledger.finish()

    def _passed_up(self) -> Expr:
        if len(self.opening.pools) == 1:
            names = dict.fromkeys((self.pool.code, *self.opening.pools))
            return total_of(amount for name in names for amount in self._passing(name))
        if not any(pot.startswith("pool:") for group in self.around.earlier for pot in group.final):
            return ZERO
        rows = [self._passing(pool) for pool in self.opening.pools]
        return Each(tuple(total_of(row) for row in rows)) if any(rows) else ZERO

    def _passing(self, code: str) -> list[Expr]:
        pot = f"pool:{code}"
        return [Total(group.table.name, group.final[pot]) for group in self.around.earlier if pot in group.final]
