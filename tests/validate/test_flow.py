"""Rules that don't make sense together, and what is doubtful in them.

Each row changes one thing in a good model; the finding points at the changed line, unless the row names another.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cases import findings
from good_contract import (
    ALLOCATION,
    BROUGHT_IN,
    CAP,
    DRAW,
    EXCLUSION,
    FENCED,
    GOOD,
    GUARANTEE,
    LINES,
    LOSS_UP,
    MINUTE_7,
    MINUTE_8,
    NET,
    THRESHOLD,
    WITHHOLD,
    Change,
    model,
    the_one_finding,
    without,
)

TOP_UP = """\
[[pools.rules]]
rule = "reserve"
clause = "Para 5.2"
side = "gain"
reserve = "grant_reserve"
percent = 10
"""

FLOW: dict[str, Change] = {
    "a guarantee that nobody else pays": Change(
        MINUTE_7,
        f"{GUARANTEE}\n{MINUTE_7}",
        "pool 'place', rule 'guarantee' (Para 11): 'providers' are TRUST alone, who cannot pay for its own guarantee. "
        "Expected: one of CCG, COUNCIL, commissioners, providers.",
        "",
        'funded_by = "providers"',
    ),
    "a contribution below zero": Change(
        'key = "contribution"',
        'key = "contribution"\nrecurrent_only = false',
        "pool 'local:GRAYS', Allocate (commissioners) (Para 7): Budgets held by COUNCIL: -£100.00, below zero. "
        "Expected: budgets of zero or more.",
        "Give the rule fixed weights, or move the lines of income out of the pool.",
        '[[pools.rules]]\nrule = "allocate"\nclause = "Para 7"',
        lines=LINES + "e,locality,GRAYS,Beds,COUNCIL,-100,-100",
    ),
    "a balance that comes in twice": Change(
        THRESHOLD,
        f"{BROUGHT_IN}\n{BROUGHT_IN.replace('2.1', '2.2')}\n{THRESHOLD}",
        "pool 'local', rule 'carry_forward' (Para 2.2): the balance of 'risk_reserve' came in already, by "
        "pool 'local', rule 'carry_forward' (Para 2.1). Expected: each balance once.",
        "Remove one of the two.",
        'balance = "risk_reserve"\n\n[[pools.rules]]\nrule = "threshold"',
    ),
    "a pot left with a gain": Change(
        *without(ALLOCATION),
        "pool 'local': pot 'commissioners' may still hold a gain after the last rule.",
        "Add a rule that shares or allocates what it holds.",
        '[[pools]]\ncode = "local"',
    ),
    "the pool left with a loss": Change(
        *without(LOSS_UP),
        "pool 'local': pot 'pool' may still hold a loss after the last rule.",
        "Add a rule that shares or allocates what it holds.",
        '[[pools]]\ncode = "local"',
    ),
    "a pot left with either": Change(
        "shares = { CCG = 100 }",
        "shares = { CCG = 50, reinvestment = 50 }",
        "pool 'place': pot 'reinvestment' may still hold a gain or a loss after the last rule.",
        "Add a rule that shares or allocates what it holds.",
        '[[pools]]\ncode = "place"',
    ),
    "a pot that is misspelt where it takes": Change(
        'forfeited_to = "commissioners"',
        'forfeited_to = "comissioners"',
        "pool 'local': pot 'comissioners' may still hold a gain after the last rule.",
        "Did you mean 'commissioners'?",
        '[[pools]]\ncode = "local"',
    ),
    "others that are misspelt": Change(
        'excess_to = "others"',
        'excess_to = "other"',
        "pool 'place': pot 'other' may still hold a loss after the last rule.",
        "Did you mean 'others'?",
        '[[pools]]\ncode = "place"',
    ),
    "a pot that is misspelt where it gives": Change(
        'from = "providers"\nmeasures',
        'from = "provider"\nmeasures',
        "pool 'local', rule 'outcomes' (Para 6): pot 'provider' is empty when this rule runs.",
        "Did you mean 'providers'?",
        '[[pools.rules]]\nrule = "outcomes"',
    ),
    "a pot that gives to itself": Change(
        'forfeited_to = "commissioners"',
        'forfeited_to = "providers"',
        "pool 'local', rule 'outcomes' (Para 6): 'providers' gives to itself.",
        "Name another pot in 'forfeited_to'.",
    ),
    "a threshold after all is shared": Change(
        f"{LOSS_UP}\n",
        f"{LOSS_UP}\n{THRESHOLD.replace('Para 3', 'Para 5.1')}\n",
        "pool 'local', rule 'threshold' (Para 5.1): pot 'pool' is empty when this rule runs.",
        "Rules before it share all that the pool holds: put it above them.",
        '[[pools.rules]]\nrule = "threshold"\nclause = "Para 5.1"',
    ),
    "a reserve after all is shared": Change(
        f"{LOSS_UP}\n",
        f"{LOSS_UP}\n{DRAW}\n",
        "pool 'local', rule 'reserve' (Para 5.1): pot 'pool' is empty when this rule runs.",
        "Rules before it share all that the pool holds: put it above them.",
        '[[pools.rules]]\nrule = "reserve"\nclause = "Para 5.1"',
    ),
    "a cap on a partner that nothing was moved to yet": Change(
        ALLOCATION,
        f"{CAP}\n{ALLOCATION}",
        "pool 'local', rule 'cap' (Para 6.1): pot 'TRUST' is empty when this rule runs. "
        "Expected: a pot that an earlier rule moved money to.",
        "Put the rule after 'allocate' (Para 8), which moves money to it.",
        '[[pools.rules]]\nrule = "cap"\nclause = "Para 6.1"',
    ),
    "a withhold from a partner that nothing was moved to yet": Change(
        ALLOCATION,
        f"{WITHHOLD}\n{ALLOCATION}",
        "pool 'local', rule 'withhold' (Para 6.2): pot 'TRUST' is empty when this rule runs.",
        "Put the rule after 'allocate' (Para 8), which moves money to it.",
        '[[pools.rules]]\nrule = "withhold"',
    ),
    "a guarantee of a partner that nothing was moved to yet": Change(
        ALLOCATION,
        f"{GUARANTEE.replace('providers', 'commissioners')}\n{ALLOCATION}",
        "pool 'local', rule 'guarantee' (Para 11): pot 'TRUST' is empty when this rule runs.",
        "No later rule moves a loss to it either: remove the rule, or share something to the partner.",
        '[[pools.rules]]\nrule = "guarantee"',
    ),
    "a guaranteed gain of a partner that nothing was moved to yet": Change(
        ALLOCATION,
        f"{GUARANTEE.replace('providers', 'commissioners').replace('-100', '100')}\n{ALLOCATION}",
        "pool 'local', rule 'guarantee' (Para 11): pot 'TRUST' is empty when this rule runs.",
        "Put the rule after 'allocate' (Para 8), which moves money to it.",
        '[[pools.rules]]\nrule = "guarantee"',
    ),
    "a cap on a partner that never gets anything": Change(
        "bands = [{ up_to = 500, shares = { CCG = 100 } }, { shares = { TRUST = 80, COUNCIL = 20 } }]",
        'bands = [{ shares = { CCG = 100 } }]\n\n[[pools.rules]]\nrule = "withhold"\nclause = "Para 9.1"\n'
        'from = "CCG"\npercent = 50\nto = "TRUST"',
        "pool 'place', rule 'cap' (Para 10): pot 'COUNCIL' is empty when this rule runs.",
        "Put the rule after 'decision' (Minute 7.2), which moves money to it.",
        '[[pools.rules]]\nrule = "cap"',
    ),
    "losses that are netted after they were shared": Change(
        f"{LOSS_UP}\n",
        f"{LOSS_UP}\n{NET.replace('place', 'local')}\n",
        "pool 'local', rule 'net' (Para 8.1): pot 'pool' is empty when this rule runs.",
        "Rules before it share all that the pool holds: put it above them.",
        '[[pools.rules]]\nrule = "net"',
    ),
    "an exclusion after money moved": Change(
        f"{LOSS_UP}\n",
        f"{LOSS_UP}\n{EXCLUSION.replace('Para 1', 'Para 5.1')}\n",
        "pool 'local', rule 'exclude' (Para 5.1) stands after rules that move money.",
        "Move it to the top of the pool's rules.",
        '[[pools.rules]]\nrule = "exclude"\nclause = "Para 5.1"',
    ),
    "a decision that doesn't say for which pool": Change(
        ALLOCATION,
        f"{ALLOCATION}\n{MINUTE_8}",
        "pool 'local', rule 'decision' (Minute 8) doesn't say for which pool. Expected: one of local:GRAYS, local:TIL",
        "Add pool = ...",
        '[[pools.rules]]\nrule = "decision"\nclause = "Minute 8"',
    ),
    "lines in two pools": Change(
        'scope = { level = ["place"] }',
        'scope = { level = ["place", "locality"] }',
        "3 lines are both in pool 'local' and in pool 'place', such as 'a'. Expected: each line in one pool at most.",
        "Narrow one of the scopes.",
    ),
    "percentages of a target of zero": Change(
        'key = "contribution"',
        'key = "equal"',
        "pool 'local:TILBURY' has a target of £0.00, and percentages of it are taken by",
        "Check the lines and what changes the target, or state the rules in pounds.",
        '[[pools]]\ncode = "local"',
        lines=LINES.replace("COUNCIL,1000,1200", "COUNCIL,0,200"),
    ),
    "contributions of nobody": Change(
        'where = { service = ["Placements"] }',
        'where = { fund = ["core"], service = ["Placements"] }',
        "pool 'local:TILBURY': £85.00 stays in a pot because the weights of a key add to zero there.",
        "Use another key for the pot, or give the partners weights.",
        '[[pools]]\ncode = "local"',
        lines=LINES.replace("COUNCIL,1000,1200", "TRUST,1000,900"),
    ),
    "a figure beyond a trillion": Change(
        "agreed_on = 2021-03-15\n",
        "agreed_on = 2021-03-15\ndoubts = { variance_pounds = 999_999_999_999.99, line_pounds = 999_999_999_999.99 }\n",
        "the figures become too large to be kept to the penny",
        "Check the units of the inputs.",
        "no line",
        lines=LINES + "e,place,,Beds,CCG,999999999999,0\nf,place,,Beds,CCG,999999999999,0\n",
    ),
}


WARNINGS: dict[str, Change] = {
    "a reserve that bears more than it holds": Change(
        # The loss beyond £500, £94,500, at 98% and £200 of the localities are more than the £50,000 it holds. Something
        # is left for both partners: the cap below it would otherwise find nothing, which is an error of its own.
        "TRUST = 80, COUNCIL = 20",
        "risk_reserve = 98, TRUST = 1, COUNCIL = 1",
        "reserve 'risk_reserve' would be overdrawn by £42,810.00. Expected: a closing balance of zero or more.",
        "Draw on it with the rule 'reserve', which stops at what is left, and say who bears the rest.",
        '[[reserves]]\ncode = "risk_reserve"',
        LINES.replace("5000,5100", "1000000,1095000"),
    ),
    "ring-fenced money that its holder keeps": Change(
        'clause = "Schedule 1"\n',
        FENCED,
        "fixed and excluded lines of ring-fenced fund 'core' are underspent by £50.00. Their holders keep it; ",
        "the grant's conditions ask for reserve 'grant_reserve'.",
        "ring_fence = ",
        LINES.replace("1000,1200", "1000,1000").replace("CCG,1000,1000", "CCG,1000,950").replace("5100", "5000"),
    ),
    "a decision before the agreement": Change(
        "2022-05-19",
        "2020-05-19",
        "pool 'place', rule 'decision' (Minute 7.2): date = 2020-05-19, outside the agreement and its year 2021-22. "
        "Expected: 2021-03-15 to 2025-03-31.",
        "Check the minute.",
        "date = ",
    ),
    "a decision of another decade": Change(
        "2022-05-19",
        "2202-05-19",
        "pool 'place', rule 'decision' (Minute 7.2): date = 2202-05-19, outside the agreement and its year 2021-22.",
        "Check the minute.",
        "date = ",
    ),
    "one pool that is set off": Change(
        'scope = { level = ["place"] }\n',
        f'scope = {{ level = ["place"] }}\n\n{NET}',
        "pool 'place', rule 'net' (Para 8.1): 'place' is one pool, so that there is nothing to set off.",
        "Give the pool for_each or a table, or leave the rule out.",
        "across = ",
    ),
    "a partner of another role in a key": Change(
        'key = "contribution"',
        "key = { CCG = 2, TRUST = 1 }",
        "pool 'local', rule 'allocate' (Para 7): TRUST takes of the pot 'commissioners' but is no commissioner.",
        "Check the key.",
    ),
    "an exclusion that is misspelt": Change(
        'where = { service = ["Placements"] }',
        'where = { service = ["Placement"] }',
        "pool 'local', rule 'exclude' (Para 1): no line of the pool matches it.",
        "Did you mean 'Placements'?",
    ),
    "a pool that takes nothing": Change(
        'scope = { level = ["place"] }',
        'scope = { level = ["system"] }',
        "pool 'place' takes no lines.",
        "Check its scope.",
        lines=LINES.replace("d,place,,Beds,CCG,5000,5100\n", ""),
    ),
    "a second rule for the same gain": Change(
        f"{THRESHOLD}\n",
        THRESHOLD
        + '\n[[pools.rules]]\nrule = "share_ranges"\nclause = "Para 3.1"\nside = "gain"\n'
        + "bands = [{ shares = { commissioners = 50, providers = 50 } }]\n\n",
        "pool 'local', rule 'share_ranges' (Para 4): pot 'pool' holds no gain when it runs.",
        "It does nothing there: check the order.",
        '[[pools.rules]]\nrule = "share_ranges"\nclause = "Para 4"',
    ),
}


@pytest.mark.parametrize("name", FLOW)
def test_rules_that_do_not_make_sense_together(name: str, tmp_path: Path) -> None:
    the_one_finding(tmp_path, FLOW[name])


@pytest.mark.parametrize("name", WARNINGS)
def test_what_is_doubtful_is_a_warning(name: str, tmp_path: Path) -> None:
    the_one_finding(tmp_path, WARNINGS[name], "warning")


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        (BROUGHT_IN.replace("risk_reserve", "grant_reserve"), "balance = "),
        (DRAW.replace("risk_reserve", "grant_reserve"), "reserve = "),
        (WITHHOLD.replace('"TRUST"', '"grant_reserve"'), "from = "),
        (MINUTE_8.replace('from = "CCG"', 'from = "grant_reserve"'), "from = "),
    ],
)
def test_ring_fenced_money_is_not_released_for_another_use(rule: str, key: str, tmp_path: Path) -> None:
    """Design, section 6: a ring-fenced fund's underspend is never distributable, by whatever rule it would leave."""
    text = GOOD.replace('clause = "Schedule 1"\n', FENCED).replace(THRESHOLD, f"{rule}\n{THRESHOLD}")
    released = [line for line in findings(model(tmp_path, text)) if "puts it to another use" in line]
    at = text[: text.index(f'{key}"grant_reserve"')].count("\n") + 1
    assert len(released) == 1
    assert released[0].startswith(f"error: model.toml, line {at}: pool 'local', rule ")
    assert "'grant_reserve' keeps what ring-fenced fund 'core' left unspent" in released[0]
    assert released[0].endswith("A loss of pools whose scope is fund = ['core'] may draw on it.")


