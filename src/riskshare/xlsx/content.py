"""The content of a workbook: its sheets, their cells and what goes with them, however a program wrote them down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

GENERAL = "General"


class Word(NamedTuple):
    """A value that is neither number nor text: TRUE, FALSE or an error such as #DIV/0!."""

    name: str


Value: TypeAlias = float | str | Word | None


class StoredCell(NamedTuple):
    """One cell that is not empty; the value of a formula is its cached one, None where the file has none."""

    value: Value
    formula: str = ""
    number_format: str = GENERAL


class Visibility(StrEnum):
    """Whether a sheet is seen, can be shown by anyone, or by a macro or an editor alone."""

    VISIBLE = "visible"
    HIDDEN = "hidden"
    VERY_HIDDEN = "very hidden"


class AreaRule(NamedTuple):
    """A rule that holds for an area: a validation, a conditional format or a link; its formulas stand apart."""

    area: str
    meaning: str
    formulas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetContent:
    """One sheet: its cells by their A1 references, and what is hidden, allowed, linked or put on it."""

    name: str
    visibility: Visibility = Visibility.VISIBLE
    cells: Mapping[str, StoredCell] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: tuple[tuple[int, int], ...] = ()
    validations: tuple[AreaRule, ...] = ()
    conditional_formats: tuple[AreaRule, ...] = ()
    links: tuple[AreaRule, ...] = ()
    comments: tuple[AreaRule, ...] = ()
    drawn: tuple[str, ...] = ()
    """Pictures, text boxes and buttons; charts are left out."""


class Foreign(NamedTuple):
    """Something that a workbook of ours never has: a macro, an external link, an embedded file."""

    kind: str
    sheet: str
    what: str


@dataclass(frozen=True, slots=True)
class WorkbookContent:
    """One workbook."""

    file: str
    sheets: tuple[SheetContent, ...]
    names: Mapping[tuple[str, str], str]
    """What each defined name refers to, by the name and the sheet it is limited to (empty: the whole workbook)."""
    settings: frozenset[str] = frozenset()
    """Unusual ways of calculating: by hand, or with the precision as displayed."""
    foreign: tuple[Foreign, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    """The custom document properties."""

    def sheet(self, name: str) -> SheetContent | None:
        """The sheet of this name, whatever its case."""
        return next((one for one in self.sheets if one.name.casefold() == name.casefold()), None)
