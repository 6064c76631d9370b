"""Simulate: many drawn years settled under the contract, the first of them also by the exact engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import polars as pl

from riskshare.contract.simulation import Cause
from riskshare.figures.computed import ComputedModel
from riskshare.figures.names import LINES, RECONCILIATION, SETTLEMENT
from riskshare.formula.draws import Column, Drawn
from riskshare.formula.evaluate import evaluate
from riskshare.formula.language import Given, Section, Table
from riskshare.formula.scaled import Floats
from riskshare.risk.shocks import BLOCK, Shocks

AFTER, ALL_LINES = (RECONCILIATION, "after"), (RECONCILIATION, "all_lines")
CHANGES, SETTLES = (RECONCILIATION, "target_changes"), (SETTLEMENT, "settles")
OF_ACCOUNTS: tuple[Column, ...] = (AFTER, ALL_LINES, CHANGES, SETTLES)
VARIANCE, TARGET = "variance_all", "target"

Heard = Callable[[int, int], None]
"""Hears how many years are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the exact engine said of the first years."""

    draws: int
    figures: int
    different: int
    decided: int
    """Years in which a double could not tell, so that the exact engine's figures were taken."""

    def __str__(self) -> str:
        """One sentence."""
        said = f"{self.draws:,} draws also went through the exact engine: {self.different:,} of {self.figures:,}"
        decided = f" In {self.decided:,} draws doubles could not tell, and it decided." if self.decided else ""
        return f"{said} figures of accounts and pools differ.{decided}"


@dataclass(frozen=True, slots=True)
class Simulated:
    """Many years of one model: pennies, a column for each year."""

    built: ComputedModel
    seed: int
    accounts: Mapping[str, Floats]
    """By account its gain or (loss) of each year in the end."""
    pools: Mapping[str, Floats]
    """By pool its variance of each year, before anything is shared."""
    targets: Mapping[str, float]
    causes: Mapping[Cause, Floats]
    """By cause the cost of all lines in each year, had nothing else moved."""
    unbalanced: int
    """Years in which the accounts do not add to the variance of all lines: none."""
    proof: Proof

    @property
    def draws(self) -> int:
        """How many years there are."""
        return len(next(iter(self.accounts.values())))


def simulate(built: ComputedModel, draws: int, seed: int, exact_draws: int, heard: Heard) -> Simulated:
    """Draws years and settles each of them.

    Args: a computed model with risks; how many years; the seed; how many of the first years the exact engine settles
    too; who hears how far it is. Raises FormulaError where a year cannot be settled.
    """
    run = _Run(built, seed, min(exact_draws, draws))
    years: dict[Column, Floats] = {}
    costs = {cause: np.empty(draws) for cause in run.causes}
    for first in range(0, draws, BLOCK):
        figures, cost = run.block(first // BLOCK)
        upto = min(first + BLOCK, draws)
        for column, amounts in figures.items():
            years.setdefault(column, np.empty((len(amounts), draws)))[:, first:upto] = amounts[:, : upto - first]
        for cause in run.causes:
            costs[cause][first:upto] = cost[cause][: upto - first]
        heard(upto, draws)
    names = built.figures[RECONCILIATION]["reconciled"].to_list()
    return Simulated(
        built,
        seed,
        dict(zip(names, years[AFTER], strict=True)),
        _variances(built, years),
        _targets(built),
        costs,
        run.unbalanced,
        run.proof,
    )


def _variances(built: ComputedModel, years: Mapping[Column, Floats]) -> dict[str, Floats]:
    return {
        pool: row
        for group in built.plan.groups
        for pool, row in zip(group.pools, years[(group.table.name, VARIANCE)], strict=True)
    }


def _targets(built: ComputedModel) -> dict[str, float]:
    """The target of each pool in pennies."""
    return {
        pool: float(target * 100)
        for group in built.plan.groups
        for pool, target in zip(group.pools, built.figures[group.table.name][TARGET], strict=True)
    }


class _Run:
    def __init__(self, built: ComputedModel, seed: int, exact_draws: int) -> None:
        self._built, self._seed, self._exact = built, seed, exact_draws
        self._shocks = Shocks(built)
        pools = tuple((group.table.name, VARIANCE) for group in built.plan.groups)
        self.kept: tuple[Column, ...] = (AFTER, *pools)
        self._asked = (*OF_ACCOUNTS, *pools)
        self._tables = tuple(_with_outturn(table) for table in built.plan.tables)
        self._drawn = Drawn(self._tables, built.figures, self._shocks.columns, self._asked)
        self.causes = tuple(dict.fromkeys(entry.risk.cause for entry in self._shocks.reaches))
        self.unbalanced = 0
        self.proof = Proof(0, 0, 0, 0)

    def block(self, number: int) -> tuple[dict[Column, Floats], Mapping[Cause, Floats]]:
        """The figures of one block of years, and what each cause alone makes all lines cost."""
        drawn = self._shocks.block(self._seed, 0, number)
        years = dict(zip(self._shocks.columns, drawn.amounts, strict=True))
        chunk = self._drawn.run(years)
        figures = {column: np.array(amounts) for column, amounts in chunk.figures.items()}
        for draw in np.flatnonzero(chunk.doubtful).tolist():
            exact = self._settled(years, draw)
            for column in self._asked:
                figures[column][:, draw] = exact[column]
            self.proof = replace(self.proof, decided=self.proof.decided + 1)
        for draw in range(min(BLOCK, self._exact - number * BLOCK)):
            self._prove(figures, years, draw)
        balance = figures[AFTER].sum(axis=0) - figures[ALL_LINES].sum(axis=0) - figures[CHANGES].sum(axis=0)
        self.unbalanced += int(np.count_nonzero(balance))
        return {column: figures[column] for column in self.kept}, drawn.costs

    def _prove(self, figures: Mapping[Column, Floats], years: Mapping[Column, Floats], draw: int) -> None:
        exact = self._settled(years, draw)
        different = sum(int(np.count_nonzero(figures[column][:, draw] != exact[column])) for column in self._asked)
        count = sum(len(exact[column]) for column in self._asked)
        proof = self.proof
        self.proof = replace(
            proof, draws=proof.draws + 1, figures=proof.figures + count, different=proof.different + different
        )

    def _settled(self, years: Mapping[Column, Floats], draw: int) -> dict[Column, Floats]:
        """One year as the exact engine settles it, in pennies."""
        frames = dict(self._built.plan.frames)
        for (table, column), amounts in years.items():
            pounds = [Decimal(int(pennies)).scaleb(-2) for pennies in amounts[:, draw]]
            series = pl.Series(column, pounds, dtype=frames[table].schema[column])
            frames[table] = frames[table].with_columns(series)
        figures = evaluate(self._tables, frames)
        return {
            (table, column): np.array([float(amount * 100) for amount in figures[table][column]])
            for table, column in self._asked
        }


def _with_outturn(table: Table) -> Table:
    """The lines with an outturn of their own: in a plan it is a formula, the budget, until there is one."""
    if table.name != LINES:
        return table
    return replace(table, sections=tuple(_section_with_outturn(section) for section in table.sections))


def _section_with_outturn(section: Section) -> Section:
    columns = (
        Given(column.name, column.unit, column.label) if column.name == "outturn" else column
        for column in section.columns
    )
    return replace(section, columns=tuple(columns))
