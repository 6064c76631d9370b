"""One row for each rule: a contract that uses it, and what every account is entitled to in the end.

The row runs through the whole flow, its workbook recalculates in another engine, and a rule without a row is told. What
else a rule can do stands in the files beside this. Unless a row says otherwise, one pool has a target of £1,000,000,
held by the CCG, and a gain of £30,000.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from every_rule import EVERY_RULE, computed
from recalculation import ironcalc, prove
from riskshare.build import build
from riskshare.contract.rules import kinds


def test_every_rule_has_a_row() -> None:
    assert list(EVERY_RULE) == list(kinds())


@pytest.mark.parametrize("word", EVERY_RULE)
def test_a_row_comes_to_its_answer(word: str, tmp_path: Path) -> None:
    found = computed(EVERY_RULE[word], tmp_path)
    assert found.settlement("entitlement") == {
        account: Decimal(amount) for account, amount in EVERY_RULE[word].entitled.items()
    }
    assert found.failing_checks() == []
    assert sum(found.settlement().values()) == 0


@pytest.mark.parametrize("word", EVERY_RULE)
def test_a_row_recalculates(word: str, tmp_path: Path) -> None:
    computed(EVERY_RULE[word], tmp_path)
    build(tmp_path / "row", tmp_path / "row.xlsx")
    assert prove(tmp_path / "row.xlsx", ironcalc) == []


@pytest.mark.parametrize("word", [word for word, kind in kinds().items() if not kind.automatic])
def test_a_row_uses_its_rule(word: str) -> None:
    assert any(rule.startswith(f"{word}: ") for rule in EVERY_RULE[word].rules)
