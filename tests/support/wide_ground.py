"""Random models for the reference: what rules stand on, their figures, and which pots may hold a gain or a loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any, TypeAlias, TypeVar

Rule: TypeAlias = dict[str, Any]
T = TypeVar("T")

BOTH = ("gain", "loss")
ROLES = ("commissioners", "providers")
ACCOUNTS = ("carry_forward", "unallocated")


@dataclass
class Ground:
    """What the rules of a group stand on: who takes part, which pools there are, what their lines can carry."""

    group: str
    pools: list[str]
    partners: list[str]
    roles: dict[str, list[str]]
    incomes: set[str]
    reserves: list[str]
    fenced: list[str]
    later: list[str]
    target: bool
    contributing: set[str]
    table: bool
    overall: bool = False
    columns: dict[str, Callable[[], str]] = field(default_factory=dict)
    files: dict[str, list[dict[str, object]]] = field(default_factory=dict)


class Draft:
    """Draws figures and pots, and follows which pots may hold a gain or a loss."""

    def __init__(self, rng: Random, ground: Ground, features: frozenset[str]) -> None:
        self.rng, self.ground, self.features = rng, ground, features
        held = ground.partners if ground.overall else ["pool"]
        self.holds: dict[str, set[str]] = {pot: set(BOTH) for pot in held} | {pot: {"gain"} for pot in ground.fenced}
        self.brought = False

    # Terms

    def percent(self, most: int = 100) -> object:
        """A percentage: whole, with decimals, or from a column."""
        number = (
            Decimal(self.rng.randint(0, most * 100)) / 100 if self.rng.random() < 0.6 else self.rng.randint(0, most)
        )
        return self.column("p", lambda: f"{self.rng.randint(0, most * 100) / 100:.2f}", number)

    def fraction(self, most: int = 100) -> object:
        """A percentage or a fraction such as "1/3"."""
        if "fractions" in self.features and self.rng.random() < 0.2:
            return self.rng.choice(("1/3", "2/3", "3/7", "1/2"))
        return self.percent(most)

    def pounds(self, most: int = 40_000) -> object:
        """An amount in pounds, sometimes with pence, or from a column."""
        most *= self.rng.choice((1, 1, 1, 100))
        number = (
            Decimal(self.rng.randint(0, most * 100)) / 100 if self.rng.random() < 0.6 else self.rng.randint(0, most)
        )
        return self.column("m", lambda: f"{self.rng.randint(0, most)}.{self.rng.randint(0, 99):02}", number)

    def column(self, kind: str, cell: Callable[[], str], number: object) -> object:
        if not self.ground.table or self.rng.random() < 0.5:
            return number
        name = f"{kind}{len(self.ground.columns)}"
        self.ground.columns[name] = cell
        return {"column": name}

    def stated(self, most: int) -> Decimal:
        """An amount above zero in pounds."""
        return Decimal(self.rng.randint(1, most * 100)) / 100

    def smooth(self, choice: T, *cliffs: T) -> T:
        """A choice, or one of those that let the settlement jump, unless the contract is to be without cliffs."""
        return choice if "smooth" in self.features else self.rng.choice((choice, *cliffs))

    def side(self) -> str:
        return self.rng.choice(("gain", "loss", "both"))

    # Pots

    def give(self, pot: str, sides: set[str]) -> str:
        self.holds.setdefault(pot, set()).update(sides)
        return pot

    def takers(self) -> list[str]:
        """Pots that may be given money, likely ones more often."""
        common = [*self.ground.partners * 2, *[role for role in self.ground.roles if self.ground.roles[role]] * 3]
        if self.ground.overall:
            return [*self.ground.partners * 2, *ACCOUNTS]
        return [*common, "unshared", "unshared", *ACCOUNTS, *self.ground.later[:2], "reinvestment"]

    def source(self, sides: set[str] | None = None) -> str:
        """A pot that may hold one of these sides."""
        closed = {*self.ground.reserves, *self.ground.fenced, "unshared", *ACCOUNTS, *self.ground.later, "netted"}
        held = [pot for pot, has in self.holds.items() if has & (sides or set(BOTH)) and pot not in closed]
        return self.rng.choice(held or [""])

    def another(self, pot: str, sides: set[str]) -> str:
        return self.give(self.rng.choice([taker for taker in self.takers() if taker != pot]), sides)

    def sides_of(self, side: str) -> set[str]:
        return set(BOTH) if side == "both" else {side}
