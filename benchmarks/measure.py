"""Runs a command in a fresh process: how long it took, and the most memory that it held."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.jobs import UNTIMED

# As installed: modules are compiled once, also where the caller's environment says otherwise.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took; `seconds` leaves out what the command says it spent on its own preparation."""

    seconds: float
    megabytes: float


def job(name: str, *arguments: object) -> list[str]:
    """The command that runs a function of `benchmarks.jobs`."""
    return [sys.executable, "-m", "benchmarks.jobs", name, *map(str, arguments)]


def run(command: Sequence[str], processor: bool = False) -> Run:
    """Runs a command to its end and takes the time that passed, or with `processor` the time the cores worked for it.

    Raises RuntimeError with the command's output where it fails.
    """
    with tempfile.TemporaryFile("w+") as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=ENVIRONMENT)
        _, status, usage = os.wait4(process.pid, 0)
        passed = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{said}")
    untimed = [line.split()[-2:] for line in said.splitlines() if line.startswith(UNTIMED)]
    seconds = usage.ru_utime + usage.ru_stime if processor else passed
    return Run(seconds - sum(float(clocks[processor]) for clocks in untimed), usage.ru_maxrss / 1024)


def medians(commands: Mapping[str, Sequence[str]], rounds: int, processor: bool = False) -> dict[str, Run]:
    """The median run of each command; they take turns, so that a busy moment hits all of them alike."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(run(command, processor))
    return {
        name: Run(median(one.seconds for one in every), median(one.megabytes for one in every))
        for name, every in runs.items()
    }
