"""The step language: every operator as an expression, as the figures it computes and as the formula it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ironcalc import create

from riskshare.formula.evaluate import evaluate
from riskshare.formula.language import (
    ONE,
    ZERO,
    Arithmetic,
    Cell,
    Col,
    Column,
    Each,
    Expr,
    Given,
    Holding,
    If,
    Item,
    Least,
    Most,
    Number,
    Part,
    Position,
    Running,
    Span,
    Step,
    Sum,
    Table,
    Total,
    least,
    most,
    table,
    total_of,
    when,
    written,
)
from riskshare.formula.to_excel import ToExcel
from riskshare.formula.units import COUNT, GATE, MONEY, SHARE, TEXT, WEIGHT, Unit
from riskshare.outputs.workbook.layout import EXTENDED_MARK, MARK, Block, Layout, PlacedTable
from riskshare.problems.errors import FormulaError, TooLargeError

FIRST_ROW = 2
EIGHT_DECIMALS = Unit("test", "", 8)

# The tables that the expressions below read, as sheets show them:
#
#   Lines  A     B     C        D       E     F        Rates  A        B      C      D
#   1      line  fund  place    a       b     row      1      place    upto   share  open
#   2      L1    core  GRAYS    100.00  3     1        2      GRAYS    3      0.25   1
#   3      L2    grant TILBURY  0.05    1     2        3      TILBURY  4      0.5    0
#   4      L3    core  GRAYS    -0.05   2     1              4      Total    7


def d(*figures: str) -> tuple[Decimal, ...]:
    """Figures as they are written."""
    return tuple(Decimal(figure) for figure in figures)


LINES: list[Column] = [
    Given("line", TEXT, "Line", ("L1", "L2", "L3")),
    Given("fund", TEXT, "Fund", ("core", "grant", "core")),
    Given("place", TEXT, "Place", ("GRAYS", "TILBURY", "GRAYS")),
    Given("a", MONEY, "A", d("100.00", "0.05", "-0.05")),
    Given("b", WEIGHT, "B", d("3", "1", "2")),
    Given("row", COUNT, "Row", d("1", "2", "1")),
]
RATES = table(
    "rates",
    "Rates",
    "one row per place",
    "rate_of",
    [
        Given("rate_of", TEXT, "Place", ("GRAYS", "TILBURY")),
        Given("upto", WEIGHT, "Up to", d("3", "4")),
        Given("share", SHARE, "Share", d("0.25", "0.5")),
        Given("open", GATE, "Open", d("1", "0")),
    ],
)
A, B = Col("a"), Col("b")
HALF, THREE = Number(Decimal("0.5")), Number(Decimal(3))


def lines_with(*steps: Step) -> Table:
    """The lines, with steps in the columns from G on."""
    return table("lines", "Lines", "one row per line", "line", [*LINES, *steps])


def computed(expr: Expr, unit: Unit = MONEY) -> list[Decimal | str]:
    """What the engine computes for every line."""
    step = Step("answer", unit, "Answer", expr)
    return evaluate([RATES, lines_with(step)], {})["lines"]["answer"].to_list()


def formula(expr: Expr, unit: Unit = MONEY, row: int = FIRST_ROW) -> str:
    """The Excel formula of a step of the lines in a row of their sheet, as it stands in the cell G2."""
    step = Step("answer", unit, "Answer", expr)
    blocks = [
        PlacedTable(Block(RATES, totals=True), "Rates", 0, 2),
        PlacedTable(Block(lines_with(step)), "Lines", 0, 3),
    ]
    layout = Layout(blocks, {"rates": {"GRAYS": 0, "TILBURY": 1}, "lines": {"L1": 0, "L2": 1, "L3": 2}})
    lowered = ToExcel(layout.seen_from("lines")).step(step)
    text = lowered if isinstance(lowered, str) else lowered[row - FIRST_ROW]
    return text.replace(MARK, str(row))


# Operator: expression, unit, what it is for the three lines, and its formula in the row of the first.
OPERATORS: dict[str, tuple[Expr, Unit, Sequence[str], str]] = {
    "a number": (Number(Decimal("2.5")), MONEY, ("2.50", "2.50", "2.50"), "=2.5"),
    "a column": (A, MONEY, ("100.00", "0.05", "-0.05"), "=D2"),
    "plus": (A + B, MONEY, ("103.00", "1.05", "1.95"), "=ROUND(D2+E2,2)"),
    "minus": (A - B, MONEY, ("97.00", "-0.95", "-2.05"), "=ROUND(D2-E2,2)"),
    "the opposite": (-A, MONEY, ("-100.00", "-0.05", "0.05"), "=ROUND(-D2,2)"),
    "times": (A * B, MONEY, ("300.00", "0.05", "-0.10"), "=ROUND(D2*E2,2)"),
    "divided by": (A / B, MONEY, ("33.33", "0.05", "-0.03"), "=ROUND(D2/E2,2)"),
    "sum of neighbours": (Sum((A, B)), MONEY, ("103.00", "1.05", "1.95"), "=ROUND(SUM(D2:E2),2)"),
    "sum of others": (Sum((A, Col("row"))), MONEY, ("101.00", "2.05", "0.95"), "=ROUND(SUM(D2,F2),2)"),
    "sum of many others": (
        Sum((B, Col("row")) * 7),
        MONEY,
        ("28.00", "21.00", "21.00"),
        "=ROUND(SUM(E2:F2,E2:F2,E2:F2,E2:F2,E2:F2,E2:F2,E2:F2),2)",
    ),
    "the least": (least(A, B, ONE), MONEY, ("1.00", "0.05", "-0.05"), "=ROUND(MIN(D2,E2,1),2)"),
    "the most": (most(A, B, ONE), MONEY, ("100.00", "1.00", "2.00"), "=ROUND(MAX(D2,E2,1),2)"),
    "at least": (when(A, ">=", B, ONE), GATE, ("1", "0", "0"), "=ROUND(IF(D2>=E2,1,0),0)"),
    "more than": (when(A, ">", ZERO, ONE), GATE, ("1", "1", "0"), "=ROUND(IF(D2>0,1,0),0)"),
    "at most": (when(B, "<=", ONE, ONE), GATE, ("0", "1", "0"), "=ROUND(IF(E2<=1,1,0),0)"),
    "less than": (when(A, "<", ZERO, -A, A), MONEY, ("100.00", "0.05", "0.05"), "=ROUND(IF(D2<0,-D2,D2),2)"),
    "equal to": (when(B, "=", ONE, A, B), MONEY, ("3.00", "0.05", "2.00"), "=ROUND(IF(E2=1,D2,E2),2)"),
    "the first part": (Part(A, ZERO, ONE, B), MONEY, ("33.33", "0.05", "-0.03"), "=ROUND(ROUND(D2*1/E2,2),2)"),
    "a later part": (
        Part(A, ONE, Number(Decimal(2)), THREE),
        MONEY,
        ("33.34", "0.01", "-0.01"),
        "=ROUND(ROUND(D2*2/3,2)-ROUND(D2*1/3,2),2)",
    ),
    "running total": (Running(A), MONEY, ("100.00", "100.05", "100.00"), "=ROUND(SUM(D$2:D2),2)"),
    "total of a column": (Total("lines", "a"), MONEY, ("100.00", "100.00", "100.00"), "=ROUND(SUM($D$2:$D$4),2)"),
    "total of what holds": (
        Holding("rates", "open"),
        COUNT,
        ("1", "1", "1"),
        "=ROUND(SUMIFS(Rates!$D$2:$D$3,Rates!$D$2:$D$3,1),0)",
    ),
    "total that a sheet shows": (Total("rates", "upto"), WEIGHT, ("7", "7", "7"), "=Rates!$B$4"),
    "total of some rows": (
        Total("lines", "a", (("fund", "core"),)),
        MONEY,
        ("99.95", "99.95", "99.95"),
        '=ROUND(SUMIFS($D$2:$D$4,$B$2:$B$4,"core"),2)',
    ),
    "total of the rows like this one": (
        Total("lines", "b", (("fund", Col("fund")), ("place", Col("place")))),
        MONEY,
        ("5.00", "1.00", "5.00"),
        "=ROUND(SUMIFS($E$2:$E$4,$B$2:$B$4,B2,$C$2:$C$4,C2),2)",
    ),
    "total of rows that aren't there": (
        Total("rates", "upto", (("rate_of", Col("fund")),)),
        MONEY,
        ("0.00", "0.00", "0.00"),
        "=ROUND(SUMIFS(Rates!$B$2:$B$3,Rates!$A$2:$A$3,B2),2)",
    ),
    "a cell": (Cell("rates", "share", "TILBURY"), SHARE, ("0.5", "0.5", "0.5"), "=Rates!$C$3"),
    "a cell of text": (Cell("lines", "fund", "L2"), TEXT, ("grant", "grant", "grant"), "=$B$3"),
    "a position": (
        Position("rates", Col("place")),
        COUNT,
        ("1", "2", "1"),
        "=ROUND(MATCH(C2,Rates!$A$2:$A$3,0),0)",
    ),
    "an item": (Item("rates", "share", Col("row")), SHARE, ("0.25", "0.5", "0.25"), "=INDEX(Rates!C$2:C$3,F2)"),
    "each row its own": (Each((A, B, A * B)), MONEY, ("100.00", "1.00", "-0.10"), "=D2"),
    "each row its own total": (
        Each((Total("rates", "upto"), ZERO, Cell("rates", "share", "GRAYS"))),
        MONEY,
        ("7.00", "0.00", "0.25"),
        "=Rates!$B$4",
    ),
}


@pytest.mark.parametrize("operator", OPERATORS)
def test_an_operator_is_the_same_as_figures_and_as_a_formula(operator: str) -> None:
    expr, unit, figures, text = OPERATORS[operator]
    answers = computed(expr, unit)
    assert answers == [figure if unit is TEXT else Decimal(figure) for figure in figures]
    assert formula(expr, unit) == text
    for row, answer in enumerate(answers, start=FIRST_ROW):
        assert spreadsheet(formula(expr, unit, row), row) == answer


def test_rows_that_a_table_takes_from_another_are_read_on_its_sheet() -> None:
    step = Step("twice", MONEY, "Twice", A + A)
    key = Step("pooled_line", TEXT, "Line", Col("line"))
    parts = table("parts", "Parts", "one row per line", "pooled_line", [key, step], Span("lines", 1, 2))
    assert evaluate([lines_with(), parts], {})["parts"].select("pooled_line", "twice").rows() == [
        ("L2", Decimal("0.10")),
        ("L3", Decimal("-0.10")),
    ]
    layout = Layout(
        [PlacedTable(Block(lines_with()), "Lines", 0, 3), PlacedTable(Block(parts), "Locality parts", 0, 2)], {}
    )
    lowering = ToExcel(layout.seen_from("parts"))
    assert lowering.step(key) == f"=Lines!A{EXTENDED_MARK}"
    assert lowering.step(step) == f"=ROUND(Lines!D{EXTENDED_MARK}+Lines!D{EXTENDED_MARK},2)"


# A formula binds as the expression does: it is never read otherwise by a spreadsheet.
BINDING: list[tuple[Expr, str]] = [
    (A + B * A, "D2+E2*D2"),
    ((A + B) * A, "(D2+E2)*D2"),
    (A * (B + A), "D2*(E2+D2)"),
    (A - (B - A), "D2-(E2-D2)"),
    (A - (B + A), "D2-(E2+D2)"),
    ((A - B) - A, "D2-E2-D2"),
    (A + (B - A), "D2+E2-D2"),
    (A / (B * A), "D2/(E2*D2)"),
    (A / (B / A), "D2/(E2/D2)"),
    (A * B / A, "D2*E2/D2"),
    (A * (B / A), "D2*E2/D2"),
    ((A + B) / (A - B), "(D2+E2)/(D2-E2)"),
    (-A + B, "-D2+E2"),
    (-(A + B), "-(D2+E2)"),
    (-(A * B), "-D2*E2"),
    (A * -B, "D2*(-E2)"),
    (A - -B, "D2-(-E2)"),
    (ZERO - -A, "-(-D2)"),
    (A - Number(Decimal("-0.5")), "D2--0.5"),
    (least(A - B, A) * B, "MIN(D2-E2,D2)*E2"),
    (A - when(A, ">", B - ONE, B, A - B), "D2-IF(D2>E2-1,E2,D2-E2)"),
    (total_of([]), "0"),
    (total_of([A]), "D2"),
    (total_of([A, B * B]), "D2+E2*E2"),
]


@pytest.mark.parametrize(("expr", "text"), BINDING, ids=[text for _, text in BINDING])
def test_a_formula_binds_as_its_expression_does(expr: Expr, text: str) -> None:
    assert formula(expr, EIGHT_DECIMALS).removeprefix("=ROUND(").removesuffix(",8)").removeprefix("=") == text
    for row, answer in enumerate(computed(expr, EIGHT_DECIMALS), start=FIRST_ROW):
        assert spreadsheet(formula(expr, EIGHT_DECIMALS, row), row) == answer


# Rounding: the unit rounds, once, half away from zero


@pytest.mark.parametrize(
    ("amount", "rate", "answer"),
    [
        ("0.01", "0.5", "0.01"),
        ("-0.01", "0.5", "-0.01"),
        ("0.25", "0.5", "0.13"),
        ("-0.25", "0.5", "-0.13"),
        ("2.01", "0.5", "1.01"),
        ("-2.01", "0.5", "-1.01"),
        ("0.01", "0.499999", "0.00"),
        ("-0.01", "0.499999", "0.00"),
        ("1234567890.05", "0.5", "617283945.03"),
    ],
)
def test_half_a_penny_is_rounded_away_from_zero(amount: str, rate: str, answer: str) -> None:
    assert product(amount, rate) == Decimal(answer)


def test_half_to_even_which_polars_rounds_by_would_lose_pennies() -> None:
    """£0.25 x 0.5 is 12.5p: 13p, as Excel's ROUND has it; half to even gives 12p."""
    exact = Decimal("0.25") * Decimal("0.5")
    assert product("0.25", "0.5") == Decimal("0.13")
    assert exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN) == Decimal("0.12")


