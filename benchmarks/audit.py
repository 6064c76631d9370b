"""What the auditor's commands take on 10,000 lines: the proof at build, verifying a workbook, explaining a figure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Run, job, medians, run
from benchmarks.models import Size

SIZE = Size(10_000, 4)
FIGURE = "COMMUNITY"


def report(rounds: int, cpu: bool, folder: Path) -> Iterator[str]:
    """The table in Markdown."""
    measured = _measured(rounds, cpu, folder)
    plain, proved, verified = (measured[name].seconds for name in ("plain", "proved", "verify"))
    yield ""
    yield f"| {SIZE} | s | ratio |"
    yield "|---|--:|--:|"
    yield f"| `riskshare build --no-proof` | {plain:.2f} | |"
    yield f"| `riskshare build` | {proved:.2f} | {proved / plain:.2f}x of building without proof |"
    yield f"| `riskshare verify` of its workbook | {verified:.2f} | {verified / proved:.2f}x of building |"
    yield f"| `riskshare explain`, after reading | {measured['explain'].seconds:.2f} | |"
    yield ""
    yield "Targets: proof at most 1.50x; verify at most 2x; explain under 1 s."


def _measured(rounds: int, cpu: bool, folder: Path) -> dict[str, Run]:
    """Every command on one model, in turns."""
    model, workbook = folder / SIZE.name, folder / "delivered.xlsx"
    if not model.is_dir():
        run(job("generate", folder, SIZE.lines, SIZE.localities))
    run(job("riskshare", "build", model, "--output", workbook, "--quiet"))
    commands = {
        "plain": job("riskshare", "build", model, "--output", folder / "plain.xlsx", "--quiet", "--no-proof"),
        "proved": job("riskshare", "build", model, "--output", folder / "proved.xlsx", "--quiet"),
        "verify": job("riskshare", "verify", workbook, "--model", model),
        "explain": job("explain", model, FIGURE),
    }
    return medians(commands, rounds, cpu)
