"""Text for a terminal: columns that line up, nothing cut, nothing interpreted, nothing that steers the terminal."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from rich.console import Console

from riskshare.outputs.progress import Phase
from riskshare.outputs.terminal import ColumnKind, TextTable, drawn, drawn_progress, wrapped
from riskshare.problems.harmless import escaped, harmless

AMOUNTS = (ColumnKind.SENTENCE, ColumnKind.FIGURE)
PATH = "/srv/finance/2021-22/month-9/the-workbook-that-was-sent-by-post-and-came-back-with-changes.xlsx"
HOSTILE = "\x1b]0;owned\x07\x1b[2JA line\x9b31m\u202e00.1"


def test_figures_stand_at_the_right_below_each_other() -> None:
    table = TextTable(AMOUNTS, (("CCG", "1,234.50 "), ("Thurrock Council", "(20.00)")), ("Partner", "£ "))
    assert drawn(table, 80).splitlines() == [
        "  Partner                  £",
        "  ---------------------------",
        "  CCG               1,234.50",
        "  Thurrock Council    (20.00)",
    ]


def test_only_sentences_wrap_and_no_word_is_broken() -> None:
    sentence = f"the file {PATH} has changed since it was built, and its stored figures are stale"
    table = TextTable(
        (ColumnKind.NAME, ColumnKind.SENTENCE, ColumnKind.FIGURE), (("A name of some length", sentence, "1.00"),)
    )
    lines = drawn(table, 60).splitlines()
    assert lines[0].startswith("  A name of some length  the file")
    assert [line for line in lines if PATH in line]
    assert " ".join(" ".join(lines).replace("1.00", "").split()).endswith(sentence)
    assert PATH in wrapped(sentence, 40)[1]
    assert max(len(line) for line in drawn(TextTable(AMOUNTS, (("word " * 40, "1.00"),)), 60).splitlines()) <= 60


@pytest.mark.parametrize("text", ["[red]R[/red]", "[/]", ":smile:", "[link=file:///]x[/link]", "\\[bold]"])
def test_what_looks_like_markup_is_text(text: str) -> None:
    assert text in drawn(TextTable(AMOUNTS, ((text, "1.00"),), (text, "£")), 80)


def test_nothing_in_a_text_steers_a_terminal() -> None:
    for shown in (harmless(HOSTILE), drawn(TextTable(AMOUNTS, ((HOSTILE, HOSTILE),)), 80), escaped(HOSTILE)):
        assert {one for one in shown if not one.isprintable()} <= {"\n"}
    assert harmless(HOSTILE).startswith("␛]0;owned␇␛[2JA line�31m")
    assert harmless("two\nlines\tand £1") == "two\nlines\tand £1"


def test_escaped_json_says_the_same() -> None:
    assert json.loads(escaped(json.dumps([HOSTILE], ensure_ascii=False))) == [HOSTILE]


def test_progress_says_what_is_done_and_what_follows() -> None:
    screen = StringIO()
    console = Console(file=screen, force_terminal=True, width=80, color_system=None)
    with drawn_progress("Building [a].xlsx", console) as tell:
        tell(Phase.READ, 1234)
        tell(Phase.JUDGE, 0)
    assert all(words in screen.getvalue() for words in ("Building [a].xlsx: compute", "1,234 lines", "0 findings"))
