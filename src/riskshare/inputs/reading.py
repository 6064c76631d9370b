"""Reading: everything a model folder holds, with all findings at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from riskshare.contract.model import Model
from riskshare.contract.parse import case_files, measure_files, parse
from riskshare.inputs.balances import read_balances
from riskshare.inputs.cases import Cases, read_cases
from riskshare.inputs.crosswalks import Crosswalk, read_crosswalks
from riskshare.inputs.lines import Lines, read_lines
from riskshare.inputs.pools import PoolTable, read_pools
from riskshare.inputs.tables import Localities, Measures, read_localities, read_measures
from riskshare.inputs.toml import TomlFile, read_toml
from riskshare.problems.errors import UserError
from riskshare.problems.findings import Finding, any_error, error

MODEL_FILE = "model.toml"
Table = TypeVar("Table", Measures, Cases)


@dataclass(frozen=True, slots=True)
class Reading:
    """A model folder that could be read: the contract, where its keys stand, its tables and every file's bytes."""

    folder: Path
    model: Model
    toml: TomlFile
    lines: Lines
    localities: Mapping[str, Localities]
    measures: Mapping[str, Measures]
    pools: Mapping[str, PoolTable]
    cases: Mapping[str, Cases]
    openings: Mapping[str, Decimal]
    crosswalks: Mapping[str, Crosswalk]
    files: Mapping[str, bytes]


def read_model(folder: Path) -> tuple[Reading | None, tuple[Finding, ...]]:
    """Reads a model folder; nothing where a finding is an error, unless only cells of the lines are wrong.

    Then the lines can still be judged, so that all findings come at once, but not computed: such a cell is null.
    Raises UserError where there is no such folder.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder. Give the folder of a model, such as models/thurrock-2021-22.")
    toml, findings = read_toml(folder / MODEL_FILE)
    if toml is None:
        return None, findings
    model, wrong = parse(toml.values, toml)
    if model is None:
        return None, (*findings, *wrong)
    return _tables(folder, model, toml, findings)


def _tables(
    folder: Path, model: Model, toml: TomlFile, findings: tuple[Finding, ...]
) -> tuple[Reading | None, tuple[Finding, ...]]:
    localities, about_localities = read_localities(model, folder)
    measures, about_measures = _each(measure_files(model), folder, read_measures)
    cases, about_cases = _each(case_files(model), folder, read_cases)
    crosswalks, about_crosswalks = read_crosswalks(model, folder, localities)
    pools, about_pools = read_pools(model, folder, toml)
    openings, about_openings = read_balances(model, folder, toml)
    lines, about_lines = read_lines(model, folder, toml)
    beside = (*about_localities, *about_measures, *about_cases, *about_pools, *about_openings, *about_crosswalks)
    every = (*findings, *_name(folder, model, toml), *beside, *about_lines)
    if lines is None or any_error((*findings, *_name(folder, model, toml), *beside)):
        return None, every
    files = _files(folder, model)
    return Reading(folder, model, toml, lines, localities, measures, pools, cases, openings, crosswalks, files), every


def _name(folder: Path, model: Model, toml: TomlFile) -> tuple[Finding, ...]:
    if folder.resolve().name == model.name:
        return ()
    place = toml.place(("name",))
    return (
        error(
            "name",
            place,
            f"name = '{model.name}' in the folder '{folder.resolve().name}'",
            "the folder's name",
            "Rename one of them",
        ),
    )


def _each(
    files: Iterable[str], folder: Path, read: Callable[[str, Path], tuple[Table | None, tuple[Finding, ...]]]
) -> tuple[dict[str, Table], tuple[Finding, ...]]:
    tables = {file: read(file, folder) for file in files}
    found = {file: table for file, (table, _) in tables.items() if table is not None}
    return found, tuple(finding for _, findings in tables.values() for finding in findings)


def _files(folder: Path, model: Model) -> dict[str, bytes]:
    named = [*(entry.file for entry in model.geographies), *(entry.file for entry in model.inputs)]
    given = [pool.table for pool in model.pools if pool.table is not None]
    balances = [reserve.balances for reserve in model.reserves if reserve.balances is not None]
    every = (MODEL_FILE, *named, *given, *balances, *measure_files(model), *case_files(model))
    walks = [entry.crosswalk.file for entry in model.geographies if entry.crosswalk is not None]
    return {name: (folder / name).read_bytes() for name in (*every, *walks)}
