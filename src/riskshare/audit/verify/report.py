"""The verdict as a finance director reads it: a table, the first figure that moved, and what changed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from decimal import Decimal

from riskshare.audit.verify.verdict import FirstMoved, Verdict, VerdictPart
from riskshare.formula import display
from riskshare.formula.units import MONEY

LISTED = 20
HEADING = ("Part", "Verdict", "")


def report(verdict: Verdict, width: int) -> str:
    """The verdict in lines no longer than the width, where words allow it."""
    return "\n".join(_lines(verdict, width))


def _lines(verdict: Verdict, width: int) -> Iterator[str]:
    yield f"{verdict.subject}, compared with {verdict.against}"
    yield ""
    yield from _table(verdict.parts, width)
    yield ""
    if verdict.first:
        yield from _first("First figure that moved", verdict.first, width)
    if verdict.first_shared and verdict.first_shared != verdict.first:
        yield from _first("First figure of the sharing that moved", verdict.first_shared, width)
    yield from _changes(verdict, width)
    yield from _wrapped(verdict.notes, width)
    yield f"{'SAME' if verdict.same else 'DIFFERENT'}: {_summary(verdict)}"


def _table(parts: Iterable[VerdictPart], width: int) -> Iterator[str]:
    rows = [HEADING, *((part.name, "same" if part.same else "CHANGED", part.detail) for part in parts)]
    left, middle = (max(len(row[column]) for row in rows) for column in (0, 1))
    margin = " " * (left + middle + 6)
    for name, word, detail in rows:
        start = f"  {name:<{left}}  {word:<{middle}}  "
        yield textwrap.fill(detail, width, initial_indent=start, subsequent_indent=margin) if detail else start.rstrip()


def _first(title: str, moved: FirstMoved, width: int) -> Iterator[str]:
    clause = f" ({moved.clause})" if moved.clause else ""
    then, now = (figure(amount, moved.unit) for amount in (moved.then, moved.now))
    sentence = f"{title}: {moved.label}{clause} of {moved.row}, in '{moved.table}': {then} -> {now}"
    yield textwrap.fill(sentence, width, subsequent_indent="  ")
    yield textwrap.fill(f"because {moved.why}", width, initial_indent="  ", subsequent_indent="  ")
    yield ""


def figure(amount: str, unit: str) -> str:
    """A figure as a reader writes it: £1,234.50, (£20.00) for a loss, 2.5%."""
    if unit == MONEY.symbol:
        return display.amount(Decimal(amount), MONEY)
    return f"{display.plain(Decimal(amount) * 100)}%" if unit == "%" else amount


def _changes(verdict: Verdict, width: int) -> Iterator[str]:
    if not verdict.changes:
        return
    yield f"What changed ({len(verdict.changes):,})"
    yield from _wrapped((change.in_words for change in verdict.changes[:LISTED]), width)
    if len(verdict.changes) > LISTED:
        yield f"  ... and {len(verdict.changes) - LISTED:,} more: --json lists them all"
    yield ""


def _wrapped(sentences: Iterable[str], width: int) -> Iterator[str]:
    for sentence in sentences:
        yield textwrap.fill(sentence, width, initial_indent="  ", subsequent_indent="    ")


def _summary(verdict: Verdict) -> str:
    parts = [part for part in verdict.parts if part.counts and not part.same]
    if not parts:
        other = [part.name.lower() for part in verdict.parts if not part.same]
        also = f"; {', '.join(other)} changed" if other else ""
        return f"every figure is what it was{also}."
    names = [part.name.lower() for part in parts]
    still = "; no figure moved" if not {"results", "workbook"} & {*names} else ""
    return f"{', '.join(names)} changed{still}."
