"""Checks: what must hold in the finished workbook, each a live comparison of two figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from riskshare.contract.given_files import Input
from riskshare.contract.model import Model
from riskshare.contract.terms import Except, stated
from riskshare.figures.accounts import Accounts
from riskshare.figures.names import (
    BY_FAMILY,
    CHECKS,
    CLOSING,
    FUNDS,
    LEVELS,
    LINES,
    PAYMENT_LIST,
    PAYMENTS,
    RECONCILIATION,
    REQUIREMENTS,
    SETTLEMENT,
    VERDICT,
    crosswalk_table,
    family_settles_column,
    given_column,
    part_column,
    ring_fence_table,
    seen_column,
)
from riskshare.figures.pooling import MEASURES, Division
from riskshare.figures.ring_fences import RingFenced
from riskshare.figures.share_closing import below_floor
from riskshare.figures.share_opening import Criteria
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
    Holding,
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
        Step("failing", COUNT, "Failing", Col("count") - Holding(CHECKS, "holds")),
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
    overall: PoolGroup | None,
    required: Iterable[ControlFigure | MinimumFigure],
    accounts: Accounts,
    fenced: Iterable[RingFenced],
) -> Iterator[Check]:
    """Every check of a model, in the order of the flow."""
    every = tuple(groups)
    yield from _pooling(tuple(divisions))
    yield from _ring_fences(fenced)
    for group in every:
        yield _opening(group)
        yield from _group(group)
    if overall is not None:
        yield from _group(overall)
    yield from _settlement(accounts)
    yield from _reconciliation(every)
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


def _ring_fences(fenced: Iterable[RingFenced]) -> Iterator[Check]:
    """A ring-fence over the fund keeps all that its funds left unspent, and no more."""
    for entry in fenced:
        if entry.over_the_fund and entry.keys:
            name = ring_fence_table(entry.reserve)
            unspent = Cell(name, "of_funds", entry.keys[0])
            yield Check(f"Ring-fence: {entry.reserve} keeps what its funds left unspent", Total(name, "kept"), unspent)


def _group(group: PoolGroup) -> Iterator[Check]:
    title, name = group.pool.title, group.table.name
    yield Check(
        f"{title}: all pots add to what was to be shared", Total(name, "distributed"), Total(name, "to_distribute")
    )
    yield Check(f"{title}: pools in which pots don't add up", Total(name, "gap_found"), ZERO)
    for entry in group.guarantees:
        below = Total(name, below_floor(entry))
        yield Check(f"{title}: the guarantee to {entry.partner} is honoured ({entry.rule})", below, ZERO)
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


def _settlement(accounts: Accounts) -> Iterator[Check]:
    yield Check("Transfers add to zero", Total(SETTLEMENT, "transfer"), ZERO)
    if accounts.reserves:
        yield Check("Appropriations to and from reserves add to zero", Total(SETTLEMENT, "appropriated"), ZERO)
    if accounts.families:
        settled = total_of(Total(BY_FAMILY, family_settles_column(family.code)) for family in accounts.families)
        yield Check("What is settled together adds to zero", settled, ZERO)
    yield Check("Accounts that payments do not settle to the penny", Total(PAYMENTS, "left_over"), ZERO)
    yield Check(
        "The list of payments adds to all payments", Total(PAYMENT_LIST, "paid_amount"), Total(PAYMENTS, "paid")
    )
    for reserve in accounts.reserves:
        title = f"Reserve {reserve.code} is not overdrawn"
        yield Check(title, Cell(CLOSING, "closing", reserve.code), ZERO, at_least=True)


def _reconciliation(groups: tuple[PoolGroup, ...]) -> Iterator[Check]:
    """By holder all lines are there, and what they leave is gained or lost by somebody."""
    given = [span.table for group in groups if (span := group.table.extends)]
    whole: Expr = Total(LINES, "variance")
    for name in given:
        whole = whole + Total(name, given_column("target")) - Total(name, given_column("outturn"))
    yield Check("Lines by holder add to all lines", Total(RECONCILIATION, "all_lines"), whole)
    changed = [Total(change.table, change.change.name) for group in groups for change in group.changes]
    gained = Total(RECONCILIATION, "after")
    yield Check("Gains and losses add to the variance of all lines", gained, total_of([whole, *changed]))


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
