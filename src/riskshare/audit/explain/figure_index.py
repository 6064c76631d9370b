"""Atlas: the computed model as spots: what each is called, what it holds, and where it stands in the workbook."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cached_property, reduce
from operator import and_

import polars as pl
from xlsxwriter.utility import xl_rowcol_to_cell

from riskshare.audit.explain.references import Figure, Line, Named, Row, Spot, Whole
from riskshare.figures.computed import Built
from riskshare.formula.language import Column, Each, Expr, Given, Section, Table
from riskshare.formula.units import TEXT, Unit
from riskshare.outputs.workbook.canvas import Sheet
from riskshare.outputs.workbook.layout import Layout
from riskshare.outputs.write import all_sheets, lay_out
from riskshare.problems.findings import Finding

NAMES = ("description", "meaning", "measure_name", "title")
OF_PLACES = ("arrangements ", "budget ", "funds by level", "map ", "outturn ", "per head ", "variance ", "weights ")


class Atlas:
    """Finds a computed model's figures."""

    def __init__(self, built: Built, warnings: Iterable[Finding]) -> None:
        """The model, and the findings that its Checks sheet shows."""
        self.built = built
        self.figures = built.figures
        self.tables = {table.name: table for table in built.plan.tables}
        self._warnings = tuple(warnings)
        self._columns: dict[str, dict[str, Column]] = {}
        self._sections: dict[str, dict[str, Section]] = {}
        self._totals: dict[Whole, Decimal] = {}
        self._positions: dict[str, dict[str, int]] = {}

    @cached_property
    def sheets(self) -> tuple[Sheet, ...]:
        """The sheets of the workbook."""
        return all_sheets(self.built.plan, self.built.pin, self._warnings)

    @cached_property
    def layout(self) -> Layout:
        """Where everything stands in the workbook."""
        return lay_out(self.sheets, self.figures)

    def columns(self, table: str) -> dict[str, Column]:
        """A table's own columns by name."""
        if table not in self._columns:
            self._columns[table] = {column.name: column for column in self.tables[table].columns}
        return self._columns[table]

    def figure(self, row: Row, column: str) -> Figure:
        """The figure in a row: of its own table, or of the table that this one extends."""
        table, number = row.table, row.number
        while column not in self.columns(table):
            span = self.tables[table].extends
            if span is None:
                raise KeyError(f"table {table!r} has no column {column!r}")
            table, number = span.table, span.first + number
        return Figure(table, column, number)

    def column(self, spot: Figure | Whole) -> Column:
        """The column that a spot is in."""
        table = spot.table
        while spot.column not in self.columns(table):
            span = self.tables[table].extends
            table = span.table if span else ""
        return self.columns(table)[spot.column]

    def expr(self, spot: Figure) -> Expr | None:
        """The expression of a figure in its row; none where it is given."""
        column = self.column(spot)
        if isinstance(column, Given):
            return None
        return column.expr.rows[spot.number] if isinstance(column.expr, Each) else column.expr

    def unit(self, spot: Spot) -> Unit:
        """What a spot measures."""
        if isinstance(spot, Line):
            return self.columns("lines")["budget"].unit
        column = self.column(spot)
        if isinstance(spot, Figure) and isinstance(column, Given) and column.units:
            return column.units[spot.number]
        return column.unit

    def is_text(self, spot: Figure) -> bool:
        """Whether the spot holds words."""
        return self.column(spot).unit is TEXT

    def text(self, row: Row, column: str) -> str:
        """The words of a text column in a row."""
        return str(self.figures[row.table].get_column(column)[row.number])

    def value(self, spot: Spot) -> Decimal:
        """What a spot holds."""
        if isinstance(spot, Line):
            return self.value(Figure("lines", "budget", spot.number))
        if isinstance(spot, Whole):
            if spot not in self._totals:
                self._totals[spot] = Decimal(self.rows(spot)["amount"].sum() or 0)
            return self._totals[spot]
        return Decimal(self.figures[spot.table].get_column(spot.column)[spot.number])

    def rows(self, spot: Whole) -> pl.DataFrame:
        """The rows that a total adds up: their `number` and their `amount`."""
        frame = self.figures[spot.table]
        every = pl.DataFrame(
            {"number": pl.int_range(frame.height, eager=True), "amount": frame.get_column(spot.column)}
        )
        if spot.upto is not None:
            return every.head(spot.upto)
        if not spot.where:
            return every
        return every.filter(reduce(and_, (frame.get_column(column) == text for column, text in spot.where)))

    def position(self, table: str, key: str) -> int | None:
        """The number of the row with a key."""
        if table not in self._positions:
            keys = self.figures[table].get_column(self.tables[table].key)
            self._positions[table] = {text: number for number, text in enumerate(keys)}
        return self._positions[table].get(key)

    def named(self, spot: Spot) -> Named:
        """What a spot is called, and its cell."""
        if isinstance(spot, Line):
            line = self.named(Figure("lines", "budget", spot.number))
            return Named("Budget line", line.row, line.sheet, line.cell, "", "")
        if isinstance(spot, Figure) and spot.table == "payments" and spot.column.startswith("to_"):
            payer = self.text(spot.row, "account")
            return Named(f"{payer} pays {spot.column.removeprefix('to_')}", "", *self.cell(spot), "", "")
        column, section = self.column(spot), self._section(spot)
        clause = (column.clause or (section.clause if section else "")) or self._clause_of_term(spot)
        rule = section.title if section and section.clause else ""
        sheet, cell = self.cell(spot)
        title = self.row_title(spot.row) if isinstance(spot, Figure) else self._rows_title(spot)
        label = self._label(spot, column)
        return Named(label, title if title != label else "", sheet, cell, clause, rule)

    def cell(self, spot: Figure | Whole) -> tuple[str, str]:
        """The sheet and the cell of a spot; two empty texts where no cell holds it."""
        if spot.table not in self.layout.placed or not self.layout.shows(spot.table, spot.column):
            return "", ""
        if isinstance(spot, Figure):
            place: tuple[int, int] | None = self.layout.at(spot.table, spot.column, spot.number)
        else:
            whole = not spot.where and spot.upto is None
            place = self.layout.total_at(spot.table, spot.column) if whole else None
        return (self.layout.placement(spot.table).sheet, xl_rowcol_to_cell(*place)) if place else ("", "")

    def row_title(self, row: Row) -> str:
        """What a row is called: its key, and its name where that says more."""
        table = self.tables[row.table]
        frame = self.figures[row.table]
        key = str(frame.get_column(table.key)[row.number])
        name = next((str(frame.get_column(own)[row.number]) for own in self._name_columns(table)), "")
        if name.endswith(f" {key}") and name.startswith("Basis:"):
            return name
        return f"{key} {name}" if name and name.casefold() != key.casefold() else key

    def _name_columns(self, table: Table) -> list[str]:
        """The column that names the rows, if the table has one."""
        known = [column for column in self.figures[table.name].columns if column in NAMES or column.endswith("_name")]
        own = [column for column in known if column in self.columns(table.name)]
        return [column for column in (*own, *known) if column != table.key]

    def _label(self, spot: Figure | Whole, column: Column) -> str:
        if isinstance(spot, Figure) and spot.table in ("terms", "requirements"):
            return self.text(spot.row, "meaning")
        if isinstance(spot, Figure) and spot.table == "headline":
            return self.text(spot.row, "figure")
        table = self.tables[spot.table]
        return f"{table.title}: {column.label}" if spot.table.startswith(OF_PLACES) else column.label

    def _clause_of_term(self, spot: Figure | Whole) -> str:
        if not isinstance(spot, Figure):
            return ""
        by_table = {"terms": "clause", "decisions": "minute"}
        return self.text(spot.row, by_table[spot.table]) if spot.table in by_table else ""

    def _rows_title(self, spot: Whole) -> str:
        table = self.tables[spot.table]
        if spot.upto is not None:
            return f"first {spot.upto} of {self._many(table)}"
        if not spot.where:
            return f"all {self._many(table)}"
        words = (f"{self._heading(table, column)} {text}" for column, text in spot.where)
        return f"{self._many(table)} with {', '.join(words)}"

    def _many(self, table: Table) -> str:
        """The rows of a table in the plural: `pools`."""
        noun = table.grain.removeprefix("one row per ")
        simple = noun != table.grain and " or " not in noun and " and " not in noun
        return f"{noun}s" if simple else f"rows of '{table.title}'"

    def _heading(self, table: Table, column: str) -> str:
        found: Table | None = table
        while found is not None:
            if column in self.columns(found.name):
                return self.columns(found.name)[column].label
            found = self.tables[found.extends.table] if found.extends else None
        return column

    def _section(self, spot: Figure | Whole) -> Section | None:
        if spot.table not in self._sections:
            sections = self.tables[spot.table].sections
            self._sections[spot.table] = {column.name: entry for entry in sections for column in entry.columns}
        return self._sections[spot.table].get(spot.column)
