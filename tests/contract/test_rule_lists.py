"""Rules that several pools share: lists of rules, terms of a pool, and variants of a pool."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from cases import HEAD, PARTNERS, Answer, answer, findings, write_model
from riskshare.audit.changes.contract import contract_changes
from riskshare.figures.pin.file import record
from riskshare.inputs.reading import read_model

LISTS = """
[[rule_lists]]
code = "sharing"
rules = [
  { rule = "share_ranges", clause = "Para 1", bands = [{ shares = { TRUST = { term = "rate" }, CCG = "rest" } }] },
  { rule = "cap", clause = "Para 2", from = "TRUST", limit = { amount = { term = "most" } }, excess_to = "CCG" },
]

[[rule_lists]]
code = "kept_back"
rules = [{ rule = "withhold", clause = "Para 3", from = "TRUST", percent = 10, to = "CHARITY" }]
"""
POOL = """
[[pools]]
code = "{code}"
table = "inputs/pools.csv"
holder = "CCG"
where = {{ track = ["{code}"] }}
"""
A = POOL.format(code="a")
B = POOL.format(code="b")
ROWS = "pool,target,outturn,track,rate,other\nx,1000,800,a,40,1\ny,1000,700,b,60,2"


def model(tmp_path: Path, text: str, rows: str = ROWS) -> Path:
    return write_model(tmp_path / "lists", HEAD.format(name="lists") + PARTNERS + text, pools=rows)


def held(found: Answer) -> dict[str, Decimal]:
    """What the trust holds in the end in each pool."""
    groups = found.built.plan.groups
    return {pool: found.step(pool, group.final["TRUST"]) for group in groups for pool in group.pools}


def line_of(text: str, words: str) -> int:
    """The line of the model file that has these words."""
    whole = (HEAD.format(name="lists") + PARTNERS + text).splitlines()
    (number,) = (number for number, line in enumerate(whole, start=1) if words in line)
    return number


# ---------------------------------------------------------------------------------------------- what they mean


def test_two_pools_share_a_list_with_their_own_terms(tmp_path: Path) -> None:
    """Half of 200, at most 90; and 60% of 300, at most 500."""
    text = LISTS + A + 'rules_from = "sharing"\nterms = { rate = 50, most = 90 }\n'
    text += B + 'rules_from = ["sharing"]\nterms = { rate = 60, most = 500 }\n'
    assert held(answer(model(tmp_path, text))) == {"a:x": 90, "b:y": 180}


def test_lists_come_in_the_order_named_and_then_the_pools_own_rules(tmp_path: Path) -> None:
    """Half of 200 is 100; a tenth is kept back, and of what is left the pool's own rule takes a fifth: 72."""
    own = 'rules = [{ rule = "withhold", clause = "Para 4", from = "TRUST", percent = 20, to = "COUNCIL" }]\n'
    text = LISTS + A + 'rules_from = ["sharing", "kept_back"]\nterms = { rate = 50, most = 500 }\n' + own
    found = answer(model(tmp_path, text))
    assert [rule.clause for rule in found.built.plan.groups[0].pool.rules] == ["Para 1", "Para 2", "Para 3", "Para 4"]
    assert found.pots("a:x") == {"TRUST": 72, "CCG": 100, "CHARITY": 10, "COUNCIL": 18}


VARIED = (
    LISTS
    + A
    + """rules_from = "sharing"
terms = { rate = 50, most = 500 }
variants = [
  { code = "b", where = { track = ["b"] }, terms = { most = 120 } },
]
"""
)


def test_a_variant_has_all_that_it_does_not_state_otherwise(tmp_path: Path) -> None:
    """Half of 300 is 150, at most 120; table, holder, rate and rules are those of the pool."""
    found = answer(model(tmp_path, VARIED))
    assert held(found) == {"a:x": 100, "b:y": 120}
    assert [group.pool.title for group in found.built.plan.groups] == ["a", "b"]


