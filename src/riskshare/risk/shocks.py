"""Shocks: the outturns of drawn years, from the risks of a model: the same for the same seed, job and block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
import polars as pl
from numpy.typing import NDArray

from riskshare.contract.simulation import Cause, MovingCost
from riskshare.contract.terms import Except, stated
from riskshare.figures.computed import ComputedModel
from riskshare.figures.names import LINES, given_column, pools_table
from riskshare.formula.draws import Column
from riskshare.formula.scaled import Floats

BLOCK = 4_000
"""Years drawn from one stream, and settled at once; no year depends on how many are drawn."""
WHOLE_SCOPE = "scope"


@dataclass(frozen=True, slots=True)
class Source:
    """A drawn column: its expected pennies, and what its rows say of themselves."""

    column: Column
    expected: Floats
    words: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Reach:
    """What a risk moves: in each source the rows, and for each row which of its own shocks."""

    risk: MovingCost
    rows: tuple[NDArray[np.intp], ...]
    units: tuple[NDArray[np.intp], ...]
    count: int
    """How many shocks of its own it has in a year: one where all of its scope moves alike."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some years: what is drawn of each source in pennies, rows x years, and by cause what all lines would cost."""

    amounts: tuple[Floats, ...]
    costs: Mapping[Cause, Floats]


