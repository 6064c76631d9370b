"""Amounts of lines that are doubtful: a plan, outturns in other units, reversed or zero, large variances and lines."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from riskshare.contract.model import Doubts, Model
from riskshare.formula.display import in_sentence, plain
from riskshare.inputs.lines import is_plan
from riskshare.inputs.table import InputTable, Origin
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, Place, warning
from riskshare.validate.acceptance import by_reason, doubt, told

SHOWN = 3
ABOUT = (Decimal("0.5"), Decimal(2))
UNITS = {1_000: "thousand", 1_000_000: "million"}
VARIANCE = pl.col("budget") - pl.col("outturn")


def judge_amounts(model: Model, lines: InputTable, collector: Collector) -> None:
    """Findings on the amounts of each input, one for each thing that is doubtful however many lines have it."""
    whole = lines.frame.filter(pl.col("budget").is_not_null() & pl.col("outturn").is_not_null())
    if is_plan(lines):
        collector.add(_no_outturn(lines, whole))
    for number, origin in enumerate(lines.origins):
        rows = whole.filter(pl.col("origin") == number)
        collector.extend(_large(model.doubts, rows, _amounts_of(origin, "budget")))
        if "outturn" in origin.letters and rows.height:
            collector.extend(_outturns(model.doubts, rows, _amounts_of(origin, "outturn")))


def _amounts_of(origin: Origin, column: str) -> Place:
    return Place(origin.file, origin.sheet, 0, origin.letters.get(column, ""))


def _no_outturn(lines: InputTable, whole: pl.DataFrame) -> Finding:
    origin = lines.origins[0]
    found = f"the {whole.height:,} lines, {_sum(whole, 'budget')}, have no outturn: this is a plan"
    action = "No variance, gain or loss is known before there is an outturn column; until then it repeats the budget."
    return warning("no-outturn", Place(origin.file, origin.sheet), found, "", action)


def _outturns(doubts: Doubts, rows: pl.DataFrame, place: Place) -> Iterator[Finding]:
    """What is wrong with the outturns as a whole, or else which lines vary too much."""
    budget, outturn = Decimal(rows["budget"].sum()), Decimal(rows["outturn"].sum())
    sums = f"the outturns add to {in_sentence(outturn)}"
    if budget and rows["outturn"].eq(0).all():
        found = f"every outturn is zero, of {rows.height:,} lines with budgets of {in_sentence(budget)}"
        action = "All of it would be shared as a gain: leave the column out for a plan"
        yield doubt("outturn-zero", place, found, action)
    elif unit := other_units(budget, outturn):
        found = f"{sums}, {unit} the budgets' {in_sentence(budget)}"
        yield doubt("outturn-units", place, found, "Give both in the same units")
    elif budget > 0 and -outturn / budget >= ABOUT[0]:
        found = f"{sums}, the budgets to {in_sentence(budget)}"
        yield doubt("outturn-opposite", place, found, "Turn the signs of one of them round")
    else:
        yield from _variances(doubts, rows, place)


def other_units(target: Decimal, outturn: Decimal) -> str:
    """`about a thousandth of`, where two totals differ as pounds do from thousands or millions; otherwise nothing."""
    if not target or not outturn:
        return ""
    for size, word in UNITS.items():
        if ABOUT[0] <= target / outturn / size <= ABOUT[1]:
            return f"about a {word}th of"
        if ABOUT[0] <= outturn / target / size <= ABOUT[1]:
            return f"about a {word} times"
    return ""


def _variances(doubts: Doubts, rows: pl.DataFrame, place: Place) -> Iterator[Finding]:
    size, budget = VARIANCE.abs(), pl.col("budget").abs()
    beyond = rows.filter((size * 100 > budget * doubts.variance_percent) & (size > doubts.variance_pounds))
    for reason, doubtful in by_reason(doubts, "variance", beyond, "line"):
        found = (
            f"{_lines(doubtful, 'varies', 'vary')} by more than {plain(doubts.variance_percent)}% of the budget, "
            f"by {in_sentence(Decimal(doubtful.select(size.sum()).item()))} in all: {_such_as(doubtful)}"
        )
        yield told(doubt("variance", place, found, "Check amounts, units and signs"), reason)


def _such_as(rows: pl.DataFrame) -> str:
    largest = rows.sort(VARIANCE.abs(), "line", descending=[True, False])
    shown = [
        f"'{line}' (budget {in_sentence(budget)}, outturn {in_sentence(outturn)})"
        for line, budget, outturn in largest.head(SHOWN).select("line", "budget", "outturn").rows()
    ]
    return ", ".join(shown) + (f" and {rows.height - SHOWN:,} more" if rows.height > SHOWN else "")


def _large(doubts: Doubts, rows: pl.DataFrame, place: Place) -> Iterator[Finding]:
    size = pl.max_horizontal(pl.col("budget").abs(), pl.col("outturn").abs())
    beyond = rows.filter(size >= doubts.line_pounds)
    for reason, doubtful in by_reason(doubts, "large-line", beyond, "line"):
        line, amount = doubtful.sort(size, "line", descending=[True, False]).select("line", size).row(0)
        found = (
            f"{_lines(doubtful, 'is', 'are')} {in_sentence(doubts.line_pounds)} or more, such as '{line}': "
            f"{in_sentence(amount)}, {in_words(amount)}"
        )
        yield told(doubt("large-line", place, found, "Check the units of the file"), reason)


def in_words(amount: Decimal) -> str:
    """A large amount as it is said: `4.25 billion pounds`."""
    return f"{plain(round(abs(amount) / 1_000_000_000, 2))} billion pounds"


def _lines(rows: pl.DataFrame, one: str, several: str) -> str:
    return f"1 line {one}" if rows.height == 1 else f"{rows.height:,} lines {several}"


def _sum(rows: pl.DataFrame, column: str) -> str:
    return in_sentence(Decimal(rows[column].sum()))