def test_a_variant_may_have_other_rules(tmp_path: Path) -> None:
    text = VARIED.replace("terms = { most = 120 } }", 'rules_from = "kept_back", rules = [OWN] }').replace(
        "OWN",
        '{ rule = "share_ranges", clause = "Para 9", bands = [{ shares = { TRUST = { term = "rate" }, CCG = 50 } }] }',
    )
    text = text.replace('from = "TRUST", percent = 10, to = "CHARITY"', 'from = "pool", percent = 10, to = "CHARITY"')
    found = answer(model(tmp_path, text))
    assert found.pots("b:y") == {"TRUST": 135, "CCG": 135, "CHARITY": 30}


def test_a_term_may_be_a_column_a_word_or_a_whole_table(tmp_path: Path) -> None:
    """40% of 200 by the row's rate, passed to the pot that the term names."""
    text = LISTS.replace('excess_to = "CCG"', 'excess_to = { term = "over" }').replace(
        'limit = { amount = { term = "most" } }', 'limit = { term = "most" }'
    )
    text += (
        A + 'rules_from = "sharing"\nterms = { rate = { column = "rate" }, most = { amount = 75 }, over = "COUNCIL" }\n'
    )
    found = answer(model(tmp_path, text))
    assert found.pots("a:x") == {"TRUST": 75, "CCG": 120, "COUNCIL": 5}


FORMATTED = """
formats = { rate = "percent" }
rules_from = "sharing"
terms = { rate = { column = "rate" }, most = 500 }
variants = [{ code = "b", where = { track = ["b"] }, terms = { rate = 50 } }]
"""


def test_a_variant_reads_only_the_formats_of_its_own_columns(tmp_path: Path) -> None:
    """`rate` is read by the first pool alone; the format of a column that nobody reads is still told."""
    assert held(answer(model(tmp_path, LISTS + A + FORMATTED))) == {"a:x": 80, "b:y": 150}
    more = FORMATTED.replace('"percent" }', '"percent", other = "percent" }')
    assert any("reads no column 'other'" in found for found in findings(model(tmp_path, LISTS + A + more)))


# ---------------------------------------------------------------------------------------------- where they stand


def test_a_term_names_the_line_that_it_is_written_on(tmp_path: Path) -> None:
    """What a pool states stands in its terms, what the list states in the list; a variant's in the variant."""
    text = VARIED.replace(
        '{ rule = "cap"',
        '{ rule = "withhold", clause = "Para 0", from = "TRUST", percent = 1, to = "CCG" },\n  { rule = "cap"',
    )
    terms = answer(model(tmp_path, text)).built.figures["terms"]
    stands = dict(terms.select("term", "stands_in").rows())
    shared, own = line_of(text, "rate = 50"), line_of(text, "most = 120")
    assert stands == {
        "a.share_ranges.band_1.share.TRUST": f"model.toml line {shared}",
        "a.withhold.percent": f"model.toml line {line_of(text, 'Para 0')}",
        "a.cap.limit.TRUST": f"model.toml line {shared}",
        "b.share_ranges.band_1.share.TRUST": f"model.toml line {shared}",
        "b.withhold.percent": f"model.toml line {line_of(text, 'Para 0')}",
        "b.cap.limit.TRUST": f"model.toml line {own}",
    }


