"""Reads the balances that reserves were left with last year: one row per account with what it opens with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from riskshare.contract.model import Model
from riskshare.contract.standing import Placed
from riskshare.inputs.amounts import MONEY, Source, read_numbers
from riskshare.inputs.columns import Wanted, match_columns, our_cells
from riskshare.inputs.files import read_table
from riskshare.inputs.tally import Tally
from riskshare.problems.findings import Finding, Place, any_error, did_you_mean, error

COLUMNS = ("account", "opening")


def read_balances(model: Model, folder: Path, where: Placed) -> tuple[dict[str, Decimal], tuple[Finding, ...]]:
    """The opening balance of every reserve that takes it from a file, in pounds to the penny, by its code."""
    tally = Tally()
    found: dict[str, Decimal] = {}
    for number, reserve in enumerate(model.reserves):
        if reserve.balances is None:
            continue
        openings = _openings(reserve.balances, folder, tally)
        if openings is not None and reserve.code not in openings:
            place = where.place(("reserves", number, "balances"))
            text = f"{reserve.balances} has no account '{reserve.code}'"
            tally.add(error("no-balance", place, text, "", did_you_mean(reserve.code, openings)))
        found[reserve.code] = (openings or {}).get(reserve.code, Decimal(0))
    return ({} if any_error(tally.findings()) else found), tally.findings()


def _openings(file: str, folder: Path, tally: Tally) -> Mapping[str, Decimal] | None:
    table = read_table(file, folder, tally)
    positions = match_columns(table, Wanted(COLUMNS, COLUMNS), tally) if table else None
    if table is None or positions is None:
        return None
    origin = table.origin(positions)
    cells = our_cells(table, positions)
    openings = read_numbers(cells, "opening", MONEY, Source(origin, table.floats), tally)
    tally.extend(_repeated(cells["account"].to_list(), file))
    return dict(zip(cells["account"], openings, strict=True))


def _repeated(accounts: list[str], file: str) -> Iterator[Finding]:
    for account in sorted({account for account in accounts if accounts.count(account) > 1}):
        yield error("repeated-account", Place(file), f"account '{account}' is there more than once")
