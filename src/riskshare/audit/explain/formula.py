"""Lowers an expression in one row to a formula with the amounts in it, and says which figures decide it.

What adds nothing is left out, the side of an IF that is not taken leads nowhere, and of a MIN or MAX only the figure
that wins is opened; so a formula stays short and still gives its figure.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from decimal import Decimal
from enum import IntEnum

import polars as pl

from riskshare.audit.explain.exact import Exact, Terms, added
from riskshare.audit.explain.figure_index import Atlas
from riskshare.audit.explain.references import Branch, Figure, Formula, Others, Row, Spot, Whole
from riskshare.formula.display import amount, plain
from riskshare.formula.language import (
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
)
from riskshare.formula.units import MONEY, WEIGHT, Unit

MOST_TERMS = 8
LARGEST = 5
FEW = 3
SIGNS = {"*": "×", "/": "÷"}


class Care(IntEnum):
    """What becomes of a figure that a formula reads: nothing, one line, or a branch of its own."""

    NOTHING = 0
    ONE_LINE = 1
    BRANCH = 2


class Formulas:
    """Writes the formula of any figure or total."""

    def __init__(self, atlas: Atlas) -> None:
        """The computed model."""
        self._atlas, self._exact = atlas, Exact(atlas)

    def of(self, spot: Figure | Whole) -> Formula | None:
        """How a spot is made; none where it is given."""
        if isinstance(spot, Whole):
            return self._total(spot)
        expr = self._atlas.expr(spot)
        return None if expr is None else self._step(expr, self._atlas.unit(spot), spot.row)

    def _step(self, expr: Expr, unit: Unit, row: Row) -> Formula:
        words, amounts = _Words(self._atlas, self._exact, row), _Amounts(self._atlas, self._exact, row)
        texts = [_in_unit(writer.text(expr, Care.BRANCH), expr, unit) for writer in (words, amounts)]
        branches = tuple(Branch(spot, opened) for spot, opened in amounts.branches.items())
        same = amounts.same(expr)
        kept = same if same and self._atlas.value(same) == self._exact.step(expr, unit, row) else None
        return Formula(texts[0], texts[1], branches, tuple(amounts.zeros), amounts.others, kept)

    def _total(self, spot: Whole) -> Formula:
        """A total with its largest contributions, and what the others add to."""
        unit, rows = self._atlas.unit(spot), self._atlas.rows(spot).filter(pl.col("amount") != 0)
        ordered = rows.sort(pl.col("amount").abs(), descending=True, maintain_order=True)
        shown, rest = ordered["number"].head(worth_showing(rows.height)), ordered["amount"]
        rest = rest.slice(shown.len())
        others = Others(rest.len(), Decimal(rest.sum())) if rest.len() else None
        figures = [self._atlas.figure(Row(spot.table, number), spot.column) for number in shown]
        values = [self._atlas.value(figure) for figure in figures] + ([others.amount] if others else [])
        named = self._atlas.named(spot)
        return Formula(
            f"total of {named.label} over {named.row}",
            " + ".join(amount(value, unit) for value in values or [Decimal(0)]),
            tuple(Branch(figure, opened=True, by_row=True) for figure in figures),
            others=others,
            same=figures[0] if len(values) == 1 else None,
        )


def worth_showing(count: int) -> int:
    """How many of so many contributions are shown one by one: never is one alone called the others."""
    return count if count <= LARGEST + 1 else LARGEST


def _in_unit(text: str, expr: Expr, unit: Unit) -> str:
    """The text with its unit's rounding, where the expression can have more decimals."""
    inner = (part for part in every_part(expr) if isinstance(part, Arithmetic))
    if unit.decimals is None or not any(part.operator in SIGNS for part in inner):
        return text
    return f"ROUND({text})" if unit.decimals == 2 else f"ROUND({text}, {unit.decimals})"


