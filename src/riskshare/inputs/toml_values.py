"""Values as people write them and TOML does not: what each has that it may not have, and how to write it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

CURLY = "“”„«»‘’‚‛"
MINUS = "−–—"
SPACES = "\u00a0\u202f\u2009"
TRUTHS = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}
SIZES = {"": 1, "k": 1_000, "m": 1_000_000, "bn": 1_000_000_000}
DATES = ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%Y/%m/%d", "%Y.%m.%d", "%d %B %Y", "%d %b %Y", "%B %d %Y")
_NUMBER = re.compile(
    rf"(?P<sign>[-+{MINUS}(]?)\s*(?P<pound>£?)\s*"
    rf"(?P<whole>\d{{1,3}}(?:[,' {SPACES}]\d{{3}})+|\d*)(?P<decimals>\.\d*)?"
    r"\s*(?P<percent>%?)(?P<size>k|m|bn)?\)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Miswritten:
    """What is wrong with a value, what is expected there, and the value as TOML has it."""

    fault: str
    expected: str
    right: str


def miswritten(value: str) -> Miswritten | None:
    """What is wrong with a value that TOML cannot read; nothing where it can, or where we don't know either."""
    if not value or _is_toml(value):
        return None
    kinds: tuple[Callable[[str], Miswritten | None], ...] = (_quoted, _dated, _numbered, _true_or_false, _unquoted)
    return next((match for kind in kinds if (match := kind(value)) is not None and _is_toml(match.right)), None)


def _is_toml(value: str) -> bool:
    try:
        tomllib.loads(f"value = {value}")
    except (ValueError, RecursionError):
        return False
    return True


def _quoted(value: str) -> Miswritten | None:
    marks = f"[{CURLY}\"'`]"
    match = re.fullmatch(rf"{marks}+(.*?){marks}*", value)
    if not match or not re.search(f"[{CURLY}`]", value[:1] + value[-1:]):
        return None
    return Miswritten("curly quotes", 'straight quotes "', f'"{_inner(match[1])}"')


def _inner(text: str) -> str:
    return text.replace("\\", "/").replace('"', "'")


def _dated(value: str) -> Miswritten | None:
    plain = re.sub(r"(?<=\d)(st|nd|rd|th)\b|,", "", value)
    day = next(_days(" ".join(plain.split())), None)
    return None if day is None else Miswritten("a date in another form", "year-month-day", day.isoformat())


def _days(text: str) -> Iterator[date]:
    for form in DATES:
        try:
            yield datetime.strptime(text, form).date()
        except ValueError:
            continue


def _numbered(value: str) -> Miswritten | None:
    match = _NUMBER.fullmatch(value)
    if not match or not re.search(r"\d", value):
        return None
    digits = re.sub(r"\D", "", match["whole"]) or "0"
    number = Decimal(digits + (match["decimals"] or "")) * SIZES[(match["size"] or "").lower()]
    sign = "-" if match["sign"] in ("-", "(", *MINUS) and match["sign"] else ""
    expected = "a plain number" if match["percent"] else "digits, with _ between thousands if you like"
    return Miswritten(_fault(value, match), expected, f"{sign}{_written(number)}")


def _written(number: Decimal) -> str:
    whole = number.to_integral_value() if number == number.to_integral_value() else number
    return f"{whole:,f}".replace(",", "_") if whole >= 10_000 else f"{whole:f}"


def _fault(value: str, match: re.Match[str]) -> str:
    faults = {
        "a £ sign": bool(match["pound"]),
        "commas": "," in value,
        "a % sign": bool(match["percent"]),
        "brackets": "(" in value,
        "a dash that is no minus": match["sign"] in tuple(MINUS) and bool(match["sign"]),
        "letters": bool(match["size"]),
        "spaces": bool(re.search(rf"\d[ {SPACES}]\d", value)),
        "marks between its digits": "'" in value,
    }
    named = [name for name, holds in faults.items() if holds]
    return f"{' and '.join(named)} in a number" if named else "a number that is not written whole"


def _true_or_false(value: str) -> Miswritten | None:
    truth = TRUTHS.get(value.lower())
    return None if truth is None else Miswritten(f"the word {value}", "true or false, in small letters", truth)


def _unquoted(value: str) -> Miswritten | None:
    if not re.match(r"[A-Za-z]|\d{4}[-/]\d\d", value) or re.search(r"[\[\]{}=]", value):
        return None
    return Miswritten("a text without quotes", 'a text in quotes "', f'"{_inner(value)}"')
