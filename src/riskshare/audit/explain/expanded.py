"""Opens a figure: follows it through the figures that it equals to the one that is calculated, or to its source."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from riskshare.audit.explain.figure_index import Atlas
from riskshare.audit.explain.formula import Formulas, worth_showing
from riskshare.audit.explain.references import Branch, Figure, Formula, Line, Named, Opened, Others, Row, Spot, Whole
from riskshare.audit.explain.sources import Sources
from riskshare.formula.language import Position, Step
from riskshare.formula.units import FIGURE, MONEY

PAIRED = "payers and receivers are matched in the order of the sheet: a payment is where their running totals overlap"
FACTS = ("fund", "service", "level", "weights", "holder", "provider", "pool", "treatment", "recurrent")


class Opener:
    """Opens the figures of a computed model; each is opened once."""

    def __init__(self, atlas: Atlas) -> None:
        """The computed model."""
        self.atlas = atlas
        self._formulas, self._sources = Formulas(atlas), Sources(atlas)
        self._opened: dict[Spot, Opened] = {}

    def opened(self, spot: Spot) -> Opened:
        """The figure with what explains it."""
        if spot not in self._opened:
            self._opened[spot] = self._line(spot) if isinstance(spot, Line) else self._figure(spot)
        return self._opened[spot]

    def _figure(self, spot: Figure | Whole) -> Opened:
        atlas, here = self.atlas, spot
        through: list[Named] = []
        unchanged: dict[str, None] = {}
        formula = self._formulas.of(here)
        while formula is not None and formula.same is not None and not isinstance(formula.same, Line):
            target = atlas.named(formula.same)
            if formula.zeros and target.rule != atlas.named(here).rule:
                unchanged[atlas.named(here).rule] = None
            here = formula.same
            through.append(target)
            formula = self._formulas.of(here)
        return Opened(
            here,
            atlas.named(spot),
            atlas.unit(here if atlas.unit(spot) is FIGURE else spot),
            atlas.value(spot),
            None if self._is_lookup(here) else formula,
            self._sources.of(here) if isinstance(here, Figure) and formula is None else None,
            tuple(through),
            tuple(rule for rule in unchanged if rule),
            self._lookup(here) or PAIRED * (spot.table == "payments"),
        )

    def _is_lookup(self, spot: Figure | Whole) -> bool:
        column = self.atlas.column(spot)
        return isinstance(column, Step) and isinstance(column.expr, Position)

    def _lookup(self, spot: Figure | Whole) -> str:
        column = self.atlas.column(spot)
        if not (isinstance(spot, Figure) and isinstance(column, Step) and isinstance(column.expr, Position)):
            return ""
        key = self.atlas.figure(spot.row, column.expr.key.name)
        title = self.atlas.tables[column.expr.table].title
        return f"the row of '{self.atlas.text(key.row, key.column)}' in '{title}'"

    def _line(self, spot: Line) -> Opened:
        """A line with its amounts, and what of its budget reaches each locality."""
        atlas, row = self.atlas, Row("lines", spot.number)
        facts = (f"{atlas.columns('lines')[name].label.lower()} {text}" for name, text in self._facts(row))
        amounts = [
            Branch(Figure("lines", name, spot.number), opened=True) for name in ("budget", "outturn", "variance")
        ]
        parts = [part for part in self._parts(spot.number) if atlas.value(part)]
        by_size = sorted(parts, key=lambda part: -abs(atlas.value(part)))[: worth_showing(len(parts))]
        shown = [part for part in parts if part in by_size]
        rest = [atlas.value(part) for part in parts if part not in by_size]
        others = Others(len(rest), sum(rest, start=Decimal(0))) if rest else None
        formula = Formula("", "", (*amounts, *(Branch(part, opened=True) for part in shown)), others=others)
        return Opened(spot, atlas.named(spot), MONEY, atlas.value(spot), formula, None, note="; ".join(facts))

    def _facts(self, row: Row) -> Iterator[tuple[str, str]]:
        known = self.atlas.columns("lines")
        texts = ((name, self.atlas.text(row, name)) for name in FACTS if name in known)
        yield from ((name, text) for name, text in texts if text not in ("", "-"))

    def _parts(self, number: int) -> Iterator[Figure]:
        """The parts of the line's budget in the localities of its geography."""
        for division in self.atlas.built.plan.divisions:
            own = number - division.lines.first
            if 0 <= own < division.lines.count:
                yield from (Figure(division.parts_table, f"budget_{code}", own) for code in division.localities)
