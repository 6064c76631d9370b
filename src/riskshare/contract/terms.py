"""What a key of the model file may hold: numbers with their bounds, codes, columns of a table, values that match."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Generic, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
)

from riskshare.contract.formats import FILE_PATTERN, SUFFIXES

MONEY_LIMIT = Decimal(1_000_000_000_000)
WEIGHT_LIMIT = Decimal(1_000_000_000)
YEAR_PATTERN = r"^20[0-9]{2}-[0-9]{2}$"
NAME_PATTERN = r"^[a-z0-9][a-z0-9-]{0,59}$"
POT_PATTERN = r"^[A-Za-z][A-Za-z0-9_:-]{0,80}$"
CODE_PATTERN = r"^[A-Za-z][A-Za-z0-9_-]{0,39}$"
FRACTION_PATTERN = r"^[0-9]{1,6}/[1-9][0-9]{0,5}$"


def _exact_number(value: object) -> object:
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        return Decimal(value)
    raise ValueError("a number is expected, without quotes")


ExactNumber = Annotated[Decimal, BeforeValidator(_exact_number, json_schema_input_type=float)]
Money = Annotated[ExactNumber, Field(gt=-MONEY_LIMIT, lt=MONEY_LIMIT, decimal_places=2), "pounds"]
PositiveMoney = Annotated[ExactNumber, Field(ge=0, lt=MONEY_LIMIT, decimal_places=2), "pounds"]
Percentage = Annotated[ExactNumber, Field(ge=0, le=100, decimal_places=6), "percent"]
AnyPercentage = Annotated[ExactNumber, Field(ge=0, le=10_000, decimal_places=6), "percent"]
Weight = Annotated[ExactNumber, Field(ge=0, lt=WEIGHT_LIMIT, decimal_places=6), "weight"]
Code = Annotated[str, StringConstraints(pattern=CODE_PATTERN), "code"]
Pot = Annotated[str, StringConstraints(pattern=POT_PATTERN), "pot"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), "text"]
FilePath = Annotated[str, StringConstraints(pattern=FILE_PATTERN, max_length=200), f"file ({SUFFIXES})"]
ModelName = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]


class Concept(BaseModel):
    """A fact of the model file: frozen, and without keys that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def concepts_in(annotation: object) -> Iterator[type[Concept]]:
    """The tables with keys of their own that may be written where a key is annotated so, such as a band."""
    if isinstance(annotation, type) and issubclass(annotation, Concept) and not issubclass(annotation, WORDLESS):
        yield annotation
    for inner in get_args(annotation):
        yield from concepts_in(inner)


class ColumnUse(StrEnum):
    """What a column of terms is used as."""

    AMOUNT = "an amount"
    PERCENTAGE = "a percentage up to 100"
    MULTIPLE = "a percentage up to 10,000"
    CHANGE = "a percentage of more than -100, up to 1,000"
    SIGNED = "an amount of either sign"
    WEIGHT = "a weight"


class ColumnTerm(Concept):
    """A term that varies by pool: it stands in this column of the pool's row in the table of pools."""

    use: ClassVar[ColumnUse] = ColumnUse.AMOUNT
    column: Code = Field(description="Column of the pool's table")


class PercentageColumn(ColumnTerm):
    """A percentage up to 100 that varies by pool."""

    use: ClassVar[ColumnUse] = ColumnUse.PERCENTAGE


class MultipleColumn(ColumnTerm):
    """A percentage up to 10,000 that varies by pool."""

    use: ClassVar[ColumnUse] = ColumnUse.MULTIPLE


class ChangeColumn(ColumnTerm):
    """A change in percent that varies by pool; a reduction is negative."""

    use: ClassVar[ColumnUse] = ColumnUse.CHANGE


class SignedColumn(ColumnTerm):
    """An amount of either sign that varies by pool."""

    use: ClassVar[ColumnUse] = ColumnUse.SIGNED


class WeightColumn(ColumnTerm):
    """A weight that varies by pool."""

    use: ClassVar[ColumnUse] = ColumnUse.WEIGHT


def _number_or_column(value: object) -> str:
    return "<column>" if isinstance(value, Mapping | ColumnTerm) else "<number>"


PercentageTerm = Annotated[
    Annotated[Percentage, Tag("<number>")] | Annotated[PercentageColumn, Tag("<column>")],
    Discriminator(_number_or_column),
]
AnyPercentageTerm = Annotated[
    Annotated[AnyPercentage, Tag("<number>")] | Annotated[MultipleColumn, Tag("<column>")],
    Discriminator(_number_or_column),
]
MoneyTerm = Annotated[
    Annotated[PositiveMoney, Tag("<number>")] | Annotated[ColumnTerm, Tag("<column>")], Discriminator(_number_or_column)
]
SignedPercentage = Annotated[ExactNumber, Field(gt=-100, le=1000, decimal_places=6), "percent"]
ChangeTerm = Annotated[
    Annotated[SignedPercentage, Tag("<number>")] | Annotated[ChangeColumn, Tag("<column>")],
    Discriminator(_number_or_column),
]
SignedMoneyTerm = Annotated[
    Annotated[Money, Tag("<number>")] | Annotated[SignedColumn, Tag("<column>")], Discriminator(_number_or_column)
]
WeightTerm = Annotated[
    Annotated[Weight, Tag("<number>")] | Annotated[WeightColumn, Tag("<column>")], Discriminator(_number_or_column)
]


def _at_most_all(fraction: str) -> str:
    part, _, whole = fraction.partition("/")
    if int(part) > int(whole):
        raise ValueError("a fraction is a part of all, so at most 1")
    return fraction


Fraction = Annotated[str, StringConstraints(pattern=FRACTION_PATTERN), AfterValidator(_at_most_all), 'fraction ("1/3")']


def _number_column_or_fraction(value: object) -> str:
    return "<fraction>" if isinstance(value, str) else _number_or_column(value)


PartTerm = Annotated[
    Annotated[Percentage, Tag("<number>")]
    | Annotated[PercentageColumn, Tag("<column>")]
    | Annotated[Fraction, Tag("<fraction>")],
    Discriminator(_number_column_or_fraction),
]


def _number_or_text(value: object) -> str:
    return "<text>" if isinstance(value, str) else "<number>"


CellValue = Annotated[
    Annotated[ExactNumber, Tag("<number>")] | Annotated[str, Tag("<text>")], Discriminator(_number_or_text)
]
Value = TypeVar("Value")


class Except(Concept, Generic[Value]):
    """Every value but these."""

    values: tuple[Value, ...] = Field(alias="not", min_length=1, description="The values that do not match")


WORDLESS = (ColumnTerm, Except)
"""The tables that stand for one term, and are no concept with keys of its own."""


def _only_or_except(values: object) -> str:
    return "<except>" if isinstance(values, Mapping | Except) else "<only>"


ONLY, EXCEPT, BY_FORM = (Field(min_length=1), Tag("<only>")), Tag("<except>"), Discriminator(_only_or_except)
Texts = Annotated[Annotated[tuple[str, ...], *ONLY] | Annotated[Except[str], EXCEPT], BY_FORM]
Codes = Annotated[Annotated[tuple[Code, ...], *ONLY] | Annotated[Except[Code], EXCEPT], BY_FORM]
CellWords = Annotated[Annotated[tuple[CellValue, ...], *ONLY] | Annotated[Except[CellValue], EXCEPT], BY_FORM]


def stated(values: tuple[Value, ...] | Except[Value]) -> tuple[Value, ...]:
    """The values that are written, whether they match or every other does."""
    return values.values if isinstance(values, Except) else values
