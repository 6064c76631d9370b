"""Finding: something wrong or doubtful in the user's files, as a value that says where, what and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is: an error stops the build, a warning is shown and kept on the Checks sheet.

    accepted: a warning that the model file accepts, with the reason; it is shown and kept too.
    """

    ERROR = "error"
    WARNING = "warning"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in the user's files: a file, then a line (TOML), a row and column (CSV) or a sheet and cell (XLSX)."""

    file: str
    sheet: str = ""
    row: int = 0
    column: str = ""

    def __str__(self) -> str:
        """The place as a reader would look it up: `inputs/lines.xlsx, sheet Lines, C41`."""
        if self.sheet:
            return ", ".join(part for part in (self.file, f"sheet {self.sheet}", self._cell()) if part)
        row = f"{'line' if self.file.endswith('.toml') else 'row'} {self.row}" if self.row else ""
        column = f"column {self.column}" if self.column else ""
        return ", ".join(part for part in (self.file, row, column) if part)

    def _cell(self) -> str:
        if self.row:
            return f"{self.column}{self.row}" if self.column else f"row {self.row}"
        return f"column {self.column}" if self.column else ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong or doubtful: what was found, what was expected, what to do; or why it is accepted."""

    severity: Severity
    code: str
    place: Place
    found: str
    expected: str = ""
    action: str = ""
    reason: str = ""

    def __str__(self) -> str:
        """One sentence each: where and what was found, what was expected, what to do or why it is accepted."""
        sentences = [f"{self.place}: {self.found}"]
        sentences += [f"Expected: {self.expected}"] if self.expected else []
        sentences += [f"Accepted: {self.reason}" if self.reason else self.action]
        return " ".join(_sentence(text) for text in sentences if text)

    def accepted(self, reason: str) -> Finding:
        """The same as a doubt that the model file accepts."""
        return replace(self, severity=Severity.ACCEPTED, reason=reason)


def error(code: str, place: Place, found: str, expected: str = "", action: str = "") -> Finding:
    """A finding that stops the build."""
    return Finding(Severity.ERROR, code, place, found, expected, action)


def warning(code: str, place: Place, found: str, expected: str = "", action: str = "") -> Finding:
    """A finding that is shown and kept, and does not stop the build."""
    return Finding(Severity.WARNING, code, place, found, expected, action)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean 'Northfield'?` when a known word is close to the one found, otherwise nothing."""
    words = {entry.casefold(): entry for entry in known}
    close = get_close_matches(word.casefold(), list(words), n=1, cutoff=0.6)
    return f"Did you mean '{words[close[0]]}'?" if close else ""


def one_of(words: Iterable[str]) -> str:
    """`one of CCG, COUNCIL` for what is expected where only some words are known, otherwise nothing."""
    known = ", ".join(words)
    return f"one of {known}" if known else ""


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings without repeats in a stable order: errors first, accepted ones last, then by their places."""
    rank = {severity: number for number, severity in enumerate(Severity)}
    unique = dict.fromkeys(findings)
    return tuple(sorted(unique, key=lambda item: (rank[item.severity], item.place, item.code, item.found)))


def any_error(findings: Iterable[Finding]) -> bool:
    """Whether any of the findings stops the build."""
    return any(item.severity is Severity.ERROR for item in findings)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
