"""Collector: gathers findings as they are met, lists the first of each code and file and counts the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl

from riskshare.problems.findings import Finding, Place, Severity, in_order

LISTED = 50

Sort = tuple[Severity, str, str]


class Collector:
    """What was found so far: at most 50 findings of one code and file are listed, then one says how many more."""

    def __init__(self) -> None:
        self._listed: list[Finding] = []
        self._seen: Counter[Sort] = Counter()

    def add(self, finding: Finding) -> None:
        """Takes one finding."""
        if self._room(finding) > 0:
            self._listed.append(finding)
        self._seen[_sort(finding)] += 1

    def extend(self, findings: Iterable[Finding]) -> None:
        """Takes several findings."""
        for finding in findings:
            self.add(finding)

    def rows(self, bad: pl.DataFrame, make: Callable[[Mapping[str, Any]], Finding]) -> None:
        """Takes a finding for each row of a frame, all of one code and file, and makes no more than are listed."""
        made = [make(row) for row in bad.head(LISTED).iter_rows(named=True)]
        self.extend(made)
        if made:
            self._seen[_sort(made[0])] += bad.height - len(made)

    def findings(self) -> tuple[Finding, ...]:
        """The findings in order, each code and file followed by the number that is not listed."""
        more = [_unlisted(sort, seen - LISTED) for sort, seen in self._seen.items() if seen > LISTED]
        return (*in_order(self._listed), *more)

    def _room(self, finding: Finding) -> int:
        return LISTED - self._seen[_sort(finding)]


def _sort(finding: Finding) -> Sort:
    return finding.severity, finding.code, finding.place.file


def _unlisted(sort: Sort, number: int) -> Finding:
    severity, code, file = sort
    return Finding(severity, code, Place(file), f"{number:,} more findings like these ({code})")
