"""Explaining to a finance director: why a side of an IF holds before the IF, with its clause, and scores as shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from calculator import calculated
from cases import place_model
from places import REPOSITORY
from riskshare.audit.explain.answer import Explanation, explain
from riskshare.audit.explain.expanded import Formulas
from riskshare.audit.explain.figure_index import FigureIndex
from riskshare.build import compute
from riskshare.cli import main
from riskshare.formula.display import shown_unit
from riskshare.formula.to_decimal import Figure
from riskshare.formula.units import PART, POINTS, SHARE, TEXT, Unit, score
from riskshare.outputs.workbook.styles import number_format

SHIPPED = ("thurrock-2021-22", "mid-and-south-essex-2021-22", "shared-savings-example")
THRESHOLD = """
[[pools.rules]]
rule = "threshold"
clause = "Schedule 9, para 2"
basis = "first_pound"
percent = 5
"""
ALLOCATE = """
[[pools.rules]]
rule = "allocate"
clause = "Schedule 9, para 6"
from = "pool"
key = { TRUST = 1 }
"""
SCORED = """
[[pools.rules]]
rule = "allocate"
clause = "Schedule 9, para 3"
from = "pool"
key = { TRUST = 1 }

[[pools.rules]]
rule = "outcomes"
clause = "Schedule 9, para 4"
from = "TRUST"
measures = "inputs/outcomes.csv"
floor = 40
forfeited_to = "CCG"
"""
MEASURES = "measure,weight,method,better,baseline,target,result\n"


def said(folder: Path, query: str, depth: int = 1) -> str:
    """What `explain` says of a figure, its lines joined to one."""
    built, findings = compute(folder)
    assert built is not None, "\n".join(map(str, findings))
    answer = explain(built, findings, query)
    assert isinstance(answer, Explanation), answer.sentence
    return " ".join(answer.text(depth, 200).split())


# ------------------------------------------------------------------------------------------ why a side holds


@pytest.mark.parametrize(
    ("outturn", "why"),
    [
        ("960000", "with Size of the variance £40,000.00 below Threshold £50,000.00"),
        ("900000", "with Size of the variance £100,000.00 above Threshold £50,000.00"),
        ("950000", "with Size of the variance exactly at Threshold £50,000.00"),
        ("1040000", "with Size of the variance £40,000.00 below Threshold £50,000.00"),
    ],
)
def test_a_threshold_is_told_in_words_before_its_formula(outturn: str, why: str, tmp_path: Path) -> None:
    """5% of a target of £1,000,000 is £50,000."""
    folder = place_model(tmp_path / "small", THRESHOLD + ALLOCATE, f"line,budget,outturn\nnurses,1000000,{outturn}")
    text = said(folder, "place threshold.unshared")
    assert re.search(rf"{re.escape(why)} .*?= IF\(£", text)
    assert "Schedule 9, para 2" in text


def test_what_a_holder_keeps_names_the_threshold_and_its_clause_before_the_gate(tmp_path: Path) -> None:
    """The pool gained £20,000 + £20,000, less than 5% of £1,000,000: each keeps its own; or it gained £20,000."""
    both = "line,holder,budget,outturn\nnurses,CCG,500000,480000\nbeds,COUNCIL,500000,480000"
    text = said(place_model(tmp_path / "alike", THRESHOLD + ALLOCATE, both), "place kept.CCG")
    assert "as it is not so that some hold a gain and others a loss" in text
    why = "with Size of the variance £40,000.00 below Threshold £50,000.00 (Schedule 9, para 2)"
    assert re.search(rf"{re.escape(why)} .*?= IF\(0 = 1", text)
    opposite = "line,holder,budget,outturn\nnurses,CCG,500000,470000\nbeds,COUNCIL,500000,510000"
    text = said(place_model(tmp_path / "opposite", THRESHOLD + ALLOCATE, opposite), "place kept.CCG")
    assert "as some hold a gain and others a loss" in text
    assert "with the size of To be shared £20,000.00 below Threshold" in text
    assert re.search(r"£20,000.00 below Threshold £50,000.00 \(Schedule 9, para 2\) .*?= IF\(1 = 1", text)


def test_a_limit_that_decides_is_named(tmp_path: Path) -> None:
    """A reserve of £30,000 is asked for all of a loss of £80,000."""
    reserve = '[[reserves]]\ncode = "reserve"\nname = "Reserve"\nholder = "CCG"\nopening = 30_000\n'
    draw = '[[pools.rules]]\nrule = "reserve"\nclause = "Para 1"\nside = "loss"\nreserve = "reserve"\npercent = 100\n'
    folder = place_model(
        tmp_path / "small", draw + ALLOCATE, "line,budget,outturn\nnurses,1000000,1080000", more=reserve
    )
    assert "the lower is Left in the reserve before this rule £30,000.00" in said(folder, "place reserve.drawn")


def test_that_nothing_had_to_be_kept_from_dividing_by_zero_is_no_reason(tmp_path: Path) -> None:
    both = "line,holder,budget,outturn\nnurses,CCG,500000,480000\nbeds,COUNCIL,500000,480000"
    built, findings = compute(place_model(tmp_path / "small", THRESHOLD + ALLOCATE, both))
    assert built is not None
    formula = Formulas(FigureIndex(built, findings)).of(Figure("share place", "budget_divisor", 0))
    assert formula is not None
    assert formula.amounts == "IF(£1,000,000.00 = 0, 1, £1,000,000.00)"
    assert formula.because == ()


ASKED = re.compile(r"IF\((.+?) (?:>=|<=|>|<|=) (MAX\(\(?[^()]*\)?, -\(?[^()]*\)?\)|.+?), ")
RELATIONS = {"above": ">", "below": "<", "at": "="}


@pytest.mark.parametrize("name", SHIPPED)
def test_reasons_of_shipped_models_say_what_their_amounts_do(name: str) -> None:
    """`IF(a >= b, ...` with its amounts is asked again by a calculator, and the words before it must agree."""
    built, findings = compute(REPOSITORY / "models" / name)
    assert built is not None
    index = FigureIndex(built, findings)
    count, wrong, formulas = 0, [], Formulas(index)
    for table in index.tables.values():
        for step in (step for step in table.steps if step.unit is not TEXT):
            for number in range(index.figures[table.name].height):
                formula = formulas.of(Figure(table.name, step.name, number))
                asked = ASKED.match(formula.amounts) if formula else None
                if formula and asked and formula.because and formula.because[0].startswith("with "):
                    count += 1
                    wrong += [f"{step.name}: {formula}"] if not _agrees(formula.because[0], *asked.groups()) else []
    assert wrong == []
    assert count > 80


def _agrees(reason: str, left: str, right: str) -> bool:
    one, other = calculated(left), calculated(right)
    relation = ">" if one > other else "<" if one < other else "="
    return relation in {RELATIONS[word] for word in re.findall(r" (above|below|at) ", f"{reason} ")}


# ------------------------------------------------------------------------------------------ scores as they are shown


def test_points_have_the_decimals_of_the_sheet_and_still_add_up(tmp_path: Path) -> None:
    """A measure that is two thirds on its way scores 66.666667%, which at a weight of 30 is 20.0000001 points."""
    folder = place_model(tmp_path / "small", SCORED, "line,budget,outturn\nnurses,1000000,900000")
    (folder / "inputs/outcomes.csv").write_text(
        f"{MEASURES}falls,30,linear,higher,0,3,2\nstays,70,linear,higher,0,4,1\n"
    )
    text = said(folder, "place outcomes.counted", 6)
    assert "20.0000001" not in text
    assert "ROUND(30 × 66.666667%, 4)" in text
    assert "= 20 + 17.5" in text
    assert "ROUND(37.5 ÷ 100, 4)" in text
    assert "with Score reached 37.5% below Floor of the score 40%" in text
    assert "left unchanged by" not in text


@pytest.mark.parametrize("unit", [POINTS, SHARE, PART, score(2)], ids=lambda unit: str(unit.name))
def test_what_is_shortened_has_the_decimals_of_the_sheets(unit: Unit) -> None:
    shown = (number_format(unit, pence=True) or "").partition(";")[0]
    decimals = len(shown.removesuffix("%").partition(".")[2]) + 2 * shown.endswith("%")
    assert shown_unit(unit).decimals == decimals


# ------------------------------------------------------------------------------------------ the command line


def test_the_help_has_one_kind_of_figure_on_each_line() -> None:
    lines = CliRunner().invoke(main, ["explain", "--help"]).output.splitlines()
    kinds = [line for line in lines if re.match(r"\s+\S.*?\s{3,}an? |\s+COUNCIL\s{3,}the settlement", line)]
    assert len(kinds) >= 7
    assert not any("\\b" in line for line in lines)
