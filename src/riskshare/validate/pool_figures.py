"""Figures of pools that are doubtful: large variances, outturns in other units than targets, incomes too low."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import polars as pl

from riskshare.contract.doubtful import Doubts
from riskshare.contract.ledger import PARTNERS
from riskshare.contract.parse import rules_of
from riskshare.contract.standing import Contract, Standing
from riskshare.figures.names import LINES
from riskshare.figures.sharing import PoolGroup
from riskshare.formula.display import in_sentence, plain
from riskshare.formula.evaluate import Figures
from riskshare.formula.language import Cell, every_part
from riskshare.problems.findings import Finding, Place
from riskshare.validate.acceptance import by_acceptance, doubt, told
from riskshare.validate.amounts import SHOWN, other_units


def doubtful_pools(contract: Contract, groups: Iterable[PoolGroup], figures: Figures) -> Iterator[Finding]:
    """Pools that vary by much of their target, or all together as thousands from pounds."""
    for position, group in enumerate(groups):
        frame, place = figures[group.table.name], contract.where.place(("pools", position))
        target, outturn = Decimal(frame["target"].sum()), Decimal(frame["outturn"].sum())
        unit = other_units(target, outturn) if group.pool.table is not None else ""
        if unit:
            found = f"pool '{group.pool.code}': the outturns add to {in_sentence(outturn)}, {unit} the targets'"
            yield doubt("outturn-units", place, f"{found} {in_sentence(target)}", "Give both in the same units")
        else:
            yield from _variances(contract.model.doubts, frame, place)


def _variances(doubts: Doubts, frame: pl.DataFrame, place: Place) -> Iterator[Finding]:
    size = pl.col("variance_all").abs()
    beyond = frame.filter(
        (size * 100 > pl.col("target").abs() * doubts.variance_percent) & (size > doubts.variance_pounds)
    )
    for entry, doubtful in by_acceptance(doubts, "variance", beyond, "pool"):
        found = (
            f"{_pools(doubtful.height)} by more than {plain(doubts.variance_percent)}% of the target, "
            f"{in_sentence(Decimal(doubtful.select(size.sum()).item()))} in all: {_such_as(doubtful)}"
        )
        yield told(doubt("variance", place, found, "Check amounts, units and signs"), entry)


def _pools(count: int) -> str:
    return "1 pool varies" if count == 1 else f"{count:,} pools vary"


def _such_as(rows: pl.DataFrame) -> str:
    largest = rows.sort(pl.col("variance_all").abs(), "pool", descending=[True, False])
    shown = [
        f"'{pool}' (target {in_sentence(target)}, outturn {in_sentence(outturn)})"
        for pool, target, outturn in largest.head(SHOWN).select("pool", "target", "outturn").rows()
    ]
    return ", ".join(shown) + (f" and {rows.height - SHOWN:,} more" if rows.height > SHOWN else "")


def doubtful_incomes(contract: Contract, groups: Iterable[PoolGroup], figures: Figures) -> Iterator[Finding]:
    """Incomes that rules use and that are far below what the partner's lines or its part of a target come to."""
    every = tuple(groups)
    read = {code for group in every for code in _incomes_read(group)}
    times = contract.model.doubts.income_times
    for number, partner in enumerate(contract.model.partners):
        if partner.code not in read or not partner.income:
            continue
        most, words = max(_beside(partner.code, contract, every, figures), default=(Decimal(0), ""))
        if most > partner.income * times:
            found = f"the income of partner '{partner.code}' is {in_sentence(partner.income)}, but {words}"
            action = f"Incomes are in pounds: if it is in thousands, write {int(partner.income * 1000):_}"
            place = contract.where.place(("partners", number, "income"))
            yield doubt("income", place, f"{found} come to {in_sentence(most)}", action)


def _beside(
    partner: str, contract: Contract, groups: tuple[PoolGroup, ...], figures: Figures
) -> Iterator[tuple[Decimal, str]]:
    """What a partner's income can be compared with: the lines that pay it, and the parts that keys state for it."""
    lines = figures[LINES].filter(pl.col("provider") == partner)
    yield Decimal(lines["budget"].sum()), "its lines"
    for position, group in enumerate(groups):
        part = max(_stated_parts(contract, position, partner), default=Decimal(0))
        target = Decimal(figures[group.table.name]["target"].sum())
        yield part * target, f"its {plain(part * 100)}% of the targets of pool '{group.pool.code}'"


def _incomes_read(group: PoolGroup) -> Iterator[str]:
    """The partners whose income a step of the group reads."""
    for step in group.table.steps:
        for part in every_part(step.expr):
            if isinstance(part, Cell) and part.table == PARTNERS:
                yield str(part.key)


def _stated_parts(contract: Contract, position: int, partner: str) -> Iterator[Decimal]:
    """The parts of pots that keys of a pool group state for a partner."""
    for number, rule in rules_of(contract.model.pools[position]):
        parts = rule.stated_parts(Standing(contract, position, number))
        yield parts.get(partner, Decimal(0))
