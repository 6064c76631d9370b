"""Doubts: what the computed figures themselves show to be wrong or doubtful in a contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import polars as pl

from riskshare.findings import Finding, Place, error, warning
from riskshare.formula.language import columns_read
from riskshare.ledger import ring_fence_name
from riskshare.model import Model
from riskshare.sharing import PoolGroup
from riskshare.soundness import Contract

Figures = Mapping[str, pl.DataFrame]


def unsound_figures(contract: Contract, groups: Iterable[PoolGroup], figures: Figures) -> Iterator[Finding]:
    """Pools whose figures the rules cannot work with, and ring-fences that keep more than the fund left."""
    every = tuple(groups)
    for position, group in enumerate(every):
        place, frame = contract.where.place(("pools", position)), figures[group.table.name]
        yield from _without_target(group, frame, place)
        yield from _without_weights(frame, place)
        yield from _shares_that_miss(group, frame, place)
    yield from _kept_beyond_the_fund(contract, every, figures)


def _without_target(group: PoolGroup, frame: pl.DataFrame, place: Place) -> Iterator[Finding]:
    steps = (step for step in group.table.steps if step.name not in ("outturn", "target"))
    if not any("target" in columns_read(step.expr) for step in steps):
        return
    targets = [
        "target",
        *(name for name in frame.columns if name.startswith("adjust_target") and name.endswith(".target")),
    ]
    moving = (pl.col("variance_all") != 0) | (pl.col("start") != 0)
    for pool in frame.filter(pl.any_horizontal(pl.col(targets) <= 0) & moving)["pool"]:
        found = f"pool '{pool}' has a target of zero or less and a variance, under rules with percentages of it"
        action = "Check the scope, or state the rules in pounds"
        yield error("no-target", place, found, "a target above zero", action)


def _without_weights(frame: pl.DataFrame, place: Place) -> Iterator[Finding]:
    for pool, gap in frame.filter(pl.col("gap") != 0).select("pool", "gap").rows():
        found = f"pool '{pool}': £{gap:,.2f} stays in a pot because the weights of a key add to zero there"
        action = "Use another key for the pot, or give the partners weights"
        yield error("no-weights", place, found, "weights above zero", action)


def _shares_that_miss(group: PoolGroup, frame: pl.DataFrame, place: Place) -> Iterator[Finding]:
    """Shares that come from a column can only be added up when they are known."""
    for label, whole in group.wholes:
        for pool, total in frame.filter(pl.col(whole) != 1).select("pool", whole).rows()[:20]:
            found = f"pool '{pool}', {label}, but here they add to {total * 100:.6g}%"
            yield error("shares", place, found, "100%", "Mend the column, or let one of the shares be the 'rest'")


def _kept_beyond_the_fund(contract: Contract, groups: tuple[PoolGroup, ...], figures: Figures) -> Iterator[Finding]:
    """A ring-fence looks at one pool: what it keeps there can be more than its funds left unspent in all."""
    for reserve in dict.fromkeys(fund.ring_fence.underspend_to for fund in contract.model.funds if fund.ring_fence):
        kept = sum((_kept(group, reserve, figures) for group in groups), Decimal(0))
        left = _left_unspent(contract.model, reserve, figures)
        if kept > max(left, Decimal(0)):
            found = f"pools keep £{kept:,.2f} for reserve '{reserve}', but over all lines its funds left £{left:,.2f}"
            action = "The overspend elsewhere stays where it is; check that this is what the grant's conditions ask."
            yield warning("ring-fence-beyond-fund", contract.where.place(("funds",)), found, "", action)


def _kept(group: PoolGroup, reserve: str, figures: Figures) -> Decimal:
    column = f"{ring_fence_name(reserve)}.underspend"
    frame = figures[group.table.name]
    return Decimal(frame[column].sum()) if column in frame.columns else Decimal(0)


def _left_unspent(model: Model, reserve: str, figures: Figures) -> Decimal:
    codes = [fund.code for fund in model.funds if fund.ring_fence and fund.ring_fence.underspend_to == reserve]
    return Decimal(figures["funds"].filter(pl.col("fund").is_in(codes))["variance"].sum())
