"""Contract tables: partners, reserves, terms and decisions of the board as cells that rules read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from riskshare.contract.model import Model, Reserve
from riskshare.contract.records import RecordedDecision, Term
from riskshare.figures.names import DECISIONS, PARTNERS, TERMS
from riskshare.figures.settlement import reserves_table
from riskshare.figures.sharing import PoolGroup
from riskshare.formula.language import Given, Table, table
from riskshare.formula.units import MONEY, SHARE, TEXT, Unit
from riskshare.inputs.toml import TomlFile, TomlPath


def contract_tables(
    model: Model, reserves: tuple[Reserve, ...], groups: tuple[PoolGroup, ...], toml: TomlFile
) -> Iterator[Table]:
    """Partners, reserves, terms and decisions, those that the model has; one row each, money in pounds."""
    yield _partners(model)
    if reserves:
        yield reserves_table(reserves)
    terms = [term for group in groups for term in group.terms]
    if terms:
        yield _terms(terms, toml)
    decisions = [decision for group in groups for decision in group.decisions]
    if decisions:
        yield _decisions(decisions, toml)


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
    return table(PARTNERS, "Partners", "one row per partner", "partner", columns)


def stands_in(toml: TomlFile, path: TomlPath) -> str:
    """The line of the model file that a term stands on: `model.toml line 57`."""
    place = toml.place(path)
    return f"{place.file} line {place.row}" if place.row else place.file


def _terms(terms: Iterable[Term], toml: TomlFile) -> Table:
    every = tuple(terms)
    places = tuple(stands_in(toml, term.path) for term in every)
    columns = [
        Given("term", TEXT, "Term", tuple(term.key for term in every), editable=False),
        Given("rule", TEXT, "Rule", tuple(term.title for term in every), editable=False),
        Given("clause", TEXT, "Clause", tuple(term.clause for term in every), editable=False),
        Given("stands_in", TEXT, "Where it is written", places, editable=False),
        Given("meaning", TEXT, "Meaning", tuple(term.label for term in every), editable=False),
        Given("unit", TEXT, "Unit", tuple(term.unit.symbol for term in every), editable=False),
        Given("value", SHARE, "Value", tuple(term.value for term in every), additive=False, units=_units(every)),
    ]
    return table(TERMS, "Terms of the contract", "one row per term", "term", columns)


def _units(terms: tuple[Term, ...]) -> tuple[Unit, ...]:
    return tuple(term.unit for term in terms)


def _decisions(decisions: Iterable[RecordedDecision], toml: TomlFile) -> Table:
    every = tuple(decisions)
    places = tuple(stands_in(toml, entry.path) for entry in every)
    columns = [
        Given("decision", TEXT, "Decision", tuple(entry.key for entry in every), editable=False),
        Given("pool", TEXT, "Pool", tuple(entry.pool for entry in every), editable=False),
        Given("minute", TEXT, "Minute", tuple(entry.clause for entry in every), editable=False),
        Given("stands_in", TEXT, "Where it is written", places, editable=False),
        Given("giver", TEXT, "From", tuple(entry.source for entry in every), editable=False),
        Given("receiver", TEXT, "To", tuple(entry.to for entry in every), editable=False),
        Given("amount", MONEY, "Amount", tuple(entry.amount for entry in every)),
        Given("minuted_on", TEXT, "Date", tuple(entry.minuted_on for entry in every), editable=False),
        Given("reason", TEXT, "Reason", tuple(entry.reason for entry in every), editable=False),
    ]
    return table(DECISIONS, "Decisions of the board", "one row per decision", "decision", columns)
