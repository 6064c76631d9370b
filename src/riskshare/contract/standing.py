"""Where a rule stands: the contract around it, its pool, its number there; and findings that point at its keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from riskshare.contract.ledger import ROLE_POTS
from riskshare.contract.model import Model, Partner, Pool, Rule
from riskshare.problems.findings import Finding, Place, error, warning

Path = tuple[str | int, ...]


class Placed(Protocol):
    """Something that knows where a key of the model file stands."""

    def place(self, path: Path) -> Place:
        """The file and line of the key, or of what holds it."""


@dataclass(frozen=True, slots=True)
class Contract:
    """The model, where its keys stand, and what its files say of pools.

    localities: the codes of each geography. given: the pools of each table, by the code of the pool group. measured:
    the pools that each file of measures has a weight for, with '' for every pool. weighed: the same for each file of
    keys, with the partners that have a weight there.
    """

    model: Model
    where: Placed
    localities: Mapping[str, tuple[str, ...]]
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    measured: Mapping[str, frozenset[str]] = field(default_factory=dict)
    weighed: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)

    def pools_of(self, pool: Pool) -> tuple[str, ...]:
        """The pools of a group."""
        if pool.table is not None:
            return self.given.get(pool.code, ())
        if pool.for_each is None:
            return (pool.code,)
        return tuple(f"{pool.code}:{code}" for code in self.localities.get(pool.for_each, ()))

    @property
    def partners(self) -> list[str]:
        """The codes of the partners."""
        return [entry.code for entry in self.model.partners]

    @property
    def reserves(self) -> list[str]:
        """The codes of the reserves."""
        return [entry.code for entry in self.model.reserves]


@dataclass(frozen=True, slots=True)
class Standing:
    """One rule in its contract: the number of its pool, its own number there, both from 0."""

    contract: Contract
    position: int
    number: int

    def __str__(self) -> str:
        """What a finding calls the rule: `pool 'place', rule 'cap' (Schedule 9.4)`."""
        stage = "the stage over all pools" if self.over_all else f"pool '{self.pool.code}'"
        return f"{stage}, rule '{self.rule.rule}' ({self.rule.clause})"

    @property
    def pool(self) -> Pool:
        """The pool group that the rule belongs to."""
        return self.contract.model.stages[self.position]

    @property
    def over_all(self) -> bool:
        """Whether it stands over all pools, where accounts are the pots and no line is in any."""
        return self.position == len(self.contract.model.pools)

    @property
    def rule(self) -> Rule:
        """The rule."""
        return self.pool.rules[self.number]

    @property
    def pools(self) -> tuple[str, ...]:
        """The pools that the rule runs in."""
        return self.contract.pools_of(self.pool)

    def members(self, pot: str) -> list[Partner]:
        """The partners that a pot's name stands for: those of a role, or the one; none for another pot."""
        role = ROLE_POTS.get(pot)
        return [entry for entry in self.contract.model.partners if pot == entry.code or role is entry.role]

    def error(self, code: str, key: Path, found: str, expected: str = "", action: str = "") -> Finding:
        """A finding at a key of the rule that stops the build."""
        return error(code, self._place(key), found, expected, action)

    def warning(self, code: str, key: Path, found: str, expected: str = "", action: str = "") -> Finding:
        """A finding at a key of the rule that is shown and kept."""
        return warning(code, self._place(key), found, expected, action)

    def no_income(self, key: Path, partners: list[str]) -> Finding:
        """The finding for partners whose income the rule needs and the model doesn't give."""
        found = f"{self} uses the income of {', '.join(partners)}, which the model doesn't give"
        return self.error("no-income", key, found, "", "Add income = ... to the partner")

    def _place(self, key: Path) -> Place:
        return self.contract.where.place((*self.contract.model.path_of(self.position), "rules", self.number, *key))
