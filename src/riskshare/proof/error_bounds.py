"""The umpire of a proof: a bound on what binary arithmetic may miss, as any tolerance would excuse wrong pennies too.

A tolerance of a penny would hide every formula that is wrong by a penny, which is what a proof is for; a smaller one
would condemn sound workbooks, for rounding turns an error of 1e-6 into a whole penny. So each formula is calculated
exactly, in fractions, together with the most by which binary arithmetic can miss the result of that one formula: a
spreadsheet keeps an amount as a fraction of 53 bits and shows 15 digits of it, and every operation may err by half of
the last bit. Only where a rounding could go either way within the bound is a penny excused; anywhere else it is wrong.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from html import unescape
from itertools import compress
from typing import NamedTuple, TypeAlias

from riskshare.formula.language import COMPARISONS
from riskshare.formula.to_excel import EXCEL_FUNCTIONS
from riskshare.problems.errors import FormulaError
from riskshare.xlsx.a1 import REFERENCE, areas, name_of, sheet_named
from riskshare.xlsx.formula_cells import CellKey, CellValue

HALF_BIT = Fraction(1, 2**53)
FIFTEENTH_DIGIT = Fraction(5, 10**15)
_FIFTEEN_DIGITS = Context(prec=15, rounding=ROUND_HALF_UP)
_TOKEN = re.compile(
    rf"""\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?)|"(?P<text>[^"]*)"|(?P<function>[A-Z]+)\(|{REFERENCE}|
    (?P<sign><=|>=|<>|[-+*/=<>(),]))""",
    re.VERBOSE,
)


class Amount(NamedTuple):
    """An exact amount, and by how much binary arithmetic may miss it."""

    value: Fraction
    error: Fraction = Fraction(0)


Result: TypeAlias = "Amount | str | None"
"""An amount, a text, or an empty cell."""
Operand: TypeAlias = "Result | list[Result]"
_COMPARISON = {**COMPARISONS, "<>": operator.ne}


def amount(number: float) -> Amount:
    """What a cell with a number holds: its 15 digits, and the binary fraction nearest to them."""
    value = Fraction(_FIFTEEN_DIGITS.create_decimal(repr(number)))
    return Amount(value, abs(value) * HALF_BIT)


def rounded(value: Fraction, decimals: int) -> Fraction:
    """Rounded half away from zero."""
    scaled = abs(value) * 10**decimals
    size = Fraction((2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator), 10**decimals)
    return size if value >= 0 else -size


class Exactly:
    """Calculates formulas of a workbook from the values of its cells."""

    def __init__(self, values: Mapping[CellKey, CellValue]) -> None:
        """The value of every cell, calculated or typed."""
        self._values = values

    def result(self, cell: CellKey, formula: str) -> Result:
        """What a formula gives in its cell. Raises FormulaError for a formula that riskshare does not write."""
        reader = _Reader(formula, cell[0], self._values, [])
        value = reader.comparison()
        if reader.left or isinstance(value, list):
            raise FormulaError(f"the formula ={formula} cannot be calculated exactly")
        return value

    def reads(self, cell: CellKey, formula: str) -> list[CellKey]:
        """The cells that a formula reads. Raises FormulaError as `result`."""
        seen: list[CellKey] = []
        _Reader(formula, cell[0], self._values, seen).comparison()
        return seen


class _Reader:
    """Reads a formula from left to right and calculates it on the way."""

    def __init__(self, formula: str, sheet: str, values: Mapping[CellKey, CellValue], seen: list[CellKey]) -> None:
        self._tokens = [token.groupdict() for token in _TOKEN.finditer(unescape(formula))]
        self._formula, self._sheet, self._values, self._seen, self._at = formula, sheet, values, seen, 0
        if "".join(token[0] for token in _TOKEN.finditer(formula)) != formula:
            raise FormulaError(f"the formula ={formula} cannot be read")

    @property
    def left(self) -> int:
        """How many tokens are left."""
        return len(self._tokens) - self._at

    def comparison(self) -> Operand:
        """Anything: sums, compared or not."""
        first = self._sum()
        sign = self._taken(*_COMPARISON)
        return _compared(sign, first, self._sum()) if sign else first

    def _sum(self) -> Operand:
        total = self._product()
        while sign := self._taken("+", "-"):
            total = _added((_amount(total), _signed(sign, _amount(self._product()))))
        return total

    def _product(self) -> Operand:
        product = self._signed_operand()
        while sign := self._taken("*", "/"):
            product = _times(_amount(product), _amount(self._signed_operand()), sign)
        return product

    def _signed_operand(self) -> Operand:
        sign = self._taken("-", "+")
        return _signed(sign, _amount(self._signed_operand())) if sign else self._operand()

    def _operand(self) -> Operand:
        token = self._next()
        if token["number"] is not None:
            value = Fraction(Decimal(token["number"]))
            return Amount(value, value * HALF_BIT)
        if token["text"] is not None:
            return token["text"]
        if token["function"]:
            return self._function(token["function"])
        if token["first"]:
            return self._reference(token)
        operand = self.comparison()
        self._next()
        return operand

    def _function(self, name: str) -> Operand:
        arguments: list[Operand] = []
        while self._taken(")") is None:
            self._taken(",")
            arguments.append(self.comparison())
        if name not in _FUNCTIONS:
            raise FormulaError(f"the formula ={self._formula} calls {name}, which riskshare does not write")
        if not EXCEL_FUNCTIONS[name].fewest <= len(arguments) <= EXCEL_FUNCTIONS[name].most:
            raise FormulaError(f"the formula ={self._formula} calls {name} with {len(arguments)} arguments")
        return _FUNCTIONS[name](arguments)

    def _reference(self, token: Mapping[str, str | None]) -> Operand:
        sheet = sheet_named(token["sheet"]) if token["sheet"] else self._sheet
        area = next(areas(f"{token['first']}:{token['last'] or token['first']}"))
        cells = [(sheet, name_of(at)) for at in area.points()]
        self._seen += cells
        values: list[Result] = [self._value(cell) for cell in cells]
        return values if token["last"] else values[0]

    def _value(self, cell: CellKey) -> Result:
        value = self._values.get(cell)
        return amount(value) if isinstance(value, float) else value

    def _taken(self, *signs: str) -> str | None:
        """The next token, where it is one of the signs."""
        if self.left and (sign := self._tokens[self._at]["sign"]) in signs:
            self._at += 1
            return sign
        return None

    def _next(self) -> Mapping[str, str | None]:
        if not self.left:
            raise FormulaError(f"the formula ={self._formula} ends too early")
        self._at += 1
        return self._tokens[self._at - 1]


def _amount(operand: Operand) -> Amount:
    if operand is None:
        return Amount(Fraction(0))
    if isinstance(operand, Amount):
        return operand
    raise FormulaError(f"{operand!r} stands where an amount is expected")


def _amounts(arguments: Iterable[Operand]) -> list[Amount]:
    """All amounts of the arguments, texts and empty cells left out."""
    every = [entry for argument in arguments for entry in (argument if isinstance(argument, list) else [argument])]
    return [entry for entry in every if isinstance(entry, Amount)]


def _signed(sign: str, amount: Amount) -> Amount:
    return Amount(-amount.value, amount.error) if sign == "-" else amount


def _added(terms: Sequence[Amount]) -> Amount:
    """The total; each addition may err by half a bit of what has been added up."""
    size = sum((abs(term.value) for term in terms), Fraction(0))
    inherited = sum((term.error for term in terms), Fraction(0))
    return Amount(sum((term.value for term in terms), Fraction(0)), inherited + size * len(terms) * HALF_BIT)


def _times(left: Amount, right: Amount, sign: str) -> Amount:
    if sign == "/":
        if right.value == 0:
            raise FormulaError("a division by zero")
        near = abs(right.value) - right.error
        right = Amount(1 / right.value, right.error / (near * near))
    value = left.value * right.value
    inherited = abs(left.value) * right.error + abs(right.value) * left.error + left.error * right.error
    return Amount(value, inherited + abs(value) * HALF_BIT)


def _compared(sign: str, left: Operand, right: Operand) -> Amount:
    if isinstance(left, str) or isinstance(right, str):
        return Amount(Fraction(int((str(left).casefold() == str(right).casefold()) == (sign == "="))))
    return Amount(Fraction(int(_COMPARISON[sign](_amount(left).value, _amount(right).value))))


def _round(arguments: list[Operand]) -> Amount:
    amount, decimals = _amount(arguments[0]), int(_amount(arguments[1]).value)
    slack = amount.error + abs(amount.value) * FIFTEENTH_DIGIT
    value = rounded(amount.value, decimals)
    either = (rounded(amount.value - slack, decimals), rounded(amount.value + slack, decimals))
    return Amount(value, max(abs(other - value) for other in either))


def _if(arguments: list[Operand]) -> Operand:
    return arguments[1] if _amount(arguments[0]).value else arguments[2]


def _index(arguments: list[Operand]) -> Operand:
    cells = arguments[0]
    return cells[int(_amount(arguments[1]).value) - 1] if isinstance(cells, list) else cells


def _match(arguments: list[Operand]) -> Amount:
    wanted, cells = arguments[0], arguments[1]
    for number, entry in enumerate(cells if isinstance(cells, list) else [cells], start=1):
        if _equal(entry, wanted):
            return Amount(Fraction(number))
    raise FormulaError(f"nothing matches {wanted!r}")


def _sumifs(arguments: list[Operand]) -> Amount:
    columns = [argument if isinstance(argument, list) else [argument] for argument in arguments[1::2]]
    pairs = list(zip(columns, arguments[2::2], strict=True))
    wanted = [all(_equal(column[row], criterion) for column, criterion in pairs) for row in range(len(columns[0]))]
    amounts = arguments[0] if isinstance(arguments[0], list) else [arguments[0]]
    return _added(_amounts(compress(amounts, wanted)))


def _equal(entry: Result, wanted: Operand) -> bool:
    if isinstance(entry, str) and isinstance(wanted, str):
        return entry.casefold() == wanted.casefold()
    return isinstance(entry, Amount) and isinstance(wanted, Amount) and entry.value == wanted.value


def _extreme(choose: Callable[..., Amount]) -> Callable[[list[Operand]], Amount]:
    def of(arguments: list[Operand]) -> Amount:
        every = _amounts(arguments)
        return Amount(choose(every).value, max(entry.error for entry in every))

    return of


_FUNCTIONS: dict[str, Callable[[list[Operand]], Operand]] = {
    "IF": _if,
    "INDEX": _index,
    "MATCH": _match,
    "MAX": _extreme(max),
    "MIN": _extreme(min),
    "ROUND": _round,
    "SUM": lambda arguments: _added(_amounts(arguments)),
    "SUMIFS": _sumifs,
}
