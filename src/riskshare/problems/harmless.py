"""Keeps what users' files hold from steering the terminal that it is shown on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from unicodedata import category

NOT_IN_XML = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
"""The characters, as a pattern, that no part of a workbook can hold: a strict program opens no file with one."""

_KEPT = {"\n", "\t"}
_DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def harmless(text: str) -> str:
    """The text without what would steer a terminal: each control character as its picture, such as ␛."""
    return text if text.isprintable() else "".join(_pictures(text))


def escaped(json: str) -> str:
    """The same data as JSON in which a string holds nothing that would steer a terminal."""
    return "".join(f"\\u{ord(one):04x}" if _steers(one) else one for one in json)


def _pictures(text: Iterable[str]) -> Iterator[str]:
    for one in text:
        if not _steers(one):
            yield one
        else:
            yield chr(0x2400 + ord(one)) if one < " " else "\ufffd"


def _steers(one: str) -> bool:
    return one not in _KEPT and (category(one) == "Cc" or one in _DIRECTIONS)
