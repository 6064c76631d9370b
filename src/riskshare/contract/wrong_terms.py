"""Wrong terms: what pydantic says about a model file, as findings in the words of a contract, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from pydantic import ValidationError

from riskshare.contract.formats import FILE_PATTERN, REMEDIES, SUFFIXES, suffix_of
from riskshare.contract.model import OVERALL, Model, Rule
from riskshare.contract.rules import kinds
from riskshare.contract.standing import Path, Placed
from riskshare.contract.terms import (
    CODE_PATTERN,
    FRACTION_PATTERN,
    NAME_PATTERN,
    POT_PATTERN,
    YEAR_PATTERN,
    Concept,
    concepts_in,
)
from riskshare.problems.findings import Finding, Place, did_you_mean, error, one_of

PATTERNS = {
    CODE_PATTERN: "a letter, then letters, digits, _ or -, at most 40 in all",
    POT_PATTERN: "the code of a pot: a letter, then letters, digits, _, - or :",
    FILE_PATTERN: f"a {SUFFIXES} file inside the model's folder, such as inputs/lines.csv",
    NAME_PATTERN: "small letters, digits and -, as the folder is called",
    FRACTION_PATTERN: 'a number without quotes, or a fraction such as "1/3"',
    YEAR_PATTERN: "a year such as '2021-22'",
}
EXPECTED = {
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "date_from_datetime_inexact": "a date such as 2022-05-19",
    "date_from_datetime_parsing": "a date such as 2022-05-19",
    "date_type": "a date such as 2022-05-19",
    "dict_type": "a table such as { ... }",
    "finite_number": "a number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "model_attributes_type": "a table",
    "model_type": "a table",
    "string_too_short": "some text",
    "string_type": "a text in quotes",
    "tuple_type": "a list such as [ ... ]",
}
WORDLESS_KEYS = {"<column>": "column", "<except>": "not"}
RULES_IN = {4: "pools", 3: OVERALL}
"""What a list of rules stands in, by where pydantic's locations name the kind of a rule."""
OTHERWISE = {"key": ", or { PARTNER = weight, ... }, or { file = ... }"}
SINGULAR = {
    "partners": "partner",
    "reserves": "reserve",
    "funds": "fund",
    "geographies": "geography",
    "rule_lists": "rule list",
    "pools": "pool",
}


def wrong_terms(failure: ValidationError, values: Mapping[str, Any], where: Placed) -> Iterator[Finding]:
    """A finding for every key that is unknown, missing or out of range."""
    problems = [_Problem(entry, _written_path(entry["loc"])) for entry in failure.errors(include_url=False)]
    told: set[tuple[str, Place, str]] = set()
    for problem in _without_echoes(problems, values):
        finding = _finding(problem, values, where)
        # A rule of a list is wrong in every pool that takes it, and told once.
        once = finding.code, finding.place, finding.found.removeprefix(_pool(problem.path, values))
        if once not in told:
            yield finding
        told.add(once)


@dataclass(frozen=True, slots=True)
class _Problem:
    """What pydantic says, and the path of what it is about as the file has it."""

    entry: Mapping[str, Any]
    path: Path

    @property
    def kind(self) -> str:
        return str(self.entry["type"])

    @property
    def context(self) -> Mapping[str, Any]:
        return cast(Mapping[str, Any], self.entry.get("ctx", {}))


def _without_echoes(problems: Iterable[_Problem], values: Mapping[str, Any]) -> Iterator[_Problem]:
    """Without what only follows from another problem: a list that is short of its wrong entries, a key misspelt."""
    every = tuple(problems)
    unknown = [entry for entry in every if entry.kind == "extra_forbidden"]
    meant = {(entry.path[:-1], _meant(entry, values)) for entry in unknown}
    meant |= {((), str(entry.path[-1])) for entry in unknown}
    for problem in every:
        written = _at(problem.path, values)
        short = problem.kind == "too_short" and isinstance(written, Mapping | list)
        enough = short and len(cast(list[Any], written)) >= problem.context["min_length"]
        misspelt = problem.kind == "missing" and (problem.path[:-1], problem.path[-1]) in meant
        if not enough and not misspelt:
            yield problem


def _meant(problem: _Problem, values: Mapping[str, Any]) -> str:
    """The key that an unknown key was meant to be, if any is close."""
    return did_you_mean(str(problem.path[-1]), _allowed(problem, values)).removeprefix("Did you mean '")[:-2]


