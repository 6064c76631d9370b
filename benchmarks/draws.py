"""Many drawn years of Thurrock, every line drawn: the same steps in doubles against the exact engine, in one run."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from riskshare.build import compute
from riskshare.figures.computed import ComputedModel
from riskshare.figures.names import LINES
from riskshare.formula.draws import Drawn
from riskshare.formula.evaluate import evaluate
from riskshare.risk.shocks import BLOCK
from riskshare.risk.simulate import OF_ACCOUNTS

MODEL = Path(__file__).parents[1] / "models" / "thurrock-2021-22"
YEARS = (4_000, 20_000, 100_000)
HEADER = ("years", "a year in doubles, microseconds", "a year exactly, ms", "times faster", "most memory, MB")
OUTTURN = (LINES, "outturn")


def main() -> None:
    """Measures and prints the table."""
    print("\n".join(report()))


def report(years: tuple[int, ...] = YEARS, rounds: int = 5) -> Iterator[str]:
    """The table in Markdown: working time of one core."""
    built, _ = compute(MODEL)
    if built is None:
        raise SystemExit(f"{MODEL} has errors")
    drawn = Drawn(built.plan.tables, built.figures, [OUTTURN], OF_ACCOUNTS)
    exactly = median(_wall(partial(evaluate, built.plan.tables, built.plan.frames)) for _ in range(rounds))
    yield ""
    yield f"| {' | '.join(HEADER)} |"
    yield "|--:|--:|--:|--:|--:|"
    for count in years:
        each = _seconds(partial(_settle, built, drawn, count)) / count
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        yield f"| {count:,} | {each * 1e6:.0f} | {exactly * 1e3:.0f} | {exactly / each:,.0f} | {memory:.0f} |"


def _settle(built: ComputedModel, drawn: Drawn, count: int) -> None:
    expected = np.array([[float(amount * 100)] for amount in built.plan.lines["outturn"]])
    random = np.random.default_rng(1)
    for _ in range(count // BLOCK):
        drawn.run({OUTTURN: np.rint(expected * (1 + 0.03 * random.standard_normal((len(expected), BLOCK))))})


def _seconds(task: Callable[[], object]) -> float:
    start = time.process_time()
    task()
    return time.process_time() - start


def _wall(task: Callable[[], object]) -> float:
    """The exact engine uses all cores, so that its time is that which passes."""
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
