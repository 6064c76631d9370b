"""Reads the small tables beside the lines: single cases, crosswalks between geographies, opening balances."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import polars as pl

from riskshare.contract.given_files import CrosswalkLink
from riskshare.contract.model import Model, Reserve
from riskshare.contract.standing import Placed
from riskshare.formula.display import in_sentence
from riskshare.inputs.declarations import BALANCES, CASES, CROSSWALK
from riskshare.inputs.declared import Typed, read_declared, repeated, sound
from riskshare.inputs.numbers import EXACT
from riskshare.inputs.table import InputTable
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, Place, did_you_mean, error, one_of, warning

ReadTables = tuple[dict[str, InputTable], tuple[Finding, ...]]
PEOPLE = pl.Schema([("from", pl.String), ("to", pl.String), ("weight", EXACT), ("row", pl.UInt32)])


def read_cases(files: Iterable[str], folder: Path) -> ReadTables:
    """The tables of single cases that stop-loss rules name.

    Grain: one row per case, in order of pool and case. Units: `cost` in pounds to the penny.
    Errors: a case that is there twice.
    """
    collector = Collector()
    read = {file: read_declared(file, folder, CASES, collector) for file in files}
    typed = {file: cases for file, cases in read.items() if cases is not None}
    for cases in typed.values():
        collector.extend(repeated(cases, "case"))
    ordered = {file: cases.frame.sort("pool", "case") for file, cases in typed.items()}
    tables = [InputTable.declared(CASES, file, frame, typed[file].origin) for file, frame in ordered.items()]
    return sound(tables, collector)


def read_balances(model: Model, folder: Path, where: Placed) -> ReadTables:
    """What every reserve that takes its balance from a file was left with last year, as one table: `reserves`.

    Grain: one row per reserve, as declared. Units: `opening` in pounds to the penny.
    Errors: a reserve that its file doesn't have, an account that is there twice or that two reserves take; a balance
    that no reserve takes is a warning.
    """
    collector = Collector()
    named = {number: str(entry.balances) for number, entry in enumerate(model.reserves) if entry.balances is not None}
    read = {file: read_declared(file, folder, BALANCES, collector) for file in dict.fromkeys(named.values())}
    typed = {file: balances for file, balances in read.items() if balances is not None}
    for balances in typed.values():
        collector.extend(repeated(balances, "account"))
    rows = []
    for number, file in named.items():
        if file in typed:
            place = where.place(("reserves", number, "balances"))
            own = _opening(_account(model.reserves[number]), typed[file], place, collector)
            origin = pl.lit([*typed].index(file), pl.UInt32).alias("origin")
            rows.append(own.with_columns(pl.lit(model.reserves[number].code).alias("account"), origin))
    collector.extend(_taken_twice(model, where))
    collector.extend(_left_behind(model, typed))
    origins = [balances.origin for balances in typed.values()]
    return sound([InputTable.declared(BALANCES, "", pl.concat(rows), *origins)] if rows else (), collector)


def _account(reserve: Reserve) -> str:
    return reserve.account or reserve.code


def _taken_twice(model: Model, where: Placed) -> Iterator[Finding]:
    """Accounts of a file that two reserves open with: the money would be there twice."""
    takers: dict[tuple[str, str], str] = {}
    for number, reserve in enumerate(model.reserves):
        if reserve.balances is not None:
            account = reserve.balances, _account(reserve)
            if account in takers:
                found = f"reserve '{reserve.code}' opens with the balance that '{takers[account]}' opens with"
                place = where.place(("reserves", number, "account" if reserve.account else "balances"))
                yield error("balance-twice", place, found, "each balance once", "Name another account.")
            takers.setdefault(account, reserve.code)


def _left_behind(model: Model, read: Mapping[str, Typed]) -> Iterator[Finding]:
    """Balances in a file that no reserve opens with: the money would be gone."""
    for file, balances in read.items():
        taken = [_account(reserve) for reserve in model.reserves if reserve.balances == file]
        left = balances.frame.filter(~pl.col("account").is_in(taken) & (pl.col("opening") != 0))
        for row, account, amount in left.select("row", "account", "opening").rows():
            place = balances.origin.place(row, "opening")
            found = f"account '{account}' was left with {in_sentence(amount)}, and no reserve opens with it"
            action = f'Add a reserve with balances = "{file}" and account = "{account}", or take the row out.'
            yield warning("balance-left-behind", place, found, "", action)


def balances_of(openings: Mapping[str, Decimal]) -> pl.DataFrame:
    """Opening balances as the frame of a table, where nothing says which rows they stood in."""
    return pl.DataFrame(list(openings.items()), schema={"account": pl.String, "opening": EXACT}, orient="row")


def _opening(code: str, balances: Typed, place: Place, collector: Collector) -> pl.DataFrame:
    """The row of one account."""
    own, known = balances.frame.filter(pl.col("account") == code), balances.frame["account"].to_list()
    if own.is_empty():
        found = f"{balances.origin.file} has no account '{code}'"
        collector.add(error("no-balance", place, found, "", did_you_mean(code, known)))
    return own


def read_crosswalks(model: Model, folder: Path, localities: Mapping[str, InputTable]) -> ReadTables:
    """Where the people of each geography live that names a crosswalk, as `people adult`.

    Grain: one row per locality of the geography and locality of the other, both in order of their codes; a pair that
    the file leaves out has no row there. Units: people as Decimal(38, 16).
    Errors: codes that a geography doesn't have, a locality without people.
    """
    collector = Collector()
    codes = [geography.code for geography in model.geographies]
    tables = [
        _crosswalk(geography.code, geography.crosswalk, folder, localities, collector)
        for geography in model.geographies
        if geography.crosswalk is not None and _leads_on(geography.code, geography.crosswalk, codes, collector)
    ]
    return sound((table for table in tables if table is not None), collector)


def _leads_on(code: str, link: CrosswalkLink, codes: Iterable[str], collector: Collector) -> bool:
    """Whether a crosswalk leads to another geography of the model; a finding where it doesn't."""
    others = [other for other in codes if other != code]
    if link.to not in others:
        found, expected = f"the crosswalk of '{code}' leads to '{link.to}'", one_of(others)
        collector.add(error("unknown-geography", Place("model.toml"), found, expected, did_you_mean(link.to, others)))
    return link.to in others


