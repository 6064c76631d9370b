"""Figure index: what every figure of a computed model is called, what it is, and where it stands in the workbook."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cached_property, reduce
from operator import and_

import polars as pl
from xlsxwriter.utility import xl_rowcol_to_cell

from riskshare.audit.explain.references import Line, Named, Reference
from riskshare.figures.computed import ComputedModel
from riskshare.figures.names import (
    DECISIONS,
    FUNDS_BY_LEVEL,
    HEADLINE,
    LINES,
    PAYMENTS,
    REQUIREMENTS,
    TERMS,
    arrangements_table,
    budget_table,
    map_table,
    outturn_table,
    paid_to_column,
    parsed,
    per_head_table,
    variance_table,
    weights_table,
)
from riskshare.figures.payments import pair_key
from riskshare.formula.language import Column, Expr, Given, Section, Table, in_row
from riskshare.formula.to_decimal import Figure, Row, Whole
from riskshare.formula.units import TEXT, Unit
from riskshare.outputs.workbook.canvas import Sheet
from riskshare.outputs.workbook.layout import Layout
from riskshare.outputs.write import all_sheets, lay_out
from riskshare.problems.findings import Finding

NAMES = ("description", "meaning", "measure_name", "title")
OF_PLACES = (
    *(arrangements_table.kind, budget_table.kind, outturn_table.kind, variance_table.kind, per_head_table.kind),
    *(map_table.kind, weights_table.kind, FUNDS_BY_LEVEL),
)


class FigureIndex:
    """Finds a computed model's figures by reference."""

    def __init__(self, built: ComputedModel, warnings: Iterable[Finding]) -> None:
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

    def column(self, reference: Figure | Whole) -> Column:
        """The column that a reference is in."""
        table = reference.table
        while reference.column not in self.columns(table):
            span = self.tables[table].extends
            table = span.table if span else ""
        return self.columns(table)[reference.column]

    def expr(self, reference: Figure) -> Expr | None:
        """The expression of a figure in its row; none where it is given."""
        column = self.column(reference)
        if isinstance(column, Given):
            return None
        return in_row(column.expr, reference.number)

    def unit(self, reference: Reference) -> Unit:
        """What a reference measures."""
        if isinstance(reference, Line):
            return self.columns(LINES)["budget"].unit
        column = self.column(reference)
        if isinstance(reference, Figure) and isinstance(column, Given) and column.units:
            return column.units[reference.number]
        return column.unit

    def is_text(self, reference: Figure) -> bool:
        """Whether the reference holds words."""
        return self.column(reference).unit is TEXT

    def text(self, row: Row, column: str) -> str:
        """The words of a text column in a row."""
        return str(self.figures[row.table].get_column(column)[row.number])

    def value(self, reference: Reference) -> Decimal:
        """What a reference holds."""
        if isinstance(reference, Line):
            return self.value(Figure(LINES, "budget", reference.number))
        if isinstance(reference, Whole):
            if reference not in self._totals:
                self._totals[reference] = Decimal(self.rows(reference)["amount"].sum() or 0)
            return self._totals[reference]
        return Decimal(self.figures[reference.table].get_column(reference.column)[reference.number])

    def rows(self, reference: Whole) -> pl.DataFrame:
        """The rows that a total adds up: their `number` and their `amount`."""
        frame = self.figures[reference.table]
        every = pl.DataFrame(
            {"number": pl.int_range(frame.height, eager=True), "amount": frame.get_column(reference.column)}
        )
        if reference.upto is not None:
            return every.head(reference.upto)
        if not reference.where:
            return every
        return every.filter(reduce(and_, (frame.get_column(column) == text for column, text in reference.where)))

    def position(self, table: str, key: str) -> int | None:
        """The number of the row with a key."""
        if table not in self._positions:
            keys = self.figures[table].get_column(self.tables[table].key)
            self._positions[table] = {text: number for number, text in enumerate(keys)}
        return self._positions[table].get(key)

    def called(self, reference: Reference) -> str:
        """What a reference is called inside a formula: its label, and of a total the rows that it adds up."""
        named = self.named(reference)
        return f"{named.label} ({named.row})" if isinstance(reference, Whole) else named.label

    def clause(self, reference: Figure | Whole) -> str:
        """The clause of the contract that a figure comes from; empty where there is none."""
        column, section = self.column(reference), self._section(reference)
        return (column.clause or (section.clause if section else "")) or self._clause_of_term(reference)

    def named(self, reference: Reference) -> Named:
        """What a reference is called, and its cell."""
        if isinstance(reference, Line):
            line = self.named(Figure(LINES, "budget", reference.number))
            return Named("Budget line", line.row, line.sheet, line.cell, "", "")
        if isinstance(reference, Figure) and reference.table == PAYMENTS and paid_to_column.names(reference.column):
            pair = pair_key(self.text(reference.row, "payer"), paid_to_column.code(reference.column))
            return Named(pair, "", *self.cell(reference), "", "")
        section, clause = self._section(reference), self.clause(reference)
        rule = section.title if section and section.clause else ""
        sheet, cell = self.cell(reference)
        title = self.row_title(reference.row) if isinstance(reference, Figure) else self._rows_title(reference)
        label = self._label(reference, self.column(reference))
        return Named(label, title if title != label else "", sheet, cell, clause, rule)

    def cell(self, reference: Figure | Whole) -> tuple[str, str]:
        """The sheet and the cell of a reference; two empty texts where no cell holds it."""
        if reference.table not in self.layout.placed or not self.layout.shows(reference.table, reference.column):
            return "", ""
        if isinstance(reference, Figure):
            place: tuple[int, int] | None = self.layout.at(reference.table, reference.column, reference.number)
        else:
            whole = not reference.where and reference.upto is None
            place = self.layout.total_at(reference.table, reference.column) if whole else None
        return (self.layout.placement(reference.table).sheet, xl_rowcol_to_cell(*place)) if place else ("", "")

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

    def _label(self, reference: Figure | Whole, column: Column) -> str:
        if isinstance(reference, Figure) and reference.table in (TERMS, REQUIREMENTS):
            return self.text(reference.row, "meaning")
        if isinstance(reference, Figure) and reference.table == HEADLINE:
            return self.text(reference.row, "figure")
        table = self.tables[reference.table]
        return f"{table.title}: {column.label}" if parsed(reference.table).kind in OF_PLACES else column.label

    def _clause_of_term(self, reference: Figure | Whole) -> str:
        if not isinstance(reference, Figure):
            return ""
        by_table = {TERMS: "clause", DECISIONS: "minute"}
        return self.text(reference.row, by_table[reference.table]) if reference.table in by_table else ""

    def _rows_title(self, reference: Whole) -> str:
        table = self.tables[reference.table]
        if reference.upto is not None:
            return f"first {reference.upto} of {self._many(table)}"
        if not reference.where:
            return f"all {self._many(table)}"
        words = (f"{self._heading(table, column)} {text}" for column, text in reference.where)
        return f"{self._many(table)} with {', '.join(words)}"

    def _many(self, table: Table) -> str:
        """The rows of a table in the plural: `pools`."""
        noun = table.grain.removeprefix("one row per ")
        simple = noun != table.grain and " or " not in noun and " and " not in noun
        return f"{noun}s" if simple else f"rows of '{table.title}'"

    def _heading(self, table: Table, column: str) -> str:
        shown: Table | None = table
        while shown is not None:
            if column in self.columns(shown.name):
                return self.columns(shown.name)[column].label
            shown = self.tables[shown.extends.table] if shown.extends else None
        return column

    def _section(self, reference: Figure | Whole) -> Section | None:
        if reference.table not in self._sections:
            sections = self.tables[reference.table].sections
            self._sections[reference.table] = {column.name: entry for entry in sections for column in entry.columns}
        return self._sections[reference.table].get(reference.column)
