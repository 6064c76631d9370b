"""Sources: the file, sheet and cell, or the line of model.toml, that every given figure comes from."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from riskshare.audit.explain.figure_index import FigureIndex
from riskshare.audit.explain.references import Source
from riskshare.contract.ledger import TERM
from riskshare.figures.given_cells import cells_of
from riskshare.figures.names import (
    DECISIONS,
    LINES,
    PARTNERS,
    REQUIREMENTS,
    RESERVES,
    TERMS,
    parsed,
    people_column,
    people_table,
    weights_table,
)
from riskshare.formula.to_decimal import Figure
from riskshare.inputs.declarations import figures
from riskshare.inputs.toml import TomlPath
from riskshare.problems.findings import Place

DIRECT = "1 for the lines that name the locality themselves, 0 for the others"
UNITS = {1: "", 1000: "in thousands of pounds", 1_000_000: "in millions of pounds"}


class Sources:
    """Finds where a given figure stands in the files of the model."""

    def __init__(self, index: FigureIndex) -> None:
        """The computed model."""
        self._index, self._plan, self._reading = index, index.built.plan, index.built.reading
        self._paths = {term.key: term.path for group in self._plan.stages for term in group.terms}
        self._decisions = {entry.key: entry.amount_path for group in self._plan.stages for entry in group.decisions}
        self._cells_of = cache(self._cells)

    def of(self, figure: Figure) -> Source:
        """The source of a figure that is given."""
        if figure.table == LINES:
            return self._line(figure)
        place = self._in_file(figure)
        if place is not None:
            return _source(place)
        find = self._finders().get(parsed(figure.table).kind)
        return find(figure) if find else Source("")

    def _finders(self) -> dict[str, Callable[[Figure], Source]]:
        return {
            TERMS: lambda figure: self._toml(self._paths[self._key(figure)]),
            RESERVES: self._reserve,
            PARTNERS: self._partner,
            DECISIONS: lambda figure: self._toml(self._decisions[self._key(figure)]),
            REQUIREMENTS: self._requirement,
            weights_table.kind: lambda _: Source("", note=DIRECT),
            people_table.kind: self._nobody,
        }

    def _key(self, figure: Figure) -> str:
        return self._index.text(figure.row, self._index.tables[figure.table].key)

    def _toml(self, path: TomlPath, note: str = "") -> Source:
        return _source(self._reading.toml.place(path), note)

    def _line(self, figure: Figure) -> Source:
        """The cell of a line's amount; a plan has no outturn, so there it is the budget's."""
        row = self._plan.lines.row(figure.number, named=True)
        repeated = figure.column == "outturn" and self._plan.is_plan
        units = UNITS[self._reading.model.inputs[row["origin"]].units]
        note = "a plan: the outturn repeats the budget" if repeated else units
        return _source(self._reading.lines.place(row, "budget" if repeated else figure.column), note)

    def _reserve(self, figure: Figure) -> Source:
        return self._toml(("reserves", figure.number, "opening"))

    def _partner(self, figure: Figure) -> Source:
        stated = self._reading.model.partners[figure.number].income is not None
        return self._toml(("partners", figure.number, "income"), "" if stated else "no income is stated")

    def _requirement(self, figure: Figure) -> Source:
        kind, *words = self._key(figure).split(".")
        if kind == "control":
            return self._toml(("inputs", int(words[0]) - 1, "control_total", words[1]))
        codes = [fund.code for fund in self._reading.model.funds]
        test = int(words[-1]) - 1
        return self._toml(("funds", codes.index(".".join(words[:-1])), "minimum_spend", test, "amount"))

    def _nobody(self, figure: Figure) -> Source:
        """A pair of localities that the file leaves out."""
        file = self._plan.inputs[figure.table].origin.file
        return Source(file, note=f"no row has {self._key(figure)}, {people_column.code(figure.column)}, so it is 0")

    def _in_file(self, figure: Figure) -> Place | None:
        """Where a figure stands that is a cell of the user's files."""
        return self._cells_of(figure.table).get((self._key(figure), figure.column))

    def _cells(self, table: str) -> dict[tuple[str, str], Place]:
        """Where each given figure of a table of the plan stands in the user's files; nothing where no row has it."""
        source = self._plan.inputs.get(table)
        if source is None:
            return {}
        columns = [*figures(source.schema), *source.undeclared]
        return {
            cell: source.place(row, column.removeprefix(TERM))
            for row in source.frame.iter_rows(named=True)
            if row["row"]
            for column in columns
            for cell in cells_of(source, row, column)
        }


def _source(place: Place, note: str = "") -> Source:
    return Source(place.file, place.sheet, place.row, place.column, note)
