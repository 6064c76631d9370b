"""The verdict as a finance director reads it: a table, the first figure that moved, and what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation

from riskshare.audit.verify.verdict import FirstMoved, Verdict, VerdictPart
from riskshare.formula import display
from riskshare.formula.units import MONEY
from riskshare.outputs.terminal import ColumnKind, TextTable, drawn, wrapped

LISTED = 20
COLUMNS = (ColumnKind.NAME, ColumnKind.NAME, ColumnKind.SENTENCE)


def report(verdict: Verdict, width: int) -> str:
    """The verdict in lines no longer than the width, where words allow it."""
    return "\n".join(_lines(verdict, width))


def _lines(verdict: Verdict, width: int) -> Iterator[str]:
    yield f"{verdict.subject}, compared with {verdict.against}"
    yield ""
    yield drawn(_parts(verdict.parts), width)
    yield ""
    if verdict.first:
        yield from _first("First figure that moved", verdict.first, width)
    if verdict.first_shared and verdict.first_shared != verdict.first:
        yield from _first("First figure of the sharing that moved", verdict.first_shared, width)
    yield from _changes(verdict, width)
    for note in verdict.notes:
        yield from wrapped(note, width, "  ", "    ")
    yield from _money(verdict, width)
    yield f"{'SAME' if verdict.same else 'DIFFERENT'}: {_summary(verdict)}"


def _parts(parts: Iterable[VerdictPart]) -> TextTable:
    rows = tuple((part.name, "same" if part.same else "CHANGED", part.detail) for part in parts)
    return TextTable(COLUMNS, rows, ("Part", "Verdict", ""))


def _first(title: str, moved: FirstMoved, width: int) -> Iterator[str]:
    clause = f" ({moved.clause})" if moved.clause else ""
    then, now = (figure(amount, moved.unit) for amount in (moved.then, moved.now))
    sentence = f"{title}: {moved.label}{clause} of {moved.row}, in '{moved.table}': {then} -> {now}"
    yield from wrapped(sentence, width, rest="  ")
    yield from wrapped(f"because {moved.why}", width, "  ", "  ")
    yield ""


def _is_number(text: str) -> bool:
    """Whether it is one: in a delivered workbook somebody may have typed a word, or an error may stand."""
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def figure(amount: str, unit: str) -> str:
    """A figure as a reader writes it: £1,234.50, (£20.00) for a loss, 2.5%; what is no number as it stands there."""
    if not _is_number(amount):
        return amount
    if unit == MONEY.symbol:
        return display.amount(Decimal(amount), MONEY)
    return f"{display.plain(Decimal(amount) * 100)}%" if unit == "%" else amount


def _changes(verdict: Verdict, width: int) -> Iterator[str]:
    if not verdict.changes:
        return
    yield f"What changed ({len(verdict.changes):,})"
    for change in verdict.changes[:LISTED]:
        yield from wrapped(change.in_words, width, "  ", "    ")
    if len(verdict.changes) > LISTED:
        yield f"  ... and {len(verdict.changes) - LISTED:,} more: --json lists them all"
    yield ""


def _money(verdict: Verdict, width: int) -> Iterator[str]:
    if not verdict.money:
        return
    yield ""
    yield f"What it does to money ({len(verdict.money)} account{'' if len(verdict.money) == 1 else 's'})"
    for moved in verdict.money:
        yield from wrapped(str(moved), width, "  ", "    ")


def _summary(verdict: Verdict) -> str:
    parts = [part for part in verdict.parts if part.counts and not part.same]
    if not parts:
        other = [part.name.lower() for part in verdict.parts if not part.same]
        also = f"; {', '.join(other)} changed" if other else ""
        return f"every figure is what it was{also}."
    names = [part.name.lower() for part in parts]
    still = "; no figure moved" if not {"results", "workbook"} & {*names} else ""
    return f"{', '.join(names)} changed{still}."
