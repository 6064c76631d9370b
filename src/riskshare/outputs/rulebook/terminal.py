"""A rule as text for a terminal: its keys, a worked example with figures, and the arithmetic behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import indent
from typing import TYPE_CHECKING

from riskshare.outputs.rulebook.description import OPTIONAL, REQUIRED, DescribedKey, Description, Keys
from riskshare.outputs.terminal import ColumnKind, TextTable, drawn, wrapped

if TYPE_CHECKING:
    from riskshare.outputs.rulebook.worked import Worked

WIDEST = 120
NARROWEST = 72
AUTOMATIC = " Automatic: nobody writes it."
LIST = (ColumnKind.NAME, ColumnKind.SENTENCE)


def overview(rules: Iterable[Description], width: int) -> str:
    """Every rule with its sentence."""
    entries = tuple((rule.word, f"{rule.sentence}{AUTOMATIC if rule.automatic else ''}") for rule in rules)
    return f"{drawn(TextTable(LIST, entries), _fit(width))}\n\n`riskshare rules cap` explains one of them."


def explained(rule: Description, example: Worked, width: int) -> str:
    """All about one rule, with its example computed."""
    fit = _fit(width)
    return "\n".join([rule.word, *_words(rule, fit), *_keys(rule, fit), *_example(example, fit)])


def _fit(width: int) -> int:
    return max(NARROWEST, min(width, WIDEST))


def _words(rule: Description, width: int) -> Iterator[str]:
    for text in (rule.sentence, *rule.details):
        yield from ["", *wrapped(text, width)]


def _keys(rule: Description, width: int) -> Iterator[str]:
    if not rule.automatic:
        yield from ["", "Keys", *_listed(rule.keys, width)]
    for keys in rule.inside:
        yield from ["", f"Keys of a {keys.title}", *_listed(keys, width)]


def _listed(keys: Keys, width: int) -> Iterator[str]:
    rows = [row for key in keys.keys for row in ((key.name, f"{key.takes}; {_left_out(key)}"), ("", key.meaning))]
    yield drawn(TextTable(LIST, tuple(rows)), width)


def _left_out(key: DescribedKey) -> str:
    return key.default if key.default in (REQUIRED, OPTIONAL) else f"{key.default} if left out"


def _example(example: Worked, width: int) -> Iterator[str]:
    yield from ["", "Worked example", *wrapped(example.example.says, width, "  ", "  ")]
    yield from ["", indent((example.example.partners + example.example.terms).strip(), "    ")]
    for name, text in example.example.files.items():
        yield from ["", f"  inputs/{name}.csv", indent(text.strip(), "    ")]
    yield from ["", _table(example.pot_rows(), width)]
    yield from ["", "The arithmetic, as on the sheet Share", _table(example.step_rows(), width)]


def _table(rows: Sequence[tuple[str, ...]], width: int) -> str:
    """Names at the left, then figures, and at the end the arithmetic where there is any."""
    headings, *others = rows
    last = ColumnKind.SENTENCE if headings[-1] == "Arithmetic" else ColumnKind.FIGURE
    columns = (ColumnKind.NAME, *[ColumnKind.FIGURE] * (len(headings) - 2), last)
    return drawn(TextTable(columns, tuple(others), headings), width)