def test_a_product_is_rounded_once() -> None:
    """£0.09 x 5.55% is 0.4995p, nothing; rounded to the four decimals of the rate first, it would become a penny."""
    assert product("0.09", "0.0555") == 0


def test_a_ratio_is_not_rounded_on_the_way() -> None:
    """£100 x (1 / 3) is £33.33; with the ratio kept to pennies it would be £33.00."""
    assert computed(A * (ONE / THREE))[0] == Decimal("33.33")


def test_a_step_reads_what_an_earlier_step_shows() -> None:
    """Each step is rounded as it is shown: a third of £100 is £33.33, and three of these are £99.99."""
    third, thrice = Step("third", MONEY, "A third", A / THREE), Step("thrice", MONEY, "Thrice", Col("third") * THREE)
    assert evaluate([lines_with(third, thrice)], {})["lines"]["thrice"][0] == Decimal("99.99")


# What is refused


def test_a_null_is_refused() -> None:
    nameless = table(
        "lines", "Lines", "one row per line", "line", [Given("line", TEXT, "Line"), Step("x", MONEY, "X", A)]
    )
    frame = pl.DataFrame({"line": ["L1", "L2"], "a": [Decimal(1), None]}, schema_overrides={"a": pl.Decimal(38, 16)})
    with pytest.raises(FormulaError, match="table lines: no value in some rows of x"):
        evaluate([nameless], {"lines": frame})


