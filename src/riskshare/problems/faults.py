"""What is said of a fault of ours: a sentence instead of a traceback, which is for whoever asks for it."""

from __future__ import annotations

import errno
import os
import platform
import re
import shlex
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from riskshare import __version__
from riskshare.problems.errors import FormulaError

ASKED = "RISKSHARE_TRACEBACK"
LONGEST = 300
BESIDE = r"\.([^/\\]+\.xlsx)\.\d+$"
"""A workbook that is written beside its place, as it is called until then."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def refusal(failure: BaseException) -> OSError | None:
    """What the system refused, as it is or as XlsxWriter wraps it; nothing where it is no such failure."""
    wrapped = failure.args[0] if failure.args else None
    refused = failure if isinstance(failure, OSError) else wrapped
    return refused if isinstance(refused, OSError) else None


def unusable(failure: OSError) -> str:
    """A file that cannot be written or read, in a sentence with what to do."""
    if failure.errno in FULL:
        return f"There is no room on the disk: {failure.strerror}. Free some, or choose another place."
    name = re.sub(BESIDE, r"\1", str(failure.filename or "A file"))
    happened = f"{name} cannot be used: {failure.strerror or failure}."
    return f"{happened} Close it in other programs or choose another place."


def let_go(failure: BaseException | None) -> None:
    """Drops what a failure still holds: a file that could not be written cannot be closed either, and no word of it."""
    told, sys.unraisablehook = sys.unraisablehook, lambda _: None
    while failure is not None:
        traceback.clear_frames(failure.__traceback__)
        failure = failure.__cause__ or failure.__context__
    sys.unraisablehook = told


def fault(failure: BaseException, words: Sequence[str], written: Sequence[Path]) -> str:
    """What happened, what was delivered all the same, and how to report it.

    Args: the failure, the words of the command, and what it had written before. With RISKSHARE_TRACEBACK=1 in the
    environment the traceback stands before the sentence.
    """
    told = "".join(traceback.format_exception(failure)) if os.environ.get(ASKED) == "1" else ""
    happened = " ".join(f"{type(failure).__name__}: {failure}".split())[:LONGEST]
    if isinstance(failure, FormulaError):
        happened = f"the figures cannot be computed truthfully: {failure}"
    left = f"{', '.join(map(str, written))} had been written" if written else "nothing was delivered"
    command = shlex.join(["riskshare", *words])
    return (
        f"{told}This is a fault of riskshare, not of your files ({happened}); {left}. Please report it: riskshare "
        f"{__version__}, Python {platform.python_version()} on {sys.platform}, and what `{ASKED}=1 {command}` says."
    )
