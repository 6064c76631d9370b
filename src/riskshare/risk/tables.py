"""Tables of a simulation: what `riskshare simulate --results` writes as CSV, a row per fact; amounts in pounds."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from riskshare.risk.outcome import REAL_SAVINGS, borne, by_cause, chances, spreads
from riskshare.risk.price import Price
from riskshare.risk.simulate import Simulated

PENNIES = pl.Decimal(38, 2)


def tables(years: Simulated, priced: tuple[Price, ...]) -> dict[str, pl.DataFrame]:
    """By the name of its file each table of a simulation."""
    return {
        "risk_spread": _spread(years),
        "risk_worst_years": _worst(years),
        "risk_thresholds": _thresholds(years),
        "risk_prices": _prices(priced),
        "risk_causes": _causes(years),
        "risk_draws": _record(years),
    }


def pounds(amount: float) -> Decimal:
    """An estimate to the penny."""
    return Decimal(round(amount * 100)).scaleb(-2)


def _spread(years: Simulated) -> pl.DataFrame:
    """One row per account, then per pool: mean, bad and good years, each with its standard error."""
    rows: list[dict[str, object]] = []
    for entry in spreads(years):
        row: dict[str, object] = {"kind": entry.kind, "name": entry.name}
        for title, estimate in {"mean": entry.mean, **entry.quantiles}.items():
            row |= {title: pounds(estimate.pounds), f"{title}_error": pounds(estimate.error)}
        rows.append(row)
    columns = tuple(name for name in rows[0] if name not in ("kind", "name"))
    frame = pl.DataFrame(rows, schema_overrides=dict.fromkeys(columns, PENNIES))
    return frame.select("kind", "name", *columns)


def _worst(years: Simulated) -> pl.DataFrame:
    """One row per account: what it has on average in the worst 5% of years of all lines, and in all years."""
    rows = [(entry.account, Decimal(entry.worst).scaleb(-2), Decimal(entry.every).scaleb(-2)) for entry in borne(years)]
    names = {"account": pl.String(), "worst_5_percent": PENNIES, "all_years": PENNIES}
    return pl.DataFrame(rows, schema=names, orient="row")


def _thresholds(years: Simulated) -> pl.DataFrame:
    """One row per pool and threshold: how often chance alone passes it, and how often real savings don't."""
    names = [
        "pool",
        "threshold_percent",
        "paid_for_nothing",
        *(f"denied_{saving:g}_percent" for saving in REAL_SAVINGS),
    ]
    rows = [(entry.pool, entry.threshold, entry.paid_for_nothing, *entry.denied.values()) for entry in chances(years)]
    return pl.DataFrame(rows, schema=names, orient="row")


def _prices(priced: tuple[Price, ...]) -> pl.DataFrame:
    """One row per rule and account that it moves: what it brings a year on average, and in the account's bad years."""
    rows = [
        (
            entry.pool,
            entry.rule,
            entry.clause,
            one.account,
            *map(pounds, (one.mean.pounds, one.mean.error, one.in_bad_years)),
        )
        for entry in priced
        for one in entry.worth or ()
    ]
    words = dict.fromkeys(("pool", "rule", "clause", "account"), pl.String())
    return pl.DataFrame(rows, schema=words | dict.fromkeys(("mean", "mean_error", "bad_years"), PENNIES), orient="row")


def _causes(years: Simulated) -> pl.DataFrame:
    """One row per cause: the standard deviation of the cost of all lines, had only it moved."""
    rows = [(cause.value, pounds(amount)) for cause, amount in by_cause(years).items()]
    return pl.DataFrame(rows, schema={"cause": pl.String, "deviation": PENNIES}, orient="row")


def _record(years: Simulated) -> pl.DataFrame:
    """One row: what the figures were drawn with, and what the exact engine said."""
    proof = years.proof
    names = (
        "draws",
        "seed",
        "unbalanced_draws",
        "exact_draws",
        "figures_compared",
        "figures_different",
        "draws_decided",
    )
    row = (years.draws, years.seed, years.unbalanced, proof.draws, proof.figures, proof.different, proof.decided)
    return pl.DataFrame([row], schema=names, orient="row")