@pytest.mark.parametrize(
    "expr",
    [A / (B - B), A / ZERO, Part(A, ZERO, ONE, ZERO)],
    ids=["columns", "zero", "a part of no weights"],
)
def test_a_division_by_zero_is_refused(expr: Expr) -> None:
    with pytest.raises(FormulaError, match=r"table lines: division by zero .* in answer"):
        computed(expr)


@pytest.mark.parametrize(("amount", "refused"), [("999999999999.99", False), ("1e12", True), ("-1e12", True)])
def test_money_from_a_trillion_is_refused(amount: str, refused: bool) -> None:
    expr = Number(Decimal(amount))
    if refused:
        with pytest.raises(TooLargeError, match="table lines: answer reaches £1e12"):
            computed(expr)
    else:
        assert computed(expr)[0] == Decimal(amount)


def test_a_product_that_cannot_be_kept_exactly_is_refused() -> None:
    with pytest.raises(TooLargeError, match=r"table lines: overflow .* in answer"):
        computed(Number(Decimal("1e11")) * Number(Decimal("1e11")) / Number(Decimal("1e11")))


@pytest.mark.parametrize("key", ["CANVEY", "GRAYS"])
def test_a_cell_needs_one_row_with_its_key(key: str) -> None:
    twice = table(
        "rates", "", "", "rate_of", [Given("rate_of", TEXT, "", ("GRAYS", "GRAYS")), Given("x", MONEY, "", d("1", "2"))]
    )
    with pytest.raises(FormulaError, match=f"key '{key}', not one"):
        evaluate([twice, lines_with(Step("answer", MONEY, "", Cell("rates", "x", key)))], {})


