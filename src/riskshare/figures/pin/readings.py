"""A reading as plain data and back: the contract's text, the lines, and every table beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from decimal import Decimal
from itertools import chain, product
from pathlib import Path
from typing import Any

import polars as pl
from pandera.polars import DataFrameSchema

from riskshare.contract.model import Model
from riskshare.contract.parse import columns_named, parse
from riskshare.figures.pin.frames import Packed, packed, unpacked
from riskshare.inputs.declarations import BALANCES, CASES, CROSSWALK, KEYS, LINES, LOCALITIES, MEASURES, POOLS
from riskshare.inputs.lines import is_plan
from riskshare.inputs.pool_terms import is_percentage
from riskshare.inputs.reading import MODEL_FILE, Reading, by_name
from riskshare.inputs.table import WHERE_FROM, InputTable, Origin
from riskshare.inputs.tables import balances_of, every_pair
from riskshare.inputs.toml import parsed
from riskshare.problems.errors import UserError

LINE_LIMIT = 50_000
# Where the tables stood of which a pin has always kept the figures alone, by what it calls their places. Pins from
# before have none, and a model without such tables has none either, so that its pin is what it was.
PLACES = {"crosswalk_places": CROSSWALK, "opening_places": BALANCES}
# The tables that a pin keeps as they are, by what it calls them.
WHOLE = {"localities": LOCALITIES, "measures": MEASURES, "cases": CASES, "pools": POOLS, "keys": KEYS}
NUMBERED = (MEASURES, KEYS)


def packed_reading(reading: Reading) -> dict[str, Any]:
    """Everything that was read, as JSON can hold it; nothing where the model has more than 50,000 lines."""
    lines = reading.lines
    if lines.frame.height > LINE_LIMIT:
        return {}
    tables = {
        word: {of: _packed(table, reading.model) for of, table in reading.of_kind(schema).items()}
        for word, schema in WHOLE.items()
    }
    return {
        "contract": reading.files[MODEL_FILE].decode("utf-8-sig").split("\n"),
        "lines": packed(lines.frame),
        "line_origins": [asdict(origin) for origin in lines.origins],
        "is_plan": is_plan(lines),
        **tables,
        "openings": {code: str(amount) for code, amount in reading.openings.items()},
        "crosswalks": {of: _packed_crosswalk(table, reading) for of, table in reading.of_kind(CROSSWALK).items()},
        **{word: stood for word, schema in PLACES.items() if (stood := _packed_places(reading.of_kind(schema)))},
    }


def _packed_places(tables: Mapping[str, InputTable]) -> dict[str, Any]:
    """By what they belong to the files of tables, and where in them each of their rows stood."""
    return {
        of: {
            "origins": [asdict(origin) for origin in table.origins],
            "rows": packed(table.frame.select(name for name in WHERE_FROM if name in table.frame.columns)),
        }
        for of, table in tables.items()
    }


def unpacked_reading(record: Packed) -> Reading:
    """The reading that was packed, without the bytes of its files. Raises UserError where the record is damaged."""
    try:
        return _unpacked(record)
    except (TypeError, KeyError, AttributeError, ArithmeticError) as failure:
        reason = f"The pin's record cannot be read ({failure!r})."
        raise UserError(f"{reason} Pin the model again, or restore the pin.") from failure


def _unpacked(record: Packed) -> Reading:
    toml, findings = parsed("\n".join(record["contract"]), MODEL_FILE)
    model, wrong = parse(toml.values, toml) if toml else (None, ())
    if toml is None or model is None:
        raise UserError(f"The contract that was pinned is no longer a contract: {(*findings, *wrong)[0]}")
    return Reading(Path(), model, toml, by_name(_tables(record)), {})


def _tables(record: Packed) -> Iterator[InputTable]:
    origins = (Origin(**origin) for origin in record["line_origins"])
    yield InputTable.declared(LINES, "", unpacked(record["lines"]), *origins)
    for word, schema in WHOLE.items():
        for number, (of, entry) in enumerate(record.get(word, {}).items(), start=1):
            frame, origin = unpacked(entry["rows"]), Origin(**entry["origin"])
            yield InputTable.declared(schema, of, frame, origin, number=number if schema in NUMBERED else 0)
    for code, entry in record["crosswalks"].items():
        here, there = (unpacked(record["localities"][at]["rows"])["locality"] for at in (code, entry["to"]))
        people = zip(product(here, there), chain.from_iterable(entry["weights"]), strict=True)
        stated = {pair: (Decimal(weight), None) for pair, weight in people}
        yield _placed(CROSSWALK, code, every_pair([*here], [*there], stated), record.get("crosswalk_places", {}))
    if record["openings"]:
        openings = {code: Decimal(amount) for code, amount in record["openings"].items()}
        yield _placed(BALANCES, "", balances_of(openings), record.get("opening_places", {}))


def _placed(schema: DataFrameSchema, of: str, frame: pl.DataFrame, places: Packed) -> InputTable:
    """A table with the places of its rows, where the pin keeps them."""
    if of not in places:
        return InputTable.declared(schema, of, frame)
    rows, origins = unpacked(places[of]["rows"]), (Origin(**origin) for origin in places[of]["origins"])
    return InputTable.declared(schema, of, frame.drop(WHERE_FROM, strict=False).hstack(rows.get_columns()), *origins)


def _packed(table: InputTable, model: Model) -> dict[str, Any]:
    """A table as it is; beside it what the first pins kept of it, though the frame and the contract say it too."""
    rows = {"origin": asdict(table.origin), "rows": packed(table.frame)}
    if table.schema is LOCALITIES:
        return rows | {"bases": list(table.undeclared)}
    if table.schema is POOLS:
        pool = next(entry for entry in model.pools if entry.code == table.of)
        return rows | {"terms": {name: is_percentage(uses) for name, uses in columns_named(pool).items()}}
    return rows


def _packed_crosswalk(table: InputTable, reading: Reading) -> dict[str, Any]:
    """The people as rows of text: one for each locality of the geography, its entries those of the other."""
    onto = next(entry.crosswalk for entry in reading.model.geographies if entry.code == table.of)
    width = reading.localities[onto.to].frame.height if onto else 0
    people = [str(people or 0) for people in table.frame["weight"]]
    return {"to": onto.to if onto else "", "weights": [people[at : at + width] for at in range(0, len(people), width)]}