BROKEN = {
    "a list that is not there": (
        ('rules_from = "sharing"', 'rules_from = "sharin"'),
        'rules_from = "sharin"',
        "error: model.toml, line {line}: pool 'a': 'sharin' is no rule list. Expected: one of sharing, kept_back.",
    ),
    "a term that is not stated": (
        ("most = 500", "least = 500"),
        '"cap"',
        "error: model.toml, line {line}: pool 'a' states no term 'most', which rule list 'sharing' asks for. Add most",
    ),
    "a term that is spelled otherwise": (
        ("most = 500", "mots = 500"),
        '"cap"',
        "error: model.toml, line {line}: pool 'a' states no term 'most', which rule list 'sharing' asks for. Did you",
    ),
    "a term that nothing asks for": (
        ("most = 500", "most = 500, least = 5"),
        "rate = 50",
        "warning: model.toml, line {line}: terms of pool 'a': no rule asks for 'least'.",
    ),
    "a wrong word in a list, told once": (
        ('excess_to = "CCG"', 'exces_to = "CCG"'),
        '"cap"',
        "error: model.toml, line {line}: pool 'a', rule 'cap' (Para 2) has the unknown key 'exces_to'.",
    ),
    "a wrong term of a variant": (
        ("most = 120", "most = -1"),
        "most = -1",
        "error: model.toml, line {line}: pool 'b', rule 'cap' (Para 2), limit.amount = -1. Expected: at least 0.",
    ),
    "a variant without a code": (
        ('code = "b", where', "where"),
        "most = 120",
        "error: model.toml, line {line}: pools.2 lacks the key 'code'. Add code = ...",
    ),
    "an unknown key of a variant": (
        ("terms = { most = 120 }", "term = { most = 120 }"),
        "most = 120",
        "error: model.toml, line {line}: pool 'b' has the unknown key 'term'.",
    ),
    "a list twice": (
        ('code = "kept_back"', 'code = "sharing"'),
        "Para 3",
        "error: model.toml, line {before}: rule_lists: code 'sharing' is there already.",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_wrong_is_told_with_its_place_in_the_list(case: str, tmp_path: Path) -> None:
    (old, new), words, expected = BROKEN[case]
    assert old in VARIED
    text = VARIED.replace(old, new)
    line = line_of(text, words)
    told = expected.format(line=line, before=line - 1)
    found = [entry for entry in findings(model(tmp_path, text)) if "is named by no pool" not in entry]
    assert any(entry.startswith(told) for entry in found), "\n".join(found)
    if "once" in case:
        assert len(found) == 1


def test_a_list_that_no_pool_names_is_told(tmp_path: Path) -> None:
    (found,) = findings(model(tmp_path, VARIED))
    assert f"line {line_of(VARIED, 'kept_back') - 1}: rule list 'kept_back' is named by no pool. Remove it." in found


@pytest.mark.parametrize(
    "keys",
    [
        "rules_from = 4",
        "rules_from = [4]",
        "rules = 7",
        "terms = 5",
        "terms = [5]",
        "variants = 6",
        "variants = [6]",
        'variants = [{ code = 3, where = { track = ["b"] } }]',
    ],
)
def test_another_form_is_a_finding_and_no_fault(keys: str, tmp_path: Path) -> None:
    text = LISTS + A + keys + "\n"
    found = findings(model(tmp_path, text))
    assert any(f"line {line_of(text, keys)}: pool" in entry for entry in found), found


@pytest.mark.parametrize("lists", ["rule_lists = 3\n", 'rule_lists = [3, { code = "x" }, { rules = [] }]\n'])
def test_lists_of_another_form_are_findings_too(lists: str, tmp_path: Path) -> None:
    text = lists + HEAD.format(name="lists") + PARTNERS + A
    found = findings(write_model(tmp_path / "lists", text, pools=ROWS))
    assert all(entry.startswith("error: model.toml, line 1: ") for entry in found[:2]), found


# ---------------------------------------------------------------------------------------------- what audits see


def test_the_pin_keeps_the_lists_and_gives_the_same_figures(tmp_path: Path) -> None:
    built = answer(model(tmp_path, VARIED)).built
    kept = record(built.pin, built.reading, built.plan.tables, built.figures).reading
    assert kept is not None
    assert kept.model == built.reading.model
    assert kept.toml.place(("pools", 1, "rules", 1, "limit", "amount")).row == line_of(VARIED, "most = 120")


def test_a_changed_list_is_a_change_of_every_pool_that_takes_it(tmp_path: Path) -> None:
    """The contract is compared by what it means: a term written once and read by two pools changes both."""
    then, _ = read_model(model(tmp_path / "then", VARIED))
    now, _ = read_model(
        model(tmp_path / "now", VARIED.replace("rate = 50", "rate = 40").replace("kept_back", "unread"))
    )
    assert then is not None
    assert now is not None
    changes = contract_changes(then, now)
    assert [(change.now, change.place) for change in changes] == [
        ("40", f"model.toml, line {line_of(VARIED, 'rate = 50')}")
    ] * 2
    assert [change.what.split(" / ")[1] for change in changes] == ["a", "b"]
