"""A percent of a partner's whole income in each of several pools is a warning with what it allows in all.

The charity's income is £1m, the trust's £30m; the localities are GRAYS and TILBURY.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cases import findings
from contracts import BY_LOCALITY, LOCAL, PLACE, TO_PROVIDERS, Rules, pools_contract, shared

LINES = BY_LOCALITY.format(grays=1500, tilbury=1500, place=5000, system=5000)
ACTION = "Check that the contract means each pool, or state a part for each. A limit over all pools is an overall rule."
GUARANTEE = 'guarantee: partner = "CHARITY", floor = -5, funded_by = "CCG"'
TO_CHARITY = shared("CHARITY = 100")


def _cap(pot: str, limit: str) -> str:
    return f'cap: from = "{pot}", limit = {{ {limit} }}, excess_to = "CCG"'


def _warnings(folder: Path, scope: str, rules: Rules) -> list[str]:
    pools = {"local": (scope, rules), "rest": ('scope = { level = ["system"] }', (TO_CHARITY,))}
    pools_contract(folder, pools, LINES)
    return [text for text in findings(folder / "pools") if "income" in text]


def test_the_warning_says_what_is_allowed_in_all(tmp_path: Path) -> None:
    """10% of £1m in each of two localities is £200,000, 20%."""
    (found,) = _warnings(tmp_path, LOCAL, (TO_CHARITY, _cap("CHARITY", 'percent = 10, of = "income"')))
    assert found.startswith("warning: model.toml, line ")
    assert found.endswith(
        "pool 'local', Cap (Schedule 9): a percent of the whole income of CHARITY limits each of 2 pools: "
        f"£200,000.00 in all, 20% of it. {ACTION}"
    )


def test_a_role_s_income_is_that_of_its_partners(tmp_path: Path) -> None:
    """0.1% of £31m is £31,000 in each of two localities."""
    rules = (
        TO_PROVIDERS,
        _cap("providers", 'percent = 0.1, of = "income"'),
        'allocate: from = "providers", key = "equal"',
    )
    (found,) = _warnings(tmp_path, LOCAL, rules)
    assert "income of providers limits each of 2 pools: £62,000.00 in all, 0.2% of it." in found


def test_of_several_limits_the_lowest_counts(tmp_path: Path) -> None:
    """1% of £1m is £10,000, but at most £8,000: £16,000 in all, 1.6%. At most £500 is less in all than 1% once."""
    limit = 'lowest_of = [{{ percent = 1, of = "income" }}, {{ amount = {} }}]'
    (found,) = _warnings(tmp_path, LOCAL, (TO_CHARITY, _cap("CHARITY", limit.format(8000))))
    assert "£16,000.00 in all, 1.6% of it." in found
    assert _warnings(tmp_path, LOCAL, (TO_CHARITY, _cap("CHARITY", limit.format(500)))) == []


@pytest.mark.parametrize(
    ("scope", "limit"),
    [(PLACE, 'percent = 10, of = "income"'), (LOCAL, "amount = 500"), (LOCAL, 'percent = 10, of = "target"')],
)
def test_one_pool_or_another_measure_is_no_doubt(tmp_path: Path, scope: str, limit: str) -> None:
    assert _warnings(tmp_path, scope, (TO_CHARITY, _cap("CHARITY", limit))) == []


@pytest.mark.parametrize(
    ("rules", "label"),
    [
        ((TO_CHARITY, _cap("CHARITY", "amount = 5")), "Limit of CHARITY in each pool"),
        ((TO_CHARITY, _cap("CHARITY", 'percent = 5, of = "target"')), "Limit of CHARITY in each pool, % of target"),
        (
            (TO_CHARITY, 'guarantee: partner = "CHARITY", floor = -5, funded_by = "CCG"'),
            "Floor of CHARITY in each pool",
        ),
        (('withhold: from = "pool", to = "CCG", percent = 5, limit = 5', TO_CHARITY), "At most, in each pool"),
        (
            (TO_CHARITY, 'carry_forward: from = "CHARITY", percent = 5, limit = 5'),
            "At most, from each pot in each pool",
        ),
    ],
)
def test_a_limit_says_that_it_holds_in_each_pool(tmp_path: Path, rules: Rules, label: str) -> None:
    """On Terms and on the Share sheet alike."""
    built = pools_contract(tmp_path, {"local": (LOCAL, rules)}, LINES).built
    terms = next(table for table in built.plan.tables if table.name == "terms")
    meaning = next(column for column in terms.columns if column.name == "meaning")
    assert label in (getattr(meaning, "values", None) or ())
    assert label in {step.label for step in built.plan.groups[0].table.steps}
