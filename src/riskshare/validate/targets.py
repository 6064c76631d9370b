"""Targets: a percentage of a target that is zero or less means nothing, so no figure may take one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from riskshare.contract.standing import Contract
from riskshare.figures.names import LINES, part_column, pooling_table
from riskshare.figures.sharing import PoolGroup
from riskshare.formula.display import in_sentence
from riskshare.formula.evaluate import Figures
from riskshare.formula.language import Arithmetic, Col, Comparison, Expr, every_part
from riskshare.problems.findings import Finding, error

SHOWN = 5
TOLD = 50


def without_target(contract: Contract, group: PoolGroup, position: int, figures: Figures) -> dict[str, Finding]:
    """By pool the finding for a percentage of a target of zero or less, where the rule runs: after the changes so far.

    A target of exactly zero is none where no money moves: an empty locality's thresholds and bands are of nothing.
    """
    frame, found = figures[group.table.name], dict[str, Finding]()
    for target, rules in _read(group).items():
        wrong = (pl.col(target) < 0) | ((pl.col(target) == 0) & _moving(group))
        for pool, amount in frame.filter(wrong).select("pool", target).rows()[:TOLD]:
            words = f"pool '{pool}' has a target of {in_sentence(amount)}{_after(group, target)}"
            words += f", and percentages of it are taken by {', '.join(rules)}; {_lines(group, pool, figures)}"
            action = "Check the lines and what changes the target, or state the rules in pounds"
            place = contract.where.place(contract.model.path_of(position))
            found[pool] = error("no-target", place, words, "a target above zero", action)
    return found


def _read(group: PoolGroup) -> dict[str, list[str]]:
    """By column with a target, the rules that take a percentage of it."""
    titles = {stage.rule: stage.title for stage in group.stages}
    rules: dict[str, dict[str, None]] = {}
    for step in group.table.steps:
        name = step.name.partition(".")[0]
        for target in group.targets if name in titles else ():
            if _takes_percentage(step.expr, Col(target)):
                rules.setdefault(target, {})[f"{titles[name]} ({step.clause})"] = None
    return {target: list(names) for target, names in rules.items()}


def _takes_percentage(expr: Expr, target: Col) -> bool:
    """Whether a step multiplies a target, or fetches it as what a limit is a percent of."""
    return expr == target or any(_multiplies(part, target) for part in every_part(expr))


def _multiplies(part: Expr | Comparison, target: Col) -> bool:
    return isinstance(part, Arithmetic) and part.operator == "*" and target in (part.left, part.right)


def _moving(group: PoolGroup) -> pl.Expr:
    """Whether anything stood in a pot, at the start or after any rule; over all pools accounts are the pots."""
    pots = [step.name for step in group.table.steps if ".holds." in step.name or step.name.startswith("start.")]
    return pl.any_horizontal(pl.col(name) != 0 for name in ("start", *pots))


def _after(group: PoolGroup, target: str) -> str:
    """What changed the target before it is read: ` after Adjust target (Para 2)`."""
    titles = {stage.rule: stage.title for stage in group.stages}
    upto = group.targets.index(target)
    changes = [f"{titles[entry.change.name.partition('.')[0]]} ({entry.clause})" for entry in group.changes[:upto]]
    return f" after {', '.join(changes)}" if changes else ""


def _lines(group: PoolGroup, pool: str, figures: Figures) -> str:
    """The lines whose budgets are the pool's target, the largest first."""
    if group.pool.table is not None:
        return f"it is a row of {group.pool.table}"
    every = sorted(_budgets(group, pool, figures), key=lambda line: (-abs(line[1]), line[0]))
    if not every:
        return "no line is in it"
    shown = [f"'{line}' ({in_sentence(budget)})" for line, budget in every[:SHOWN]]
    more = [f"{len(every) - SHOWN:,} more"] if len(every) > SHOWN else []
    return f"its lines are {', '.join([*shown, *more])}"


def _budgets(group: PoolGroup, pool: str, figures: Figures) -> Iterator[tuple[str, Decimal]]:
    """What each line inside a pool adds to its target: the whole budget, or its part in the pool's locality."""
    lines = figures[LINES].filter((pl.col("pool") == group.pool.code) & ~pl.col("treatment").is_in(group.outside))
    if group.pool.for_each is None:
        yield from lines.select("line", "budget").rows()
        return
    parts = figures[pooling_table(group.pool.for_each)]
    column = part_column("budget", pool.removeprefix(f"{group.pool.code}:"))
    inside = parts.filter(pl.col("pooled_line").is_in(lines["line"]) & (pl.col(column) != 0))
    yield from inside.select("pooled_line", column).rows()
