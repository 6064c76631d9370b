"""Checks: what must hold in the finished workbook, each a live comparison of two figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from riskshare.contract.model import Input, Model
from riskshare.contract.terms import Except, stated
from riskshare.figures.names import (
    CHECKS,
    CLOSING,
    FUNDS,
    LEVELS,
    LINES,
    PAYMENTS,
    REQUIREMENTS,
    SETTLEMENT,
    VERDICT,
    crosswalk_table,
    given_column,
    part_column,
    seen_column,
)
from riskshare.figures.pooling import MEASURES, Division
from riskshare.figures.sharing import PoolGroup
from riskshare.formula.language import (
    ONE,
    ZERO,
    Cell,
    Col,
    Column,
    Each,
    Expr,
    Given,
    Number,
    Step,
    Table,
    Total,
    table,
    total_of,
    when,
)
from riskshare.formula.units import COUNT, FIGURE, GATE, TEXT

HUNDRED = Number(Decimal(100))
Criteria = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: `left` must equal `right`, or be at least it."""

    title: str
    left: Expr
    right: Expr
    at_least: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class ControlFigure:
    """A control total of an input: a cell on Checks that the lines with the input's name must add to."""

    key: str
    origin: str
    file: str
    measure: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class MinimumFigure:
    """A minimum-spend test: an amount that lines of a fund for some services must reach."""

    key: str
    fund: str
    name: str
    amount: Decimal
    where: tuple[tuple[str, tuple[str, ...] | Except[str]], ...]


def input_name(number: int) -> str:
    """How Lines calls an input, by its number from 1: no two alike, and none that a total takes for a number."""
    return f"input {number}"


def requirements(model: Model) -> tuple[ControlFigure | MinimumFigure, ...]:
    """The control totals and minimum-spend tests of the model."""
    controls = [
        ControlFigure(f"control.{number}.{measure}", input_name(number), _file_and_sheet(entry), measure, amount)
        for number, entry in enumerate(model.inputs, start=1)
        for measure in MEASURES
        if entry.control_total and (amount := getattr(entry.control_total, measure)) is not None
    ]
    minimums = [
        MinimumFigure(
            f"minimum.{fund.code}.{number}", fund.code, test.name, test.amount, tuple(sorted(test.where.items()))
        )
        for fund in model.funds
        for number, test in enumerate(fund.minimum_spend, start=1)
    ]
    return (*controls, *minimums)


def _file_and_sheet(entry: Input) -> str:
    return f"{entry.file}, sheet {entry.sheet}" if entry.sheet else entry.file


def requirements_table(required: tuple[ControlFigure | MinimumFigure, ...]) -> Table:
    """The amounts that lines must add to or reach; one row per amount, in pounds."""
    columns: list[Column] = [
        Given("meaning", TEXT, "What it is", tuple(_meaning(entry) for entry in required), editable=False),
        Given("requirement", TEXT, "Requirement", tuple(entry.key for entry in required), editable=False),
        Given("amount", FIGURE, "Amount, £", tuple(entry.amount for entry in required)),
    ]
    return table(REQUIREMENTS, "Control totals and minimum spend", "one row per amount", "requirement", columns)


def checks_tables(checks: Iterable[Check]) -> tuple[Table, Table]:
    """The checks, and the verdict on them; one row per check."""
    every = tuple(checks)
    columns: list[Column] = [
        Given("check", TEXT, "Check", tuple(check.title for check in every), editable=False),
        Given(
            "test", TEXT, "Test", tuple("at least" if check.at_least else "equal" for check in every), editable=False
        ),
        Step("left", FIGURE, "Found", Each(tuple(check.left for check in every)), additive=False),
        Step("right", FIGURE, "Expected", Each(tuple(check.right for check in every)), additive=False),
        Step("difference", FIGURE, "Difference", Col("left") - Col("right"), additive=False),
        Step("holds", GATE, "Holds", Each(tuple(_holds(check) for check in every))),
    ]
    verdict: list[Column] = [
        Given("verdict", TEXT, "Verdict", ("All checks",), editable=False),
        Step("count", COUNT, "Checks", Number(Decimal(len(every)))),
        Step("failing", COUNT, "Failing", Col("count") - Total(CHECKS, "holds")),
    ]
    return (
        table(CHECKS, "Checks", "one row per check", "check", columns),
        table(VERDICT, "Verdict", "one row", "verdict", verdict),
    )


def _holds(check: Check) -> Expr:
    return when(Col("difference"), ">=" if check.at_least else "=", ZERO, ONE, ZERO)


