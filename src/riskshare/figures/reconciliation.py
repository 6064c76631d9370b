"""Reconciliation: from the variance of every line to what each account gains or loses in the end, to the penny."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from riskshare.contract.words import Arrangement
from riskshare.figures.accounts import Accounts
from riskshare.figures.line_treatment import NO_POOL
from riskshare.figures.names import LINES, RECONCILIATION, SETTLEMENT
from riskshare.figures.share_opening import FIXED
from riskshare.figures.sharing import PoolGroup
from riskshare.formula.language import ZERO, Cell, Col, Column, Each, Expr, Given, Step, Table, Total, table, total_of
from riskshare.formula.units import MONEY, TEXT

OF_LINES = ("in_pools", "fixed", "excluded", "in_view", "no_pool")


def reconciliation_table(accounts: Accounts, groups: tuple[PoolGroup, ...]) -> Table:
    """How the variance of the lines that each account holds becomes its gain or loss.

    One row per account, in pounds, gains positive and losses negative. By account and in total: the variance of all
    lines, with the changes of targets that it funds and what the contract moves, is its gain or loss in the end; and
    that is what stays unshared with it, what its lines outside the pools leave it, and what comes from its pots.
    """
    of = _Lines(accounts, groups)

    def step(name: str, label: str, figure: Callable[[str], Expr]) -> Step:
        return Step(name, MONEY, label, Each(tuple(map(figure, accounts.names))))

    after = Col("all_lines") + Col("target_changes") + Col("moved")
    columns: list[Column] = [
        Given("reconciled", TEXT, "Account", tuple(accounts.names), editable=False),
        Given("reconciled_name", TEXT, "Name", tuple(accounts.names.values()), editable=False),
        step("in_pools", "Variance of its lines in pools", of.in_pools),
        step("fixed", "Fixed lines", of.fixed),
        step("excluded", "Excluded lines", of.excluded),
        step("in_view", "Lines in view only", of.in_view),
        step("no_pool", "Lines in no pool", of.no_pool),
        Step("all_lines", MONEY, "Variance of all its lines", total_of(map(Col, OF_LINES))),
        step("target_changes", "Changes of targets it funds", of.target_changes),
        step("moved", "Moved by the contract", lambda account: Cell(SETTLEMENT, "transfer", account)),
        Step("after", MONEY, "Gain, or (loss), in the end", after),
        step("unshared", "of which unshared", of.unshared),
        step("given_up", "Its lines outside the pools, given to a reserve", of.given_up),
        Step("outside", MONEY, "of which of lines outside the pools", _outside()),
        Step("from_pots", MONEY, "of which from pots", Col("after") - Col("unshared") - Col("outside")),
    ]
    title = "Reconciliation: from the variance of all lines to each account's gain or loss"
    return table(RECONCILIATION, title, "one row per account", "reconciled", columns)


def _outside() -> Expr:
    return total_of(map(Col, OF_LINES[1:])) - Col("given_up")


class _Lines:
    """Where the figures of an account stand."""

    def __init__(self, accounts: Accounts, groups: tuple[PoolGroup, ...]) -> None:
        self._partners = {partner.code for partner in accounts.model.partners}
        self._groups = groups
        codes = {group.pool.code for group in groups}
        self._apart = tuple(entry for entry in accounts.contributions if entry.code not in codes)
        outside = dict.fromkeys(name for group in groups for name in group.outside)
        self._exclusions = tuple(name for name in outside if name != FIXED)
        self._in_view = [fund.code for fund in accounts.model.funds if fund.arrangement is Arrangement.IN_VIEW]

    def in_pools(self, account: str) -> Expr:
        held = (group for group in self._groups if account in group.holders)
        return total_of(Total(group.table.name, f"variance_{account}") for group in held)

    def fixed(self, account: str) -> Expr:
        return self._of_lines(account, FIXED)

    def excluded(self, account: str) -> Expr:
        return self._added(self._of_lines(account, name) for name in self._exclusions)

    def in_view(self, account: str) -> Expr:
        return self._added(self._of_lines(account, NO_POOL, ("fund", code)) for code in self._in_view)

    def no_pool(self, account: str) -> Expr:
        return self._of_lines(account, NO_POOL) - Col("in_view") if account in self._partners else ZERO

    def _of_lines(self, account: str, treatment: str, *more: tuple[str, str]) -> Expr:
        if account not in self._partners:
            return ZERO
        return Total(LINES, "variance", (("holder", account), ("treatment", treatment), *more))

    def target_changes(self, account: str) -> Expr:
        changes = (change for group in self._groups for change in group.changes if change.funded_by == account)
        return total_of(Total(change.table, change.change.name) for change in changes)

    def unshared(self, account: str) -> Expr:
        """What stays with it as holder, in each pool group that it can stay in."""
        name = f"unshared.{account}"
        kept = (group for group in self._groups if any(step.name == name for step in group.table.steps))
        return total_of(Total(group.table.name, name) for group in kept)

    def given_up(self, account: str) -> Expr:
        """What it gives of its lines outside the pools, such as ring-fenced money to the grant's reserve."""
        return total_of(amount for entry in self._apart for amount in entry.positions.get(account, ()))

    @staticmethod
    def _added(figures: Iterable[Expr]) -> Expr:
        return total_of(figure for figure in figures if figure != ZERO)
