"""The contract explains itself: docs/rules.md is current, and every worked example is what the engine computes."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import get_type_hints

import pytest
from click.testing import CliRunner, Result

from places import REPOSITORY
from riskshare.build import compute_reading
from riskshare.cli import main
from riskshare.contract.formats import SUFFIXES
from riskshare.contract.rules import kinds
from riskshare.contract.rules.kind import Example
from riskshare.formula.display import amount, in_column, in_sentence
from riskshare.formula.language import (
    ONE,
    ZERO,
    Cell,
    Col,
    Each,
    Expr,
    Item,
    Number,
    Part,
    Position,
    Running,
    Total,
    least,
    most,
    total_of,
    when,
)
from riskshare.formula.to_words import ToWords
from riskshare.formula.units import COUNT, GATE, MONEY, SHARE, WEIGHT, Unit, score
from riskshare.outputs.rulebook.description import descriptions
from riskshare.outputs.rulebook.notation import notation
from riskshare.outputs.rulebook.page import page
from riskshare.outputs.rulebook.worked import TARGET, Worked, read_example, worked
from riskshare.problems.errors import RiskshareError

WORDS = list(kinds())


def run(*words: str) -> Result:
    """Runs riskshare in this process."""
    return CliRunner().invoke(main, words)


def amounts(pots: Mapping[str, tuple[str, str]]) -> dict[str, tuple[Decimal, Decimal]]:
    """What pots hold, as figures."""
    return {pot: (Decimal(before), Decimal(after)) for pot, (before, after) in pots.items()}


# ---------------------------------------------------------------------------------------------- the page


def test_the_page_is_current() -> None:
    """`make docs` writes it anew."""
    written = (REPOSITORY / "docs" / "rules.md").read_text(encoding="utf-8")
    assert written == page(), "docs/rules.md is stale: run `make docs`"


def test_the_page_holds_every_rule_with_its_keys_and_its_example() -> None:
    text = page()
    for word, rule in descriptions().items():
        section = text.split(f"\n### {word}\n")[1].split("\n### ")[0]
        assert rule.example.says in section
        assert rule.example.terms.strip() in section
        assert [key.name for key in rule.keys.keys if f"| `{key.name}` |" not in section] in ([], ["clause", "note"])


def test_every_link_of_the_page_leads_somewhere() -> None:
    text = page()
    headings = {title.lower().replace(" ", "-") for title in re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)}
    inside = re.findall(r"\]\(#([^)]*)\)", text)
    assert len(inside) > len(WORDS)
    assert set(inside) <= headings
    outside = [link.partition("#")[0] for link in re.findall(r"\]\(([^#)][^)]*)\)", text)]
    assert [link for link in outside if not (REPOSITORY / "docs" / link).exists()] == []


# ---------------------------------------------------------------------------------------------- the examples


@pytest.mark.parametrize("word", WORDS)
def test_an_example_is_what_the_engine_computes(word: str) -> None:
    example = kinds()[word].example
    assert worked(example).pots == amounts(example.pots)


@pytest.mark.parametrize("word", WORDS)
def test_the_amounts_in_the_sentence_of_an_example_are_in_it(word: str) -> None:
    found = worked(kinds()[word].example)
    said = {Decimal(text.replace(",", "")) for text in re.findall(r"£([\d,]*\d)", found.example.says)}
    assert said <= figures_of(found)


def figures_of(example: Worked) -> set[Decimal]:
    """Every amount of an example without its sign: its target, its pots, its steps, its terms and its files."""
    written = [example.example.terms.replace("_", ""), *example.example.files.values()]
    given = [Decimal(text) for part in written for text in re.findall(r"\d+(?:\.\d+)?", part)]
    held = [amount for pair in example.pots.values() for amount in pair]
    steps = [value for line in example.lines for value in line.values]
    return {abs(amount) for amount in [Decimal(TARGET), *given, *held, *steps]}


@pytest.mark.parametrize("word", WORDS)
def test_an_example_has_no_finding_but_money_that_later_rules_would_share(word: str, tmp_path: Path) -> None:
    _, found = compute_reading(read_example(kinds()[word].example, tmp_path / "example"))
    assert {finding.code for finding in found} <= {"money-left"}


def test_an_example_that_is_wrong_is_told() -> None:
    example = kinds()["withhold"].example
    other = replace(example, terms=example.terms.replace("percent = 5", "percent = 6"))
    assert worked(other).pots != amounts(other.pots)
    with pytest.raises(RiskshareError, match="Did you mean 'percent'"):
        worked(replace(example, terms=example.terms.replace("percent", "percentage")))


def test_what_is_before_the_rule_adds_to_the_variance() -> None:
    """The pots of an example are filled from the lines of a real model, in the proportions it states."""
    example = Example("", kinds()["withhold"].example.terms, {"CCG": ("10000", "0"), "providers": ("30000", "0")})
    held = {"CCG": ("10000", "10000"), "providers": ("30000", "28500"), "reinvestment": ("0", "1500")}
    assert worked(example).pots == amounts(held)


ITS_OWN_PARTNERS = """
partners = [
  { code = "TOWN", name = "Town council", role = "commissioner" },
  { code = "VOLUNTARY", name = "Voluntary sector", role = "provider" },
]
"""
TO_TOWN = """
[[pools.rules]]
rule = "withhold"
clause = "Schedule 9.4, para 8"
from = "VOLUNTARY"
percent = 10
to = "TOWN"
"""
ANY_POTS: dict[str, dict[str, tuple[str, str]]] = {
    "shares of the whole that no percentage expresses": {"TOWN": ("10000", "10050"), "VOLUNTARY": ("500", "450")},
    "gains beside losses": {"TOWN": ("-10000.01", "-9966.68"), "VOLUNTARY": ("333.33", "300.00")},
    "gains and losses that add to nothing": {"TOWN": ("-70", "-63"), "VOLUNTARY": ("70", "63")},
    "the pool beside others": {"pool": ("-3000", "-3000"), "TOWN": ("0", "12.5"), "VOLUNTARY": ("125", "112.5")},
}


@pytest.mark.parametrize("name", ANY_POTS)
def test_an_example_may_use_any_pots_any_amounts_and_partners_of_its_own(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no contract's percentages could fill is filled all the same, and shown on the page and in the terminal."""
    example = Example("The town is paid a tenth.", TO_TOWN, ANY_POTS[name], partners=ITS_OWN_PARTNERS)
    assert worked(example).pots == amounts(example.pots)
    monkeypatch.setattr(kinds()["withhold"], "example", example)
    told = run("rules", "withhold")
    assert told.exit_code == 0
    section = page().split("\n### withhold\n")[1].split("\n### ")[0]
    for text in (told.output, section):
        assert 'name = "Voluntary sector"' in text
        assert in_column(Decimal(example.pots["VOLUNTARY"][0])) in text


