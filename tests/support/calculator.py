"""Test support: works out a formula with amounts in it, as `explain` shows it, like a reader with a calculator."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext

NUMBER = r"\d{1,3}(?:,\d{3})*(?:\.\d+)?"


def calculated(formula: str) -> Decimal:
    """What a formula gives, as a reader with a calculator works it out from the amounts in it."""
    text = re.sub(rf"(?<![A-Z])\((£?{NUMBER}%?)\)|(£?{NUMBER}%?)", _decimal, formula)
    for shown, operator in (("×", "*"), ("÷", "/"), ("[", "("), ("]", ")")):
        text = text.replace(shown, operator)
    known = {"D": Decimal, "MIN": min, "MAX": max, "ROUND": _round, "IF": lambda asked, yes, no: yes if asked else no}
    with localcontext(prec=60):
        return Decimal(eval(re.sub(r"(?<![<>])=", "==", text), {"__builtins__": {}}, known))


def _decimal(found: re.Match[str]) -> str:
    """A number; in brackets it is negative."""
    shown = (found[1] or found[2]).replace(",", "").removeprefix("£")
    number = Decimal(shown.removesuffix("%")) / (100 if shown.endswith("%") else 1)
    return f'{"-" if found[1] else ""}D("{number}")'


def _round(value: Decimal, decimals: Decimal = Decimal(2)) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-int(decimals)), ROUND_HALF_UP)