# What is hashed and pinned


def test_an_expression_is_written_in_a_way_that_stays() -> None:
    """Changing any of these texts changes the pin of every model: that is a decision, not an accident."""
    assert written(Part(A, ZERO, ONE, B)) == "Part(Col('a'),Number(0),Number(1),Col('b'))"
    assert written(when(A, ">=", HALF, B)) == "If(Comparison('>=',Col('a'),Number(0.5)),Col('b'),Number(0))"
    where = (("fund", "core"), ("place", Col("place")))
    assert written(Total("lines", "a", where)) == "Total('lines','a',(('fund','core'),('place',Col('place'))))"
    assert written(Each((A, least(A, B)))) == "Each((Col('a'),Least((Col('a'),Col('b')))))"


def test_the_same_number_is_written_the_same() -> None:
    assert written(Number(Decimal("2.50"))) == written(Number(Decimal("2.5"))) == "Number(2.5)"
    assert written(Number(Decimal("1E+2"))) == written(Number(Decimal(100))) == "Number(100)"


def test_different_expressions_are_written_differently() -> None:
    several = [expr for expr, _, _, _ in OPERATORS.values()] + [expr for expr, _ in BINDING]
    several += [Col("A"), Col("Col('a')"), Total("lines", "a", (("fund", Col("core")),)), Part(A, ZERO, B, ONE)]
    distinct = list(dict.fromkeys(several))
    assert len({written(expr) for expr in distinct}) == len(distinct)


