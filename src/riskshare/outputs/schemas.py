"""Schemas: the JSON Schemas of the model file and of a row of each table, for editors and other programs."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from pandera.polars import Column, DataFrameSchema

from riskshare.contract.parse import contract_type
from riskshare.inputs.columns import TEXT_LIMIT
from riskshare.inputs.declarations import TABLES, meaning, required
from riskshare.inputs.numbers import NumberKind

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def model_schema() -> dict[str, Any]:
    """The schema of `model.toml`, with every kind of rule."""
    schema = _bounded(contract_type().model_json_schema(by_alias=True))
    return {"$schema": DIALECT, "title": "riskshare model file"} | {
        key: value for key, value in schema.items() if key != "title"
    }


BOUNDS = {"gt": "exclusiveMinimum", "ge": "minimum", "lt": "exclusiveMaximum", "le": "maximum"}


def _bounded(entry: Any) -> Any:  # noqa: ANN401
    """The schema with the bounds of exact numbers in the words and numbers that JSON Schema knows."""
    if isinstance(entry, list):
        return [_bounded(inner) for inner in entry]
    if not isinstance(entry, dict):
        return entry
    known = {key: _bounded(value) for key, value in entry.items() if key not in (*BOUNDS, "decimal_places")}
    return known | {BOUNDS[key]: int(Decimal(str(value))) for key, value in entry.items() if key in BOUNDS}


def row_schema(table: DataFrameSchema) -> dict[str, Any]:
    """The schema of one row of a table of the user's, as riskshare's own columns name it."""
    others = (table.metadata or {})["others"]
    return {
        "$schema": DIALECT,
        "title": f"riskshare {table.title}",
        "description": table.description,
        "type": "object",
        "required": list(required(table)),
        "properties": {name: _cell(column) for name, column in table.columns.items()},
        **({"additionalProperties": _cell(others)} if others else {}),
    }


def _cell(column: Column) -> dict[str, Any]:
    """What a cell may hold: one of some words, a number, a code or any text."""
    declared = meaning(column)
    if declared.words:
        cell: dict[str, Any] = {"enum": list(declared.words)}
    elif declared.number:
        cell = _number(declared.number)
    elif declared.pattern:
        cell = {"type": "string", "pattern": declared.pattern}
    else:
        cell = {"type": "string", "maxLength": TEXT_LIMIT}
    return cell | ({"description": column.description} if column.description else {})


def _number(kind: NumberKind) -> dict[str, Any]:
    least = {"exclusiveMinimum": -float(kind.limit)} if kind.signed else {"minimum": 0}
    return {"type": "number", **least, "exclusiveMaximum": float(kind.limit), "multipleOf": 10.0**-kind.decimals}


def texts() -> dict[str, str]:
    """The schemas by file name, as they stand in `schemas/`."""
    schemas = {"model": model_schema(), **{str(table.title): row_schema(table) for table in TABLES}}
    return {
        f"{name}.schema.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in schemas.items()
    }


def main(folder: Path) -> None:
    """Writes the schemas into a folder."""
    for name, text in texts().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
