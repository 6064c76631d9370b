"""The commands of risk: `simulate` draws many years of a model, `threshold` says what is more than chance."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from riskshare.cli.saying import FOLDER, Exit, progress_on, report_findings, show, width

if TYPE_CHECKING:
    import polars as pl

    from riskshare.figures.computed import ComputedModel
    from riskshare.risk.simulate import Heard


@click.command()
@click.argument("model", type=FOLDER)
@click.option("--draws", type=click.IntRange(1, 1_000_000), help="Years to draw. [default: the model's, or 100,000]")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="The same seed draws the same years.")
@click.option("--exact", type=click.IntRange(0, 100_000), help="First draws that the exact engine settles too.")
@click.option("--results", type=FOLDER, help="Also write the results as CSV files into this folder.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings only.")
def simulate(
    model: Path, draws: int | None, seed: int | None, exact: int | None, results: Path | None, quiet: bool
) -> None:
    """Draw many years of MODEL from its [[risks]], settle each of them, and say what a bad year costs whom."""
    built = _sound(model, quiet)
    from riskshare.risk.price import prices
    from riskshare.risk.report import simulated
    from riskshare.risk.simulate import simulate as simulate_years
    from riskshare.risk.tables import tables

    asked = built.plan.model.simulation
    with _drawing(quiet) as heard:
        years = simulate_years(
            built,
            asked.draws if draws is None else draws,
            asked.seed if seed is None else seed,
            asked.exact_draws if exact is None else exact,
            heard,
        )
    priced = tuple(prices(years))
    if results is not None:
        _write(results, tables(years, priced), quiet)
    if not quiet:
        show(simulated(years, priced, width()))
    sys.exit(Exit.DIFFERENT if years.proof.different or years.unbalanced else Exit.DONE)


@click.command()
@click.option("--population", required=True, type=click.IntRange(1, 1_000_000_000), help="How many people.")
@click.option("--confidence", default=90.0, show_default=True, type=click.FloatRange(50, 99.999), help="In percent.")
@click.option(
    "--cv",
    type=click.FloatRange(0.01, 100),
    help="Standard deviation of one person's yearly cost over its mean. [default: 2.15, of US Medicare]",
)
def threshold(population: int, confidence: float, cv: float | None) -> None:
    """Say from what saving on a population's year is more than chance, and how much chance alone would pay."""
    from riskshare.risk.report import thresholds
    from riskshare.risk.threshold import CV_PER_PERSON

    show(thresholds(population, confidence / 100, cv or CV_PER_PERSON, width()))


def _sound(model: Path, quiet: bool) -> ComputedModel:
    """The computed model with its risks, or the end of the command where something is wrong with either."""
    with progress_on(f"Computing {model}", quiet) as tell:
        from riskshare.build import compute
        from riskshare.risk.sound import unsound_risks

        built, findings = compute(model, tell)
        unsound = unsound_risks(built) if built else ()
    report_findings((*findings, *unsound), sys.stderr.isatty())
    if built is None or unsound:
        sys.exit(Exit.FINDINGS)
    return built


def _write(folder: Path, frames: Mapping[str, pl.DataFrame], quiet: bool) -> None:
    from riskshare.outputs.results import write_tables

    for path in write_tables(folder, frames):
        if not quiet:
            show(f"Results: {path}")


@contextmanager
def _drawing(quiet: bool) -> Iterator[Heard]:
    """How many years are drawn, on stderr, where that is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda _, __: None
        return
    with click.progressbar(length=100, label="Drawing years", file=sys.stderr) as bar:
        yield lambda done, of: bar.update(100 * done // of - bar.pos)
