"""Expands a figure: follows it through the figures that it equals to the one that is calculated, or to its source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import polars as pl

from riskshare.audit.explain.figure_index import FigureIndex
from riskshare.audit.explain.references import Branch, Expanded, Formula, Line, Named, Reference
from riskshare.audit.explain.shown import AsShown
from riskshare.audit.explain.sources import Sources
from riskshare.figures.names import LINES, part_column
from riskshare.formula.display import amount
from riskshare.formula.language import Expr, Position, Step
from riskshare.formula.to_amounts import LARGEST, Others, ToAmounts, ToLabels
from riskshare.formula.to_decimal import Figure, Row, ToDecimal, Whole
from riskshare.formula.to_reasons import MOST_REASONS, ToReasons
from riskshare.formula.units import FIGURE, GATE, MONEY, Unit

FACTS = ("fund", "service", "level", "weights", "holder", "provider", "pool", "treatment", "recurrent")


class Expander:
    """Expands the figures of a computed model, each once."""

    def __init__(self, index: FigureIndex) -> None:
        """The computed model."""
        self.index = index
        self._formulas, self._sources = Formulas(index), Sources(index)
        self._expanded: dict[Reference, Expanded] = {}

    def expanded(self, reference: Reference) -> Expanded:
        """The figure with what explains it."""
        if reference not in self._expanded:
            self._expanded[reference] = (
                self._line(reference) if isinstance(reference, Line) else self._figure(reference)
            )
        return self._expanded[reference]

    def _figure(self, reference: Figure | Whole) -> Expanded:
        index, here = self.index, reference
        through: list[Named] = []
        unchanged: dict[str, None] = {}
        formula = self._formulas.of(here)
        while formula is not None and formula.same is not None and not isinstance(formula.same, Line):
            target = index.named(formula.same)
            if formula.zeros and formula.same.table == here.table and target.rule != index.named(here).rule:
                unchanged[index.named(here).rule] = None
            here = formula.same
            through.append(target)
            formula = self._formulas.of(here)
        formula = self._with_reasons_behind(formula, index.named(here).clause)
        return Expanded(
            here,
            index.named(reference),
            index.unit(here if index.unit(reference) is FIGURE else reference),
            index.value(reference),
            None if self._is_lookup(here) else formula,
            self._sources.of(here) if isinstance(here, Figure) and formula is None else None,
            tuple(through),
            tuple(rule for rule in unchanged if rule),
            self._lookup(here),
        )

    def _with_reasons_behind(self, formula: Formula | None, clause: str) -> Formula | None:
        """A yes or no says little by itself: what a gate lets through has the reasons of its own figures as well."""
        branches = formula.branches if formula else ()
        gates = [branch for branch in branches if self.index.unit(branch.reference) is GATE]
        if formula is None or not gates:
            return formula
        passed = (branch.reference for branch in branches if branch.decides and branch not in gates)
        behind = (reason for one in passed for reason in self._formulas.reasons(self._source_of(one), clause))
        return replace(formula, because=tuple(dict.fromkeys([*formula.because, *behind]))[:MOST_REASONS])

    def _source_of(self, reference: Reference) -> Reference:
        """The figure that another repeats, in the end."""
        return self.expanded(reference).reference

    def _is_lookup(self, reference: Figure | Whole) -> bool:
        column = self.index.column(reference)
        return isinstance(column, Step) and isinstance(column.expr, Position)

    def _lookup(self, reference: Figure | Whole) -> str:
        column = self.index.column(reference)
        if not (isinstance(reference, Figure) and isinstance(column, Step) and isinstance(column.expr, Position)):
            return ""
        key = self.index.figure(reference.row, column.expr.key.name)
        title = self.index.tables[column.expr.table].title
        return f"the row of '{self.index.text(key.row, key.column)}' in '{title}'"

    def _line(self, reference: Line) -> Expanded:
        """A line with its amounts, and what of its budget reaches each locality."""
        index, row = self.index, Row(LINES, reference.number)
        facts = (f"{index.columns(LINES)[name].label.lower()} {text}" for name, text in self._facts(row))
        amounts = [
            Branch(Figure(LINES, name, reference.number), decides=True) for name in ("budget", "outturn", "variance")
        ]
        parts = [part for part in self._parts(reference.number) if index.value(part)]
        by_size = sorted(parts, key=lambda part: -abs(index.value(part)))[: worth_showing(len(parts))]
        shown = [part for part in parts if part in by_size]
        rest = [index.value(part) for part in parts if part not in by_size]
        others = Others(len(rest), sum(rest, start=Decimal(0))) if rest else None
        formula = Formula("", "", (*amounts, *(Branch(part, decides=True) for part in shown)), others=others)
        return Expanded(
            reference, index.named(reference), MONEY, index.value(reference), formula, None, note="; ".join(facts)
        )

    def _facts(self, row: Row) -> Iterator[tuple[str, str]]:
        known = self.index.columns(LINES)
        texts = ((name, self.index.text(row, name)) for name in FACTS if name in known)
        yield from ((name, text) for name, text in texts if text not in ("", "-"))

    def _parts(self, number: int) -> Iterator[Figure]:
        """The parts of the line's budget in the localities of its geography."""
        for division in self.index.built.plan.divisions:
            own = number - division.lines.first
            if 0 <= own < division.lines.count:
                yield from (
                    Figure(division.parts_table, part_column("budget", code), own) for code in division.localities
                )


