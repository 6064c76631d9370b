"""Pooling: lines become locality budgets; every part by running-total rounding, every total from the parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from riskshare.contract.model import Model
from riskshare.contract.words import LOCAL_LEVELS, Arrangement, Level
from riskshare.figures.names import (
    FUNDS,
    FUNDS_BY_LEVEL,
    LEVELS,
    LINES,
    NamePerCode,
    arrangements_table,
    budget_table,
    part_column,
    per_head_table,
    pooling_table,
    running_table,
    weights_table,
)
from riskshare.formula.language import (
    ONE,
    ZERO,
    Col,
    Column,
    Expr,
    Given,
    Item,
    Part,
    Position,
    Section,
    Span,
    Step,
    Table,
    Total,
    table,
    total_of,
    when,
)
from riskshare.formula.units import COUNT, MONEY, PER_HEAD, SHARE, TEXT, WEIGHT

MEASURES = ("budget", "outturn")
ABOVE = tuple(level for level in Level if level not in LOCAL_LEVELS)


@dataclass(frozen=True, slots=True)
class Division:
    """A geography with its localities in order of their code, the weights of each basis, and the lines it takes."""

    code: str
    localities: tuple[str, ...]
    """Their codes, in the order in which parts are cut, so that the row order of a file never moves a penny."""
    names: tuple[str, ...]
    weights: Mapping[str, tuple[Decimal, ...]]
    """By basis the weight of each locality."""
    lines: Span
    """The rows of Lines that it takes; they stand together."""
    funds: tuple[str, ...] = ()
    """The funds of these lines."""
    onto: str = ""
    """The geography that its budgets can be seen on by a crosswalk, if any."""
    people: tuple[tuple[Decimal, ...], ...] = ()
    """By locality, its people in each locality of that geography."""

    @property
    def weights_table(self) -> str:
        """The table of weights."""
        return weights_table(self.code)

    @property
    def running_table(self) -> str:
        """The table of running totals of the weights."""
        return running_table(self.code)

    @property
    def parts_table(self) -> str:
        """The table of lines and their parts."""
        return pooling_table(self.code)

    def by_fund_table(self, measure: str) -> str:
        """The table of the localities by fund: of their `budget`, `outturn` or `variance`."""
        return NamePerCode(measure)(self.code)


def pooling_tables(model: Model, divisions: Iterable[Division]) -> tuple[Table, ...]:
    """All tables from the lines to the locality budgets, in the order they read each other; pounds to the penny."""
    every = tuple(divisions)
    tables = [lines_table()]
    for division in every:
        tables += [_weights(division), _running(division), _parts(division)]
    tables += [fund_table(model)]
    for division in every:
        tables += [*_locality_budgets(model, division), _by_arrangement(division)]
        tables += [_per_head(division)] if _has_weights_everywhere(division) else []
    return (*tables, *_levels(model))


def lines_table() -> Table:
    """The budget lines.

    One row per line, in pounds to the penny.
    """
    columns: list[Column] = [
        Given("line", TEXT, "Line", editable=False),
        Given("description", TEXT, "Description", editable=False),
        Given("fund", TEXT, "Fund"),
        Given("service", TEXT, "Service", editable=False),
        Given("level", TEXT, "Level"),
        Given("weights", TEXT, "Locality or basis"),
        Given("holder", TEXT, "Holder"),
        Given("provider", TEXT, "Provider", editable=False),
        Given("pool", TEXT, "Pool"),
        Given("treatment", TEXT, "Treatment"),
        Given("recurrent", TEXT, "Recurrent"),
        Given("budget", MONEY, "Budget"),
        Given("outturn", MONEY, "Outturn"),
        Step("variance", MONEY, "Variance", Col("budget") - Col("outturn")),
        Given("source", TEXT, "Where the figure comes from", editable=False),
        Given("file", TEXT, "File", editable=False),
        Given("sheet", TEXT, "Sheet", editable=False),
        Given("budget_cell", TEXT, "Cell of the budget", editable=False),
        Given("outturn_cell", TEXT, "Cell of the outturn", editable=False),
        Given("input", TEXT, "Input of model.toml", editable=False),
    ]
    return table(LINES, "Budget lines", "one row per budget line", "line", columns)


def fund_table(model: Model) -> Table:
    """The funds.

    One row per fund.
    """
    funds = model.funds
    columns: list[Column] = [
        Given("fund", TEXT, "Fund", tuple(fund.code for fund in funds), editable=False),
        Given("name", TEXT, "Name", tuple(fund.name for fund in funds), editable=False),
        Given("family", TEXT, "Family", tuple(fund.family for fund in funds), editable=False),
        Given("holder", TEXT, "Holder", tuple(fund.holder for fund in funds), editable=False),
        Given("arrangement", TEXT, "Arrangement", tuple(fund.arrangement for fund in funds), editable=False),
        Given("clause", TEXT, "Clause or guidance", tuple(fund.clause for fund in funds), editable=False),
        Step("budget", MONEY, "Budget", Total(LINES, "budget", (("fund", Col("fund")),))),
        Step("outturn", MONEY, "Outturn", Total(LINES, "outturn", (("fund", Col("fund")),))),
        Step("variance", MONEY, "Variance", Col("budget") - Col("outturn")),
    ]
    return table(FUNDS, "Funds", "one row per fund", "fund", columns)


def _weights(division: Division) -> Table:
    """One row per basis, then one per locality for the lines that name it; one column per locality."""
    bases, count = tuple(division.weights), len(division.localities)
    keys = (*bases, *division.localities)
    labels = (*(f"Basis: {basis}" for basis in bases), *(f"Directly to {name}" for name in division.names))
    columns: list[Column] = [
        Given("weights", TEXT, "Weights", keys, editable=False),
        Given("meaning", TEXT, "Meaning", labels, editable=False),
    ]
    for number, (locality, name) in enumerate(zip(division.localities, division.names, strict=True)):
        direct = tuple(Decimal(int(number == other)) for other in range(count))
        values = (*(division.weights[basis][number] for basis in bases), *direct)
        columns.append(Given(locality, WEIGHT, name, values, additive=False))
    title = f"Weights of the localities ({division.code})"
    return table(division.weights_table, title, "one row per basis or locality", "weights", columns)


def _running(division: Division) -> Table:
    """The running totals of the weights over the localities in order of their code."""
    steps: list[Step] = []
    before: Expr | None = None
    for locality, name in zip(division.localities, division.names, strict=True):
        upto = Col(locality) if before is None else before + Col(locality)
        steps.append(Step(f"upto_{locality}", WEIGHT, f"Up to {name}", upto, additive=False))
        before = Col(f"upto_{locality}")
    rows = len(division.weights) + len(division.localities)
    keys = Step("running_for", TEXT, "Running totals of", Col("weights"))
    title = f"Running totals of the weights ({division.code})"
    span = Span(division.weights_table, 0, rows)
    return table(division.running_table, title, "one row per basis or locality", "running_for", [keys, *steps], span)


def _parts(division: Division) -> Table:
    """The parts of each line in each locality, of the budget and of the outturn."""
    key = Step("pooled_line", TEXT, "Line", Col("line"))
    fund = Step("pooled_fund", TEXT, "Fund", Col("fund"))
    row = Step(
        "weights_row", COUNT, "Row of its weights", Position(division.running_table, Col("weights")), additive=False
    )
    last = f"upto_{division.localities[-1]}"
    whole = Step(
        "whole", WEIGHT, "Total weight", Item(division.running_table, last, Col("weights_row")), additive=False
    )
    parts = [step for measure in MEASURES for step in _measure_parts(division, measure)]
    title = f"Lines apportioned to localities ({division.code})"
    columns = [key, fund, row, whole, *parts]
    return table(division.parts_table, title, "one row per locality-level line", "pooled_line", columns, division.lines)


def _measure_parts(division: Division, measure: str) -> list[Step]:
    amount = Step(f"{measure}_amount", MONEY, measure.capitalize(), Col(measure))
    steps = [amount]
    before: Expr = ZERO
    for locality, name in zip(division.localities, division.names, strict=True):
        upto: Expr = Item(division.running_table, f"upto_{locality}", Col("weights_row"))
        part = Part(Col(amount.name), before, upto, Col("whole"))
        steps.append(Step(part_column(measure, locality), MONEY, f"{name}: {measure}", part))
        before = upto
    left = Col(amount.name) - total_of(Col(step.name) for step in steps[1:])
    return [*steps, Step(f"{measure}_left", MONEY, f"{measure.capitalize()} left over", left)]


def _locality_budgets(model: Model, division: Division) -> list[Table]:
    """Budget, outturn and variance by fund and locality, with what stays above the localities beside them."""
    return [_by_fund(model, division, measure) for measure in MEASURES] + [_variance_by_fund(model, division)]


def _by_fund(model: Model, division: Division, measure: str) -> Table:
    steps = [
        Step(
            locality,
            MONEY,
            name,
            Total(division.parts_table, part_column(measure, locality), (("pooled_fund", Col("fund")),)),
        )
        for locality, name in zip(division.localities, division.names, strict=True)
    ]
    steps.append(Step("localities", MONEY, "All localities", total_of(Col(step.name) for step in steps)))
    return _fund_rows(model, division, measure, f"{measure.capitalize()} by locality and fund", steps)


def _variance_by_fund(model: Model, division: Division) -> Table:
    budget, outturn = (division.by_fund_table(measure) for measure in MEASURES)
    steps = [
        Step(column, MONEY, label, _same_fund(model, budget, column, outturn))
        for column, label in (*zip(division.localities, division.names, strict=True), ("localities", "All localities"))
    ]
    return _fund_rows(model, division, "variance", "Variance by locality and fund", steps)


def _same_fund(model: Model, budget: str, column: str, outturn: str) -> Expr:
    same = (("fund", Col("fund")),)
    return Total(budget, column, same) - Total(outturn, column, same)


def _fund_rows(model: Model, division: Division, measure: str, title: str, steps: list[Step]) -> Table:
    """The funds that have lines in the localities."""
    funds = [fund for fund in model.funds if fund.code in division.funds]
    columns: list[Column] = [
        Given("fund", TEXT, "Fund", tuple(fund.code for fund in funds), editable=False),
        Given("fund_name", TEXT, "Name", tuple(fund.name for fund in funds), editable=False),
        Given("arrangement", TEXT, "Arrangement", tuple(fund.arrangement for fund in funds), editable=False),
        *steps,
    ]
    return table(division.by_fund_table(measure), f"{title} ({division.code})", "one row per fund", "fund", columns)


def _by_arrangement(division: Division) -> Table:
    """The single locality budget by arrangement: legally pooled, aligned, or only in view."""
    meanings = {
        Arrangement.POOLED: "In the section 75 pooled fund",
        Arrangement.ALIGNED: "Managed together, not in the legal pool",
        Arrangement.IN_VIEW: "Shown only",
    }
    columns: list[Column] = [
        Given("arrangement", TEXT, "Arrangement", tuple(meanings), editable=False),
        Given("meaning", TEXT, "Meaning", tuple(meanings.values()), editable=False),
    ]
    for column, label in (*zip(division.localities, division.names, strict=True), ("localities", "All localities")):
        matching = Total(budget_table(division.code), column, (("arrangement", Col("arrangement")),))
        columns.append(Step(column, MONEY, label, matching))
    title = f"The single locality budget, and what of it is legally pooled ({division.code})"
    return table(arrangements_table(division.code), title, "one row per arrangement", "arrangement", columns)


def _has_weights_everywhere(division: Division) -> bool:
    return bool(division.weights) and all(weight > 0 for weights in division.weights.values() for weight in weights)


def _per_head(division: Division) -> Table:
    """The single locality budget per unit of each basis, such as per registered patient."""
    key = Step("per", TEXT, "Per", Col("weights"))
    steps = [
        Step(f"per_{locality}", PER_HEAD, name, Total(budget_table(division.code), locality) / Col(locality))
        for locality, name in zip(division.localities, division.names, strict=True)
    ]
    title = f"The single locality budget for each unit of a basis ({division.code})"
    span = Span(division.weights_table, 0, len(division.weights))
    return table(per_head_table(division.code), title, "one row per basis", "per", [key, *steps], span)


def _levels(model: Model) -> tuple[Table, Table]:
    """Money by level of subsidiarity, and the lines that stay above the localities by fund."""
    columns: list[Column] = [Given("level", TEXT, "Level", tuple(Level), editable=False)]
    for measure in MEASURES:
        columns.append(Step(measure, MONEY, measure.capitalize(), Total(LINES, measure, (("level", Col("level")),))))
    columns.append(Step("variance", MONEY, "Variance", Col("budget") - Col("outturn")))
    whole = Step("whole", MONEY, "Budget of all levels", Total(LEVELS, "budget"), additive=False)
    share = when(Col("whole"), "=", ZERO, ZERO, Col("budget") / Col("divisor"))
    columns += [whole, _divisor(), Step("share", SHARE, "Share of the budget", share)]
    levels = table(LEVELS, "Money by level of subsidiarity", "one row per level", "level", columns)
    return levels, _funds_above(model)


def _divisor() -> Step:
    divisor = when(Col("whole"), "=", ZERO, ONE, Col("whole"))
    return Step("divisor", MONEY, "Divisor (1 where the total is 0)", divisor, additive=False)


def _funds_above(model: Model) -> Table:
    columns: list[Column] = [
        Given("fund", TEXT, "Fund", tuple(fund.code for fund in model.funds), editable=False),
        Given("fund_name", TEXT, "Name", tuple(fund.name for fund in model.funds), editable=False),
    ]
    for level in Level:
        same = (("fund", Col("fund")), ("level", level.value))
        columns.append(Step(level.value, MONEY, level.value.capitalize(), Total(LINES, "budget", same)))
    columns.append(Step("budget", MONEY, "All levels", total_of(Col(level.value) for level in Level)))
    sections = (Section("Budget by fund and level", tuple(columns)),)
    return Table(FUNDS_BY_LEVEL, "Budget by fund and level", "one row per fund", "fund", sections)
