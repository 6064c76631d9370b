"""Rules over all pools: limits and guarantees of a whole year, on what every account holds after the last pool."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from cases import FUNDS, HEAD, LINES_INPUT, PARTNERS, Answer, answer, write_model
from contracts import ADULT, LOCALITIES, RESERVES, decided, money, shared, toml
from riskshare.build import compute
from riskshare.contract.rules import kinds
from riskshare.outputs.rulebook.prose import ORDER
from riskshare.problems.findings import Finding

LINES = """
line,level,locality,budget,outturn
a,locality,GRAYS,100000,80000
b,locality,TILBURY,100000,95000
c,place,,200000,180000
"""

HALVES = shared("CCG = 50, TRUST = 50")


def model(folder: Path, overall: str, lines: str = LINES) -> Path:
    """Two localities and the place, each variance halved between CCG and TRUST; then rules over all of them."""
    inputs = LINES_INPUT.replace('level = "place"\n', "")
    pools = f"""
[[pools]]
code = "local"
for_each = "adult"
scope = {{ level = ["locality"] }}
{toml((HALVES,))}
[[pools]]
code = "place"
scope = {{ level = ["place"] }}
{toml((HALVES,))}
"""
    head = HEAD.format(name="place") + PARTNERS + RESERVES + FUNDS + ADULT + inputs
    return write_model(folder / "place", head + pools + overall, lines=lines, adult=LOCALITIES)


def rules(*written: str) -> str:
    """Rules over all pools, each written as `kind: its terms`."""
    return f"\n[overall]\n{toml(written)}"


def settled(folder: Path, *written: str, lines: str = LINES) -> Answer:
    """The figures of the model with these rules over all pools."""
    found = answer(model(folder, rules(*written), lines))
    assert found.failing_checks() == []
    return found


def findings(folder: Path, *written: str) -> list[Finding]:
    """What is said about the model with these rules over all pools."""
    return list(compute(model(folder, rules(*written)))[1])


def test_a_limit_counts_what_all_pools_gave(tmp_path: Path) -> None:
    """Gains of 20,000, 5,000 and 20,000 halved give TRUST 22,500; a year's limit of 15,000 leaves 7,500 to CCG.

    In each pool TRUST has 10,000 or less, so that the same limit there would not bind at all.
    """
    found = settled(tmp_path, 'cap: from = "TRUST", limit = { amount = 15_000 }, excess_to = "CCG"')
    assert found.pots("overall") == money({"CCG": "30000", "TRUST": "15000"})
    assert found.pots("local:GRAYS") == money({"CCG": "10000", "TRUST": "10000"})
    assert found.settlement() == money({"CCG": "-15000", "TRUST": "15000"})


def test_a_percent_is_of_all_targets_and_all_contributions(tmp_path: Path) -> None:
    """3% of the targets of all pools, 400,000, is 12,000; CCG's contribution is all of them."""
    of_target = "cap: limits = { TRUST = { percent = 3, of = 'target' } }, excess_to = 'CCG'"
    assert settled(tmp_path / "a", of_target).pots("overall") == money({"CCG": "33000", "TRUST": "12000"})
    of_contribution = "cap: limits = { CCG = { percent = 5, of = 'contribution' } }, excess_to = 'TRUST'"
    assert settled(tmp_path / "b", of_contribution).pots("overall") == money({"CCG": "20000", "TRUST": "25000"})


def test_gains_and_losses_of_a_year_count_together(tmp_path: Path) -> None:
    """(40,000), 5,000 and 20,000 halved: TRUST bears 7,500 of the year, though one pool gave it 20,000 to bear."""
    lines = LINES.replace("a,locality,GRAYS,100000,80000", "a,locality,GRAYS,100000,140000")
    found = settled(tmp_path, "cap: limits = { TRUST = { amount = 5_000 } }, excess_to = 'unallocated'", lines=lines)
    assert found.pots("overall") == money({"CCG": "-7500", "TRUST": "-5000", "unallocated": "-2500"})


def test_a_guarantee_of_the_year_is_paid_by_who_funds_it(tmp_path: Path) -> None:
    """TRUST ends with 22,500 but is promised 25,000 for the year: CCG pays the other 2,500."""
    found = settled(tmp_path, 'guarantee: partner = "TRUST", floor = 25_000, funded_by = "CCG"')
    assert found.pots("overall") == money({"CCG": "20000", "TRUST": "25000"})


def test_rules_run_in_the_order_written(tmp_path: Path) -> None:
    """Of TRUST's 22,500 a fifth, 4,500, goes to reinvestment, which COUNCIL keeps, and half the rest into next year."""
    found = settled(
        tmp_path,
        'withhold: from = "TRUST", percent = 20, to = "reinvestment"',
        'allocate: from = "reinvestment", key = { COUNCIL = 100 }',
        'carry_forward: from = "TRUST", percent = 50',
        'decision: date = 2022-05-19, from = "CCG", to = "COUNCIL", amount = 500, reason = "Minuted"',
    )
    expected = {"CCG": "22000", "COUNCIL": "5000", "TRUST": "9000", "carry_forward": "9000"}
    assert found.pots("overall") == money(expected)
    assert found.settlement("transfer") == money({**expected, "CCG": "-23000"})
    assert found.settlement("entitlement") == money(expected)


