"""Bridge: for each account how its settlement came from one side to the other, adding up to the penny."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from riskshare.audit.changes.change import Change
from riskshare.audit.diff.endpoint import MEASURES, Endpoint
from riskshare.audit.diff.shown import ShownSettlement
from riskshare.audit.diff.stages import Way, way

ZERO = Decimal("0.00")
TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class Bridge:
    """One account's way from A to B: where it starts, each movement, where it ends. `measure` is what is bridged."""

    account: str
    measure: str
    start: Decimal
    movements: tuple[tuple[str, str, Decimal], ...]
    end: Decimal

    @property
    def moved(self) -> Decimal:
        """The whole movement."""
        return self.end - self.start

    @property
    def size(self) -> Decimal:
        """The largest movement, which may be undone by another."""
        return max((abs(amount) for *_, amount in self.movements), default=ZERO)


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """Two sides compared: the changes, and a bridge per account and measure."""

    before: str
    after: str
    changes: tuple[Change, ...]
    bridges: tuple[Bridge, ...]

    @property
    def told(self) -> tuple[Bridge, ...]:
        """The bridges in which anything moved; a gain that moved as what is paid did is told with that."""
        transfers = {bridge.account: bridge for bridge in self.bridges if bridge.measure == TRANSFER}
        moved = (bridge for bridge in self.bridges if bridge.size)
        return tuple(
            bridge
            for bridge in moved
            if bridge.measure == TRANSFER or bridge.movements != transfers[bridge.account].movements
        )

    def fields(self) -> dict[str, Any]:
        """The comparison as plain data, for machines."""
        return {
            "before": self.before,
            "after": self.after,
            "changes": [
                {"cause": c.cause, "what": c.what, "then": c.then, "now": c.now, "place": c.place} for c in self.changes
            ],
            "bridges": [_fields(bridge) for bridge in self.bridges],
        }


def _fields(bridge: Bridge) -> dict[str, Any]:
    moved = [{"cause": cause, "label": label, "amount": str(amount)} for cause, label, amount in bridge.movements]
    ends = {"start": str(bridge.start), "movements": moved, "end": str(bridge.end)}
    return {"account": bridge.account, "measure": bridge.measure} | ends


def compare(before: Endpoint, after: Endpoint, lines: int) -> ModelComparison:
    """The changes between two sides and the bridges between their settlements.

    Args: how many of the largest changed lines have a movement of their own.
    """
    taken = way(before, after, lines)
    return ModelComparison(before.name, after.name, taken.changes, tuple(_bridges(before.stated, taken)))


def _bridges(start: ShownSettlement, way: Way) -> Iterator[Bridge]:
    accounts = dict.fromkeys(account for stage in (start, *(s.settlement for s in way.stages)) for account in stage)
    for measure in MEASURES:
        for account in accounts:
            yield _bridge(account, measure, start, way)


def _bridge(account: str, measure: str, start: ShownSettlement, way: Way) -> Bridge:
    at, movements = _amount(start, account, measure), []
    first = at
    for stage in way.stages:
        then, at = at, _amount(stage.settlement, account, measure)
        movements.append((stage.cause, stage.label, at - then))
    return Bridge(account, measure, first, tuple(movements), at)


def _amount(settlement: ShownSettlement, account: str, measure: str) -> Decimal:
    return settlement.get(account, {}).get(measure, ZERO).quantize(ZERO)