def _finding(problem: _Problem, values: Mapping[str, Any], where: Placed) -> Finding:
    path = problem.path
    match problem.kind:
        case "missing":
            found = f"{_named(path[:-1], values)} lacks the key '{path[-1]}'"
            return error("missing-key", where.place(path[:-1]), found, "", f"Add {path[-1]} = ...")
        case "extra_forbidden":
            allowed = _allowed(problem, values)
            found = f"{_named(path[:-1], values)} has the unknown key '{path[-1]}'"
            action = _moved_up(path) or did_you_mean(str(path[-1]), allowed)
            return error("unknown-key", where.place(path), found, one_of(allowed), action)
        case "union_tag_invalid" | "union_tag_not_found":
            return _unknown_rule(path, values, where)
        case "value_error":
            return error("bad-term", where.place(path), f"{_shown(path, values)}: {problem.context['error']}")
    action = did_you_mean(str(problem.entry["input"]), _words(problem)) or _remedy(problem, values)
    return error("bad-term", where.place(path), _shown(path, values), _expected(problem), action)


def _moved_up(path: Path) -> str:
    """What to do with a key of the whole model that stands below a table's heading, and so belongs to the table."""
    own = {field.alias or name: name for name, field in Model.model_fields.items()}
    if len(path) < 2 or path[-1] not in own:
        return ""
    return f"If '{path[-1]}' is of the whole model, move it above the first [[table]]"


def _remedy(problem: _Problem, values: Mapping[str, Any]) -> str:
    """What to do with a name for a code, a path or a spreadsheet of another kind, one table for a list."""
    written = problem.entry["input"]
    if problem.kind == "tuple_type" and isinstance(written, Mapping):
        return f"Write [[{_dotted(problem.path)}]], with two brackets"
    if problem.kind != "string_pattern_mismatch":
        return ""
    if problem.context["pattern"] == FILE_PATTERN:
        outside = re.search(r"[\\\x00-\x1f]", str(written))
        return "Write / between folders" if outside else REMEDIES.get(suffix_of(str(written)), "")
    code = next((code for code, name in _names(values) if name.casefold() == str(written).strip().casefold()), "")
    return f"Use the code, '{code}'" if code else ""


