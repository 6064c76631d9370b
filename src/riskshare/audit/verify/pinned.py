"""Runs a pinned model again and compares: inputs, contract, steps, results and software, then what moved first."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from riskshare.audit.changes.change import Change, software_changes
from riskshare.audit.changes.contract import contract_changes
from riskshare.audit.changes.figures import new_or_gone
from riskshare.audit.changes.inputs import input_changes
from riskshare.audit.verify.first import Movement, first_moved
from riskshare.audit.verify.verdict import Verdict, VerdictPart
from riskshare.build import compute, compute_reading
from riskshare.figures.computed import ComputedModel
from riskshare.figures.pin.file import Record, RecordedFigures, figures_of, read_record
from riskshare.figures.pin.hashes import PIN_FILE, Pin, changed
from riskshare.inputs.reading import MODEL_FILE
from riskshare.problems.errors import UserError
from riskshare.problems.findings import Finding, Place, warning

NAMED = 3
OWN_WORD = (
    "The files that it was made from are not beside it: its inputs are those that the pin itself keeps. Whether it is "
    "the one that was agreed, a minuted digest says (--expect) or a signature (--signers)."
)


def verify_model(folder: Path) -> tuple[Verdict | None, tuple[Finding, ...]]:
    """Runs a model again and compares it with its pin; findings that are errors where it can no longer be run.

    Raises UserError where the folder has no pin, or one that cannot be read.
    """
    if not (folder / MODEL_FILE).is_file():
        raise UserError(
            f"{folder} is no model: it has no {MODEL_FILE}. Give a model's folder, a pin.json or a workbook."
        )
    pinned = read_record(folder / PIN_FILE)
    built, findings = compute(folder)
    if built is None:
        return None, (*findings, *_not_runnable(folder, pinned))
    return compare(str(folder), folder / PIN_FILE, pinned, built), findings


def verify_pin(path: Path) -> tuple[Verdict | None, tuple[Finding, ...]]:
    """Runs what a pin keeps again, without its model; findings that are errors where it can no longer be run.

    Raises UserError where the pin cannot be read or keeps no inputs.
    """
    pinned = read_record(path)
    if (beside := _of_the_same_files(path.parent, pinned)) is not None:
        return compare(f"{path}, with the files beside it,", path, pinned, beside), ()
    if pinned.reading is None:
        raise UserError(f"The pin {path} keeps no inputs (more than 50,000 lines): verify its model's folder instead.")
    built, findings = compute_reading(pinned.reading)
    if built is None:
        return None, findings
    built = replace(built, pin=replace(built.pin, inputs=pinned.pin.inputs))
    verdict = compare(f"{path}, by the pin's own word,", path, pinned, built)
    return replace(verdict, notes=(OWN_WORD, *verdict.notes)), findings


def _of_the_same_files(folder: Path, pinned: Record) -> ComputedModel | None:
    """The model beside a pin, computed from its files, where these are the ones that the pin names: files win."""
    if not (folder / MODEL_FILE).is_file():
        return None
    built, _ = compute(folder)
    if built is None or built.pin.inputs != pinned.pin.inputs:
        return None
    return built


def _not_runnable(folder: Path, pinned: Record) -> Iterator[Finding]:
    files = _changed_files(folder, pinned)
    if files:
        found = f"the model was pinned without errors; since then these files changed: {', '.join(files)}"
        yield warning("changed-since-pin", Place(PIN_FILE), found, "", "Restore them, or mend the errors.")


def _changed_files(folder: Path, pinned: Record) -> list[str]:
    return [name for name, digest in pinned.pin.inputs.items() if _digest(folder / name) != digest]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def compare(subject: str, path: Path, pinned: Record, built: ComputedModel) -> Verdict:
    """What is the same and what moved between a record and a model that was just computed."""
    now = figures_now(built)
    again = rerun(pinned)
    movement = Movement(pinned, again, built, now)
    made_by = pinned.pin.software.get("riskshare", "?")
    return Verdict(
        subject=subject,
        against=f"the pin made by riskshare {made_by}",
        parts=tuple(parts(pinned, built, now)),
        digest=pinned.pin.digest,
        pin_file=path,
        first=first_moved(movement, built.plan.tables),
        first_shared=first_moved(movement, [group.table for group in built.plan.stages]),
        changes=reading_changes(pinned, built),
        notes=tuple(_notes(pinned, now)),
    )


def figures_now(built: ComputedModel) -> RecordedFigures:
    """The figures of a model that was computed, as a record keeps them."""
    figures = {
        table.name: dict(figures_of(table, built.figures[table.name])) for table in built.plan.tables if table.steps
    }
    return {name: columns for name, columns in figures.items() if columns}


def rerun(pinned: Record) -> ComputedModel | None:
    """What was read when the pin was made, computed with the software of today; None where it cannot be."""
    return compute_reading(pinned.reading)[0] if pinned.reading else None


def reading_changes(pinned: Record, built: ComputedModel) -> tuple[Change, ...]:
    """Every cell, term and version that is another than when the pin was made, the largest amounts first."""
    software = software_changes(pinned.pin.software, built.pin.software)
    if pinned.reading is None:
        return software
    inputs = sorted(input_changes(pinned.reading, built.reading), key=lambda change: -change.weight)
    return (*inputs, *contract_changes(pinned.reading, built.reading), *software)


def parts(pinned: Record, built: ComputedModel, now: RecordedFigures) -> list[VerdictPart]:
    """The five parts, each same or changed; software decides nothing, since figures do."""
    then, pin = pinned.pin, built.pin
    files, versions = changed(then.inputs, pin.inputs), changed(then.software, pin.software)
    contract = then.contract == pin.contract
    return [
        VerdictPart("Inputs", not files, _of(len(pin.inputs), "file", files)),
        VerdictPart("Contract", contract, "model.toml" if contract else "its terms"),
        _steps(then, pin),
        _results(pinned, pin, now),
        VerdictPart("Software", not versions, versions_in_words(then.software, pin.software, versions), counts=False),
    ]


def _of(count: int, word: str, names: list[str]) -> str:
    plural = f"{count:,} {word}{'' if count == 1 else 's'}"
    if not names:
        return plural
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f"{len(names):,} of {plural}: {', '.join(names[:NAMED])}{more}"


def _steps(then: Pin, now: Pin) -> VerdictPart:
    tables = changed(then.steps, now.steps)
    names = [f"'{table}'.{step}" for table in tables
             for step in changed(then.steps.get(table, {}), now.steps.get(table, {}))]  # fmt: skip
    return VerdictPart("Steps", not tables, _of(sum(map(len, now.steps.values())), "formula", names))


def _results(pinned: Record, pin: Pin, now: RecordedFigures) -> VerdictPart:
    then = pinned.pin.results
    columns = [f"'{table}'.{name}" for table in changed(then, pin.results)
               for name in changed(then.get(table, {}), pin.results.get(table, {}))]  # fmt: skip
    count = sum(len(values) for table in now.values() for values in table.values())
    detail = f"figures of {_of(_columns(pin), 'column', columns)}" if columns else f"{count:,} figures"
    return VerdictPart("Results", not columns, detail)


def _columns(pin: Pin) -> int:
    return sum(map(len, pin.results.values()))


def versions_in_words(then: Mapping[str, str], now: Mapping[str, str], names: list[str]) -> str:
    """The versions in words: those that are not as they were, else the first three."""
    if not names:
        return ", ".join(f"{name} {version}" for name, version in list(now.items())[:NAMED])
    return ", ".join(f"{name} {then.get(name, 'none')} then, {now.get(name, 'none')} now" for name in names)


def _notes(pinned: Record, now: RecordedFigures) -> list[str]:
    notes = [] if pinned.packed else ["The pin keeps no inputs (more than 50,000 lines): it knows only their hashes."]
    gone = tuple(new_or_gone(pinned.figures, now))
    more = [f"... and {len(gone) - NAMED:,} more that are new or gone"] if len(gone) > NAMED else []
    return [*notes, *(f"{sentence[0].upper()}{sentence[1:]}." for sentence in gone[:NAMED]), *more]
