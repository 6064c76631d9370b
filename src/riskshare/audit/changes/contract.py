"""What differs between two contracts: terms, rules and their order, by meaning and not by how they are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from riskshare.audit.changes.change import Cause, Change, shown
from riskshare.inputs.reading import Reading
from riskshare.inputs.toml import TomlFile, TomlPath

ORDER = "order"
ORDERED = (("rules",), ("pools",), ("partners",))
NAMES = ("code", "file", "name", "sheet")


def contract_changes(then: Reading, now: Reading) -> tuple[Change, ...]:
    """Every term that is new, gone or another, in the order of the contract as it was, then what is new."""
    comparison = _Comparison(then.toml, now.toml)
    before, after = (reading.model.model_dump(by_alias=True, mode="python") for reading in (then, now))
    return tuple(comparison.of(before, after, _Where((), (), ())))


@dataclass(frozen=True, slots=True)
class _Where:
    """The words that lead to a term, and its path in each file."""

    words: tuple[str, ...]
    then: TomlPath
    now: TomlPath

    def inside(self, word: str, then: str | int, now: str | int) -> _Where:
        return _Where((*self.words, word), (*self.then, then), (*self.now, now))


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Walks two contracts side by side."""

    then: TomlFile
    now: TomlFile

    def of(self, then: object, now: object, where: _Where) -> Iterator[Change]:
        if then == now:
            return
        before, after = entries(then), entries(now)
        if before is None or after is None:
            yield self._change(where, shown(then), shown(now))
            return
        for word in dict.fromkeys((*before, *after)):
            yield from self._entry(word, before, after, where)
        yield from self._order(where, [*before], [*after])

    def _entry(self, word: str, before: Entries, after: Entries, where: _Where) -> Iterator[Change]:
        old, new = before.get(word), after.get(word)
        inner = where.inside(word, (old or new or _NOTHING)[0], (new or old or _NOTHING)[0])
        if old is None and new is not None:
            yield from self._only(inner, "", new[1])
        elif new is None and old is not None:
            yield from self._only(inner, shown(old[1]), None)
        elif old is not None and new is not None:
            yield from self.of(old[1], new[1], inner)

    def _only(self, where: _Where, gone: str, new: object) -> Iterator[Change]:
        """An entry that one of the contracts has; one that says nothing is no change."""
        if gone or new not in (None, "", (), {}):
            yield self._change(where, gone, shown(new) if not gone else "")

    def _order(self, where: _Where, before: list[str], after: list[str]) -> Iterator[Change]:
        """Rules and pools run in their order; other tables have none."""
        kept = [word for word in before if word in after]
        if where.words[-1:] in ORDERED and kept != [word for word in after if word in kept]:
            yield self._change(_Where((*where.words, ORDER), where.then, where.now), shown(kept), shown(after))

    def _change(self, where: _Where, then: str, now: str) -> Change:
        place = str(self.now.place(where.now)) if now else f"{self.then.place(where.then)} as it was"
        return Change(Cause.CONTRACT, " / ".join(where.words), then, now, place, "contract", "/".join(where.words))


Entries = Mapping[str, tuple[str | int, Any]]
_NOTHING: tuple[str, None] = ("", None)


def entries(value: object) -> Entries | None:
    """What is inside a table or an array of tables, by a word that stays the same when others are put before it."""
    if isinstance(value, Mapping):
        return {str(key): (key, inner) for key, inner in value.items()}
    if isinstance(value, tuple | list) and value and all(isinstance(item, Mapping) for item in value):
        return {word: (number, item) for number, (word, item) in enumerate(zip(_words(value), value, strict=True))}
    return None


def _words(items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    times: Counter[str] = Counter()
    for number, item in enumerate(items, start=1):
        word = _word(item, number)
        times[word] += 1
        yield word if times[word] == 1 else f"{word}, {times[word]}"


def _word(item: Mapping[str, Any], number: int) -> str:
    if "rule" in item:
        return f"{item['rule']} ({item['clause']})"
    named = [str(item[name]) for name in NAMES if item.get(name)]
    return named[0] if named else str(number)
