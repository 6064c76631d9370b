"""The JSON Schemas are current, and the shipped models and the format's specification follow them."""

from __future__ import annotations

import json

import pytest

from places import REPOSITORY
from riskshare.contract.given_files import Input
from riskshare.contract.rules import kinds
from riskshare.inputs.declarations import LINES, TABLES
from riskshare.outputs.schemas import model_schema, row_schema, texts

SCHEMAS = REPOSITORY / "schemas"


@pytest.mark.parametrize("name", sorted(texts()))
def test_the_committed_schema_is_current(name: str) -> None:
    """`python -m riskshare.outputs.schemas schemas` writes them anew."""
    assert (SCHEMAS / name).read_text(encoding="utf-8") == texts()[name], f"schemas/{name} is stale"


def test_every_kind_of_rule_that_is_written_is_in_the_schema() -> None:
    text = json.dumps(model_schema())
    for word, kind in kinds().items():
        assert (f'"const": "{word}"' in text) is not kind.automatic, word


def test_every_key_of_a_rule_says_what_it_is() -> None:
    """An editor shows these descriptions while someone types the contract."""
    for word, kind in kinds().items():
        silent = [name for name, field in kind.model_fields.items() if not field.description and name != "rule"]
        assert silent == [], word


def test_a_line_says_what_its_columns_are() -> None:
    schema = row_schema(LINES)
    assert schema["required"] == ["line", "fund", "level", "budget"]
    assert schema["properties"]["level"]["enum"] == ["neighbourhood", "locality", "place", "partnership", "system"]
    assert schema["properties"]["budget"] == {
        "type": "number",
        "exclusiveMinimum": -1e12,
        "exclusiveMaximum": 1e12,
        "multipleOf": 0.01,
        "description": "Pounds to the penny",
    }


def test_every_table_has_a_schema_of_its_own_and_only_those_are_committed() -> None:
    assert {path.name for path in SCHEMAS.iterdir()} == set(texts())
    assert len(texts()) == len(TABLES) + 1


def test_an_input_gives_defaults_for_columns_of_a_line_alone() -> None:
    """What model.toml may say of every line of a file is what a line may say of itself."""
    of_the_file = {"file", "sheet", "header_row", "units", "columns", "control_total", "not_nhs_numbers"}
    assert set(Input.model_fields) - of_the_file <= set(LINES.columns)
