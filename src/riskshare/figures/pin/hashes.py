"""Pin: hashes of inputs, contract, steps and results with the versions, so that a model can be re-run and compared."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version

import polars as pl

from riskshare import __version__
from riskshare.contract.model import Model
from riskshare.formula.language import Step, Table, written

PIN_SCHEMA = 2
PIN_FILE = "pin.json"
LIBRARIES = ("polars", "xlsxwriter", "pydantic", "fastexcel", "ironcalc")
FEW_ROWS = 1_000  # of a smaller table all columns are written at once, which is quicker
QUOTED = set(',"\r\n')
HASH_LENGTH = 32
AFFECTED = "affected by half pennies"
MINUTED = 20
"""Hexadecimal digits of a digest that are kept outside of the pin: 80 bits."""
Hashes = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pin:
    """What a model was when it was built: SHA-256 of every part, by name, and the versions it was built with.

    `steps` has a hash for the formula of each step of each table, `results` one for the figures of each column.
    `proof` says which engine recalculated the workbook, or is empty where none did.
    """

    schema: int
    model: str
    financial_year: str
    software: Hashes
    proof: Hashes
    inputs: Hashes
    contract: str
    steps: Mapping[str, Hashes]
    results: Mapping[str, Hashes]

    @property
    def digest(self) -> str:
        """One hash over inputs, contract, steps and results: two builds with the same one have the same figures."""
        return digest_of([self.model, self.inputs, self.contract, self.steps, self.results])

    def sections(self) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
        """The pin as titled pairs, as Provenance shows it."""
        model = (
            ("Name", self.model),
            ("Financial year", self.financial_year),
            ("Schema of this pin", str(self.schema)),
        )
        yield "Model", (*model, ("Digest of this pin", self.digest))
        yield "Proof", tuple(self.proof.items()) or (("Not proved", "built with --no-proof"),)
        yield "Input files (SHA-256 of their bytes)", tuple(self.inputs.items())
        yield "Contract (SHA-256 of its meaning)", (("model.toml", self.contract),)
        yield "Steps (SHA-256 of the formulas of each table)", _by_table(self.steps)
        yield "Results (SHA-256 of the figures of each table)", _by_table(self.results)
        yield "Software", tuple(self.software.items())

    def properties(self) -> dict[str, str]:
        """What the workbook says of itself in its document properties, so that it finds its model again."""
        return {
            "riskshare version": self.software["riskshare"],
            "riskshare schema": str(self.schema),
            "riskshare model": self.model,
            "riskshare digest": self.digest,
            "riskshare proof": self.proof.get("formulas", "none"),
            "riskshare half pennies": self.proof.get(AFFECTED, "none"),
        }

    def fields(self) -> dict[str, object]:
        """The pin as `pin.json` holds it."""
        return asdict(self) | {"digest": self.digest}


def make_pin(
    model: Model,
    files: Mapping[str, bytes],
    tables: Iterable[Table],
    figures: Mapping[str, pl.DataFrame],
    proof: Hashes | None = None,
) -> Pin:
    """The pin of a model that was just computed."""
    every = tuple(tables)
    return Pin(
        schema=PIN_SCHEMA,
        model=model.name,
        financial_year=model.financial_year,
        software=_software(),
        proof=proof or {},
        inputs={name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
        contract=_digest(model.model_dump_json(by_alias=True, exclude_defaults=True)),
        steps={table.name: {step.name: _formula(step) for step in table.steps} for table in every},
        results={table.name: _figures(table, figures[table.name]) for table in every},
    )


def differences(pinned: Pin, now: Pin) -> tuple[str, ...]:
    """What differs between two pins, in words; nothing where only the software does and every figure is the same."""
    result = [f"{name}: {_change(name, pinned.inputs, now.inputs)}" for name in changed(pinned.inputs, now.inputs)]
    result += ["model.toml: the contract changed"] if pinned.contract != now.contract else []
    for title, then, after in (("steps", pinned.steps, now.steps), ("figures", pinned.results, now.results)):
        result += [f"{title} of '{name}': {_change(name, then, after)}" for name in changed(then, after)]
    if not result:
        return ()
    software = [
        f"{name}: {pinned.software.get(name, 'none')} then, {now.software.get(name, 'none')} now"
        for name in changed(pinned.software, now.software)
    ]
    return (*result, *software)


def changed(then: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    """The names whose entry is new, gone or another."""
    return [name for name in dict.fromkeys((*then, *now)) if then.get(name) != now.get(name)]


def _change(name: str, then: Mapping[str, object], now: Mapping[str, object]) -> str:
    if name not in then:
        return "new"
    return "changed" if name in now else "gone"


def as_minuted(digest: str) -> str:
    """The beginning of a digest as a board can minute it: `1F2E-3D4C-5B6A-7988-9AAB`. Nobody finds another with it."""
    return "-".join(digest[start : start + 4].upper() for start in range(0, MINUTED, 4))


def is_minuted(digest: str, kept: str) -> bool:
    """Whether what somebody kept, all of a digest or as much as is minuted, is of this one."""
    letters = "".join(one for one in kept.casefold() if one.isalnum())
    return len(letters) >= MINUTED and digest.startswith(letters)


def digest_of(content: object) -> str:
    """One hash over plain data, whatever the order of its keys."""
    return _digest(json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _by_table(hashes: Mapping[str, Hashes]) -> tuple[tuple[str, str], ...]:
    return tuple((table, digest_of(entries)) for table, entries in hashes.items())


def _formula(step: Step) -> str:
    return _digest(f"{step.unit.name}|{step.unit.decimals}|{written(step.expr)}")[:HASH_LENGTH]


def _figures(table: Table, frame: pl.DataFrame) -> dict[str, str]:
    """A hash for each column of figures, over its values in the order of the rows; words beside them have none."""
    figures = [column.name for column in table.columns if column.unit.decimals is not None]
    if frame.height > FEW_ROWS or any(QUOTED & set(name) for name in figures):
        return {name: _column(frame.select(name).write_csv()) for name in figures}
    rows = frame.select(figures).write_csv().splitlines() if figures else []
    columns = zip(*(row.split(",") for row in rows), strict=True)
    return {column[0]: _column("\n".join((*column, ""))) for column in columns}


def _column(text: str) -> str:
    return _digest(text)[:HASH_LENGTH]


def _software() -> dict[str, str]:
    libraries = {library: version(library) for library in LIBRARIES}
    return {"riskshare": __version__, "python": platform.python_version()} | libraries
