"""A rule's worked example, computed: its terms in a small alliance, through the same flow as any model."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import polars as pl

from riskshare.contract.ledger import BOTH_SIDES, POOL, Ledger
from riskshare.contract.model import Model, Rule
from riskshare.contract.rules.kind import Example, Kind
from riskshare.figures.line_treatment import complete
from riskshare.figures.names import TERMS
from riskshare.figures.plan import plan
from riskshare.figures.sharing import PoolGroup
from riskshare.formula.display import in_column
from riskshare.formula.evaluate import evaluate
from riskshare.formula.language import Each, Number, Section, Step
from riskshare.formula.to_words import ToWords
from riskshare.formula.units import Unit
from riskshare.inputs.reading import Reading, read_model
from riskshare.problems.errors import RiskshareError

TARGET = 1_000_000
HEAD = """schema = 1
name = "example"
title = "A small alliance"
financial_year = "2021-22"
status = "illustrative"
agreed_on = 2021-03-15
"""
ALLIANCE = """partners = [
  { code = "CCG", name = "Clinical Commissioning Group", role = "commissioner" },
  { code = "COUNCIL", name = "Council", role = "commissioner" },
  { code = "COMMUNITY", name = "Community provider", role = "provider", income = 3_000_000 },
  { code = "MENTAL", name = "Mental health provider", role = "provider", income = 1_000_000 },
]
reserves = [
  { code = "risk_reserve", name = "Risk reserve", holder = "CCG", opening = 50_000 },
  { code = "grant_reserve", name = "Public health reserve", holder = "COUNCIL" },
]
"""
FUND = """
[[funds]]
code = "core"
name = "Core allocation"
family = "ccg"
holder = "{holder}"
arrangement = "aligned"
clause = "Schedule 1"
"""
LOCALITIES = "locality,name,registered\nGRAYS,Grays,1\nTILBURY,Tilbury,1\n"


@dataclass(frozen=True, slots=True)
class WorkedStep:
    """One step of the rule: its number, its label and its arithmetic, and its value in each pool."""

    number: int
    label: str
    arithmetic: str
    unit: Unit
    values: tuple[Decimal, ...]

    def cells(self) -> tuple[str, ...]:
        """The line as text."""
        return f"({self.number}) {self.label}", *(in_column(value, self.unit) for value in self.values), self.arithmetic


@dataclass(frozen=True, slots=True)
class Worked:
    """An example and what the engine makes of it; pots are called as in the example."""

    example: Example
    pools: tuple[str, ...]
    lines: tuple[WorkedStep, ...]
    pots: Mapping[str, tuple[Decimal, Decimal]]

    def pot_rows(self) -> list[tuple[str, ...]]:
        """What each pot holds before and after, below a header."""
        rows = [(pot, in_column(before), in_column(after)) for pot, (before, after) in self.pots.items()]
        return [("Pot", "Before", "After"), *rows]

    def step_rows(self) -> list[tuple[str, ...]]:
        """Label, value in each pool and arithmetic of each step, below a header."""
        header = ("Step", *(self.pools if len(self.pools) > 1 else ("Figure",)), "Arithmetic")
        return [header, *(line.cells() for line in self.lines)]


def worked(example: Example) -> Worked:
    """Computes an example; its rule is the last one of its pool."""
    with TemporaryDirectory() as folder:
        group, frame = _computed(read_example(example, Path(folder) / "example"))
    *earlier, rule, _ = group.table.sections
    before, after = (_held(frame, sections, group.pools) for sections in (earlier, [*earlier, rule]))
    held = {pot: (before.get(pot, Decimal(0)), amount) for pot, amount in after.items()}
    moved = {pot: amounts for pot, amounts in held.items() if any(amounts)}
    return Worked(example, group.pools, tuple(_lines(group, rule, frame)), moved)


class _Before(Kind):
    """Fills the pots of an example with what it says that they hold before its rule; no contract can write it."""

    rule: Literal["before"]
    amounts: dict[str, Mapping[str, Decimal]]

    def apply(self, ledger: Ledger) -> None:
        """Moves each pot's amounts, by pool, out of the pool; other money stays there."""
        for pot, amounts in self.amounts.items():
            held = (Number(amounts.get(pool, Decimal(0))) for pool in ledger.circumstances.pools)
            filled = ledger.figure(pot, f"Before: {pot}", Each(tuple(held)))
            ledger.move(filled, POOL, pot, BOTH_SIDES)


def read_example(example: Example, folder: Path) -> Reading:
    """An example as a model: the alliance, the terms, and before its last rule the pots filled.

    Raises RiskshareError where the terms are wrong.
    """
    reading, findings = read_model(_write(example, folder))
    if reading is None:
        raise RiskshareError("; ".join(str(finding) for finding in findings))
    return replace(reading, model=_filled(reading.model, example))


