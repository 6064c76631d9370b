"""Sharing: the steps of a pool group, from its opening figures through the ring-fence and every rule to its pots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Protocol

from riskshare.contract.circumstances import CaseTable, Circumstances, RuleFiles
from riskshare.contract.flows import Guaranteed, Split
from riskshare.contract.ledger import Ledger, Sides
from riskshare.contract.model import Model, Pool, Reserve
from riskshare.contract.parse import named_rules
from riskshare.contract.records import RecordedDecision, Stage, TargetChange, Term
from riskshare.contract.rules import kinds
from riskshare.contract.rules.kind import Kind
from riskshare.contract.standing import Path
from riskshare.figures.names import share_table
from riskshare.figures.ring_fences import RingFenced
from riskshare.figures.share_closing import UP, Closing, own_variance
from riskshare.figures.share_opening import Opening
from riskshare.formula.language import ZERO, Each, Expr, Section, Table, Total, total_of

Groups = tuple["PoolGroup", ...]


@dataclass(frozen=True, slots=True)
class IdleRule:
    """A rule that works on a pot which can hold nothing for it when it runs."""

    number: int
    """Which of the pool's rules it is, from 0 in the order written."""
    pot: str
    sought: Sides
    """What it works on."""
    sides: Sides
    """What the pot may hold then: nothing at all, or only what the rule does not work on."""
    fed_by: int | None = None
    """The first later rule that moves there what it works on, if any does."""


@dataclass(frozen=True, slots=True)
class SharingProblems:
    """What is wrong with the order of a pool group's rules: only findings read it."""

    idle: tuple[IdleRule, ...]
    leftovers: Mapping[str, Sides]
    """What may still stand after the last rule in pots where nothing may stay."""
    known_pots: tuple[str, ...]
    """Every pot that was ever named, so that a misspelt one can be put right."""


@dataclass(frozen=True, slots=True)
class PoolGroup:
    """A pool group ready to be computed, and what later tables read of it."""

    pool: Pool
    """The concept of model.toml; the group has one pool of it for each locality, each row of its table, or one."""
    table: Table
    """Its Share table: one row per pool, a section per rule, pounds to the penny, gains positive."""
    pools: tuple[str, ...]
    """The code of every pool, in the order of the rows."""
    holders: tuple[str, ...]
    """The partners that hold any of its lines, in the order declared."""
    contributions: Mapping[str, tuple[str, ...]]
    """By partner the columns that add to what it contributes: targets that it holds, and changes that follow them."""
    positions: Mapping[str, tuple[str, ...]]
    """By holder the columns that add to the variance that it bears before any sharing."""
    final: Mapping[str, str]
    """By account the column that says what it holds in the end; `pool:CODE` is what is passed up to a later pool."""
    terms: tuple[Term, ...]
    """The contract's numbers that its rules read, as cells on Terms."""
    decisions: tuple[RecordedDecision, ...]
    changes: tuple[TargetChange, ...]
    """Every change of a target by a rule, in the order made."""
    splits: tuple[Split, ...]
    """The amounts that rules cut by weights, which have to add to more than nothing where there is an amount."""
    guarantees: tuple[Guaranteed, ...]
    """The floors that rules guarantee; `below_floor` names the column that says what a partner is below one."""
    cases: tuple[CaseTable, ...]
    stages: tuple[Stage, ...]
    """What was in the pot `pool` before and after each rule: the steps of the waterfall."""
    outside: tuple[str, ...]
    """The treatments of lines that are in its scope and not shared: fixed, or taken out by a rule."""
    wholes: tuple[tuple[str, str], ...]
    """Shares that must add to 100%: what a check calls them, and the column with their total."""
    problems: SharingProblems

    @property
    def passed_up(self) -> dict[str, str]:
        """By later pool the column with what is passed up to it."""
        return {pot.removeprefix(UP): column for pot, column in self.final.items() if pot.startswith(UP)}

    @property
    def targets(self) -> tuple[str, ...]:
        """The columns that hold the target: as it was, then after each change."""
        return ("target", *(f"{entry.change.name.partition('.')[0]}.target" for entry in self.changes))


def share(
    opening: Opening,
    model: Model,
    fenced: tuple[RingFenced, ...],
    reserves: tuple[Reserve, ...],
    earlier: Groups,
    files: RuleFiles,
) -> PoolGroup:
    """The steps of one pool group.

    One row per pool; pounds to the penny, gains positive and losses negative. Args: what the group starts from; the
    ring-fences; all reserves; the groups that run before it; the tables of the files that rules read.
    """
    circumstances = Circumstances(
        model=model,
        pool=opening.pool,
        table=share_table(opening.pool.code),
        pools=opening.pools,
        holders=opening.holders,
        reserves=reserves,
        earlier={reserve.code: _moved(reserve.code, earlier) for reserve in reserves},
        files=files,
        ring_fenced={
            entry.reserve: _given(entry, opening.pools)
            for entry in fenced
            if entry.reserve in opening.membership.reserves
        },
        own_variance=partial(own_variance, opening),
        variance_of=opening.variance_of,
        recurrent=opening.recurrent,
    )
    passed_up = _passed_up(opening, earlier)
    return share_from(opening, circumstances, lambda ledger: Closing(opening, ledger, passed_up), passed_up)


