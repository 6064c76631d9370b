"""Reads crosswalks: how many people of each locality of one geography live in each locality of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from riskshare.contract.model import Geography, Model
from riskshare.inputs.amounts import WEIGHT, Source, read_numbers
from riskshare.inputs.columns import Wanted, match_columns, our_cells
from riskshare.inputs.files import read_table
from riskshare.inputs.tables import Localities
from riskshare.inputs.tally import Tally
from riskshare.problems.findings import Finding, Place, any_error, did_you_mean, error

COLUMNS = ("from", "to", "weight")


@dataclass(frozen=True)
class Crosswalk:
    """For each locality of a geography its people in each locality of another, both in order of their codes."""

    to: str
    weights: tuple[tuple[Decimal, ...], ...]


def read_crosswalks(
    model: Model, folder: Path, localities: Mapping[str, Localities]
) -> tuple[dict[str, Crosswalk], tuple[Finding, ...]]:
    """The crosswalk of every geography that names one, by the geography's code; findings for those that are wrong."""
    tally = Tally()
    found: dict[str, Crosswalk] = {}
    for geography in model.geographies:
        if geography.crosswalk is not None and geography.code in localities:
            weights = _weights(geography, folder, localities, tally)
            found |= {geography.code: Crosswalk(geography.crosswalk.to, weights)} if weights else {}
    return ({} if any_error(tally.findings()) else found), tally.findings()


def _weights(
    geography: Geography, folder: Path, localities: Mapping[str, Localities], tally: Tally
) -> tuple[tuple[Decimal, ...], ...]:
    link = geography.crosswalk
    if link is None or link.to not in localities or link.to == geography.code:
        known = [code for code in localities if code != geography.code]
        word = link.to if link else ""
        found, expected = f"the crosswalk of '{geography.code}' leads to '{word}'", f"one of {', '.join(known)}"
        tally.add(error("unknown-geography", Place("model.toml"), found, expected, did_you_mean(word, known)))
        return ()
    pairs = _pairs(link.file, folder, tally)
    ours, theirs = (list(localities[code].frame["locality"]) for code in (geography.code, link.to))
    for pair in pairs:
        _judge(link.file, pair, ours, theirs, tally)
    for code in ours:
        if sum(pairs.get((code, other), Decimal(0)) for other in theirs) == 0:
            tally.add(error("zero-weights", Place(link.file), f"locality '{code}' has no people in any other locality"))
    return tuple(tuple(pairs.get((code, other), Decimal(0)) for other in theirs) for code in ours)


def _judge(file: str, pair: tuple[str, str], ours: list[str], theirs: list[str], tally: Tally) -> None:
    for code, known in zip(pair, (ours, theirs), strict=True):
        if code not in known:
            expected = f"one of {', '.join(known)}"
            tally.add(error("unknown-locality", Place(file), f"locality '{code}'", expected, did_you_mean(code, known)))


def _pairs(file: str, folder: Path, tally: Tally) -> dict[tuple[str, str], Decimal]:
    table = read_table(file, folder, tally)
    positions = match_columns(table, Wanted(COLUMNS, COLUMNS), tally) if table else None
    if table is None or positions is None:
        return {}
    cells = our_cells(table, positions)
    weights = read_numbers(cells, "weight", WEIGHT, Source(table.origin(positions), table.floats), tally)
    return {
        (start, end): weight or Decimal(0)
        for start, end, weight in zip(cells["from"], cells["to"], weights, strict=True)
    }
