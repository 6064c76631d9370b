"""The names of tables: every table of a model has one of names.py, and each can be taken apart."""

from __future__ import annotations

import pytest

from places import MODELS
from riskshare.build import compute
from riskshare.figures import names
from riskshare.figures.names import TableName, parsed

SINGLE = {value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)}
KINDS = {entry.kind for entry in names.PER_CODE}


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("lines", "lines", ""),
        ("share place", "share", "place"),
        ("per head adult", "per head", "adult"),
        ("budget adult", "budget", "adult"),
        ("funds by level", "funds by level", ""),
        ("by group", "by group", ""),
        ("cases locality stop_loss_2", "cases", "locality stop_loss_2"),
        ("outcomes 1", "outcomes", "1"),
    ],
)
def test_a_name_is_of_a_kind_and_a_code(name: str, kind: str, code: str) -> None:
    assert parsed(name) == TableName(kind, code)


@pytest.mark.parametrize("model", ["thurrock-2021-22", "mid-and-south-essex-2021-22", "shared-savings-example"])
def test_every_table_of_a_model_has_a_name_of_ours(model: str) -> None:
    computed, _ = compute(MODELS / model)
    assert computed is not None
    for table in computed.plan.tables:
        assert parsed(table.name).code if parsed(table.name).kind in KINDS else table.name in SINGLE, table.name
