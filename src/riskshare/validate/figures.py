"""Doubts: what the computed figures themselves show to be wrong or doubtful in a contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import polars as pl

from riskshare.contract.flows import Split
from riskshare.contract.ledger import ring_fence_name
from riskshare.contract.model import Model
from riskshare.contract.parse import named_rules
from riskshare.contract.rules.kind import PotRole
from riskshare.contract.standing import Contract, Standing
from riskshare.figures.names import CLOSING, FUNDS, LINES
from riskshare.figures.share_closing import below_floor
from riskshare.figures.sharing import PoolGroup
from riskshare.formula.display import in_sentence
from riskshare.formula.evaluate import Figures
from riskshare.formula.language import columns_read
from riskshare.formula.units import MONEY
from riskshare.problems.findings import Finding, Place, error, warning
from riskshare.validate.incomes import incomes_in_each_pool
from riskshare.validate.percentages import small_percentages
from riskshare.validate.pool_figures import doubtful_incomes, doubtful_pools
from riskshare.validate.signs import without_consequences
from riskshare.validate.targets import without_target


def unsound_figures(contract: Contract, groups: Iterable[PoolGroup], figures: Figures) -> Iterator[Finding]:
    """Pools whose figures the rules cannot work with, and ring-fences that keep more than the fund left."""
    every = tuple(groups)
    wrong = [one for position, group in enumerate(every) for one in _wrong_pools(contract, group, position, figures)]
    yield from without_consequences(wrong, contract, every, figures)
    pools = every[: len(contract.model.pools)]
    yield from doubtful_pools(contract, pools, figures)
    yield from doubtful_incomes(contract, pools, figures)
    yield from small_percentages(contract, every, figures)
    yield from _kept_beyond_the_fund(contract, every, figures)
    yield from _kept_by_holders(contract, every, figures)
    yield from _overdrawn(contract, figures)


def _wrong_pools(contract: Contract, group: PoolGroup, position: int, figures: Figures) -> Iterator[Finding]:
    place, frame = contract.where.place(contract.model.path_of(position)), figures[group.table.name]
    targets = without_target(contract, group, position, figures)
    yield from targets.values()
    frame = frame.filter(~pl.col("pool").is_in(list(targets)))
    yield from _without_weights(group, frame, place)
    yield from _without_targets(contract, group, position, frame)
    yield from _shares_that_miss(group, frame, place)
    yield from _negative_contributions(contract, group, position, frame)
    yield from incomes_in_each_pool(contract, group, position, frame)
    yield from _below_floors(contract, group, frame)


def _without_weights(group: PoolGroup, frame: pl.DataFrame, place: Place) -> Iterator[Finding]:
    """Amounts that a key without weights leaves in their pot, also where a later rule then takes them."""
    left = {f"split {number}": _rest(split) for number, split in enumerate(group.splits)} | {"gap": pl.col("gap")}
    rests = frame.select("pool", **left)
    for pool, *amounts in rests.filter(pl.any_horizontal(pl.col(list(left)) != 0)).rows():
        stays = next(amount for amount in amounts if amount)
        found = f"pool '{pool}': {in_sentence(stays)} stays in a pot because the weights of a key add to zero there"
        action = "Use another key for the pot, or give the partners weights"
        yield error("no-weights", place, found, "weights above zero", action)


def _without_targets(contract: Contract, group: PoolGroup, position: int, frame: pl.DataFrame) -> Iterator[Finding]:
    """Balances that no pool can take, because the targets that they come in by add to nothing."""
    for number, name, rule in named_rules(group.pool):
        for use in (use for use in rule.pots() if use.role is PotRole.OPENING):
            stays = (pl.col(f"{name}.divisor") == 0) & (pl.col(f"{name}.left") != 0)
            for (amount,) in frame.filter(stays).select(f"{name}.left").head(1).rows():
                at = Standing(contract, position, number)
                found = f"{at}: {in_sentence(amount)} of '{use.pot}' comes in by targets that add to zero"
                yield at.error("no-target", use.keys, found, "a pool with a target above zero", "Check its scope")


def _rest(split: Split) -> pl.Expr:
    return pl.col(split.amount.name) - sum((pl.col(part.name) for part in split.parts), pl.lit(0))


def _shares_that_miss(group: PoolGroup, frame: pl.DataFrame, place: Place) -> Iterator[Finding]:
    """Shares that come from a column can only be added up when they are known."""
    for label, whole in group.wholes:
        for pool, total in frame.filter(pl.col(whole) != 1).select("pool", whole).rows()[:20]:
            found = f"pool '{pool}', {label}, but here they add to {total * 100:.6g}%"
            yield error("shares", place, found, "100%", "Mend the column, or let one of the shares be the 'rest'")


def _negative_contributions(
    contract: Contract, group: PoolGroup, position: int, frame: pl.DataFrame
) -> Iterator[Finding]:
    """Budgets below zero as weights of a key or as what a limit is a percent of: parts would change their side."""
    titles = {stage.rule: stage.title for stage in group.stages}
    numbers = {name: number for number, name, _ in named_rules(group.pool)}
    for step in group.table.steps:
        rule, _, rest = step.name.partition(".")
        if not _is_contribution(rest) or step.unit is not MONEY or columns_read(step.expr) & set(group.targets):
            continue
        for pool, held in frame.filter(pl.col(step.name) < 0).select("pool", step.name).rows():
            found = f"pool '{pool}', {titles[rule]} ({step.clause}): {step.label}: {in_sentence(held)}, below zero"
            place = contract.where.place((*contract.model.path_of(position), "rules", numbers[rule]))
            funded = 'add contributions = "stay" to adjust_target' if group.changes else ""
            action = f"Give the rule fixed weights, or {funded or 'move the lines of income out of the pool'}"
            yield error("negative-contribution", place, found, "budgets of zero or more", action)


def _below_floors(contract: Contract, group: PoolGroup, frame: pl.DataFrame) -> Iterator[Finding]:
    """Guarantees that a later rule undid."""
    for entry in group.guarantees:
        wanted = pl.col(entry.floor.name), pl.col(below_floor(entry))
        for pool, floor, below in frame.filter(wanted[1] > 0).select("pool", *wanted).rows():
            found = (
                f"pool '{pool}', {entry.title} ({entry.clause}): {entry.partner} holds {in_sentence(floor - below)} "
            )
            found += f"after the last rule, below its floor of {in_sentence(floor)}"
            action = "A later rule takes it: put the guarantee below that rule"
            yield error("guarantee-undone", contract.where.place(entry.path), found, "the floor or more", action)


def _is_contribution(name: str) -> bool:
    """Whether a rule's figure is a key's weight in pounds, or what a limit is a percent of."""
    return ".key." in f".{name}" or (name.startswith("limit.") and name.endswith(".of"))


def _kept_by_holders(contract: Contract, groups: tuple[PoolGroup, ...], figures: Figures) -> Iterator[Finding]:
    """Money ring-fenced by pool on lines that are fixed or excluded: not shared, but the grant's conditions bind it."""
    lines = figures[LINES].filter(pl.col("treatment").is_in([name for group in groups for name in group.outside]))
    for number, fund in enumerate(contract.model.funds):
        own = lines.filter(pl.col("fund") == fund.code)
        left = Decimal(own["budget"].sum()) - Decimal(own["outturn"].sum())
        if fund.ring_fence and fund.ring_fence.over == "pool" and left > 0:
            found = f"fixed and excluded lines of ring-fenced fund '{fund.code}' are underspent by £{left:,.2f}"
            action = f"Their holders keep it; the grant's conditions ask for reserve '{fund.ring_fence.underspend_to}'."
            yield warning("ring-fence-kept", contract.where.place(("funds", number, "ring_fence")), found, "", action)


