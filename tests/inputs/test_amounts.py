"""Twenty thousand amount cells, written well and badly: each is read as an independent reader does, or refused."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from random import Random

import polars as pl

from riskshare.inputs.numbers import MONEY, numbers, why_not

CELLS = 20_000
DIGITS = "0123456789"
SET_APART = ", \u00a0\u202f\u2009"
MINUS = "-\u2212"
ODD = [
    *"\uff11\u0662\u06f3\u0967\u00b2\u2463\u217b", *"eExX_%/*#()[]<>'\"$\u20ac\u00a3", *SET_APART, *MINUS,
    *"+.\u066b\u066c\u2013\u2014\u00b7\u200b\ufeff\t\n\u2003", "--", "..", "1e5", "0x10", "CR", "nil", "k", "m",
]  # fmt: skip


def amount(rng: Random) -> str:
    """An amount as finance people write it."""
    whole = str(rng.choice((rng.randrange(1000), rng.randrange(10**6), rng.randrange(10**12))))
    if rng.random() < 0.5:
        apart = rng.choice(SET_APART)
        whole = f"{int(whole):,}".replace(",", apart)
    pence = rng.choice(("", ".", ".5", f".{rng.randrange(100):02}", ".000"))
    pounds = rng.choice(("", "\u00a3", "\u00a3 ")) + whole + pence
    return rng.choice(("{}", "{}", "-{}", "\u2212{}", "+{}", "({})", " {} ")).format(pounds)


def cells(rng: Random) -> Iterator[str]:
    """Amounts, half of them with something put in, left out or written twice."""
    for _ in range(CELLS):
        text = amount(rng)
        for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
            at = rng.randrange(len(text) + 1)
            text = rng.choice((text[:at] + rng.choice(ODD) + text[at:], text[:at] + text[at + 1 :], text[:at] * 2))
        yield text


def read_by_hand(text: str) -> Decimal | None:
    """The amount that a person would read, sign by sign; None where they would ask."""
    rest, negative = text.strip(), False
    if rest.startswith("(") and rest.endswith(")"):
        rest, negative = rest[1:-1].strip(), True
    elif rest[:1] in (*MINUS, "+"):
        rest, negative = rest[1:].strip(), rest[0] in MINUS
    if rest.startswith("\u00a3"):
        rest = rest[1:].strip()
        if not negative and rest[:1] in (*MINUS, "+") and not text.strip().startswith(("+", "(")):
            rest, negative = rest[1:].strip(), rest[0] in MINUS
    whole, _, pence = rest.partition(".")
    groups = "".join("," if one in SET_APART else one for one in whole).split(",")
    grouped = len(groups) == 1 or (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:]))
    digits = "".join(groups)
    if not grouped or not digits + pence or any(one not in DIGITS for one in digits + pence):
        return None
    found = Decimal(f"{digits or 0}.{pence or 0}")
    return -found if negative else found


def test_every_amount_is_read_right_or_refused() -> None:
    every = list(cells(Random(20_000)))
    read = numbers(pl.Series(every), MONEY).to_list()
    misread = [
        (text, ours) for text, ours in zip(every, read, strict=True) if ours is not None and ours != read_by_hand(text)
    ]
    assert misread == []
    assert sum(ours is not None for ours in read) > CELLS / 2
    assert all(why_not(text, MONEY) for text, ours in zip(every, read, strict=True) if ours is None)
