"""What is no TOML in a model file, in words that an analyst knows: where, what was found, how to write it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from riskshare.inputs.toml_values import CURLY, SPACES, miswritten
from riskshare.problems.findings import Finding, Place, error

MOST = 50
SHOWN = 80
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'')
_HEADING = re.compile(r"\s*(?P<opens>\[{1,2})\s*(?P<name>[\w.\"-]+)\s*(?P<closes>\]*)\s*(#.*)?")
_KEY = re.compile(r"\s*(?P<key>[\w.-]+)\s*=")
_BARE = re.compile(r"(?P<key>[\w-]+)\s*=\s*(?P<value>(?:[^,\[\]{}\"'#=]|,(?=\d{3}(?!\d)|\s*\d{4}\s*$))+)")


@dataclass(frozen=True, slots=True)
class _Failure:
    """Where Python's reader of TOML gave up (lines from 1) and what it said, with all lines of the file."""

    lines: tuple[str, ...]
    number: int
    column: int
    message: str

    @property
    def line(self) -> str:
        return self.lines[self.number - 1]

    @property
    def statement(self) -> str:
        """The line without its comment, its texts blanked out, every character in its place."""
        blanked = _STRING.sub(lambda text: f'"{"_" * (len(text[0]) - 2)}"', self.line)
        return blanked.split("#", 1)[0].rstrip()


@dataclass(frozen=True, slots=True)
class _Mistake:
    """A mistake in words; `right` is its line as it should be, empty where only its writer knows."""

    found: str
    expected: str
    right: str = ""
    action: str = ""
    number: int = 0


def toml_mistakes(text: str, file: str) -> Iterator[Finding]:
    """A finding for every place where the text is no TOML, as far as the lines before can be put right.

    Nothing where the text is TOML, or is beyond what can be read at all.
    """
    lines = tuple(line.removesuffix("\r") for line in text.removesuffix("\n").split("\n"))
    for _ in range(MOST):
        failure = _failure(lines)
        if failure is None:
            return
        mistake = _mistake(failure)
        number = mistake.number or failure.number
        action = mistake.action or (f"Write {_shown(mistake.right)} instead" if mistake.right else "")
        yield error("toml-syntax", Place(file, row=number), mistake.found, mistake.expected, action)
        if not mistake.right or mistake.right == lines[number - 1]:
            return
        lines = (*lines[: number - 1], mistake.right, *lines[number:])


def _failure(lines: tuple[str, ...]) -> _Failure | None:
    try:
        tomllib.loads("\n".join(lines) + "\n", parse_float=Decimal)
    except (ValueError, RecursionError) as failure:
        match = re.fullmatch(r"(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)", str(failure), re.DOTALL)
        if match is None:
            return None
        message, line, column = match.groups()
        number = min(int(line or len(lines)), len(lines))
        return _Failure(lines, number, int(column or 1), message)
    return None


def _mistake(failure: _Failure) -> _Mistake:
    kinds: tuple[Callable[[_Failure], _Mistake | None], ...] = (
        _not_closed, _heading, _twice, _comment, _backslash, _no_day, _value, _open_text, _key, _comma, _braces,
    )  # fmt: skip
    known = next((mistake for kind in kinds if (mistake := kind(failure)) is not None), None)
    return known or _unknown(failure)


def _unknown(failure: _Failure) -> _Mistake:
    message = f"this is not TOML: {failure.message} (column {failure.column})"
    return _Mistake(f"{message}: {_shown(failure.line)}" if failure.line.strip() else message, "")


def _shown(line: str) -> str:
    text = line.strip()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _not_closed(failure: _Failure) -> _Mistake | None:
    """A list or a text over several lines that never ends, told where it begins."""
    begins = _opened(failure) if failure.message in ("Unclosed array", "Invalid value") else None
    if begins is not None and _begins_anew(failure):
        found = f"the [ that begins here is not closed before {_shown(failure.line) or 'the end'}"
        return _Mistake(found, "a ] at its end", action="Add the ]", number=begins)
    if begins is not None and failure.message == "Unclosed array":
        return _without_comma(failure)
    if failure.message == "Unterminated string":
        begins = next((n for n, line in enumerate(failure.lines, start=1) if line.count('"""') == 1), failure.number)
        return _Mistake('the """ that begins here is not closed', "text in quotes on one line", number=begins)
    return None


