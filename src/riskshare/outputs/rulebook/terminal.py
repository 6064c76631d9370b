"""A rule as text for a terminal: its keys, a worked example with figures, and the arithmetic behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import indent, wrap
from typing import TYPE_CHECKING

from riskshare.outputs.rulebook.description import OPTIONAL, REQUIRED, Description, Key, Keys

if TYPE_CHECKING:
    from riskshare.outputs.rulebook.worked import Worked

WIDEST = 120
NARROWEST = 72
AUTOMATIC = " Automatic: nobody writes it."


def overview(rules: Iterable[Description], width: int) -> str:
    """Every rule with its sentence."""
    entries = [(rule.word, f"{rule.sentence}{AUTOMATIC if rule.automatic else ''}") for rule in rules]
    lines = [line for word, text in entries for line in _hanging(word, text, _longest(entries), _fit(width))]
    return "\n".join([*lines, "", "`riskshare rules cap` explains one of them."])


def explained(rule: Description, example: Worked, width: int) -> str:
    """All about one rule, with its example computed."""
    fit = _fit(width)
    return "\n".join([rule.word, *_words(rule, fit), *_keys(rule, fit), *_example(example, fit)])


def _fit(width: int) -> int:
    return max(NARROWEST, min(width, WIDEST))


def _longest(entries: Iterable[Sequence[str]]) -> int:
    return max(len(entry[0]) for entry in entries)


def _words(rule: Description, width: int) -> Iterator[str]:
    for text in (rule.sentence, *rule.details):
        yield from ["", *wrap(text, width)]


def _hanging(name: str, text: str, column: int, width: int) -> list[str]:
    """A name, then its text in a column of its own."""
    first, *others = wrap(text, width - column - 4)
    return [f"  {name:<{column}}  {first}", *(f"{'':{column + 4}}{line}" for line in others)]


def _keys(rule: Description, width: int) -> Iterator[str]:
    if not rule.automatic:
        yield from ["", "Keys", *_listed(rule.keys, width)]
    for keys in rule.inside:
        yield from ["", f"Keys of a {keys.title}", *_listed(keys, width)]


def _listed(keys: Keys, width: int) -> Iterator[str]:
    column = max(len(key.name) for key in keys.keys)
    for key in keys.keys:
        yield from _hanging(key.name, f"{key.takes}; {_left_out(key)}", column, width)
        yield from _hanging("", key.meaning, column, width)


def _left_out(key: Key) -> str:
    return key.default if key.default in (REQUIRED, OPTIONAL) else f"{key.default} if left out"


def _example(example: Worked, width: int) -> Iterator[str]:
    yield from ["", "Worked example", *(f"  {line}" for line in wrap(example.example.says, width - 2))]
    yield from ["", indent((example.example.partners + example.example.terms).strip(), "    ")]
    for name, text in example.example.files.items():
        yield from ["", f"  inputs/{name}.csv", indent(text.strip(), "    ")]
    yield from ["", *_table(example.pot_rows(), width)]
    yield from ["", "The arithmetic, as on the sheet Share"]
    yield from _table(example.step_rows(), width)


def _table(rows: Sequence[tuple[str, ...]], width: int) -> Iterator[str]:
    """Rows in columns: the first and a last one of words to the left, figures to the right."""
    worded = rows[0][-1] == "Arithmetic"
    figures = range(1, len(rows[0]) - worded)
    widths = [max(len(row[number]) for row in rows) for number in figures]
    label = _longest(rows)
    for row in rows:
        cells = [f"{row[number]:>{wide}}" for number, wide in zip(figures, widths, strict=True)]
        left = "  ".join([f"{row[0]:<{label}}", *cells])
        yield from _hanging(left, row[-1], len(left), width) if worded else [f"  {left}"]
