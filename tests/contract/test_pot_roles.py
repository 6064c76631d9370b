"""A pot is checked by the role that a rule gives it, whatever the key is called that names it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cases import FUNDS, HEAD, LINES_INPUT, PARTNERS, POOL, write_model
from contracts import RESERVES, TO_TRUST, one_line, toml

TOP_UP = '''
from riskshare.contract.ledger import BOTH_SIDES
from riskshare.contract.terms import MoneyTerm, Pot
from riskshare.contract.rules.kind import Kind, PotRole, PotUse
from riskshare.formula.units import MONEY
from typing import Literal


class TopUp(Kind):
    """A pot is paid a stated sum by another, under a key that no other rule has."""

    rule: Literal["top_up"]
    paid_by: Pot
    amount: MoneyTerm
    benefits: Pot

    def apply(self, ledger):
        """Moves the sum."""
        amount = ledger.term("amount", "Top-up", self.amount, MONEY)
        ledger.move(ledger.figure("paid", "Paid", amount), self.paid_by, self.benefits, BOTH_SIDES)

    def pots(self):
        """Who pays, and who is paid."""
        yield PotUse("paid_by", self.paid_by, PotRole.{role})
        yield PotUse("benefits", self.benefits, PotRole.RECEIVER)
'''
RUN = """
import sys
import riskshare.contract.rules
riskshare.contract.rules.__path__.append({folder!r})
from pathlib import Path
from riskshare.build import compute
print(*compute(Path({model!r}))[1], sep="\\n")
"""
TITLE = "pool 'place', rule 'top_up' (Schedule 9)"
NO_PARTNER = "Expected: one of CCG, COUNCIL, TRUST, CHARITY. Did you mean 'CCG'?"

# The role of the key paid_by, what is written there and under benefits, and what is found.
WRONG_POTS: dict[str, tuple[str, str, str, str]] = {
    "a partner that pays, misspelt": (
        "PAYER",
        "CGC",
        "TRUST",
        f"{TITLE}: pot 'CGC' is empty when this rule runs. Expected: a pot that an earlier rule moved money to. "
        "Did you mean 'CCG'?",
    ),
    "a partner, misspelt": ("PARTNER", "CGC", "TRUST", f"{TITLE}: no partner 'CGC'. {NO_PARTNER}"),
    "a funder, misspelt": (
        "FUNDER",
        "comissioners",
        "TRUST",
        f"{TITLE}: no partner or role 'comissioners'. "
        "Expected: one of CCG, COUNCIL, TRUST, CHARITY, commissioners, providers. Did you mean 'commissioners'?",
    ),
    "a reserve, misspelt": (
        "RESERVE",
        "risk_reserv",
        "TRUST",
        f"{TITLE}: no reserve 'risk_reserv'. Expected: one of risk_reserve, second_reserve. "
        "Did you mean 'risk_reserve'?",
    ),
    "money that goes back": (
        "FUNDER",
        "CCG",
        "pool",
        f"{TITLE}: money cannot go back to 'pool'. Name a partner, a role or 'unshared'.",
    ),
    "money that goes nowhere": (
        "PAYER",
        "CCG",
        "CCG",
        f"{TITLE}: 'CCG' gives to itself. Name another pot in 'benefits'.",
    ),
}


@pytest.mark.parametrize("name", WRONG_POTS)
def test_a_wrong_pot_is_found_under_a_key_that_nobody_foresaw(name: str, tmp_path: Path) -> None:
    """In a process of its own, with the rule in a folder beside ours."""
    role, payer, receiver, found = WRONG_POTS[name]
    rule = f'top_up: paid_by = "{payer}", benefits = "{receiver}", amount = 5'
    text = HEAD.format(name="place") + PARTNERS + RESERVES + FUNDS + LINES_INPUT + POOL + toml((TO_TRUST, rule))
    model = write_model(tmp_path / "place", text, lines=one_line("30000"))
    (tmp_path / "top_up.py").write_text(TOP_UP.replace("{role}", role), encoding="utf-8")
    code = RUN.format(folder=str(tmp_path), model=str(model))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    line = text[: text.index('rule = "top_up"')].count("\n") + 1
    assert done.stdout.splitlines() == [f"model.toml, line {line}: {found}"]
