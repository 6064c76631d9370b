"""A reading as plain data and back: the contract's text, the lines, and every table beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from riskshare.contract.parse import parse
from riskshare.figures.pin.frames import Packed, packed, unpacked
from riskshare.inputs.cases import Cases
from riskshare.inputs.crosswalks import Crosswalk
from riskshare.inputs.lines import Lines
from riskshare.inputs.pools import PoolTable
from riskshare.inputs.reading import MODEL_FILE, Reading
from riskshare.inputs.table import Origin
from riskshare.inputs.tables import Localities, Measures
from riskshare.inputs.toml import parsed
from riskshare.problems.errors import UserError

LINE_LIMIT = 50_000


def packed_reading(reading: Reading) -> dict[str, Any]:
    """Everything that was read, as JSON can hold it; nothing where the model has more than 50,000 lines."""
    if reading.lines.frame.height > LINE_LIMIT:
        return {}
    return {
        "contract": reading.files[MODEL_FILE].decode("utf-8-sig").split("\n"),
        "lines": packed(reading.lines.frame),
        "line_origins": [asdict(origin) for origin in reading.lines.origins],
        "is_plan": reading.lines.plan,
        "localities": {code: _packed_localities(entry) for code, entry in reading.localities.items()},
        "measures": {file: _packed_table(entry) for file, entry in reading.measures.items()},
        "cases": {file: _packed_table(entry) for file, entry in reading.cases.items()},
        "pools": {code: _packed_pools(entry) for code, entry in reading.pools.items()},
        "openings": {code: str(amount) for code, amount in reading.openings.items()},
        "crosswalks": {code: _packed_crosswalk(entry) for code, entry in reading.crosswalks.items()},
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
    origins = tuple(Origin(**origin) for origin in record["line_origins"])
    return Reading(
        folder=Path(),
        model=model,
        toml=toml,
        lines=Lines(unpacked(record["lines"]), origins, record["is_plan"]),
        localities={code: _localities(code, entry) for code, entry in record["localities"].items()},
        measures={file: Measures(file, *_table(entry)) for file, entry in record["measures"].items()},
        pools={code: _pools(code, entry) for code, entry in record["pools"].items()},
        cases={file: Cases(file, *_table(entry)) for file, entry in record["cases"].items()},
        openings={code: Decimal(amount) for code, amount in record["openings"].items()},
        crosswalks={code: _crosswalk(entry) for code, entry in record["crosswalks"].items()},
        files={},
    )


def _packed_table(entry: Measures | Cases | Localities | PoolTable) -> dict[str, Any]:
    return {"origin": asdict(entry.origin), "rows": packed(entry.frame)}


def _packed_localities(entry: Localities) -> dict[str, Any]:
    return _packed_table(entry) | {"bases": list(entry.bases)}


def _packed_pools(entry: PoolTable) -> dict[str, Any]:
    return _packed_table(entry) | {"terms": dict(entry.terms)}


def _packed_crosswalk(entry: Crosswalk) -> dict[str, Any]:
    return {"to": entry.to, "weights": [[str(weight) for weight in row] for row in entry.weights]}


def _table(entry: Packed) -> tuple[Any, Origin]:
    return unpacked(entry["rows"]), Origin(**entry["origin"])


def _localities(code: str, entry: Packed) -> Localities:
    frame, origin = _table(entry)
    return Localities(code, frame, tuple(entry["bases"]), origin)


def _pools(code: str, entry: Packed) -> PoolTable:
    frame, origin = _table(entry)
    terms: Mapping[str, bool] = entry["terms"]
    return PoolTable(code, frame, terms, origin)


def _crosswalk(entry: Packed) -> Crosswalk:
    return Crosswalk(entry["to"], tuple(tuple(Decimal(weight) for weight in row) for row in entry["weights"]))
