"""Contract: a model file with every rule as its own kind; what is wrong with its terms comes out as findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, reduce
from operator import or_
from typing import Annotated, Any, Protocol, cast

from pydantic import Field, ValidationError, create_model

from riskshare.findings import Finding, Place, did_you_mean, error
from riskshare.model import Model, Pool
from riskshare.rules import kinds
from riskshare.rules.kind import Kind
from riskshare.rules.outcomes import Outcomes

Path = tuple[str | int, ...]


class Placed(Protocol):
    """Something that knows where a key of the model file stands."""

    def place(self, path: Path) -> Place:
        """The file and line of the key, or of what holds it."""


@cache
def contract_type() -> type[Model]:
    """The model with its rules as a union of all kinds: the source of `model.schema.json`."""
    written = [kind for kind in kinds().values() if not kind.automatic]
    rules: Any = Annotated[reduce(or_, written), Field(discriminator="rule")]
    some_rules: Any = (tuple[rules, ...], Pool.model_fields["rules"])
    pool: Any = create_model("ContractPool", __base__=Pool, __doc__=Pool.__doc__, rules=some_rules)
    some_pools: Any = (tuple[pool, ...], Model.model_fields["pools"])
    return create_model("Contract", __base__=Model, __doc__=Model.__doc__, pools=some_pools)


def parse(values: Mapping[str, Any], where: Placed) -> tuple[Model | None, tuple[Finding, ...]]:
    """The contract, or a finding for every key that is unknown, missing or out of range, with its line."""
    try:
        return contract_type().model_validate(values), ()
    except ValidationError as failure:
        return None, tuple(_finding(problem, values, where) for problem in failure.errors(include_url=False))


def rules_of(pool: Pool) -> Iterator[tuple[int, Kind]]:
    """The pool's rules with their number from 0."""
    for number, rule in enumerate(pool.rules):
        if isinstance(rule, Kind):
            yield number, rule


def measure_files(model: Model) -> tuple[str, ...]:
    """The files of outcome measures that the rules name."""
    found = (rule.measures for pool in model.pools for _, rule in rules_of(pool) if isinstance(rule, Outcomes))
    return tuple(dict.fromkeys(found))


def _finding(problem: Mapping[str, Any], values: Mapping[str, Any], where: Placed) -> Finding:
    path = _written_path(problem["loc"], values)
    key = path[-1] if path else "the file"
    place = where.place(path)
    match problem["type"]:
        case "missing":
            return error(
                "missing-key",
                where.place(path[:-1]),
                f"{_whole(path[:-1], values)} lacks the key '{key}'",
                "",
                f"Add {key} = ...",
            )
        case "extra_forbidden":
            allowed = _allowed(problem["loc"][:-1], path[:-1], values)
            return error("unknown-key", place, f"unknown key '{key}'", _list(allowed), did_you_mean(str(key), allowed))
        case "union_tag_invalid" | "union_tag_not_found":
            return _unknown_rule(path, values, where)
    found = f"{_dotted(path)} = {_shown(problem['input'])}: {problem['msg'].removeprefix('Value error, ')}"
    if isinstance(problem["input"], Mapping | list | tuple):
        found = f"{_whole(path, values)}: {problem['msg'].removeprefix('Value error, ')}"
    return error("bad-term", place, found)


def _unknown_rule(path: Path, values: Mapping[str, Any], where: Placed) -> Finding:
    rule = _at(path, values)
    word = str(rule.get("rule", "")) if isinstance(rule, Mapping) else ""
    kind = kinds().get(word)
    if kind is not None and kind.automatic:
        found = f"rule = '{word}' is automatic: it follows from the funds and is not written"
        return error(
            "automatic-rule", where.place((*path, "rule")), found, "", "Remove it; ring_fence stands on the fund"
        )
    written = [name for name, kind in kinds().items() if not kind.automatic]
    found = f"unknown rule '{word}'" if word else "a rule lacks the key 'rule'"
    return error("unknown-rule", where.place((*path, "rule")), found, _list(written), did_you_mean(word, written))


def _written_path(location: tuple[str | int, ...], values: Mapping[str, Any]) -> Path:
    """The location without what pydantic adds: the tag of a union, the branch of a choice."""
    path: list[str | int] = []
    here: Any = values
    for position, part in enumerate(location):
        inside = _inside(here, part)
        if inside is _NOTHING and position < len(location) - 1:
            continue
        if inside is _NOTHING and not (isinstance(here, Mapping) and isinstance(part, str) and part.isidentifier()):
            continue
        path.append(part)
        here = None if inside is _NOTHING else inside
    return tuple(path)


_NOTHING = object()


def _inside(here: object, part: str | int) -> object:
    if isinstance(here, Mapping) and part in here:
        return here[part]
    if isinstance(here, list) and isinstance(part, int) and part < len(here):
        return here[part]
    return _NOTHING


def _at(path: Path, values: Mapping[str, Any]) -> object:
    here: Any = values
    for part in path:
        here = here[part]
    return cast(object, here)


def _whole(path: Path, values: Mapping[str, Any]) -> str:
    """What a table is called: `rule 'cap'`, `partner 'CCG'`, `the model`."""
    if not path:
        return "the model"
    entry = _at(path, values)
    if isinstance(entry, Mapping):
        for word in ("rule", "code", "file"):
            if word in entry:
                return f"{word if word != 'code' else str(path[-2]).removesuffix('s')} '{entry[word]}'"
    return _dotted(path)


def _dotted(path: Path) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path)


def _shown(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


def _allowed(location: tuple[str | int, ...], path: Path, values: Mapping[str, Any]) -> list[str]:
    """The keys a table may have, read from the type that stands at the location."""
    entry = _at(path, values)
    word = entry.get("rule") if isinstance(entry, Mapping) else None
    kind: Any = kinds().get(str(word)) if word else _type_at(location)
    if kind is None:
        return []
    return sorted(field.alias or name for name, field in kind.model_fields.items())


def _type_at(location: tuple[str | int, ...]) -> type[Model] | None:
    from riskshare import model as concepts  # noqa: PLC0415

    plural = {
        "partners": concepts.Partner, "reserves": concepts.Reserve, "funds": concepts.Fund, "inputs": concepts.Input,
        "geographies": concepts.Geography, "pools": concepts.Pool, "scope": concepts.Scope, "where": concepts.Scope,
        "ring_fence": concepts.RingFence, "minimum_spend": concepts.MinimumSpend,
        "control_total": concepts.ControlTotal,
    }  # fmt: skip
    words = [part for part in location if isinstance(part, str) and part in plural]
    if not location:
        return contract_type()
    return plural[words[-1]] if words else None  # type: ignore[return-value]


def _list(words: list[str]) -> str:
    return f"one of {', '.join(words)}" if words else ""
