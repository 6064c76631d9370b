"""Compares the model of ACO REACH with the published savings, after risk bands and after sequestration."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from replays.published import amounts, published
from replays.settlement import Compared, Settlement, pools_of, side_of
from riskshare.figures.computed import ComputedModel

COLUMNS = ("aco_id", "risk_arrangement", "gross_savings", "shared_savings", "shared_savings_seq")
OURS = {"gross_savings": "start", "shared_savings": "share_ranges.holds.ACO", "shared_savings_seq": "final.ACO"}
HALF_A_PENNY = Decimal("0.005")

# The file has four decimals, the model pennies: each rounding to a penny on the way may move a figure by half of one.
ROUNDINGS = {"gross_savings": 2, "shared_savings": 10, "shared_savings_seq": 11}


def compare(built: ComputedModel, file: Path) -> Iterator[Settlement]:
    """Every settlement of the file, in its order: gross savings, after the risk bands, after sequestration."""
    cells = published(file, COLUMNS)
    theirs = {name: amounts(cells[name]) for name in OURS}
    ours = pools_of(built, OURS)
    for number, (pool, arrangement) in enumerate(cells.select("aco_id", "risk_arrangement").rows()):
        figures = tuple(
            Compared(name.replace("_", " "), ours[pool][name], theirs[name][number], HALF_A_PENNY * ROUNDINGS[name])
            for name in OURS
        )
        yield Settlement(pool, arrangement, side_of(ours[pool]["gross_savings"]), figures)
