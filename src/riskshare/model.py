"""The concepts of a model file: partners, funds, geographies, inputs, pools and rules, all frozen; no file access."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

MONEY_LIMIT = Decimal("1e12")
WEIGHT_LIMIT = Decimal("1e9")


def _exact_number(value: object) -> object:
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        return Decimal(value)
    raise ValueError("a number is expected, without quotes")


Number = Annotated[Decimal, BeforeValidator(_exact_number, json_schema_input_type=float)]
Money = Annotated[Number, Field(gt=-MONEY_LIMIT, lt=MONEY_LIMIT, decimal_places=2)]
PositiveMoney = Annotated[Number, Field(ge=0, lt=MONEY_LIMIT, decimal_places=2)]
Percentage = Annotated[Number, Field(ge=0, le=100, decimal_places=6)]
AnyPercentage = Annotated[Number, Field(ge=0, le=10_000, decimal_places=6)]
Weight = Annotated[Number, Field(ge=0, lt=WEIGHT_LIMIT, decimal_places=6)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
Pot = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_:-]{0,80}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
FilePath = Annotated[str, StringConstraints(pattern=r"^[^\\:*?\"<>|]+\.(csv|xlsx)$", max_length=200)]
ModelName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]


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


class Concept(BaseModel):
    """A fact of the model file: frozen, and without keys that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


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
    opening: PositiveMoney = Field(Decimal(0), description="This year's opening balance in pounds")


class RingFence(Concept):
    """The purpose a fund is tied to, and the reserve that keeps what is not spent on it."""

    purpose: Text = Field(description="What the money may be spent on")
    underspend_to: Code = Field(description="The reserve that an underspend goes to")


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


class Geography(Concept):
    """One division of the place into localities."""

    code: Code = Field(description="Short code used in pools")
    file: FilePath = Field(description="locality, name, then one column per basis")


class ControlTotal(Concept):
    """What the lines of one input must add to, from the signed plan, in pounds."""

    budget: Money | None = Field(None, description="Total of the budgets in pounds")
    outturn: Money | None = Field(None, description="Total of the outturns in pounds")


class Input(Concept):
    """A file of budget lines, how its columns are called, and what it leaves out."""

    file: FilePath = Field(description="A CSV or XLSX file inside the model folder")
    sheet: Text | None = Field(None, description="Sheet of an XLSX file; left out: the first")
    header_row: Annotated[int, Field(ge=1, le=1000)] = Field(1, description="Row that holds the column names")
    units: Literal[1, 1000, 1_000_000] = Field(1, description="Pounds (1), thousands or millions of pounds")
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
    rules: tuple[Rule, ...] = Field((), description="The clauses, in the order they are applied")

    @property
    def title(self) -> str:
        """The name to show."""
        return self.name or self.code


class Model(Concept):
    """A whole model file."""

    version: Literal[1] = Field(alias="schema", description="Version of this format")
    name: ModelName = Field(description="Name of the model's folder")
    title: Text = Field(description="Title on the cover")
    financial_year: Annotated[str, StringConstraints(pattern=r"^20\d\d-\d\d$")] = Field(description="Such as 2021-22")
    status: Literal["illustrative", "draft", "agreed"] = Field(description="illustrative, draft or agreed")
    agreed_on: date | None = Field(None, description="Date the contract was agreed")
    partners: tuple[Partner, ...] = Field(min_length=1, description="In the order used for every split and payment")
    reserves: tuple[Reserve, ...] = Field((), description="Accounts that bear losses or are topped up")
    funds: tuple[Fund, ...] = Field(min_length=1, description="Where the money comes from")
    geographies: tuple[Geography, ...] = Field((), description="Divisions of the place into localities")
    inputs: tuple[Input, ...] = Field(min_length=1, description="Files of budget lines")
    pools: tuple[Pool, ...] = Field((), description="In the order they are run")

    @property
    def starts_on(self) -> date:
        """The first day of the financial year."""
        return date(int(self.financial_year[:4]), 4, 1)
