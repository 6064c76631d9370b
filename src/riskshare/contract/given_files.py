"""What a model file says of the user's files: geographies and inputs, and how their tables are laid out."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from riskshare.contract.formats import NAMES, WITH_SHEETS
from riskshare.contract.terms import Code, Concept, FilePath, Money, Text
from riskshare.contract.words import Level, Risk


def _whole_number(value: object) -> object:
    """A truth value equals 1 in Python, so that a choice of numbers would take it for one."""
    if isinstance(value, bool | Decimal):
        raise ValueError("a whole number is expected")
    return value


WHOLE = BeforeValidator(_whole_number)


HeaderRow = Annotated[int, Field(ge=1, le=1000, strict=True)]


Units = Annotated[Literal[1, 1000, 1_000_000], WHOLE]


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
    not_nhs_numbers: tuple[Text, ...] = Field((), description="Their columns whose numbers are no NHS numbers")
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
