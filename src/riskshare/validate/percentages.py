"""Percentages that are so small that they may be fractions: 0.01 where 1% is meant is a hundred times less."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from riskshare.contract.doubtful import Doubts
from riskshare.contract.ledger import PARTNERS
from riskshare.contract.parse import named_rules
from riskshare.contract.records import Term
from riskshare.contract.standing import Contract
from riskshare.figures.sharing import PoolGroup
from riskshare.formula.display import in_sentence, plain
from riskshare.formula.language import tables_read
from riskshare.formula.units import SHARE
from riskshare.problems.findings import Finding
from riskshare.validate.acceptance import doubt

# An income is of all that a partner does, of which what it may gain or lose in one alliance is a smaller part.
OF_AN_INCOME = 5


def small_percentages(
    contract: Contract, groups: Iterable[PoolGroup], figures: Mapping[str, pl.DataFrame]
) -> Iterator[Finding]:
    """One finding for each pool group that states such percentages, at the first of them."""
    for group in groups:
        stated = [_Percentage.of(group, term, figures[group.table.name]) for term in group.terms if term.unit is SHARE]
        small = [entry for entry in stated if entry.is_small(contract.model.doubts)]
        if small:
            yield _finding(contract, group, small)


@dataclass(frozen=True, slots=True)
class _Percentage:
    """A percentage of a rule, and what it comes to in each pool."""

    term: Term
    name: str
    of_all: bool
    of_income: bool
    amounts: tuple[Decimal, ...]

    @classmethod
    def of(cls, group: PoolGroup, term: Term, frame: pl.DataFrame) -> _Percentage:
        """What a term of the group comes to; a limit that is a percentage of an income is of that."""
        rule, _, name = term.key.removeprefix(f"{group.pool.code}.").partition(".")
        of_all = {known: kind.of_all for _, known, kind in named_rules(group.pool)}.get(rule, frozenset())
        own = f"{rule}.{name.removesuffix('.percent')}.of"
        wholes = frame[own if own in frame.columns else "target"]
        amounts = tuple(abs(term.value * Decimal(whole)) for whole in wholes)
        return cls(term, name, name in of_all, own in _read_from_partners(group), amounts)

    @property
    def size(self) -> Decimal:
        """The percentage as it is written, without its sign."""
        return abs(self.term.value) * 100

    def is_small(self, doubts: Doubts) -> bool:
        """Whether it is less than contracts say; shares and weights have to add to 100, so they say it themselves."""
        if not self.size or ".share." in self.name or self.name.endswith("weight"):
            return False
        if self.of_all:
            return self.size < doubts.small_part
        return self.size < doubts.small_percent / (OF_AN_INCOME if self.of_income else 1)

    def __str__(self) -> str:
        at_most = "" if self.of_all else f", at most {in_sentence(max(self.amounts, default=Decimal(0)))} in a pool"
        return f"'{self.term.label}' ({self.term.clause}) is {plain(self.size)}%{at_most}"


def _read_from_partners(group: PoolGroup) -> frozenset[str]:
    """The steps that read an income."""
    return frozenset(step.name for step in group.table.steps if PARTNERS in tables_read(step.expr))


def _finding(contract: Contract, group: PoolGroup, small: list[_Percentage]) -> Finding:
    first, others = small[0], len(small) - 1
    more = f", and {others} more like it" if others else ""
    found = f"pool '{group.pool.code}', {first}{more}"
    wanted = plain(first.size * 100)
    action = f"If {wanted}% is meant, write {wanted}, not {plain(first.size)}"
    return doubt("small-percentages", contract.where.place(first.term.path), found, action)
