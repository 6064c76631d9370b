"""Reads model.toml: its values with exact decimals, and the line that each of them stands on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import tree_sitter
import tree_sitter_toml

from riskshare.contract.rule_lists import expanded
from riskshare.files.reading import TooLargeError, contents
from riskshare.inputs.toml_mistakes import toml_mistakes
from riskshare.problems.findings import Finding, Place, error
from riskshare.problems.harmless import NOT_IN_XML, harmless

TomlPath = tuple[str | int, ...]
SIZE_LIMIT = 1_000_000


@dataclass(frozen=True)
class TomlFile:
    """A TOML file: its values, and the line (from 1) of every key, table and array item."""

    values: dict[str, Any]
    lines: Mapping[TomlPath, int]
    file: str = "model.toml"

    def place(self, path: TomlPath) -> Place:
        """The line of a path such as ("pools", 0, "rules", 2), or of the nearest part of it that is written."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return Place(self.file, row=self.lines[path[:length]])
        return Place(self.file)


def read_toml(path: Path) -> tuple[TomlFile | None, tuple[Finding, ...]]:
    """The file's values and lines, or a finding where it is missing, too big, not UTF-8 or not TOML."""
    text, finding = _text(path)
    return (None, (finding,)) if finding else parsed(text, path.name)


def parsed(text: str, file: str) -> tuple[TomlFile | None, tuple[Finding, ...]]:
    """The values and lines of a file's text, its pools written out, or a finding where it is not TOML."""
    try:
        values = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as failure:
        return None, tuple(toml_mistakes(text, file)) or (_unreadable(file, failure),)
    written = TomlFile(values, _lines(text), file)
    odd = tuple(_unwritable(values, (), written))
    if odd:
        return None, odd
    every, lines, findings = expanded(values, written.lines, written)
    return TomlFile(every, lines, file), findings


def _text(path: Path) -> tuple[str, Finding | None]:
    place = Place(path.name)
    try:
        return contents(path, SIZE_LIMIT, path.parent).decode("utf-8-sig"), None
    except TooLargeError:
        return "", error("too-big", place, "the file is larger than 1 MB", "a model file of a few hundred lines")
    except FileNotFoundError:
        return "", error("no-such-file", place, f"there is no {path.name} in {path.parent}")
    except UnicodeDecodeError as failure:
        line = Place(path.name, row=failure.object.count(b"\n", 0, failure.start) + 1)
        return "", error("encoding", line, "the text is not UTF-8", "", "Save the file with the encoding UTF-8.")
    except OSError as failure:
        return "", error("unreadable", place, f"the file cannot be read: {failure.strerror}")


def _unwritable(value: object, path: TomlPath, written: TomlFile) -> Iterator[Finding]:
    """A finding for each text, and each key, with a character that no workbook can hold."""
    inside: Iterable[tuple[str | int, object]] = ()
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list):
        inside = enumerate(value)
    for key, inner in inside:
        at = (*path, key)
        if any(isinstance(word, str) and re.search(NOT_IN_XML, word) for word in (key, inner)):
            found = f"{harmless(str(key))} holds a control character, which no workbook can hold"
            yield error("control-character", written.place(at), found, "printable text", "Type the text anew")
        yield from _unwritable(inner, at, written)


def _unreadable(file: str, failure: Exception) -> Finding:
    """What is not read at all, such as a thousand brackets in each other."""
    return error("toml-syntax", Place(file), f"this is not TOML: {failure}")


def _lines(text: str) -> Mapping[TomlPath, int]:
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_toml.language()))
    return _Lines().of(parser.parse(text.encode()).root_node)


class _Lines:
    """Walks a syntax tree and notes the line of every path."""

    def __init__(self) -> None:
        self._found: dict[TomlPath, int] = {}
        self._sizes: dict[TomlPath, int] = {}

    def of(self, document: tree_sitter.Node) -> Mapping[TomlPath, int]:
        for node in document.named_children:
            match node.type:
                case "pair":
                    self._pair(node, ())
                case "table":
                    self._table(node, self._inside(_keys(node)))
                case "table_array_element":
                    self._table(node, self._next(_keys(node)))
        return self._found

    def _table(self, node: tree_sitter.Node, path: TomlPath) -> None:
        self._note(path, node)
        for child in node.named_children:
            if child.type == "pair":
                self._pair(child, path)

    def _inside(self, keys: TomlPath) -> TomlPath:
        """The path of keys, taking the last table of every array of tables on the way."""
        path: TomlPath = ()
        for key in keys:
            path = (*path, key)
            if path in self._sizes:
                path = (*path, self._sizes[path] - 1)
        return path

    def _next(self, keys: TomlPath) -> TomlPath:
        array = (*self._inside(keys[:-1]), keys[-1])
        self._sizes[array] = self._sizes.get(array, 0) + 1
        return (*array, self._sizes[array] - 1)

    def _pair(self, node: tree_sitter.Node, above: TomlPath) -> None:
        path = (*above, *_keys(node))
        for length in range(len(above) + 1, len(path) + 1):
            self._note(path[:length], node)
        self._value(node.named_children[-1], path)

    def _value(self, node: tree_sitter.Node, path: TomlPath) -> None:
        if node.type == "inline_table":
            for pair in (child for child in node.named_children if child.type == "pair"):
                self._pair(pair, path)
        if node.type == "array":
            for number, item in enumerate(child for child in node.named_children if child.type != "comment"):
                self._note((*path, number), item)
                self._value(item, (*path, number))

    def _note(self, path: TomlPath, node: tree_sitter.Node) -> None:
        for length in range(1, len(path) + 1):
            self._found.setdefault(path[:length], node.start_point.row + 1)


def _keys(node: tree_sitter.Node) -> TomlPath:
    """The parts of the key that a pair or a table header begins with."""
    return tuple(_parts(next(child for child in node.named_children if child.type != "comment")))


def _parts(key: tree_sitter.Node) -> Iterator[str]:
    if key.type == "dotted_key":
        for child in key.named_children:
            yield from _parts(child)
        return
    text = (key.text or b"").decode()
    yield next(iter(tomllib.loads(f"{text} = 0"))) if key.type == "quoted_key" else text
