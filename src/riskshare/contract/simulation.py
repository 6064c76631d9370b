"""Simulation: what may move in a year, by how much and together with what: the keys `[simulation]` and `[[risks]]`."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from math import sqrt
from typing import Annotated, Literal

from pydantic import Field, model_validator

from riskshare.contract.terms import AnyPercentage, Code, Codes, Concept, ExactNumber, SignedPercentage, Text, Texts

Draws = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
Seed = Annotated[int, Field(ge=0, lt=2**63, strict=True)]
People = Annotated[int, Field(ge=1, le=1_000_000_000, strict=True)]
Variation = Annotated[ExactNumber, Field(gt=0, le=100, decimal_places=6), "weight"]
Coefficient = Annotated[ExactNumber, Field(ge=-1, le=1, decimal_places=6), "weight"]


class Cause(StrEnum):
    """Why a cost is other than expected: a board has to see these apart."""

    CHANCE = "chance"
    COMMON = "common"
    FORECAST = "forecast"


class Moving(Concept):
    """What of the lines, and of the pools that tables give, a risk moves: every key has to match."""

    line: Texts | None = Field(None, description="Codes of lines")
    fund: Codes | None = Field(None, description="Funds")
    service: Texts | None = Field(None, description="Services")
    level: Texts | None = Field(None, description="Levels")
    locality: Codes | None = Field(None, description="Localities that lines name")
    holder: Codes | None = Field(None, description="Holders")
    provider: Codes | None = Field(None, description="Providers")
    pool: Codes | None = Field(None, description="Pool groups, those given by tables too")


class MovingCost(Concept):
    """One thing that makes a year's cost other than expected."""

    code: Code = Field(description="Short code used in correlations and results")
    name: Text = Field(description="What it is")
    cause: Cause = Field(description="chance: who falls ill; common: what moves all alike; forecast: a wrong baseline")
    scope: Moving = Field(Moving(), description="Which outturns it moves; left out: all")
    each: Literal["line", "fund", "locality", "holder", "scope"] = Field(
        "scope", description="What moves as one: each line by itself, all of a fund alike, or the whole scope"
    )
    distribution: Literal["normal", "lognormal", "gamma"] = Field("normal", description="Its shape")
    mean: SignedPercentage = Field(Decimal(0), description="What it adds on average, in percent; a saving is negative")
    sd: AnyPercentage | None = Field(None, description="Standard deviation in percent of the expected cost")
    cv: Variation | None = Field(None, description="Instead: standard deviation of one person's cost, over its mean")
    population: People | None = Field(None, description="The people among whom that averages out, with 'cv'")

    @model_validator(mode="after")
    def _of_one_size(self) -> MovingCost:
        if (self.sd is None) == (self.cv is None):
            raise ValueError("give either 'sd', or 'cv' with 'population'")
        if (self.cv is None) != (self.population is None):
            raise ValueError("'cv' and 'population' go together: the one over the root of the other is the sd")
        return self

    @property
    def deviation(self) -> float:
        """The standard deviation as a part of the expected cost: cv / sqrt(population), or what is stated."""
        if self.cv is not None and self.population is not None:
            return float(self.cv) / sqrt(self.population)
        return float(self.sd or 0) / 100


class Correlation(Concept):
    """How two risks move together: the correlation of the normal variables that they are drawn from."""

    risks: tuple[Code, Code] = Field(description="The codes of two risks that each move their scope as one")
    coefficient: Coefficient = Field(description="From -1 to 1")


class Simulation(Concept):
    """How many years are drawn, and from which seed."""

    draws: Draws = Field(100_000, description="Years to draw; 10,000 are enough for a board, 100,000 for a contract")
    seed: Seed = Field(1, description="The same seed draws the same years")
    around: Literal["outturn", "budget"] = Field("outturn", description="The expected cost that risks move")
    exact_draws: Annotated[int, Field(ge=0, le=100_000, strict=True)] = Field(
        1_000, description="So many first draws also go through the exact engine: 0 pennies may differ"
    )
    correlations: tuple[Correlation, ...] = Field((), description="Risks that move together; others are independent")
