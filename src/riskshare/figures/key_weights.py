"""Weights that keys read from a file, as a table of the plan."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from riskshare.figures.names import key_of
from riskshare.figures.outcome_scores import EVERY_POOL
from riskshare.formula.language import Column, Given, Table, table
from riskshare.formula.units import TEXT, WEIGHT


def weights_table(name: str, file: str, rows: Sequence[tuple[str, str, Decimal]]) -> Table:
    """The weights of a file; one row per partner and pool, given as partner, pool (empty: every pool) and weight."""
    columns: list[Column] = [
        Given("key", TEXT, "Key", tuple(key_of(partner, pool) for partner, pool, _ in rows), editable=False),
        Given("partner", TEXT, "Partner", tuple(partner for partner, _, _ in rows), editable=False),
        Given("pool", TEXT, "Pool", tuple(pool or EVERY_POOL for _, pool, _ in rows), editable=False),
        Given("weight", WEIGHT, "Weight", tuple(weight for _, _, weight in rows), additive=False),
    ]
    return table(name, f"Weights of a key ({file})", "one row per partner and pool", "key", columns)
