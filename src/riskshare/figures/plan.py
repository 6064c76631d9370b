"""Plan: all tables of a model in the order they read each other, ready to be computed and laid out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import polars as pl

from riskshare.contract.circumstances import CaseTable, KeyTable, RuleFiles
from riskshare.contract.ledger import TERM
from riskshare.contract.model import Model, Pool, Reserve
from riskshare.contract.parse import columns_named, files_beyond
from riskshare.figures.accounts import Accounts, accounts_of, of_ring_fences
from riskshare.figures.checks import (
    ControlFigure,
    MinimumFigure,
    all_checks,
    checks_tables,
    input_name,
    requirements,
    requirements_table,
)
from riskshare.figures.contract_tables import contract_tables, stands_in
from riskshare.figures.crosswalk import crosswalk_tables
from riskshare.figures.key_weights import weights_table
from riskshare.figures.line_treatment import LOCAL, fenced_outside, memberships, treated
from riskshare.figures.names import LINES, TERMS, given_column
from riskshare.figures.not_given import without_outturn
from riskshare.figures.outcome_scores import MeasureRow, beyond_targets, measures_table
from riskshare.figures.overall import of_overall, overall_stage
from riskshare.figures.overrides import overrides_tables
from riskshare.figures.payment_list import payment_list_tables, who_pays_table
from riskshare.figures.payments import payable, payments_tables
from riskshare.figures.pooling import MEASURES, Division, pooling_tables
from riskshare.figures.reconciliation import reconciliation_table
from riskshare.figures.ring_fences import RingFenced, ring_fence_tables, ring_fenced
from riskshare.figures.settlement import settlement_tables
from riskshare.figures.share_opening import FromLines, FromTable, GivenPools, Membership, Opening
from riskshare.figures.sharing import PoolGroup, share
from riskshare.figures.summary import gains_table, headline_table, passed_table, stages_table
from riskshare.formula.language import ONE, ZERO, Cell, Col, Column, Given, Section, Span, Step, Table, most, table
from riskshare.formula.units import FINE_SHARE, MONEY, TEXT, WEIGHT
from riskshare.inputs.declarations import CROSSWALK
from riskshare.inputs.lines import is_plan
from riskshare.inputs.pool_terms import kind_of
from riskshare.inputs.reading import Reading
from riskshare.inputs.table import InputTable, Origin

NOWHERE = "-"
UNITS = {"percentages": FINE_SHARE, "amounts": MONEY, "weights": WEIGHT}


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is computed and shown: the tables in order, the lines, and what the sheets need to know.

    `inputs` holds, by the name of a table here, the table of the user's files that its given cells come from.
    """

    model: Model
    tables: tuple[Table, ...]
    lines: pl.DataFrame
    """One row per line, in pounds to the penny, in the order of the sheet."""
    divisions: tuple[Division, ...]
    groups: tuple[PoolGroup, ...]
    overall: PoolGroup | None
    """The stage over all pools, if the contract has rules for it."""
    ring_fences: tuple[RingFenced, ...]
    """One for each reserve that a ring-fence names."""
    reserves: tuple[Reserve, ...]
    """Those declared, each with what it opens at."""
    accounts: Accounts
    """Who takes part in the settlement, and what is settled together."""
    measures: Mapping[str, str]
    """The table of each file of outcome measures."""
    keys: Mapping[str, str]
    """The table of each file of weights."""
    is_plan: bool
    """Whether the lines have no outturn yet, so that it repeats the budget."""
    pools: Mapping[str, pl.DataFrame]
    """By table the pools that are given directly, one row each, in pounds."""
    inputs: Mapping[str, InputTable]
    """The table of the user's files that each table of the plan is given by."""

    @property
    def stages(self) -> tuple[PoolGroup, ...]:
        """The pool groups in the order they run, then the stage over all of them."""
        return _stages(self.groups, self.overall)

    @property
    def frames(self) -> dict[str, pl.DataFrame]:
        """The tables that come from the user's files as they are: the lines, and the pools given by tables."""
        return {LINES: self.lines, **self.pools}

    def table(self, name: str) -> Table:
        """The table of this name."""
        return next(entry for entry in self.tables if entry.name == name)

    def has(self, name: str) -> bool:
        """Whether the model has a table of this name."""
        return any(entry.name == name for entry in self.tables)


