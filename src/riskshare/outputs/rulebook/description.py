"""A rule as neutral facts: its word, what it does, its keys with units, defaults and allowed values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from inspect import getdoc
from typing import get_type_hints

from pydantic.fields import FieldInfo

from riskshare.contract.model import Rule
from riskshare.contract.rules import kinds
from riskshare.contract.rules.kind import Example, Kind
from riskshare.contract.terms import Concept, concepts_in
from riskshare.outputs.rulebook.notation import notation, plain

REQUIRED, OPTIONAL = "required", "optional"
EVERY_RULE = tuple(name for name in Rule.model_fields if name != "rule")
"""The keys that every rule has; they are listed after its own."""


@dataclass(frozen=True, slots=True)
class DescribedKey:
    """One key: what may be written; what it is when it is left out, `required` or `optional`; and what it means."""

    name: str
    takes: str
    default: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a rule, or of a table inside one such as a band."""

    title: str
    sentence: str
    keys: tuple[DescribedKey, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """All that a rule's class says about it."""

    word: str
    sentence: str
    details: tuple[str, ...]
    keys: Keys
    inside: tuple[Keys, ...]
    automatic: bool
    example: Example


def descriptions() -> dict[str, Description]:
    """Every rule by its word, in alphabetical order."""
    return {word: _described(word, kind) for word, kind in kinds().items()}


def common_keys() -> tuple[DescribedKey, ...]:
    """The keys that every rule has beside `rule`."""
    return tuple(_keys(Rule))


def _described(word: str, kind: type[Kind]) -> Description:
    sentence, *details = _paragraphs(kind)
    details += ["It stands before all other rules and runs before the ring-fence."] if kind.first_only else []
    keys = () if kind.automatic else tuple(_keys(kind))
    inside = () if kind.automatic else tuple(_inside(kind))
    return Description(word, sentence, tuple(details), Keys(word, sentence, keys), inside, kind.automatic, kind.example)


def _paragraphs(concept: type) -> list[str]:
    """The docstring's paragraphs, each on one line."""
    return [" ".join(paragraph.split()) for paragraph in (getdoc(concept) or "").split("\n\n")]


def _keys(concept: type[Concept]) -> Iterator[DescribedKey]:
    hints = get_type_hints(concept, include_extras=True)
    for name, field in _in_order(concept):
        takes = notation(hints[name], field)
        yield DescribedKey(field.alias or name, takes, _default(field), field.description or "")


def _in_order(concept: type[Concept]) -> list[tuple[str, FieldInfo]]:
    own = [(name, field) for name, field in concept.model_fields.items() if name != "rule"]
    return sorted(own, key=lambda entry: issubclass(concept, Rule) and entry[0] in EVERY_RULE)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return REQUIRED
    value = field.default.value if isinstance(field.default, Enum) else field.default
    return OPTIONAL if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _inside(kind: type[Kind]) -> Iterator[Keys]:
    """The tables that stand inside the rule, each once, however deep."""
    kinds: dict[type[Concept], None] = {}
    waiting: list[type[Concept]] = [kind]
    while waiting:
        hints = get_type_hints(waiting.pop(), include_extras=True)
        new = [concept for hint in hints.values() for concept in concepts_in(hint) if concept not in kinds]
        kinds |= dict.fromkeys(new)
        waiting += new
    for concept in kinds:
        yield Keys(plain(concept.__name__), _paragraphs(concept)[0], tuple(_keys(concept)))