def test_every_pool_of_an_example_may_have_pots_of_its_own() -> None:
    pots = {"GRAYS TOWN": ("0", "7"), "GRAYS VOLUNTARY": ("70", "63"), "TILBURY VOLUNTARY": ("-5.00", "-4.50")}
    example = Example("", TO_TOWN, pots | {"TILBURY TOWN": ("0", "-0.5")}, partners=ITS_OWN_PARTNERS)
    assert worked(example).pots == amounts(example.pots)


# ---------------------------------------------------------------------------------------------- the command


def test_rules_lists_every_rule_in_one_sentence() -> None:
    listed = run("rules")
    assert listed.exit_code == 0
    text = " ".join(listed.output.split())
    assert [word for word, rule in descriptions().items() if f"{word} {rule.sentence}" not in text] == []
    assert "an overspend stays in the pool. Automatic: nobody writes it." in text


@pytest.mark.parametrize("word", WORDS)
def test_a_rule_is_one_sentence_first(word: str) -> None:
    sentence = descriptions()[word].sentence
    assert re.fullmatch(r"[A-Z][^.?!]*\.", sentence)
    assert len(sentence) <= 120


@pytest.mark.parametrize("word", WORDS)
def test_a_rule_is_explained(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    rule, told = descriptions()[word], run("rules", word)
    assert told.exit_code == 0
    assert told.output.startswith(f"{word}\n")
    assert [key.name for key in rule.keys.keys if not re.search(rf"^  {key.name} ", told.output, re.MULTILINE)] == []
    for line in rule.example.terms.strip().splitlines():
        assert f"    {line}".rstrip() in told.output.splitlines()
    assert re.search(r"^  \(1\) ", told.output, re.MULTILINE)
    prose = told.output.partition("Worked example")[0] + told.output.partition("The arithmetic")[2]
    assert max(len(line) for line in prose.splitlines()) <= 100


def test_cap_shows_its_keys_units_defaults_and_figures() -> None:
    told = " ".join(run("rules", "cap").output.split())
    for part in (
        "side gain, loss or both; both if left out",
        "excess_to pot; required others, unallocated, or a pot",
        'percent percent (0 to 10,000) or { column = "..." }; optional',
        "of target, contribution or income; optional",
        "lowest_of [ limit, ... ] (2 to 5); optional",
        "MENTAL (20,000.00) (10,000.00)",
        "(3) Limit of MENTAL in each pool 10,000.00 (1) × (2)",
        "(14) Pass 1: CCG takes 7,500.00 ROUND((8) × (9) ÷ (13))",
    ):
        assert part in told


def test_the_ring_fence_says_that_nobody_writes_it() -> None:
    told = run("rules", "ring_fence").output
    assert "Nobody writes this rule" in told
    assert "Keys" not in told


@pytest.mark.parametrize(
    ("word", "said"), [("cup", "Did you mean 'cap'?"), ("share-ranges", "Did you mean 'share_ranges'?"), ("x", "cap,")]
)
def test_an_unknown_rule_is_wrong_usage(word: str, said: str) -> None:
    told = run("rules", word)
    assert (told.exit_code, f"There is no rule '{word}'." in told.output, said in told.output) == (2, True, True)


def test_the_list_waits_for_no_engine() -> None:
    code = "from riskshare.cli import main; main(['rules'], standalone_mode=False); import sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "riskshare.outputs.rulebook.terminal" in loaded
    assert {"polars", "pandera", "fastexcel", "xlsxwriter"} & set(loaded) == set()


# ---------------------------------------------------------------------------------------------- its words

TWO = Number(Decimal("2.50"))
A, B, C = Col("a"), Col("b"), Col("c")
ARITHMETIC: dict[str, Expr] = {
    "2.5": TWO,
    "(a)": A,
    "(a) + (b)": A + B,
    "(a) - (b)": A - B,
    "(a) - [(b) + (c)]": A - (B + C),
    "(a) - [(b) - (c)]": A - (B - C),
    "(a) + (b) - (c)": A + B - C,
    "-(a)": -A,
    "-[(a) + (b)]": -(A + B),
    "(a) + (b) ": A - (-B),
    "(a) - (b) ": A + (-B),
    "(a) - [(b) + (c)] ": A + (-(B + C)),
    "(a) × (b)": A * B,
    "(a) ÷ [(b) + (c)]": A / total_of([B, C]),
    "(a) + (b) + (c)": total_of([A, B, C]),
    "MIN((a), (b))": least(A, B),
    "MAX((a) - (b), 0)": most(A - B, ZERO),
    "IF((a) >= (b), 0, (c))": when(A, ">=", B, ZERO, C),
    "ROUND((a) × (b) ÷ (c))": Part(A, ZERO, B, C),
    "ROUND((a) × [(b) + (c)] ÷ 1) - ROUND((a) × (b) ÷ 1)": Part(A, B, B + C, ONE),
    "running total of (a), pools in order": Running(A),
    "total of (a) over all pools": Total("own", "a"),
    "total of (a) over all pools ((b) = (c), (d) = 'core')": Total("own", "a", (("b", Col("c")), ("d", "core"))),
    "total of cost in 'cases'": Total("cases", "cost"),
    "total of cost in 'cases' (pool = (a), kind = 'x')": Total("cases", "cost", (("pool", A), ("kind", "x"))),
    "a term": Cell("terms", "value", "key"),
    "income of TRUST": Cell("partners", "income", "TRUST"),
    "(a); (b)": Each((A, B, A)),
    "row of (a) in 'lines'": Position("lines", A),
    "weight in that row of 'lines'": Item("lines", "weight", A),
}


@pytest.mark.parametrize("words", ARITHMETIC)
def test_arithmetic_in_words(words: str) -> None:
    assert ToWords("own", lambda name: f"({name})", "terms").words(ARITHMETIC[words]) == words.strip()


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("-1234.5", MONEY, "(1,234.50)"),
        ("0", MONEY, "0.00"),
        ("0.125", SHARE, "12.5%"),
        ("-0.005", SHARE, "-0.5%"),
        ("1", SHARE, "100%"),
        ("0.6", score(2), "60%"),
        ("900000", WEIGHT, "900,000"),
        ("0.5", WEIGHT, "0.5"),
        ("10", COUNT, "10"),
        ("1", GATE, "1"),
    ],
)
def test_a_figure_is_shown_in_its_unit(value: str, unit: Unit, text: str) -> None:
    """With its currency only where it stands by itself, in a formula or a sentence."""
    figure = Decimal(value).quantize(Decimal("1e-16"))
    assert in_column(figure, unit) == text
    with_currency = {"(1,234.50)": "(£1,234.50)", "0.00": "£0.00"}
    assert amount(figure, unit) == with_currency.get(text, text)