def plan(reading: Reading, lines: InputTable) -> Plan:
    """The plan of a model whose files have no finding that is an error; its lines completed."""
    model, measures = reading.model, reading.measures
    ordered = treated(model, _with_origin(lines))
    divisions = tuple(_divisions(reading, ordered))
    reserves = tuple(_opened(model, reading.openings))
    names, keys = (
        {file: table.name for file, table in tables_read.items()} for tables_read in (measures, reading.keys)
    )
    files = RuleFiles(names, {file: _key_table(table) for file, table in reading.keys.items()})
    given = {code: _given_pools(table) for code, table in reading.pools.items()}
    openings = tuple(_Openings(memberships(model, ordered), divisions, given).all_of(model))
    fenced = ring_fenced(model, openings, fenced_outside(model, ordered))
    groups: tuple[PoolGroup, ...] = ()
    for opening in openings:
        groups = (*groups, share(opening, model, fenced, reserves, groups, files))
    overall = overall_stage(model, reserves, groups, files)
    stages = _stages(groups, overall)
    pools = {table.name: _pools_frame(table) for table in reading.pools.values()}
    cases = {entry.name: reading.cases[entry.file] for group in groups for entry in group.cases}
    required = requirements(model)
    others = (*of_ring_fences(fenced), *([of_overall(overall)] if overall else []))
    accounts = accounts_of(model, reserves, groups, others)
    tables = (
        *pooling_tables(model, divisions),
        *crosswalk_tables(divisions),
        *contract_tables(model, reserves, stages, reading.toml),
        *_measures_tables(model, measures),
        *(weights_table(table.name, file, _weights(table)) for file, table in reading.keys.items()),
        *(_case_table(entry, cases[entry.name]) for group in groups for entry in group.cases),
        *(_pools_table(table, model) for table in reading.pools.values()),
        *ring_fence_tables(fenced),
        *(stage.table for stage in stages),
        *_settlement_tables(accounts, groups),
        *_closing_tables(divisions, groups, overall, required, accounts, fenced),
        *overrides_tables(stages, lambda path: stands_in(reading.toml, path)),
    )
    planned = Plan(
        model,
        tables,
        ordered,
        divisions,
        groups,
        overall,
        fenced,
        reserves,
        accounts,
        names,
        keys,
        is_plan(lines),
        pools,
        {**reading.tables, **cases},
    )
    return _unsettled(planned) if planned.is_plan else planned


def _unsettled(planned: Plan) -> Plan:
    """A plan of lines without an outturn; the pools that tables give have one."""
    known = {*planned.pools, *(group.table.name for group in planned.groups if group.table.extends)}
    tables = {table.name: table if table.name in known else without_outturn(table) for table in planned.tables}
    groups = tuple(replace(group, table=tables[group.table.name]) for group in planned.groups)
    overall = planned.overall and replace(planned.overall, table=tables[planned.overall.table.name])
    return replace(planned, tables=tuple(tables.values()), groups=groups, overall=overall)


def _stages(groups: tuple[PoolGroup, ...], overall: PoolGroup | None) -> tuple[PoolGroup, ...]:
    return (*groups, overall) if overall else groups


def _settlement_tables(accounts: Accounts, groups: tuple[PoolGroup, ...]) -> Iterator[Table]:
    yield from settlement_tables(accounts)
    yield from payments_tables(accounts)
    yield from payment_list_tables(payable(accounts))
    yield reconciliation_table(accounts, groups)


