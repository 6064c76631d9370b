"""Who pays whom, how much and why: the payments of a computed model with the pools and clauses they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from riskshare.figures.accounts import Accounts, Family
from riskshare.figures.names import PAYMENT_PAIRS, paid_for_column
from riskshare.figures.payments import payable
from riskshare.figures.settlement import clauses_of
from riskshare.formula.display import in_sentence
from riskshare.formula.evaluate import Figures

MATCHED = "totals matched in the order declared, whatever pools they come from"


@dataclass(frozen=True, slots=True)
class Reason:
    """What a family of pool groups brings to a payment; below zero where it makes the payee pay the payer."""

    family: Family
    amount: Decimal

    def __str__(self) -> str:
        """In words: `Place £120.50 (Schedule 9, para 1, 2)`, or `less System £3.00 (Schedule 11)`."""
        less = "less " if self.amount < 0 else ""
        return f"{less}{self.family.title} {in_sentence(abs(self.amount))} ({clauses_of(self.family.clauses)})"


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment in pounds to the penny, and why it is made; no reasons where totals were matched in order."""

    payer: str
    payee: str
    amount: Decimal
    reasons: tuple[Reason, ...]

    @property
    def because(self) -> str:
        """Why it is made, in words."""
        return "; ".join(map(str, self.reasons)) or MATCHED

    @property
    def pools(self) -> str:
        """The pools that it is made for, in a few words."""
        return "; ".join(f"{entry.family.title} {in_sentence(entry.amount)}" for entry in self.reasons) or MATCHED


def payments_made(accounts: Accounts, figures: Figures) -> Iterator[Payment]:
    """Every payment of the settlement, in the order of the list on the sheet."""
    families = payable(accounts).families
    for row in figures[PAYMENT_PAIRS].filter(pl.col("amount") > 0).iter_rows(named=True):
        yield Payment(row["paid_by"], row["paid_to"], row["amount"], tuple(_reasons(families, row)))


def _reasons(families: tuple[Family, ...], row: Mapping[str, Decimal]) -> Iterator[Reason]:
    for family in families:
        if row[paid_for_column(family.code)]:
            yield Reason(family, row[paid_for_column(family.code)])