def _begins_anew(failure: _Failure) -> bool:
    """Whether the failing line is no further entry of a list: a heading, a key, or the end of the file."""
    anew = _HEADING.fullmatch(failure.line) or _KEY.match(failure.line)
    return anew is not None or failure.number == len(failure.lines)


def _without_comma(failure: _Failure) -> _Mistake:
    """Two entries of a list on lines of their own."""
    above = failure.number - 1
    while above > 1 and not _Failure(failure.lines, above, 1, "").statement.strip():
        above -= 1
    ends = len(_Failure(failure.lines, above, 1, "").statement)
    line = failure.lines[above - 1]
    found = f"{_shown(line)} has no comma at its end, and another entry follows"
    return _Mistake(found, "a comma between entries", f"{line[:ends]},{line[ends:]}", number=above)


def _opened(failure: _Failure) -> int | None:
    """The line of the last [ that is still open, where another line than the failing one has it."""
    opened: list[int] = []
    for number, line in enumerate(failure.lines[: failure.number], start=1):
        heading, here = _HEADING.fullmatch(line), _Failure(failure.lines, number, 1, "").statement
        for mark in re.findall(r"[\[\]]", "" if heading else here):
            opened = [*opened, number] if mark == "[" else opened[:-1]
    return opened[-1] if opened and opened[-1] < failure.number else None


def _heading(failure: _Failure) -> _Mistake | None:
    """A table's heading without all its brackets."""
    match = _HEADING.fullmatch(failure.line)
    if match is None or len(match["opens"]) == len(match["closes"]):
        return None
    opens, closes = "[" * (most := max(len(match["opens"]), min(len(match["closes"]), 2))), "]" * most
    right = f"{opens}{match['name']}{closes}"
    return _Mistake(f"the heading {_shown(failure.line)} lacks a bracket", "as many ] as [", right)


def _twice(failure: _Failure) -> _Mistake | None:
    """A key or a table that is there already."""
    if not failure.message.startswith(("Cannot overwrite", "Cannot declare")):
        return None
    heading, key = _HEADING.fullmatch(failure.line), _KEY.match(failure.line)
    if heading is not None:
        name, first = heading["name"], _first_heading(failure, heading["name"])
        action = f"Write [[{name}]], with two brackets, above each of several" if first else "Remove one of them"
        return _Mistake(f"the table [{name}] stands twice{_at(first)}", "each table once", action=action)
    if key is None:
        return None
    first = _first_key(failure, key["key"])
    return _Mistake(f"'{key['key']}' stands twice{_at(first)}", "each key once in a table", action="Remove one of them")


def _at(first: int | None) -> str:
    return f", first in line {first}" if first else ""


def _first_heading(failure: _Failure, name: str) -> int | None:
    headings = ((number, _HEADING.fullmatch(line)) for number, line in enumerate(failure.lines, start=1))
    return next((number for number, match in headings if match and match["name"] == name), None)


def _first_key(failure: _Failure, key: str) -> int | None:
    """The line above that gives the key, in the table that the failing line belongs to."""
    found = None
    for number in range(failure.number - 1, 0, -1):
        line = failure.lines[number - 1]
        if _HEADING.fullmatch(line):
            break
        named = _KEY.match(line)
        found = number if named and named["key"] == key else found
    return found


def _comment(failure: _Failure) -> _Mistake | None:
    match = re.match(r"\s*(//|;|--|/\*|')\s*(.*)", failure.line)
    if not match or failure.message != "Invalid statement":
        return None
    return _Mistake(f"a remark begins with {match[1]}", "# before a remark", f"# {match[2]}")


def _backslash(failure: _Failure) -> _Mistake | None:
    r"""A path as Windows writes it: `\` has a meaning of its own in a text."""
    if "\\" not in failure.line or not failure.message.startswith(("Unescaped", "Invalid hex", "Illegal", "Escaped")):
        return None
    found = f"the text in {_shown(failure.line)} has a backslash"
    return _Mistake(found, "/ between folders", re.sub(r"\\+", "/", failure.line))