def _closing_tables(
    divisions: tuple[Division, ...],
    groups: tuple[PoolGroup, ...],
    overall: PoolGroup | None,
    required: tuple[ControlFigure | MinimumFigure, ...],
    accounts: Accounts,
    fenced: tuple[RingFenced, ...],
) -> Iterator[Table]:
    if required:
        yield requirements_table(required)
    yield from checks_tables(all_checks(divisions, groups, overall, required, accounts, fenced))
    yield headline_table(groups)
    if groups:
        yield who_pays_table(payable(accounts))
        yield gains_table(accounts)
        yield from (entry for entry in (passed_table(groups),) if entry is not None)
    yield from (stages_table(group) for group in groups)


def _with_origin(lines: InputTable) -> pl.DataFrame:
    """The lines with their input, its file and sheet, and the cells of their amounts, as text."""
    recurrent = pl.when("recurrent").then(pl.lit("yes")).otherwise(pl.lit("no"))
    pieces = [
        lines.frame.filter(pl.col("origin") == number).with_columns(
            input=pl.lit(input_name(number + 1)),
            file=pl.lit(origin.file),
            sheet=pl.lit(origin.sheet or NOWHERE),
            **{f"{measure}_cell": _cell(origin, measure) for measure in MEASURES},
            recurrent=recurrent,
        )
        for number, origin in enumerate(lines.origins)
    ]
    nothing = dict.fromkeys(("input", "file", "sheet", *(f"{measure}_cell" for measure in MEASURES)), pl.lit(""))
    return pl.concat(pieces) if pieces else lines.frame.with_columns(recurrent=recurrent, **nothing)


def _cell(origin: Origin, column: str) -> pl.Expr:
    """What a reader calls the cell of each row: `C41` in a sheet, `row 41, Budget` in a CSV file."""
    letter = origin.letters.get(column, "")
    if not letter:
        return pl.lit(NOWHERE)
    return pl.format("{}{}", pl.lit(letter), "row") if origin.sheet else pl.format("row {}, {}", "row", pl.lit(letter))


def _divisions(reading: Reading, ordered: pl.DataFrame) -> Iterator[Division]:
    first = 0
    crosswalks = reading.of_kind(CROSSWALK)
    for geography in reading.model.geographies:
        places = reading.localities[geography.code]
        local = ordered.filter(pl.col("level").is_in(LOCAL) & (pl.col("geography") == geography.code))
        weights = {basis: tuple(places.frame[basis]) for basis in places.undeclared}
        codes, names = tuple(places.frame["locality"]), tuple(places.frame["name"])
        span = Span(LINES, first, local.height)
        onto = geography.crosswalk.to if geography.crosswalk and geography.code in crosswalks else ""
        people = tuple(_people(crosswalks[geography.code], codes)) if onto else ()
        funds = tuple(local["fund"].unique().sort())
        yield Division(geography.code, codes, names, weights, span, funds, onto, people)
        first += local.height


def _people(crosswalk: InputTable, codes: tuple[str, ...]) -> Iterator[tuple[Decimal, ...]]:
    """For each locality its people in each locality of the other geography, in order of their codes."""
    for code in codes:
        yield tuple(crosswalk.frame.filter(pl.col("from") == code)["weight"])


def _opened(model: Model, openings: Mapping[str, Decimal]) -> Iterator[Reserve]:
    """The reserves, each with what it opens at where a file says it."""
    for reserve in model.reserves:
        yield reserve.model_copy(update={"opening": openings.get(reserve.code, reserve.opening)})


@dataclass(frozen=True, slots=True)
class _Openings:
    """Where pool groups start from."""

    members: Mapping[str, Membership]
    divisions: tuple[Division, ...]
    given: Mapping[str, GivenPools]

    def all_of(self, model: Model) -> Iterator[Opening]:
        """The openings of all pool groups, in the order they run."""
        partners = tuple(partner.code for partner in model.partners)
        return (self._of(pool, partners) for pool in model.pools)

    def _of(self, pool: Pool, partners: tuple[str, ...]) -> Opening:
        """The opening of one pool group."""
        if pool.code in self.given:
            return FromTable(pool, self.given[pool.code], partners)
        division = next((entry for entry in self.divisions if entry.code == pool.for_each), None)
        return FromLines(pool, division, self.members[pool.code], partners)


