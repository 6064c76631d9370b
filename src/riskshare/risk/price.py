"""Price: what a stop-loss, a cap or a guarantee is worth to each account: the same years, with and without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from riskshare.build import compute_reading
from riskshare.contract.model import Model, Pool
from riskshare.contract.parse import named_rules
from riskshare.figures.computed import ComputedModel
from riskshare.formula.scaled import Floats
from riskshare.problems.findings import any_error
from riskshare.risk.outcome import WORST, Estimate
from riskshare.risk.simulate import Simulated, simulate

PRICED = ("stop_loss", "cap", "guarantee")
MOST_DRAWS = 20_000
"""Years with and without a rule are the same, so that fewer tell their difference as well."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What a rule brings an account, in pounds a year: on average, and in the twentieth that were worst without it."""

    account: str
    mean: Estimate
    in_bad_years: float


@dataclass(frozen=True, slots=True)
class Price:
    """One rule's worth to every account that it moves; nothing where the contract does not work without it."""

    pool: str
    rule: str
    clause: str
    worth: tuple[Worth, ...] | None


def prices(years: Simulated) -> Iterator[Price]:
    """Every stop-loss, cap and guarantee, in the order of the contract."""
    model = years.built.plan.model
    draws = min(years.draws, MOST_DRAWS)
    for number, pool in enumerate(model.stages):
        for position, name, rule in named_rules(pool):
            if rule.rule in PRICED:
                other = _without(years.built, number, position)
                worth = None if other is None else tuple(_worth(years, _drawn(other, draws, years.seed)))
                yield Price(pool.code, name, rule.clause, worth)


def _drawn(built: ComputedModel, draws: int, seed: int) -> Simulated:
    return simulate(built, draws, seed, 0, lambda _, __: None)


def _without(built: ComputedModel, stage: int, position: int) -> ComputedModel | None:
    """The model without one of its rules, if it can be computed so."""
    model = _lacking(built.reading.model, stage, position)
    other, findings = compute_reading(replace(built.reading, model=model))
    return None if any_error(findings) else other


def _lacking(model: Model, stage: int, position: int) -> Model:
    if stage < len(model.pools):
        pools = list(model.pools)
        pools[stage] = _pool_lacking(pools[stage], position)
        return model.model_copy(update={"pools": tuple(pools)})
    rules = _others(model.overall.rules, position) if model.overall else ()
    overall = model.overall.model_copy(update={"rules": rules}) if model.overall and rules else None
    return model.model_copy(update={"overall": overall})


def _pool_lacking(pool: Pool, position: int) -> Pool:
    return pool.model_copy(update={"rules": _others(pool.rules, position)})


def _others(rules: tuple[object, ...], position: int) -> tuple[object, ...]:
    return tuple(rule for number, rule in enumerate(rules) if number != position)


def _worth(with_it: Simulated, without: Simulated) -> Iterator[Worth]:
    bad = max(int(without.draws * WORST), 1)
    had: Mapping[str, Floats] = without.accounts
    for account, pennies in with_it.accounts.items():
        before = had.get(account, np.zeros(without.draws))
        brought = (pennies[: without.draws] - before) / 100
        if np.any(brought):
            error = float(brought.std()) / without.draws**0.5
            worst = np.argsort(before, kind="stable")[:bad]
            yield Worth(account, Estimate(float(brought.mean()), error), float(brought[worst].mean()))
