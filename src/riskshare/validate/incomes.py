"""Incomes: a percent of a partner's whole income that holds in each of several pools allows more in all."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import cast

import polars as pl

from riskshare.contract.ledger import PARTNERS
from riskshare.contract.parse import named_rules
from riskshare.contract.standing import Contract
from riskshare.figures.sharing import PoolGroup
from riskshare.formula.display import in_sentence, plain
from riskshare.formula.language import Step, tables_read
from riskshare.problems.findings import Finding, warning

ACTION = "Check that the contract means each pool, or state a part for each. A limit over all pools is an overall rule."


def incomes_in_each_pool(contract: Contract, group: PoolGroup, position: int, frame: pl.DataFrame) -> Iterator[Finding]:
    """Limits that are a percent of a whole income in several pools of a group, with what they allow in all."""
    titles = {stage.rule: stage.title for stage in group.stages}
    numbers = {name: number for number, name, _ in named_rules(group.pool)}
    for step in group.table.steps if frame.height > 1 else ():
        if not _is_income(step):
            continue
        rule, _, pot = step.name.split(".")[:3]
        once = cast(Decimal, frame[step.name.removesuffix(".of")].max())
        allowed, income = Decimal(frame[f"{rule}.limit.{pot}"].sum()), cast(Decimal, frame[step.name].max())
        if allowed <= once or not income:
            continue
        found = (
            f"pool '{group.pool.code}', {titles[rule]} ({step.clause}): a percent of the whole income of {pot} limits "
        )
        found += f"each of {frame.height:,} pools: {in_sentence(allowed)} in all, {_percent(allowed, income)} of it"
        place = contract.where.place((*contract.model.path_of(position), "rules", numbers[rule], "limits", pot))
        yield warning("income-in-each-pool", place, found, "", ACTION)


def _is_income(step: Step) -> bool:
    """Whether a step is the income that a limit is a percent of."""
    return ".limit." in step.name and step.name.endswith(".of") and PARTNERS in tables_read(step.expr)


def _percent(part: Decimal, whole: Decimal) -> str:
    return f"{plain(round(part * 100 / whole, 3))}%"
