"""Contract: a model file with every rule as its own kind; what is wrong with its terms comes out as findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache, reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field, ValidationError, create_model

from riskshare.contract.model import OVERALL, Model, Overall, Pool
from riskshare.contract.rules import kinds
from riskshare.contract.rules.kind import FileKind, Kind
from riskshare.contract.standing import Placed
from riskshare.contract.terms import ColumnUse
from riskshare.contract.wrong_terms import wrong_terms
from riskshare.problems.findings import Finding


@cache
def contract_type() -> type[Model]:
    """The model with its rules as a union of all kinds: the source of `model.schema.json`."""
    written = [kind for kind in kinds().values() if not kind.automatic]
    rules: Any = Annotated[reduce(or_, written), Field(discriminator="rule")]
    some_rules: Any = (tuple[rules, ...], Pool.model_fields["rules"])
    pool: Any = create_model("ContractPool", __base__=Pool, __doc__=Pool.__doc__, rules=some_rules)
    some_pools: Any = (tuple[pool, ...], Model.model_fields["pools"])
    over_all: Any = (_overall(written) | None, Model.model_fields[OVERALL])
    return create_model("Contract", __base__=Model, __doc__=Model.__doc__, pools=some_pools, overall=over_all)


def _overall(written: list[type[Kind]]) -> type[Overall]:
    """The last stage, with the kinds of rules that can work on what accounts hold."""
    rules: Any = Annotated[reduce(or_, (kind for kind in written if kind.over_all)), Field(discriminator="rule")]
    some_rules: Any = (tuple[rules, ...], Overall.model_fields["rules"])
    return create_model("ContractOverall", __base__=Overall, __doc__=Overall.__doc__, rules=some_rules)


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


def named_rules(pool: Pool) -> Iterator[tuple[int, str, Kind]]:
    """The pool's rules with the name of their steps: the kind, numbered where the pool has several of it."""
    repeated = Counter(rule.rule for rule in pool.rules)
    seen: Counter[str] = Counter()
    for number, rule in rules_of(pool):
        seen[rule.rule] += 1
        yield number, f"{rule.rule}_{seen[rule.rule]}" if repeated[rule.rule] > 1 else rule.rule, rule


def columns_named(pool: Pool) -> dict[str, frozenset[ColumnUse]]:
    """The columns of the pool's table that its rules take terms from, and what each is used as."""
    uses: dict[str, frozenset[ColumnUse]] = {}
    for _, rule in rules_of(pool):
        for column, use in rule.columns():
            uses[column] = uses.get(column, frozenset()) | {use}
    return uses


def case_files(model: Model) -> dict[str, tuple[Pool, ...]]:
    """The files of single cases that rules name, with the pools whose rules name them."""
    return _files(model, FileKind.CASES)


def measure_files(model: Model) -> dict[str, tuple[Pool, ...]]:
    """The files of outcome measures that rules name, with the pools whose rules name them."""
    return _files(model, FileKind.MEASURES)


def files_beyond(model: Model) -> dict[str, tuple[Pool, ...]]:
    """Those of them whose measures count beyond their targets."""
    return _files(model, FileKind.BEYOND)


def key_files(model: Model) -> dict[str, tuple[Pool, ...]]:
    """The files of weights that keys name, with the pools whose rules name them."""
    return _files(model, FileKind.KEYS)


def _files(model: Model, wanted: FileKind) -> dict[str, tuple[Pool, ...]]:
    readers: dict[str, tuple[Pool, ...]] = {}
    for pool in model.stages:
        for _, rule in rules_of(pool):
            for kind, file in rule.files():
                if kind is wanted:
                    readers[file] = (*readers.get(file, ()), pool)
    return readers
