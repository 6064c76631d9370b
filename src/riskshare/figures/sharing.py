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
)
from riskshare.contract.model import Model, Pool, Reserve
from riskshare.contract.parse import named_rules
from riskshare.contract.rules import kinds
from riskshare.contract.rules.kind import Kind, PotRole
from riskshare.contract.standing import Path
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
        """Exclusions first, then what follows by itself such as the ring-fence, then the rules in the order written."""
        written = list(named_rules(self.pool))
        for number, name, rule in (entry for entry in written if entry[2].first_only):
            self._apply_written(ledger, number, name, rule)
        for kind in kinds().values():
            for entry in kind.following(ledger.circumstances):
                self._apply(ledger, entry.rule, entry.path, entry.name)
        for number, name, rule in (entry for entry in written if not entry[2].first_only):
            self._apply_written(ledger, number, name, rule)

    def _apply_written(self, ledger: Ledger, number: int, name: str, rule: Kind) -> None:
        partners = {partner.code for partner in self.around.model.partners}
        payers = {use.pot for use in rule.pots() if use.role is PotRole.PAYER}
        unfed = [pot for pot in sorted(payers - partners) if not ledger.sides(pot) & rule.sides]
        self.unfed += [(number, pot, ledger.sides(pot)) for pot in unfed]
        position = self.around.model.pools.index(self.pool)
        self._apply(ledger, rule, ("pools", position, "rules", number), name)

    def _apply(self, ledger: Ledger, rule: Kind, path: Path, name: str) -> None:
        ledger.begin(rule, path, name)
        rule.apply(ledger)
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
