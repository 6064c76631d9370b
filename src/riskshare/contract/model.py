"""The concepts of a model file: partners, funds, geographies, inputs, pools and rules, all frozen; no file access."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, StringConstraints, Tag

from riskshare.contract.formats import FILE_PATTERN, NAMES, SUFFIXES, WITH_SHEETS

MONEY_LIMIT = Decimal(1_000_000_000_000)
WEIGHT_LIMIT = Decimal(1_000_000_000)
YEAR_PATTERN = r"^20\d\d-\d\d$"
NAME_PATTERN = r"^[a-z0-9][a-z0-9-]{0,59}$"
POT_PATTERN = r"^[A-Za-z][A-Za-z0-9_:-]{0,80}$"
CODE_PATTERN = r"^[A-Za-z][A-Za-z0-9_-]{0,39}$"


def _exact_number(value: object) -> object:
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        return Decimal(value)
    raise ValueError("a number is expected, without quotes")


def _whole_number(value: object) -> object:
    """A truth value equals 1 in Python, so that a choice of numbers would take it for one."""
    if isinstance(value, bool | Decimal):
        raise ValueError("a whole number is expected")
    return value


WHOLE = BeforeValidator(_whole_number)
HeaderRow = Annotated[int, Field(ge=1, le=1000, strict=True)]
Units = Annotated[Literal[1, 1000, 1_000_000], WHOLE]
Number = Annotated[Decimal, BeforeValidator(_exact_number, json_schema_input_type=float)]
Money = Annotated[Number, Field(gt=-MONEY_LIMIT, lt=MONEY_LIMIT, decimal_places=2), "pounds"]
PositiveMoney = Annotated[Number, Field(ge=0, lt=MONEY_LIMIT, decimal_places=2), "pounds"]
Percentage = Annotated[Number, Field(ge=0, le=100, decimal_places=6), "percent"]
AnyPercentage = Annotated[Number, Field(ge=0, le=10_000, decimal_places=6), "percent"]
Weight = Annotated[Number, Field(ge=0, lt=WEIGHT_LIMIT, decimal_places=6), "weight"]
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
    if isinstance(annotation, type) and issubclass(annotation, Concept) and not issubclass(annotation, ColumnTerm):
        yield annotation
    for inner in get_args(annotation):
        yield from concepts_in(inner)


class ColumnUse(StrEnum):
    """What a column of terms is used as."""

    AMOUNT = "an amount"
    PERCENTAGE = "a percentage up to 100"
    MULTIPLE = "a percentage up to 10,000"


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


def _number_or_text(value: object) -> str:
    return "<text>" if isinstance(value, str) else "<number>"


CellValue = Annotated[
    Annotated[Number, Tag("<number>")] | Annotated[str, Tag("<text>")], Discriminator(_number_or_text)
]


class Role(StrEnum):
    """What a partner is in the alliance."""

    COMMISSIONER = "commissioner"
    PROVIDER = "provider"


class Arrangement(StrEnum):
    """How a fund stands to the section 75 pooled fund."""

    POOLED = "pooled"
    ALIGNED = "aligned"
    IN_VIEW = "in_view"


class Level(StrEnum):
    """Where a line is commissioned, from the smallest place up."""

    NEIGHBOURHOOD = "neighbourhood"
    LOCALITY = "locality"
    PLACE = "place"
    PARTNERSHIP = "partnership"
    SYSTEM = "system"


LOCAL_LEVELS = (Level.NEIGHBOURHOOD, Level.LOCALITY)


class Risk(StrEnum):
    """Whether a line's variance is shared, or kept by its holder."""

    SHARED = "shared"
    FIXED = "fixed"


class Side(StrEnum):
    """Which variances a rule works on."""

    GAIN = "gain"
    LOSS = "loss"
    BOTH = "both"


