"""Validation: what is wrong or doubtful between the model file, its lines and its localities."""

from __future__ import annotations

from collections.abc import Mapping

from riskshare.contract.model import Model
from riskshare.inputs.table import InputTable
from riskshare.inputs.toml import TomlFile
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding
from riskshare.validate.acceptance import unknown_lines
from riskshare.validate.amounts import judge_amounts
from riskshare.validate.law import judge_law
from riskshare.validate.localities import judge_places
from riskshare.validate.references import judge_references
from riskshare.validate.repeats import judge_repeats
from riskshare.validate.totals import judge_totals
from riskshare.validate.words import judge_words


def validate(
    model: Model, toml: TomlFile, lines: InputTable, localities: Mapping[str, InputTable]
) -> tuple[Finding, ...]:
    """Findings of every rule that looks across tables; amounts that could not be read are left to their own finding."""
    collector = Collector()
    judge_references(model, toml, lines, collector)
    judge_words(model, lines, collector)
    judge_repeats(lines, collector)
    judge_places(model, toml, lines, localities, collector)
    judge_law(model, toml, lines, collector)
    judge_totals(model, toml, lines, collector)
    judge_amounts(model, toml, lines, collector)
    collector.extend(unknown_lines(model.doubts, lines, toml))
    return collector.findings()
