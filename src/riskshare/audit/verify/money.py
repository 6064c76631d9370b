"""What edits of a delivered workbook do to money: what each account would receive or pay, and what it should."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from riskshare.figures.names import SETTLEMENT
from riskshare.figures.pin.file import RecordedFigures
from riskshare.formula.display import in_sentence

SETTLES = "settles"


@dataclass(frozen=True, slots=True)
class MoneyMoved:
    """What an account settles with others, in pounds, paid negative: by its model, as the file shows, recalculated."""

    account: str
    should: str
    shown: str
    recalculated: str

    def __str__(self) -> str:
        """`COUNCIL would pay £2.00, not £1.00`, and what the file shows where that is another figure."""
        would = f"{self.account} would {_settles(self.recalculated)}, not {_only(self.should, self.recalculated)}"
        if self.shown == self.recalculated:
            return f"{would}."
        if self.recalculated == self.should:
            return (
                f"The file shows that {self.account} would {_settles(self.shown)}; its own formulas give the model's."
            )
        return f"{would}; the file shows {_settles(self.shown)}."

    @property
    def by(self) -> Decimal:
        """The largest difference from what it should be; without end where a word stands in place of a figure."""
        amounts = [_amount(text) for text in (self.should, self.shown, self.recalculated)]
        known = [amount for amount in amounts if amount is not None]
        return max(known) - min(known) if len(known) == len(amounts) else Decimal("Infinity")


def money_moved(should: RecordedFigures, shown: RecordedFigures, recalculated: RecordedFigures) -> Iterator[MoneyMoved]:
    """Every account that would settle another amount, the largest difference first; a file may store no figures."""
    by_account = [_settled(figures) for figures in (should, shown, recalculated)]
    moved = (
        MoneyMoved(account, amount, by_account[1].get(account) or again, again)
        for account, amount in by_account[0].items()
        for again in [by_account[2].get(account, "")]
    )
    yield from sorted((one for one in moved if one.by), key=lambda one: (-one.by, one.account))


def _settled(figures: RecordedFigures) -> Mapping[str, str]:
    columns = figures.get(SETTLEMENT, {})
    keys = next(iter(columns.values()), ())
    return dict(zip(keys, columns.get(SETTLES, ()), strict=False))


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _settles(text: str) -> str:
    amount = _amount(text)
    if amount is None:
        return f"show '{text}' in place of an amount"
    return f"{'pay' if amount < 0 else 'receive'} {in_sentence(abs(amount))}"


def _only(should: str, other: str) -> str:
    """What it should be: the amount alone where the money goes the same way."""
    amount, instead = _amount(should), _amount(other)
    if amount is not None and instead is not None and (amount < 0) == (instead < 0):
        return in_sentence(abs(amount))
    return _settles(should)
