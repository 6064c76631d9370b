"""Reads keys: the weights by which a pot is split between partners, in every pool or in each its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from riskshare.inputs.declarations import KEYS
from riskshare.inputs.declared import Typed, read_declared, sound
from riskshare.inputs.table import InputTable
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, Place, error


def read_keys(files: Iterable[str], folder: Path) -> tuple[dict[str, InputTable], tuple[Finding, ...]]:
    """The weights in the files that keys name, each as `keys 1`, `keys 2` in their order.

    Grain: one row per partner and pool (empty: every pool), in order of pool and partner. Units: weights as
    Decimal(38, 16). Errors: a partner that is there twice for a pool, or for it and for every pool.
    """
    collector = Collector()
    read = [(file, read_declared(file, folder, KEYS, collector)) for file in files]
    tables = [
        InputTable.declared(KEYS, file, typed.frame.sort("pool", "partner"), typed.origin, number=number)
        for number, (file, typed) in enumerate(read, start=1)
        if typed is not None
    ]
    for _, typed in read:
        collector.extend(_weights_wrong(typed) if typed else ())
    return sound(tables, collector)


def _weights_wrong(typed: Typed) -> Iterator[Finding]:
    frame, origin = typed.frame, typed.origin
    if frame.is_empty():
        yield error("no-weights", Place(origin.file, origin.sheet), "there are no weights below the header")
    everywhere = frame.filter(pl.col("pool") == "")["partner"].to_list()
    twice = pl.struct("partner", "pool").is_duplicated()
    for row, partner, pool in frame.filter(twice).select("row", "partner", "pool").rows()[:50]:
        found = f"partner '{partner}' has two weights " + (f"for pool '{pool}'" if pool else "for every pool")
        yield error("repeated-weight", origin.place(row, "partner"), found, "one weight")
    both = (pl.col("pool") != "") & pl.col("partner").is_in(everywhere)
    for row, partner, pool in frame.filter(both).select("row", "partner", "pool").rows()[:50]:
        found = f"partner '{partner}' has a weight for pool '{pool}' and one for every pool"
        yield error("repeated-weight", origin.place(row, "pool"), found, "one weight")
