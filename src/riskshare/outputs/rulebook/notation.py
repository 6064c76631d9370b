"""What may be written for a key, read off the annotation that pydantic checks: `percent (0 to 100)` or `{ ... }`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from riskshare.contract.terms import ColumnTerm, Except

EVERYDAY = {bool: "true or false", date: "date such as 2022-05-19", int: "whole number", Decimal: "number", str: "text"}
COLUMN = '{ column = "..." }'
EXCEPT = "{ not = [...] }"
SAYS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
BOUNDS = (*SAYS, "min_length", "max_length")
ENDLESS = 1_000_000_000


def notation(annotation: object, field: FieldInfo) -> str:
    """What may be written, with its unit and the values that are allowed."""
    words = _notation(annotation)
    return words if words.endswith(")") else words + _limits([field], "..." in words)


def plain(name: str) -> str:
    """The name of a class as words: `key part` for KeyPart."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()


def _notation(annotation: object) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        own = _notation(inner[0])
        words = next((entry for entry in inner[1:] if isinstance(entry, str)), own)
        return words + _limits(inner[1:], "..." in own)
    if origin in (Union, UnionType):
        return _either([entry for entry in inner if entry is not NoneType])
    if origin is Literal:
        return _words(inner)
    if origin is dict:
        return f"{{ {_notation(inner[0])} = {_notation(inner[1])}, ... }}"
    if origin is tuple:
        return f"[ {_notation(inner[0])}, ... ]"
    return _simple(annotation) if isinstance(annotation, type) else str(annotation)


def _simple(annotation: type) -> str:
    if issubclass(annotation, ColumnTerm):
        return COLUMN
    if issubclass(annotation, Except):
        return EXCEPT
    if issubclass(annotation, Enum):
        return _words(tuple(annotation))
    return EVERYDAY.get(annotation, plain(annotation.__name__))


def _either(choices: Iterable[object]) -> str:
    return " or ".join(_notation(choice) for choice in choices)


def _words(values: Iterable[object]) -> str:
    words = [str(value.value if isinstance(value, Enum) else value) for value in values]
    return " or ".join([", ".join(words[:-1]), words[-1]] if words[:-1] else words)


def _limits(metadata: Iterable[object], several: bool) -> str:
    """The bounds in brackets; of texts none, and of figures not those that only keep them exact."""
    limits = {name: value for entry in _flat(metadata) for name in BOUNDS if (value := _bound(entry, name)) is not None}
    if several and "max_length" in limits:
        return f" ({limits.get('min_length', 0)} to {limits['max_length']})"
    if "ge" in limits and "le" in limits:
        return f" ({limits['ge']:,} to {limits['le']:,})"
    bounds = [f"{SAYS[name]} {value:,}" for name, value in limits.items() if name in SAYS and abs(value) < ENDLESS]
    return f" ({', '.join(bounds)})" if bounds else ""


def _flat(metadata: Iterable[object]) -> Iterator[object]:
    for entry in metadata:
        yield from entry.metadata if isinstance(entry, FieldInfo) else [entry]


def _bound(entry: object, name: str) -> Decimal | None:
    value = None if isinstance(entry, str) else getattr(entry, name, None)
    return None if value is None else Decimal(value)