def _names(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The code and the name of everything that the model declares with both."""
    for kind in SINGULAR:
        declared = values.get(kind)
        for entry in declared if isinstance(declared, list) else ():
            words = [entry.get(key) for key in ("code", "name")] if isinstance(entry, Mapping) else []
            if words and all(isinstance(word, str) for word in words):
                yield str(words[0]), str(words[1])


def _expected(problem: _Problem) -> str:
    """What is expected, in the words of a contract."""
    context = problem.context
    match problem.kind:
        case "literal_error" | "enum":
            words = " or ".join(", ".join(f"'{word}'" for word in _words(problem)).rsplit(", ", 1))
            return (words or str(context["expected"])) + OTHERWISE.get(str(problem.path[-1]), "")
        case "string_pattern_mismatch":
            return PATTERNS[context["pattern"]]
        case "decimal_max_places":
            return f"at most {context['decimal_places']} decimals"
        case "too_short" | "too_long":
            least = context.get("min_length")
            return f"at most {context['max_length']} entries" if least is None else f"at least {least} of them"
        case "string_too_long":
            return f"at most {context['max_length']} letters"
    limits = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    bounds = (f"{words} {_figure(context[name])}" for name, words in limits.items() if name in context)
    return next(bounds, "") or EXPECTED.get(problem.kind, str(problem.entry["msg"]))


def _figure(bound: object) -> str:
    """A bound as pydantic gives it, such as 100 or Decimal('1E+12')."""
    digits = re.sub(r"Decimal\('(.*)'\)", r"\1", str(bound))
    return f"{Decimal(digits):,f}"


def _words(problem: _Problem) -> list[str]:
    return re.findall("'([^']*)'", str(problem.context.get("expected", "")))


def _unknown_rule(path: Path, values: Mapping[str, Any], where: Placed) -> Finding:
    rule = _at(path, values)
    word = str(rule.get("rule", "")) if isinstance(rule, Mapping) else ""
    kind = kinds().get(word)
    if kind is not None and kind.automatic:
        found = f"{_pool(path, values)}rule = '{word}' is automatic: it follows from the funds and is not written"
        action = "Remove it; ring_fence stands on the fund"
        return error("automatic-rule", where.place((*path, "rule")), found, "", action)
    over_all = path[0] == OVERALL
    written = [name for name, kind in kinds().items() if not kind.automatic and (kind.over_all or not over_all)]
    clause = f" ({rule['clause']})" if isinstance(rule, Mapping) and isinstance(rule.get("clause"), str) else ""
    found = f"unknown rule '{word}'{clause}" if word else f"a rule{clause} lacks the key 'rule'"
    if over_all and kind is not None:
        found = f"rule '{word}'{clause} works on a pool and its lines, not on what accounts hold"
    found = _pool(path, values) + found
    return error("unknown-rule", where.place((*path, "rule")), found, one_of(written), did_you_mean(word, written))


def _written_path(location: Path) -> Path:
    """The location without what pydantic adds: the kind of a rule, the kind of a term, the mark of a mapping's key."""
    path: list[str | int] = []
    for number, part in enumerate(location):
        kind_of_rule = number in (3, 4) and location[number - 2] == "rules" and location[0] == RULES_IN[number]
        if not kind_of_rule and not str(part).startswith(("<", "[")):
            path.append(part)
    return tuple(path)


def _at(path: Path, values: Mapping[str, Any]) -> object:
    """What is written at a path, None where nothing is."""
    here: Any = values
    for part in path:
        has = part in here if isinstance(here, Mapping) else isinstance(here, list) and part in range(len(here))
        if not has:
            return None
        here = here[part]
    return cast(object, here)


def _named(path: Path, values: Mapping[str, Any]) -> str:
    """What a key or table is called: `rule 'cap', limits.MENTAL`, `partner 'CCG', role`, `the model`."""
    for length in range(len(path), 1, -1):
        entry = _at(path[:length], values)
        words = [word for word in ("rule", "code", "file") if isinstance(entry, Mapping) and word in entry]
        if isinstance(entry, Mapping) and words and isinstance(path[length - 1], int):
            if words[0] == "rule":
                return ", ".join(part for part in (_rule(path[:length], entry, values), _dotted(path[length:])) if part)
            kind = SINGULAR.get(str(path[length - 2]), words[0]) if words[0] == "code" else words[0]
            return ", ".join(part for part in (f"{kind} '{entry[words[0]]}'", _dotted(path[length:])) if part)
    return _dotted(path) or "the model"


def _rule(path: Path, rule: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """A rule with its pool and its clause, as far as they are stated: `pool 'place', rule 'cap' (Schedule 9.4)`."""
    clause = f" ({rule['clause']})" if isinstance(rule.get("clause"), str) else ""
    return f"{_pool(path, values)}rule '{rule['rule']}'{clause}"


def _pool(path: Path, values: Mapping[str, Any]) -> str:
    if path[0] == OVERALL:
        return "the stage over all pools, "
    pool = _at(path[:2], values)
    return f"pool '{pool['code']}', " if isinstance(pool, Mapping) and "code" in pool else ""


def _dotted(path: Path) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path)


def _shown(path: Path, values: Mapping[str, Any]) -> str:
    """A key with what is written there; a table or a list only by its name."""
    value = _at(path, values)
    if isinstance(value, Mapping | list) or not path:
        return _named(path, values)
    written = str(value).lower() if isinstance(value, bool) else f"'{value}'" if isinstance(value, str) else str(value)
    return f"{_named(path, values)} = {written}"


def _allowed(problem: _Problem, values: Mapping[str, Any]) -> list[str]:
    """The keys that the table around an unknown key may have."""
    above = problem.path[:-1]
    if words := [word for form, word in WORDLESS_KEYS.items() if form in problem.entry["loc"]]:
        return words
    return sorted(field.alias or name for name, field in _concept_at(above, values).model_fields.items())


def _concept_at(path: Path, values: Mapping[str, Any]) -> type[Concept]:
    """What the table at a path is; the codes and numbers that tell tables of one kind apart are passed over."""
    concept: type[Concept] = Model
    for length, part in enumerate(path, start=1):
        inside = [field for name, field in concept.model_fields.items() if part == (field.alias or name)]
        concept = next((inner for field in inside for inner in concepts_in(field.annotation)), concept)
        entry = _at(path[:length], values)
        if concept is Rule and isinstance(entry, Mapping):
            concept = kinds().get(str(entry.get("rule")), Rule)
    return concept
