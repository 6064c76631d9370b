"""Schemas: the JSON Schemas of the model file and of a budget line, for editors and other programs."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from riskshare.contract.model import Arrangement, Level, Risk
from riskshare.contract.parse import contract_type

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


def lines_schema() -> dict[str, Any]:
    """The schema of one budget line as riskshare's own columns name it."""
    text = {"type": "string", "maxLength": 500}
    code = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,39}$"}
    money = {"type": "number", "exclusiveMinimum": -1e12, "exclusiveMaximum": 1e12, "multipleOf": 0.01}
    properties = {
        "line": text | {"description": "Unique reference of the line"},
        "fund": code | {"description": "Code of the fund"},
        "description": text,
        "service": text,
        "level": {"enum": [level.value for level in Level], "description": "Where the line is commissioned"},
        "geography": code | {"description": "Which division into localities; left out: the first that fits"},
        "locality": code | {"description": "The locality it goes to directly; empty: it is apportioned on its basis"},
        "basis": code | {"description": "The weight that apportions it, such as registered or weighted"},
        "holder": code | {"description": "Whose budget it is; empty: the fund's holder"},
        "provider": text | {"description": "Code of the partner that provides it"},
        "risk": {"enum": [risk.value for risk in Risk], "description": "fixed: the holder keeps the variance"},
        "function": text | {"description": "Section 75 function"},
        "budget": money | {"description": "Pounds to the penny"},
        "outturn": money | {"description": "Pounds to the penny; the whole column left out: a plan"},
        "recurrent": {"enum": ["yes", "no"], "description": "Whether the money comes again next year"},
        "source": text | {"description": "Where the figure comes from, or 'illustrative'"},
    }
    arrangements = ", ".join(Arrangement)
    return {
        "$schema": DIALECT,
        "title": "riskshare budget line",
        "description": f"One row per budget line of a CSV or XLSX input; its fund says whether it is {arrangements}",
        "type": "object",
        "required": ["line", "fund", "level", "budget"],
        "properties": properties,
    }


def texts() -> dict[str, str]:
    """The schemas by file name, as they stand in `schemas/`."""
    schemas = {"model.schema.json": model_schema(), "lines.schema.json": lines_schema()}
    return {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in schemas.items()}


def main(folder: Path) -> None:
    """Writes the schemas into a folder."""
    for name, text in texts().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
