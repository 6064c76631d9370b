"""Twelve rules over many pools: the engine against the same arithmetic written by hand."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from statistics import median

import polars as pl

from benchmarks.by_hand import ACCOUNTS, share
from riskshare.figures.line_treatment import complete
from riskshare.figures.plan import Plan, plan
from riskshare.formula.evaluate import Figures, evaluate
from riskshare.inputs.reading import Reading, read_model

SEED, ROUNDS, REPEATS = 20210401, 5, 10
SIZES = (250, 500, 1_000, 2_000, 4_000)
HEADER = (
    "pools x 12 rules",
    "engine, ms",
    "by hand in polars, ms",
    "engine / by hand",
    "ms per further 1,000 pools",
    "whole model, ms",
)
HOLDERS = ("CCG", "CCG", "COUNCIL")
NEEDED = ("partners", "reserves", "terms", "pools aco", "share aco")  # what the rules read, and what they give
CONTRACT = Path(__file__).with_name("rules.toml")


def main() -> None:
    """Measures and prints the table."""
    print("\n".join(report()))


def report(sizes: tuple[int, ...] = SIZES, rounds: int = ROUNDS) -> Iterator[str]:
    """The table in Markdown."""
    yield ""
    yield f"| {' | '.join(HEADER)} |"
    yield "|---|--:|--:|--:|--:|--:|"
    before: tuple[int, float] | None = None
    for size in sizes:
        engine, by_hand, everything = (1e3 * seconds for seconds in _measured(size, rounds))
        further = f"{(engine - before[1]) / (size - before[0]) * 1e3:.1f}" if before else ""
        yield f"| {size:,} | {engine:.1f} | {by_hand:.1f} | {engine / by_hand:.2f}x | {further} | {everything:.0f} |"
        before = size, engine
    yield ""
    yield "From the pools in memory to what every account holds in each, which both find alike to the penny; the time"
    yield f"that the cores worked, medians of {rounds}. The engine keeps all figures that the workbook shows. The whole"
    yield "model: the plan itself, settlement, payments, checks, summary."
    yield ""
    yield "Targets: engine / by hand at most 3x at 1,000 pools; what 1,000 further pools cost does not grow with"
    yield "their number."


def _measured(size: int, rounds: int) -> tuple[float, float, float]:
    """Seconds of the engine, by hand, and of the whole model; raises AssertionError where the answers differ."""
    with tempfile.TemporaryDirectory() as folder:
        reading = _read(Path(folder) / "bench-rules", size)
    planned, pools = _planned(reading), _as_frame(reading)
    tables = [table for table in planned.tables if table.name in NEEDED]
    assert _held(evaluate(tables, planned.frames), planned).equals(share(pools)), "engine and hand differ"
    jobs: tuple[Callable[[], object], ...] = (
        lambda: evaluate(tables, planned.frames),
        lambda: share(pools),
        lambda: _whole(reading),
    )
    for job in jobs:
        job()
    taken = [[_seconds(job) for job in jobs] for _ in range(rounds)]
    engine, by_hand, everything = (median(times) for times in zip(*taken, strict=True))
    return engine, by_hand, everything


def _seconds(action: Callable[[], object]) -> float:
    start = time.process_time()
    for _ in range(REPEATS):
        action()
    return (time.process_time() - start) / REPEATS


def _planned(reading: Reading) -> Plan:
    return plan(reading, complete(reading.model, reading.lines, reading.localities))


def _whole(reading: Reading) -> Figures:
    planned = _planned(reading)
    return evaluate(planned.tables, planned.frames)


def _held(figures: Figures, planned: Plan) -> pl.DataFrame:
    """What every account holds in the end, as the arithmetic by hand gives it."""
    final = planned.groups[0].final
    return figures["share aco"].select(pl.col("pool").alias("pool_code"), **{name: final[name] for name in ACCOUNTS})


def _as_frame(reading: Reading) -> pl.DataFrame:
    frame = reading.pools["aco"].frame
    code = pl.concat_str(pl.lit("aco:"), "pool").alias("pool_code")
    return frame.select(code, "holder", "target", "outturn", minimum="term.minimum", rate="term.rate")


def _read(folder: Path, size: int) -> Reading:
    (folder / "inputs").mkdir(parents=True)
    shutil.copyfile(CONTRACT, folder / "model.toml")
    random = Random(SEED)
    rows = ["pool,target,outturn,holder,minimum,rate", *(_row(number, random) for number in range(size))]
    (folder / "inputs" / "pools.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    reading, findings = read_model(folder)
    assert reading is not None, findings
    return reading


def _row(number: int, random: Random) -> str:
    target = random.randint(1_000_000_00, 50_000_000_00)
    outturn = round(target * random.uniform(0.86, 1.12))
    minimum, rate = random.randint(50, 200) / 100, random.randint(20, 75) / 100
    return f"P{number:05},{target / 100:.2f},{outturn / 100:.2f},{random.choice(HOLDERS)},{minimum},{rate}"


if __name__ == "__main__":
    main()