def _crosswalk(
    code: str, link: CrosswalkLink, folder: Path, localities: Mapping[str, InputTable], collector: Collector
) -> InputTable | None:
    """The people of a geography on the map of the other; none where the localities of either could not be read."""
    typed = read_declared(link.file, folder, CROSSWALK, collector)
    if typed is None or not {code, link.to} <= set(localities):
        return None
    ours, theirs = (localities[geography].frame["locality"].to_list() for geography in (code, link.to))
    collector.extend(_strangers(typed, ours, theirs))
    people = every_pair(ours, theirs, {(here, there): (people, row) for here, there, people, row in typed.frame.rows()})
    empty = people.group_by("from", maintain_order=True).agg(pl.col("weight").sum()).filter(pl.col("weight") == 0)
    for here in empty["from"]:
        collector.add(error("zero-weights", Place(link.file), f"locality '{here}' has no people in any other locality"))
    return InputTable.declared(CROSSWALK, code, people, typed.origin)


def every_pair(
    ours: list[str], theirs: list[str], stated: Mapping[tuple[str, str], tuple[Decimal | None, int | None]]
) -> pl.DataFrame:
    """The people of each locality in each locality of the other geography, none where nothing is stated."""
    rows = [(here, there, *stated.get((here, there), (None, None))) for here in ours for there in theirs]
    return pl.DataFrame(rows, schema=PEOPLE, orient="row").with_columns(pl.col("weight").fill_null(0))


def _strangers(typed: Typed, ours: list[str], theirs: list[str]) -> Iterator[Finding]:
    """Codes that are no localities of the geography on their side."""
    for column, known in (("from", ours), ("to", theirs)):
        for row, code in typed.frame.filter(~pl.col(column).is_in(known)).select("row", column).rows():
            place, expected = typed.origin.place(row, column), f"one of {', '.join(known)}"
            yield error("unknown-locality", place, f"locality '{code}'", expected, did_you_mean(code, known))
