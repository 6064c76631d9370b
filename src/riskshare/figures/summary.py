"""Summary figures: the headline of the model, and how each pool group's variance flows through its rules."""

from __future__ import annotations

from collections.abc import Iterable

from riskshare.contract.words import Arrangement
from riskshare.figures.accounts import Accounts
from riskshare.figures.names import FUNDS, GAINS, HEADLINE, LINES, PASSED_UP, PAYMENTS, RECONCILIATION, flow_table
from riskshare.figures.sharing import PoolGroup
from riskshare.formula.language import (
    ZERO,
    Cell,
    Col,
    Column,
    Each,
    Expr,
    Given,
    Step,
    Table,
    Total,
    least,
    most,
    table,
    total_of,
)
from riskshare.formula.units import MONEY, TEXT


def headline_table(groups: Iterable[PoolGroup]) -> Table:
    """What a board reads first; one row per figure, in pounds."""
    every = tuple(groups)
    rows = [*_money(), *_sharing(every), ("Paid between organisations", Total(PAYMENTS, "paid"))]
    columns: list[Column] = [
        Given("figure", TEXT, "Figure", tuple(label for label, _ in rows), editable=False),
        Step("amount", MONEY, "£", Each(tuple(expr for _, expr in rows)), additive=False),
    ]
    return table(HEADLINE, "Headline figures", "one row per figure", "figure", columns)


def _money() -> list[tuple[str, Expr]]:
    titles = {
        Arrangement.POOLED: "of which pooled (section 75)",
        Arrangement.ALIGNED: "of which aligned",
        Arrangement.IN_VIEW: "of which in view only",
    }
    return [
        ("Budget of all lines", Total(LINES, "budget")),
        *((title, Total(FUNDS, "budget", (("arrangement", kind.value),))) for kind, title in titles.items()),
        ("Outturn of all lines", Total(LINES, "outturn")),
        ("Variance of all lines", Total(LINES, "variance")),
    ]


def _sharing(groups: tuple[PoolGroup, ...]) -> list[tuple[str, Expr]]:
    if not groups:
        return []
    return [
        ("Variance of the pools", total_of(Total(group.table.name, "variance_all") for group in groups)),
        ("of which unshared: holders keep it", total_of(Total(group.table.name, "unshared") for group in groups)),
    ]


def stages_table(group: PoolGroup) -> Table:
    """How a pool group's variance flows through the rules: what was in the pot `pool` before and after each.

    One row per rule that can move the pool's money; `starts` and `ends` are the ends of a bar of a waterfall.
    """
    name = group.table.name
    stages = [stage for stage in group.stages if stage.before != stage.after]
    labels = (
        "To be shared",
        *(f"{number}. {stage.title}" for number, stage in enumerate(stages, start=1)),
        "Left in the pool",
    )
    starts = (ZERO, *(_total(name, stage.before) for stage in stages), ZERO)
    ends = (Total(name, "start"), *(_total(name, stage.after) for stage in stages), _left(name, group))
    columns: list[Column] = [
        Given("stage", TEXT, "Stage", labels, editable=False),
        Step("starts", MONEY, "Pool before", Each(starts), additive=False),
        Step("ends", MONEY, "Pool after", Each(ends), additive=False),
        Step("change", MONEY, "Change", Col("ends") - Col("starts"), additive=False),
        Step(
            "base_above",
            MONEY,
            "Chart: hidden, above zero",
            most(least(Col("starts"), Col("ends")), ZERO),
            additive=False,
        ),
        Step(
            "base_below",
            MONEY,
            "Chart: hidden, below zero",
            least(most(Col("starts"), Col("ends")), ZERO),
            additive=False,
        ),
        Step(
            "bar_above",
            MONEY,
            "Chart: bar above zero",
            most(Col("starts"), Col("ends"), ZERO) - Col("base_above"),
            additive=False,
        ),
        Step(
            "bar_below",
            MONEY,
            "Chart: bar below zero",
            least(Col("starts"), Col("ends"), ZERO) - Col("base_below"),
            additive=False,
        ),
    ]
    title = f"{group.pool.title}: how the variance flows through the rules"
    return table(flow_table(group.pool.code), title, "one row per stage", "stage", columns)


def _total(name: str, expr: Expr) -> Expr:
    return Total(name, expr.name) if isinstance(expr, Col) else ZERO


def _left(name: str, group: PoolGroup) -> Expr:
    return _total(name, group.stages[-1].after) if group.stages else Total(name, "start")


def gains_table(accounts: Accounts) -> Table:
    """What each partner, reserve and other account gains or loses in the end, of the variance of all lines.

    One row per account, partners first, in pounds.
    """

    def reconciled(column: str) -> Each:
        return Each(tuple(Cell(RECONCILIATION, column, code) for code in accounts.names))

    columns: list[Column] = [
        Given("gaining_account", TEXT, "Account", tuple(accounts.names), editable=False),
        Step("own_lines", MONEY, "Variance of all its lines", reconciled("all_lines")),
        Step("funded", MONEY, "Targets it changed", reconciled("target_changes")),
        Step("moved", MONEY, "Moved by the contract", reconciled("moved")),
        Step("gain", MONEY, "Gain, or (loss)", reconciled("after")),
        Step("gaining", MONEY, "Gain", most(Col("gain"), ZERO)),
        Step("losing", MONEY, "Loss", least(Col("gain"), ZERO)),
    ]
    return table(GAINS, "Gain or loss by partner", "one row per account", "gaining_account", columns)


def passed_table(groups: tuple[PoolGroup, ...]) -> Table | None:
    """What pool groups pass up to later pools; one row per group and receiving pool, in pounds."""
    passing = [(group, code, column) for group in groups for code, column in group.passed_up.items()]
    if not passing:
        return None
    amounts = Each(tuple(Total(group.table.name, column) for group, _, column in passing))
    columns: list[Column] = [
        Given(
            "passing",
            TEXT,
            "From",
            tuple(f"{group.pool.title} to {code}" for group, code, _ in passing),
            editable=False,
        ),
        Step("passed", MONEY, "Passed up: gain, or (loss)", amounts, additive=False),
    ]
    return table(PASSED_UP, "Passed up to later pools", "one row per group and receiving pool", "passing", columns)
