"""Sources: the file, sheet and cell, or the line of model.toml, that every given figure comes from."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from riskshare.audit.explain.figure_index import FigureIndex
from riskshare.audit.explain.references import Source
from riskshare.contract.ledger import TERM
from riskshare.formula.to_decimal import Figure
from riskshare.inputs.columns import Wanted, match_columns, our_cells
from riskshare.inputs.files import read_table
from riskshare.inputs.table import Origin
from riskshare.inputs.tally import Tally
from riskshare.inputs.toml import TomlPath
from riskshare.problems.findings import Place

DIRECT = "1 for the lines that name the locality themselves, 0 for the others"
UNITS = {1: "", 1000: "in thousands of pounds", 1_000_000: "in millions of pounds"}


class Sources:
    """Finds where a given figure stands in the files of the model."""

    def __init__(self, atlas: FigureIndex) -> None:
        """The computed model."""
        self._atlas, self._plan, self._reading = atlas, atlas.built.plan, atlas.built.reading
        self._paths = {term.key: term.path for group in self._plan.groups for term in group.terms}
        self._decisions = {entry.key: entry.amount_path for group in self._plan.groups for entry in group.decisions}
        self._measures = {name: file for file, name in self._plan.measures.items()}
        self._cases = {entry.name: entry.file for group in self._plan.groups for entry in group.cases}
        self._rows_of = cache(self._read_rows)

    def of(self, spot: Figure) -> Source:
        """The source of a figure that is given."""
        find = self._finders().get(spot.table.split(" ")[0])
        return find(spot) if find else Source("")

    def _finders(self) -> dict[str, Callable[[Figure], Source]]:
        return {
            "lines": self._line,
            "terms": lambda spot: self._toml(self._paths[self._key(spot)]),
            "reserves": self._reserve,
            "partners": self._partner,
            "decisions": lambda spot: self._toml(self._decisions[self._key(spot)]),
            "requirements": self._requirement,
            "weights": self._weight,
            "people": self._people,
            "outcomes": self._measure,
            "cases": self._case,
            "pools": self._pool,
        }

    def _key(self, spot: Figure) -> str:
        return self._atlas.text(spot.row, self._atlas.tables[spot.table].key)

    def _toml(self, path: TomlPath, note: str = "") -> Source:
        return _source(self._reading.toml.place(path), note)

    def _line(self, spot: Figure) -> Source:
        """The cell of a line's amount; a plan has no outturn, so there it is the budget's."""
        row = self._plan.lines.row(spot.number, named=True)
        repeated = spot.column == "outturn" and self._plan.is_plan
        units = UNITS[self._reading.model.inputs[row["origin"]].units]
        note = "a plan: the outturn repeats the budget" if repeated else units
        return _source(self._reading.lines.place(row, "budget" if repeated else spot.column), note)

    def _reserve(self, spot: Figure) -> Source:
        code = self._key(spot)
        for number, reserve in enumerate(self._reading.model.reserves):
            if reserve.code == code and reserve.balances is not None:
                return self._cell(reserve.balances, ("account", "opening"), (code,))
            if reserve.code == code:
                return self._toml(("reserves", number, "opening"))
        funds = self._reading.model.funds
        number = next(n for n, fund in enumerate(funds) if fund.ring_fence and fund.ring_fence.underspend_to == code)
        return self._toml(("funds", number, "ring_fence"), "not among the reserves, so it opens at zero")

    def _partner(self, spot: Figure) -> Source:
        stated = self._reading.model.partners[spot.number].income is not None
        return self._toml(("partners", spot.number, "income"), "" if stated else "no income is stated")

    def _requirement(self, spot: Figure) -> Source:
        kind, *words = self._key(spot).split(".")
        if kind == "control":
            return self._toml(("inputs", int(words[0]) - 1, "control_total", words[1]))
        codes = [fund.code for fund in self._reading.model.funds]
        test = int(words[-1]) - 1
        return self._toml(("funds", codes.index(".".join(words[:-1])), "minimum_spend", test, "amount"))

    def _weight(self, spot: Figure) -> Source:
        basis, places = self._key(spot), self._reading.localities[spot.table.removeprefix("weights ")]
        if basis not in places.bases:
            return Source("", note=DIRECT)
        number = places.frame["locality"].to_list().index(spot.column)
        return _source(places.origin.place(places.frame["row"][number], basis))

    def _people(self, spot: Figure) -> Source:
        code = spot.table.removeprefix("people ")
        geography = next(entry for entry in self._reading.model.geographies if entry.code == code)
        onto = spot.column.removeprefix("people_")
        file = geography.crosswalk.file if geography.crosswalk else ""
        return self._cell(file, ("from", "to", "weight"), (self._key(spot), onto))

    def _measure(self, spot: Figure) -> Source:
        measures = self._reading.measures[self._measures[spot.table]]
        row = measures.frame.sort("pool", "measure")["row"][spot.number]
        return _source(measures.origin.place(row, spot.column))

    def _case(self, spot: Figure) -> Source:
        cases = self._reading.cases[self._cases[spot.table]]
        return _source(cases.origin.place(cases.frame["row"][spot.number], spot.column))

    def _pool(self, spot: Figure) -> Source:
        pools = self._reading.pools[spot.table.removeprefix("pools ")]
        column = spot.column.removeprefix("given_").removeprefix(TERM)
        return _source(pools.origin.place(pools.frame["row"][spot.number], column))

    def _cell(self, file: str, columns: tuple[str, ...], keys: tuple[str, ...]) -> Source:
        """A cell of a small table whose reading kept the amounts alone: its row is looked up in the file."""
        origin, rows = self._rows_of(file, columns)
        if keys not in rows:
            return Source(file, note=f"no row has {', '.join(keys)}, so it is 0")
        return _source(origin.place(rows[keys], columns[-1]))

    def _read_rows(self, file: str, columns: tuple[str, ...]) -> tuple[Origin, dict[tuple[Any, ...], int]]:
        table = read_table(file, self._reading.folder, Tally())
        positions = match_columns(table, Wanted(columns, columns), Tally()) if table else None
        if table is None or positions is None:
            return Origin(file, "", {}), {}
        frame = our_cells(table, positions)
        return table.origin(positions), {tuple(row[:-1]): row[-1] for row in frame.select(*columns[:-1], "row").rows()}


def _source(place: Place, note: str = "") -> Source:
    return Source(place.file, place.sheet, place.row, place.column, note)
