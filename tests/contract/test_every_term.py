"""What is wrong with a rule's own terms: a change to its row in every_rule.py, and the one finding that names it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cases import findings, write_model
from every_rule import EVERY_RULE
from every_rule import contract as contract_of
from good_contract import Nowhere
from riskshare.contract.formats import SUFFIXES
from riskshare.contract.parse import parse
from riskshare.contract.rules import kinds
from riskshare.contract.rules.kind import Kind


@dataclass(frozen=True)
class Wrong:
    """A change to a rule's terms as its row in test_every_rule.py has them, and what its finding says of the rule."""

    old: str
    new: str
    found: str


WRONG, MISSING, CONTRADICTORY, RANGE = "wrong", "missing", "contradictory", "out of range"
EVERY_TERM: dict[str, dict[str, Wrong]] = {
    "adjust_target": {
        WRONG: Wrong("-0.5", '"half"', ", percent = 'half': a number is expected, without quotes."),
        MISSING: Wrong(', funded_by = "COUNCIL"', "", " lacks the key 'funded_by'. Add funded_by = ..."),
        CONTRADICTORY: Wrong(
            "-0.5", "-0.5, amount = 3", ": give either 'percent' (of the target) or 'amount' (pounds)."
        ),
        RANGE: Wrong("-0.5", "-100", ", percent = -100. Expected: more than -100."),
        "nothing in pounds": Wrong("percent = -0.5", "amount = 0", ": a change of 0 changes nothing: state it, or lea"),
        "nothing": Wrong("-0.5", "0", ": a change of 0 changes nothing: state it, or leave the rule out."),
    },
    "allocate": {
        WRONG: Wrong(
            "{ CCG = 2, TRUST = 1 }",
            '"population"',
            ", key = 'population'. Expected: 'contribution', 'equal', 'income' or 'own_variance', or "
            "{ PARTNER = weight, ... }, or { file = ... }.",
        ),
        MISSING: Wrong(", key = { CCG = 2, TRUST = 1 }", "", " lacks the key 'key'. Add key = ..."),
        CONTRADICTORY: Wrong(
            "TRUST = 1 }",
            "TRUST = 1 }, recurrent_only = true",
            ": 'recurrent_only' goes with the key 'contribution', or with a blend that has it.",
        ),
        RANGE: Wrong("CCG = 2", "CCG = -2", ", key.CCG = -2. Expected: at least 0."),
        "a column by itself": Wrong(
            "{ CCG = 2, TRUST = 1 }",
            '{ column = "population" }',
            ", key: a column gives the weight of one partner, PARTNER = { column = ... }; or name a { file = ... }.",
        ),
        "no weight at all": Wrong(
            "CCG = 2, TRUST = 1", "CCG = 0", ", key: the weights add to zero, so that nobody would take what the pot"
        ),
        "blend": Wrong(
            "{ CCG = 2, TRUST = 1 }",
            '[{ weight = 25, key = "equal" }, { weight = 70, key = "income" }]',
            ", key: the weights of the blend add to 95, not 100.",
        ),
    },
    "cap": {
        WRONG: Wrong('"target"', '"profit"', ", limit.of = 'profit'. Expected: 'target', 'contribution' or 'income'."),
        MISSING: Wrong(', excess_to = "others"', "", " lacks the key 'excess_to'. Add excess_to = ..."),
        CONTRADICTORY: Wrong(
            '"target" }',
            '"target" }, limits = { CCG = { amount = 3 } }',
            ": give either 'from' with 'limit', or 'limits'.",
        ),
        RANGE: Wrong("percent = 1,", "percent = 20_000,", ", limit.percent = 20000. Expected: at most 10,000."),
    },
    "carry_forward": {
        WRONG: Wrong("percent = 40", "percent = true", ", percent = true: a number is expected, without quotes."),
        MISSING: Wrong(
            'from = ["CCG", "TRUST"], ', "", ": give either 'from' (take a balance out) or 'balance' (bring one in)."
        ),
        CONTRADICTORY: Wrong(
            "percent = 40",
            'percent = 40, balance = "risk_reserve"',
            ": give either 'from' (take a balance out) or 'balance' (bring one in).",
        ),
        RANGE: Wrong("percent = 40", "percent = 140", ", percent = 140. Expected: at most 100."),
        "itself": Wrong('"TRUST"]', '"carry_forward"]', ": 'carry_forward' is where the money goes: 'from' names the"),
        "twice": Wrong('"TRUST"]', '"CCG"]', ": 'from' names a pot twice."),
    },
    "decision": {
        WRONG: Wrong("2022-05-19", '"in May"', ", date = 'in May'. Expected: a date such as 2022-05-19."),
        MISSING: Wrong(', reason = "Minuted"', "", " lacks the key 'reason'. Add reason = ..."),
        CONTRADICTORY: Wrong('to = "TRUST"', 'to = "CCG"', ": 'CCG' gives to itself. Name another pot in 'to'."),
        RANGE: Wrong("4_000", "0", ", amount = 0. Expected: more than 0."),
    },
    "exclude": {
        WRONG: Wrong(
            '["Placements"]', '"Placements"', ", where.service = 'Placements'. Expected: a list such as [ ... ]."
        ),
        MISSING: Wrong(', reason = "Elsewhere"', "", " lacks the key 'reason'. Add reason = ..."),
        CONTRADICTORY: Wrong(
            '  { rule = "exclude"',
            '  { rule = "threshold", clause = "Schedule 8", percent = 1 },\n  { rule = "exclude"',
            " stands after rules that move money. Expected: 'exclude' before all other rules.",
        ),
        RANGE: Wrong('{ service = ["Placements"] }', "{}", ", where: say which lines leave: without any column all of"),
        "a misspelt not": Wrong(
            '["Placements"]',
            '{ no = ["Placements"] }',
            ", where.service has the unknown key 'no'. Expected: one of not. Did you mean 'not'?",
        ),
        "no value": Wrong('["Placements"]', "[]", ", where.service. Expected: at least 1 of them."),
    },
    "guarantee": {
        WRONG: Wrong("-1_000", '"none"', ", floor = 'none': a number is expected, without quotes."),
        MISSING: Wrong("floor = -1_000, ", "", " lacks the key 'floor'. Add floor = ..."),
        CONTRADICTORY: Wrong('"CCG"', '"TRUST"', ": 'TRUST' cannot pay for its own guarantee."),
        RANGE: Wrong(
            "-1_000", "-1_000_000_000_000", ", floor = -1000000000000. Expected: more than -1,000,000,000,000."
        ),
    },
    "net": {
        WRONG: Wrong('"place"', "3", ", across = 3. Expected: a text in quotes."),
        MISSING: Wrong(', across = "place"', "", " lacks the key 'across'. Add across = ..."),
        CONTRADICTORY: Wrong(
            'across = "place"',
            'across = "adult"',
            ": gains and losses are set off across 'adult'. Expected: the pool itself, 'place'.",
        ),
        RANGE: Wrong(
            'across = "place"',
            'across = ""',
            ", across = ''. Expected: a letter, then letters, digits, _ or -, at most",
        ),
    },
    "outcomes": {
        WRONG: Wrong(
            "measures.csv",
            "measures.xls",
            f", measures = 'inputs/measures.xls'. Expected: a {SUFFIXES} file inside the model's folder, such as "
            "inputs/lines.csv. Open it in Excel or LibreOffice, save it as .xlsx and name that file.",
        ),
        MISSING: Wrong(', forfeited_to = "CCG"', "", " lacks the key 'forfeited_to'. Add forfeited_to = ..."),
        CONTRADICTORY: Wrong(
            'forfeited_to = "CCG"',
            'forfeited_to = "CCG", rate = 50',
            ": 'rate' is for the side 'loss'; a gain is earned by the whole score.",
        ),
        RANGE: Wrong(
            'forfeited_to = "CCG"', 'forfeited_to = "CCG", floor = 101', ", floor = 101. Expected: at most 100."
        ),
        "two scores": Wrong("from =", "score = 50, from =", ": give either 'measures' (a table) or 'score' (a percen"),
        "no score": Wrong('measures = "inputs/measures.csv", ', "", ": give either 'measures' (a table) or 'score'"),
        "tiers of a loss": Wrong(
            "from =",
            'side = "loss", tiers = [{ from = 50, earns = 50 }], from =',
            ": 'tiers' and a 'ceiling' above 100 are for the side 'gain'.",
        ),
        "relief beyond all": Wrong(
            "from =",
            'side = "loss", ceiling = 150, from =',
            ": 'tiers' and a 'ceiling' above 100 are for the side 'gain'.",
        ),
        "tiers and a floor": Wrong(
            "from =",
            "floor = 40, tiers = [{ from = 50, earns = 50 }], from =",
            ": 'floor' and 'ceiling' go without 'tiers', which say what every score earns.",
        ),
        "tiers in disorder": Wrong(
            "from =",
            "tiers = [{ from = 50, earns = 50 }, { from = 50, earns = 75 }], from =",
            ": each tier must begin at a higher score than the one before.",
        ),
        "no line with one tier": Wrong(
            "from =",
            'tiers = [{ from = 50, earns = 50 }], between = "straight", from =',
            ": 'between' = \"straight\" needs two tiers or more.",
        ),
        "nothing beyond all": Wrong(
            "from =", 'extra_from = "CCG", from =', ": 'extra_from' pays what is earned beyond 100%, and nothing here"
        ),
        "pays itself": Wrong(
            "from =",
            'ceiling = 150, extra_from = "TRUST", from =',
            ": 'TRUST' cannot pay itself what it earns beyond 100%: name another in 'extra_from'.",
        ),
        "nobody pays beyond all": Wrong(
            'forfeited_to = "CCG"',
            'ceiling = 150, forfeited_to = "unallocated"',
            ": no partner or role 'unallocated'. Expected: one of CCG, COUNCIL, TRUST, CHARITY, commissioners, prov",
        ),
    },
    "prorate": {
        WRONG: Wrong('"CCG", excess_to', "3, excess_to", ", from = 3. Expected: a text in quotes."),
        MISSING: Wrong(', excess_to = "TRUST"', "", " lacks the key 'excess_to'. Add excess_to = ..."),
        CONTRADICTORY: Wrong('"TRUST"', '"CCG"', ": 'CCG' gives to itself. Name another pot in 'excess_to'."),
        RANGE: Wrong(
            ', excess_to = "TRUST"',
            ', excess_to = "TRUST", side = "both"',
            ", side = 'both'. Expected: 'gain' or 'loss'.",
        ),
    },
    "reserve": {
        WRONG: Wrong('"loss"', '"both"', ", side = 'both'. Expected: 'gain' or 'loss'."),
        MISSING: Wrong('side = "loss", ', "", " lacks the key 'side'. Add side = ..."),
        CONTRADICTORY: Wrong(
            'side = "loss", reserve = "risk_reserve", percent = 50',
            'side = "gain", reserve = "risk_reserve"',
            ": give 'percent' or 'limit', or the reserve would take the whole gain.",
        ),
        RANGE: Wrong("percent = 50", "percent = 150", ", percent = 150. Expected: at most 100."),
    },
    "share_ranges": {
        WRONG: Wrong(
            "bands =", 'method = "sliding", bands =', ", method = 'sliding'. Expected: 'marginal' or 'whole_amount'."
        ),
        MISSING: Wrong(
            ", bands = [{ up_to = 1, shares = { CCG = 100 } }, { shares = { CCG = 25, TRUST = 75 } }]",
            "",
            " lacks the key 'bands'. Add bands = ...",
        ),
        CONTRADICTORY: Wrong("TRUST = 75", "TRUST = 85", ", bands.2.shares: the shares add to 110, not 100."),
        RANGE: Wrong(
            "up_to = 1,",
            "up_to = 101,",
            ": 'up_to' is a percent of the target, at most 100: for pounds add of = \"pounds",
        ),
        "a fraction short": Wrong(
            "CCG = 25, TRUST = 75", 'CCG = "1/3", TRUST = "1/3"', ", bands.2.shares: the shares add to 2/3, not 1."
        ),
        "a fraction and a column": Wrong(
            "CCG = 25, TRUST = 75",
            'CCG = "1/3", TRUST = { column = "rate" }',
            ", bands.2.shares: a fraction stands beside numbers, fractions and 'rest', not beside a column.",
        ),
        "more than all": Wrong(
            "CCG = 25", 'CCG = "4/3"', ", bands.2.shares.CCG = '4/3': a fraction is a part of all, so at most 1."
        ),
        "no common denominator": Wrong(
            "CCG = 25, TRUST = 75",
            'CCG = "1/999983", CHARITY = "1/999979", TRUST = "rest"',
            ", bands.2: shares: the fractions have no common denominator below 1,000,000,000: write simpler ones.",
        ),
        "no rest": Wrong(
            "{ CCG = 100 }",
            '{ CCG = 100, TRUST = "rest" }',
            ", bands.1.shares: the other shares add to 100, so that nothing is left for the 'rest'.",
        ),
    },
    "stop_loss": {
        WRONG: Wrong("10_000", '"10,000"', ", attachment = '10,000': a number is expected, without quotes."),
        MISSING: Wrong(', borne_by = "CCG"', "", " lacks the key 'borne_by'. Add borne_by = ..."),
        CONTRADICTORY: Wrong(
            '"CCG"', '"pool"', ": money cannot go back to 'pool'. Name a partner, a role or 'unshared'."
        ),
        RANGE: Wrong("coinsurance = 10,", "coinsurance = 100,", ", coinsurance = 100. Expected: less than 100."),
    },
    "threshold": {
        WRONG: Wrong('"excess_only"', '"excess"', ", basis = 'excess'. Expected: 'first_pound' or 'excess_only'."),
        MISSING: Wrong("percent = 1, ", "", ": give either 'percent' (of the target) or 'amount' (pounds)."),
        CONTRADICTORY: Wrong(
            "percent = 1,", "percent = 1, amount = 3,", ": give either 'percent' (of the target) or 'amount' (pounds)."
        ),
        RANGE: Wrong("percent = 1,", "percent = -1,", ", percent = -1. Expected: at least 0."),
    },
    "withhold": {
        WRONG: Wrong(
            "percent = 2", 'percent = 2, side = "profit"', ", side = 'profit'. Expected: 'gain', 'loss' or 'both'."
        ),
        MISSING: Wrong(', to = "CCG"', "", " lacks the key 'to'. Add to = ..."),
        CONTRADICTORY: Wrong('to = "CCG"', 'to = "TRUST"', ": 'TRUST' gives to itself. Name another pot in 'to'."),
        RANGE: Wrong("percent = 2", "percent = 102", ", percent = 102. Expected: at most 100."),
        "no fraction": Wrong(
            "percent = 2",
            'percent = "2%"',
            ", percent = '2%'. Expected: a number without quotes, or a fraction such as \"1/3\".",
        ),
    },
}
EVERY_WRONG_TERM = [(rule, what) for rule, rows in EVERY_TERM.items() for what in rows]


