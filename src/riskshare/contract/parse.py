"""Contract: a model file with every rule as its own kind; what is wrong with its terms comes out as findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache, reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field, ValidationError, create_model

from riskshare.contract.model import ColumnTerm, Concept, Model, Pool
from riskshare.contract.rules import kinds
from riskshare.contract.rules.kind import Kind
from riskshare.contract.rules.limits import Limit
from riskshare.contract.rules.outcomes import Outcomes
from riskshare.contract.rules.stop_loss import StopLoss
from riskshare.contract.wrong_terms import Placed, wrong_terms
from riskshare.problems.findings import Finding


@cache
def contract_type() -> type[Model]:
    """The model with its rules as a union of all kinds: the source of `model.schema.json`."""
    written = [kind for kind in kinds().values() if not kind.automatic]
    rules: Any = Annotated[reduce(or_, written), Field(discriminator="rule")]
    some_rules: Any = (tuple[rules, ...], Pool.model_fields["rules"])
    pool: Any = create_model("ContractPool", __base__=Pool, __doc__=Pool.__doc__, rules=some_rules)
    some_pools: Any = (tuple[pool, ...], Model.model_fields["pools"])
    return create_model("Contract", __base__=Model, __doc__=Model.__doc__, pools=some_pools)


def parse(values: Mapping[str, Any], where: Placed) -> tuple[Model | None, tuple[Finding, ...]]:
    """The contract, or a finding for every key that is unknown, missing or out of range, with its line."""
    try:
        return contract_type().model_validate(values), ()
    except ValidationError as failure:
        return None, tuple(wrong_terms(failure, values, where))


def rules_of(pool: Pool) -> Iterator[tuple[int, Kind]]:
    """The pool's rules with their number from 0."""
    for number, rule in enumerate(pool.rules):
        if isinstance(rule, Kind):
            yield number, rule


class Use(StrEnum):
    """What a column of terms is used as."""

    AMOUNT = "an amount"
    PERCENTAGE = "a percentage up to 100"
    MULTIPLE = "a percentage up to 10,000"


def columns_named(pool: Pool) -> dict[str, frozenset[Use]]:
    """The columns of the pool's table that its rules take terms from, and what each is used as."""
    found: dict[str, frozenset[Use]] = {}
    for _, rule in rules_of(pool):
        for use, column in _columns_in(rule, Use.AMOUNT):
            found[column] = found.get(column, frozenset()) | {use}
    return found


def _columns_in(entry: object, use: Use) -> Iterator[tuple[Use, str]]:
    if isinstance(entry, ColumnTerm):
        yield use, entry.column
    elif isinstance(entry, Concept):
        percent = Use.MULTIPLE if isinstance(entry, Limit) else Use.PERCENTAGE
        percentages = {"percent": percent, "shares": Use.PERCENTAGE}
        for name in type(entry).model_fields:
            yield from _columns_in(getattr(entry, name), percentages.get(name, Use.AMOUNT))
    elif isinstance(entry, Mapping | tuple):
        for inner in entry.values() if isinstance(entry, Mapping) else entry:
            yield from _columns_in(inner, use)


def case_files(model: Model) -> dict[str, tuple[Pool, ...]]:
    """The files of single cases that rules name, with the pools whose rules name them."""
    found: dict[str, tuple[Pool, ...]] = {}
    for pool in model.pools:
        for _, rule in rules_of(pool):
            if isinstance(rule, StopLoss):
                found[rule.cases] = (*found.get(rule.cases, ()), pool)
    return found


def measure_files(model: Model) -> tuple[str, ...]:
    """The files of outcome measures that the rules name."""
    found = (rule.measures for pool in model.pools for _, rule in rules_of(pool) if isinstance(rule, Outcomes))
    return tuple(dict.fromkeys(found))
