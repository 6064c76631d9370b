"""What all commands say and how: answers to stdout, findings and progress to stderr, exit codes to the shell."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from riskshare.problems.harmless import escaped, harmless

if TYPE_CHECKING:
    from riskshare.outputs.progress import Tell
    from riskshare.problems.findings import Finding

FOLDER = click.Path(path_type=Path)
NEW_LINE = "\n"
COLOURS = {"error": "red", "warning": "yellow", "accepted": "green"}


class Exit(IntEnum):
    """What the command tells the shell."""

    DONE = 0
    FINDINGS = 1
    USAGE = 2
    MENDABLE = 3
    DIFFERENT = 4
    FAULT = 70
    INTERRUPTED = 130
    UNREAD = 141


def show(text: str) -> None:
    """Prints an answer, in which nothing of the user's files can steer the terminal."""
    click.echo(harmless(text))


def warn(text: str) -> None:
    """Prints what is no answer, to stderr."""
    click.echo(harmless(text), err=True)


def show_json(fields: object) -> None:
    """Prints an answer for a program."""
    import json

    click.echo(escaped(json.dumps(fields, indent=2, ensure_ascii=False)))


def columns() -> int:
    """How wide the terminal is."""
    return shutil.get_terminal_size((100, 24)).columns


def width() -> int:
    """How wide a table may be."""
    return min(columns(), 120)


@contextmanager
def progress_on(title: str, quiet: bool) -> Iterator[Tell]:
    """What is being done on stderr, where that is a terminal."""
    from riskshare.outputs.progress import untold

    if quiet or not sys.stderr.isatty():
        yield untold
        return
    from rich.console import Console

    from riskshare.outputs.terminal import drawn_progress

    with drawn_progress(title, Console(stderr=True)) as tell:
        yield tell


def report_findings(findings: Iterable[Finding], coloured: bool) -> None:
    """Prints every finding to stderr, and how many are errors."""
    every = tuple(findings)
    for item in every:
        colour = COLOURS[item.severity] if coloured else None
        click.echo(
            f"{click.style(item.severity.upper(), fg=colour)} {harmless(str(item)).replace(NEW_LINE, '␊')}",
            err=True,
            color=coloured,
        )
    errors = sum(item.severity == "error" for item in every)
    if errors:
        warn(f"{errors} error{'s' if errors > 1 else ''}: nothing was written.")
