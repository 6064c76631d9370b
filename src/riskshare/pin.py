"""Pin: hashes of inputs, contract, steps and results with the versions, so that a model can be re-run and compared."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from riskshare import __version__
from riskshare.findings import Finding, Place, warning
from riskshare.formula.language import Table, written
from riskshare.model import Model

PIN_SCHEMA = 1
PIN_FILE = "pin.json"
LIBRARIES = ("polars", "xlsxwriter", "pydantic", "fastexcel")


@dataclass(frozen=True, slots=True)
class Pin:
    """What a model was when it was built: SHA-256 of every part, by name, and the versions it was built with."""

    schema: int
    model: str
    financial_year: str
    inputs: Mapping[str, str]
    contract: str
    steps: Mapping[str, str]
    results: Mapping[str, str]
    software: Mapping[str, str]

    def sections(self) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
        """The pin as titled pairs, as Provenance shows it."""
        yield (
            "Model",
            (("Name", self.model), ("Financial year", self.financial_year), ("Schema of this pin", str(self.schema))),
        )
        yield "Input files (SHA-256 of their bytes)", tuple(self.inputs.items())
        yield "Contract (SHA-256 of its meaning)", (("model.toml", self.contract),)
        yield "Steps (SHA-256 of the formulas of each table)", tuple(self.steps.items())
        yield "Results (SHA-256 of the figures of each table)", tuple(self.results.items())
        yield "Software", tuple(self.software.items())

    def text(self) -> str:
        """The pin as the text of `pin.json`."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"


def make_pin(
    model: Model, files: Mapping[str, bytes], tables: Iterable[Table], figures: Mapping[str, pl.DataFrame]
) -> Pin:
    """The pin of a model that was just computed."""
    every = tuple(tables)
    return Pin(
        schema=PIN_SCHEMA,
        model=model.name,
        financial_year=model.financial_year,
        inputs={name: _digest(content) for name, content in sorted(files.items())},
        contract=_digest(model.model_dump_json(by_alias=True).encode()),
        steps={table.name: _digest(_formulas(table).encode()) for table in every},
        results={table.name: _digest(_figures(table, figures[table.name])) for table in every},
        software=_software(),
    )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _formulas(table: Table) -> str:
    steps = (f"{step.name}|{step.unit.name}|{step.unit.decimals}|{written(step.expr)}" for step in table.steps)
    return "\n".join((table.name, str(table.extends), *steps))


def _figures(table: Table, frame: pl.DataFrame) -> bytes:
    return frame.select(column.name for column in table.columns).write_csv().encode()


def _software() -> dict[str, str]:
    libraries = {library: version(library) for library in LIBRARIES}
    return {"riskshare": __version__, "python": platform.python_version()} | libraries


def read_pin(folder: Path) -> tuple[Pin | None, tuple[Finding, ...]]:
    """The model's pin, or none; a pin that cannot be read is a finding."""
    path = folder / PIN_FILE
    if not path.exists():
        return None, ()
    try:
        return _parsed(json.loads(path.read_text(encoding="utf-8"))), ()
    except (ValueError, TypeError, OSError) as failure:
        return None, (
            warning(
                "unreadable-pin", Place(PIN_FILE), f"the pin cannot be read ({failure})", "", "Pin the model again"
            ),
        )


def _parsed(fields: dict[str, Any]) -> Pin:
    pin = Pin(**fields)
    if pin.schema != PIN_SCHEMA:
        raise ValueError(f"schema {pin.schema}, this version knows {PIN_SCHEMA}")
    return pin


def differences(pinned: Pin, now: Pin) -> tuple[str, ...]:
    """What differs between two pins, in words; nothing where only the software does and every figure is the same."""
    result = [f"{name}: {_change(name, pinned.inputs, now.inputs)}" for name in _changed(pinned.inputs, now.inputs)]
    result += ["model.toml: the contract changed"] if pinned.contract != now.contract else []
    result += [
        f"steps of '{name}': {_change(name, pinned.steps, now.steps)}" for name in _changed(pinned.steps, now.steps)
    ]
    result += [
        f"figures of '{name}': {_change(name, pinned.results, now.results)}"
        for name in _changed(pinned.results, now.results)
    ]
    if not result:
        return ()
    software = [
        f"{name}: {pinned.software.get(name, 'none')} then, {now.software.get(name, 'none')} now"
        for name in _changed(pinned.software, now.software)
    ]
    return (*result, *software)


def _changed(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [name for name in dict.fromkeys((*then, *now)) if then.get(name) != now.get(name)]


def _change(name: str, then: Mapping[str, str], now: Mapping[str, str]) -> str:
    if name not in then:
        return "new"
    return "changed" if name in now else "gone"