def given_pools(reading: Reading) -> dict[str, tuple[str, ...]]:
    """The pools of every group that a table gives, by the group's code."""
    return {code: _given_pools(table).pools for code, table in reading.pools.items()}


def _given_pools(table: InputTable) -> GivenPools:
    pools = tuple(f"{table.of}:{pool}" for pool in table.frame["pool"])
    return GivenPools(table.name, pools, tuple(table.frame["holder"].unique(maintain_order=True)))


def _pools_frame(table: InputTable) -> pl.DataFrame:
    """The rows of a table of pools under the names of its columns in the plan."""
    code = pl.concat_str(pl.lit(f"{table.of}:"), "pool").alias(given_column("pool"))
    given = {given_column(name): name for name in ("name", "holder", "target", "outturn")}
    return table.frame.select(code, *(pl.col(name).alias(column) for column, name in given.items()), *table.undeclared)


def _term(name: str) -> str:
    return f"{TERM}{name}"


def _pools_table(table: InputTable, model: Model) -> Table:
    """The pools of a table as inputs, one row per pool."""
    pool = next(entry for entry in model.pools if entry.code == table.of)
    columns: list[Column] = [
        Given(given_column("pool"), TEXT, "Pool", editable=False),
        Given(given_column("name"), TEXT, "Name", editable=False),
        Given(given_column("holder"), TEXT, "Holder"),
        Given(given_column("target"), MONEY, "Target"),
        Given(given_column("outturn"), MONEY, "Outturn"),
    ]
    for name, uses in columns_named(pool).items():
        label = name.replace("_", " ").capitalize() if name.islower() else name
        columns.append(Given(_term(name), UNITS[kind_of(uses)], label, additive=False))
    title, key = f"{pool.title} ({pool.table})", given_column("pool")
    return Table(table.name, title, "one row per pool", key, _one_section(columns))


def _one_section(columns: list[Column]) -> tuple[Section, ...]:
    return (Section("", tuple(columns)),)


def _key_table(table: InputTable) -> KeyTable:
    return KeyTable(table.name, tuple(table.frame["partner"].unique(maintain_order=True)))


def _case_table(entry: CaseTable, cases: InputTable) -> Table:
    """What of each case a stop-loss rule takes out of the pool, one row per case."""
    excess = most(Col("cost") - Cell(TERMS, "value", entry.attachment), ZERO)
    ceded = Col("excess") * (ONE - Cell(TERMS, "value", entry.coinsurance))
    columns: list[Column] = [
        Given("case", TEXT, "Case", tuple(cases.frame["case"]), editable=False),
        Given("pool", TEXT, "Pool", tuple(cases.frame["pool"]), editable=False),
        Given("cost", MONEY, "Cost", tuple(cases.frame["cost"])),
        Step("excess", MONEY, "Above the attachment", excess),
        Step("ceded", MONEY, "Leaves the pool", ceded),
    ]
    return table(entry.name, f"Cases ({entry.file})", "one row per case", "case", columns)


def _measures_tables(model: Model, measures: Mapping[str, InputTable]) -> Iterator[Table]:
    beyond = files_beyond(model)
    for file, rows in measures.items():
        scored = measures_table(rows.name, f"Outcome measures ({file})", _rows(rows))
        yield beyond_targets(scored) if file in beyond else scored


def _rows(measures: InputTable) -> list[MeasureRow]:
    names = ("measure", "name", "pool", "method", "better", "weight", "baseline", "target", "result")
    return [MeasureRow(*row) for row in measures.frame.sort("pool", "measure").select(names).rows()]


def _weights(keys: InputTable) -> list[tuple[str, str, Decimal]]:
    return keys.frame.select("partner", "pool", "weight").rows()
