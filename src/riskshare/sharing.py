"""Sharing: the steps of a pool group, from its lines through the ring-fence and every rule to the final pots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from riskshare.contract import rules_of
from riskshare.formula.language import (
    ONE,
    ZERO,
    Col,
    Column,
    Each,
    Expr,
    Given,
    Part,
    Section,
    Step,
    Table,
    Total,
    most,
    total_of,
    when,
)
from riskshare.formula.units import GATE, MONEY, TEXT
from riskshare.ledger import (
    CARRY_FORWARD,
    POOL,
    UNALLOCATED,
    UNSHARED,
    Circumstances,
    Ledger,
    RecordedDecision,
    Stage,
    Term,
)
from riskshare.model import Model, Pool, Reserve
from riskshare.pool import Division
from riskshare.rules.kind import Kind
from riskshare.rules.ring_fence import RingFence

SHARED = "shared"
FIXED = "fixed"
RING = "ring_fence "


@dataclass(frozen=True, slots=True)
class Membership:
    """Which lines a pool group takes: the holders under each treatment (shared, ring-fenced, fixed, excluded)."""

    holders: Mapping[str, tuple[str, ...]]

    @property
    def inside(self) -> tuple[str, ...]:
        """The treatments whose lines are in the pool: shared first, then by reserve."""
        return tuple(name for name in self.holders if name == SHARED or name.startswith(RING))

    @property
    def inside_holders(self) -> tuple[str, ...]:
        """The holders of lines in the pool, in the order of the treatments."""
        return tuple(dict.fromkeys(holder for name in self.inside for holder in self.holders[name]))

    @property
    def reserves(self) -> tuple[str, ...]:
        """The reserves of the ring-fenced lines in the pool."""
        return tuple(name.removeprefix(RING) for name in self.inside if name.startswith(RING))


@dataclass(frozen=True, slots=True)
class PoolGroup:
    """A pool group ready to be computed, and what later tables read of it."""

    pool: Pool
    table: Table
    pools: tuple[str, ...]
    holders: tuple[str, ...]
    terms: tuple[Term, ...]
    decisions: tuple[RecordedDecision, ...]
    stages: tuple[Stage, ...]
    final: Mapping[str, str]
    outside: tuple[str, ...]
    wholes: tuple[tuple[str, str], ...]
    known: tuple[str, ...]
    unfed: tuple[tuple[int, str], ...]
    leftovers: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a pool group needs of the rest: the model, its geography, its lines, its reserves and the earlier groups."""

    model: Model
    division: Division | None
    membership: Membership
    reserves: tuple[Reserve, ...]
    earlier: tuple[PoolGroup, ...]
    measures: Mapping[str, str]


def share(pool: Pool, around: Surroundings) -> PoolGroup:
    """The steps of one pool group; one row per pool, pounds to the penny, gains positive and losses negative."""
    return _Sharing(pool, around).group()


