"""The law on pooled and ring-fenced money: what may not be pooled, and what a grant may not pay for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import polars as pl

from riskshare.contract.model import Fund, Model
from riskshare.contract.words import Arrangement
from riskshare.inputs.table import InputTable
from riskshare.inputs.toml import TomlFile
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, error, warning

REGULATIONS = "the 2000 regulations on partnership arrangements (SI 2000/617)"
MAY_NOT_BE_POOLED = {
    "surgery": r"(?<!gp )(?<!gps )(?<!doctor's )(?<!doctors )\bsurg(?:ery|eries|ical)\b(?! (?:premises|opening|hours))",
    "radiotherapy": r"\bradio-?therap",
    "termination of pregnancies": r"\bterminations? of pregnanc|\bpregnancy terminations?\b|\babortions?\b",
    "endoscopy": r"\bendoscop",
    "Class 4 laser treatment": r"\bclass (?:4|iv) laser|\blaser (?:treatment|therapy)",
    "invasive treatment": r"(?<!non-)(?<!non )\binvasive (?:treatment|procedure)",
    "emergency ambulance services": r"(?<!non-)(?<!non )\bemergency ambulance",
}
ANY_OF_THEM = r"(?i)surg|radio-?therap|terminat|abortion|endoscop|laser|invasive|ambulance"
DISABLED_FACILITIES = re.compile(r"(?<![a-z])dfg(?![a-z])|disabled facilities", re.IGNORECASE)


def judge_law(model: Model, toml: TomlFile, lines: InputTable, collector: Collector) -> None:
    """Findings for lines of pooled funds that may not be pooled, and for a DFG that is not ring-fenced."""
    pooled = [fund.code for fund in model.funds if fund.arrangement is Arrangement.POOLED]
    frame = lines.frame.filter(pl.col("fund").is_in(pooled))
    for column in ("function", "description", "service"):
        suspects = frame.filter(pl.col(column).str.contains(ANY_OF_THEM))
        treatments = {text: what for text in suspects[column].unique() if (what := treatment_in(text))}
        bad = suspects.filter(pl.col(column).is_in(list(treatments)))
        collector.rows(bad, partial(_not_poolable, lines, column, treatments))
    for number, fund in enumerate(model.funds):
        if _is_disabled_facilities_grant(fund) and fund.ring_fence is None:
            found = f"fund '{fund.code}' is a Disabled Facilities Grant without a ring-fence"
            action = "It is capital and cannot cover a revenue overspend: give it ring_fence = { ... }."
            collector.add(error("ring-fence", toml.place(("funds", number)), found, "", action))


def treatment_in(text: str) -> str:
    """The treatment that a text names and that may not be pooled, or nothing."""
    words = " ".join(text.split()).casefold()
    return next((what for what, pattern in MAY_NOT_BE_POOLED.items() if re.search(pattern, words)), "")


def _not_poolable(lines: InputTable, column: str, treatments: Mapping[str, str], row: Mapping[str, Any]) -> Finding:
    what = treatments[row[column]]
    place = lines.place(row, column)
    if column == "function":
        found = f"function '{row[column]}' in pooled fund '{row['fund']}': {what} may not be pooled"
        return error("not-poolable", place, found, "", f"See {REGULATIONS}; move the line to an aligned fund.")
    found = f"{column} '{row[column][:80]}' in pooled fund '{row['fund']}' may mean {what}"
    return warning("perhaps-not-poolable", place, found, "", f"It may not be pooled under {REGULATIONS}.")


def _is_disabled_facilities_grant(fund: Fund) -> bool:
    return bool(DISABLED_FACILITIES.search(fund.code) or DISABLED_FACILITIES.search(fund.name))
