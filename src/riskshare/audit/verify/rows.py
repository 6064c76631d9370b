"""The rows of the answer on a delivered workbook: each is true of the file that was sent, not of what it states."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from riskshare.audit.changes.change import Change
from riskshare.audit.changes.figures import Moved
from riskshare.audit.edits.change import EditKind
from riskshare.audit.verify.verdict import VerdictPart
from riskshare.formula.language import Step, Table

NAMED = 3
INPUTS, CONTRACT, STEPS, RESULTS = "Inputs", "Contract", "Steps", "Results"
SHIFTED = (
    EditKind.ROWS_INSERTED,
    EditKind.ROWS_DELETED,
    EditKind.COLUMNS_INSERTED,
    EditKind.COLUMNS_DELETED,
    EditKind.SHEET_RENAMED,
    EditKind.SHEET_REMOVED,
)
STALE = "a stale cached value"


@dataclass(frozen=True, slots=True)
class Edited:
    """What was done to a delivered workbook: its changed cells with the tables they stand in, and what moved.

    `inputs` are the tables whose given figures come from the user's files; what else is given, the contract says.
    """

    tables: Mapping[str, Table]
    inputs: Collection[str]
    changes: Sequence[Change]
    moved: Sequence[Moved]
    shifted: str = ""

    def of(self, part: VerdictPart) -> VerdictPart:
        """A row with what was done to the file: what the file states may be the model's, and its cells not."""
        if self.shifted:
            return replace(part, same=False, detail=f"cannot be told: {self.shifted}")
        edits = {INPUTS: self._given, CONTRACT: self._given, STEPS: self._formulas}.get(part.name)
        if part.name == RESULTS:
            return self._results(part)
        found = edits(part.name) if edits else []
        return replace(part, same=False, detail=_with(part, _listed(found))) if found else part

    def _results(self, part: VerdictPart) -> VerdictPart:
        if not self.moved:
            return part
        first, count = self.moved[0], len(self.moved)
        figures = f"{count:,} figure{'' if count == 1 else 's'} other than the model's"
        return replace(part, same=False, detail=_with(part, f"{figures}, the first {first.step.label} of {first.row}"))

    def _given(self, part: str) -> list[str]:
        return [_where(one) for one in self.changes if self._part_of_given(one) == part]

    def _part_of_given(self, change: Change) -> str:
        if self._is_step(change) or change.table not in self.tables:
            return ""
        return INPUTS if change.table in self.inputs else CONTRACT

    def _formulas(self, _: str) -> list[str]:
        return [_where(one) for one in self.changes if self._is_step(one) and STALE not in one.what]

    def _is_step(self, change: Change) -> bool:
        table = self.tables.get(change.table)
        columns = table.columns if table else ()
        return any(isinstance(column, Step) and column.name == change.column for column in columns)


def _where(change: Change) -> str:
    return change.what.rpartition(" at ")[2]


def _listed(places: Iterable[str]) -> str:
    every = list(places)
    more = f" and {len(every) - NAMED:,} more" if len(every) > NAMED else ""
    return f"{len(every):,} cell{'' if len(every) == 1 else 's'} of the file changed: {', '.join(every[:NAMED])}{more}"


def _with(part: VerdictPart, found: str) -> str:
    return found if part.same else f"{part.detail}; {found}"