def all_checks(
    divisions: Iterable[Division],
    groups: Iterable[PoolGroup],
    required: Iterable[ControlFigure | MinimumFigure],
    reserves: Iterable[str],
) -> Iterator[Check]:
    """Every check of a model, in the order of the flow."""
    yield from _pooling(tuple(divisions))
    for group in groups:
        yield from _group(group)
    yield from _settlement(reserves)
    for entry in required:
        yield _requirement(entry)


def _pooling(divisions: tuple[Division, ...]) -> Iterator[Check]:
    for division in divisions:
        for measure in MEASURES:
            parts = total_of(Total(division.parts_table, part_column(measure, code)) for code in division.localities)
            whole = Total(division.parts_table, f"{measure}_amount")
            yield Check(f"Parts of the lines add to the lines: {measure} ({division.code})", parts, whole)
            budgets = Total(division.by_fund_table(measure), "localities")
            yield Check(f"Locality budgets add to the lines: {measure} ({division.code})", budgets, whole)
    for division in (entry for entry in divisions if entry.onto):
        crossed = total_of(
            Total(crosswalk_table(division.code), seen_column(code)) for code in _codes(divisions, division.onto)
        )
        whole = Total(division.parts_table, "budget_amount")
        yield Check(f"The crosswalk to {division.onto} keeps the budget ({division.code})", crossed, whole)
    for measure in MEASURES:
        yield Check(f"Funds add to the lines: {measure}", Total(FUNDS, measure), Total(LINES, measure))
        yield Check(f"Levels add to the lines: {measure}", Total(LEVELS, measure), Total(LINES, measure))


def _codes(divisions: tuple[Division, ...], code: str) -> tuple[str, ...]:
    return next(division.localities for division in divisions if division.code == code)


def _group(group: PoolGroup) -> Iterator[Check]:
    title, name = group.pool.title, group.table.name
    yield _opening(group)
    yield Check(
        f"{title}: all pots add to what was to be shared", Total(name, "distributed"), Total(name, "to_distribute")
    )
    yield Check(f"{title}: pools in which pots don't add up", Total(name, "gap_found"), ZERO)
    for label, whole in group.wholes:
        percent = Total(name, whole) * HUNDRED / Number(Decimal(len(group.pools)))
        yield Check(f"{title}: {label}", percent, HUNDRED)


def _opening(group: PoolGroup) -> Check:
    """Targets against where they come from: the lines, or the table that gives the pools."""
    target = Total(group.table.name, "target")
    if group.table.extends:
        given = Total(group.table.extends.table, given_column("target"))
        return Check(f"{group.pool.title}: targets add to those of its table", target, given)
    outside = [Total(LINES, "budget", (("pool", group.pool.code), ("treatment", kind))) for kind in group.outside]
    lines = Total(LINES, "budget", (("pool", group.pool.code),))
    return Check(f"{group.pool.title}: target and excluded lines add to its lines", total_of([target, *outside]), lines)


def _settlement(reserves: Iterable[str]) -> Iterator[Check]:
    yield Check("Transfers add to zero", Total(SETTLEMENT, "transfer"), ZERO)
    yield Check("Payments add to what is to be paid", Total(PAYMENTS, "paid"), Total(SETTLEMENT, "pays"))
    for code in reserves:
        yield Check(f"Reserve {code} is not overdrawn", Cell(CLOSING, "closing", code), ZERO, at_least=True)


def _requirement(entry: ControlFigure | MinimumFigure) -> Check:
    amount = Cell(REQUIREMENTS, "amount", entry.key)
    if isinstance(entry, ControlFigure):
        return Check(_meaning(entry), Total(LINES, entry.measure, (("input", entry.origin),)), amount)
    return Check(_meaning(entry), _minimum_lines(entry), amount, at_least=True)


def _minimum_lines(entry: MinimumFigure) -> Expr:
    """A total for each combination of the values that count, less one for each that has a value that doesn't."""
    counted: list[Criteria] = [(("fund", entry.fund),)]
    left_out: list[Criteria] = []
    for column, values in entry.where:
        crossed, opposite = _crossed(counted, column, values), _crossed(left_out, column, values)
        if isinstance(values, Except):
            counted, left_out = [*counted, *opposite], [*left_out, *crossed]
        else:
            counted, left_out = crossed, opposite
    result = total_of(Total(LINES, "budget", criteria) for criteria in counted)
    for criteria in left_out:
        result = result - Total(LINES, "budget", criteria)
    return result


def _crossed(combinations: list[Criteria], column: str, values: tuple[str, ...] | Except[str]) -> list[Criteria]:
    return [(*combination, (column, value)) for combination in combinations for value in stated(values)]


def _meaning(entry: ControlFigure | MinimumFigure) -> str:
    if isinstance(entry, ControlFigure):
        return f"Control total of {entry.file}: {entry.measure}"
    return f"Minimum spend of {entry.fund}: {entry.name}"
