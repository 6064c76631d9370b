"""The concepts of a model file: partners, funds, geographies, inputs, pools and rules, all frozen; no file access."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, StringConstraints, Tag, model_validator

from riskshare.contract.doubtful import Doubts
from riskshare.contract.formats import WITH_SHEETS
from riskshare.contract.given_files import WHOLE, Geography, HeaderRow, Input, Units
from riskshare.contract.simulation import MovingCost, Simulation
from riskshare.contract.terms import (
    YEAR_PATTERN,
    CellWords,
    Code,
    Codes,
    Concept,
    Except,
    FilePath,
    ModelName,
    Money,
    PositiveMoney,
    Text,
    Texts,
)
from riskshare.contract.words import Arrangement, Arrangements, Levels, Role


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
    opening: Money = Field(
        Decimal(0), description="This year's opening balance in pounds; a loss brought forward is negative"
    )
    balances: FilePath | None = Field(
        None, description="File that gives it instead: account,opening, such as last year's balances.csv"
    )
    account: Code | None = Field(None, description="What the file calls it, such as carry_forward; left out: the code")

    @model_validator(mode="after")
    def _of_a_file(self) -> Reserve:
        if self.account is not None and self.balances is None:
            raise ValueError("'account' goes with 'balances', the file that has it")
        if self.balances is not None and "opening" in self.model_fields_set:
            raise ValueError("give either 'opening' or 'balances'")
        return self


class RingFence(Concept):
    """The purpose a fund is tied to, and the reserve that keeps what is not spent on it."""

    purpose: Text = Field(description="What the money may be spent on")
    underspend_to: Code = Field(description="The declared reserve that an underspend goes to")
    over: Literal["fund", "pool"] = Field(
        "fund", description="fund: at most what the fund left unspent over all its lines; pool: what each pool did"
    )


class MinimumSpend(Concept):
    """A test that lines of the fund spend at least an amount on something, such as a national condition of the BCF."""

    name: Text = Field(description="Name of the test")
    amount: PositiveMoney = Field(description="The least to be spent, in pounds")
    where: dict[str, Texts] = Field(description="Which lines count: column = [values] or { not = [values] }")


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


class Scope(Concept):
    """Which lines a pool takes: every key that is given must match, by [values] or by { not = [values] }."""

    level: Levels | None = Field(None, description="Levels")
    arrangement: Arrangements | None = Field(None, description="Arrangements of the line's fund")
    fund: Codes | None = Field(None, description="Fund codes")
    service: Texts | None = Field(None, description="Services")
    holder: Codes | None = Field(None, description="Holders")
    provider: Codes | None = Field(None, description="Providers")

    def columns(self) -> Iterator[tuple[str, tuple[str, ...] | Except[str]]]:
        """Every column that is given, with the values that match it."""
        for column in type(self).model_fields:
            if (values := getattr(self, column)) is not None:
                yield column, values


class Rule(Concept):
    """One clause of the contract: every kind of rule is a file in `rules/` with a subclass of this."""

    rule: str
    clause: Text = Field(description="The clause of the contract it states")
    note: Text | None = Field(None, description="A remark for the reader, shown beside the rule")


def _one_or_several(codes: object) -> str:
    return "<several>" if isinstance(codes, list | tuple) else "<one>"


BY_NUMBER = Discriminator(_one_or_several)


class RuleList(Concept):
    """Rules that several pools share, written once."""

    code: Code = Field(description="Short code that pools name")
    rules: tuple[dict[str, Any], ...] = Field(
        min_length=1, description='Rules as a pool has them; { term = "..." } stands for a term of the pool'
    )


class Variant(Concept):
    """A further pool group, which has all keys of its pool but for those that it states otherwise."""

    model_config = ConfigDict(frozen=True, extra="allow")
    code: Code = Field(description="Short code")
    terms: dict[Code, Any] = Field(default_factory=dict, description="Terms, added to those of the pool")


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
    where: dict[str, CellWords] = Field(
        default_factory=dict,
        description="Rows to take: their column = [values] or { not = [values] }; every column must match",
    )
    holder: Code | None = Field(None, description="Who bears the variance of the table's pools, unless a column says")
    rules_from: Annotated[Annotated[tuple[Code, ...], Tag("<several>")] | Annotated[Code, Tag("<one>")], BY_NUMBER] = (
        Field((), exclude=True, description="Rule lists whose clauses come first, in this order")
    )
    terms: dict[Code, Any] = Field(
        default_factory=dict, exclude=True, description='The pool\'s own terms, which rules ask for by { term = "..." }'
    )
    variants: tuple[Variant, ...] = Field((), exclude=True, description="Pool groups that differ in some keys only")
    rules: tuple[Rule, ...] = Field((), description="The clauses, in the order they are applied")

    @property
    def title(self) -> str:
        """The name to show."""
        return self.name or self.code


class Settlement(Concept):
    """Who pays whom, so that every account holds what it is entitled to: a term of the contract."""

    method: Literal["pro_rata", "through_host", "fewest"] = Field(
        "pro_rata",
        description="pro_rata: whoever is owed is paid by those who owe, in proportion, inside each family of pools; "
        "through_host: all pay, or are paid by, the host; fewest: totals are matched in the order declared",
    )
    host: Code | None = Field(None, description="The partner that keeps the pooled fund, for through_host")

    @model_validator(mode="after")
    def _hosted(self) -> Settlement:
        if self.method == "through_host" and self.host is None:
            raise ValueError("'through_host' needs host = ..., the partner that keeps the pooled fund")
        if self.method != "through_host" and self.host is not None:
            raise ValueError(f"method = '{self.method}' has no host: write method = 'through_host', or leave host out")
        return self


OVERALL = "overall"


class Overall(Concept):
    """Rules over what every account holds after all pools: limits and guarantees of a whole year and alliance."""

    name: Text = Field("The whole alliance", description="Name of the stage")
    rules: tuple[Rule, ...] = Field(min_length=1, description="The clauses, in the order they are applied")

    def stage(self) -> Pool:
        """The stage as a pool of its own: it takes no lines, and starts from what the accounts hold."""
        return Pool(code=OVERALL, name=self.name, rules=self.rules)


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
    rule_lists: tuple[RuleList, ...] = Field((), exclude=True, description="Rules that several pools share")
    pools: tuple[Pool, ...] = Field((), description="In the order they are run")
    overall: Overall | None = Field(None, description="Rules over what every account holds after all pools")
    settlement: Settlement = Field(Settlement(), description="Who pays whom")
    doubts: Doubts = Field(Doubts(), description="When figures are doubtful, and which doubts are accepted")
    simulation: Simulation = Field(Simulation(), exclude=True, description="How many years are drawn, from which seed")
    risks: tuple[MovingCost, ...] = Field((), exclude=True, description="What makes a year's cost other than expected")

    @property
    def stages(self) -> tuple[Pool, ...]:
        """The pools in the order they run, then what stands over all of them."""
        return (*self.pools, self.overall.stage()) if self.overall else self.pools

    def path_of(self, stage: int) -> tuple[str | int, ...]:
        """Where a stage stands in the model file, by its number from 0."""
        return ("pools", stage) if stage < len(self.pools) else (OVERALL,)

    @property
    def starts_on(self) -> date:
        """The first day of the financial year."""
        return date(int(self.financial_year[:4]), 4, 1)
