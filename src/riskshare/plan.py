"""Plan: all tables of a model in the order they read each other, ready to be computed and laid out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from riskshare.checks import ControlFigure, MinimumFigure, all_checks, checks_tables, requirements, requirements_table
from riskshare.formula.language import Given, Span, Table, table
from riskshare.formula.units import MONEY, SHARE, TEXT, Unit
from riskshare.inputs.lines import Lines
from riskshare.inputs.tables import Localities, Measures
from riskshare.ledger import RecordedDecision, Term
from riskshare.model import Model, Reserve
from riskshare.outcomes import MeasureRow, measures_table
from riskshare.pool import Division, pooling_tables
from riskshare.settlement import reserves_table, settlement_tables
from riskshare.sharing import PoolGroup, Surroundings, share
from riskshare.summary import flow_table, gains_table, headline_table
from riskshare.treatment import LOCAL, memberships, treated


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is computed and shown: the tables in order, the lines, and what the sheets need to know."""

    model: Model
    tables: tuple[Table, ...]
    lines: pl.DataFrame
    divisions: tuple[Division, ...]
    groups: tuple[PoolGroup, ...]
    reserves: tuple[Reserve, ...]
    measures: Mapping[str, str]
    is_plan: bool

    def table(self, name: str) -> Table:
        """The table of this name."""
        return next(entry for entry in self.tables if entry.name == name)

    def has(self, name: str) -> bool:
        """Whether the model has a table of this name."""
        return any(entry.name == name for entry in self.tables)


def plan(model: Model, lines: Lines, localities: Mapping[str, Localities], measures: Mapping[str, Measures]) -> Plan:
    """The plan of a model whose files have no finding that is an error."""
    ordered = treated(model, _with_origin(lines))
    divisions = tuple(_divisions(model, ordered, localities))
    reserves = _all_reserves(model)
    names = {file: f"outcomes {number}" for number, file in enumerate(measures, start=1)}
    groups = _groups(model, ordered, divisions, reserves, names)
    required = requirements(model, tuple(_input_name(origin.file, origin.sheet) for origin in lines.origins))
    tables = (
        *pooling_tables(model, divisions),
        *_contract_tables(model, reserves, groups),
        *(measures_table(names[file], f"Outcome measures ({file})", _rows(measures[file])) for file in measures),
        *(group.table for group in groups),
        *settlement_tables(model, reserves, groups),
        *_closing_tables(divisions, groups, reserves, required, tuple(entry.code for entry in model.partners)),
    )
    return Plan(model, tables, ordered, divisions, groups, reserves, names, lines.plan)


def _closing_tables(
    divisions: tuple[Division, ...],
    groups: tuple[PoolGroup, ...],
    reserves: tuple[Reserve, ...],
    required: tuple[ControlFigure | MinimumFigure, ...],
    partners: tuple[str, ...],
) -> Iterator[Table]:
    if required:
        yield requirements_table(required)
    yield from checks_tables(all_checks(divisions, groups, required, [reserve.code for reserve in reserves]))
    yield headline_table(groups)
    if groups:
        yield gains_table(partners)
    yield from (flow_table(group) for group in groups)


def _with_origin(lines: Lines) -> pl.DataFrame:
    """The lines with the file and the cell of their budget as text."""
    pieces = []
    for number, origin in enumerate(lines.origins):
        letter = origin.letters.get("budget", "")
        cell = (
            pl.concat_str(pl.lit(letter), pl.col("row"))
            if origin.sheet
            else pl.concat_str(pl.lit("row "), pl.col("row"))
        )
        file = pl.lit(_input_name(origin.file, origin.sheet))
        pieces.append(lines.frame.filter(pl.col("origin") == number).with_columns(file=file, cell=cell))
    return pl.concat(pieces)


def _input_name(file: str, sheet: str) -> str:
    return f"{file} [{sheet}]" if sheet else file


def _divisions(model: Model, ordered: pl.DataFrame, localities: Mapping[str, Localities]) -> Iterator[Division]:
    first = 0
    for geography in model.geographies:
        places = localities[geography.code]
        local = ordered.filter(pl.col("level").is_in(LOCAL) & (pl.col("geography") == geography.code))
        weights = {basis: tuple(places.frame[basis]) for basis in places.bases}
        codes, names = tuple(places.frame["locality"]), tuple(places.frame["name"])
        yield Division(geography.code, codes, names, weights, Span("lines", first, local.height))
        first += local.height


