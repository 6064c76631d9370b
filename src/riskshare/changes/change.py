"""Change: one thing that is not as it was, with its cause and its place."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Cause(StrEnum):
    """Where a movement of figures comes from."""

    INPUTS = "inputs"
    CONTRACT = "contract"
    SOFTWARE = "software"
    WORKBOOK = "typed into the workbook"
    UNSPLIT = "not split"


@dataclass(frozen=True, slots=True)
class Change:
    """One cell, term, line or version that is new, gone or another; `row` and `table` say whose cell it is."""

    cause: Cause
    what: str
    then: str
    now: str
    place: str = ""
    table: str = ""
    row: str = ""
    column: str = ""
    weight: Decimal = Decimal(0)

    def __str__(self) -> str:
        """The change in one line: what, from what to what, and where it stands."""
        if not self.then:
            moved = f"new: {self.now}"
        else:
            moved = f"{self.then} -> {self.now}" if self.now else f"gone (was {self.then})"
        return f"{self.what}: {moved}{f'  [{self.place}]' if self.place else ''}"


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


def plain(amount: Decimal) -> str:
    """A number with thousands marked and no decimals that say nothing."""
    text = f"{amount:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
