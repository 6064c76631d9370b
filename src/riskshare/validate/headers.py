"""Names of columns that contradict what is read from them: thousands read as pounds, budgets read as outturns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial

from riskshare.contract.model import Model
from riskshare.formula.display import in_sentence
from riskshare.inputs.table import InputTable, one_line
from riskshare.inputs.toml import TomlFile, TomlPath
from riskshare.problems.findings import Finding, Place
from riskshare.validate.acceptance import doubt

SAID = {
    1_000_000: re.compile(r"[£$€]\s?m(?:n|illions?)?\b|\bmillions?\b", re.IGNORECASE),
    1_000: re.compile(r"(?<![\d,.])['‘’`]?000s?\b|[£$€]\s?k\b|\(k\)|\bthousands?\b", re.IGNORECASE),
}
OF_BUDGETS = re.compile(r"\bbudget|\bplan|\btarget|\bbenchmark|\ballocation", re.IGNORECASE)
OF_OUTTURNS = re.compile(r"\bout-?turn|\bactual|\bforecast|\bspen[dt]|\bexpenditure|\bfot\b", re.IGNORECASE)
IN = {1: "pounds", 1_000: "thousands of pounds", 1_000_000: "millions of pounds"}


def doubtful_names(
    model: Model, toml: TomlFile, lines: InputTable, pools: Mapping[str, InputTable]
) -> Iterator[Finding]:
    """Findings on the columns of amounts of every input and of every table of pools, as model.toml names them."""
    for number, (entry, origin) in enumerate(zip(model.inputs, lines.origins, strict=True)):
        rows = lines.frame.filter(lines.frame["origin"] == number)
        totals = {name: Decimal(rows[name].sum()) for name in ("budget", "outturn") if name in origin.letters}
        yield from _doubtful(entry.columns, totals, entry.units, partial(_columns, toml, ("inputs", number)))
    for number, pool in enumerate(model.pools):
        if pool.code in pools:
            totals = {name: Decimal(pools[pool.code].frame[name].sum()) for name in ("target", "outturn")}
            yield from _doubtful(pool.columns, totals, pool.units, partial(_columns, toml, ("pools", number)))


At = Callable[[str], Place]


def _columns(toml: TomlFile, path: TomlPath, name: str) -> Place:
    return toml.place((*path, "columns", name))


def _doubtful(columns: Mapping[str, str], totals: Mapping[str, Decimal], units: int, at: At) -> Iterator[Finding]:
    names = {name: columns.get(name, name) for name in totals}
    for ours, name in names.items():
        if units_said(name) not in (0, units):
            yield _other_units(name, totals[ours], units, at(ours))
    if len(names) > 1 and _swapped(*names.values()):
        yield _swap(names, totals, at)


def units_said(name: str) -> int:
    """Thousand or million, where the name of a column says so, otherwise nothing."""
    return next((size for size, pattern in SAID.items() if pattern.search(one_line(name))), 0)


def _other_units(name: str, total: Decimal, units: int, place: Place) -> Finding:
    said = units_said(name)
    found = f"the column '{name}' is read in {IN[units]}: it adds to {in_sentence(total)}"
    action = f"If it is in {IN[said]} ({in_sentence(total / units * said)}), add units = {said}"
    return doubt("header-units", place, found, action)


def _swapped(target: str, outturn: str) -> bool:
    return _is_of(OF_OUTTURNS, OF_BUDGETS, target) and _is_of(OF_BUDGETS, OF_OUTTURNS, outturn)


def _swap(names: Mapping[str, str], totals: Mapping[str, Decimal], at: At) -> Finding:
    read = [f"{ours} is read from the column '{name}' ({in_sentence(totals[ours])})" for ours, name in names.items()]
    return doubt("swapped", at(next(iter(names))), ", ".join(read), "Swap them")


def _is_of(one: re.Pattern[str], other: re.Pattern[str], name: str) -> bool:
    return bool(one.search(name)) and not other.search(name)
