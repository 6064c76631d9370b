"""Terms: the way from one contract to another, a changed term at a time, each stage computed anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import polars as pl

from riskshare.audit.changes.change import Cause, Change
from riskshare.audit.changes.contract import ORDER, Entries, entries
from riskshare.audit.diff.endpoint import settled
from riskshare.audit.diff.shown import ShownSettlement
from riskshare.contract.model import Model
from riskshare.contract.parse import parse
from riskshare.inputs.reading import Reading
from riskshare.problems.errors import RiskshareError

MOST = 40
"""Terms that have a stage each; those after them move together."""
LONGEST = 90
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BridgeStep:
    """The settlement after one more cause was put in place."""

    cause: str
    label: str
    settlement: ShownSettlement


def term_stages(then: Reading, now: Reading, changes: Sequence[Change]) -> Iterator[BridgeStep]:
    """A stage for each changed term, in the order of the contract; terms that only work together share one.

    `now` has the inputs of the other side, which are in place already. The last stage is the other contract as it is.
    """
    waiting: list[Change] = []
    whole = settled(now) if changes else {}
    for number, change in enumerate(changes, start=1):
        waiting.append(change)
        last = number == len(changes)
        if not last and number > MOST:
            continue
        found = whole if last else _settled_with(then, now, changes[:number], whole)
        if found is not None:
            yield BridgeStep(Cause.CONTRACT, _label(waiting), found)
            waiting = []


def of_change(change: Change) -> str:
    """From what to what, as it stands behind what changed."""
    return f": {_short(change.then) or 'new,'} -> {_short(change.now) or 'gone'}"


def _label(changes: Sequence[Change]) -> str:
    first, *others = changes
    whole_table = "; " in (first.then or first.now) and not (first.then and first.now)
    named = f"{first.what}: {'gone' if first.then else 'new'}" if whole_table else f"{first.what}{of_change(first)}"
    if not others:
        return named
    return f"{named}, with {len(others):,} other term{'' if len(others) == 1 else 's'}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _settled_with(
    then: Reading, now: Reading, taken: Sequence[Change], whole: ShownSettlement
) -> ShownSettlement | None:
    """The settlement with these changes made; None where the contract between is none, or loses money on the way."""
    model = _between(then, now, frozenset(change.row for change in taken))
    if model is None:
        return None
    try:
        after = settled(replace(now, model=model))
    except (RiskshareError, pl.exceptions.PolarsError, LookupError):
        return None
    return after if _all_transfers(after) == _all_transfers(whole) else None


def _all_transfers(settlement: ShownSettlement) -> Decimal:
    return sum((amounts["transfer"] for amounts in settlement.values()), Decimal(0))


def _between(then: Reading, now: Reading, taken: frozenset[str]) -> Model | None:
    before, after = (reading.model.model_dump(by_alias=True, exclude_unset=True) for reading in (then, now))
    model, _ = parse(_inside(entries(before) or {}, entries(after) or {}, (), taken), now.toml)
    return model


def _blended(then: object, now: object, where: Words, taken: frozenset[str]) -> object:
    """The value between two: as it is now where its change is taken, otherwise as it was."""
    named = "/".join(where)
    if named in taken:
        return now
    before, after = entries(then), entries(now)
    if before is None or after is None or not any(word.startswith(f"{named}/") for word in taken):
        return then
    chosen = _inside(before, after, where, taken)
    return chosen if isinstance(then, Mapping) else tuple(chosen.values())


def _inside(before: Entries, after: Entries, where: Words, taken: frozenset[str]) -> dict[str, object]:
    """The same for everything in a table; what one side alone has is there where its change says so."""
    chosen: dict[str, object] = {}
    for word in _order([*before], [*after], "/".join((*where, ORDER)) in taken):
        if word in before and word in after:
            chosen[word] = _blended(before[word][1], after[word][1], (*where, word), taken)
        elif (word in after) == ("/".join((*where, word)) in taken):
            chosen[word] = (after if word in after else before)[word][1]
    return chosen


def _order(before: list[str], after: list[str], as_now: bool) -> list[str]:
    """All words in the order of one side, what only the other has behind what it stands behind there."""
    leading, others = (after, before) if as_now else (before, after)
    order, behind = [*leading], 0
    for word in others:
        if word in order:
            behind = order.index(word) + 1
        else:
            order.insert(behind, word)
            behind += 1
    return order
