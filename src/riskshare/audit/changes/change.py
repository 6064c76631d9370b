"""Change: one thing that is not as it was, with its cause and its place; and the versions of software that are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from riskshare.formula.display import plain


class Cause(StrEnum):
    """Where a movement of figures comes from."""

    INPUTS = "inputs"
    CONTRACT = "contract"
    SOFTWARE = "software"
    WORKBOOK = "typed into the workbook"
    UNSPLIT = "not split"


@dataclass(frozen=True, slots=True)
class Change:
    """One cell, term, line or version that is new, gone or another; `row` and `table` say whose cell it is.

    `cells` are the rows and columns of the plan's given figures that rest on a cell of the user's files.
    """

    cause: Cause
    what: str
    then: str
    now: str
    place: str = ""
    table: str = ""
    row: str = ""
    column: str = ""
    weight: Decimal = Decimal(0)
    cells: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """The change in one line: what, from what to what, and where it stands."""
        return f"{self.what}{self._moved}{f'  [{self.place}]' if self.place else ''}"

    @property
    def _moved(self) -> str:
        if self.then and self.now:
            return f": {self.then} -> {self.now}"
        return f": gone (was {self.then})" if self.then else f": new: {self.now}" if self.now else ""

    @property
    def in_words(self) -> str:
        """The change with its cause, where what changed does not say it."""
        return str(self) if self.cause is Cause.WORKBOOK else f"{self.cause}: {self}"


def shown(value: object) -> str:
    """A cell's or term's value as a reader writes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, tuple | list):
        return ", ".join(shown(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{key} = {shown(item)}" for key, item in value.items() if item not in (None, "", (), {}))
    return str(value) if value not in (None, "") else "(empty)"


def software_changes(then: Mapping[str, str], now: Mapping[str, str]) -> tuple[Change, ...]:
    """Every library whose version is another."""
    names = dict.fromkeys((*then, *now))
    return tuple(
        Change(Cause.SOFTWARE, name, then.get(name, ""), now.get(name, ""), "", "software", name)
        for name in names
        if then.get(name) != now.get(name)
    )
