"""Acceptance: doubts that the model file accepts, by their code, by lines or by pools, each with its reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import polars as pl

from riskshare.contract.doubtful import Acceptance, Doubts
from riskshare.contract.standing import Contract
from riskshare.inputs.table import InputTable
from riskshare.inputs.toml import TomlFile
from riskshare.problems.doubts import DoubtCode
from riskshare.problems.findings import Finding, Place, Severity, did_you_mean, error, warning

Rows = frozenset[tuple[str, str, int]]


def accepted(doubts: Doubts, lines: InputTable, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, with warnings that the model file accepts turned into accepted ones.

    What several lines or pools have in common is one finding, which was split by what accepts it when it was made.
    """
    rows = {entry: _rows(entry, lines) for entry in doubts.accept}
    return tuple(_accepted(finding, rows) for finding in findings)


def _rows(entry: Acceptance, lines: InputTable) -> Rows:
    """Where the lines stand that an acceptance names."""
    named = lines.frame.filter(pl.col("line").is_in(entry.lines)) if entry.lines else lines.frame.clear()
    places = (lines.place(row) for row in named.iter_rows(named=True))
    return frozenset((place.file, place.sheet, place.row) for place in places)


def _accepted(finding: Finding, rows: Mapping[Acceptance, Rows]) -> Finding:
    if finding.severity is not Severity.WARNING:
        return finding
    reasons = (entry.reason for entry, where in rows.items() if _takes(entry, where, finding.code, finding.place))
    reason = next(reasons, "")
    return finding.accepted(reason) if reason else finding


def _takes(entry: Acceptance, where: Rows, code: str, place: Place) -> bool:
    named = bool(entry.lines or entry.pools)
    return entry.covers(code) and (not named or (place.file, place.sheet, place.row) in where)


def by_acceptance(
    doubts: Doubts, code: str, frame: pl.DataFrame, key: str
) -> Iterator[tuple[Acceptance | None, pl.DataFrame]]:
    """Doubtful rows by what accepts them, those that nothing accepts first; `key` is the column `line` or `pool`."""
    rest = frame
    accepting: list[tuple[Acceptance | None, pl.DataFrame]] = []
    for entry in (entry for entry in doubts.accept if entry.covers(code)):
        named = pl.col(key).is_in(entry.lines if key == "line" else entry.pools)
        accepting.append((entry, rest.filter(named)))
        rest = rest.filter(~named)
    yield from ((entry, rows) for entry, rows in ((None, rest), *accepting) if rows.height)


def doubt(code: DoubtCode, place: Place, found: str, action: str) -> Finding:
    """A warning that says what to do, and how the model file accepts what is right."""
    accept = f'what is right is accepted with a reason: [[doubts.accept]], doubt = "{code}"'
    return warning(code, place, found, "", f"{action}; {accept}")


def told(finding: Finding, entry: Acceptance | None) -> Finding:
    """The finding, as an accepted one where something accepts it."""
    return finding.accepted(entry.reason) if entry else finding


def unknown_lines(doubts: Doubts, lines: InputTable, toml: TomlFile) -> Iterator[Finding]:
    """Lines that are accepted and not there."""
    known = set(lines.frame["line"])
    for number, entry in enumerate(doubts.accept):
        places = [toml.place(("doubts", "accept", number, "lines", at)) for at in range(len(entry.lines))]
        yield from _unknown("line", dict(zip(entry.lines, places, strict=True)), known)


def unknown_pools(contract: Contract) -> Iterator[Finding]:
    """Pools that are accepted and not there."""
    known = [code for pool in contract.model.stages for code in contract.pools_of(pool)]
    for number, entry in enumerate(contract.model.doubts.accept):
        path = ("doubts", "accept", number, "pools")
        places = [contract.where.place((*path, at)) for at in range(len(entry.pools))]
        yield from _unknown("pool", dict(zip(entry.pools, places, strict=True)), known)


def _unknown(what: str, named: Mapping[str, Place], known: Collection[str]) -> Iterator[Finding]:
    for code, place in named.items():
        if code not in known:
            action = did_you_mean(code, sorted(known)) or "Correct its code, or remove it."
            yield error(f"unknown-{what}", place, f"doubts.accept: there is no {what} '{code}'", "", action)