def test_a_loss_in_a_sentence_has_a_minus_as_brackets_would_be_an_aside() -> None:
    assert (in_sentence(Decimal("-1234.5")), in_sentence(Decimal(2))) == ("-£1,234.50", "£2.00")


NOTATION = {
    ("threshold", "side"): "gain, loss or both",
    ("threshold", "percent"): 'percent (0 to 100) or { column = "..." }',
    ("threshold", "basis"): "first_pound or excess_only",
    ("adjust_target", "percent"): 'percent (more than -100, at most 1,000) or { column = "..." }',
    ("adjust_target", "amount"): 'pounds or { column = "..." }',
    ("withhold", "percent"): 'percent (0 to 100) or { column = "..." } or fraction ("1/3")',
    ("decision", "minuted_on"): "date such as 2022-05-19",
    ("decision", "amount"): "pounds (more than 0)",
    ("outcomes", "side"): "gain or loss",
    ("outcomes", "decimals"): "whole number (0 to 4)",
    ("outcomes", "measures"): f"file ({SUFFIXES})",
    ("share_ranges", "bands"): "[ band, ... ] (1 to 20)",
    ("carry_forward", "source"): "[ pot, ... ] or pot",
    ("cap", "limits"): "{ pot = limit, ... }",
    ("allocate", "recurrent_only"): "true or false",
}


@pytest.mark.parametrize(("word", "name"), NOTATION)
def test_what_may_be_written(word: str, name: str) -> None:
    kind = kinds()[word]
    annotation = get_type_hints(kind, include_extras=True)[name]
    assert notation(annotation, kind.model_fields[name]) == NOTATION[word, name]


def test_every_key_of_every_rule_says_what_may_be_written_and_what_it_means() -> None:
    for rule in descriptions().values():
        for keys in (rule.keys, *rule.inside):
            for key in keys.keys:
                assert key.takes, (rule.word, key.name)
                assert key.default, (rule.word, key.name)
                assert key.meaning, (rule.word, key.name)
                assert not re.search(r"\btyping\b|<class|decimal", key.takes), (rule.word, key.name, key.takes)