def _filled(model: Model, example: Example) -> Model:
    *others, pool = model.pools
    amounts: dict[str, dict[str, Decimal]] = {}
    for name, (before, _) in example.pots.items():
        locality, _, pot = name.rpartition(" ")
        if pot != POOL and Decimal(before):
            code = f"{pool.code}:{locality}" if locality else pool.code
            amounts.setdefault(pot, {})[code] = Decimal(before)
    if not amounts:
        return model
    filling = _Before(rule="before", clause="Before", amounts=amounts)
    rules: tuple[Rule, ...] = (*pool.rules[:-1], filling, *pool.rules[-1:])
    return model.model_copy(update={"pools": (*others, pool.model_copy(update={"rules": rules}))})


def _write(example: Example, folder: Path) -> Path:
    (folder / "inputs").mkdir(parents=True)
    (folder / "model.toml").write_text(_model_file(example), encoding="utf-8")
    for name, text in {"lines": _lines_file(example.pots), "localities": LOCALITIES, **example.files}.items():
        (folder / "inputs" / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def _model_file(example: Example) -> str:
    local = any(" " in pot for pot in example.pots)
    geographies = 'geographies = [{ code = "adult", file = "inputs/localities.csv" }]\n' if local else ""
    inputs = '[[inputs]]\nfile = "inputs/lines.csv"\n'
    inputs += "" if "fund," in example.files.get("lines", "") else 'fund = "core"\n'
    inputs += f'level = "{"locality" if local else "place"}"\n'
    pool = '[[pools]]\ncode = "locality"\nfor_each = "adult"\n' if local else '[[pools]]\ncode = "place"\n'
    partners = example.partners or ALLIANCE
    fund = FUND.format(holder=tomllib.loads(partners)["partners"][0]["code"])
    return "\n".join([HEAD + geographies, partners, fund, inputs, pool, example.terms])


def _lines_file(pots: Mapping[str, tuple[str, str]]) -> str:
    """One line for each pool, whose variance is what all its pots hold before the rule."""
    starts: dict[str, Decimal] = {}
    for name, (before, _) in pots.items():
        pool = name.rpartition(" ")[0]
        starts[pool] = starts.get(pool, Decimal(0)) + Decimal(before)
    rows = [f"{pool or 'all'},{TARGET},{TARGET - amount},{pool}" for pool, amount in starts.items()]
    return "\n".join(["line,budget,outturn,locality", *rows]) + "\n"


def _computed(reading: Reading) -> tuple[PoolGroup, pl.DataFrame]:
    planned = plan(reading, complete(reading.model, reading.lines, reading.localities))
    figures = evaluate(planned.tables, planned.frames)
    group = planned.groups[-1]
    return group, figures[group.table.name]


def _held(frame: pl.DataFrame, sections: list[Section], pools: tuple[str, ...]) -> dict[str, Decimal]:
    """What every pot holds after the last of the sections."""
    columns = {POOL: "start"} | {pot: step.name for section in sections for step, pot in _balances(section)}
    return {
        _pot(pool, pot, len(pools)): Decimal(frame[column][row])
        for row, pool in enumerate(pools)
        for pot, column in columns.items()
    }


def _pot(pool: str, pot: str, pools: int) -> str:
    return f"{pool.rpartition(':')[2]} {pot}" if pools > 1 else pot


def _balances(section: Section) -> Iterator[tuple[Step, str]]:
    for step in section.columns:
        if isinstance(step, Step) and ".holds." in step.name:
            yield step, step.name.partition(".holds.")[2]


def _lines(group: PoolGroup, rule: Section, frame: pl.DataFrame) -> Iterator[WorkedStep]:
    steps = [step for step in rule.columns if isinstance(step, Step)]
    called = _names(group, steps)
    language = ToWords(group.table.name, lambda name: called[name], TERMS)
    for number, step in enumerate(steps, start=1):
        values = tuple(Decimal(value) for value in frame[step.name])
        yield WorkedStep(number, step.label, language.words(step.expr), step.unit, values)


def _names(group: PoolGroup, steps: list[Step]) -> dict[str, str]:
    """What each column is called: the rule's own by their numbers, balances by their pots, the rest by their labels."""
    labels = {step.name: step.label for step in group.table.steps}
    balances = {step.name: pot for section in group.table.sections for step, pot in _balances(section)}
    numbers = {step.name: f"({number})" for number, step in enumerate(steps, start=1)}
    return {**labels, **balances, "start": POOL, "target": "target", "pool": "this pool", **numbers}
