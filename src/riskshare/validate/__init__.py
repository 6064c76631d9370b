"""Validation: what is wrong or doubtful between the model file, its lines and its localities; completes right lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from riskshare.findings import Finding
from riskshare.inputs.lines import Lines
from riskshare.inputs.tables import Localities
from riskshare.inputs.tally import Tally
from riskshare.inputs.toml import TomlFile
from riskshare.model import Model, Risk
from riskshare.validate.law import judge_law
from riskshare.validate.places import geography_of, is_local, judge_places
from riskshare.validate.references import judge_references
from riskshare.validate.repeats import judge_repeats
from riskshare.validate.totals import judge_totals
from riskshare.validate.words import judge_words


def validate(model: Model, toml: TomlFile, lines: Lines, localities: Mapping[str, Localities]) -> tuple[Finding, ...]:
    """Findings of every rule that looks across tables; amounts that could not be read are left to their own finding."""
    tally = Tally()
    judge_references(model, toml, lines, tally)
    judge_words(model, lines, tally)
    judge_repeats(lines, tally)
    judge_places(model, toml, lines, localities, tally)
    judge_law(model, toml, lines, tally)
    judge_totals(model, toml, lines, tally)
    return tally.findings()


def complete(model: Model, lines: Lines, localities: Mapping[str, Localities]) -> Lines:
    """The lines of a model without errors, with holder, risk and geography filled in.

    A column `weights` names what a line is apportioned by: its locality or else its basis, empty above locality level.
    """
    holders = {fund.code: fund.holder for fund in model.funds}
    weights = pl.when(pl.col("locality") != "").then("locality").otherwise("basis")
    frame = lines.frame.with_columns(
        holder=pl.when(pl.col("holder") != "").then("holder").otherwise(pl.col("fund").replace_strict(holders)),
        risk=pl.when(pl.col("risk") != "").then("risk").otherwise(pl.lit(Risk.SHARED.value)),
        geography=geography_of(localities),
        weights=pl.when(is_local()).then(weights).otherwise(pl.lit("")),
    )
    return replace(lines, frame=frame)
