"""Declarations: each table of the user's files once, as a pandera schema: its columns with types, words and units.

What a file may and must have (columns.py), what is wrong with a cell (validate/words.py) and the JSON Schemas of
schemas/ are made from these. The order of the columns is the order of the frame, which pins keep.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl
from pandera.engines.polars_engine import Decimal as ExactType
from pandera.errors import SchemaErrors
from pandera.polars import Check, Column, DataFrameSchema

from riskshare.contract import ledger
from riskshare.contract.formats import NAMES
from riskshare.contract.terms import CODE_PATTERN
from riskshare.contract.words import Arrangement, Level, Risk
from riskshare.inputs.numbers import EXACT, MONEY, SCORE, WEIGHT, NumberKind

POUNDS = "pounds"
POOL_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$"


@dataclass(frozen=True)
class Meaning:
    """What pandera has no word for: whether a file must have the column, and what its cells may hold.

    `words` are all that a cell may hold, `known` the concept of the model file whose codes it holds; `number` says
    limits, decimals and sign, and `unit` what one of it is.
    """

    required: bool = False
    words: tuple[str, ...] = ()
    known: str = ""
    pattern: str = ""
    number: NumberKind | None = None
    unit: str = ""


def meaning(column: Column) -> Meaning:
    """What was declared of a column beside its type."""
    declared: Meaning = (column.metadata or {})["meaning"]
    return declared


def texts(schema: DataFrameSchema) -> tuple[str, ...]:
    """The declared columns that hold text, in order."""
    return tuple(name for name, column in schema.columns.items() if column.dtype.type == pl.String)


def figures(schema: DataFrameSchema) -> dict[str, NumberKind]:
    """The declared columns that hold numbers, each with its kind, in order."""
    kinds = {name: meaning(column).number for name, column in schema.columns.items()}
    return {name: kind for name, kind in kinds.items() if kind is not None}


def money(schema: DataFrameSchema) -> tuple[str, ...]:
    """The declared columns that hold pounds."""
    return tuple(name for name, column in schema.columns.items() if meaning(column).unit == POUNDS)


def required(schema: DataFrameSchema) -> tuple[str, ...]:
    """The declared columns that a file must have, in order."""
    return tuple(name for name, column in schema.columns.items() if meaning(column).required)


def failures(schema: DataFrameSchema, frame: pl.DataFrame) -> dict[str, list[int]]:
    """The numbers of the rows, from 0, whose cell is not what is declared of its column, by column.

    Raises SchemaErrors where the frame has other types or columns than declared: that is a fault of ours.
    """
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as failure:
        cases = failure.failure_cases
        if cases["index"].null_count():
            raise
        by_column = cases.group_by("column", maintain_order=True)
        return {str(column): rows["index"].unique(maintain_order=True).to_list() for (column,), rows in by_column}
    return {}


def of_frame(schema: DataFrameSchema, frame: pl.DataFrame) -> DataFrameSchema:
    """The declaration of the columns that a frame has, those that the user names among them, as `others` says."""
    columns = {name: column for name, column in schema.columns.items() if name in frame.columns}
    others = (schema.metadata or {})["others"]
    named = [name for name in frame.columns if name not in schema.columns and name not in ("row", "origin")]
    return DataFrameSchema(columns | (dict.fromkeys(named, others) if others is not None else {}))


def _text(description: str | None = None, **told: Any) -> Column:  # noqa: ANN401
    """A column of text; where the file must have it, its cells must be filled."""
    declared = Meaning(**told)
    filled = Check.ne("") if declared.required else None
    check = only(declared.words, declared) if declared.words else filled
    return Column(pl.String, check, description=description, metadata={"meaning": declared})


def only(words: Iterable[str], declared: Meaning) -> Check:
    """The check that a cell holds one of the words, or nothing where it need not be filled."""
    return Check.isin([*words, *(() if declared.required else ("",))])


def _code(description: str | None = None, **told: Any) -> Column:  # noqa: ANN401
    return _text(description, pattern=CODE_PATTERN, **told)


def _figure(kind: NumberKind, unit: str, description: str | None = None, *, required: bool = True) -> Column:
    """A column of exact numbers; one that could not be read is null and has a finding of its own."""
    bounds = Check.in_range(
        -kind.limit if kind.signed else 0, kind.limit, include_min=not kind.signed, include_max=False
    )
    exact: Any = ExactType(EXACT.precision, EXACT.scale)
    declared = Meaning(required, number=kind, unit=unit)
    return Column(exact, bounds, nullable=True, description=description, metadata={"meaning": declared})


def _pounds(description: str | None = None, *, required: bool = True) -> Column:
    return _figure(MONEY, POUNDS, description, required=required)


def _table(  # noqa: PLR0913
    name: str,
    title: str,
    word: str,
    keys: tuple[str, ...],
    description: str,
    columns: dict[str, Column],
    *,
    others: Column | None = None,
) -> DataFrameSchema:
    """A table that the plan calls `name`, its files `title`, and a row of it `word` with its keys.

    Where the user names further columns, `others` says what all of them hold.
    """
    about = {"word": word, "keys": keys, "others": others}
    return DataFrameSchema(columns, name=name, title=title, description=description, metadata=about)


LINES = _table(
    "lines",
    "lines",
    "line",
    ("line",),
    f"One row per budget line of a {NAMES} input; its fund says whether it is {', '.join(Arrangement)}",
    {
        "line": _text("Unique reference of the line", required=True),
        "description": _text(),
        "service": _text(),
        "fund": _code("Code of the fund", required=True, known="fund"),
        "level": _text("Where the line is commissioned", required=True, words=tuple(level.value for level in Level)),
        "geography": _code("Which division into localities; left out: the first that fits", known="geography"),
        "locality": _code("The locality it goes to directly; empty: it is apportioned on its basis"),
        "basis": _code("The weight that apportions it, such as registered or weighted"),
        "holder": _code("Whose budget it is; empty: the fund's holder", known="partner"),
        "provider": _text("Code of the partner that provides it", known="partner"),
        "risk": _text("fixed: the holder keeps the variance", words=tuple(risk.value for risk in Risk)),
        "function": _text("Section 75 function"),
        "source": _text("Where the figure comes from, or 'illustrative'"),
        "budget": _pounds("Pounds to the penny"),
        "outturn": _pounds("Pounds to the penny; the whole column left out: a plan", required=False),
        "recurrent": Column(
            pl.Boolean,
            description="Whether the money comes again next year",
            metadata={"meaning": Meaning(words=("yes", "no"))},
        ),
    },
)
LOCALITIES = _table(
    "weights",
    "localities",
    "{of} locality",
    ("locality",),
    "One row per locality of a geography; every other column is a basis with the weight of each locality",
    {
        "locality": _code("Code of the locality, which lines name", required=True),
        "name": _text("Name to show; left out or empty: the code"),
        "source": _text("Where the weights come from"),
        "description": _text(),
    },
    others=_figure(WEIGHT, "weight", "The locality's weight on this basis, such as its list size", required=False),
)
MEASURES = _table(
    "outcomes",
    "measures",
    "measure",
    ("measure", "pool"),
    "One row per outcome measure and pool",
    {
        "measure": _text("Code of the measure", required=True),
        "name": _text("Name to show"),
        "pool": _text("The pool it is for; empty: every pool"),
        "method": _text("How the score rises", required=True, words=("linear", "gap_to_goal", "all_or_nothing")),
        "better": _text("Whether higher or lower results are better", required=True, words=("higher", "lower")),
        "weight": _figure(WEIGHT, "weight", "Its weight among the measures"),
        "baseline": _figure(SCORE, "the measure's own", "Where it started"),
        "target": _figure(SCORE, "the measure's own", "Where it should get to"),
        "result": _figure(SCORE, "the measure's own", "Where it got"),
        "source": _text("Where the figures come from"),
    },
)
KEYS = _table(
    "keys",
    "keys",
    "key",
    ("partner", "pool"),
    "One row per partner, or per partner and pool, that takes of a pot in proportion to its weight",
    {
        "partner": _code("Code of the partner", required=True, known="partner"),
        "pool": _text("The pool it is for; empty or left out: every pool"),
        "weight": _figure(WEIGHT, "weight", "What the partner takes in proportion to"),
        "source": _text("Where the weights come from"),
    },
)
CASES = _table(
    ledger.CASES,
    "cases",
    "case",
    ("case",),
    "One row per case of a stop-loss rule, without any patient data",
    {
        "case": _text("Unique reference of the case", required=True),
        "pool": _text("The pool that it is a case of", required=True),
        "cost": _pounds("Pounds to the penny"),
    },
)
POOLS = _table(
    "pools",
    "pools",
    "{of} pool",
    ("pool",),
    "One row per pool that a table gives directly; every other column that a rule names is a term of the pool",
    {
        "pool": _text("Code of the pool", required=True, pattern=POOL_PATTERN),
        "name": _text("Name to show; left out or empty: the code"),
        "holder": _code(
            "Who bears its variance before sharing; left out: the holder of the pool group", known="partner"
        ),
        "target": _pounds("Pounds to the penny"),
        "outturn": _pounds("Pounds to the penny"),
    },
)
CROSSWALK = _table(
    "people",
    "crosswalk",
    "crosswalk from",
    ("from", "to"),
    "One row per locality of a geography and locality of another; a pair that is left out has no people",
    {
        "from": _code("Locality of the geography", required=True),
        "to": _code("Locality of the other geography", required=True),
        "weight": _figure(WEIGHT, "people", "How many people of the first live in the second"),
    },
)
BALANCES = _table(
    ledger.RESERVES,
    "openings",
    "opening balance of",
    ("account",),
    "One row per account with the balance that it was left with last year",
    {
        "account": _text("Code of the reserve", required=True),
        "opening": _pounds("Pounds to the penny"),
    },
)
TABLES = (LINES, LOCALITIES, MEASURES, KEYS, CASES, POOLS, CROSSWALK, BALANCES)