# Properties


pennies = st.integers(-(10**12), 10**12).map(lambda number: Decimal(number) / 100)
weights = st.lists(st.decimals(0, 10**6, places=3), min_size=1, max_size=8).filter(any)


@given(st.lists(pennies, min_size=1, max_size=12), weights)
def test_parts_add_to_the_total_and_stay_within_a_penny(totals: list[Decimal], weighed: list[Decimal]) -> None:
    whole, parts = sum(Fraction(weight) for weight in weighed), parts_of(totals, weighed)
    for total, row in zip(totals, parts, strict=True):
        assert sum(row) == total
        for part, weight in zip(row, weighed, strict=True):
            assert abs(Fraction(part) - Fraction(total) * Fraction(weight) / whole) <= Fraction(1, 100)


@given(st.lists(pennies, min_size=1, max_size=12), weights)
def test_parts_are_what_exact_fractions_give(totals: list[Decimal], weighed: list[Decimal]) -> None:
    exact = [Fraction(weight) for weight in weighed]
    for total, row in zip(totals, parts_of(totals, weighed), strict=True):
        upto = [rounded(Fraction(total) * sum(exact[:number]) / sum(exact), 2) for number in range(len(exact) + 1)]
        assert row == [high - low for low, high in pairwise(upto)]


def parts_of(totals: list[Decimal], weighed: list[Decimal]) -> list[list[Decimal]]:
    """Every total in parts by running-total rounding."""
    columns: list[Column] = [
        Given("line", TEXT, "", tuple(f"L{number}" for number in range(len(totals)))),
        Given("total", MONEY, "", tuple(totals)),
    ]
    upto = [Number(sum(weighed[:number], Decimal(0))) for number in range(len(weighed) + 1)]
    columns += [
        Step(f"part_{number}", MONEY, "", Part(Col("total"), upto[number], upto[number + 1], upto[-1]))
        for number in range(len(weighed))
    ]
    frame = evaluate([table("parts", "", "", "line", columns)], {})["parts"]
    return [list(row) for row in frame.select(f"part_{number}" for number in range(len(weighed))).rows()]


