"""Lowers an expression in one row to a formula with the amounts in it, and says which figures decide it.

What adds nothing is left out, the side of an IF that is not taken leads nowhere, and of a MIN or MAX only the figure
that wins is opened; so a formula stays short and still gives its figure.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import Protocol

from riskshare.formula.display import amount, plain
from riskshare.formula.language import (
    ONE,
    ZERO,
    Arithmetic,
    Comparison,
    Expr,
    If,
    Least,
    Most,
    Number,
    Part,
    Position,
    Sum,
    every_part,
    in_row,
    not_lowered,
)
from riskshare.formula.to_decimal import Figure, Row, Terms, ToDecimal, Values, Whole, added
from riskshare.formula.units import MONEY, WEIGHT, Unit

MOST_TERMS = 8
LARGEST = 5
FEW = 3
SIGNS = {"*": "×", "/": "÷"}


class NamedValues(Values, Protocol):
    """Where computed figures are looked up, with their units and what a reader calls them."""

    def unit(self, reference: Figure | Whole, /) -> Unit:
        """What a figure or a total measures."""

    def called(self, reference: Figure | Whole, /) -> str:
        """What a reader calls it."""


@dataclass(frozen=True, slots=True)
class Others:
    """The contributions that are not shown one by one."""

    count: int
    amount: Decimal


class Care(IntEnum):
    """What becomes of a figure that a formula reads: nothing, one line, or a branch of its own."""

    NOTHING = 0
    ONE_LINE = 1
    BRANCH = 2


class _InOneRow(ABC):
    """Lowers expressions of one row and notes the figures that they read."""

    def __init__(self, figures: NamedValues, row: Row) -> None:
        """The computed figures, and the row that the expressions stand in."""
        self._figures, self._exact, self._row = figures, ToDecimal(figures), row
        self.branches: dict[Figure | Whole, bool] = {}
        """The figures that are read, each with whether it decides the result."""
        self.zeros: dict[Figure | Whole, None] = {}
        """The figures that add nothing, in the order in which they are read."""
        self.others: Others | None = None
        """What is not shown one by one."""

    def step(self, expr: Expr, unit: Unit) -> str:
        """The formula of a step, with its unit's rounding where the expression can have more decimals."""
        own = in_row(expr, self._row.number)
        text = self.lower(own, Care.BRANCH)
        inner = (part for part in every_part(own) if isinstance(part, Arithmetic))
        if unit.decimals is None or not any(part.operator in SIGNS for part in inner):
            return text
        return f"ROUND({text})" if unit.decimals == 2 else f"ROUND({text}, {unit.decimals})"

    @abstractmethod
    def said(self, figure: Figure | Whole) -> str:
        """A figure as the formula shows it."""

    @abstractmethod
    def gathered(self, value: Decimal, unit: Unit, terms: Terms) -> str:
        """Several terms as the formula shows them together."""

    def lower(self, expr: Expr, care: Care) -> str:
        """The expression on one line; an operator without a lowering is a programmer's error."""
        figure = self._exact.operand(expr, self._row)
        if figure is not None:
            return self._noted(figure, care)
        match expr:
            case Number(value):
                return plain(value)
            case Sum() | Arithmetic("+" | "-"):
                return self._joined(self._pieces(expr, care))
            case Arithmetic(operator, left, right):
                return f"{self._inside(left, care)} {SIGNS[operator]} {self._inside(right, care, operator)}"
            case Least(terms) | Most(terms):
                name, choose = ("MIN", min) if isinstance(expr, Least) else ("MAX", max)
                return f"{name}({self._chosen(terms, choose(map(self._value, terms)), care)})"
        return self._special(expr, care)

    def _special(self, expr: Expr, care: Care) -> str:
        match expr:
            case If(condition, then, otherwise):
                return self._if(condition, then, otherwise, care)
            case Part():
                return self._part(expr, care)
            case Position():
                return plain(self._value(expr))
        raise not_lowered(expr, "a formula with amounts")

    def same(self, expr: Expr) -> Figure | Whole | None:
        """The figure that the expression comes to, unchanged."""
        figure = self._exact.operand(expr, self._row)
        if figure is not None:
            return figure
        match expr:
            case Sum() | Arithmetic("+" | "-"):
                live = [(sign, term) for sign, term in added(expr) if self._value(term)]
                return self.same(live[0][1]) if len(live) == 1 and live[0][0] > 0 else None
            case If(Comparison("=", left, right), _, otherwise) if right == ZERO and otherwise == left:
                return self.same(left) if self._value(left) else None
            case Part() if self._is_all(expr):
                return self.same(expr.total)
        return None

    def _value(self, expr: Expr) -> Decimal:
        return self._exact.value(expr, self._row)

    def _noted(self, figure: Figure | Whole, care: Care) -> str:
        if care is not Care.NOTHING:
            self.branches[figure] = self.branches.get(figure, False) or care is Care.BRANCH
        return self.said(figure)

    def _inside(self, expr: Expr, care: Care, after: str = "") -> str:
        """An expression as part of a product: in brackets where it adds, or is a product itself behind a division."""
        if isinstance(expr, Sum | Arithmetic) and self._exact.operand(expr, self._row) is None:
            text = self.lower(expr, care)
            adds = isinstance(expr, Sum) or expr.operator in "+-"
            alone = adds and len(self._live(added(expr))) == 1 and not text.startswith("-")
            return text if alone or (not adds and after != "/") else f"[{text}]"
        return self.lower(expr, care)

    def _live(self, terms: Terms) -> Terms:
        """The terms that are not zero; a few of them where all are."""
        live = [(sign, term) for sign, term in terms if self._value(term)]
        return live or [(sign, term) for sign, term in terms if term != ZERO][:FEW] or terms[:1]

    def _pieces(self, expr: Expr, care: Care) -> list[tuple[int, str]]:
        terms = added(expr)
        live = self._live(terms)
        shown, rest = self._largest(live)
        if care is Care.BRANCH:
            left_out = (self._exact.operand(term, self._row) for sign, term in terms if (sign, term) not in live)
            self.zeros |= dict.fromkeys(figure for figure in left_out if figure is not None)
        pieces = [(sign, self.lower(term, care)) for sign, term in shown]
        if rest:
            value = self._exact.total(rest, self._row)
            pieces.append((1, self.gathered(value, self._unit(rest), rest)))
            self.others = Others(len(rest), value) if care is Care.BRANCH else self.others
        return pieces

    def _largest(self, terms: Terms) -> tuple[Terms, Terms]:
        if len(terms) <= MOST_TERMS:
            return terms, []
        by_size = sorted(range(len(terms)), key=lambda number: -abs(self._value(terms[number][1])))
        kept = set(by_size[:LARGEST])
        shown = [term for number, term in enumerate(terms) if number in kept]
        return shown, [term for number, term in enumerate(terms) if number not in kept]

    @staticmethod
    def _joined(pieces: Iterable[tuple[int, str]]) -> str:
        text = "".join(f"{' + ' if sign > 0 else ' - '}{piece}" for sign, piece in pieces)
        return text.removeprefix(" + ") if text.startswith(" + ") else f"-{text.removeprefix(' - ')}"

    def _unit(self, terms: Terms) -> Unit:
        """What terms measure together: money where any of them does."""
        parts = (part for _, term in terms for part in every_part(term) if isinstance(part, Expr))
        read = (self._exact.operand(part, self._row) for part in parts)
        units = [self._figures.unit(figure) for figure in read if figure is not None]
        return MONEY if MONEY in units else next(iter(units), WEIGHT)

    def _chosen(self, terms: tuple[Expr, ...], winner: Decimal, care: Care) -> str:
        """The terms of a MIN or MAX: the first that wins matters, the others are told in one line."""
        decides = next(number for number, term in enumerate(terms) if self._value(term) == winner)
        cares = (care if number == decides else min(care, Care.ONE_LINE) for number in range(len(terms)))
        return ", ".join(self.lower(term, own) for term, own in zip(terms, cares, strict=True))

    def _if(self, condition: Comparison, then: Expr, otherwise: Expr, care: Care) -> str:
        holds = self._exact.holds(condition, self._row)
        asked = f"{self.lower(condition.left, care)} {condition.operator} {self.lower(condition.right, care)}"
        yes = self.lower(then, care if holds else Care.NOTHING)
        no = self.lower(otherwise, Care.NOTHING if holds else care)
        return f"IF({asked}, {yes}, {no})"

    def _is_all(self, part: Part) -> bool:
        """Whether a part is the whole of its total."""
        whole = self._value(part.whole)
        return bool(whole) and self._value(part.upto) == whole and not self._value(part.before)

    def _part(self, part: Part, care: Care) -> str:
        total = self._inside(part.total, care)
        if self._is_all(part):
            return total
        before, upto = added(part.before), added(part.upto)
        texts = [self._weights(terms) for terms in (upto, before)]
        for _, own in (term for term in upto if term not in before):
            self.lower(own, care)
        if len(before) == 1:
            self.lower(part.before, min(care, Care.ONE_LINE))
        whole = "" if part.whole == ONE else f" ÷ {self._inside(part.whole, care)}"
        first = f"ROUND({total} × {texts[0]}{whole})"
        return f"{first} - ROUND({total} × {texts[1]}{whole})" if self._value(part.before) else first

    def _weights(self, terms: Terms) -> str:
        live = self._live(terms)
        if len(live) == 1 and live[0][0] > 0:
            return self.lower(live[0][1], Care.NOTHING)
        return self.gathered(self._exact.total(terms, self._row), self._unit(terms), terms)