class Partner(Concept):
    """An organisation in the alliance."""

    code: Code = Field(description="Short code used in lines and rules")
    name: Text = Field(description="Full name")
    role: Role = Field(description="commissioner or provider")
    income: PositiveMoney | None = Field(None, description="Contract income of the year in pounds, for caps and keys")


class Reserve(Concept):
    """An account that bears losses or is topped up by gains."""

    code: Code = Field(description="Short code used in rules")
    name: Text = Field(description="Full name")
    holder: Code = Field(description="The partner in whose books it stands")
    opening: PositiveMoney = Field(Decimal(0), description="This year's opening balance in pounds")
    balances: FilePath | None = Field(None, description="File that gives it instead: account,opening")


class RingFence(Concept):
    """The purpose a fund is tied to, and the reserve that keeps what is not spent on it."""

    purpose: Text = Field(description="What the money may be spent on")
    underspend_to: Code = Field(description="The declared reserve that an underspend goes to")


class MinimumSpend(Concept):
    """A test that lines of the fund spend at least an amount on something, such as a national condition of the BCF."""

    name: Text = Field(description="Name of the test")
    amount: PositiveMoney = Field(description="The least to be spent, in pounds")
    where: dict[str, tuple[str, ...]] = Field(description="Which lines count: column = [values]")


class Fund(Concept):
    """Where money comes from."""

    code: Code = Field(description="Short code used in lines")
    name: Text = Field(description="Full name")
    family: Literal["bcf", "ccg", "public_health", "social_care", "other"] = Field(description="Kind of money")
    holder: Code = Field(description="The partner whose budget it is, unless a line says otherwise")
    arrangement: Arrangement = Field(description="pooled, aligned or in_view")
    clause: Text = Field(description="The clause or guidance it comes under")
    ring_fence: RingFence | None = Field(None, description="The purpose it is tied to, if any")
    minimum_spend: tuple[MinimumSpend, ...] = Field((), description="Tests shown on Checks")


class CrosswalkLink(Concept):
    """How a geography is seen on the map of another that has other boundaries."""

    to: Code = Field(description="The other geography")
    file: FilePath = Field(description="from,to,weight: the people of each locality in each locality of the other")


class Geography(Concept):
    """One division of the place into localities."""

    code: Code = Field(description="Short code used in pools")
    file: FilePath = Field(description="locality, name, then one column per basis")
    crosswalk: CrosswalkLink | None = Field(None, description="How it is seen on the map of another geography")


class ControlTotal(Concept):
    """What the lines of one input must add to, from the signed plan, in pounds."""

    budget: Money | None = Field(None, description="Total of the budgets in pounds")
    outturn: Money | None = Field(None, description="Total of the outturns in pounds")


class Input(Concept):
    """A file of budget lines, how its columns are called, and what it leaves out."""

    file: FilePath = Field(description=f"A {NAMES} file inside the model folder")
    sheet: Text | None = Field(None, description=f"Sheet of {WITH_SHEETS} file; left out: the first")
    header_row: HeaderRow = Field(1, description="Row that holds the column names")
    units: Units = Field(1, description="Pounds (1), thousands or millions of pounds")
    columns: dict[str, str] = Field(default_factory=dict, description="Our column = their column")
    control_total: ControlTotal | None = Field(None, description="What the lines must add to, in pounds")
    fund: Code | None = Field(None, description="Fund of every line, where the file has no such column")
    service: Text | None = Field(None, description="Service of every line")
    level: Level | None = Field(None, description="Level of every line")
    geography: Code | None = Field(None, description="Geography of every line; left out: the first that fits")
    locality: Code | None = Field(None, description="Locality of every line")
    basis: Code | None = Field(None, description="Basis of every line")
    holder: Code | None = Field(None, description="Holder of every line")
    provider: Code | None = Field(None, description="Provider of every line")
    risk: Risk | None = Field(None, description="shared, or fixed: the holder keeps the variance")
    function: Text | None = Field(None, description="Section 75 function of every line")
    recurrent: bool | None = Field(None, description="Whether every line is recurrent")
    source: Text | None = Field(None, description="Where the figures come from")