class Shocks:
    """What may move in a model, ready to be drawn."""

    def __init__(self, built: ComputedModel) -> None:
        """The risks of the model file over the outturns, or budgets, that are expected."""
        self._simulation = built.plan.model.simulation
        self.sources = tuple(_sources(built, self._simulation.around))
        self.reaches = tuple(_reach(risk, self.sources) for risk in built.plan.model.risks)
        self._root = _root(built.plan.model.simulation.correlations, [entry.risk for entry in self.reaches])

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that are drawn."""
        return tuple(source.column for source in self.sources)

    def block(self, seed: int, job: int, number: int) -> Block:
        """One block of years: always the same for the same seed, job and number."""
        stream = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, job, number])))
        together = self._root @ stream.standard_normal((len(self.reaches), BLOCK))
        amounts = self._expected()
        by_cause: dict[Cause, list[tuple[Reach, Floats]]] = {}
        for own, reach in zip(together, self.reaches, strict=True):
            factors = _factors(reach, own.reshape(1, -1) if reach.risk.each == WHOLE_SCOPE else None, stream)
            _multiply(amounts, reach, factors)
            by_cause.setdefault(reach.risk.cause, []).append((reach, factors))
        whole = tuple(np.rint(moved, out=moved) for moved in amounts)
        return Block(whole, {cause: self._cost(moving) for cause, moving in by_cause.items()})

    def _expected(self) -> list[Floats]:
        return [np.repeat(source.expected, BLOCK, axis=1) for source in self.sources]

    def _cost(self, moving: list[tuple[Reach, Floats]]) -> Floats:
        """What all lines cost in each year, if only these risks move them."""
        if len(moving) == 1:
            return self._cost_of_one(*moving[0])
        amounts = self._expected()
        for reach, factors in moving:
            _multiply(amounts, reach, factors)
        cost: Floats = np.sum([moved.sum(axis=0) for moved in amounts], axis=0)
        return cost

    def _cost_of_one(self, reach: Reach, factors: Floats) -> Floats:
        """The same for one risk, from what each of its units costs: no line need be looked at."""
        costs, others = np.zeros(reach.count), 0.0
        for source, rows, units in zip(self.sources, reach.rows, reach.units, strict=True):
            moved = source.expected[rows, 0]
            np.add.at(costs, units, moved)
            others += float(source.expected.sum() - moved.sum())
        cost: Floats = others + costs @ factors
        return cost


def _multiply(amounts: list[Floats], reach: Reach, factors: Floats) -> None:
    """Moves the rows of a reach, all of them at once where that is the whole source."""
    for moved, rows, units in zip(amounts, reach.rows, reach.units, strict=True):
        own = factors if reach.count == 1 else factors[units]
        if len(rows) == len(moved):
            np.multiply(moved, own, out=moved)
        else:
            moved[rows] *= own


def _factors(reach: Reach, normal: Floats | None, stream: np.random.Generator) -> Floats:
    """What the costs of each unit are multiplied by, units x years: its mean and standard deviation are as stated."""
    risk, shape = reach.risk, (reach.count, BLOCK)
    mean, deviation = 1 + float(risk.mean) / 100, risk.deviation
    if risk.distribution == "gamma" and deviation:
        power = 1 / deviation**2
        return mean * stream.standard_gamma(power, shape) / power
    drawn = stream.standard_normal(shape) if normal is None else normal
    if risk.distribution == "lognormal":
        sigma = sqrt(log(1 + deviation**2))
        factors: Floats = mean * np.exp(sigma * drawn - sigma**2 / 2)
        return factors
    return mean + deviation * drawn


def _sources(built: ComputedModel, around: str) -> Iterator[Source]:
    lines = built.plan.lines
    if lines.height:
        yield Source((LINES, "outturn"), _pennies(lines[around]), lines)
    measure = "outturn" if around == "outturn" else "target"
    for code, frame in built.plan.pools.items():
        words = frame.select(holder=given_column("holder"), pool=pl.lit(pools_table.code(code)))
        yield Source((code, given_column("outturn")), _pennies(frame[given_column(measure)]), words)


def _pennies(amounts: pl.Series) -> Floats:
    return np.array([[float(round(amount * 100))] for amount in amounts], dtype=np.float64).reshape(-1, 1)


def _reach(risk: MovingCost, sources: tuple[Source, ...]) -> Reach:
    rows = tuple(_rows(risk, source.words) for source in sources)
    names: dict[tuple[int, str], int] = {}
    units = tuple(
        np.array([_unit(risk, number, source.words, row, names) for row in own], dtype=np.intp)
        for number, (source, own) in enumerate(zip(sources, rows, strict=True))
    )
    return Reach(risk, rows, units, max(len(names), 1))


def _rows(risk: MovingCost, words: pl.DataFrame) -> NDArray[np.intp]:
    """The rows that match every key of a scope; what has no such column matches only a scope that leaves it out."""
    matches = pl.Series([True] * words.height, dtype=pl.Boolean)
    for name in type(risk.scope).model_fields:
        values: tuple[str, ...] | Except[str] | None = getattr(risk.scope, name)
        if values is None:
            continue
        named = words[name].is_in(list(stated(values))) if name in words.columns else matches & False
        matches &= ~named if isinstance(values, Except) else named
    return matches.arg_true().to_numpy().astype(np.intp)


def _unit(risk: MovingCost, source: int, words: pl.DataFrame, row: int, names: dict[tuple[int, str], int]) -> int:
    if risk.each == WHOLE_SCOPE:
        key = (0, "")
    elif risk.each == "line" or risk.each not in words.columns:
        key = (source, str(row))
    else:
        key = (-1, str(words[risk.each][int(row)]))
    return names.setdefault(key, len(names))


def correlation_matrix(correlations: Mapping[tuple[str, str], float], codes: list[str]) -> Floats:
    """The correlations of risks in the order of their codes; 1 of each with itself, 0 where nothing is stated."""
    matrix = np.eye(len(codes))
    for (one, other), coefficient in correlations.items():
        at, to = codes.index(one), codes.index(other)
        matrix[at, to] = matrix[to, at] = coefficient
    return matrix


def is_possible(matrix: Floats) -> bool:
    """Whether variables can be correlated so: no combination of them has a variance below zero."""
    return not len(matrix) or float(np.linalg.eigvalsh(matrix).min()) >= -1e-9


def _root(correlations: tuple[object, ...], risks: list[MovingCost]) -> Floats:
    """What independent normal variables are multiplied by, to be correlated as stated."""
    stated_pairs = {entry.risks: float(entry.coefficient) for entry in correlations}  # type: ignore[attr-defined]
    matrix = correlation_matrix(stated_pairs, [risk.code for risk in risks])
    values, vectors = np.linalg.eigh(matrix)
    root: Floats = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    return root
