"""Crosswalks: the budgets of one geography seen on the map of another, by where its people live."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from riskshare.figures.names import budget_table, crosswalk_table, map_table, people_column, people_table, seen_column
from riskshare.figures.pooling import Division
from riskshare.formula.language import (
    ZERO,
    Col,
    Column,
    Each,
    Expr,
    Given,
    Part,
    Span,
    Step,
    Table,
    Total,
    table,
    total_of,
)
from riskshare.formula.units import MONEY, TEXT, WEIGHT


def crosswalk_tables(divisions: Iterable[Division]) -> Iterator[Table]:
    """The crosswalk of each geography that has one, and each map on which several geographies can be seen.

    One row per locality, one per geography on a map; pounds to the penny, whose parts add to each locality's budget.
    """
    every = {division.code: division for division in divisions}
    linked = [division for division in every.values() if division.onto in every]
    for division in linked:
        yield _people(division, every[division.onto])
        yield _crosswalk(division, every[division.onto])
    for onto in dict.fromkeys(division.onto for division in linked):
        yield _map(every[onto], [division for division in linked if division.onto == onto])


def _people(division: Division, onto: Division) -> Table:
    """One row per locality: its people in each locality of the other map."""
    columns: list[Column] = [
        Given("from_locality", TEXT, "Locality", division.localities, editable=False),
        Given("from_name", TEXT, "Name", division.names, editable=False),
    ]
    for number, (code, name) in enumerate(zip(onto.localities, onto.names, strict=True)):
        weights = tuple(row[number] for row in division.people)
        columns.append(Given(people_column(code), WEIGHT, f"People in {name}", weights))
    title = f"Where the people of the {division.code} localities live on the {onto.code} map"
    return table(people_table(division.code), title, "one row per locality", "from_locality", columns)


def _crosswalk(division: Division, onto: Division) -> Table:
    """One row per locality: its budget, and the parts of it in each locality of the other map."""
    people = [Col(people_column(code)) for code in onto.localities]
    budgets = Each(tuple(Total(division.parts_table, f"budget_{code}") for code in division.localities))
    columns: list[Column] = [
        Step("crossing_locality", TEXT, "Locality", Col("from_locality")),
        Step("crossing_name", TEXT, "Name", Col("from_name")),
        Step("crossing", MONEY, "Budget", budgets),
        Step("people", WEIGHT, "People", total_of(people)),
        *_parts(onto, people),
    ]
    title = f"The {division.code} localities on the {onto.code} map, by where people live"
    span = Span(people_table(division.code), 0, len(division.localities))
    return table(crosswalk_table(division.code), title, "one row per locality", "crossing_locality", columns, span)


def _parts(onto: Division, people: list[Col]) -> Iterator[Step]:
    for number, (code, name) in enumerate(zip(onto.localities, onto.names, strict=True)):
        before: Expr = total_of(people[:number]) if number else ZERO
        part = Part(Col("crossing"), before, total_of(people[: number + 1]), Col("people"))
        yield Step(seen_column(code), MONEY, f"Budget seen in {name}", part)


def _map(onto: Division, others: list[Division]) -> Table:
    """One row per geography: its budgets on one map."""
    columns: list[Column] = [
        Given("geography", TEXT, "Geography", (onto.code, *(division.code for division in others)), editable=False)
    ]
    for code, name in zip(onto.localities, onto.names, strict=True):
        crossed = (Total(crosswalk_table(division.code), seen_column(code)) for division in others)
        columns.append(Step(f"seen_{code}", MONEY, name, Each((Total(budget_table(onto.code), code), *crossed))))
    seen = total_of(Col(f"seen_{code}") for code in onto.localities)
    columns.append(Step("seen", MONEY, "All localities", seen))
    title = f"All geographies on the {onto.code} map"
    return table(map_table(onto.code), title, "one row per geography", "geography", columns)
