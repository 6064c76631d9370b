"""What a terminal shows: tables and sentences as plain text, and progress on a console that cli.py gives it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from io import StringIO
from typing import Any, Final

from rich.align import Align
from rich.box import Box
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from riskshare.outputs.progress import Phase, Tell
from riskshare.problems.harmless import harmless

NARROWEST_SENTENCE = 24
WIDEST = 10_000
_LINE_BELOW: Final = Box("    \n    \n -- \n    \n    \n    \n    \n    ", ascii=True)
_PLAIN: Final[dict[str, Any]] = {"show_edge": False, "pad_edge": False}


class ColumnKind(Enum):
    """What a column holds: names and figures are never broken, sentences wrap to the room that is left."""

    NAME = "name"
    FIGURE = "figure"
    SENTENCE = "sentence"


@dataclass(frozen=True, slots=True)
class TextTable:
    """Rows of text in columns; figures stand at the right of theirs. Without headings it is a list."""

    columns: tuple[ColumnKind, ...]
    rows: tuple[tuple[str, ...], ...]
    headings: tuple[str, ...] = ()


def drawn(table: TextTable, width: int, indent: int = 2) -> str:
    """The table within a width, or wider where its names, figures and longest words need it; no colours, no cuts."""
    box = _LINE_BELOW if table.headings else None
    grid = Table(box=box, show_header=bool(box), padding=(0, 1 if box else 2, 0, 0), **_PLAIN)
    headings = table.headings or ("",) * len(table.columns)
    for number, (kind, heading) in enumerate(zip(table.columns, headings, strict=True)):
        least = _least_width(kind, [row[number] for row in (headings, *table.rows)])
        grid.add_column(_cell(heading, kind), no_wrap=kind is not ColumnKind.SENTENCE, min_width=least)
    for row in table.rows:
        grid.add_row(*map(_cell, row, table.columns))
    console = Console(file=StringIO(), width=WIDEST, color_system=None, legacy_windows=False)
    room = max(width - indent, console.measure(grid).minimum)
    lines = console.render_lines(grid, console.options.update_width(room), pad=False)
    texts = ("".join(segment.text for segment in line) for line in lines)
    return "\n".join(f"{' ' * indent}{text}".rstrip() for text in texts)


def _least_width(kind: ColumnKind, texts: list[str]) -> int:
    """What a column needs so that nothing in it is cut: rich measures by words, also where they may not wrap."""
    longest = max(map(len, texts), default=0)
    if kind is not ColumnKind.SENTENCE:
        return longest
    return max(min(NARROWEST_SENTENCE, longest), max((len(word) for text in texts for word in text.split()), default=0))


def _cell(text: str, kind: ColumnKind) -> Text | Align:
    """A cell that is no markup; a blank after a figure, which stands above the bracket of a loss, is kept."""
    cell = Text(harmless(text))
    return Align.right(cell) if kind is ColumnKind.FIGURE else cell


@contextmanager
def drawn_progress(title: str, console: Console) -> Iterator[Tell]:
    """A line that says what is under way and for how long, and one for each phase that is done, with its count."""
    name = escape(harmless(title))
    columns = (SpinnerColumn(finished_text=" "), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        under_way = progress.add_task(name, total=None)

        def tell(phase: Phase, count: int) -> None:
            progress.add_task(f"{phase.name.lower():<8}{count:>12,} {phase}", total=1, completed=1)
            following = [later.name.lower() for later in Phase][[*Phase].index(phase) + 1 :]
            progress.update(under_way, description=": ".join([name, *following[:1]]))

        yield tell


def wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """A text on lines of a width, of which a path or another long word is never broken."""
    wrapper = textwrap.TextWrapper(
        width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
    return wrapper.wrap(text)