class _Sharing:
    def __init__(self, pool: Pool, around: Surroundings) -> None:
        self.pool, self.around = pool, around
        self.name = f"share {pool.code}"
        self.unfed: list[tuple[int, str]] = []
        division = around.division
        self.pools = tuple(f"{pool.code}:{code}" for code in division.localities) if division else (pool.code,)
        self.holders = tuple(
            partner.code for partner in around.model.partners if partner.code in around.membership.inside_holders
        )

    def group(self) -> PoolGroup:
        opening = self._lines_section()
        ledger = Ledger(self._circumstances(), {POOL: Col("start")})
        self._run(ledger)
        final, closing = self._closing_section(ledger)
        sections = (opening, *ledger.sections, closing)
        table = Table(self.name, f"{self.pool.title}: gain and loss share", "one row per pool", "pool", sections)
        leftovers = {
            pot: tuple(ledger.sides(pot)) for pot in ledger.pots() if pot not in self._kept(final) and ledger.sides(pot)
        }
        terms, decisions, stages = tuple(ledger.terms), tuple(ledger.decisions), tuple(ledger.stages)
        outside = tuple(name for name in self.around.membership.holders if name not in self.around.membership.inside)
        wholes = tuple(ledger.wholes)
        return PoolGroup(
            self.pool, table, self.pools, self.holders, terms, decisions, stages, final, outside, wholes,
            ledger.pots(), tuple(self.unfed), leftovers,
        )  # fmt: skip

    def _kept(self, final: Mapping[str, str]) -> set[str]:
        return {*final, UNSHARED}

    def _circumstances(self) -> Circumstances:
        around = self.around
        return Circumstances(
            model=around.model,
            pool=self.pool,
            table=self.name,
            pools=self.pools,
            holders=self.holders,
            reserves=around.reserves,
            earlier=self._moved_earlier(),
            measures=around.measures,
            ring_fenced={code: Col(f"variance.{RING}{code}") for code in around.membership.reserves},
            variance_of=self._variance_of,
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
        for code in self.around.membership.reserves:
            self._ring_fence(ledger, code)
        for number, kind in rules_of(self.pool):
            if (number, kind) not in first:
                self._apply(ledger, number, kind)

    def _ring_fence(self, ledger: Ledger, code: str) -> None:
        funds = [fund for fund in self.around.model.funds if fund.ring_fence and fund.ring_fence.underspend_to == code]
        rule = RingFence(rule="ring_fence", clause=funds[0].clause, reserve=code)
        ledger.begin(rule, ("funds", self.around.model.funds.index(funds[0])), f"ring_fence_{code}")
        rule.apply(ledger)
        ledger.finish()

    def _apply(self, ledger: Ledger, number: int, kind: Kind) -> None:
        partners = {partner.code for partner in self.around.model.partners}
        taken = {pot for key, pot in kind.pots_named() if key in ("from", "limits")}
        self.unfed += [(number, pot) for pot in sorted(taken - partners) if not ledger.sides(pot)]
        ledger.begin(kind, ("pools", self.around.model.pools.index(self.pool), "rules", number))
        kind.apply(ledger)
        ledger.finish()

    def _lines(self, measure: str, treatment: str, holder: str | None = None) -> Expr:
        where = [("pool", self.pool.code), ("treatment", treatment)]
        criteria = tuple(where if holder is None else [*where, ("holder", holder)])
        division = self.around.division
        if division is None:
            return Total("lines", measure, criteria)
        return Each(tuple(Total(division.parts_table, f"{measure}_{code}", criteria) for code in division.localities))

    def _lines_section(self) -> Section:
        names = self.around.division.names if self.around.division else (self.pool.title,)
        columns: list[Column] = [
            Given("pool", TEXT, "Pool", self.pools, editable=False),
            Given("pool_name", TEXT, "Name", names, editable=False),
        ]
        for treatment in self.around.membership.inside:
            columns += self._treatment_steps(treatment)
        columns += self._holder_steps()
        columns += self._pool_steps()
        columns += self._outside_steps()
        return Section(
            "Lines of the pool", tuple(columns), "", "Variance = target - outturn: a gain is positive, a loss negative"
        )

    def _treatment_steps(self, treatment: str) -> list[Column]:
        steps: list[Column] = []
        for holder in self.around.membership.holders[treatment]:
            title = f"{holder}, {treatment} lines"
            steps += [
                Step(
                    f"target.{treatment}.{holder}", MONEY, f"Target: {title}", self._lines("budget", treatment, holder)
                ),
                Step(
                    f"outturn.{treatment}.{holder}",
                    MONEY,
                    f"Outturn: {title}",
                    self._lines("outturn", treatment, holder),
                ),
            ]
        if treatment == SHARED:
            return steps
        holders = self.around.membership.holders[treatment]
        net = total_of(Col(f"target.{treatment}.{code}") for code in holders) - total_of(
            Col(f"outturn.{treatment}.{code}") for code in holders
        )
        return [*steps, Step(f"variance.{treatment}", MONEY, f"Net variance of {treatment} lines", net)]

    def _holder_steps(self) -> list[Column]:
        steps: list[Column] = []
        for holder in self.holders:
            treatments = [
                name for name in self.around.membership.inside if holder in self.around.membership.holders[name]
            ]
            target = total_of(Col(f"target.{name}.{holder}") for name in treatments)
            outturn = total_of(Col(f"outturn.{name}.{holder}") for name in treatments)
            steps += [
                Step(f"target_{holder}", MONEY, f"Target held by {holder}", target),
                Step(f"variance_{holder}", MONEY, f"Variance of {holder}", Col(f"target_{holder}") - outturn),
            ]
        return steps

    def _pool_steps(self) -> list[Column]:
        target = total_of(Col(f"target_{holder}") for holder in self.holders)
        variance = total_of(Col(f"variance_{holder}") for holder in self.holders)
        return [
            Step("target", MONEY, "Target of the pool", target),
            Step("variance_all", MONEY, "Variance of the pool", variance),
            Step("outturn", MONEY, "Outturn of the pool", Col("target") - Col("variance_all")),
            Step("passed_up", MONEY, "Passed up from earlier pools", self._passed_up()),
            Step("start", MONEY, "To be shared", Col("variance_all") + Col("passed_up")),
        ]

    def _passed_up(self) -> Expr:
        to_group = [
            Total(group.table.name, group.final[f"pool:{self.pool.code}"]) for group in self._passing(self.pool.code)
        ]
        if self.around.division is None:
            return total_of(to_group)
        rows = [[Total(g.table.name, g.final[f"pool:{pool}"]) for g in self._passing(pool)] for pool in self.pools]
        return Each(tuple(total_of(row) for row in rows)) if any(rows) else ZERO

    def _passing(self, code: str) -> list[PoolGroup]:
        return [group for group in self.around.earlier if f"pool:{code}" in group.final]

    def _variance_of(self, treatment: str) -> Expr:
        if treatment not in self.around.membership.holders:
            return ZERO
        budget, outturn = self._lines("budget", treatment), self._lines("outturn", treatment)
        if isinstance(budget, Each) and isinstance(outturn, Each):
            return Each(tuple(left - right for left, right in zip(budget.rows, outturn.rows, strict=True)))
        return budget - outturn

    def _outside_steps(self) -> list[Column]:
        if FIXED not in self.around.membership.holders:
            return []
        label = "Outside the pool: variance of fixed lines, kept by their holders"
        return [Step("variance.fixed", MONEY, label, self._variance_of(FIXED))]

    def _closing_section(self, ledger: Ledger) -> tuple[dict[str, str], Section]:
        columns = self._unshared_steps(ledger)
        final: dict[str, str] = {}
        for account in self._accounts(ledger):
            held = ledger.balance(account)
            kept = Col(f"unshared.{account}")
            parts = [part for part in (held, kept if kept.name in {c.name for c in columns} else ZERO) if part != ZERO]
            final[account] = f"final.{account}"
            columns.append(Step(final[account], MONEY, f"In the end: {account}", total_of(parts)))
        distributed = total_of(Col(name) for name in final.values())
        columns.append(Step("distributed", MONEY, "All pots in the end", distributed))
        columns.append(Step("gap", MONEY, "To be shared less all pots (must be 0)", Col("start") - Col("distributed")))
        columns.append(Step("gap_found", GATE, "1 where it is not 0", when(Col("gap"), "=", ZERO, ZERO, ONE)))
        return final, Section("After the last rule", tuple(columns), "", "Nothing is created or lost")

    def _accounts(self, ledger: Ledger) -> list[str]:
        passed = [pot for pot in ledger.pots() if pot.startswith("pool:")]
        carried = [CARRY_FORWARD] if CARRY_FORWARD in ledger.pots() else []
        partners = [partner.code for partner in self.around.model.partners]
        reserves = [reserve.code for reserve in self.around.reserves if reserve.code in ledger.pots()]
        return [*partners, *reserves, *carried, UNALLOCATED, *passed]

    def _unshared_steps(self, ledger: Ledger) -> list[Column]:
        """Unshared money stays with the holders in proportion to their own variances, less what was ring-fenced."""
        own = [
            Step(f"own.{holder}", MONEY, f"Variance of {holder} after the ring-fence", self._own(holder))
            for holder in self.holders
        ]
        total = total_of(Col(step.name) for step in own)
        steps: list[Column] = [
            *own,
            Step("unshared", MONEY, "Unshared", ledger.balance(UNSHARED)),
            Step("own_total", MONEY, "Variances after the ring-fence", total),
            Step("nothing", GATE, "Nothing to share: holders keep their own", self._nothing()),
        ]
        weights = [
            Step(
                f"keeps.{holder}",
                MONEY,
                f"{holder} keeps in proportion to",
                when(Col("own_total"), "=", ZERO, Col(f"target_{holder}"), Col(f"own.{holder}")),
            )
            for holder in self.holders
        ]
        whole = total_of(Col(step.name) for step in weights)
        steps += [
            *weights,
            Step("keeps_total", MONEY, "Total of these", whole, additive=False),
            Step(
                "keeps_divisor",
                MONEY,
                "Divisor (1 where the total is 0)",
                when(Col("keeps_total"), "=", ZERO, ONE, Col("keeps_total")),
                additive=False,
            ),
        ]
        return [*steps, *self._kept_parts([step.name for step in weights])]

    def _own(self, holder: str) -> Expr:
        result: Expr = ZERO
        for treatment in self.around.membership.inside:
            if holder not in self.around.membership.holders[treatment]:
                continue
            own = Col(f"target.{treatment}.{holder}") - Col(f"outturn.{treatment}.{holder}")
            left = own if treatment == SHARED else when(Col(f"variance.{treatment}"), "<", ZERO, own)
            result = left if result == ZERO else result + left
        return result

    def _nothing(self) -> Expr:
        sizes = most(Col("own_total"), -Col("own_total"), Col("passed_up"), -Col("passed_up"))
        return when(sizes, "=", ZERO, ONE, ZERO)

    def _kept_parts(self, weights: Iterable[str]) -> list[Column]:
        steps: list[Column] = []
        before: list[Expr] = []
        for holder, weight in zip(self.holders, weights, strict=True):
            part = Part(Col("unshared"), total_of(before), total_of([*before, Col(weight)]), Col("keeps_divisor"))
            part_kept = Col(f"part.{holder}")
            kept = when(Col("nothing"), "=", ONE, Col(f"own.{holder}") + part_kept, part_kept)
            steps.append(Step(f"part.{holder}", MONEY, f"Part of the unshared for {holder}", part))
            steps.append(Step(f"unshared.{holder}", MONEY, f"{holder} keeps", kept))
            before.append(Col(weight))
        taken = Col("unshared")
        rest: Expr = taken
        for holder in self.holders:
            rest = rest - Col(f"part.{holder}")
        return [*steps, Step(f"unshared.{UNALLOCATED}", MONEY, "Unshared that no holder can keep", rest)]