@pytest.mark.parametrize(("rule", "what"), EVERY_WRONG_TERM)
def test_a_wrong_term_of_a_rule_names_rule_pool_clause_and_line(rule: str, what: str, tmp_path: Path) -> None:
    row, change = EVERY_RULE[rule], EVERY_TERM[rule][what]
    before, own, after = _cut(contract_of(row), rule)
    assert own.count(change.old) == 1
    own = own.replace(change.old, change.new)
    line = f"{before}{own}".count("\n") + 1
    found = findings(write_model(tmp_path / "row", before + own + after, lines=row.lines, **row.files))
    assert len(found) == 1, "\n".join(found)
    assert found[0].startswith(
        f"error: model.toml, line {line}: pool 'place', rule '{rule}' (Schedule 9){change.found}"
    )


def _cut(text: str, rule: str) -> tuple[str, str, str]:
    """What stands before a rule's line, the line, and what stands after it."""
    start = text.index(f'  {{ rule = "{rule}"')
    end = text.index("\n", start)
    return text[:start], text[start:end], text[end:]


def test_every_rule_that_checks_its_own_terms_has_terms_that_contradict_each_other() -> None:
    checking = [word for word, kind in written_kinds().items() if checks_its_own_terms(kind)]
    assert {"allocate", "cap", "decision"} <= set(checking)
    assert [word for word in checking if CONTRADICTORY not in EVERY_TERM.get(word, {})] == []


