"""docs/schemes.md names rules and tests that exist; schemes that no vector tests are computed here."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from cases import answer, place_model
from places import REPOSITORY
from riskshare.contract.rules import kinds

PAGE = (REPOSITORY / "docs" / "schemes.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith(("| Scheme", "| ---"))
]
TERMS = {
    "pool", 'risk = "fixed"', 'side = "loss"', "rate = 75", "floor = 40", "ceiling = 75", "ceiling", "tiers",
    'key = "own_variance"', 'key = { file = "inputs/key.csv" }', 'percent = { column = "discount" }',
    'shares = { HOSPITAL = "1/3", CMS = "rest" }',
}  # fmt: skip
SCHEMES = (
    "Monitor's multilateral gain/loss share", "Alliance and integrated care provider (ICP) contracts", "Section 75",
    "Oxfordshire", "Luton's fixed and variable lines", "Rotherham's waterfall", "BCF pay-for-performance",
    "Blended payment", "NEC Option C", "NEC Alliance Contract", "MSSP", "Next Generation ACO", "ACO REACH",
    "ACA risk corridor", "Quota share", "Excess of loss", "Business rates pool", "Australian alliance",
    "Comprehensive Care for Joint Replacement", "Oncology Care Model", "Maryland",
)  # fmt: skip


def vectors_in(text: str) -> set[str]:
    """The vectors that a text names; `v01 to v03` names three."""
    found = set(re.findall(r"\bv\d\d\b", text))
    for first, last in re.findall(r"\bv(\d\d) to v(\d\d)\b", text):
        found |= {f"v{number:02}" for number in range(int(first), int(last) + 1)}
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_scheme_has_its_row(scheme: str) -> None:
    assert any(row[0].startswith(scheme) for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_names_rules_that_exist_and_says_what_tests_it_and_what_is_missing(row: list[str]) -> None:
    scheme, rules, tested, missing = row
    named = set(re.findall(r"`([^`]*)`", rules))
    assert named - set(kinds()) <= TERMS
    assert named & set(kinds()), scheme
    assert vectors_in(tested) or "tests/" in tested
    assert missing


def test_every_vector_that_is_named_is_a_test_and_every_vector_is_named() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "tests").rglob("test_*vector*.py"))
    tested = {f"v{number}" for number in re.findall(r"^def (?:test_)?v(\d\d)", tests, flags=re.MULTILINE)}
    named = vectors_in(PAGE.partition("## Health")[2])
    assert named == {f"v{number:02}" for number in range(1, 28)}
    assert named - tested == set()


def test_every_rule_is_used_by_some_scheme() -> None:
    assert [word for word in kinds() if not any(f"`{word}`" in row[1] for row in ROWS)] == []


def test_every_file_that_is_named_exists() -> None:
    files = re.findall(r"`(tests/\S+)`", PAGE)
    assert files
    assert [file for file in files if not (REPOSITORY / file).exists()] == []


def test_lutons_fixed_and_variable_lines(tmp_path: Path) -> None:
    """Fixed lines: the CCG keeps its overspend of 70. Variable ones: 90 over, by budgets of 2000 and 1000."""
    lines = """
        line,holder,risk,budget,outturn
        hospital,CCG,fixed,5000,5070
        community,CCG,shared,2000,2150
        care,COUNCIL,shared,1000,940
    """
    rules = """
        [[pools.rules]]
        rule = "allocate"
        clause = "Section 75 agreement, variable lines"
        from = "pool"
        key = "contribution"
    """
    found = answer(place_model(tmp_path / "luton", rules, lines))
    assert found.pots("place") == {"CCG": Decimal("-60.00"), "COUNCIL": Decimal("-30.00")}
    assert found.settlement() == {"CCG": Decimal("90.00"), "COUNCIL": Decimal("-90.00")}
    assert found.step("place", "variance.fixed") == -70


def test_bcf_pay_for_performance(tmp_path: Path) -> None:
    """A fund of 1M for 3.5% fewer admissions, 20,000 to 19,300. At 19,580 it earns 60%; the CCG keeps 400,000."""
    rules = """
        [[pools.rules]]
        rule = "share_ranges"
        clause = "BCF 2015-16, payment for performance"
        bands = [{ shares = { performance = 100 } }]

        [[pools.rules]]
        rule = "outcomes"
        clause = "BCF 2015-16, payment for performance"
        from = "performance"
        measures = "inputs/measures.csv"
        forfeited_to = "CCG"

        [[pools.rules]]
        rule = "allocate"
        clause = "Section 75 agreement"
        from = "performance"
        key = { COUNCIL = 50, TRUST = 50 }
    """
    folder = place_model(tmp_path / "bcf", rules, "line,budget,outturn\nperformance fund,1000000,0")
    measures = "measure,weight,method,better,baseline,target,result\nadmissions,1,linear,lower,20000,19300,19580\n"
    (folder / "inputs" / "measures.csv").write_text(measures, encoding="utf-8")
    pots = {"CCG": Decimal(400_000), "COUNCIL": Decimal(300_000), "TRUST": Decimal(300_000)}
    assert answer(folder).pots("place") == pots


def test_next_generation_aco(tmp_path: Path) -> None:
    """Target 100M less a discount of 2% = 98M; spent 85M; a case of 2M above 500,000 leaves: a gain of 14.5M.

    Capped at 10% of 98M = 9.8M; 80% of it = 7.84M; less sequestration of 2% = 7,683,200. All else is the payer's.
    """
    rules = """
        [[pools.rules]]
        rule = "adjust_target"
        clause = "Discount"
        percent = -2
        funded_by = "CCG"
        reason = "Discount"

        [[pools.rules]]
        rule = "stop_loss"
        clause = "Costs above the 99th percentile"
        cases = "inputs/cases.csv"
        attachment = 500_000
        borne_by = "CCG"

        [[pools.rules]]
        rule = "cap"
        clause = "Savings and losses cap"
        from = "pool"
        limit = { percent = 10, of = "target" }
        excess_to = "CCG"

        [[pools.rules]]
        rule = "share_ranges"
        clause = "Risk arrangement"
        bands = [{ shares = { TRUST = 80, CCG = 20 } }]

        [[pools.rules]]
        rule = "withhold"
        clause = "Sequestration"
        side = "gain"
        from = "TRUST"
        percent = 2
        to = "CCG"
    """
    folder = place_model(tmp_path / "aco", rules, "line,budget,outturn\ncare,100000000,85000000")
    (folder / "inputs" / "cases.csv").write_text("case,pool,cost\nA1,place,2000000\n", encoding="utf-8")
    found = answer(folder)
    assert found.step("place", "cap.holds.pool") == 9_800_000
    assert found.pots("place") == {"CCG": Decimal("5316800.00"), "TRUST": Decimal("7683200.00")}
