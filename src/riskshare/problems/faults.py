"""What is said of a fault of ours: a sentence instead of a traceback, which is for whoever asks for it."""

from __future__ import annotations

import os
import platform
import shlex
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from riskshare import __version__
from riskshare.problems.errors import FormulaError

ASKED = "RISKSHARE_TRACEBACK"
LONGEST = 300


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
