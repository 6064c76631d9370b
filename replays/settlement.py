"""A settlement as it was computed again, beside the one that was published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from riskshare.figures.computed import ComputedModel

Row = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure: what the model gives, what was published, and how far the printed decimals let them differ."""

    name: str
    ours: Decimal
    published: Decimal
    tolerance: Decimal

    @property
    def agrees(self) -> bool:
        """Whether they differ by no more than the tolerance."""
        return abs(self.ours - self.published) <= self.tolerance


@dataclass(frozen=True, slots=True)
class Settlement:
    """One pool's settlement: reproduced where every figure agrees; otherwise `reason` says why not."""

    pool: str
    track: str
    side: str
    figures: tuple[Compared, ...]
    reason: str = ""

    @property
    def reproduced(self) -> bool:
        """Whether every figure agrees."""
        return all(figure.agrees for figure in self.figures)

    @property
    def why(self) -> str:
        """Why it is not reproduced: nothing where it is."""
        wrong = next((figure for figure in self.figures if not figure.agrees), None)
        if wrong is None:
            return ""
        found = f"{wrong.name} {wrong.ours:,.0f}, published {wrong.published:,.0f} (within {wrong.tolerance:,.0f})"
        return f"{self.pool}: {found}" + (f": {self.reason}" if self.reason else "")


def pools_of(built: ComputedModel, columns: Mapping[str, str]) -> dict[str, Row]:
    """Figures of every pool of a model by the pool's code in its table: our name = column of the Share tables.

    A step that the rules of a pool group do not have is 0 there.
    """
    figures: dict[str, Row] = {}
    for group in built.plan.groups:
        frame = built.figures[group.table.name]
        has = {name: column for name, column in columns.items() if column in frame.columns}
        values = frame.select("pool", **{name: has.get(name, pl.lit(Decimal(0))) for name in columns})
        figures |= {str(row.pop("pool")).partition(":")[2]: row for row in values.iter_rows(named=True)}
    return figures


def side_of(variance: Decimal) -> str:
    """Whether a pool's variance is a gain or a loss."""
    return "gain" if variance >= 0 else "loss"