class Formulas:
    """Writes the formula of any figure or total."""

    def __init__(self, index: FigureIndex) -> None:
        """The computed model."""
        self._index, self._exact, self._shown = index, ToDecimal(index), AsShown(index)

    def of(self, reference: Figure | Whole) -> Formula | None:
        """How a figure is made; none where it is given."""
        if isinstance(reference, Whole):
            return self._total(reference)
        expr = self._index.expr(reference)
        if expr is None:
            return None
        return self._step(expr, self._index.unit(reference), reference.row, self._index.clause(reference))

    def reasons(self, reference: Reference, clause: str) -> tuple[str, ...]:
        """Why the sides of its IFs hold that do, with their clause unless it is this one."""
        if not isinstance(reference, Figure):
            return ()
        expr = self._index.expr(reference)
        return () if expr is None else ToReasons(self._index, reference.row).reasons(expr, clause)

    def _step(self, expr: Expr, unit: Unit, row: Row, clause: str) -> Formula:
        amounts = ToAmounts(self._index, row)
        texts = ToLabels(self._index, row).step(expr, unit), amounts.step(expr, unit)
        branches = tuple(Branch(figure, decides) for figure, decides in amounts.branches.items())
        same = amounts.same(expr)
        kept = same if same and self._index.value(same) == self._exact.step(expr, unit, row) else None
        because = ToReasons(self._index, row).reasons(expr, clause)
        shown = self._shown.formula(expr, unit, row)
        return Formula(texts[0], shown or texts[1], branches, tuple(amounts.zeros), amounts.others, kept, because)

    def _total(self, whole: Whole) -> Formula:
        """A total with its largest contributions, and what the others add to."""
        unit, rows = self._index.unit(whole), self._index.rows(whole).filter(pl.col("amount") != 0)
        ordered = rows.sort(pl.col("amount").abs(), descending=True, maintain_order=True)
        shown = ordered["number"].head(worth_showing(rows.height))
        rest = ordered["amount"].slice(shown.len())
        others = Others(rest.len(), Decimal(rest.sum())) if rest.len() else None
        figures = [self._index.figure(Row(whole.table, number), whole.column) for number in shown]
        values = self._shown.values(whole, figures, others.amount if others else None)
        named = self._index.named(whole)
        return Formula(
            f"total of {named.label} over {named.row}",
            " + ".join(amount(value, unit) for value in values or [Decimal(0)]),
            tuple(Branch(figure, decides=True, by_row=True) for figure in figures),
            others=others,
            same=figures[0] if len(values) == 1 else None,
        )


def worth_showing(count: int) -> int:
    """How many of so many contributions are shown one by one: never is one alone called the others."""
    return count if count <= LARGEST + 1 else LARGEST
