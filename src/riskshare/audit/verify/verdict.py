"""Verdict: what a verification found, as values that the command line and machines read."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from riskshare.audit.changes.change import Change
from riskshare.audit.verify.money import MoneyMoved


@dataclass(frozen=True, slots=True)
class VerdictPart:
    """One part of what was verified: inputs, contract, steps, results or software; `counts` where it decides."""

    name: str
    same: bool
    detail: str
    counts: bool = True


@dataclass(frozen=True, slots=True)
class FirstMoved:
    """The first step whose figure moved: in which row (a pool, a partner, a line), from what to what, and why."""

    table: str
    step: str
    label: str
    clause: str
    row: str
    unit: str
    then: str
    now: str
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a verification: its parts, the first figures that moved, and everything that changed.

    `first` is in the order of computation; `first_shared` is the first of them in the sharing of a pool.
    """

    subject: str
    against: str
    parts: tuple[VerdictPart, ...]
    digest: str
    """That of the pin which the subject has, or states."""
    pin_file: Path
    first: FirstMoved | None = None
    first_shared: FirstMoved | None = None
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = field(default=())
    money: tuple[MoneyMoved, ...] = ()
    """What accounts would settle otherwise, the largest difference first."""

    @property
    def same(self) -> bool:
        """Whether every part that counts is the same."""
        return all(part.same for part in self.parts if part.counts)

    def fields(self) -> dict[str, Any]:
        """The verdict as plain data, for machines."""
        return {
            "subject": self.subject,
            "against": self.against,
            "verdict": "same" if self.same else "different",
            "digest": self.digest,
            "parts": [
                {"part": p.name, "verdict": "same" if p.same else "changed", "detail": p.detail} for p in self.parts
            ],
            "first_moved": asdict(self.first) if self.first else None,
            "first_moved_in_sharing": asdict(self.first_shared) if self.first_shared else None,
            "changes": [_change(change) for change in self.changes],
            "notes": list(self.notes),
            "money": [asdict(one) for one in self.money],
        }


def _change(change: Change) -> dict[str, str]:
    return {
        "cause": change.cause.value,
        "what": change.what,
        "then": change.then,
        "now": change.now,
        "place": change.place,
    }
