"""Test support: small models written as a few lines of TOML and CSV, built for real, and read as figures."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import polars as pl

from riskshare.build import compute
from riskshare.figures.computed import ComputedModel
from riskshare.outputs.payments import payments_made

PARTNERS = """
[[partners]]
code = "CCG"
name = "Clinical Commissioning Group"
role = "commissioner"

[[partners]]
code = "COUNCIL"
name = "Council"
role = "commissioner"

[[partners]]
code = "TRUST"
name = "Provider trust"
role = "provider"
income = 30_000_000

[[partners]]
code = "CHARITY"
name = "Voluntary sector"
role = "provider"
income = 1_000_000
"""

FUNDS = """
[[funds]]
code = "core"
name = "Core allocation"
family = "ccg"
holder = "CCG"
arrangement = "aligned"
clause = "Schedule 1"
"""

HEAD = """
schema = 1
name = "{name}"
title = "A small model"
financial_year = "2021-22"
status = "illustrative"
agreed_on = 2021-03-15
"""

LINES_INPUT = """
[[inputs]]
file = "inputs/lines.csv"
fund = "core"
level = "place"
"""

POOL = """
[[pools]]
code = "place"
"""


@dataclass(frozen=True)
class Answer:
    """The figures of a built model as a test reads them."""

    built: ComputedModel

    def step(self, pool: str, step: str) -> Decimal:
        """The figure of one step in one pool, such as `threshold.limit` in `place`."""
        return pennies(self.figure(pool, step))

    def figure(self, pool: str, step: str) -> Decimal:
        """The figure of a step that may be no money, such as a score, in one pool."""
        group = pool.split(":", maxsplit=1)[0]
        frame = self.built.figures[f"share {group}"]
        return Decimal(frame.filter(pl.col("pool") == pool)[step].item())

    def pots(self, pool: str) -> dict[str, Decimal]:
        """What every account holds in the end in one pool, those that hold nothing left out."""
        group = next(group for group in self.built.plan.stages if group.pool.code == pool.split(":", maxsplit=1)[0])
        held = {account: self.step(pool, column) for account, column in group.final.items()}
        return {account: amount for account, amount in held.items() if amount}

    def settlement(self, column: str = "transfer") -> dict[str, Decimal]:
        """One column of the settlement by account, zeros left out."""
        frame = self.built.figures["settlement"].select("account", column)
        return {account: pennies(amount) for account, amount in frame.rows() if amount}

    def closing_balances(self) -> dict[str, Decimal]:
        """What every reserve holds after settlement."""
        rows = self.built.figures["closing"].select("closing_reserve", "closing").rows()
        return {reserve: pennies(amount) for reserve, amount in rows}

    def failing_checks(self) -> list[str]:
        """The checks of the workbook that do not hold."""
        checks = self.built.figures["checks"]
        return checks.filter(pl.col("holds") != 1)["check"].to_list()

    def payments(self) -> list[tuple[str, str, Decimal]]:
        """Who pays whom how much."""
        made = payments_made(self.built.plan.accounts, self.built.figures)
        return [(entry.payer, entry.payee, pennies(entry.amount)) for entry in made]


def pennies(amount: Decimal) -> Decimal:
    """An amount with exactly two decimals: the same amount, or the test fails."""
    rounded = amount.quantize(Decimal("0.01"))
    assert rounded == amount, f"{amount} is not a whole number of pennies"
    return rounded


def write_model(folder: Path, toml: str, **tables: str) -> Path:
    """Writes a model folder: the TOML as it is, each table as `inputs/<name>.csv`; returns the folder."""
    (folder / "inputs").mkdir(parents=True, exist_ok=True)
    (folder / "model.toml").write_text(dedent(toml), encoding="utf-8")
    for name, text in tables.items():
        rows = [line.strip() for line in dedent(text).strip().splitlines()]
        (folder / "inputs" / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def place_model(
    folder: Path, rules: str, lines: str, *, partners: str = PARTNERS, funds: str = FUNDS, more: str = ""
) -> Path:
    """A model with one pool, `place`, its rules and its lines (`line,budget,outturn` and any other columns)."""
    head = HEAD.format(name=folder.name)
    return write_model(folder, head + partners + more + funds + LINES_INPUT + POOL + dedent(rules), lines=lines)


def answer(folder: Path) -> Answer:
    """The figures of a model that has no errors."""
    built, findings = compute(folder)
    assert built is not None, "\n".join(str(finding) for finding in findings)
    return Answer(built)


def findings(folder: Path) -> list[str]:
    """All findings of a model as text."""
    return [f"{finding.severity}: {finding}" for finding in compute(folder)[1]]
