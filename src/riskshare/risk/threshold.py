"""Threshold: from what saving on a population's year is more than chance, and what chance alone would pay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, pi, sqrt
from statistics import NormalDist

NORMAL = NormalDist()
CV_PER_PERSON = 2.15
"""Standard deviation of one person's yearly cost over its mean: what the rates of 42 CFR 425.604 come from."""
SIZES = (1_000, 5_000, 10_000, 40_000, 100_000, 176_000, 375_000, 1_200_000)
FULL_CREDIBILITY = (0.9, 0.05)
"""The classical standard: within 5% with a probability of 90%."""

# 42 CFR 425.604(b): between these populations the minimum savings rate, in percent, is a straight line.
PUBLISHED = (
    ((500, 12.2), (999, 8.7)),
    ((1_000, 8.7), (2_999, 5.0)),
    ((3_000, 5.0), (4_999, 3.9)),
    ((5_000, 3.9), (5_999, 3.6)),
    ((6_000, 3.6), (6_999, 3.4)),
    ((7_000, 3.4), (7_999, 3.2)),
    ((8_000, 3.2), (8_999, 3.1)),
    ((9_000, 3.1), (9_999, 3.0)),
    ((10_000, 3.0), (14_999, 2.7)),
    ((15_000, 2.7), (19_999, 2.5)),
    ((20_000, 2.5), (49_999, 2.2)),
    ((50_000, 2.2), (59_999, 2.0)),
)
FLAT_FROM, FLAT_RATE = 60_000, 2.0


@dataclass(frozen=True, slots=True)
class Threshold:
    """What chance does to a year of one population; percentages of its expected cost."""

    population: int
    deviation: float
    """The standard deviation of the year's cost."""
    minimum: float
    """The saving that chance alone reaches in one year of so many as the confidence says."""
    credibility: float
    """What part of a year's experience counts, from 0 to 1."""
    published: float | None
    """The minimum savings rate of the US Medicare Shared Savings Program, from 500 people on."""


def threshold(population: int, confidence: float, cv: float = CV_PER_PERSON) -> Threshold:
    """The minimum savings rate of a population.

    Args: people; confidence from 0 to 1, of one side; the coefficient of variation of one person's yearly cost.
    """
    deviation = 100 * cv / sqrt(population)
    minimum = NORMAL.inv_cdf(confidence) * deviation
    return Threshold(population, deviation, minimum, credibility(population, cv), published_rate(population))


def credibility(population: int, cv: float = CV_PER_PERSON) -> float:
    """The weight of a population's own experience: the root of its size over that of full credibility, at most 1."""
    probability, within = FULL_CREDIBILITY
    full = (NORMAL.inv_cdf((1 + probability) / 2) * cv / within) ** 2
    return min(sqrt(population / full), 1.0)


def published_rate(population: int) -> float | None:
    """The minimum savings rate in percent that 42 CFR 425.604(b) sets for a one-sided model."""
    if population >= FLAT_FROM:
        return FLAT_RATE
    for (smallest, rate), (largest, last) in PUBLISHED:
        if smallest <= population <= largest:
            return rate + (last - rate) * (population - smallest) / (largest - smallest)
    return None


def passed_by_chance(percent: float, deviation: float, saving: float = 0.0) -> float:
    """How often a year looks like a saving of more than a percentage, where the real one is `saving` percent."""
    return 1 - NORMAL.cdf((percent - saving) / deviation)


def chance_payment(target: float, share: float, percent: float, deviation: float) -> float:
    """What chance alone pays a year on average, in the unit of the target: E = share x target x sd x phi(t / sd).

    A share (0 to 1) of every saving from the first pound on, once it is past the threshold; percent of the target.
    """
    density = exp(-((percent / deviation) ** 2) / 2) / sqrt(2 * pi)
    return share * target * deviation / 100 * density


def table(population: int, confidence: float, cv: float) -> Iterator[Threshold]:
    """The population's own row among those of usual sizes."""
    for size in sorted({population, *SIZES}):
        yield threshold(size, confidence, cv)
