"""The record in pin.json: what was read comes back without loss, computes the same, and a damaged pin says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from cases import place_model
from places import REPOSITORY
from riskshare.build import compute, compute_reading
from riskshare.figures.computed import ComputedModel
from riskshare.figures.pin.file import Record, read_record, record
from riskshare.figures.pin.hashes import PIN_SCHEMA, digest_of
from riskshare.problems.errors import UserError

MODELS = sorted((REPOSITORY / "models").iterdir())
HALVES = """
[[pools.rules]]
rule = "share_ranges"
clause = "Schedule 1"
bands = [{ shares = { CCG = 50, TRUST = 50 } }]
"""


def computed(folder: Path) -> ComputedModel:
    built, findings = compute(folder)
    assert built is not None, findings
    return built


def recorded(built: ComputedModel, path: Path) -> Record:
    path.write_text(record(built.pin, built.reading, built.plan.tables, built.figures).text(), encoding="utf-8")
    return read_record(path)


@pytest.fixture
def pinned(tmp_path: Path) -> Path:
    """The pin of a small model."""
    model = place_model(tmp_path / "halves", HALVES, "line,budget,outturn\na,1000.00,899.99")
    recorded(computed(model), model / "pin.json")
    return model / "pin.json"


@pytest.mark.parametrize("folder", MODELS, ids=lambda folder: folder.name)
def test_a_shipped_model_computed_from_its_pin_gives_every_figure_again(folder: Path, tmp_path: Path) -> None:
    """Nothing but pin.json is read: the inputs it keeps give the same hashes of contract, steps and results."""
    built = computed(folder)
    kept = recorded(built, tmp_path / "pin.json")
    assert kept.reading is not None
    again, findings = compute_reading(kept.reading)
    assert again is not None, findings
    assert (again.pin.contract, again.pin.steps, again.pin.results) == (
        built.pin.contract,
        built.pin.steps,
        built.pin.results,
    )
    for name, table in built.reading.tables.items():
        assert_frame_equal(kept.reading.tables[name].frame, table.frame)
        assert kept.reading.tables[name].origins == table.origins
    assert kept.pin == built.pin


def test_the_same_model_gives_the_same_text(pinned: Path) -> None:
    assert recorded(computed(pinned.parent), pinned.parent / "again.json").text() == pinned.read_text(encoding="utf-8")


def test_the_record_is_json_with_every_column_on_one_line(pinned: Path) -> None:
    text = pinned.read_text(encoding="utf-8")
    assert json.loads(text)["figures"]["settlement"]["account"][0] == "CCG"
    assert '      "account": ["CCG", "COUNCIL", "TRUST", "CHARITY", "unallocated"],\n' in text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("", ""), "changed by hand"),
        (('"description"', '"descriptions"'), "changed by hand"),
        (('"-50', '"-49'), "changed by hand"),
        (('"schema": 2', f'"schema": {PIN_SCHEMA + 1}'), "made by a newer version"),
        (('"schema": 2', '"schema": 1'), "from before the first release"),
        (('"schema": 2', '"schema": "two"'), "is no pin of riskshare"),
        (('"figures": {', '"figures": 3, "others": {'), "is damaged"),
        (('"results": {', '"result": {'), "is damaged"),
        (('{\n  "schema"', '[\n  "schema"'), "cannot be read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_with_a_pin_is_one_sentence(pinned: Path, change: tuple[str, str], sentence: str) -> None:
    old, new = change
    text = pinned.read_text(encoding="utf-8")
    if not old:
        digest = json.loads(text)["inputs"]["model.toml"]
        old, new = digest, "0" * len(digest)
    assert old in text
    pinned.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(UserError, match=sentence):
        read_record(pinned)


def test_a_missing_pin_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Make one with: riskshare pin"):
        read_record(tmp_path / "pin.json")


def test_inputs_that_cannot_be_read_back_are_one_sentence(pinned: Path) -> None:
    content = json.loads(pinned.read_text(encoding="utf-8"))
    content["reading"]["lines"]["budget"]["values"][0] = "a lot"
    content["kept"] = digest_of([content["figures"], content["reading"]])
    pinned.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(UserError, match="record is damaged"):
        _ = read_record(pinned).reading


def test_the_hash_of_a_contract_is_of_what_it_states_other_than_a_default(tmp_path: Path) -> None:
    """So that a key which a later version adds does not make every earlier pin another contract."""
    lines = "line,budget,outturn\na,1000.00,899.99"
    model = place_model(tmp_path / "halves", HALVES, lines)
    file = model / "model.toml"
    without, text = computed(model).pin.contract, file.read_text(encoding="utf-8")
    file.write_text(text.replace("[[inputs]]\n", "[[inputs]]\nunits = 1\nnot_nhs_numbers = []\n"), encoding="utf-8")
    assert computed(model).pin.contract == without
    file.write_text(text.replace("CCG = 50, TRUST = 50", "CCG = 51, TRUST = 49"), encoding="utf-8")
    assert computed(model).pin.contract != without
