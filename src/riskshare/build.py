"""The whole flow on one screen: read, validate, pool, share, pin, write. START HERE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from riskshare.doubts import unsound_figures
from riskshare.errors import TooLargeError
from riskshare.evaluate import evaluate
from riskshare.findings import Finding, Place, any_error, error, in_order
from riskshare.inputs.reading import MODEL_FILE, Reading, read_model
from riskshare.pin import Pin, differences, make_pin, read_pin
from riskshare.plan import Plan, given_pools, plan
from riskshare.soundness import (
    Contract,
    excluded_nothing,
    unsound_cases,
    unsound_flow,
    unsound_lines,
    unsound_terms,
)
from riskshare.validate import complete, validate
from riskshare.workbook.write import write_workbook


@dataclass(frozen=True, slots=True)
class Built:
    """A model that was computed: its plan, its figures, its pin, and how that differs from the pin it had."""

    plan: Plan
    figures: Mapping[str, pl.DataFrame]
    pin: Pin
    moved: tuple[str, ...]


def build(folder: Path, output: Path) -> tuple[Built | None, tuple[Finding, ...]]:
    """Computes a model and writes its workbook; findings that are errors stop it before anything is written."""
    built, findings = compute(folder)
    if built is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        write_workbook(output, built.plan, built.figures, built.pin, findings)
    return built, findings


def compute(folder: Path) -> tuple[Built | None, tuple[Finding, ...]]:
    """Reads, validates, pools, shares and pins a model, writing nothing."""
    reading, findings = read_model(folder)
    if reading is None:
        return None, in_order(findings)
    contract = _contract(reading)
    findings += validate(reading.model, reading.toml, reading.lines, reading.localities)
    findings += (*unsound_terms(contract), *unsound_cases(contract, reading.cases))
    if any_error(findings):
        return None, in_order(findings)
    lines = complete(reading.model, reading.lines, reading.localities)
    planned = plan(reading, lines)
    findings += (*unsound_lines(contract, planned.lines), *excluded_nothing(contract, planned.lines))
    findings += tuple(unsound_flow(contract, planned.groups))
    if any_error(findings):
        return None, in_order(findings)
    try:
        figures = evaluate(planned.tables, planned.frames)
    except TooLargeError as failure:
        return None, in_order((*findings, _too_large(failure)))
    findings += tuple(unsound_figures(contract, planned.groups, figures))
    if any_error(findings):
        return None, in_order(findings)
    pin = make_pin(reading.model, reading.files, planned.tables, figures)
    pinned, about_pin = read_pin(folder)
    moved = differences(pinned, pin) if pinned else ()
    return Built(planned, figures, pin, moved), in_order((*findings, *about_pin))


def _too_large(failure: TooLargeError) -> Finding:
    found = f"the figures become too large to be kept to the penny ({failure})"
    return error("too-large", Place(MODEL_FILE), found, "amounts below £1e12", "Check the units of the inputs.")


def _contract(reading: Reading) -> Contract:
    localities = {code: tuple(places.frame["locality"]) for code, places in reading.localities.items()}
    return Contract(reading.model, reading.toml, localities, reading.measures, given_pools(reading))
