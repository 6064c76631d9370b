"""Reading: everything a model folder holds, with all findings at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from pandera.polars import DataFrameSchema

from riskshare.contract.model import Model
from riskshare.contract.parse import case_files, key_files, measure_files, parse
from riskshare.files.reading import contents
from riskshare.inputs.declarations import BALANCES, CASES, KEYS, LINES, LOCALITIES, MEASURES, POOLS
from riskshare.inputs.keys import read_keys
from riskshare.inputs.lines import read_lines
from riskshare.inputs.localities import read_localities
from riskshare.inputs.measures import read_measures
from riskshare.inputs.pools import read_pools
from riskshare.inputs.table import InputTable
from riskshare.inputs.tables import read_balances, read_cases, read_crosswalks
from riskshare.inputs.toml import TomlFile, read_toml
from riskshare.problems.errors import UserError
from riskshare.problems.findings import Finding, any_error, error
from riskshare.xlsx.limits import PACKED

MODEL_FILE = "model.toml"


@dataclass(frozen=True, slots=True)
class Reading:
    """A model folder that could be read: the contract, where its keys stand, its tables and every file's bytes.

    `tables` holds every table of the user's files by its name, the lines first.
    """

    folder: Path
    model: Model
    toml: TomlFile
    tables: Mapping[str, InputTable]
    files: Mapping[str, bytes]

    @property
    def lines(self) -> InputTable:
        """The budget lines of all inputs."""
        return self.tables[str(LINES.name)]

    @property
    def localities(self) -> dict[str, InputTable]:
        """The localities by geography."""
        return self.of_kind(LOCALITIES)

    @property
    def measures(self) -> dict[str, InputTable]:
        """The outcome measures by file."""
        return self.of_kind(MEASURES)

    @property
    def keys(self) -> dict[str, InputTable]:
        """The weights of keys by file."""
        return self.of_kind(KEYS)

    @property
    def cases(self) -> dict[str, InputTable]:
        """The single cases by file."""
        return self.of_kind(CASES)

    @property
    def pools(self) -> dict[str, InputTable]:
        """The pools that tables give, by group."""
        return self.of_kind(POOLS)

    @property
    def openings(self) -> dict[str, Decimal]:
        """What reserves open with by their code, where a file says it."""
        table = self.tables.get(str(BALANCES.name))
        return dict(table.frame.select("account", "opening").rows()) if table else {}

    def of_kind(self, schema: DataFrameSchema) -> dict[str, InputTable]:
        """The tables of one kind by what they belong to: a geography, a pool group, a file."""
        return {table.of: table for table in self.tables.values() if table.schema is schema}


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
    read = (
        (localities, about_localities),
        read_measures(measure_files(model), folder),
        read_keys(key_files(model), folder),
        read_cases(case_files(model), folder),
        read_pools(model, folder, toml),
        read_crosswalks(model, folder, localities),
        read_balances(model, folder, toml),
    )
    lines, about_lines = read_lines(model, folder, toml)
    beside = (*findings, *_name(folder, model, toml), *(one for _, several in read for one in several))
    if lines is None or any_error(beside):
        return None, (*beside, *about_lines)
    every = (lines, *(table for tables, _ in read for table in tables.values()))
    return Reading(folder, model, toml, by_name(every), _files(folder, model)), (*beside, *about_lines)


def by_name(tables: Iterable[InputTable]) -> dict[str, InputTable]:
    """The tables by the names that the plan has for them."""
    return {table.name: table for table in tables}


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


def _files(folder: Path, model: Model) -> dict[str, bytes]:
    named = [*(entry.file for entry in model.geographies), *(entry.file for entry in model.inputs)]
    given = [pool.table for pool in model.pools if pool.table is not None]
    balances = [reserve.balances for reserve in model.reserves if reserve.balances is not None]
    by_rules = (*measure_files(model), *key_files(model), *case_files(model))
    every = (MODEL_FILE, *named, *given, *balances, *by_rules)
    walks = [entry.crosswalk.file for entry in model.geographies if entry.crosswalk is not None]
    # A file of lines that is missing has its finding by now, and does not keep the cells of the others from theirs.
    there = [name for name in (*every, *walks) if (folder / name).is_file()]
    return {name: contents(folder / name, PACKED, folder) for name in there}
