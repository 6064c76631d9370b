"""Measures everything and prints the tables: python -m benchmarks [--quick] [--rounds 5] [--cpu] [--save]."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from benchmarks.audit import report as audit_report
from benchmarks.draws import report as draws_report
from benchmarks.measure import Run, job, medians, run
from benchmarks.models import Size
from benchmarks.rules import report as rules_report

README = Path(__file__).with_name("README.md")
SINCE = "<!-- measured -->"
SIZES = tuple(Size(lines, localities) for lines in (1_000, 10_000, 100_000) for localities in (4, 28))
LARGEST = Size(100_000, 28)
ROUNDS_OF_THE_LARGEST = 3


def main() -> None:
    """Measures, prints, and with --save puts the tables into the README."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 lines only")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each command, of which the median counts")
    parser.add_argument("--cpu", action="store_true", help="measure the cores' working time: for a busy machine")
    parser.add_argument("--save", action="store_true", help="put the tables into benchmarks/README.md")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = "\n".join(_report(SIZES[:2] if asked.quick else SIZES, asked.rounds, asked.cpu, Path(folder)))
    print(text)
    if asked.save:
        head = README.read_text(encoding="utf-8").partition(SINCE)[0]
        README.write_text(f"{head}{SINCE}\n\n{text}\n", encoding="utf-8")


def _report(sizes: Sequence[Size], rounds: int, cpu: bool, folder: Path) -> Iterator[str]:
    measured = {size: _measured(size, rounds, cpu, folder) for size in sizes}
    start = medians({"help": [str(Path(sys.executable).with_name("riskshare")), "--help"]}, max(rounds, 5), cpu)["help"]
    day = f"{date.today():%d %B %Y}".lstrip("0")
    clock = "the time that the cores worked for them" if cpu else "the time that passed"
    yield f"{day}, {os.cpu_count()} cores. Whole commands in fresh processes, {clock}, medians of {rounds}."
    if LARGEST in measured:
        yield f"{LARGEST}: medians of {ROUNDS_OF_THE_LARGEST}; stock XlsxWriter and the usual way ran once."
    yield f"`riskshare --help`: {start.seconds:.2f} s (target: under 0.3 s)."
    yield from _time_table(measured)
    yield from _reading_table(measured)
    yield from _growth_table(measured)
    yield from audit_report(rounds, cpu, folder)
    yield from rules_report()
    yield from draws_report()


def _measured(size: Size, rounds: int, cpu: bool, folder: Path) -> dict[str, Run]:
    """Every command on one model, in turns."""
    print(f"{size} ...", file=sys.stderr)
    model, cells = folder / size.name, folder / "cells.pickle"
    ours, theirs = folder / "riskshare.xlsx", folder / "other.xlsx"
    run(job("generate", folder, size.lines, size.localities))
    build = job("riskshare", "build", model, "--output", ours, "--quiet", "--no-proof")
    run(build)
    run(job("dump", ours, cells))
    long = {"stock": job("write_stock", cells, theirs), "usual": job("usual_build", model, theirs)}
    short = {
        "build": build,
        "check": job("riskshare", "check", model, "--quiet"),
        "usual check": job("usual_read", model),
        "read": job("read_and_validate", model),
        "bare read": job("bare_read", model),
    }
    if size == LARGEST:
        return medians(short, min(rounds, ROUNDS_OF_THE_LARGEST), cpu) | medians(long, 1, cpu)
    return medians(short | long, rounds, cpu)


def _table(*rows: Sequence[str]) -> Iterator[str]:
    """A Markdown table, figures flush right."""
    yield ""
    for number, row in enumerate(rows):
        yield f"| {' | '.join(row)} |"
        if not number:
            yield f"|---|{'--:|' * (len(row) - 1)}"


def _times(one: Run, other: Run) -> str:
    return f"{one.seconds / other.seconds:.2f}x"


def _seconds(one: Run) -> str:
    return f"{one.seconds:.2f}"


def _time_table(measured: dict[Size, dict[str, Run]]) -> Iterator[str]:
    """The whole build, against stock XlsxWriter that only writes the same cells, and against pandas and openpyxl."""
    yield from _table(
        ("lines x localities", "`riskshare build`, s", "stock XlsxWriter, s", "build / stock",
         "usual way, s", "usual / build",
         "`riskshare check`, s", "usual reading and computing, s", "usual / check"),
        *(
            (str(size), _seconds(runs["build"]), _seconds(runs["stock"]), _times(runs["build"], runs["stock"]),
             _seconds(runs["usual"]), _times(runs["usual"], runs["build"]),
             _seconds(runs["check"]), _seconds(runs["usual check"]), _times(runs["usual check"], runs["check"]))
            for size, runs in measured.items()
        ),
    )  # fmt: skip
    yield ""
    yield "Targets: build / stock at most 1.25x at 10,000 lines; usual / build at least 1x; usual / check at least 3x."


def _reading_table(measured: dict[Size, dict[str, Run]]) -> Iterator[str]:
    """Reading and validating, against fastexcel's bare read."""
    yield from _table(
        ("lines x localities", "read and validate, s", "fastexcel alone, s", "ratio"),
        *(
            (str(size), _seconds(runs["read"]), _seconds(runs["bare read"]), _times(runs["read"], runs["bare read"]))
            for size, runs in measured.items()
        ),
    )
    yield ""
    yield "Target: at most 2x at 100,000 lines."


def _growth_table(measured: dict[Size, dict[str, Run]]) -> Iterator[str]:
    """What each further thousand lines costs; where growth is linear it costs the same between any two sizes."""
    header = (
        "lines x localities",
        "build, s",
        "ms per further 1,000 lines",
        "peak, MB",
        "MB per further 1,000 lines",
        "usual way's peak, MB",
    )
    yield from _table(header, *(_growth(size, measured) for size in measured))
    yield ""
    yield "Targets: what 1,000 further lines cost does not grow with the size; 100,000 x 4 under 2,000 MB."


def _growth(size: Size, measured: dict[Size, dict[str, Run]]) -> Sequence[str]:
    build, usual = measured[size]["build"], measured[size]["usual"]
    smaller = Size(size.lines // 10, size.localities)
    milliseconds = megabytes = ""
    if smaller in measured:
        before, thousands = measured[smaller]["build"], (size.lines - smaller.lines) / 1_000
        milliseconds = f"{1_000 * (build.seconds - before.seconds) / thousands:,.0f}"
        megabytes = f"{(build.megabytes - before.megabytes) / thousands:.1f}"
    return str(size), _seconds(build), milliseconds, f"{build.megabytes:,.0f}", megabytes, f"{usual.megabytes:,.0f}"


if __name__ == "__main__":
    main()
