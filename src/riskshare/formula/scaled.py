"""Amounts over many draws as whole doubles above one divisor: exact while they stay small, and known where they don't.

A double cannot hold £0.01, but it holds a whole number of pennies exactly, up to 2^53 of them. So an amount is kept as
`number / divisor` at a power of ten, products and totals stay whole, and there is one division, where a step rounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import prod

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ULP = 2.0**-53
WHOLE = 2.0**53
CERTAIN = 2.0**50
"""Below it, the quotient of two whole doubles rounds right: what is no half is further from one than it errs."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """Rows x draws of `number / divisor / 10^decimals`; either side may be 1 wide, where all are the same.

    `bound` is the largest |number| in each row. The number is off by at most `slack` and `ulps` of its last places;
    both are 0 where it is exact. The divisor is positive.
    """

    number: Floats
    decimals: int
    bound: Floats
    divisor: Floats | None = None
    ulps: float = 0.0
    slack: Floats | float = 0.0
    factors: tuple[Floats, ...] | None = None
    """Exact whole doubles whose product the number is, where that is too large to be exact itself."""
    divisors: tuple[Floats, ...] = ()
    """The same of the divisor."""

    @property
    def exact(self) -> bool:
        """Whether the number is not off at all."""
        return not self.ulps and not np.any(self.slack)

    @property
    def exact_factors(self) -> tuple[Floats, ...] | None:
        """What the number is the product of, to the last place; none where nobody knows any more."""
        return (self.number,) if self.exact else self.factors

    @property
    def exact_divisors(self) -> tuple[Floats, ...] | None:
        """What the divisor is the product of, to the last place; none where nobody knows any more."""
        if self.divisor is None or self.divisors:
            return self.divisors
        return (self.divisor,) if self.divisor.max() < WHOLE else None

    @property
    def error(self) -> Floats | float:
        """How far the number can be off, in each row."""
        return self.bound * (self.ulps * ULP) + self.slack

    def at(self, decimals: int) -> Scaled:
        """The same at another power of ten; a lower one multiplies the divisor."""
        if decimals == self.decimals:
            return self
        if decimals < self.decimals:
            smaller = np.full((1, 1), 10.0 ** (self.decimals - decimals))
            divisors = _joined(self.exact_divisors, (smaller,)) or ()
            return replace(self, decimals=decimals, divisor=smaller * _or_one(self.divisor), divisors=divisors)
        by = 10.0 ** (decimals - self.decimals)
        bound = self.bound * by
        return replace(
            self,
            number=self.number * by,
            decimals=decimals,
            bound=bound,
            ulps=self.ulps + _inexact(bound),
            slack=self.slack * by,
            factors=_joined(self.exact_factors, (np.full((1, 1), by),)),
        )


def constant(values: Sequence[Decimal]) -> Scaled:
    """Amounts that are the same in every draw, one row each, with as few decimals as they need."""
    decimals = max((_decimals(value) for value in values), default=0)
    number = np.array([[float(int(value.scaleb(decimals)))] for value in values], dtype=np.float64).reshape(-1, 1)
    bound = np.abs(number)
    return Scaled(number, decimals, bound, ulps=_inexact(bound))


def whole(number: Floats, decimals: int) -> Scaled:
    """Whole doubles at a power of ten, rows x draws: what a step or a draw has been rounded to."""
    bound = np.maximum(number.max(axis=1, keepdims=True), -number.min(axis=1, keepdims=True))
    if not np.isfinite(bound).all():
        bound = np.abs(number).max(axis=1, keepdims=True, initial=0.0, where=np.isfinite(number))
    return Scaled(number, decimals, bound, ulps=_inexact(bound))


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _or_one(divisor: Floats | None) -> Floats | float:
    return 1.0 if divisor is None else divisor


def _inexact(bound: Floats) -> float:
    """One more last place, where a whole number can be too large to be exact."""
    return 1.0 if bound.size and bound.max() >= WHOLE else 0.0


def times(left: Scaled, right: Scaled) -> Scaled:
    """The product, not rounded."""
    bound = left.bound * right.bound
    return Scaled(
        left.number * right.number,
        left.decimals + right.decimals,
        bound,
        _product(left.divisor, right.divisor),
        left.ulps + right.ulps + _inexact(bound),
        left.slack * right.bound + right.slack * left.bound,
        _joined(left.exact_factors, right.exact_factors),
        _joined(left.exact_divisors, right.exact_divisors) or (),
    )


def _joined(left: tuple[Floats, ...] | None, right: tuple[Floats, ...] | None) -> tuple[Floats, ...] | None:
    return None if left is None or right is None else (*left, *right)


def _product(left: Floats | None, right: Floats | None) -> Floats | None:
    if left is None or right is None:
        return right if left is None else left
    return left * right


def over(left: Scaled, right: Scaled) -> Scaled:
    """The quotient, not divided yet; by zero it is no number, which counts only where it is asked for."""
    sign = np.sign(right.number)
    divisor = np.abs(right.number)
    number, bound = left.number * sign, left.bound
    factors = _joined(left.exact_factors, (sign,)) if right.exact else None
    divisors = _joined(left.exact_divisors, (divisor,)) if right.exact else None
    if right.divisor is not None:
        factors = _joined(factors, right.exact_divisors)
        number, bound = number * right.divisor, bound * np.max(right.divisor, axis=1, keepdims=True)
    if left.divisor is not None:
        divisor = divisor * left.divisor
    smallest = np.min(np.abs(right.number), axis=1, keepdims=True)
    ulps = left.ulps + right.ulps + _inexact(bound) + _inexact(np.max(divisor, axis=1, keepdims=True))
    slack = left.slack + _share(right.slack, smallest) * bound
    return Scaled(number, left.decimals - right.decimals, bound, divisor, ulps, slack, factors, divisors or ())


def _share(slack: Floats | float, smallest: Floats) -> Floats | float:
    """How far off a divisor is, as a part of it; it cannot be told where it may be nothing."""
    return slack / np.maximum(smallest, ULP) if np.any(slack) else 0.0


def plus(left: Scaled, right: Scaled, sign: int = 1) -> Scaled:
    """The sum, or with a sign of -1 the difference, not rounded."""
    left, right = _alike(left, right)
    number = left.number + right.number if sign > 0 else left.number - right.number
    bound = left.bound + right.bound
    exact = not left.ulps and not right.ulps
    slack = 0.0 if exact else left.bound * (left.ulps * ULP) + right.bound * (right.ulps * ULP)
    slack = slack + left.slack + right.slack
    return Scaled(number, left.decimals, bound, left.divisor, _inexact(bound), slack)


def _alike(left: Scaled, right: Scaled) -> tuple[Scaled, Scaled]:
    """Both at one power of ten, above one divisor."""
    decimals = max(left.decimals, right.decimals)
    left, right = left.at(decimals), right.at(decimals)
    if left.divisor is right.divisor:
        return left, right
    return _above(left, right.divisor, left.divisor), _above(right, left.divisor, right.divisor)


def _above(amount: Scaled, by: Floats | None, own: Floats | None) -> Scaled:
    if by is None:
        return amount
    largest = np.max(by, axis=1, keepdims=True)
    bound = amount.bound * largest
    return Scaled(
        amount.number * by,
        amount.decimals,
        bound,
        _product(own, by),
        amount.ulps + _inexact(bound),
        amount.slack * largest,
    )


def total(amount: Scaled) -> Scaled:
    """All rows added up."""
    return gathered(amount, None, None)


def gathered(amount: Scaled, rows: NDArray[np.intp] | None, starts: NDArray[np.intp] | None) -> Scaled:
    """Rows added up: all of them, those numbered, or those numbered from each start to the next; none adds to 0."""
    return replace(
        amount,
        number=_added(amount.number, rows, starts),
        bound=(bound := _added(amount.bound, rows, starts)),
        ulps=amount.ulps + _inexact(bound),
        factors=None,
    )


def _added(array: Floats, rows: NDArray[np.intp] | None, starts: NDArray[np.intp] | None) -> Floats:
    taken = array if rows is None else array[rows]
    if starts is None:
        return np.add.reduce(taken, axis=0, keepdims=True)
    padded = np.concatenate([taken, np.zeros((1, taken.shape[1]))])
    ends = np.append(starts[1:], len(taken))
    summed: Floats = np.add.reduceat(padded, starts, axis=0)
    summed[starts == ends] = 0.0
    return summed


def running(amount: Scaled) -> Scaled:
    """The totals from the first row to each."""
    bound = np.cumsum(amount.bound, axis=0)
    number = np.cumsum(amount.number, axis=0)
    return replace(amount, number=number, bound=bound, ulps=amount.ulps + _inexact(bound), factors=None)


def chosen(condition: Flags, then: Scaled, otherwise: Scaled) -> Scaled:
    """One amount where the condition holds, the other elsewhere."""
    decimals = max(then.decimals, otherwise.decimals)
    then, otherwise = then.at(decimals), otherwise.at(decimals)
    divisor = None
    if then.divisor is not None or otherwise.divisor is not None:
        divisor = np.where(condition, _or_one(then.divisor), _or_one(otherwise.divisor))
    return Scaled(
        np.where(condition, then.number, otherwise.number),
        decimals,
        np.maximum(then.bound, otherwise.bound),
        divisor,
        max(then.ulps, otherwise.ulps),
        np.maximum(then.slack, otherwise.slack),
    )


def taken(amount: Scaled, rows: NDArray[np.intp] | None) -> Scaled:
    """Some of the rows, in this order; one row that stands for all stays one."""
    if rows is None or amount.number.shape[0] == 1 == amount.bound.shape[0]:
        return amount
    divisor = amount.divisor
    if divisor is not None and divisor.shape[0] > 1:
        divisor = divisor[rows]
    slack = amount.slack
    if isinstance(slack, np.ndarray) and slack.shape[0] > 1:
        slack = slack[rows]
    return replace(
        amount,
        number=amount.number[rows],
        bound=amount.bound[rows],
        divisor=divisor,
        slack=slack,
        factors=None,
        divisors=(),
    )


def assembled(height: int, pieces: Iterable[tuple[NDArray[np.intp], Scaled]]) -> Scaled:
    """One amount of rows that were computed apart."""
    every = tuple(pieces)
    decimals = max(piece.decimals for _, piece in every)
    alike = [(rows, piece.at(decimals)) for rows, piece in every]
    width = max(np.broadcast(piece.number, _or_one(piece.divisor)).shape[1] for _, piece in alike)
    number, bound = np.empty((height, width)), np.empty((height, 1))
    slack = np.zeros((height, 1))
    divisor = np.ones((height, width)) if any(piece.divisor is not None for _, piece in alike) else None
    for rows, piece in alike:
        number[rows], bound[rows], slack[rows] = piece.number, piece.bound, piece.slack
        if divisor is not None:
            divisor[rows] = _or_one(piece.divisor)
    return Scaled(number, decimals, bound, divisor, max(piece.ulps for _, piece in alike), slack)


@dataclass(frozen=True, slots=True)
class Doubts:
    """The draws in which a double cannot tell on which side of a half, or of a comparison, a figure stands."""

    draws: Flags
    within: Flags | None = None
    """Where a doubt counts, rows x draws: in the branch of a condition that is taken. None where it is everywhere."""

    def only(self, condition: Flags) -> Doubts:
        """The same doubts, counted only where the condition holds too."""
        return Doubts(self.draws, condition if self.within is None else self.within & condition)

    def of(self, rows: NDArray[np.intp]) -> Doubts:
        """The same doubts for some of the rows."""
        if self.within is None or self.within.shape[0] == 1:
            return self
        return Doubts(self.draws, self.within[rows])

    def add(self, doubtful: Flags) -> None:
        """Rows x draws of doubts; one draw that stands for all makes all doubtful."""
        counted = doubtful if self.within is None else doubtful & self.within
        np.logical_or(self.draws, counted.any(axis=0), out=self.draws)


def rounded(amount: Scaled, decimals: int, doubts: Doubts) -> Scaled:
    """Rounded half away from zero, once; what cannot be told is a doubt about its draw."""
    amount = amount.at(decimals)
    if amount.divisor is None and not amount.ulps and not np.any(amount.slack):
        return whole(amount.number, decimals)
    quotient = amount.number / _or_one(amount.divisor)
    result = np.copysign(0.5, quotient)
    result += quotient
    np.trunc(result, out=result)
    _doubt(amount, quotient, result, doubts)
    return whole(result, decimals)


def _doubt(amount: Scaled, quotient: Floats, result: Floats, doubts: Doubts) -> None:
    """Near a half by less than the quotient can be off; exact quotients of numbers below 2^50 are never in doubt."""
    slack, rows = amount.slack, np.arange(quotient.shape[0])
    if amount.exact:
        rows = np.flatnonzero(np.broadcast_to(amount.bound, (quotient.shape[0], 1)) >= CERTAIN)
        if not rows.size:
            return
        quotient, slack = quotient[rows], 0.0
    tolerance = np.abs(quotient)
    tolerance *= (amount.ulps + 3) * ULP
    if np.any(slack):
        tolerance += 2 * slack / _or_one(amount.divisor)
    near = result if len(rows) == len(result) else result[rows]
    doubtful = np.abs(np.abs(quotient - near) - 0.5) <= tolerance
    if doubtful.any():
        _tell(amount, result, rows, doubtful, doubts.of(rows))


def _tell(amount: Scaled, result: Floats, rows: NDArray[np.intp], doubtful: Flags, doubts: Doubts) -> None:
    """Rounds what is doubtful in whole numbers of any size, where its factors are known: most are true halves."""
    if doubts.within is not None:
        doubtful = doubtful & doubts.within
    factors, divisors = amount.exact_factors, amount.exact_divisors
    if factors is None or divisors is None:
        doubts.add(doubtful)
        return
    for row, draw in np.argwhere(doubtful).tolist():
        at = (int(rows[row]), draw)
        number, divisor = (
            prod(int(np.broadcast_to(one, result.shape)[at]) for one in every) for every in (factors, divisors)
        )
        result[at] = _half_away(number, divisor)


def _half_away(number: int, divisor: int) -> float:
    half = (2 * abs(number) + divisor) // (2 * divisor)
    return float(half if number >= 0 else -half)


def difference(left: Scaled, right: Scaled, doubts: Doubts) -> Floats:
    """A number of the sign of left - right; it is a doubt where it may be another."""
    apart = plus(left, right, -1)
    if apart.ulps or np.any(apart.slack):
        doubtful = np.abs(apart.number) <= apart.error + np.zeros_like(apart.number)
        if doubtful.any():
            doubts.add(doubtful)
    return apart.number
