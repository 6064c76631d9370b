"""Amounts of lines that are doubtful: a plan, outturns in other units, reversed or zero, large variances and lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from riskshare.contract.doubtful import Acceptance, Doubts
from riskshare.contract.model import Model
from riskshare.contract.terms import MONEY_LIMIT
from riskshare.formula.display import in_sentence, plain
from riskshare.inputs.lines import is_plan
from riskshare.inputs.table import InputTable, Origin
from riskshare.inputs.toml import TomlFile
from riskshare.problems.collector import Collector
from riskshare.problems.doubts import DoubtCode
from riskshare.problems.findings import Finding, Place, warning
from riskshare.validate.acceptance import by_acceptance, doubt, told

SHOWN = 3
CHECK = "Check amounts, units and signs"
ABOUT = (Decimal("0.5"), Decimal(2))
UNITS = {1_000: "thousand", 1_000_000: "million"}
VARIANCE = pl.col("budget") - pl.col("outturn")


def judge_amounts(model: Model, toml: TomlFile, lines: InputTable, collector: Collector) -> None:
    """Findings on the amounts of each input, one for each thing that is doubtful however many lines have it.

    What is accepted is one finding for each acceptance, whichever inputs its lines stand in.
    """
    size = pl.max_horizontal(pl.col("budget").abs(), pl.col("outturn").abs())
    whole = lines.frame.filter(size.is_not_null() & (size < MONEY_LIMIT))
    every = _Lines(model.doubts, toml, lines.origins)
    collector.extend(every.doubts_of("large-line", whole.filter(size >= model.doubts.line_pounds), _large))
    if is_plan(lines):
        collector.add(_no_outturn(lines, whole))
        return
    varying = whole.clear()
    for number, origin in enumerate(lines.origins):
        rows = whole.filter(pl.col("origin") == number)
        wrong = tuple(_outturns(rows, _amounts_of(origin, "outturn"))) if "outturn" in origin.letters else ()
        collector.extend(wrong)
        varying = varying if wrong else varying.vstack(rows.filter(_varies(model.doubts)))
    collector.extend(every.doubts_of("variance", varying, _vary))


@dataclass(frozen=True, slots=True)
class _Lines:
    """Where doubtful lines stand, and how much is doubtful."""

    doubts: Doubts
    toml: TomlFile
    origins: tuple[Origin, ...]

    def doubts_of(
        self, code: DoubtCode, rows: pl.DataFrame, say: Callable[[Doubts, pl.DataFrame], str]
    ) -> Iterator[Finding]:
        """A finding for each input, and one for each acceptance."""
        for entry, taken in by_acceptance(self.doubts, code, rows, "line"):
            for part in (taken,) if entry else taken.partition_by("origin", maintain_order=True):
                doubted = doubt(code, self._place(entry, part, code), say(self.doubts, part), CHECK)
                yield told(doubted, entry)

    def _place(self, entry: Acceptance | None, rows: pl.DataFrame, code: DoubtCode) -> Place:
        if entry is not None:
            return self.toml.place(("doubts", "accept", self.doubts.accept.index(entry)))
        return _amounts_of(self.origins[rows["origin"][0]], "outturn" if code == "variance" else "budget")


def _amounts_of(origin: Origin, column: str) -> Place:
    return Place(origin.file, origin.sheet, 0, origin.letters.get(column, ""))


def _no_outturn(lines: InputTable, whole: pl.DataFrame) -> Finding:
    origin = lines.origins[0]
    found = f"{_count(whole)}, {_sum(whole, 'budget')}: no outturn is given, so this is a plan"
    action = "No variance, gain or loss is known before there is an outturn column; until then it repeats the budget."
    return warning("no-outturn", Place(origin.file, origin.sheet), found, "", action)


def _outturns(rows: pl.DataFrame, place: Place) -> Iterator[Finding]:
    """What is wrong with the outturns of an input as a whole."""
    budget, outturn = Decimal(rows["budget"].sum()), Decimal(rows["outturn"].sum())
    sums = f"the outturns add to {in_sentence(outturn)}"
    if budget and rows["outturn"].eq(0).all():
        found = f"every outturn is zero, of {_count(rows)} with budgets of {in_sentence(budget)}"
        action = "All of it would be shared as a gain: leave the column out for a plan"
        yield doubt("outturn-zero", place, found, action)
    elif unit := other_units(budget, outturn):
        found = f"{sums}, {unit} the budgets' {in_sentence(budget)}"
        yield doubt("outturn-units", place, found, "Give both in the same units")
    elif budget > 0 and -outturn / budget >= ABOUT[0]:
        found = f"{sums}, the budgets to {in_sentence(budget)}"
        yield doubt("outturn-opposite", place, found, "Turn the signs of one of them round")


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


def _varies(doubts: Doubts) -> pl.Expr:
    size = VARIANCE.abs()
    return (size * 100 > pl.col("budget").abs() * doubts.variance_percent) & (size > doubts.variance_pounds)


def _vary(doubts: Doubts, rows: pl.DataFrame) -> str:
    total = in_sentence(Decimal(rows.select(VARIANCE.abs().sum()).item()))
    more = f"more than {plain(doubts.variance_percent)}% of the budget"
    return f"{_count(rows)} {'varies' if rows.height == 1 else 'vary'} by {more}, {total} in all: {_such_as(rows)}"


def _such_as(rows: pl.DataFrame) -> str:
    largest = rows.sort(VARIANCE.abs(), "line", descending=[True, False])
    shown = [
        f"'{line}' (budget {in_sentence(budget)}, outturn {in_sentence(outturn)})"
        for line, budget, outturn in largest.head(SHOWN).select("line", "budget", "outturn").rows()
    ]
    return ", ".join(shown) + (f" and {rows.height - SHOWN:,} more" if rows.height > SHOWN else "")


def _large(doubts: Doubts, rows: pl.DataFrame) -> str:
    size = pl.max_horizontal(pl.col("budget").abs(), pl.col("outturn").abs())
    line, amount = rows.sort(size, "line", descending=[True, False]).select("line", size).row(0)
    more = f"{in_sentence(doubts.line_pounds)} or more"
    such = f"'{line}': {in_sentence(amount)}, {in_words(amount)}"
    return f"{_count(rows)} {'is' if rows.height == 1 else 'are'} {more}, such as {such}"


def in_words(amount: Decimal) -> str:
    """A large amount as it is said: `4.25 billion pounds`."""
    return f"{plain(round(abs(amount) / 1_000_000_000, 2))} billion pounds"


def _count(rows: pl.DataFrame) -> str:
    return "1 line" if rows.height == 1 else f"{rows.height:,} lines"


def _sum(rows: pl.DataFrame, column: str) -> str:
    return in_sentence(Decimal(rows[column].sum()))
