"""The JSON Schemas are current, and the shipped models and the format's specification follow them."""

from __future__ import annotations

import json

import pytest

from places import REPOSITORY
from riskshare.contract.rules import kinds
from riskshare.outputs.schemas import lines_schema, model_schema, texts

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
    assert {"line", "fund", "level", "budget"} == set(lines_schema()["required"])
    assert "outturn" in lines_schema()["properties"]