class Scope(Concept):
    """Which lines a pool takes: every key that is given must match."""

    level: tuple[Level, ...] | None = Field(None, description="Levels")
    arrangement: tuple[Arrangement, ...] | None = Field(None, description="Arrangements of the line's fund")
    fund: tuple[Code, ...] | None = Field(None, description="Fund codes")
    service: tuple[str, ...] | None = Field(None, description="Services")
    holder: tuple[Code, ...] | None = Field(None, description="Holders")
    provider: tuple[Code, ...] | None = Field(None, description="Providers")


class Rule(Concept):
    """One clause of the contract: every kind of rule is a file in `rules/` with a subclass of this."""

    rule: str
    clause: Text = Field(description="The clause of the contract it states")
    note: Text | None = Field(None, description="A remark for the reader, shown beside the rule")


class Pool(Concept):
    """The part of the money that one ordered list of rules applies to: one pool, or one for each locality."""

    code: Code = Field(description="Short code; with for_each the pools are code:LOCALITY")
    name: Text | None = Field(None, description="Full name; left out: the code")
    for_each: Code | None = Field(None, description="Geography with a pool for each locality; left out: one pool")
    scope: Scope = Field(Scope(), description="Which lines the pool takes; left out: all that it can hold")
    table: FilePath | None = Field(None, description="Pools given directly: pool,target,outturn and any terms")
    sheet: Text | None = Field(None, description=f"Sheet of {WITH_SHEETS} table; left out: the first")
    header_row: HeaderRow = Field(1, description="Row that holds the table's column names")
    units: Units = Field(1, description="Pounds (1), thousands or millions, in the table")
    columns: dict[str, str] = Field(default_factory=dict, description="Our column = their column, in the table")
    formats: dict[Code, Literal["percent", "fraction", "opposite", "rounded"]] = Field(
        default_factory=dict,
        description="How a column is written. Percentages: percent (2 or 2%) or fraction (0.02 or 2%). "
        "Amounts: opposite (-500 is 500) or rounded (to the penny, where there are more decimals)",
    )
    missing: tuple[str, ...] = Field(
        (), description="What stands for nothing in columns of terms, such as '' or '-': it is read as 0"
    )
    where: dict[str, Annotated[tuple[CellValue, ...], Field(min_length=1)]] = Field(
        default_factory=dict, description="Rows to take: their column = [values]; every column must match"
    )
    holder: Code | None = Field(None, description="Who bears the variance of the table's pools, unless a column says")
    rules: tuple[Rule, ...] = Field((), description="The clauses, in the order they are applied")

    @property
    def title(self) -> str:
        """The name to show."""
        return self.name or self.code


class Model(Concept):
    """A whole model file."""

    version: Annotated[Literal[1], WHOLE] = Field(alias="schema", description="Version of this format")
    name: ModelName = Field(description="Name of the model's folder")
    title: Text = Field(description="Title on the cover")
    financial_year: Annotated[str, StringConstraints(pattern=YEAR_PATTERN)] = Field(description="Such as 2021-22")
    status: Literal["illustrative", "draft", "agreed"] = Field(description="illustrative, draft or agreed")
    agreed_on: date | None = Field(None, description="Date the contract was agreed")
    partners: tuple[Partner, ...] = Field(min_length=1, description="In the order used for every split and payment")
    reserves: tuple[Reserve, ...] = Field((), description="Accounts that bear losses or are topped up")
    funds: tuple[Fund, ...] = Field((), description="Where the money comes from")
    geographies: tuple[Geography, ...] = Field((), description="Divisions of the place into localities")
    inputs: tuple[Input, ...] = Field((), description="Files of budget lines; none where tables give all pools")
    pools: tuple[Pool, ...] = Field((), description="In the order they are run")

    @property
    def starts_on(self) -> date:
        """The first day of the financial year."""
        return date(int(self.financial_year[:4]), 4, 1)
