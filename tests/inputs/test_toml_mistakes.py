"""What analysts write that is no TOML: each mistake is told with its line, in their words, and how to write it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from good_contract import GOOD
from riskshare.inputs.toml import parsed

DIGITS = "Expected: digits, with _ between thousands if you like. "
QUOTES = 'Expected: straight quotes ". '
DATE = "Expected: year-month-day. "


def told(text: str) -> list[str]:
    """The findings on a model file with this text."""
    toml, findings = parsed(text, "model.toml")
    assert (toml is None) == bool(findings)
    return [str(finding).removeprefix("model.toml, ") for finding in findings]


REWRITTEN: dict[str, tuple[str, str, str]] = {
    "curly quotes": ("title = “Small alliance”", f"curly quotes. {QUOTES}", 'title = "Small alliance"'),
    "single curly quotes": ("title = ‘Small alliance’", f"curly quotes. {QUOTES}", 'title = "Small alliance"'),
    "one curly quote": ('title = "Small alliance”', f"curly quotes. {QUOTES}", 'title = "Small alliance"'),
    "a comma within curly quotes": ("title = “Care, at home”", "curly quotes. ", 'title = "Care, at home"'),
    "an apostrophe": ("title = St Mary’s", "a text without quotes. ", 'title = "St Mary’s"'),
    "no quotes": ("title = Small alliance", "a text without quotes. ", 'title = "Small alliance"'),
    "no quotes before a remark": ("role = provider # all", "a text without quotes. ", 'role = "provider" # all'),
    "a year": ("financial_year = 2019-20", "a text without quotes. ", 'financial_year = "2019-20"'),
    "commas": ("income = 600,000,000", f"commas in a number. {DIGITS}", "income = 600_000_000"),
    "pounds and pence": ("income = £1,200.50", f"a £ sign and commas in a number. {DIGITS}", "income = 1200.50"),
    "a percent sign": ("percent = 2.5%", "a % sign in a number. Expected: a plain number. ", "percent = 2.5"),
    "brackets": ("amount = (12,000)", f"commas and brackets in a number. {DIGITS}", "amount = -12_000"),
    "a dash": ("amount = –500", f"a dash that is no minus in a number. {DIGITS}", "amount = -500"),
    "thousands": ("income = 600k", f"letters in a number. {DIGITS}", "income = 600_000"),
    "millions": ("income = £1.5m", f"a £ sign and letters in a number. {DIGITS}", "income = 1_500_000"),
    "spaces": ("income = 600 000", f"spaces in a number. {DIGITS}", "income = 600_000"),
    "a zero before": ("percent = 05", f"a number that is not written whole. {DIGITS}", "percent = 5"),
    "no zero": ("percent = .5", f"a number that is not written whole. {DIGITS}", "percent = 0.5"),
    "a date": ("agreed_on = 28/03/2019", f"a date in another form. {DATE}", "agreed_on = 2019-03-28"),
    "the day comes first": ("agreed_on = 3.4.2019", f"a date in another form. {DATE}", "agreed_on = 2019-04-03"),
    "a date in words": ("agreed_on = 28th March 2019", f"a date in another form. {DATE}", "agreed_on = 2019-03-28"),
    "a date with slashes": ("agreed_on = 2019/03/28", f"a date in another form. {DATE}", "agreed_on = 2019-03-28"),
    "a truth": ("recurrent = Yes", "the word Yes. Expected: true or false, in small letters. ", "recurrent = true"),
    "a comma in a table": (
        'limits = { A = { amount = 1,000 }, B = { percent = 5, of = "target" } }',
        f"commas in a number. {DIGITS}",
        'limits = { A = { amount = 1000 }, B = { percent = 5, of = "target" } }',
    ),
    "a backslash": ('file = "inputs\\lines.xlsx"', "a backslash. Expected: / between ", 'file = "inputs/lines.xlsx"'),
    "a drive": ('file = "C:\\Users\\x.csv"', "a backslash. Expected: / between folders. ", 'file = "C:/Users/x.csv"'),
    "half a heading": ("[[partners]", "lacks a bracket. Expected: as many ] as [. ", "[[partners]]"),
    "the other half": ("[partners]]", "lacks a bracket. Expected: as many ] as [. ", "[[partners]]"),
    "a quote too few": ('title = "Small', 'no quote at its end. Expected: " at both ends. ', 'title = "Small"'),
    "an apostrophe too few": ("title = 'Small", "no quote at its end. Expected: ' at both ends. ", "title = 'Small'"),
    "a comma at the end": ('title = "Small",', "a comma. Expected: no comma between lines. ", 'title = "Small"'),
    "a comma too many": ("shares = { A = 100, }", "before the }. Expected: none there. ", "shares = { A = 100 }"),
    "a colon": ('title: "Small"', "is no key with its value. Expected: key = value", 'title = "Small"'),
    "a key of two words": ("financial year = 1", "is no key with its value. Expected: key", "financial_year = 1"),
    "a space from a web page": ("a\u00a0= 1", "has a space that is none, from a document or a web page. ", "a = 1"),
    "a remark": ("// as agreed", "a remark begins with //. Expected: # before a remark. ", "# as agreed"),
}


@pytest.mark.parametrize("row", REWRITTEN)
def test_a_line_is_told_as_it_should_be(row: str) -> None:
    """The line stands below two that are right; put right as told, the file is read."""
    line, fault, right = REWRITTEN[row]
    (found,) = told(f"schema = 1\n\n{line}\n")
    assert found.startswith("line 3: ")
    assert fault in found
    assert found.endswith(f"Write {right} instead.")
    assert told(f"schema = 1\n\n{right}\n") == []


TOLD: dict[str, tuple[str, str]] = {
    "a key twice": ("a = 1\nb = 2\na = 3", "line 3: 'a' stands twice, first in line 1. Expected: each key once in a"),
    "a key twice in a table": (
        "a = 0\n[[t]]\na = 1\n[[t]]\na = 2\n# a = 3\na = 4",
        "line 7: 'a' stands twice, first in line 5. ",
    ),
    "a table twice": (
        "[year]\na = 1\n[year]\na = 2",
        "line 3: the table [year] stands twice, first in line 1. Expected: each table once. Write [[year]], with",
    ),
    "a list that never ends, then a heading": (
        "[[rules]]\nbands = [\n  { up_to = 3 },\n\n[[rules]]\nrule = 1",
        "line 2: the [ that begins here is not closed before [[rules]]. Expected: a ] at its end. Add the ].",
    ),
    "a list that never ends, then a key": (
        "bands = [\n  { up_to = 3 }\n\nrule = 1\n",
        "line 1: the [ that begins here is not closed before rule = 1. ",
    ),
    "a list that never ends": ("bands = [\n  3,", "line 1: the [ that begins here is not closed before 3,. "),
    "a table over two lines": ("a = { b = 1,\n  c = 2 }", "line 1: the { in a = { b = 1, is not closed. "),
    "entries without a comma": (
        "bands = [\n  { up_to = 3 }  # the first\n\n  { up_to = 5 },\n]",
        "line 2: { up_to = 3 }  # the first has no comma at its end, and another entry follows. Expected: a comma",
    ),
    "no value": ("a =\nb = 1", "line 1: 'a' has no value. Expected: a value behind the =. Add it, or "),
    "no day": ("a = 2019-02-30", "line 1: a = 2019-02-30 is no day of the calendar. Expected: a date such as 2"),
    "a word alone": ("title", "line 1: title is no key with its value. Expected: key = value."),
    "a missing comma": ("a = { b = 1 c = 2 }", "line 1: a comma or a bracket is missing near 'a = { b = 1 c = 2 }'."),
    "a long text that never ends": ('a = """x\nb', 'line 1: the """ that begins here is not closed. '),
    "something else": ("a = 1 b = 2", "line 1: this is not TOML: Expected newline or end of document after a "),
}  # fmt: skip


@pytest.mark.parametrize("row", TOLD)
def test_a_mistake_is_told_where_it_begins(row: str) -> None:
    text, expected = TOLD[row]
    assert told(text)[0].startswith(expected)


def test_every_mistake_is_told_at_once() -> None:
    """Each line is put right for the next to be found, as far as we know how."""
    text = "title = “Small”\nagreed_on = 28/3/2019\n[[partners]\nincome = 600,000\nname = Trust\n=\nincome = 5%\n"
    assert [line.split(":")[0] for line in told(text)] == [f"line {number}" for number in range(1, 7)]


def test_lines_end_as_windows_writes_them() -> None:
    assert [line.split(":")[0] for line in told("a = 5%\r\nb = 1\r\nc = “x”\r\n")] == ["line 1", "line 3"]


@settings(max_examples=300)
@given(st.data())
def test_a_model_file_with_a_few_characters_wrong_is_read_or_told(data: st.DataObject) -> None:
    """Whatever is lost or typed between: never an exception, and every finding has a line of the file."""
    text = GOOD
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        lost = data.draw(st.integers(0, 4))
        text = text[:at] + data.draw(st.text("\"'[]{}=,#\\“”%£ \n5a\u00a0-/", max_size=3)) + text[at + lost :]
    lines = text.count("\n") + 1
    assert all(1 <= int(found.split(":")[0].removeprefix("line ")) <= lines for found in told(text))