def _all_reserves(model: Model) -> tuple[Reserve, ...]:
    """The declared reserves, and those that only a ring-fence names, which open at zero."""
    declared = {reserve.code: reserve for reserve in model.reserves}
    for fund in model.funds:
        if fund.ring_fence and fund.ring_fence.underspend_to not in declared:
            code = fund.ring_fence.underspend_to
            declared[code] = Reserve(code=code, name=f"Reserve of: {fund.name}", opening=Decimal(0))
    return tuple(declared.values())


def _groups(
    model: Model,
    ordered: pl.DataFrame,
    divisions: tuple[Division, ...],
    reserves: tuple[Reserve, ...],
    measures: Mapping[str, str],
) -> tuple[PoolGroup, ...]:
    members = memberships(model, ordered)
    by_code = {division.code: division for division in divisions}
    groups: tuple[PoolGroup, ...] = ()
    for pool in model.pools:
        division = by_code[pool.for_each] if pool.for_each else None
        around = Surroundings(model, division, members[pool.code], reserves, groups, measures)
        groups = (*groups, share(pool, around))
    return groups


def _contract_tables(model: Model, reserves: tuple[Reserve, ...], groups: tuple[PoolGroup, ...]) -> Iterator[Table]:
    yield _partners(model)
    if reserves:
        yield reserves_table(reserves)
    terms = [term for group in groups for term in group.terms]
    if terms:
        yield _terms(terms)
    decisions = [decision for group in groups for decision in group.decisions]
    if decisions:
        yield _decisions(decisions)


def _partners(model: Model) -> Table:
    partners = model.partners
    columns = [
        Given("partner", TEXT, "Partner", tuple(entry.code for entry in partners), editable=False),
        Given("partner_name", TEXT, "Name", tuple(entry.name for entry in partners), editable=False),
        Given("role", TEXT, "Role", tuple(entry.role.value for entry in partners), editable=False),
        Given(
            "income", MONEY, "Contract income", tuple(entry.income or Decimal(0) for entry in partners), additive=False
        ),
    ]
    return table("partners", "Partners", "one row per partner", "partner", columns)


def _terms(terms: Iterable[Term]) -> Table:
    every = tuple(terms)
    columns = [
        Given("term", TEXT, "Term", tuple(term.key for term in every), editable=False),
        Given("rule", TEXT, "Rule", tuple(term.title for term in every), editable=False),
        Given("clause", TEXT, "Clause", tuple(term.clause for term in every), editable=False),
        Given("meaning", TEXT, "Meaning", tuple(term.label for term in every), editable=False),
        Given("unit", TEXT, "Unit", tuple(term.unit.symbol for term in every), editable=False),
        Given("value", SHARE, "Value", tuple(term.value for term in every), additive=False, units=_units(every)),
    ]
    return table("terms", "Terms of the contract", "one row per term", "term", columns)


def _units(terms: tuple[Term, ...]) -> tuple[Unit, ...]:
    return tuple(term.unit for term in terms)


def _decisions(decisions: Iterable[RecordedDecision]) -> Table:
    every = tuple(decisions)
    columns = [
        Given("decision", TEXT, "Decision", tuple(entry.key for entry in every), editable=False),
        Given("pool", TEXT, "Pool", tuple(entry.pool for entry in every), editable=False),
        Given("giver", TEXT, "From", tuple(entry.source for entry in every), editable=False),
        Given("receiver", TEXT, "To", tuple(entry.to for entry in every), editable=False),
        Given("minute", TEXT, "Minute", tuple(entry.clause for entry in every), editable=False),
        Given("minuted_on", TEXT, "Date", tuple(entry.minuted_on for entry in every), editable=False),
        Given("reason", TEXT, "Reason", tuple(entry.reason for entry in every), editable=False),
        Given("amount", MONEY, "Amount", tuple(entry.amount for entry in every)),
    ]
    return table("decisions", "Decisions of the board", "one row per decision", "decision", columns)


def _rows(measures: Measures) -> list[MeasureRow]:
    names = ("measure", "name", "pool", "weight", "baseline", "target", "result")
    return [MeasureRow(*row) for row in measures.frame.sort("pool", "measure").select(names).rows()]