def test_a_loss_of_the_ring_fenced_fund_itself_draws_on_its_reserve(tmp_path: Path) -> None:
    """What the grant left unspent last year may be spent on the grant's own purpose this year."""
    fenced = GOOD.replace('clause = "Schedule 1"\n', FENCED)
    own = fenced.replace('level = ["locality"] }', 'level = ["locality"], fund = ["core"] }')
    drawn = own.replace(THRESHOLD, f"{DRAW.replace('risk_reserve', 'grant_reserve')}\n{THRESHOLD}")
    assert not [line for line in findings(model(tmp_path, drawn)) if "another use" in line]
    topped = fenced.replace(THRESHOLD, f"{TOP_UP}\n{THRESHOLD}")
    assert not [line for line in findings(model(tmp_path, topped)) if "another use" in line]


def test_a_cap_of_who_holds_no_budget_this_year_is_no_finding(tmp_path: Path) -> None:
    """The key is by budgets held, and the council has none in these lines: with others it would have a part to cap."""
    change = Change(ALLOCATION, f"{ALLOCATION}\n{CAP.replace('TRUST', 'COUNCIL')}", "")
    lines = LINES.replace("COUNCIL,1000,1200", "CCG,1000,1200")
    assert findings(model(tmp_path, GOOD.replace(change.old, change.new), lines)) == []


def test_a_board_may_decide_that_a_partner_pays_which_holds_nothing(tmp_path: Path) -> None:
    """A decision moves a stated sum whatever its giver holds: the CCG of the place pool has nothing there."""
    text = GOOD.replace('from = "COUNCIL"\nto = "TRUST"', 'from = "CCG"\nto = "TRUST"')
    shared = "bands = [{ up_to = 500, shares = { CCG = 100 } }, { shares = { TRUST = 80, COUNCIL = 20 } }]"
    assert findings(model(tmp_path, text.replace(shared, "bands = [{ shares = { TRUST = 80, COUNCIL = 20 } }]"))) == []
