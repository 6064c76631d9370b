"""Overall: the last stage, whose pots are what every account holds after all pools: limits and guarantees of a year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import ClassVar

from riskshare.contract.circumstances import Circumstances, RuleFiles
from riskshare.contract.ledger import CARRY_FORWARD, UNALLOCATED, Ledger
from riskshare.contract.model import OVERALL, Model, Pool, Reserve
from riskshare.figures.accounts import Contribution
from riskshare.figures.names import share_table
from riskshare.figures.share_closing import below_floors
from riskshare.figures.share_opening import Opening
from riskshare.figures.sharing import Groups, PoolGroup, share_from
from riskshare.formula.language import ONE, ZERO, Col, Column, Expr, Given, Section, Step, Total, total_of, when
from riskshare.formula.units import GATE, MONEY, TEXT

MOVED = "moved."


def overall_stage(model: Model, reserves: tuple[Reserve, ...], groups: Groups, files: RuleFiles) -> PoolGroup | None:
    """The stage over all pools, if the contract has rules for it.

    One row; pounds to the penny, gains positive and losses negative. Its target and contributions are those of all
    pools together, so that a limit in percent is one of the whole alliance.
    """
    if model.overall is None:
        return None
    opening = FromAccounts(model.overall.stage(), model, reserves, groups)
    circumstances = Circumstances(
        model=model,
        pool=opening.pool,
        table=share_table(OVERALL),
        pools=opening.pools,
        holders=opening.holders,
        reserves=reserves,
        earlier={reserve.code: tuple(_held(reserve.code, groups)) for reserve in reserves},
        files=files,
        ring_fenced={},
        own_variance=lambda _: ZERO,
        variance_of=opening.variance_of,
        recurrent=opening.recurrent,
    )
    return share_from(opening, circumstances, partial(OverallClosing, opening.accounts))


def _held(account: str, groups: Groups) -> Iterator[Expr]:
    """What the pots of an account hold in the end, in each pool group."""
    return (Total(group.table.name, group.final[account]) for group in groups if account in group.final)


def of_overall(stage: PoolGroup) -> Contribution:
    """What the stage moves from account to account: it is settled by itself, after all pools."""
    name, moved = stage.table.name, {step.name for step in stage.table.steps if step.name.startswith(MOVED)}
    entitlements = {
        account: (Total(name, f"{MOVED}{account}"),) for account in stage.final if f"{MOVED}{account}" in moved
    }
    clauses = tuple(dict.fromkeys(section.clause for section in stage.table.sections if section.clause))
    return Contribution(stage.pool.code, stage.pool.title, {}, entitlements, clauses)


class FromAccounts(Opening):
    """What every account holds after all pools: the pots that the rules over the whole alliance start with."""

    def __init__(self, pool: Pool, model: Model, reserves: tuple[Reserve, ...], groups: Groups) -> None:
        """The stage as a pool, the model with all its reserves, and the pool groups before it."""
        self.pool, self._groups = pool, groups
        self.pools, self.names = (pool.code,), (pool.title,)
        partners = tuple(partner.code for partner in model.partners)
        self.holders = tuple(code for code in partners if any(group.contributions[code] for group in groups))
        others = (*(reserve.code for reserve in reserves), CARRY_FORWARD)
        held = (code for code in others if any(code in group.final for group in groups))
        self.accounts = (*partners, *held, UNALLOCATED)

    def pots(self) -> dict[str, Expr]:
        """Every account with what it holds."""
        return {account: Col(f"start.{account}") for account in self.accounts}

    def identity(self) -> list[Column]:
        """The columns that name the stage."""
        return [
            Given("pool", TEXT, "Pool", self.pools, editable=False),
            Given("pool_name", TEXT, "Name", self.names, editable=False),
        ]

    def amounts(self) -> list[Column]:
        """What each account holds, and the targets that percentages are of: those of all pools after their changes."""
        starts = (
            Step(f"start.{account}", MONEY, f"After all pools: {account}", total_of(_held(account, self._groups)))
            for account in self.accounts
        )
        targets = (
            Step(f"target_{holder}", MONEY, f"Targets held by {holder}", total_of(self._targets(holder)))
            for holder in self.holders
        )
        whole = total_of(Total(group.table.name, group.targets[-1]) for group in self._groups)
        start = total_of(Col(f"start.{account}") for account in self.accounts)
        return [
            *starts,
            *targets,
            Step("target", MONEY, "Target of all pools", whole),
            Step("start", MONEY, "To be shared", start),
        ]

    def _targets(self, holder: str) -> Iterator[Expr]:
        for group in self._groups:
            yield from (Total(group.table.name, column) for column in group.contributions[holder])

    def variance_of(self, treatment: str) -> Expr:
        """Nothing: no line is in this stage."""
        return ZERO

    def recurrent(self, holder: str) -> Expr:
        """The whole of its targets: the stage has no lines to tell recurrent money by."""
        return Col(f"target_{holder}")

    def section(self, passed_up: Expr) -> Section:
        """The first section of its Share table."""
        note = "What the pots of each account hold after the last pool: a gain is positive, a loss negative"
        return Section("What the accounts hold", (*self.identity(), *self.amounts()), "", note)


class OverallClosing:
    """The last section of the stage: who holds what, against what the accounts held before it."""

    kept: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, accounts: Iterable[str], ledger: Ledger) -> None:
        """The accounts that the stage started from, and its pots after the last rule."""
        self._started, self._ledger = tuple(accounts), ledger

    @property
    def final(self) -> dict[str, str]:
        """The column that says what each account holds in the end, by account."""
        known = {*self._started, *(reserve.code for reserve in self._ledger.circumstances.reserves), CARRY_FORWARD}
        return {pot: f"final.{pot}" for pot in self._ledger.pots() if pot in known}

    @property
    def positions(self) -> dict[str, tuple[str, ...]]:
        """Nothing: what accounts hold here they were settled with already, pool by pool."""
        return {}

    def section(self) -> Section:
        """The final pots, and what must be zero."""
        pots = [
            Step(name, MONEY, f"In the end: {account}", self._ledger.balance(account))
            for account, name in self.final.items()
        ]
        distributed = total_of(Col(step.name) for step in pots)
        moved = [
            Step(f"{MOVED}{account}", MONEY, f"Moved to, or (from), {account}", self._moved(account, name))
            for account, name in self.final.items()
            if self._ledger.balance(account) != Col(f"start.{account}")
        ]
        gap = Col("to_distribute") - Col("distributed")
        columns = (
            *pots,
            *moved,
            *below_floors(self._ledger),
            Step("distributed", MONEY, "All pots in the end", distributed),
            Step("to_distribute", MONEY, "What the accounts held before", total_of([Col("start")])),
            Step("gap", MONEY, "Before less in the end (must be 0)", gap),
            Step("gap_found", GATE, "1 where it is not 0", when(Col("gap"), "=", ZERO, ZERO, ONE)),
        )
        return Section("After the last rule", columns, "", "Nothing is created or lost")

    def _moved(self, account: str, final: str) -> Expr:
        return Col(final) - Col(f"start.{account}") if account in self._started else Col(final)
