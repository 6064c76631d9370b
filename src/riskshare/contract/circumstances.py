"""Circumstances: what the rules of a pool group can see: the model, the pools, their holders, the files they read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from riskshare.contract.model import Model, Pool, Reserve
from riskshare.formula.language import Expr


@dataclass(frozen=True, slots=True)
class KeyTable:
    """A table of weights that keys read from a file: its name in the plan, and the partners that it weighs."""

    name: str
    partners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """By the user's file: the table of its outcome measures, the table of its weights."""

    measures: Mapping[str, str]
    keys: Mapping[str, KeyTable]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the rules of a pool group can see: the model, the pools, who holds lines, and what earlier pools did."""

    model: Model
    pool: Pool
    table: str
    pools: tuple[str, ...]
    holders: tuple[str, ...]
    reserves: tuple[Reserve, ...]
    earlier: Mapping[str, tuple[Expr, ...]]
    files: RuleFiles
    ring_fenced: Mapping[str, Expr]
    """By reserve what the ring-fence takes from each pool."""
    own_variance: Callable[[str], Expr]
    variance_of: Callable[[str], Expr]
    recurrent: Callable[[str], Expr]


@dataclass(frozen=True, slots=True)
class CaseTable:
    """A table of single cases that a rule reads, with the terms that cut each of them."""

    name: str
    file: str
    attachment: str
    coinsurance: str
