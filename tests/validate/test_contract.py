"""What a contract names and the model doesn't have.

Each row changes one thing in a good model; the finding points at the changed line, unless the row names another.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cases import findings
from good_contract import (
    GOOD,
    LIMITS,
    OUTCOMES,
    Change,
    model,
    the_one_finding,
    what_is_told,
)

NAMES: dict[str, Change] = {
    "a partner in a key": Change(
        'key = "contribution"',
        "key = { CGC = 1 }",
        "pool 'local', rule 'allocate' (Para 7): no partner 'CGC'. Expected: one of CCG, COUNCIL, TRUST.",
        "Did you mean 'CCG'?",
    ),
    "a partner as holder of a fund": Change(
        'holder = "CCG"\narrangement',
        'holder = "CGC"\narrangement',
        "holder of fund 'core': there is no partner 'CGC'.",
        "Did you mean 'CCG'?",
        'holder = "CGC"',
    ),
    "a partner as holder of a reserve": Change(
        'holder = "CCG"\nopening',
        'holder = "CGC"\nopening',
        "holder of reserve 'risk_reserve': there is no partner 'CGC'.",
        "Did you mean 'CCG'?",
        'holder = "CGC"',
    ),
    "a reserve": Change(
        'reserve = "risk_reserve"',
        'reserve = "riskreserve"',
        "pool 'local', rule 'reserve' (Para 2): no reserve 'riskreserve'. Expected: one of risk_reserve.",
        "Did you mean 'risk_reserve'?",
    ),
    "a pool to pass money to": Change(
        '"pool:place" = 100',
        '"pool:palce" = 100',
        "pool 'local', rule 'share_ranges' (Para 5): 'pool:palce' is not a pool that runs later. ",
        "Did you mean 'place'?",
        "bands = [{ shares = { ",
    ),
    "a pool that ran already": Change(
        "shares = { CCG = 100 }",
        'shares = { "pool:local:GRAYS" = 100 }',
        "pool 'place', rule 'share_ranges' (Para 9): 'pool:local:GRAYS' is not a pool that runs later.",
        "",
        "bands = [{ up_to = 500",
    ),
    "the pool itself": Change(
        'forfeited_to = "commissioners"',
        'forfeited_to = "pool"',
        "pool 'local', rule 'outcomes' (Para 6): money cannot go back to 'pool'.",
        "Name a partner, a role or 'unshared'.",
    ),
    "a pool to decide about": Change(
        "amount = 10\n",
        'amount = 10\npool = "local:GRAYS"\n',
        "pool 'place', rule 'decision' (Minute 7.2): no pool 'local:GRAYS'. Expected: one of place.",
        "",
        "pool = ",
    ),
    "a geography": Change(
        'for_each = "adult"',
        'for_each = "adults"',
        "for_each of pool 'local': there is no geography 'adults'.",
        "Did you mean 'adult'?",
    ),
    "a fund in a scope": Change(
        'scope = { level = ["place"] }',
        'scope = { level = ["place"], fund = ["croe"] }',
        "scope of pool 'place': there is no fund 'croe'.",
        "Did you mean 'core'?",
    ),
    "the income of a partner in a limit": Change(
        "COUNCIL = { amount = 10_000 }",
        'COUNCIL = { percent = 1, of = "income" }',
        "pool 'place', rule 'cap' (Para 10) uses the income of COUNCIL, which the model doesn't give.",
        "Add income = ... to the partner.",
        "limits = ",
    ),
    "the income of a role in a key": Change(
        'key = "contribution"',
        'key = "income"',
        "pool 'local', rule 'allocate' (Para 7) uses the income of CCG, COUNCIL, which the model doesn't give.",
        "Add income = ... to the partner.",
        '[[pools.rules]]\nrule = "allocate"\nclause = "Para 7"',
    ),
    "a limit of no partner": Change(
        "COUNCIL = { amount = 10_000 }",
        "COUNCL = { amount = 10_000 }",
        "pool 'place', rule 'cap' (Para 10): 'COUNCL' is no partner, and only partners share an excess with others.",
        "Did you mean 'COUNCIL'?",
        "limits = ",
    ),
    "the contribution of a pot": Change(
        f'{LIMITS}\nexcess_to = "others"',
        'from = "pool"\nlimit = { percent = 5, of = "contribution" }\nexcess_to = "CCG"',
        "pool 'place', rule 'cap' (Para 10): pot 'pool' has no contribution.",
        "Cap it by an amount or a percent of the target.",
        '[[pools.rules]]\nrule = "cap"',
    ),
    "a measure for a locality": Change(
        "floor = 40",
        "floor = 30",
        "pool 'local', rule 'outcomes' (Para 6): inputs/outcomes.csv has no measure with a weight for pool 'local:TIL",
        "Give it a measure, or leave 'pool' empty in one for all pools.",
        "measures = ",
        outcomes=OUTCOMES.replace("a,,,", "a,,local:GRAYS,"),
    ),
}


def test_the_good_model_has_no_findings(tmp_path: Path) -> None:
    assert findings(model(tmp_path, GOOD)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_not_there(name: str, tmp_path: Path) -> None:
    the_one_finding(tmp_path, NAMES[name])


def test_several_unsound_rules_are_told_at_once(tmp_path: Path) -> None:
    names = ("a reserve", "a pool to pass money to", "a partner in a key", "a limit of no partner")
    assert what_is_told(tmp_path, [NAMES[name] for name in names]) == [True] * 4


def test_a_measure_of_no_pool_is_told_where_it_stands(tmp_path: Path) -> None:
    outcomes = OUTCOMES + "\nb,,local:GRAY,1,linear,higher,0,1,1"
    found = findings(model(tmp_path, GOOD, outcomes=outcomes))
    assert len(found) == 1
    assert found[0].startswith(
        "error: inputs/outcomes.csv, row 3, column pool: no pool 'local:GRAY'. Expected: one of "
    )
    assert found[0].endswith("Did you mean 'local:GRAYS'?")
