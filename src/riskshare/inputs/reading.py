"""Reading: everything a model folder holds, with all findings at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from riskshare.contract import measure_files, parse
from riskshare.errors import UserError
from riskshare.findings import Finding, any_error, error
from riskshare.inputs.lines import Lines, read_lines
from riskshare.inputs.tables import Localities, Measures, read_localities, read_measures
from riskshare.inputs.toml import TomlFile, read_toml
from riskshare.model import Model

MODEL_FILE = "model.toml"


@dataclass(frozen=True, slots=True)
class Reading:
    """A model folder that could be read: the contract, where its keys stand, its tables and every file's bytes."""

    folder: Path
    model: Model
    toml: TomlFile
    lines: Lines
    localities: Mapping[str, Localities]
    measures: Mapping[str, Measures]
    files: Mapping[str, bytes]


def read_model(folder: Path) -> tuple[Reading | None, tuple[Finding, ...]]:
    """Reads a model folder; nothing where a finding is an error. Raises UserError where there is no such folder."""
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
    measures, about_measures = _measures(model, folder)
    lines, about_lines = read_lines(model, folder)
    every = (*findings, *_name(folder, model, toml), *about_localities, *about_measures, *about_lines)
    if lines is None or any_error(every):
        return None, every
    return Reading(folder, model, toml, lines, localities, measures, _files(folder, model)), every


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


def _measures(model: Model, folder: Path) -> tuple[dict[str, Measures], tuple[Finding, ...]]:
    found: dict[str, Measures] = {}
    findings: tuple[Finding, ...] = ()
    for file in measure_files(model):
        measures, about = read_measures(file, folder)
        findings = (*findings, *about)
        if measures is not None:
            found[file] = measures
    return found, findings


def _files(folder: Path, model: Model) -> dict[str, bytes]:
    named = [*(entry.file for entry in model.geographies), *(entry.file for entry in model.inputs)]
    return {name: (folder / name).read_bytes() for name in (MODEL_FILE, *named, *measure_files(model))}