def _no_day(failure: _Failure) -> _Mistake | None:
    if failure.message != "Invalid date or datetime":
        return None
    return _Mistake(f"{_shown(failure.line)} is no day of the calendar", "a date such as 2022-05-19")


def _value(failure: _Failure) -> _Mistake | None:
    """The first value of the line that is written in a way that people know and TOML does not."""
    curly = re.match(rf"(\s*[\w.-]+\s*=\s*)((?=.*[{CURLY}`]).*[{CURLY}`\"'])\s*(#.*)?$", failure.line)
    if curly is not None and (wrong := miswritten(curly[2])) is not None:
        return _Mistake(f"{_shown(failure.line)} has {wrong.fault}", wrong.expected, f"{curly[1]}{wrong.right}")
    for match in _BARE.finditer(failure.statement):
        value = failure.line[slice(*match.span("value"))].rstrip()
        wrong = miswritten(value)
        if wrong is not None:
            before, after = failure.line[: match.start("value")], failure.line[match.start("value") + len(value) :]
            said = f"{match['key']} = {value} has {wrong.fault}"
            return _Mistake(said, wrong.expected, f"{before}{wrong.right}{after}")
    return _nothing(failure)


def _nothing(failure: _Failure) -> _Mistake | None:
    match = re.fullmatch(r"\s*(?P<key>[\w.-]+)\s*=", failure.statement)
    if match is None:
        return None
    return _Mistake(f"'{match['key']}' has no value", "a value behind the =", action="Add it, or remove the line")


def _open_text(failure: _Failure) -> _Mistake | None:
    """A text whose second quote is missing; a single one is told only at the end of the file."""
    numbered = [failure.number] if failure.message != 'Expected "\'"' else range(1, len(failure.lines) + 1)
    for number in numbered:
        here = _Failure(failure.lines, number, 1, "")
        blanked = re.sub(r'"_*"', "", here.statement)
        if (match := re.search(r"=\s*([\"'])", blanked)) is not None:
            said = f"the text in {_shown(here.line)} has no quote at its end"
            return _Mistake(said, f"{match[1]} at both ends", f"{here.line.rstrip()}{match[1]}", number=number)
    return None


def _key(failure: _Failure) -> _Mistake | None:
    """A colon for the =, a key of several words, a space that only looks like one."""
    if re.search(f"[{SPACES}]", failure.statement):
        right = re.sub(f"[{SPACES}]", " ", failure.line)
        return _Mistake(f"{_shown(failure.line)} has a space that is none, from a document or a web page", "", right)
    match = re.fullmatch(r"\s*(?P<key>[A-Za-z][\w -]*?)\s*(?P<sign>[:=]=?|:=)\s*(?P<rest>.*)", failure.line)
    if match is None or (match["sign"] == "=" and " " not in match["key"]):
        bare = failure.message.startswith("Expected '='") and "=" not in failure.statement
        return _Mistake(f"{_shown(failure.line)} is no key with its value", "key = value") if bare else None
    right = f"{re.sub(' +', '_', match['key'])} = {match['rest']}"
    return _Mistake(f"{_shown(failure.line)} is no key with its value", "key = value, the key in one word", right)


def _comma(failure: _Failure) -> _Mistake | None:
    """A comma at the end of a line, or before a closing brace."""
    if _KEY.match(failure.line) and failure.statement.endswith(",") and "{" not in failure.statement:
        right = failure.line[: len(failure.statement) - 1]
        return _Mistake(f"{_shown(failure.line)} ends with a comma", "no comma between lines", right)
    if (match := re.search(r",\s*}", failure.statement)) is not None:
        right = f"{failure.line[: match.start()]} }}{failure.line[match.end() :]}"
        return _Mistake(f"{_shown(failure.line)} has a comma before the }}", "none there", right)
    return None


def _braces(failure: _Failure) -> _Mistake | None:
    statement = failure.statement
    if statement.count("{") > statement.count("}"):
        return _Mistake(
            f"the {{ in {_shown(failure.line)} is not closed", "{ ... } on one line", action="Close it on the same line"
        )
    if failure.message.startswith("Unclosed"):
        near = _shown(failure.line[max(failure.column - 15, 0) : failure.column + 15])
        return _Mistake(f"a comma or a bracket is missing near '{near}'", "", action="Add it")
    return None
