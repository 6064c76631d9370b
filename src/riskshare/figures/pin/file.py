"""Reads and writes pin.json: the pin, what was read, and the figures it gave."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from riskshare.figures.pin.frames import exact_text
from riskshare.figures.pin.hashes import PIN_FILE, PIN_SCHEMA, Pin, digest_of
from riskshare.figures.pin.readings import packed_reading, unpacked_reading
from riskshare.files.reading import TooLargeError, contents, is_there
from riskshare.formula.language import Step, Table
from riskshare.inputs.reading import Reading
from riskshare.problems.errors import UserError
from riskshare.problems.findings import Finding, Place, warning

ROW_LIMIT = 5_000
SIZE_LIMIT = 300_000_000
NARROW = 110

RecordedFigures = Mapping[str, Mapping[str, tuple[str, ...]]]
"""By table: its keys under the name of their column, and the figures of each step as text, in the order of the keys."""


@dataclass(frozen=True)
class Record:
    """A pin with what was read and the figures that came out of it.

    Tables of more than 5,000 rows have hashes in the pin but no figures here.
    """

    pin: Pin
    figures: RecordedFigures
    packed: Mapping[str, Any]

    @cached_property
    def reading(self) -> Reading | None:
        """What was read when the pin was made, or None where there was too much to keep."""
        return unpacked_reading(self.packed) if self.packed else None

    def text(self) -> str:
        """The record as the text of `pin.json`, one line for a column of figures."""
        kept = {"kept": digest_of([self.figures, self.packed])}
        content = self.pin.fields() | kept | {"figures": self.figures, "reading": self.packed}
        return "\n".join(_lines(content, "")) + "\n"


def record(pin: Pin, reading: Reading, tables: Iterable[Table], figures: Mapping[str, pl.DataFrame]) -> Record:
    """The record of a model that was just computed."""
    kept = {table.name: dict(figures_of(table, figures[table.name])) for table in tables if table.steps}
    return Record(pin, {name: columns for name, columns in kept.items() if columns}, packed_reading(reading))


def figures_of(table: Table, frame: pl.DataFrame) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The key column of a table and its steps, as text; nothing for a table of more than 5,000 rows."""
    if frame.height > ROW_LIMIT:
        return
    yield table.key, tuple(frame[table.key])
    for step in table.steps:
        if step.name != table.key:
            yield step.name, tuple(_text(step, frame[step.name]))


def read_record(path: Path) -> Record:
    """The record in a pin.json.

    Raises UserError where the file is missing, damaged, larger than 300 MB or of a schema that this version does not
    know.
    """
    try:
        content = json.loads(contents(path, SIZE_LIMIT, path.parent))
    except TooLargeError as failure:
        raise UserError(f"{path} is larger than {SIZE_LIMIT // 1_000_000} MB: it is no pin of ours.") from failure
    except FileNotFoundError as failure:
        raise UserError(f"There is no pin {path}. Make one with: riskshare pin {path.parent}") from failure
    except (ValueError, OSError, RecursionError) as failure:
        raise UserError(f"The pin {path} cannot be read ({failure}). Restore it, or pin the model again.") from failure
    return _parsed(path, content)


def read_pin(folder: Path) -> tuple[Pin | None, tuple[Finding, ...]]:
    """The model's pin, or none; a pin that cannot be read is a finding."""
    path = folder / PIN_FILE
    if not is_there(path):
        return None, ()
    try:
        return read_record(path).pin, ()
    except UserError as failure:
        return None, (warning("unreadable-pin", Place(PIN_FILE), str(failure)),)


def _parsed(path: Path, content: object) -> Record:
    if not isinstance(content, dict) or not isinstance(content.get("schema"), int):
        raise UserError(f"{path} is no pin of riskshare: it has no schema. Give a pin.json, a model or a workbook.")
    if content["schema"] != PIN_SCHEMA:
        raise UserError(_of_another_schema(path, content["schema"], content.get("software", {})))
    try:
        pin = Pin(**{field.name: content[field.name] for field in fields(Pin)})
        figures = {table: {name: tuple(values) for name, values in columns.items()}
                   for table, columns in content["figures"].items()}  # fmt: skip
        record = Record(pin, figures, content["reading"])
    except (KeyError, TypeError, AttributeError) as failure:
        raise UserError(f"The pin {path} is damaged ({failure!r}). Restore it, or pin the model again.") from failure
    if pin.digest != content.get("digest") or digest_of([figures, record.packed]) != content.get("kept"):
        raise UserError(f"The pin {path} was changed by hand: its digests do not fit. Restore it, or pin again.")
    return record


def _of_another_schema(path: Path, schema: int, software: Mapping[str, str]) -> str:
    made_by = f"riskshare {software.get('riskshare', 'of an unknown version')}"
    if schema > PIN_SCHEMA:
        return (
            f"The pin {path} was made by a newer version ({made_by}, schema {schema}). Install that version or later."
        )
    return (
        f"The pin {path} was made by {made_by} with schema {schema}, from before the first release, and holds no "
        "figures. Pin the model again."
    )


def _text(step: Step, column: pl.Series) -> Iterable[str]:
    return column.to_list() if step.unit.decimals is None else exact_text(column)


def _lines(content: object, margin: str) -> Iterator[str]:
    """JSON with a line for each entry of a table, and for each list that fits one or holds figures."""
    if isinstance(content, Mapping) and content:
        yield "{"
        yield from _entries(content.items(), margin + "  ")
        yield f"{margin}}}"
    elif isinstance(content, list) and len(json.dumps(content)) > NARROW and any("[" in str(item) for item in content):
        yield "["
        yield from _items(content, margin + "  ")
        yield f"{margin}]"
    else:
        yield json.dumps(content, ensure_ascii=False)


def _entries(entries: Iterable[tuple[str, object]], margin: str) -> Iterator[str]:
    every = tuple(entries)
    for number, (key, value) in enumerate(every, start=1):
        first, *rest = _lines(value, margin)
        lines = [f"{margin}{json.dumps(key, ensure_ascii=False)}: {first}", *rest]
        yield from _with_comma(lines, number < len(every))


def _items(items: list[object], margin: str) -> Iterator[str]:
    for number, item in enumerate(items, start=1):
        yield f"{margin}{json.dumps(item, ensure_ascii=False)}{',' if number < len(items) else ''}"


def _with_comma(lines: list[str], more: bool) -> Iterator[str]:
    yield from lines[:-1]
    yield f"{lines[-1]}," if more else lines[-1]
