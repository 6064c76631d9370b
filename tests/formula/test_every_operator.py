"""Every operator of the step language is known wherever an expression becomes something else: a forgotten one fails."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest

from riskshare.formula.evaluate import evaluate
from riskshare.formula.language import (
    ONE,
    ZERO,
    Arithmetic,
    Cell,
    Col,
    Comparison,
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
    Step,
    Sum,
    Table,
    Total,
    table,
    written,
)
from riskshare.formula.scaled import Doubts, Scaled, constant, rounded
from riskshare.formula.to_amounts import ToAmounts, ToLabels
from riskshare.formula.to_decimal import Figure, Row, ToDecimal, Whole
from riskshare.formula.to_excel import EXCEL_FUNCTIONS, ToExcel
from riskshare.formula.to_floats import ToFloats
from riskshare.formula.to_words import ToWords
from riskshare.formula.units import COUNT, GATE, MONEY, TEXT, Unit
from riskshare.outputs.workbook.fast_worksheet import refuse_other_functions
from riskshare.outputs.workbook.layout import MARK, Block, Layout, PlacedTable
from riskshare.problems.errors import FormulaError, LayoutError
from riskshare.proof.error_bounds import Amount, Exactly

# The sheet Lines, on which an operator's figure stands in the row of the second line:
#
#     A     B    C    D     E      F
# 1   line  a    b    row   holds  answer
# 2   L1    -6   2    1     0
# 3   L2    9    4    2     1      <-
LINES = (
    Given("line", TEXT, "Line", ("L1", "L2")),
    Given("a", MONEY, "A", (Decimal(-6), Decimal(9))),
    Given("b", MONEY, "B", (Decimal(2), Decimal(4))),
    Given("row", COUNT, "Row", (Decimal(1), Decimal(2))),
    Given("holds", GATE, "Holds", (Decimal(0), Decimal(1))),
)
CELLS = {
    ("Lines", f"{'ABCDE'[number]}{row}"): value if isinstance(value, str) else float(value)
    for number, column in enumerate(LINES)
    for row, value in enumerate(column.values or (), start=2)
}
A, B = Col("a"), Col("b")

# Every operator: its tag in every pin, an expression with it, and for the second line its figure, that with the amounts
# in it, and in words.
OPERATORS: dict[type[Expr], tuple[str, Expr, str, str, str]] = {
    Number: ("Number", Number(Decimal(7)), "7", "7", "7"),
    Col: ("Col", A, "9", "£9.00", "a"),
    Arithmetic: ("Arithmetic", A / B - B, "-1.75", "ROUND(£9.00 ÷ £4.00 - £4.00)", "a ÷ b - b"),
    Sum: ("Sum", Sum((A, B)), "13", "£9.00 + £4.00", "a + b"),
    Least: ("Least", Least((A, B)), "4", "MIN(£9.00, £4.00)", "MIN(a, b)"),
    Most: ("Most", Most((A, B)), "9", "MAX(£9.00, £4.00)", "MAX(a, b)"),
    If: ("If", If(Comparison(">=", A, B), A, ZERO), "9", "IF(£9.00 >= £4.00, £9.00, 0)", "IF(a >= b, a, 0)"),
    Part: (
        "Part",
        Part(A, ONE, B, Number(Decimal(7))),
        "3.85",
        "ROUND(£9.00 × £4.00 ÷ 7) - ROUND(£9.00 × 1 ÷ 7)",
        "ROUND(a × b ÷ 7) - ROUND(a × 1 ÷ 7)",
    ),
    Running: ("Running", Running(A), "3", "£3.00", "running total of a, pools in order"),
    Total: ("Total", Total("lines", "a", (("line", "L2"),)), "9", "£9.00", "total of a over all pools (line = 'L2')"),
    Holding: ("Holding", Holding("lines", "holds"), "1", "£1.00", "total of holds over all pools"),
    Cell: ("Cell", Cell("lines", "a", "L1"), "-6", "(£6.00)", "a of L1"),
    Position: ("Position", Position("lines", Col("line")), "2", "2", "row of line in 'lines'"),
    Item: ("Item", Item("lines", "b", Col("row")), "4", "£4.00", "b in that row of 'lines'"),
    Each: ("Each", Each((B, A)), "9", "£9.00", "b; a"),
}
of_every_operator = pytest.mark.parametrize("kind", OPERATORS, ids=lambda kind: str(kind.__name__))


def every_operator() -> set[type[Expr]]:
    """The operators of the package, wherever they are written."""
    return {
        kind
        for kind in _below(Expr)
        if kind.__module__.startswith("riskshare") and getattr(sys.modules[kind.__module__], kind.__name__) is kind
    }


def _below(kind: type[Expr]) -> Iterator[type[Expr]]:
    for other in kind.__subclasses__():
        yield other
        yield from _below(other)


class Lines:
    """The figures of the lines, as `explain` looks them up."""

    def figure(self, row: Row, column: str) -> Figure:
        """The figure itself."""
        return Figure(row.table, column, row.number)

    def value(self, reference: Figure | Whole, /) -> Decimal:
        """What stands in the table, added up where it is a total."""
        frame = pl.DataFrame({column.name: column.values for column in LINES})
        if isinstance(reference, Figure):
            return Decimal(frame[reference.column][reference.number])
        rows = frame.head(reference.upto) if reference.upto is not None else frame
        for name, text in reference.where:
            rows = rows.filter(pl.col(name) == text)
        return Decimal(rows[reference.column].sum())

    def text(self, row: Row, column: str) -> str:
        """The key of a line."""
        return ("L1", "L2")[row.number]

    def position(self, table: str, key: str) -> int | None:
        """The number of a line."""
        return ("L1", "L2").index(key)

    def unit(self, reference: Figure | Whole, /) -> Unit:
        """Pounds, whatever it is."""
        return MONEY

    def called(self, reference: Figure | Whole, /) -> str:
        """The name of the column."""
        return reference.column


class DrawnLines:
    """The figures of the lines, as the lowering to doubles looks them up: the same in each draw."""

    def __init__(self) -> None:
        self.ended: dict[tuple[Expr, Expr, Expr], Scaled] = {}

    def column(self, table: str, name: str) -> Scaled:
        """The amounts of a column."""
        values = next(column.values or () for column in LINES if column.name == name)
        return constant([Decimal(value) for value in values])

    def matching(self, total: Total, table: str) -> tuple[np.ndarray[Any, Any], None]:
        """The rows of the line that the total is of."""
        return np.array([("L1", "L2").index(str(total.where[0][1]))]), None

    def position(self, table: str, key: str) -> int:
        """The number of a line."""
        return ("L1", "L2").index(key)

    def numbers(self, table: str, column: str) -> np.ndarray[Any, Any]:
        """The numbers in the column `row`."""
        return np.array([1, 2])

    def texts(self, table: str, column: str) -> list[str]:
        """The keys of the lines."""
        return ["L1", "L2"]


def in_doubles(expr: Expr) -> Decimal:
    """What the lowering to doubles makes of the second line."""
    doubts = Doubts(np.zeros(1, dtype=np.bool_))
    pennies = rounded(ToFloats(DrawnLines(), "lines", doubts).lower(expr), 2, doubts).number
    assert not doubts.draws.any()
    return Decimal(int(pennies[-1, 0])).scaleb(-2)


def lines_with(expr: Expr) -> Table:
    """The lines with an answer."""
    return table("lines", "Lines", "one row per line", "line", (*LINES, _answer(expr)))


def _answer(expr: Expr) -> Step:
    return Step("answer", MONEY, "Answer", expr)


def excel(expr: Expr) -> str:
    """The formula of the second line."""
    layout = Layout([PlacedTable(Block(lines_with(expr)), "Lines", 0, 2)], {"lines": {"L1": 0, "L2": 1}})
    lowered = ToExcel(layout.seen_from("lines")).step(_answer(expr))
    return (lowered if isinstance(lowered, str) else lowered[1]).replace(MARK, "3")


def umpired(expr: Expr) -> Decimal:
    """What the umpire of half pennies makes of the formula."""
    result = Exactly(CELLS).result(("Lines", "F3"), excel(expr).removeprefix("="))
    assert isinstance(result, Amount)
    return Decimal(result.value.numerator) / Decimal(result.value.denominator)


LOWERINGS: dict[str, Callable[[Expr], object]] = {
    "polars": lambda expr: evaluate([lines_with(expr)], {})["lines"]["answer"][1],
    "Excel, calculated by the umpire": umpired,
    "exact decimals": lambda expr: ToDecimal(Lines()).step(expr, MONEY, Row("lines", 1)),
    "doubles": in_doubles,
    "amounts": lambda expr: ToAmounts(Lines(), Row("lines", 1)).step(expr, MONEY),
    "labels": lambda expr: ToLabels(Lines(), Row("lines", 1)).step(expr, MONEY),
    "words": lambda expr: ToWords("lines", str).words(expr),
}
FIGURES = ("polars", "Excel, calculated by the umpire", "exact decimals", "doubles")


def test_every_operator_has_its_row_in_this_table() -> None:
    assert every_operator() == set(OPERATORS)
    assert all(isinstance(row[1], kind) for kind, row in OPERATORS.items())


@of_every_operator
@pytest.mark.parametrize("lowering", FIGURES)
def test_every_operator_is_the_same_figure_in_every_lowering(kind: type[Expr], lowering: str) -> None:
    _, expr, figure, _, _ = OPERATORS[kind]
    assert LOWERINGS[lowering](expr) == Decimal(figure)


@of_every_operator
def test_every_operator_is_written_for_readers(kind: type[Expr]) -> None:
    _, expr, _, amounts, words = OPERATORS[kind]
    assert LOWERINGS["amounts"](expr) == amounts
    assert LOWERINGS["words"](expr) == words
    assert LOWERINGS["labels"](expr)


@of_every_operator
def test_every_function_that_an_operator_becomes_is_known(kind: type[Expr]) -> None:
    """In the table of functions, so that the worksheet writes it; the umpire calculates it in the test above."""
    formula = excel(OPERATORS[kind][1])
    assert set(re.findall(r"([A-Z]+)\(", formula)) <= EXCEL_FUNCTIONS.keys()
    refuse_other_functions(formula)


# Every function of the table, called once, and what it gives on the sheet above.
CALLS: dict[str, tuple[str, float | Decimal]] = {
    "IF": ("IF(B3>0,C2,C3)", 2),
    "INDEX": ("INDEX(B2:B3,2)", 9),
    "MATCH": ('MATCH("L2",A2:A3,0)', 2),
    "MAX": ("MAX(B2:B3,4)", 9),
    "MIN": ("MIN(B2:B3,4)", -6),
    "ROUND": ("ROUND(B3/C3,1)", Decimal("2.3")),
    "SUM": ("SUM(B2:B3,C2)", 5),
    "SUMIFS": ('SUMIFS(B2:B3,A2:A3,"L1")', -6),
}


@pytest.mark.parametrize("name", EXCEL_FUNCTIONS)
def test_the_umpire_calculates_every_function(name: str) -> None:
    formula, figure = CALLS[name]
    result = Exactly(CELLS).result(("Lines", "F3"), formula)
    assert isinstance(result, Amount)
    assert float(result.value) == float(figure)
    with pytest.raises(FormulaError, match=f"calls {name} with 0 arguments"):
        Exactly(CELLS).result(("Lines", "F3"), f"{name}()")


def test_the_words_that_pins_hash_have_not_changed() -> None:
    assert {kind: kind.__dict__["tag"] for kind in every_operator()} == {
        kind: row[0] for kind, row in OPERATORS.items()
    }
    assert Comparison.tag == "Comparison"


@dataclass(frozen=True, slots=True)
class Size(Expr):
    """An operator of this test's own, which no lowering knows: Excel's ABS."""

    tag: ClassVar[str] = "Magnitude"
    of: Expr


@pytest.mark.parametrize("lowering", LOWERINGS)
def test_an_operator_that_a_lowering_forgot_is_one_complaint(lowering: str) -> None:
    with pytest.raises(FormulaError, match="Size has no lowering to"):
        LOWERINGS[lowering](Size(A))


def test_a_class_may_be_renamed_because_its_tag_is_written() -> None:
    assert written(Size(A)) == "Magnitude(Col('a'))"


def test_a_function_outside_the_table_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taught to Excel alone, the operator is refused by the worksheet, and by the umpire."""
    monkeypatch.setattr(ToExcel, "lower", lambda self, expr: "ABS(B3)")
    with pytest.raises(LayoutError, match="calls a function other than"):
        refuse_other_functions(excel(Size(A)))
    with pytest.raises(FormulaError, match="calls ABS, which riskshare does not write"):
        umpired(Size(A))