def written_kinds() -> dict[str, type[Kind]]:
    """The kinds of rules that a contract writes."""
    return {word: kind for word, kind in kinds().items() if not kind.automatic}


def checks_its_own_terms(kind: type[Kind]) -> bool:
    """Whether a rule says more of its terms than pydantic does: by validators, or by findings where it stands."""
    validators = kind.__pydantic_decorators__
    own = validators.model_validators or validators.field_validators
    return bool(own) or kind.findings is not Kind.findings


# ---------------------------------------------------------------------------------------------- from the annotations


@dataclass(frozen=True)
class Given:
    """A key of a rule and what is written there instead; nothing where it is left out."""

    rule: str
    key: str
    value: object = None

    def __str__(self) -> str:
        """What the test is called."""
        return f"{self.rule}, {self.key} = {self.value}"


def given_wrongly() -> Iterator[Given]:
    """Every key of every rule without what it needs, of another type, and beyond each of its bounds."""
    for word, kind in written_kinds().items():
        schema = kind.model_json_schema()
        for key, inner in schema["properties"].items():
            if key != "rule":
                wrong = [None] if key in schema["required"] else []
                yield from (Given(word, key, value) for value in [*wrong, *not_allowed(inner, schema.get("$defs", {}))])


def not_allowed(schema: Mapping[str, Any], tables: Mapping[str, Any]) -> Iterator[object]:
    """Values that a JSON schema does not take, one for each thing that it asks for."""
    choices = schema.get("anyOf") or schema.get("oneOf") or [schema]
    choices = [tables[choice["$ref"].rpartition("/")[2]] if "$ref" in choice else choice for choice in choices]
    types = {choice.get("type") for choice in choices}
    worded = any({"enum", "const", "pattern", "format"} & set(choice) for choice in choices)
    yield from () if "boolean" in types else [True]
    yield from () if "string" in types else ["some words"]
    yield from ["no such word!"] if worded else []
    for choice in choices:
        steps = {"minimum": -1, "exclusiveMinimum": 0, "maximum": 1, "exclusiveMaximum": 0}
        yield from (Decimal(str(choice[bound])) + step for bound, step in steps.items() if bound in choice)


@pytest.mark.parametrize("given", list(given_wrongly()), ids=str)
def test_a_key_is_checked_as_it_is_annotated(given: Given) -> None:
    values = tomllib.loads(contract_of(EVERY_RULE[given.rule]), parse_float=Decimal)
    rule = next(rule for rule in values["pools"][0]["rules"] if rule["rule"] == given.rule)
    rule[given.key] = given.value
    if given.value is None:
        del rule[given.key]
    title = f"pool 'place', rule '{given.rule}'" + (" (Schedule 9)" if isinstance(rule.get("clause"), str) else "")
    told = f" lacks the key '{given.key}'" if given.value is None else f", {given.key}"
    _, found = parse(values, Nowhere())
    assert [finding.code for finding in found] == ["missing-key" if given.value is None else "bad-term"]
    assert found[0].found.startswith(title + told)