class Closes(Protocol):
    """Who holds what after the last rule."""

    kept: ClassVar[frozenset[str]]
    """The pots beside the accounts in which money may stand then."""

    @property
    def final(self) -> dict[str, str]:
        """The column that says what each account holds in the end, by account."""

    @property
    def positions(self) -> Mapping[str, tuple[str, ...]]:
        """The columns that add to what each account bears before any sharing."""

    def section(self) -> Section:
        """The last section of the Share table."""


def share_from(
    opening: Opening, circumstances: Circumstances, close: Callable[[Ledger], Closes], passed_up: Expr = ZERO
) -> PoolGroup:
    """The steps of a group: what it starts from, what its rules can see, how it ends, what was passed up to it."""
    return _Sharing(opening, circumstances).group(close, passed_up)


def _given(fenced: RingFenced, pools: tuple[str, ...]) -> Expr:
    """What the ring-fence takes from each pool."""
    cells = tuple(fenced.kept(pool) for pool in pools)
    return cells[0] if len(cells) == 1 else Each(cells)


def _moved(reserve: str, earlier: Groups) -> tuple[Expr, ...]:
    """What earlier groups took from a reserve or gave to it."""
    return tuple(Total(group.table.name, group.final[reserve]) for group in earlier if reserve in group.final)


def _passed_up(opening: Opening, earlier: Groups) -> Expr:
    """What earlier groups passed up to each pool, by its own code or, where it is the only one, by its group's."""
    if not any(group.passed_up for group in earlier):
        return ZERO
    if len(opening.pools) == 1:
        codes = dict.fromkeys((opening.pool.code, *opening.pools))
        return total_of(amount for code in codes for amount in _passing(code, earlier))
    rows = [_passing(pool, earlier) for pool in opening.pools]
    return Each(tuple(total_of(row) for row in rows)) if any(rows) else ZERO


def _passing(code: str, earlier: Groups) -> list[Expr]:
    return [Total(group.table.name, group.passed_up[code]) for group in earlier if code in group.passed_up]


class _Sharing:
    def __init__(self, opening: Opening, circumstances: Circumstances) -> None:
        self.opening, self.circumstances = opening, circumstances
        self.model, self.pool = circumstances.model, circumstances.pool
        self.idle: list[IdleRule] = []

    def group(self, close: Callable[[Ledger], Closes], passed_up: Expr) -> PoolGroup:
        ledger = Ledger(self.circumstances, self.opening.pots())
        self._run(ledger)
        closing = close(ledger)
        sections = (self.opening.section(passed_up), *ledger.sections, closing.section())
        title = f"{self.pool.title}: gain and loss share"
        return PoolGroup(
            pool=self.pool,
            table=Table(self.circumstances.table, title, "one row per pool", "pool", sections, self.opening.extends),
            pools=self.opening.pools,
            holders=self.opening.holders,
            contributions={
                partner.code: tuple(column.name for column in ledger.contribution(partner.code))
                for partner in self.model.partners
            },
            positions=closing.positions,
            final=closing.final,
            terms=tuple(ledger.terms),
            decisions=tuple(ledger.decisions),
            changes=tuple(ledger.changes),
            splits=tuple(ledger.splits),
            guarantees=tuple(ledger.guarantees),
            cases=tuple(ledger.cases),
            stages=tuple(ledger.stages),
            outside=self.opening.membership.outside,
            wholes=tuple(ledger.wholes),
            problems=self._problems(ledger, {*closing.final, *closing.kept}),
        )

    def _problems(self, ledger: Ledger, kept: set[str]) -> SharingProblems:
        left = {pot: ledger.sides(pot) for pot in ledger.pots() if pot not in kept and ledger.sides(pot)}
        return SharingProblems(tuple(self.idle), left, ledger.pots())

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
        partners = {partner.code for partner in self.model.partners}
        sought = [(pot, sides) for pot, sides in rule.seeks(partners) if not ledger.reached(pot) & sides]
        idle = [IdleRule(number, pot, sides, ledger.reached(pot)) for pot, sides in sought]
        stage = self.model.stages.index(self.pool)
        self._apply(ledger, rule, (*self.model.path_of(stage), "rules", number), name)
        fed = [replace(one, fed_by=number) if one.fed_by is None and _holds(ledger, one) else one for one in self.idle]
        for one in idle:
            ledger.emptied(one.pot, one.sought)
        self.idle = [*fed, *idle]

    def _apply(self, ledger: Ledger, rule: Kind, path: Path, name: str) -> None:
        ledger.begin(rule, path, name)
        rule.apply(ledger)
        ledger.finish()


def _holds(ledger: Ledger, idle: IdleRule) -> bool:
    """Whether the pot holds by now what the rule looked for there."""
    return bool(ledger.reached(idle.pot) & idle.sought)
