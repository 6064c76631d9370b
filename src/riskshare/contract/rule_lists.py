"""Rule lists: rules that several pools share are written once, and copied into every pool with the pool's own terms.

All later rooms see pools that have their rules; each copy knows the line of model.toml that it was written on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from riskshare.contract.standing import Path, Placed
from riskshare.problems.findings import Finding, did_you_mean, error, one_of, warning

TomlValues = dict[str, Any]
Lines = Mapping[Path, int]
TERM, VARIANTS, FROM, TERMS, RULES = "term", "variants", "rules_from", "terms", "rules"
ALWAYS_READ = ("target", "outturn")


def expanded(values: TomlValues, lines: Lines, where: Placed) -> tuple[TomlValues, Lines, tuple[Finding, ...]]:
    """The values of a model file with every pool written out, the lines of its paths, and what is wrong with the lists.

    What has another form than pools and lists have stays as it is: it is judged with all other terms.
    """
    pools = values.get("pools")
    if not isinstance(pools, list) or not all(isinstance(pool, Mapping) for pool in pools):
        return values, lines, ()
    copying = _Copying(_lists(values), lines, where)
    families = [copying.family(number, pool) for number, pool in enumerate(pools)]
    written = {path: line for path, line in lines.items() if path[:1] != ("pools",) or len(path) == 1}
    pools = [pool for family in families for pool in family]
    every = values | {"pools": [copying.placed(pool, number, written) for number, pool in enumerate(pools)]}
    return every, written, (*copying.findings, *_repeated(values, where), *copying.unused())


@dataclass(frozen=True, slots=True)
class _Written:
    """A value, and where it is written; inside a table or a list each entry has a place of its own."""

    value: object
    path: Path

    @property
    def inside(self) -> dict[str | int, _Written]:
        entries: Iterable[tuple[str | int, object]] = ()
        if isinstance(self.value, Mapping):
            entries = self.value.items()
        elif isinstance(self.value, list):
            entries = enumerate(self.value)
        return {
            key: inner if isinstance(inner, _Written) else _Written(inner, (*self.path, key)) for key, inner in entries
        }


WrittenPool = dict[str, _Written]


@dataclass(slots=True)
class _Copying:
    """Copies lists and variants into pools, and keeps account of what is asked for and used."""

    lists: Mapping[str, _Written]
    lines: Lines
    where: Placed
    findings: list[Finding] = field(default_factory=list)
    taken: set[Path] = field(default_factory=set)
    stated: dict[Path, tuple[str, str]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    def family(self, number: int, pool: Mapping[str, object]) -> list[WrittenPool]:
        """A pool, then its variants, each with its rules."""
        own = _Written(pool, ("pools", number)).inside
        base: WrittenPool = {str(key): entry for key, entry in own.items()}
        variants = base.get(VARIANTS)
        entries = list(variants.inside.values()) if variants and isinstance(variants.value, list) else []
        if (variants and not entries) or not all(isinstance(entry.value, Mapping) for entry in entries):
            return [base]
        base.pop(VARIANTS, None)
        members = [base, *(_variant(base, entry) for entry in entries)]
        filled = [self._with_rules(member) for member in members]
        return [_with_formats(member, filled) for member in filled]

    def _with_rules(self, pool: WrittenPool) -> WrittenPool:
        terms = {str(name): term for name, term in _inside(pool, TERMS).items()}
        self.stated = {term.path: (name, _code(pool)) for name, term in terms.items()} | self.stated
        rules = [*self._listed(pool), *((entry, "") for entry in _inside(pool, RULES).values())]
        own = pool.get(RULES)
        if not rules or (own is not None and not isinstance(own.value, list)):
            return pool
        filling = (self._filled(entry, terms, _code(pool), code) for entry, code in rules)
        place = own or pool[FROM]
        return pool | {RULES: _Written([entry for entry in filling if entry is not None], place.path)}

    def _listed(self, pool: WrittenPool) -> Iterator[tuple[_Written, str]]:
        """The rules of the lists that the pool names, with the code of their list."""
        named = pool.get(FROM)
        for entry in [named] if named and isinstance(named.value, str) else _inside(pool, FROM).values():
            code = entry.value
            if isinstance(code, str) and code in self.lists:
                self.taken.add(self.lists[code].path)
                yield from ((rule, code) for rule in self.lists[code].inside.values())
            elif isinstance(code, str):
                found, action = f"pool '{_code(pool)}': '{code}' is no rule list", did_you_mean(code, self.lists)
                place = self.where.place(entry.path)
                self.findings.append(error("unknown-list", place, found, one_of(self.lists), action))

    def _filled(self, entry: _Written, terms: Mapping[str, _Written], pool: str, code: str) -> _Written | None:
        """A rule with the pool's terms in it; none, and findings, where it asks for a term that isn't stated."""
        lacking = []
        for name, place in _asked(entry):
            self.asked.add(name)
            if name in terms:
                self.taken.add(terms[name].path)
            else:
                lacking.append(name)
                asks = f"rule list '{code}'" if code else "one of its rules"
                found = f"pool '{pool}' states no term '{name}', which {asks} asks for"
                action = did_you_mean(name, terms) or f"Add {name} = ... to the terms of the pool"
                self.findings.append(error("missing-term", self.where.place(place), found, "", action))
        return None if lacking else _replaced(entry, terms)

    def unused(self) -> Iterator[Finding]:
        """Lists that no pool names, terms that no rule asks for; nothing where lists or terms are missing."""
        if self.findings:
            return
        for code, rules in self.lists.items():
            if rules.path not in self.taken:
                place = self.where.place(rules.path[:-1])
                yield warning("unused-list", place, f"rule list '{code}' is named by no pool", "", "Remove it.")
        for path, (name, pool) in self.stated.items():
            if path not in self.taken:
                found, action = f"terms of pool '{pool}': no rule asks for '{name}'", did_you_mean(name, self.asked)
                yield warning("unused-term", self.where.place(path), found, "", action or "Remove it.")

    def placed(self, pool: WrittenPool, number: int, lines: dict[Path, int]) -> TomlValues:
        """The plain values of a pool, with the lines of its paths added."""
        entry = _Written(pool, next(iter(pool.values())).path[:-1] if pool else ("pools", number))
        plain = self._plain(entry, ("pools", number), lines)
        return plain if isinstance(plain, dict) else {}

    def _plain(self, entry: _Written, path: Path, lines: dict[Path, int]) -> object:
        line = next((self.lines[above] for above in _upwards(entry.path) if above in self.lines), None)
        if line is not None:
            lines[path] = line
        plain = {key: self._plain(inner, (*path, key), lines) for key, inner in entry.inside.items()}
        if isinstance(entry.value, Mapping):
            return plain
        return [*plain.values()] if isinstance(entry.value, list) else entry.value


def _upwards(path: Path) -> Iterator[Path]:
    return (path[:length] for length in range(len(path), 0, -1))


def _lists(values: TomlValues) -> dict[str, _Written]:
    """The rules of each list by its code; lists without a code or without rules are judged with all other terms."""
    found = values.get("rule_lists")
    entries = enumerate(found) if isinstance(found, list) else ()
    return {
        entry["code"]: _Written(entry[RULES], ("rule_lists", number, RULES))
        for number, entry in entries
        if isinstance(entry, Mapping) and isinstance(entry.get("code"), str) and isinstance(entry.get(RULES), list)
    }


def _repeated(values: TomlValues, where: Placed) -> Iterator[Finding]:
    found = values.get("rule_lists")
    codes = [entry.get("code") for entry in found if isinstance(entry, Mapping)] if isinstance(found, list) else []
    for number, code in enumerate(codes):
        if code in codes[:number]:
            place = where.place(("rule_lists", number, "code"))
            yield error("repeated-code", place, f"rule_lists: code '{code}' is there already", "", "Give it another.")


def _variant(base: WrittenPool, entry: _Written) -> WrittenPool:
    """What the pool says but for what the variant says otherwise; terms are added to its terms."""
    own = {str(key): inner for key, inner in entry.inside.items()}
    shared = {key: inner for key, inner in base.items() if key not in ("code", "name")}
    terms = _inside(base, TERMS) | _inside(own, TERMS)
    member = own | {key: inner for key, inner in shared.items() if key not in own}
    return member | ({TERMS: _Written({str(name): term for name, term in terms.items()}, entry.path)} if terms else {})


def _with_formats(pool: WrittenPool, family: list[WrittenPool]) -> WrittenPool:
    """Without formats of columns that only others of the family read."""
    others = {column for member in family for column in _columns(_inside(member, RULES).values())}
    written = _inside(pool, "formats")
    unread = others - set(_columns(_inside(pool, RULES).values())) - set(ALWAYS_READ)
    formats = {str(name): form for name, form in written.items() if name not in unread}
    return pool | {"formats": _Written(formats, pool["formats"].path)} if written else pool


def _columns(entries: Iterable[_Written]) -> Iterator[str]:
    for entry in entries:
        inside = entry.inside
        column = inside.get("column")
        if column is not None and isinstance(column.value, str):
            yield column.value
        yield from _columns(inside.values())


def _inside(pool: WrittenPool, key: str) -> dict[str | int, _Written]:
    return pool[key].inside if key in pool else {}


def _code(pool: WrittenPool) -> str:
    return str(pool["code"].value) if "code" in pool else ""


def _term(entry: _Written) -> str:
    """The name of the term that a value stands for, `{ term = "..." }`; nothing where it is a value of its own."""
    inside = entry.inside
    name = inside[TERM].value if [*inside] == [TERM] else ""
    return name if isinstance(name, str) else ""


def _asked(entry: _Written) -> Iterator[tuple[str, Path]]:
    """The terms that a rule asks for, each with its place."""
    if name := _term(entry):
        yield name, entry.path
        return
    for inner in entry.inside.values():
        yield from _asked(inner)


def _replaced(entry: _Written, terms: Mapping[str, _Written]) -> _Written:
    """The rule with every term that it asks for."""
    if name := _term(entry):
        return terms[name]
    if isinstance(entry.value, Mapping):
        return _Written({key: _replaced(inner, terms) for key, inner in entry.inside.items()}, entry.path)
    if isinstance(entry.value, list):
        return _Written([_replaced(inner, terms) for inner in entry.inside.values()], entry.path)
    return entry