def _overdrawn(contract: Contract, figures: Figures) -> Iterator[Finding]:
    """Reserves that are given losses beyond what they hold; the rule `reserve` alone stops at what is left."""
    codes = [reserve.code for reserve in contract.model.reserves]
    further = (pl.col("closing") < 0) & (pl.col("closing") < pl.col("brought_forward"))
    closing = figures[CLOSING].filter(further) if CLOSING in figures else pl.DataFrame()
    for reserve, balance in closing.select("closing_reserve", "closing").rows() if closing.height else ():
        path = ("reserves", codes.index(reserve)) if reserve in codes else ("funds",)
        found = f"reserve '{reserve}' would be overdrawn by £{-balance:,.2f}"
        action = "Draw on it with the rule 'reserve', which stops at what is left, and say who bears the rest."
        yield warning("overdrawn", contract.where.place(path), found, "a closing balance of zero or more", action)


def _kept_beyond_the_fund(contract: Contract, groups: tuple[PoolGroup, ...], figures: Figures) -> Iterator[Finding]:
    """A ring-fence by pool: what it keeps in pools can be more than its funds left unspent in all."""
    for reserve in dict.fromkeys(fund.ring_fence.underspend_to for fund in contract.model.funds if fund.ring_fence):
        kept = sum((_kept(group, reserve, figures) for group in groups), Decimal(0))
        left = _left_unspent(contract.model, reserve, figures)
        if kept > max(left, Decimal(0)):
            found = f"pools keep £{kept:,.2f} for reserve '{reserve}', but over all lines its funds "
            found += f"left £{left:,.2f}" if left >= 0 else f"overspent by £{-left:,.2f}"
            action = 'Write over = "fund" in the ring-fence, unless the grant\'s conditions ask for this.'
            yield warning("ring-fence-beyond-fund", contract.where.place(("funds",)), found, "", action)


def _kept(group: PoolGroup, reserve: str, figures: Figures) -> Decimal:
    column = f"{ring_fence_name(reserve)}.underspend"
    frame = figures[group.table.name]
    return Decimal(frame[column].sum()) if column in frame.columns else Decimal(0)


def _left_unspent(model: Model, reserve: str, figures: Figures) -> Decimal:
    codes = [fund.code for fund in model.funds if fund.ring_fence and fund.ring_fence.underspend_to == reserve]
    return Decimal(figures[FUNDS].filter(pl.col("fund").is_in(codes))["variance"].sum())