amounts = st.integers(-(10**7), 10**7).map(lambda number: Number(Decimal(number) / 100))
combined = st.one_of(
    st.builds(Arithmetic, st.sampled_from("+-*"), amounts, amounts),
    st.builds(least, amounts, amounts),
    st.builds(most, amounts, amounts),
    st.builds(when, amounts, st.sampled_from([">=", ">", "<=", "<", "="]), amounts, amounts, amounts),
)
expressions = st.one_of(
    amounts,
    combined,
    st.builds(Arithmetic, st.sampled_from("+-*"), combined, combined),
    st.builds(most, combined, combined, amounts),
    st.builds(when, combined, st.sampled_from([">=", "<", "="]), amounts, combined, combined),
)
divisors = st.integers(1, 10**6).map(lambda number: Number(Decimal(number) / 100))


@given(
    st.lists(st.one_of(expressions, st.builds(Arithmetic, st.just("/"), expressions, divisors)), min_size=1, max_size=8)
)
def test_an_expression_is_exact_until_its_unit_rounds_it(drawn: list[Expr]) -> None:
    """Multiply, divide last, round once: what exact fractions give, to eight decimals."""
    steps = [Step(f"x{number}", EIGHT_DECIMALS, "", expr) for number, expr in enumerate(drawn)]
    frame = evaluate([table("t", "", "", "key", [Given("key", TEXT, "", ("one",)), *steps])], {})["t"]
    for step in steps:
        assert frame[step.name][0] == rounded(exactly(step.expr), 8)


def exactly(expr: Expr) -> Fraction:
    """The value of an expression of numbers as an exact fraction."""
    match expr:
        case Number(value):
            return Fraction(value)
        case If(asked, then, otherwise):
            left, right = exactly(asked.left), exactly(asked.right)
            holds = {">=": left >= right, ">": left > right, "<=": left <= right, "<": left < right, "=": left == right}
            return exactly(then if holds[asked.operator] else otherwise)
        case Arithmetic(operator, one, other):
            left, right = exactly(one), exactly(other)
            return (
                left / right if operator == "/" else {"+": left + right, "-": left - right, "*": left * right}[operator]
            )
        case Least(terms):
            return min(exactly(term) for term in terms)
        case Most(terms):
            return max(exactly(term) for term in terms)
    raise AssertionError(expr)


# How


def product(amount: str, rate: str) -> Decimal:
    """An amount times a rate, as a step in money."""
    columns = [
        Given("line", TEXT, "", ("L1",)),
        Given("amount", MONEY, "", d(amount)),
        Given("rate", SHARE, "", d(rate)),
    ]
    answer = Step("answer", MONEY, "", Col("amount") * Col("rate"))
    return Decimal(evaluate([table("lines", "", "", "line", [*columns, answer])], {})["lines"]["answer"][0])


def rounded(exact: Fraction, decimals: int) -> Decimal:
    """An exact number rounded half away from zero."""
    units = abs(exact) * 10**decimals
    whole = (2 * units.numerator + units.denominator) // (2 * units.denominator)
    return Decimal(whole if exact >= 0 else -whole).scaleb(-decimals)


def spreadsheet(text: str, row: int) -> Decimal | str:
    """What IronCalc makes of a formula in the answer's column, G; figures to twelve decimals."""
    desk = create("formula")
    desk.rename_sheet(0, "Lines")
    desk.add_sheet("Rates")
    for sheet, shown in enumerate((lines_with(), RATES)):
        for column, entry in enumerate(shown.columns, start=1):
            for line, value in enumerate(entry.values or (), start=FIRST_ROW):  # type: ignore[union-attr]
                desk.set_user_input(sheet, line, column, f"'{value}" if entry.unit is TEXT else str(value))
    desk.set_user_input(1, 4, 2, "=SUM(B2:B3)")
    desk.set_user_input(0, row, 7, text)
    desk.evaluate()
    value = desk.get_cell_value(0, row, 7)
    return value if isinstance(value, str) else round(Decimal(value or 0), 12)
