"""The whole flow on one screen: read, judge, define, compute, judge, write, prove. START HERE."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from riskshare.figures.computed import ComputedModel
from riskshare.figures.line_treatment import complete
from riskshare.figures.pin.file import read_pin
from riskshare.figures.pin.hashes import differences, make_pin
from riskshare.figures.plan import plan
from riskshare.formula.evaluate import evaluate
from riskshare.inputs.reading import MODEL_FILE, Reading, read_model
from riskshare.outputs.progress import Phase, Tell, untold
from riskshare.problems.errors import TooLargeError
from riskshare.problems.findings import Finding, Place, any_error, error, in_order
from riskshare.proof.proof import examine
from riskshare.validate.acceptance import accepted
from riskshare.validate.contract import (
    contract_of,
    unsound_cases,
    unsound_keys,
    unsound_lines,
    unsound_measures,
    unsound_openings,
    unsound_terms,
)
from riskshare.validate.figures import unsound_figures
from riskshare.validate.flow import doubtful_lines, unsound_flow
from riskshare.validate.headers import doubtful_names
from riskshare.validate.lines import validate

if TYPE_CHECKING:
    from riskshare.proof.deliver import Prove


def build(
    folder: Path, output: Path, prove: Prove | None = examine, tell: Tell = untold
) -> tuple[ComputedModel | None, tuple[Finding, ...]]:
    """Computes a model, writes its workbook, has another engine recalculate it, and delivers it when all is equal.

    Findings that are errors stop it: those on the files before anything is written, those of the proof before the
    finished workbook replaces the old one. Without `prove` it is delivered as it is, and its pin says so.
    """
    built, findings = compute(folder, tell)
    if built is None:
        return None, findings
    from riskshare.proof.deliver import deliver

    return deliver(built, findings, output, prove, tell)


def compute(folder: Path, tell: Tell = untold) -> tuple[ComputedModel | None, tuple[Finding, ...]]:
    """Reads, validates, pools, shares and pins a model, writing nothing."""
    reading, findings = read_model(folder)
    if reading is None:
        return None, in_order(findings)
    tell(Phase.READ, reading.lines.frame.height)
    if any_error(findings):
        return None, _in_order(reading, (*findings, *_judged(reading)))
    built, about = compute_reading(reading, tell)
    every = _in_order(reading, (*findings, *about))
    if built is None:
        return None, every
    pinned, about_pin = read_pin(folder)
    moved = differences(pinned, built.pin) if pinned else ()
    return replace(built, moved=moved), in_order((*every, *about_pin))


def compute_reading(reading: Reading, tell: Tell = untold) -> tuple[ComputedModel | None, tuple[Finding, ...]]:
    """Validates, pools, shares and pins what was read, from a folder or from a pin."""
    built, findings = _computed(reading, tell)
    return built, _in_order(reading, findings)


def _computed(reading: Reading, tell: Tell) -> tuple[ComputedModel | None, tuple[Finding, ...]]:
    contract = contract_of(reading)
    findings = _judged(reading)
    findings += (*unsound_terms(contract), *unsound_cases(contract, reading.cases))
    findings += tuple(unsound_openings(contract, reading.openings))
    findings += (*unsound_measures(contract, reading.measures), *unsound_keys(contract, reading.keys))
    if any_error(findings):
        return None, findings
    lines = complete(reading.model, reading.lines, reading.localities)
    planned = plan(reading, lines)
    findings += (*unsound_lines(contract, planned.lines), *doubtful_lines(contract, planned.lines))
    findings += tuple(unsound_flow(contract, planned.stages))
    if any_error(findings):
        return None, findings
    tell(Phase.JUDGE, len(findings))
    try:
        figures = evaluate(planned.tables, planned.frames)
    except TooLargeError as failure:
        return None, (*findings, _too_large(failure))
    tell(Phase.COMPUTE, sum(len(table.steps) for table in planned.tables))
    findings += tuple(unsound_figures(contract, planned.stages, figures))
    if any_error(findings):
        return None, findings
    pin = make_pin(reading.model, reading.files, planned.tables, figures)
    return ComputedModel(reading, planned, figures, pin, ()), findings


def _judged(reading: Reading) -> tuple[Finding, ...]:
    model, toml, lines = reading.model, reading.toml, reading.lines
    return (*validate(model, toml, lines, reading.localities), *doubtful_names(model, toml, lines, reading.pools))


def _in_order(reading: Reading, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings in order, those that the model file accepts as accepted."""
    return in_order(accepted(reading.model.doubts, reading.lines, findings))


def _too_large(failure: TooLargeError) -> Finding:
    found = f"the figures become too large to be kept to the penny ({failure})"
    return error("too-large", Place(MODEL_FILE), found, "amounts below £1e12", "Check the units of the inputs.")
