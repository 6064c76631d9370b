"""Writing: every output is written beside its place and put there whole, and replaces nothing but an output of ours."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from riskshare.files.reading import is_there
from riskshare.problems.errors import UserError

ABANDONED: Final = 86_400
"""Seconds after which what somebody began to write is nobody's, where it can't be told whether they are at it still."""

IsOurs = Callable[[Path], bool]
"""Whether a file that stands in the place of an output is an earlier one of ours."""


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A path beside the place of an output: what is written there takes its place, unless the block fails.

    What killed runs left beside it is removed. Raises OSError where the folder cannot be written to.
    """
    beside = _beside(path)
    try:
        yield beside
        if beside.exists():
            beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_whole(path: Path, content: str) -> None:
    """Writes a text file whole."""
    with whole(path) as beside:
        beside.write_text(content, encoding="utf-8")


def write_set(outputs: Iterable[tuple[Path, Callable[[Path], object]]]) -> None:
    """Writes several files, each by its function, and puts them in place only when all of them are written.

    What killed runs left beside them is removed. Raises OSError where a folder cannot be written to.
    """
    ready: list[tuple[Path, Path]] = []
    try:
        for path, write in outputs:
            ready.append((_beside(path), path))
            write(ready[-1][0])
        for beside, path in ready:
            beside.replace(path)
    finally:
        for beside, _ in ready:
            beside.unlink(missing_ok=True)


def refuse_to_replace(path: Path, is_ours: IsOurs, kind: str) -> None:
    """Refuses a place for an output in which something else stands than an earlier output of ours.

    Args: `is_ours` tells an earlier one, `kind` says what it would be. Raises UserError.
    """
    refuse_no_file(path)
    if path.exists() and not is_ours(path):
        raise UserError(f"{path} is no {kind}: nothing was written. Name another file, or move this one away.")


def refuse_to_be_one_of(path: Path, inputs: Iterable[Path]) -> None:
    """Refuses a place for an output in which an input of the model stands, under whatever name. Raises UserError."""
    for file in inputs:
        if path.exists() and file.exists() and path.samefile(file):
            raise UserError(f"{path} is an input of the model: nothing was written. Name another file.")


def refuse_no_file(path: Path) -> None:
    """Refuses a place in which a link, a folder, a pipe or a device stands. Raises UserError."""
    if not is_there(path):
        return
    if path.is_symlink():
        raise UserError(f"{path} is a link: nothing was written. Name the file itself, or remove the link.")
    if not stat.S_ISREG(path.stat().st_mode):
        raise UserError(f"{path} is no file but a folder, a pipe or a device: nothing was written. Name another file.")


def _beside(path: Path) -> Path:
    """Where an output is written until it is whole; what killed runs left there is removed."""
    for left in _left_behind(path):
        with suppress(OSError):
            left.unlink()
    return path.with_name(f".{path.name}.{os.getpid()}")


def _left_behind(path: Path) -> Iterator[Path]:
    """What runs that were killed left beside an output; of running ones it is left alone."""
    pattern = re.compile(rf"\.{re.escape(path.name)}\.([0-9]+)")
    if path.parent.is_dir():
        for entry in path.parent.iterdir():
            match = pattern.fullmatch(entry.name)
            if match and not _is_at_work(int(match[1]), entry):
                yield entry


def _is_at_work(number: int, left: Path) -> bool:
    """Whether the process that began a file may still be writing it."""
    if number == os.getpid():
        return False
    if os.name != "posix":  # elsewhere asking after a process could end it
        return time.time() - left.stat().st_mtime < ABANDONED
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