class _Writer(ABC):
    """Writes an expression in one row and notes the figures that it reads."""

    def __init__(self, atlas: Atlas, exact: Exact, row: Row) -> None:
        self._atlas, self._exact, self._row = atlas, exact, row
        self.branches: dict[Spot, bool] = {}
        self.zeros: dict[Spot, None] = {}
        self.others: Others | None = None

    @abstractmethod
    def said(self, spot: Spot) -> str:
        """A figure as the formula shows it."""

    @abstractmethod
    def gathered(self, value: Decimal, unit: Unit, terms: Terms) -> str:
        """Several terms as the formula shows them together."""

    def text(self, expr: Expr, care: Care) -> str:
        """The expression on one line."""
        spot = self._exact.operand(expr, self._row)
        if spot is not None:
            return self._noted(spot, care)
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
        raise TypeError(f"no words for {type(expr).__name__}")

    def same(self, expr: Expr) -> Spot | None:
        """The figure that the expression comes to, unchanged."""
        spot = self._exact.operand(expr, self._row)
        if spot is not None:
            return spot
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

    def _noted(self, spot: Spot, care: Care) -> str:
        if care is not Care.NOTHING:
            self.branches[spot] = self.branches.get(spot, False) or care is Care.BRANCH
        return self.said(spot)

    def _inside(self, expr: Expr, care: Care, after: str = "") -> str:
        """An expression as part of a product: in brackets where it adds, or is a product itself behind a division."""
        if isinstance(expr, Sum | Arithmetic) and self._exact.operand(expr, self._row) is None:
            text = self.text(expr, care)
            adds = isinstance(expr, Sum) or expr.operator in "+-"
            alone = adds and len(self._live(added(expr))) == 1 and not text.startswith("-")
            return text if alone or (not adds and after != "/") else f"[{text}]"
        return self.text(expr, care)

    def _live(self, terms: Terms) -> Terms:
        """The terms that are not zero; a few of them where all are."""
        live = [(sign, term) for sign, term in terms if self._value(term)]
        return live or [(sign, term) for sign, term in terms if term != ZERO][:FEW] or terms[:1]

    def _pieces(self, expr: Expr, care: Care) -> list[tuple[int, str]]:
        terms = added(expr)
        live = self._live(terms)
        shown, rest = self._largest(live)
        if care is Care.BRANCH:
            spots = (self._exact.operand(term, self._row) for _, term in terms if (_, term) not in live)
            self.zeros |= dict.fromkeys(spot for spot in spots if spot is not None)
        pieces = [(sign, self.text(term, care)) for sign, term in shown]
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
        spots = (self._exact.operand(part, self._row) for part in parts)
        units = [self._atlas.unit(spot) for spot in spots if spot is not None]
        return MONEY if MONEY in units else next(iter(units), WEIGHT)

    def _chosen(self, terms: tuple[Expr, ...], winner: Decimal, care: Care) -> str:
        """The terms of a MIN or MAX: the first that wins matters, the others are told in one line."""
        decides = next(number for number, term in enumerate(terms) if self._value(term) == winner)
        cares = (care if number == decides else min(care, Care.ONE_LINE) for number in range(len(terms)))
        return ", ".join(self.text(term, own) for term, own in zip(terms, cares, strict=True))

    def _if(self, condition: Comparison, then: Expr, otherwise: Expr, care: Care) -> str:
        holds = self._exact.holds(condition, self._row)
        asked = f"{self.text(condition.left, care)} {condition.operator} {self.text(condition.right, care)}"
        yes = self.text(then, care if holds else Care.NOTHING)
        no = self.text(otherwise, Care.NOTHING if holds else care)
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
            self.text(own, care)
        if len(before) == 1:
            self.text(part.before, min(care, Care.ONE_LINE))
        whole = self._inside(part.whole, care)
        first = f"ROUND({total} × {texts[0]} ÷ {whole})"
        return f"{first} - ROUND({total} × {texts[1]} ÷ {whole})" if self._value(part.before) else first

    def _weights(self, terms: Terms) -> str:
        live = self._live(terms)
        if len(live) == 1 and live[0][0] > 0:
            return self.text(live[0][1], Care.NOTHING)
        return self.gathered(self._exact.total(terms, self._row), self._unit(terms), terms)


class _Amounts(_Writer):
    """Every figure by its amount."""

    def said(self, spot: Spot) -> str:
        """The amount."""
        return amount(self._atlas.value(spot), self._atlas.unit(spot))

    def gathered(self, value: Decimal, unit: Unit, terms: Terms) -> str:
        """What the terms add to."""
        return amount(value, unit)


class _Words(_Writer):
    """Every figure by what it is called."""

    def said(self, spot: Spot) -> str:
        """The label, with its row where that is another one."""
        named = self._atlas.named(spot)
        here = isinstance(spot, Figure) and spot.row == self._row
        return named.label if here or isinstance(spot, Figure) else f"{named.label} ({named.row})"

    def gathered(self, value: Decimal, unit: Unit, terms: Terms) -> str:
        """The first and the last of the terms."""
        first, last = (self.text(term, Care.NOTHING) for _, term in (terms[0], terms[-1]))
        return f"[{first} + … + {last}]" if len(terms) > 2 else f"[{first} + {last}]"
