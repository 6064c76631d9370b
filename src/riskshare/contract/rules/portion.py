"""Portion: a part of an amount that a rule states, in percent or as a fraction that no percentage is."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from riskshare.contract.ledger import Ledger
from riskshare.contract.terms import ColumnTerm
from riskshare.formula.language import Expr
from riskshare.formula.units import SHARE, WEIGHT


def portion(ledger: Ledger, name: str, label: str, share: Decimal | ColumnTerm | str) -> Callable[[Expr], Expr]:
    """The term of the open rule as a cut of any amount, not rounded; a fraction is two terms: parts of so many."""
    if not isinstance(share, str):
        percent = ledger.term(name, label, share, SHARE)
        return lambda amount: amount * percent
    part, _, whole = share.partition("/")
    parts = ledger.term(f"{name}.parts", f"{label}: parts", Decimal(part), WEIGHT, (name,))
    of = ledger.term(f"{name}.whole", f"{label}: of so many parts", Decimal(whole), WEIGHT, (name,))
    return lambda amount: amount * parts / of
