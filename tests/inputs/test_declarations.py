"""Each table of the user's files is validated by its declaration, the one that its columns and schema come from."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from pandera.polars import DataFrameSchema

from cases import findings, place_model, write_model
from places import MODELS
from riskshare.build import compute
from riskshare.inputs import declared
from riskshare.inputs.declarations import TABLES, failures
from riskshare.validate import words

STOP_LOSS = """
[[reserves]]
code = "risk_reserve"
name = "Risk reserve"
holder = "CCG"
balances = "inputs/balances.csv"
"""
RULES = """
[[pools.rules]]
rule = "stop_loss"
clause = "Para 0"
cases = "inputs/cases.csv"
attachment = 10_000
borne_by = "risk_reserve"

[[pools.rules]]
rule = "outcomes"
clause = "Para 1"
measures = "inputs/measures.csv"
side = "gain"
from = "pool"
forfeited_to = "CCG"

[[pools.rules]]
rule = "share_ranges"
clause = "Para 2"
bands = [{ shares = { CCG = 50, reinvestment = 50 } }]

[[pools.rules]]
rule = "allocate"
clause = "Para 3"
from = "reinvestment"
key = { file = "inputs/keys.csv" }
"""
FILES = {
    "cases": "case,pool,cost\nA1,place,30000\nA2,place,20000",
    "keys": "partner,weight\nTRUST,2\nCHARITY,1",
    "balances": "account,opening\nrisk_reserve,50000",
    "measures": "measure,pool,method,better,weight,baseline,target,result\nfalls,,linear,higher,1,0,10,5",
}


def model(folder: Path, **changed: str) -> Path:
    """A model with cases, balances, measures and weights of a key."""
    place_model(folder, RULES, "line,budget,outturn\na,100000.00,90000.00", more=STOP_LOSS)
    return write_model(folder, (folder / "model.toml").read_text(), **(FILES | changed))


def test_every_declared_table_is_validated_by_its_declaration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over two models and the shipped ones: nothing that is declared is read without being validated."""
    validated: list[tuple[str, ...]] = []

    def recorded(schema: DataFrameSchema, frame: pl.DataFrame) -> dict[str, list[int]]:
        validated.append(tuple(schema.columns))
        return failures(schema, frame)

    monkeypatch.setattr(declared, "failures", recorded)
    monkeypatch.setattr(words, "failures", recorded)
    for folder in (model(tmp_path / "declared"), *sorted(MODELS.iterdir())):
        assert compute(folder)[0] is not None
    by_first_column = {columns[0] for columns in validated}
    assert by_first_column == {next(iter(schema.columns)) for schema in TABLES}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        (
            {"cases": FILES["cases"].replace("A2", "")},
            ["error: inputs/cases.csv, row 3, column case: the case has no code."],
        ),
        (
            {"measures": FILES["measures"].replace("linear", "linaer")},
            [
                "error: inputs/measures.csv, row 2, column method: method: 'linaer' is unknown. Expected: one of "
                "linear, gap_to_goal, all_or_nothing. Did you mean 'linear'?"
            ],
        ),
        (
            {"measures": FILES["measures"].replace("falls", "").replace("higher", "")},
            [
                "error: inputs/measures.csv, row 2, column better: better: the cell is empty. "
                "Expected: one of higher, lower.",
                "error: inputs/measures.csv, row 2, column measure: the measure has no code.",
            ],
        ),
    ],
    ids=["as declared", "a case without a code", "a method that is none", "two empty cells"],
)
def test_a_cell_that_is_not_as_declared_is_a_finding(
    tmp_path: Path, changed: dict[str, str], expected: list[str]
) -> None:
    assert findings(model(tmp_path / "declared", **changed)) == expected
