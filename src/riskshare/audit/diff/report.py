"""The comparison in words and numbers: what changed, and each account's bridge where it moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from riskshare.audit.changes.change import Change
from riskshare.audit.diff.bridge import Bridge, ModelComparison
from riskshare.formula.display import aligned
from riskshare.outputs.terminal import ColumnKind, TextTable, drawn, wrapped

LISTED = 20
TITLES = {"transfer": "is due, or (owes)", "gain": "gain, or (loss), of all its lines"}


def report(comparison: ModelComparison, width: int) -> str:
    """The comparison in lines no longer than the width, where words allow it."""
    return "\n".join(_lines(comparison, width))


def _lines(comparison: ModelComparison, width: int) -> Iterator[str]:
    yield f"From {comparison.before} to {comparison.after}"
    yield ""
    yield from _changes(comparison.changes, width)
    moved = comparison.told
    for bridge in moved:
        yield from _bridge(bridge, TITLES[bridge.measure], comparison, width)
    still = {bridge.account for bridge in comparison.bridges} - {bridge.account for bridge in moved}
    if still:
        yield f"Nothing moved for {', '.join(account for account in _in_order(comparison) if account in still)}."
    if not comparison.changes and not moved:
        yield "SAME: nothing changed and nothing moved."


def _in_order(comparison: ModelComparison) -> dict[str, None]:
    return dict.fromkeys(bridge.account for bridge in comparison.bridges)


def _changes(changes: tuple[Change, ...], width: int) -> Iterator[str]:
    if not changes:
        return
    counts = Counter(change.cause.value for change in changes)
    yield f"What changed: {', '.join(f'{count:,} {cause}' for cause, count in counts.items())}"
    for change in changes[:LISTED]:
        yield from wrapped(change.in_words, width, "  ", "    ")
    if len(changes) > LISTED:
        yield f"  ... and {len(changes) - LISTED:,} more: --json or --xlsx lists them all"
    yield ""


def _bridge(bridge: Bridge, title: str, comparison: ModelComparison, width: int) -> Iterator[str]:
    yield f"{bridge.account}: {title}"
    rows = (
        (comparison.before, bridge.start),
        *((f"{cause}: {label}", amount) for cause, label, amount in bridge.movements if amount),
        (comparison.after, bridge.end),
    )
    amounts = tuple((label, aligned(amount)) for label, amount in rows)
    yield drawn(TextTable((ColumnKind.SENTENCE, ColumnKind.FIGURE), amounts), width)
    yield ""