def test_a_percent_of_targets_that_add_to_nothing_is_an_error(tmp_path: Path) -> None:
    """No line has a budget, and the board moved £500 from CCG to TRUST: 3% is of nothing."""
    nothing = "line,level,locality,budget,outturn\na,locality,GRAYS,0,0\nb,place,,0,0\n"
    scope = '[[pools]]\ncode = "board"\nscope = { level = ["system"] }\n'
    board = scope + toml((HALVES, decided("CCG", "TRUST", "500")))
    limits = rules("cap: limits = { TRUST = { percent = 3, of = 'target' } }, excess_to = 'CCG'")
    built, found = compute(model(tmp_path, f"{board}{limits}", nothing))
    assert built is None
    assert "pool 'overall' has a target of £0.00" in "".join(str(entry) for entry in found)


def test_an_outcome_score_can_be_one_of_the_whole_year(tmp_path: Path) -> None:
    """A score of 60% leaves TRUST 13,500 of its 22,500."""
    folder = model(
        tmp_path,
        rules('outcomes: from = "TRUST", measures = "inputs/outcomes.csv", forfeited_to = "CCG"'),
    )
    measures = (
        "measure,name,pool,weight,method,better,baseline,target,result\nquits,Quits,,1,linear,higher,100,200,160\n"
    )
    (folder / "inputs" / "outcomes.csv").write_text(measures, encoding="utf-8")
    assert answer(folder).pots("overall") == money({"CCG": "31500", "TRUST": "13500"})


def test_without_rules_over_all_pools_nothing_is_added(tmp_path: Path) -> None:
    """No table, no sheet, and the same settlement."""
    found = answer(model(tmp_path, ""))
    assert "share overall" not in found.built.figures
    assert found.settlement() == money({"CCG": "-22500", "TRUST": "22500"})


WRONG = {
    "a rule of lines": ('exclude: where = { service = ["x"] }, reason = "r"', "unknown-rule", "works on a pool"),
    "the pot of a pool": ('withhold: from = "pool", percent = 5, to = "CCG"', "empty-pot", "there is no 'pool'"),
    "a pot that is never allocated": ('withhold: from = "TRUST", percent = 5, to = "fund"', "money-left", "'fund'"),
    "a balance without pools": ('carry_forward: balance = "risk_reserve"', "balance-over-all", "comes into pools"),
    "an unknown partner": (
        'guarantee: partner = "TRUSTT", floor = 1, funded_by = "CCG"',
        "unknown-partner",
        "no partner 'TRUSTT'",
    ),
    "own variances": (
        'allocate: from = "TRUST", key = "own_variance"',
        "own-variance-over-all",
        "no line is in this stage",
    ),
    "recurrent lines": (
        'allocate: from = "TRUST", key = "contribution", recurrent_only = true',
        "recurrent-only",
        "recurrent lines",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_said_over_all_pools_is_a_finding(case: str, tmp_path: Path) -> None:
    """With the line of the rule, and 'the stage over all pools' in place of a pool's code."""
    rule, code, words = WRONG[case]
    found = [entry for entry in findings(tmp_path, rule) if entry.code == code]
    assert found, [str(entry) for entry in findings(tmp_path, rule)]
    assert "the stage over all pools" in found[0].found
    assert words in found[0].found
    assert found[0].place.row is not None


def test_a_pool_cannot_have_the_stages_name(tmp_path: Path) -> None:
    """Its sheet and its steps would have the same names."""
    folder = model(tmp_path, "")
    text = (folder / "model.toml").read_text(encoding="utf-8").replace('code = "local"', 'code = "Overall"')
    (folder / "model.toml").write_text(text, encoding="utf-8")
    assert "clashing-code" in [entry.code for entry in compute(folder)[1]]


def test_the_page_of_rules_names_every_kind_that_can_stand_over_all_pools() -> None:
    """The order of things lists them."""
    for name, kind in kinds().items():
        assert (f"`{name}`" in ORDER.split("**Over all pools.**")[1].split("7.")[0]) is kind.over_all, name


def test_the_year_by_hand(tmp_path: Path) -> None:
    """Everything the accounts held before the stage is there after it, to the penny."""
    found = settled(tmp_path, 'cap: from = "TRUST", limit = { amount = 0.01 }, excess_to = "COUNCIL"')
    held = found.pots("overall")
    assert sum(held.values()) == Decimal("45000.00")
    assert held["TRUST"] == Decimal("0.01")
