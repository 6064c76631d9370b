"""The exercises of CONTRIBUTING.md: their pieces, put into a copy of the repository and tested there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent

from places import REPOSITORY

TITLE = re.compile(r"# (\S+\.py)\n")


@dataclass(frozen=True)
class Piece:
    """Some lines of an exercise: the file they belong into, and the line that they are put above there.

    A file that has no such line yet is a new one: its mark is empty.
    """

    file: str
    text: str
    mark: str = ""
    imported: str = ""
    """What the file must import for it: a line, put above the line behind the arrow (`    Sign, -> Sum,`)."""


def section(title: str) -> str:
    """What the page says under a heading."""
    return (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8").split(f"## {title}\n")[1].split("\n## ")[0]


def blocks(title: str, language: str = "python") -> list[str]:
    """The fenced blocks of a section."""
    found = re.findall(rf"```{language}\n(.*?)\n *```", section(title), flags=re.DOTALL)
    return [dedent(block) + "\n" for block in found]


def pieces(title: str, marks: Iterable[tuple[str, str, str]]) -> list[Piece]:
    """The blocks of a section that say their file in the first line, in order, each with its mark and its import."""
    shown = [(TITLE.match(block), block) for block in blocks(title)]
    named = [(match[1], _bare(block[match.end() :])) for match, block in shown if match]
    return [Piece(file, text, mark, line) for (file, text), (_, mark, line) in zip(named, marks, strict=True)]


def _bare(block: str) -> str:
    """An item of a list, which a formatter puts into brackets of its own, without them."""
    text = block.strip()
    return f"{text[1:-2]},\n" if text.startswith("(") and text.endswith(",)") else block


def copy_of_the_repository(folder: Path, names: Iterable[str]) -> None:
    """The files and folders that an exercise needs."""
    for name in names:
        source, target = REPOSITORY / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)


def put(folder: Path, piece: Piece) -> None:
    """Puts a piece into the copy."""
    path = folder / piece.file
    if not piece.mark:
        path.write_text(piece.text, encoding="utf-8")
        return
    insert_above(path, piece.mark, piece.text)
    if piece.imported:
        line, _, above = piece.imported.partition(" -> ")
        insert_above(path, above, line)


def insert_above(path: Path, mark: str, text: str) -> None:
    """Adds lines above the first one that starts with the mark, as far in as that one, set apart where they define."""
    before, found, after = path.read_text(encoding="utf-8").partition(f"\n{mark}")
    assert found, f"{path.name} has no line {mark!r}"
    inset = mark[: len(mark) - len(mark.lstrip(" "))]
    lines = indent(text.strip("\n"), inset) if not text.startswith(" ") else text.rstrip()
    apart = "\n" * (lines.lstrip().startswith("@") + (lines.startswith("@")))
    path.write_text(f"{before}\n{lines}\n{apart}{found.removeprefix(chr(10))}{after}", encoding="utf-8")


def run(folder: Path, *words: str) -> str:
    """What Python says in the copy."""
    environment = os.environ | {"PYTHONPATH": str(folder / "src")}
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def failing(folder: Path, *words: str, passing: int = 10) -> set[str]:
    """The tests that fail in the copy, by name; so many must have passed at least."""
    said = run(folder, "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *words)
    assert int((re.search(r"(\d+) passed", said) or ["", "0"])[1]) >= passing, said
    return set(re.findall(r"^(?:FAILED|ERROR) \S+::(\w+)", said, flags=re.MULTILINE))


def badly_written(folder: Path, files: Iterable[str]) -> str:
    """What ruff says of files in the copy: nothing where they are as ours are."""
    said = ""
    for words in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *words, "--quiet", *(str(folder / file) for file in files)]
        config = ["--config", str(REPOSITORY / "pyproject.toml")]
        done = subprocess.run([*command, *config], cwd=REPOSITORY, capture_output=True, text=True, check=False)
        said += done.stdout
    return said
