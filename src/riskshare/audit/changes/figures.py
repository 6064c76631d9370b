"""Which figures moved between two computations of the same or of a changed model, in the order they are computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from riskshare.figures.pin.file import RecordedFigures
from riskshare.formula.language import Step, Table


@dataclass(frozen=True, slots=True)
class Moved:
    """One figure that is another now; `row` is the key of its row: a pool, a partner, a line."""

    table: Table
    step: Step
    row: str
    then: str
    now: str

    @property
    def by(self) -> Decimal | None:
        """How far it moved, where both are numbers."""
        if self.step.unit.decimals is None or not self.then or not self.now:
            return None
        return Decimal(self.now) - Decimal(self.then)


def moved_figures(tables: Iterable[Table], then: RecordedFigures, now: RecordedFigures) -> Iterator[Moved]:
    """Every figure that moved: one per table, step and row; rows and steps that only one side has are passed over."""
    for table in tables:
        before, after = then.get(table.name), now.get(table.name)
        if before is not None and after is not None and before != after:
            yield from _of_table(table, before, after)


def new_or_gone(then: RecordedFigures, now: RecordedFigures) -> Iterator[str]:
    """What only one of the two has, in words: tables, steps and rows."""
    for table in dict.fromkeys((*then, *now)):
        if table not in now or table not in then:
            yield f"the table '{table}' is {'gone' if table in then else 'new'}"
            continue
        for step in dict.fromkeys((*then[table], *now[table])):
            if step not in now[table] or step not in then[table]:
                yield f"the step {step} of '{table}' is {'gone' if step in then[table] else 'new'}"
        yield from _rows_new_or_gone(table, _keys(then[table]), _keys(now[table]))


def _rows_new_or_gone(table: str, then: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    before, after = set(then), set(now)
    yield from (f"the row {key} of '{table}' is gone" for key in then if key not in after)
    yield from (f"the row {key} of '{table}' is new" for key in now if key not in before)


def _keys(columns: Mapping[str, Sequence[str]]) -> Sequence[str]:
    return next(iter(columns.values()), ())


def _of_table(table: Table, then: Mapping[str, Sequence[str]], now: Mapping[str, Sequence[str]]) -> Iterator[Moved]:
    was_at = {key: number for number, key in enumerate(_keys(then))}
    rows = [(key, was_at[key], number) for number, key in enumerate(_keys(now)) if key in was_at]
    for step in table.steps:
        before, after = then.get(step.name), now.get(step.name)
        if before is None or after is None or before == after or step.name == table.key:
            continue
        for key, old, new in rows:
            if before[old] != after[new]:
                yield Moved(table, step, key, before[old], after[new])
