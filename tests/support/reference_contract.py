"""Independent reference: a pool's rules with rule lists, variants and terms written out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from reference_model import Entry, Model, Written
from reference_money import exact_pennies, percent, pounds


def pool_entries(model: Model) -> list[Entry]:
    """The [[pools]] of a model, every one with its rules as a plain list."""
    lists = {entry["code"]: entry["rules"] for entry in model.toml.get("rule_lists", ())}
    entries = [variant for entry in model.toml.get("pools", ()) for variant in _variants(entry)]
    return [entry | {"rules": _rules(entry, lists)} for entry in entries]


def _variants(entry: Entry) -> Iterator[Entry]:
    """A pool group itself, then the further ones that state only what differs."""
    base = {key: value for key, value in entry.items() if key != "variants"}
    yield base
    for variant in entry.get("variants", ()):
        yield base | variant | {"terms": base.get("terms", {}) | variant.get("terms", {})}


def _rules(entry: Entry, lists: Mapping[str, Sequence[Entry]]) -> list[Entry]:
    """The rules of the lists that a pool names, in that order, then its own; terms in place of `{ term = ... }`."""
    named = entry.get("rules_from", [])
    every = [rule for code in ([named] if isinstance(named, str) else named) for rule in lists[code]]
    return [_with_terms(rule, entry.get("terms", {})) for rule in [*every, *entry.get("rules", [])]]


def _with_terms(value: Written, terms: Mapping[str, Written]) -> Written:
    if isinstance(value, Mapping):
        if set(value) == {"term"}:
            return terms[value["term"]]
        return {key: _with_terms(entry, terms) for key, entry in value.items()}
    return [_with_terms(entry, terms) for entry in value] if isinstance(value, list) else value


def _cell(value: object, row: Mapping[str, str]) -> object:
    return row[value["column"]] if isinstance(value, Mapping) else value


def part_term(value: object, row: Mapping[str, str]) -> Fraction:
    """A percentage of the contract or of the pool's row, as a part of one."""
    return percent(_cell(value, row))


def weight_term(value: object, row: Mapping[str, str]) -> Fraction:
    """A weight of the contract or of the pool's row."""
    return Fraction(str(_cell(value, row)).replace(",", ""))


def money_term(value: object, row: Mapping[str, str]) -> int:
    """An amount of the contract or of the pool's row, in pennies."""
    cell = _cell(value, row)
    return pounds(cell) if isinstance(cell, str) else exact_pennies(cell)
