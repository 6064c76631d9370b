"""A key, a word or a number that a contract cannot have.

Each row changes one thing in a good model; the finding points at the changed line, unless the row names another.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from good_contract import (
    FIRST_BAND,
    GOOD,
    LAST_BAND,
    LIMITS,
    THRESHOLD,
    TO_PLACE,
    Change,
    Nowhere,
    the_one_finding,
    what_is_told,
    without,
)
from riskshare.contract.formats import SUFFIXES
from riskshare.contract.parse import parse

# A key that is unknown, or one that is missing
KEYS: dict[str, Change] = {
    "of the model": Change(
        'title = "A good model"',
        'title = "A good model"\nyear = 2021',
        "the model has the unknown key 'year'. Expected: one of agreed_on, ",
        at="year = 2021",
    ),
    "of a partner": Change(
        "income = 30_000_000",
        "incme = 30_000_000",
        "partner 'TRUST' has the unknown key 'incme'. Expected: one of code, income, name, role.",
        "Did you mean 'income'?",
    ),
    "that is needed, misspelt": Change(
        'title = "A good model"',
        'titel = "A good model"',
        "the model has the unknown key 'titel'.",
        "Did you mean 'title'?",
    ),
    "of a fund": Change(
        'family = "ccg"',
        'ringfence = 1\nfamily = "ccg"',
        "fund 'core' has the unknown key 'ringfence'.",
        "Did you mean 'ring_fence'?",
    ),
    "of a rule": Change(
        "percent = 1.5",
        "percentage = 1.5\npercent = 1.5",
        "pool 'local', rule 'threshold' (Para 3) has the unknown key 'percentage'.",
        "Did you mean 'percent'?",
    ),
    "of another kind of rule": Change(
        "percent = 1.5",
        "reserve = 3\npercent = 1.5",
        "pool 'local', rule 'threshold' (Para 3) has the unknown key 'reserve'. Expected: one of amount, basis, ",
    ),
    "of a band": Change(
        "{ up_to = 3,",
        "{ upto = 3,",
        "pool 'local', rule 'share_ranges' (Para 4), bands.1 has the unknown key 'upto'."
        " Expected: one of shares, up_to.",
        "Did you mean 'up_to'?",
    ),
    "of a limit": Change(
        "COUNCIL = { amount = 10_000 }",
        "COUNCIL = { amount = 10_000, max = 3 }",
        "pool 'place', rule 'cap' (Para 10), limits.COUNCIL has the unknown key 'max'."
        " Expected: one of amount, lowest_of, of, percent.",
    ),
    "of a scope": Change(
        'scope = { level = ["place"] }',
        'scope = { levels = ["place"] }',
        "pool 'place', scope has the unknown key 'levels'.",
        "Did you mean 'level'?",
    ),
    "of an exclusion": Change(
        'where = { service = ["Pl',
        'where = { services = ["Pl',
        "pool 'local', rule 'exclude' (Para 1), where has the unknown key 'services'.",
        "Did you mean 'service'?",
    ),
    "a title that is missing": Change(
        *without('title = "A good model"\n'), "the model lacks the key 'title'.", "Add title = ..."
    ),
    "a role that is missing": Change(
        *without('role = "provider"\n'),
        "partner 'TRUST' lacks the key 'role'.",
        "Add role = ...",
        '[[partners]]\ncode = "TRUST"',
    ),
    "a fund without a holder": Change(
        'holder = "CCG"\narrangement',
        "arrangement",
        "fund 'core' lacks the key 'holder'.",
        "Add holder = ...",
        "[[funds]]",
    ),
    "a reserve without a holder": Change(
        'holder = "CCG"\nopening',
        "opening",
        "reserve 'risk_reserve' lacks the key 'holder'.",
        "Add holder = ...",
        "[[reserves]]",
    ),
    "a clause that is missing": Change(
        *without('clause = "Para 3"\n'),
        "pool 'local', rule 'threshold' lacks the key 'clause'.",
        "",
        '[[pools.rules]]\nrule = "threshold"',
    ),
    "bands that are missing": Change(
        *without(TO_PLACE),
        "pool 'local', rule 'share_ranges' (Para 5) lacks the key 'bands'.",
        "",
        '[[pools.rules]]\nrule = "share_ranges"\nclause = "Para 5"',
    ),
    "shares that are missing": Change(
        LAST_BAND, "  { up_to = 7 },", "pool 'local', rule 'share_ranges' (Para 4), bands.2 lacks the key 'shares'."
    ),
    "a cap that doesn't say where its excess goes": Change(
        *without('excess_to = "others"\n'),
        "pool 'place', rule 'cap' (Para 10) lacks the key 'excess_to'.",
        "Add excess_to = ...",
        '[[pools.rules]]\nrule = "cap"',
    ),
    "a rule without its kind": Change(
        *without('rule = "threshold"\n'),
        "pool 'local', a rule (Para 3) lacks the key 'rule'. Expected: one of ",
        "",
        '[[pools.rules]]\nclause = "Para 3"',
    ),
}

# A term that is of the wrong type, or a word that is unknown
TERMS: dict[str, Change] = {
    "a number in quotes": Change(
        "percent = 1.5",
        'percent = "1.5"',
        "pool 'local', rule 'threshold' (Para 3), percent = '1.5': a number is expected, without quotes.",
    ),
    "a truth value for a number": Change(
        "percent = 1.5",
        "percent = true",
        "pool 'local', rule 'threshold' (Para 3), percent = true: a number is expected",
    ),
    "a number for a text": Change(
        'financial_year = "2021-22"', "financial_year = 2021", "financial_year = 2021. Expected: a text in quotes."
    ),
    "a year of another form": Change(
        'financial_year = "2021-22"',
        'financial_year = "2021/22"',
        "financial_year = '2021/22'. Expected: a year such as '2021-22'.",
    ),
    "a date that is none": Change(
        "2021-03-15", '"spring"', "agreed_on = 'spring'. Expected: a date such as 2022-05-19.", "", "agreed_on"
    ),
    "a table for a list": Change(
        TO_PLACE,
        'bands = { shares = { "pool:place" = 100 } }',
        "pool 'local', rule 'share_ranges' (Para 5), bands. Expected: a list such as [ ... ].",
    ),
    "a text for a table": Change(
        'scope = { level = ["place"] }', 'scope = "place"', "pool 'place', scope = 'place'. Expected: a table."
    ),
    "a text for a list": Change(
        'scope = { level = ["place"] }',
        'scope = { level = "place" }',
        "pool 'place', scope.level = 'place'. Expected: a list such as [ ... ].",
    ),
    "a list for a table": Change(
        TO_PLACE,
        'bands = [{ shares = ["pool:place"] }]',
        "pool 'local', rule 'share_ranges' (Para 5), bands.1.shares. Expected: a table such as { ... }.",
    ),
    "a level": Change(
        'scope = { level = ["place"] }',
        'scope = { level = ["palce"] }',
        "pool 'place', scope.level.1 = 'palce'. Expected: 'neighbourhood', 'locality', 'place', 'partnership' or ",
        "Did you mean 'place'?",
    ),
    "a role": Change(
        'role = "provider"',
        'role = "providers"',
        "partner 'TRUST', role = 'providers'. Expected: 'commissioner' or 'provider'.",
        "Did you mean 'provider'?",
    ),
    "a side": Change(
        'side = "gain"',
        'side = "gains"',
        "pool 'local', rule 'share_ranges' (Para 4), side = 'gains'. Expected: 'gain', 'loss' or 'both'.",
        "Did you mean 'gain'?",
    ),
    "a side that a rule doesn't have": Change(
        'side = "loss"\nreserve',
        'side = "both"\nreserve',
        "pool 'local', rule 'reserve' (Para 2), side = 'both'. Expected: 'gain' or 'loss'.",
    ),
    "a basis": Change(
        "percent = 1.5",
        'percent = 1.5\nbasis = "first pound"',
        "pool 'local', rule 'threshold' (Para 3), basis = 'first pound'. Expected: 'first_pound' or 'excess_only'.",
        "Did you mean 'first_pound'?",
        "basis = ",
    ),
    "what a percentage is of": Change(
        "COUNCIL = { amount = 10_000 }",
        'COUNCIL = { percent = 3, of = "turnover" }',
        "pool 'place', rule 'cap' (Para 10), limits.COUNCIL.of = 'turnover'."
        " Expected: 'target', 'contribution' or 'income'.",
        "",
        "limits = ",
    ),
    "a version": Change("schema = 1", "schema = 2", "schema = 2. Expected: 1."),
    "a code with a space": Change(
        'code = "risk_reserve"',
        'code = "risk reserve"',
        "reserve 'risk reserve', code = 'risk reserve'. Expected: a letter, then letters, digits, _ or -, at most 40",
    ),
    "a name for a code": Change(
        'arrangement = "aligned"',
        'arrangement = "aligned"\nring_fence = { purpose = "care", underspend_to = "Risk reserve" }',
        "fund 'core', ring_fence.underspend_to = 'Risk reserve'. Expected: a letter, then letters, digits, _ or -,",
        "Use the code, 'risk_reserve'.",
        "ring_fence = ",
    ),
    "a partner's name for its code": Change(
        'holder = "CCG"\narrangement',
        'holder = "Clinical commissioning group"\narrangement',
        "fund 'core', holder = 'Clinical commissioning group'. Expected: a letter, then letters, digits, _ or -,",
        "Use the code, 'CCG'.",
        'holder = "Clinical',
    ),
    "a path with backslashes": Change(
        'file = "inputs/adult.csv"',
        "file = 'inputs\\adult.csv'",
        "geography 'adult', file = 'inputs\\adult.csv'. Expected: a .csv or .xlsx file inside the model's folder",
        "Write / between folders.",
    ),
    "a key of the model below a table": Change(
        "opening = 50_000",
        "opening = 50_000\nagreed_on = 2021-03-15",
        "reserve 'risk_reserve' has the unknown key 'agreed_on'. Expected: one of account, balances, code, holder, ",
        "If 'agreed_on' is of the whole model, move it above the first [[table]].",
        "agreed_on = 2021-03-15\n\n[[funds]]",
    ),
    "a required key of the model below a table": Change(
        'status = "illustrative"\nagreed_on = 2021-03-15\n\n[[partners]]\ncode = "CCG"',
        'agreed_on = 2021-03-15\n\n[[partners]]\nstatus = "illustrative"\ncode = "CCG"',
        "partner 'CCG' has the unknown key 'status'. Expected: one of code, income, name, role.",
        "If 'status' is of the whole model, move it above the first [[table]].",
        'status = "illustrative"',
    ),
    "one table for a list of them": Change(
        '[[geographies]]\ncode = "adult"',
        '[geographies]\ncode = "adult"',
        "geographies. Expected: a list such as [ ... ].",
        "Write [[geographies]], with two brackets.",
        "[geographies]",
    ),
    "a file of another kind": Change(
        'file = "inputs/adult.csv"',
        'file = "inputs/adult.txt"',
        f"geography 'adult', file = 'inputs/adult.txt'. Expected: a {SUFFIXES} file inside the model's folder",
    ),
    "a name with capitals": Change(
        'name = "good"', 'name = "Good"', "name = 'Good'. Expected: small letters, digits and -"
    ),
    "an empty text": Change(
        'reason = "Transport costs accepted"',
        'reason = " "',
        "pool 'place', rule 'decision' (Minute 7.2), reason = ' '. Expected: some text.",
    ),
    "a key": Change(
        'key = "contribution"',
        'key = "contributions"',
        "pool 'local', rule 'allocate' (Para 7), key = 'contributions'."
        " Expected: 'contribution', 'equal', 'income' or 'own_variance', or { PARTNER =",
        "Did you mean 'contribution'?",
    ),
    "a number for a key": Change(
        'key = "contribution"',
        "key = 3",
        "pool 'local', rule 'allocate' (Para 7), key = 3. Expected: 'contribution', 'equal', 'income' or 'own_va",
    ),
    "a weight in quotes": Change(
        'key = "contribution"',
        'key = { CCG = "1" }',
        "pool 'local', rule 'allocate' (Para 7), key.CCG = '1': a number is expected",
    ),
    "a kind of rule": Change(
        'rule = "threshold"',
        'rule = "treshold"',
        "pool 'local', unknown rule 'treshold' (Para 3). Expected: one of ",
        "Did you mean 'threshold'?",
    ),
    "a rule that follows by itself": Change(
        THRESHOLD,
        '[[pools.rules]]\nrule = "ring_fence"\nclause = "Para 3"\nreserve = "risk_reserve"\n',
        "pool 'local', rule = 'ring_fence' is automatic: it follows from the funds and is not written.",
        "Remove it; ring_fence stands on the fund.",
        'rule = "ring_fence"',
    ),
}

# A number that is out of range, or terms that don't go together
RANGES: dict[str, Change] = {
    "a percentage above 100": Change(
        "percent = 1.5",
        "percent = 101",
        "pool 'local', rule 'threshold' (Para 3), percent = 101. Expected: at most 100.",
    ),
    "a percentage below zero": Change(
        "percent = 1.5", "percent = -1", "pool 'local', rule 'threshold' (Para 3), percent = -1. Expected: at least 0."
    ),
    "a percentage with too many decimals": Change(
        "percent = 1.5",
        "percent = 1.2345678",
        "pool 'local', rule 'threshold' (Para 3), percent = 1.2345678. Expected: at most 6 decimals.",
    ),
    "a truth value as the version": Change("schema = 1", "schema = true", "schema = true: a whole number is expected."),
    "a truth value as a row": Change(
        'file = "inputs/lines.csv"',
        'file = "inputs/lines.csv"\nheader_row = true',
        "file 'inputs/lines.csv', header_row = true. Expected: a whole number.",
        "",
        "header_row = true",
    ),
    "a truth value as units": Change(
        'file = "inputs/lines.csv"',
        'file = "inputs/lines.csv"\nunits = true',
        "file 'inputs/lines.csv', units = true: a whole number is expected.",
        "",
        "units = true",
    ),
    "half a penny": Change(
        "amount = 10\n",
        "amount = 10.005\n",
        "pool 'place', rule 'decision' (Minute 7.2), amount = 10.005. Expected: at most 2 decimals.",
    ),
    "a negative amount": Change(
        "amount = 10\n",
        "amount = -10\n",
        "pool 'place', rule 'decision' (Minute 7.2), amount = -10. Expected: more than 0.",
    ),
    "a trillion": Change(
        "amount = 10\n",
        "amount = 1_000_000_000_000\n",
        "pool 'place', rule 'decision' (Minute 7.2), amount = 1000000000000. Expected: less than 1,000,000,000,000.",
    ),
    "infinity": Change(
        "amount = 10\n",
        "amount = inf\n",
        "pool 'place', rule 'decision' (Minute 7.2), amount = Infinity. Expected: a number.",
    ),
    "a balance too far below zero": Change(
        "opening = 50_000",
        "opening = -1_000_000_000_000",
        "reserve 'risk_reserve', opening = -1000000000000. Expected: more than -1,000,000,000,000.",
    ),
    "a negative weight": Change(
        'key = "contribution"',
        "key = { CCG = -1, COUNCIL = 2 }",
        "pool 'local', rule 'allocate' (Para 7), key.CCG = -1. Expected: at least 0.",
    ),
    "weights that add to zero": Change(
        'key = "contribution"',
        "key = { CCG = 0, COUNCIL = 0 }",
        "pool 'local', rule 'allocate' (Para 7), key: the weights add to zero",
    ),
    "shares below 100": Change(
        "TRUST = 80, COUNCIL = 20",
        "TRUST = 33.33, COUNCIL = 66.66",
        "pool 'place', rule 'share_ranges' (Para 9), bands.2.shares: the shares add to 99.99, not 100.",
        "",
        "bands = [{ up_to = 500",
    ),
    "shares above 100": Change(
        "TRUST = 80, COUNCIL = 20",
        "TRUST = 80, COUNCIL = 30",
        "pool 'place', rule 'share_ranges' (Para 9), bands.2.shares: the shares add to 110, not 100.",
        "",
        "bands = [{ up_to = 500",
    ),
    "a share for nobody": Change(
        LAST_BAND,
        "  { shares = {} },",
        "pool 'local', rule 'share_ranges' (Para 4), bands.2.shares. Expected: at least 1 of them.",
    ),
    "no bands": Change(
        TO_PLACE, "bands = []", "pool 'local', rule 'share_ranges' (Para 5), bands. Expected: at least 1 of them."
    ),
    "bands that overlap": Change(
        FIRST_BAND,
        f"{FIRST_BAND}\n{FIRST_BAND.replace('3', '2')}",
        "pool 'local', rule 'share_ranges' (Para 4): each band must end higher than the one before, or bands overlap.",
        "",
        '[[pools.rules]]\nrule = "share_ranges"\nclause = "Para 4"',
    ),
    "a band of nothing": Change(
        FIRST_BAND,
        f"{FIRST_BAND}\n{FIRST_BAND}",
        "pool 'local', rule 'share_ranges' (Para 4): each band must end higher than the one before, or bands overlap.",
        "",
        '[[pools.rules]]\nrule = "share_ranges"\nclause = "Para 4"',
    ),
    "a band that starts where none ended": Change(
        FIRST_BAND,
        FIRST_BAND.replace("up_to = 3, ", ""),
        "pool 'local', rule 'share_ranges' (Para 4): only the last band may be without 'up_to'.",
        "",
        '[[pools.rules]]\nrule = "share_ranges"\nclause = "Para 4"',
    ),
    "a last band that ends": Change(
        LAST_BAND,
        "  { up_to = 9, shares = { commissioners = 100 } },",
        "pool 'local', rule 'share_ranges' (Para 4): the last band must have no 'up_to', or what lies beyond",
        "",
        '[[pools.rules]]\nrule = "share_ranges"\nclause = "Para 4"',
    ),
    "a band to zero": Change(
        "{ up_to = 3,",
        "{ up_to = 0,",
        "pool 'local', rule 'share_ranges' (Para 4), bands.1.up_to = 0. Expected: more than 0.",
    ),
    "a threshold in percent and in pounds": Change(
        "percent = 1.5",
        "percent = 1.5\namount = 3",
        "pool 'local', rule 'threshold' (Para 3): give either 'percent' (of the target) or 'amount' (pounds).",
        "",
        '[[pools.rules]]\nrule = "threshold"',
    ),
    "a threshold of nothing": Change(
        *without("percent = 1.5\n"),
        "pool 'local', rule 'threshold' (Para 3): give either 'percent' (of the target) or 'amount' (pounds).",
        "",
        '[[pools.rules]]\nrule = "threshold"',
    ),
    "a reserve that takes the whole gain": Change(
        'side = "loss"\nreserve = "risk_reserve"\nlimit = 1_000',
        'side = "gain"\nreserve = "risk_reserve"',
        "pool 'local', rule 'reserve' (Para 2): give 'percent' or 'limit', or the reserve would take the whole gain.",
        "",
        '[[pools.rules]]\nrule = "reserve"',
    ),
    "a floor above the ceiling": Change(
        "floor = 40",
        "floor = 40\nceiling = 30",
        "pool 'local', rule 'outcomes' (Para 6): 'floor' must not be higher than 'ceiling'.",
        "",
        '[[pools.rules]]\nrule = "outcomes"',
    ),
    "from without limit": Change(
        LIMITS,
        'from = "TRUST"',
        "pool 'place', rule 'cap' (Para 10): 'from' goes with 'limit'.",
        "",
        '[[pools.rules]]\nrule = "cap"',
    ),
    "limit without from": Change(
        LIMITS,
        "limit = { amount = 3 }",
        "pool 'place', rule 'cap' (Para 10): give either 'from' with 'limit', or 'limits'.",
        "",
        '[[pools.rules]]\nrule = "cap"',
    ),
    "a cap of nothing": Change(
        *without(LIMITS),
        "pool 'place', rule 'cap' (Para 10): give either 'from' with 'limit', or 'limits'.",
        "",
        '[[pools.rules]]\nrule = "cap"',
    ),
    "a limit that is two": Change(
        "COUNCIL = { amount = 10_000 }",
        'COUNCIL = { amount = 10_000, percent = 3, of = "target" }',
        "pool 'place', rule 'cap' (Para 10), limits.COUNCIL: give one of 'amount', 'percent' (with 'of')",
        "",
        "limits = ",
    ),
    "a percent of nothing": Change(
        "COUNCIL = { amount = 10_000 }",
        "COUNCIL = { percent = 3 }",
        "pool 'place', rule 'cap' (Para 10), limits.COUNCIL: 'percent' goes with 'of': target, contribution or income.",
        "",
        "limits = ",
    ),
    "the lowest of one": Change(
        "COUNCIL = { amount = 10_000 }",
        "COUNCIL = { lowest_of = [{ amount = 3 }] }",
        "pool 'place', rule 'cap' (Para 10), limits.COUNCIL.lowest_of. Expected: at least 2 of them.",
        "",
        "limits = ",
    ),
    "an excess that goes where it comes from": Change(
        'excess_to = "others"',
        'excess_to = "TRUST"',
        "pool 'place', rule 'cap' (Para 10): the excess of 'TRUST' cannot go to 'TRUST' itself.",
        "",
        '[[pools.rules]]\nrule = "cap"',
    ),
}


@pytest.mark.parametrize("name", KEYS)
def test_a_key_that_is_unknown_or_missing(name: str, tmp_path: Path) -> None:
    the_one_finding(tmp_path, KEYS[name])


@pytest.mark.parametrize("name", TERMS)
def test_a_term_of_another_type_or_word(name: str, tmp_path: Path) -> None:
    the_one_finding(tmp_path, TERMS[name])


@pytest.mark.parametrize("name", RANGES)
def test_a_number_out_of_range_or_terms_that_do_not_go_together(name: str, tmp_path: Path) -> None:
    the_one_finding(tmp_path, RANGES[name])


def test_several_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """One in each part of the file, in the order of their lines."""
    changes = [KEYS["a title that is missing"], KEYS["of a partner"], RANGES["a percentage above 100"], TERMS["a key"]]
    changes += [RANGES["shares below 100"], RANGES["from without limit"], RANGES["half a penny"]]
    assert what_is_told(tmp_path, changes) == [True] * 7


junk = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 10**13),
        st.sampled_from(["", "CCG", "pool", "others", "income", "x y"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["CCG", "of", "a b"]), inner, max_size=2)
    ),
    max_leaves=3,
)


@settings(max_examples=300)
@given(st.data())
def test_whatever_stands_in_a_model_file_gives_findings_and_no_exception(data: st.DataObject) -> None:
    values = tomllib.loads(GOOD, parse_float=Decimal)
    for _ in range(data.draw(st.integers(1, 3))):
        replace_something(values, data)
    contract, found = parse(values, Nowhere())
    assert (contract is None) == bool(found)
    assert all(str(finding) for finding in found)


def replace_something(values: dict[str, Any], data: st.DataObject) -> None:
    """Puts junk in the place of one value, at any depth."""
    here: Any = values
    while True:
        keys = sorted(here) if isinstance(here, dict) else list(range(len(here)))
        key = data.draw(st.sampled_from(keys))
        inside = here[key]
        if not isinstance(inside, dict | list) or not inside or data.draw(st.integers(0, 4)) == 0:
            here[key] = data.draw(junk)
            return
        here = inside
