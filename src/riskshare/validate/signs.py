"""Signs that are reversed: one sentence in place of all that follows from targets below zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import polars as pl

from riskshare.contract.standing import Contract
from riskshare.figures.names import LINES
from riskshare.figures.plan import NOWHERE
from riskshare.figures.sharing import PoolGroup
from riskshare.formula.display import in_sentence
from riskshare.problems.findings import Finding, Place, error

CONSEQUENCES = ("no-target", "negative-contribution", "no-weights")
SPENDING = "spending above zero, income below it"
OPPOSITE = 'formats = { target = "opposite", outturn = "opposite" }'


def without_consequences(
    findings: Iterable[Finding], contract: Contract, groups: Iterable[PoolGroup], figures: Mapping[str, pl.DataFrame]
) -> tuple[Finding, ...]:
    """The findings, or where budgets or targets add to less than zero what says so, without what only follows."""
    every = tuple(findings)
    following = [finding for finding in every if finding.code in CONSEQUENCES]
    reversed_signs = (*_of_lines(figures), *_of_tables(contract, groups, figures)) if following else ()
    if not reversed_signs:
        return every
    return (*reversed_signs, *(finding for finding in every if finding not in following))


def _of_lines(figures: Mapping[str, pl.DataFrame]) -> tuple[Finding, ...]:
    lines = figures[LINES] if LINES in figures else pl.DataFrame()
    if lines.is_empty() or lines["budget"].sum() >= 0:
        return ()
    below = lines.filter(pl.col("budget") < 0).sort("budget", "line")
    lowest = below.row(0, named=True)
    found = (
        f"the budgets add to {in_sentence(Decimal(lines['budget'].sum()))}: {below.height:,} of {lines.height:,} lines "
        f"below zero, the lowest '{lowest['line']}' ({lowest['budget_cell']}) {in_sentence(Decimal(lowest['budget']))}"
    )
    place = Place(lowest["file"], lowest["sheet"].removeprefix(NOWHERE))
    return (error("signs", place, found, SPENDING, "Turn the signs round in the file"),)


def _of_tables(
    contract: Contract, groups: Iterable[PoolGroup], figures: Mapping[str, pl.DataFrame]
) -> tuple[Finding, ...]:
    signs: list[Finding] = []
    for position, group in enumerate(groups):
        target = Decimal(figures[group.table.name]["target"].sum())
        if group.pool.table is not None and target < 0:
            said = f"pool '{group.pool.code}': the targets of {group.pool.table} add to {in_sentence(target)}"
            action = f"If the table writes spending below zero, add {OPPOSITE}"
            signs.append(error("signs", contract.where.place(("pools", position)), said, SPENDING, action))
    return tuple(signs)
