"""The model that a delivered workbook was built from, as it is now or as it was pinned, and its rebuild."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from riskshare.build import compute, compute_reading
from riskshare.figures.computed import ComputedModel
from riskshare.figures.pin.file import read_record
from riskshare.figures.pin.hashes import PIN_FILE, PIN_SCHEMA
from riskshare.inputs.reading import MODEL_FILE
from riskshare.problems.errors import NoModelError, UserError
from riskshare.problems.findings import Finding

CHANGED = (
    "The model's files are not those of this workbook, but its pin is: compared with the model as it was pinned, by "
    "the pin's own word."
)
FORGED = (
    "The pin of this workbook says that it was made from the model's files as they are, but keeps other values or "
    "figures than they give: it was altered. Compared with the model's files."
)
NEITHER = "Neither the model's files nor its pin are those of this workbook: compared with the model as it is now."


@dataclass(frozen=True, slots=True)
class ModelOfWorkbook:
    """A model computed again for a workbook; `note` says where it is not what the workbook was built from."""

    folder: Path
    built: ComputedModel
    findings: tuple[Finding, ...]
    note: str = ""


def model_of(workbook: Path, properties: Mapping[str, str], given: Path | None) -> Path:
    """The folder of the workbook's model: the one given, or one of its name in the usual places.

    Raises UserError where the workbook is not ours, was made by a newer version, or its model is nowhere.
    """
    name, schema = (properties.get(f"riskshare {word}", "") for word in ("model", "schema"))
    if not name and given is not None:
        return given
    if not name:
        raise UserError(
            f"{workbook} was not made by riskshare: it does not say of which model it is. Give a workbook that "
            "`riskshare build` wrote, or name the model: --model FOLDER"
        )
    if not schema.isdecimal() or int(schema) > PIN_SCHEMA:
        by = properties.get("riskshare version", "unknown")
        raise UserError(f"{workbook} was made by a newer version, riskshare {by}. Install that version or a later one.")
    if given is not None:
        return given
    if Path(name).name != name or name in {".", ".."}:
        raise UserError(
            f"{workbook} states a path in place of its model's name: '{name}'. Name the model: --model FOLDER"
        )
    nearby = next((folder for folder in _places(workbook, name) if (folder / MODEL_FILE).is_file()), None)
    if nearby is None:
        raise NoModelError(
            f"The model '{name}' of {workbook} is not beside it nor under models/. Name it: --model FOLDER"
        )
    return nearby


def _places(workbook: Path, name: str) -> Iterator[Path]:
    beside = workbook.resolve().parent
    for folder in (Path.cwd(), beside, beside.parent):
        yield folder / "models" / name
        yield folder / name


def origin_of(folder: Path, digest: str) -> tuple[ModelOfWorkbook | None, tuple[Finding, ...]]:
    """The model with this digest: as it is now, else as its pin keeps it; else as it is now, with a note.

    Findings that are errors where it can be computed in no way.
    """
    built, findings = compute(folder)
    if built is not None and built.pin.digest == digest:
        return ModelOfWorkbook(folder, built, findings), findings
    pinned = _pinned(folder, digest)
    if pinned is not None and built is not None and pinned.built.pin.inputs == built.pin.inputs:
        return ModelOfWorkbook(folder, built, findings, FORGED), findings
    if pinned is not None:
        return replace(pinned, note=CHANGED), pinned.findings
    return (None if built is None else ModelOfWorkbook(folder, built, findings, NEITHER)), findings


def _pinned(folder: Path, digest: str) -> ModelOfWorkbook | None:
    if not (folder / PIN_FILE).is_file():
        return None
    try:
        record = read_record(folder / PIN_FILE)
        reading = record.reading if record.pin.digest == digest else None
    except UserError:
        return None
    if reading is None:
        return None
    built, findings = compute_reading(reading)
    if built is None:
        return None
    return ModelOfWorkbook(folder, replace(built, pin=replace(built.pin, inputs=record.pin.inputs)), findings)