class ToAmounts(_InOneRow):
    """Every figure by its amount: what a reader with a calculator can follow."""

    def __init__(self, figures: NamedValues, row: Row, shown: Values | None = None) -> None:
        """The computed figures, the row, and the figures as they are to be shown if not with all their decimals."""
        super().__init__(figures, row)
        self._shown = shown or figures

    def said(self, figure: Figure | Whole) -> str:
        """The amount."""
        return amount(self._shown.value(figure), self._figures.unit(figure))

    def gathered(self, _: Decimal, unit: Unit, terms: Terms) -> str:
        """What the terms add to, as they are shown."""
        return amount(ToDecimal(self._shown).total(terms, self._row), unit)


class ToLabels(_InOneRow):
    """Every figure by what it is called."""

    def words(self, expr: Expr) -> str:
        """An expression that is no step: a part of one."""
        return self.lower(expr, Care.NOTHING)

    def said(self, figure: Figure | Whole) -> str:
        """The label."""
        return self._figures.called(figure)

    def gathered(self, value: Decimal, unit: Unit, terms: Terms) -> str:
        """The first and the last of the terms."""
        first, last = (self.lower(term, Care.NOTHING) for _, term in (terms[0], terms[-1]))
        return f"[{first} + … + {last}]" if len(terms) > 2 else f"[{first} + {last}]"
