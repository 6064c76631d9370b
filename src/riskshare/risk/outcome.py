"""Outcome: what many drawn years say: bad and good years with their errors, who bears the worst, what chance pays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np

from riskshare.contract.simulation import Cause
from riskshare.formula.scaled import Floats
from riskshare.risk.simulate import Simulated

WORST = 0.05
QUANTILES: Mapping[str, float] = {
    "bad_1_in_100": 0.01,
    "bad_1_in_20": 0.05,
    "median": 0.5,
    "good_1_in_20": 0.95,
    "good_1_in_100": 0.99,
}
THRESHOLDS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0)
REAL_SAVINGS = (1.0, 2.0, 3.0, 5.0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure in pounds and its standard error: what it would vary by from seed to seed."""

    pounds: float
    error: float


@dataclass(frozen=True, slots=True)
class Spread:
    """The years of one account or pool: gains positive, losses negative."""

    name: str
    kind: str
    mean: Estimate
    quantiles: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Borne:
    """What an account has on average in the worst years of all lines together, and in all years; in pennies."""

    account: str
    worst: int
    every: int


@dataclass(frozen=True, slots=True)
class Chance:
    """How often a pool's threshold is passed for nothing, and how often real savings are not seen; parts of 1."""

    pool: str
    threshold: float
    paid_for_nothing: float
    denied: Mapping[float, float]


def spreads(years: Simulated) -> Iterator[Spread]:
    """Every account, then every pool before sharing."""
    for kind, rows in (("account", years.accounts), ("pool", years.pools)):
        for name, pennies in rows.items():
            yield spread(name, kind, pennies)


def spread(name: str, kind: str, pennies: Floats) -> Spread:
    """Mean and quantiles of one row of years, each with its standard error; pounds."""
    ordered, count = np.sort(pennies) / 100, len(pennies)
    mean = Estimate(float(ordered.mean()), float(ordered.std()) / sqrt(count))
    return Spread(name, kind, mean, {title: _quantile(ordered, part) for title, part in QUANTILES.items()})


def _quantile(ordered: Floats, part: float) -> Estimate:
    """The quantile, and half the distance between those one standard error of its rank above and below."""
    count, rank_error = len(ordered), sqrt(part * (1 - part) / len(ordered))
    low, high = (ordered[min(max(int((part + side * rank_error) * count), 0), count - 1)] for side in (-1, 1))
    return Estimate(float(np.quantile(ordered, part)), float(high - low) / 2)


def borne(years: Simulated) -> tuple[Borne, ...]:
    """Who has what in the worst twentieth of the years of all lines; the accounts add to the whole, to the penny."""
    total = np.sum(list(years.accounts.values()), axis=0)
    count = max(int(len(total) * WORST), 1)
    worst = np.argsort(total, kind="stable")[:count]
    in_worst = _parts({name: float(row[worst].sum()) for name, row in years.accounts.items()}, count)
    in_all = _parts({name: float(row.sum()) for name, row in years.accounts.items()}, len(total))
    return tuple(Borne(name, in_worst[name], in_all[name]) for name in years.accounts)


def _parts(sums: Mapping[str, float], count: int) -> dict[str, int]:
    """Means in whole pennies by running-total rounding, so that they add to the mean of all."""
    parts, upto, before = {}, 0.0, 0
    for name, amount in sums.items():
        upto += amount
        parts[name] = round(upto / count) - before
        before += parts[name]
    return parts


def chances(years: Simulated) -> Iterator[Chance]:
    """For each pool and threshold: what would happen had nothing really changed, and with savings of some percent.

    A pool's years are taken around their own mean, so that what the contract is expected to bring is no chance.
    """
    for pool, pennies in years.pools.items():
        if years.targets[pool] <= 0:
            continue
        off = (pennies - pennies.mean()) / years.targets[pool] * 100
        for threshold in THRESHOLDS:
            paid = float(((off >= threshold) & (off > 0)).mean())
            denied = {saving: float((off + saving < threshold).mean()) for saving in REAL_SAVINGS}
            yield Chance(pool, threshold, paid, denied)


def by_cause(years: Simulated) -> Mapping[Cause, float]:
    """The standard deviation of the cost of all lines in pounds, had only risks of one cause moved."""
    return {cause: float(costs.std()) / 100 for cause, costs in years.causes.items()}
