"""References: the figures that can be asked about, and one expanded: its formula with amounts, and its parts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from riskshare.formula.display import amount, shortened
from riskshare.formula.to_amounts import Others
from riskshare.formula.to_decimal import Figure, Whole
from riskshare.formula.units import Unit


@dataclass(frozen=True, slots=True)
class Line:
    """A budget line as a whole: its amounts, how it is treated and what of it reaches each locality."""

    number: int


Reference = Figure | Whole | Line


@dataclass(frozen=True, slots=True)
class Named:
    """What a figure is called and where it stands in the workbook; `row` names its row, `sheet` may be empty."""

    label: str
    row: str
    sheet: str
    cell: str
    clause: str
    rule: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a figure comes from: a file, and in it a line, or a sheet, row and column; `note` says what it means."""

    file: str
    sheet: str = ""
    row: int = 0
    column: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """A figure that another is made of; `decides` where it decides the other, so that it is worth expanding."""

    reference: Reference
    decides: bool
    by_row: bool = False


@dataclass(frozen=True, slots=True)
class Formula:
    """How a figure is made: in words, with the amounts, of what; `same` where it is another figure, unchanged.

    `because` says why the sides of its IFs hold that do.
    """

    words: str
    amounts: str
    branches: tuple[Branch, ...] = ()
    zeros: tuple[Reference, ...] = ()
    others: Others | None = None
    same: Reference | None = None
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expanded:
    """A figure with everything that explains it.

    `through` are the figures that it equals, in order; `unchanged` the rules on the way that moved nothing.
    """

    reference: Reference
    named: Named
    unit: Unit
    amount: Decimal
    formula: Formula | None
    source: Source | None
    through: tuple[Named, ...] = ()
    unchanged: tuple[str, ...] = ()
    note: str = ""

    @property
    def shown(self) -> str:
        """The amount: of a calculated percentage or number of points with as many decimals as the sheets show."""
        value = self.amount if self.formula is None else shortened(self.amount, self.unit)
        return amount(value, self.unit)
