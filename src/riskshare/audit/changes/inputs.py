"""What differs between the tables of two readings: rows that are new or gone, and cells that hold something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from riskshare.audit.changes.change import Cause, Change, shown
from riskshare.figures.given_cells import ANY, InputRow, cells_of
from riskshare.inputs.declarations import figures, money
from riskshare.inputs.reading import Reading
from riskshare.inputs.table import WHERE_FROM, InputTable

RowKey = tuple[str, ...]


def input_changes(then: Reading, now: Reading) -> tuple[Change, ...]:
    """Every row that is new or gone and every cell that is another, lines first."""
    return tuple(
        change
        for name in dict.fromkeys((*then.tables, *now.tables))
        for change in _between(
            then.tables.get(name) or _emptied(now.tables[name]), now.tables.get(name) or _emptied(then.tables[name])
        )
    )


def _emptied(table: InputTable) -> InputTable:
    return replace(table, frame=table.frame.clear())


def _between(then: InputTable, now: InputTable) -> Iterator[Change]:
    before, after = _by_key(then), _by_key(now)
    for key in dict.fromkeys((*before, *after)):
        pair = _Pair(then, now, before.get(key), after.get(key))
        if pair.old is None or pair.new is None:
            yield pair.whole_row()
        elif pair.old != pair.new:
            yield from pair.cells()


def _by_key(table: InputTable) -> dict[RowKey, InputRow]:
    return {tuple(str(row[key]) for key in table.keys): row for row in table.frame.iter_rows(named=True)}


@dataclass(frozen=True, slots=True)
class _Pair:
    """A row of one table as it was and as it is; None on the side that hasn't got it."""

    then: InputTable
    now: InputTable
    old: InputRow | None
    new: InputRow | None

    @property
    def row(self) -> InputRow:
        return self.new or self.old or {}

    @property
    def what(self) -> str:
        keys = (str(self.row[key]) for key in self.now.keys)
        return f"{self.now.word} {' '.join(key for key in keys if key)}"

    def whole_row(self) -> Change:
        old, new = (_summary(self.now, row) for row in (self.old, self.new))
        return self._change(
            self.what, old, new, self._place(), ANY, sum(map(self._weight, money(self.now.schema)), Decimal(0))
        )

    def cells(self) -> Iterator[Change]:
        old, new = self.old or {}, self.new or {}
        for column in dict.fromkeys((*old, *new)):
            before, after = old.get(column), new.get(column)
            if column not in WHERE_FROM and before != after:
                weight = self._weight(column) if column in money(self.now.schema) else Decimal(0)
                what = f"{self.what}, {column.removeprefix('term.')}"
                yield self._change(what, shown(before), shown(after), self._place(column), column, weight)

    def _place(self, column: str = "") -> str:
        """Where the cell stands, or where it stood if that is gone; nothing where a pin doesn't keep it."""
        if self.new is not None and self.new.get("row", 0) is not None:
            return str(self.now.place(self.new, column))
        stood = str(self.then.place(self.old or {}, column))
        return stood and f"{stood} as it was"

    def _weight(self, column: str) -> Decimal:
        """How much money the change is about, by which the largest come first."""
        before, after = ((row or {}).get(column) or Decimal(0) for row in (self.old, self.new))
        return Decimal(abs(after - before))

    def _change(self, what: str, then: str, now: str, place: str, column: str, weight: Decimal) -> Change:
        key = str(self.row[self.now.keys[0]])
        cells = tuple(cells_of(self.now, self.row, column))
        return Change(Cause.INPUTS, what, then, now, place, self.now.name, key, column, weight, cells)


def _summary(table: InputTable, row: InputRow | None) -> str:
    if row is None:
        return ""
    amounts = [f"{name} {shown(row[name])}" for name in figures(table.schema) if row.get(name) is not None]
    return ", ".join((*amounts, *([str(row["description"])] if row.get("description") else []))) or "a row"
