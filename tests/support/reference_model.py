"""Independent reference: a model's TOML and CSV, read without riskshare.

It reads what the random models write: the formats of `docs/rules.md`, CSV files in riskshare's own columns. Files as
finance groups send them (sheets, units, splits) are another subject and not read here.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

from reference_money import pounds, split

Entry: TypeAlias = dict[str, Any]
Rows: TypeAlias = list[dict[str, str]]
Written: TypeAlias = Any  # a value as model.toml writes it


@dataclass(frozen=True)
class Geography:
    """Localities in the order of their codes, with their weights on each basis."""

    code: str
    localities: tuple[str, ...]
    weights: Mapping[str, tuple[Fraction, ...]]


@dataclass(frozen=True)
class Line:
    """A budget line in pennies, with what pools ask about it."""

    code: str
    words: Mapping[str, str]
    fund: str
    holder: str
    geography: str
    locality: str
    basis: str
    fixed: bool
    recurrent: bool
    budget: int
    outturn: int

    @property
    def variance(self) -> int:
        """Target less outturn: a gain is positive."""
        return self.budget - self.outturn


@dataclass(frozen=True)
class Model:
    """A model as its files say it."""

    folder: Path
    toml: Entry
    partners: tuple[str, ...]
    roles: Mapping[str, str]
    incomes: Mapping[str, int]
    openings: Mapping[str, int]
    holder_of_reserve: Mapping[str, str]
    funds: Mapping[str, Entry]
    geographies: Mapping[str, Geography]
    lines: tuple[Line, ...]
    tables: dict[str, Rows] = field(default_factory=dict)

    def members(self, pot: str) -> list[str]:
        """The partners that a pot is split between: those of its role, or all."""
        if pot not in ("commissioners", "providers"):
            return list(self.partners)
        return [code for code in self.partners if f"{self.roles[code]}s" == pot]

    def rows(self, file: str) -> Rows:
        """The rows of a CSV file of the model."""
        if file not in self.tables:
            self.tables[file] = read_csv(self.folder / file)
        return self.tables[file]


def read_csv(path: Path) -> Rows:
    """All rows of a CSV file, cells as text."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [{key: (value or "").strip() for key, value in row.items()} for row in csv.DictReader(stream)]


def read(folder: Path) -> Model:
    """Reads a model folder."""
    with (folder / "model.toml").open("rb") as stream:
        toml = tomllib.load(stream, parse_float=Decimal)
    partners = {entry["code"]: entry for entry in toml["partners"]}
    reserves = {entry["code"]: entry for entry in toml.get("reserves", ())}
    funds = {entry["code"]: entry for entry in toml.get("funds", ())}
    geographies = {entry["code"]: _geography(folder, entry) for entry in toml.get("geographies", ())}
    return Model(
        folder=folder,
        toml=toml,
        partners=tuple(partners),
        roles={code: entry["role"] for code, entry in partners.items()},
        incomes={code: pounds(str(entry["income"])) for code, entry in partners.items() if "income" in entry},
        openings={code: _opening(folder, entry) for code, entry in reserves.items()},
        holder_of_reserve={code: entry.get("holder", "") for code, entry in reserves.items()},
        funds=funds,
        geographies=geographies,
        lines=tuple(_lines(folder, toml, funds, geographies)),
    )


def _opening(folder: Path, reserve: Entry) -> int:
    """The opening balance, stated or from a file such as last year's balances.csv."""
    if "balances" not in reserve:
        return pounds(str(reserve.get("opening", 0)))
    account = reserve.get("account", reserve["code"])
    return sum(pounds(row["opening"]) for row in read_csv(folder / reserve["balances"]) if row["account"] == account)


def _geography(folder: Path, entry: Entry) -> Geography:
    rows = sorted(read_csv(folder / entry["file"]), key=lambda row: row["locality"])
    bases = [column for column in rows[0] if column not in ("locality", "name")]
    weights = {basis: tuple(Fraction(row[basis].replace(",", "")) for row in rows) for basis in bases}
    return Geography(entry["code"], tuple(row["locality"] for row in rows), weights)


def _lines(folder: Path, toml: Entry, funds: Mapping[str, Entry], geographies: Mapping[str, Geography]) -> list[Line]:
    return [
        _line({**_defaults(source), **_filled(row)}, funds, geographies)
        for source in toml.get("inputs", ())
        for row in read_csv(folder / source["file"])
    ]


def _defaults(source: Entry) -> dict[str, str]:
    return {key: source[key] for key in ("fund", "level", "geography", "holder") if key in source}


def _filled(row: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in row.items() if value}


def _line(row: Mapping[str, str], funds: Mapping[str, Entry], geographies: Mapping[str, Geography]) -> Line:
    fund = funds[row["fund"]]
    local = row["level"] in ("neighbourhood", "locality")
    holder = row.get("holder") or fund["holder"]
    words = {"level": row["level"], "arrangement": fund["arrangement"], "fund": row["fund"], "holder": holder}
    words |= {"service": row.get("service", ""), "provider": row.get("provider", "")}
    return Line(
        code=row["line"],
        words=words,
        fund=row["fund"],
        holder=holder,
        geography=row.get("geography") or (next(iter(geographies), "") if local else ""),
        locality=row.get("locality", ""),
        basis=row.get("basis", ""),
        fixed=row.get("risk") == "fixed",
        recurrent=row.get("recurrent", "yes").lower() in ("yes", "true", "1"),
        budget=pounds(row.get("budget", "0")),
        outturn=pounds(row.get("outturn", "0")),
    )


def matches(line: Line, where: Mapping[str, object]) -> bool:
    """Whether a line is one that a scope takes: every key must match, by [values] or by { not = [values] }."""
    return all(_takes(line.words[key], wanted) for key, wanted in where.items())


def _takes(word: str, wanted: object) -> bool:
    if isinstance(wanted, Mapping):
        return word not in wanted["not"]
    return word in list(wanted)  # type: ignore[call-overload]


def parts_of(line: Line, geography: Geography, amount: int) -> list[int]:
    """An amount of a line in each locality: direct, or by the weights of its basis."""
    weights: Sequence[Fraction | int]
    if line.locality:
        weights = [int(code == line.locality) for code in geography.localities]
    else:
        weights = geography.weights[line.basis]
    return split(amount, weights)
