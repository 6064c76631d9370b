"""Sums that lines must reach: control totals of the signed plan, and minimum spends."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from riskshare.contract.model import Fund, MinimumSpend, Model
from riskshare.contract.terms import stated
from riskshare.figures.line_treatment import among
from riskshare.formula.display import in_sentence
from riskshare.inputs.lines import AMOUNTS, TEXTS
from riskshare.inputs.table import InputTable
from riskshare.inputs.toml import TomlFile
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, did_you_mean, error, warning
from riskshare.validate.amounts import other_units

WHERE = tuple(name for name in TEXTS if name not in ("line", "fund"))


def judge_totals(model: Model, toml: TomlFile, lines: InputTable, collector: Collector) -> None:
    """Findings for inputs that do not add to their control totals and funds that miss their minimum spends."""
    for number, origin in enumerate(lines.origins):
        if origin.letters:
            collector.extend(_control_total(model, toml, lines, number))
    for fund_number, fund in enumerate(model.funds):
        for number, test in enumerate(fund.minimum_spend):
            path = ("funds", fund_number, "minimum_spend", number)
            collector.extend(_minimum_spend(fund, test, lines, toml, path))


def _control_total(model: Model, toml: TomlFile, lines: InputTable, number: int) -> Iterator[Finding]:
    stated = model.inputs[number].control_total
    rows = lines.frame.filter(pl.col("origin") == number)
    for column in AMOUNTS:
        expected = getattr(stated, column, None)
        if expected is None:
            continue
        place = toml.place(("inputs", number, "control_total", column))
        if column not in lines.origins[number].letters:
            yield error("control-total", place, f"control_total gives an {column}, but the file has no such column")
        elif rows[column].null_count() == 0 and rows[column].sum() != expected:
            total = Decimal(rows[column].sum())
            found = f"the {column}s of {model.inputs[number].file} add to {in_sentence(total)}"
            difference = f"The difference is {in_sentence(total - expected)}. {_why(rows, column, total, expected)}"
            action = difference.strip()
            yield error("control-total", place, found, f"{in_sentence(expected)}, the control total", action)


def _why(rows: pl.DataFrame, column: str, total: Decimal, expected: Decimal) -> str:
    """What may explain the difference: the other column's figures, or thousands beside pounds."""
    other = next(name for name in AMOUNTS if name != column)
    if rows[other].null_count() == 0 and rows[other].sum() == expected:
        return f"The {other}s add to it: are the two columns swapped?"
    if other_units(expected, total):
        return "Control totals are in pounds: check them, and the units of the input."
    return ""


def _minimum_spend(
    fund: Fund, test: MinimumSpend, lines: InputTable, toml: TomlFile, path: tuple[str | int, ...]
) -> Iterator[Finding]:
    """A warning where the fund's lines spend too little on it: the test is shown on Checks too."""
    unknown = [column for column in test.where if column not in WHERE]
    for column in unknown:
        expected, action = f"one of {', '.join(WHERE)}", did_you_mean(column, WHERE)
        found = f"where: '{column}' is no column that a test can look at"
        yield error("unknown-column", toml.place((*path, "where", column)), found, expected, action)
    if unknown:
        return
    yield from _words_without_lines(fund, test, lines, toml, path)
    counted = [among(column, words) for column, words in test.where.items()]
    rows = lines.frame.filter(pl.col("fund") == fund.code, *counted)
    spent = Decimal(rows["budget"].sum())
    if spent < test.amount and rows["budget"].null_count() == 0:
        found = f"{test.name}: the lines of fund '{fund.code}' that count add to {in_sentence(spent)}"
        short = f"It falls short by {in_sentence(test.amount - spent)}."
        yield warning("minimum-spend", toml.place(path), found, f"at least {in_sentence(test.amount)}", short)


def _words_without_lines(
    fund: Fund, test: MinimumSpend, lines: InputTable, toml: TomlFile, path: tuple[str | int, ...]
) -> Iterator[Finding]:
    rows = lines.frame.filter(pl.col("fund") == fund.code)
    for column, words in test.where.items():
        there = set(rows[column].unique()) - {""}
        for word in (word for word in stated(words) if word not in there):
            found = f"{test.name}: no line of fund '{fund.code}' has {column} '{word}'"
            place = toml.place((*path, "where", column))
            yield warning("word-without-lines", place, found, "", did_you_mean(word, sorted(there)))
