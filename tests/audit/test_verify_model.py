"""`riskshare verify MODEL`: same or different; the first figure that moved, in which pool, from what to what, why."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cases import FUNDS, HEAD, LINES_INPUT, PARTNERS, place_model, write_model
from riskshare.audit.changes.figures import moved_figures
from riskshare.audit.verify.first import Movement, why
from riskshare.audit.verify.pinned import figures_now, rerun
from riskshare.build import compute
from riskshare.cli import main
from riskshare.figures.pin.file import read_record, record
from riskshare.figures.pin.hashes import digest_of

SHARES = """
[[pools.rules]]
rule = "share_ranges"
clause = "Para 2"
bands = [{ shares = { CCG = 50, TRUST = 50 } }]
"""
RULES = f"""
[[pools.rules]]
rule = "threshold"
clause = "Para 1"
percent = 5
{SHARES}"""
LINES = "line,budget,outturn\na,1000.00,899.99\nb,500.00,500.00"
PLACES = "locality,name,registered\nEAST,East,1\nWEST,West,1"
EACH = """
[[geographies]]
code = "adult"
file = "inputs/places.csv"

[[pools]]
code = "local"
for_each = "adult"
"""


STOP_LOSS = """
[[pools.rules]]
rule = "stop_loss"
clause = "Para 0"
cases = "inputs/cases.csv"
attachment = 10_000
borne_by = "risk_reserve"
"""
RESERVE = """
[[reserves]]
code = "risk_reserve"
name = "Risk reserve"
holder = "CCG"
balances = "inputs/balances.csv"
"""
CASES = "case,pool,cost\nA1,place,30000\nA2,place,20000"
BALANCES = "account,opening\nrisk_reserve,50000"


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def pin(folder: Path) -> Path:
    assert run("pin", folder, "--replace").exit_code == 0
    return folder


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file.name}"
    file.write_text(text.replace(old, new), encoding="utf-8")


def verdict(folder: Path) -> tuple[int, dict[str, Any]]:
    result = run("verify", folder, "--json")
    return result.exit_code, json.loads(result.stdout)


def changed(answer: dict[str, Any]) -> list[str]:
    return [part["part"] for part in answer["parts"] if part["verdict"] == "changed"]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """£100.01 to share in halves, pinned."""
    return pin(place_model(tmp_path / "halves", RULES, LINES))


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """A pool for each of two localities; line a is East's, line b is apportioned by list size; pinned."""
    lines = "line,locality,basis,budget,outturn\na,EAST,,1000.00,899.99\nb,,registered,500.00,500.00"
    inputs = LINES_INPUT.replace("place", "locality")
    toml = HEAD.format(name="local") + PARTNERS + FUNDS + inputs + EACH + RULES
    return pin(write_model(tmp_path / "local", toml, lines=lines, places=PLACES))


def test_a_model_that_nobody_touched_is_the_same(model: Path) -> None:
    before = (model / "pin.json").read_bytes()
    result = run("verify", model)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "SAME: every figure is what it was."
    assert (model / "pin.json").read_bytes() == before


def test_an_input_cell_is_named_with_the_first_figure_it_moved(model: Path) -> None:
    """Outturn of a: 899.99 -> 899.98, so its variance 100.01 -> 100.02 is the first step that moves."""
    change(model / "inputs" / "lines.csv", "899.99", "899.98")
    code, answer = verdict(model)
    assert (code, answer["verdict"], changed(answer)) == (4, "different", ["Inputs", "Results"])
    assert answer["first_moved"] == {
        "table": "Budget lines",
        "step": "variance",
        "label": "Variance",
        "clause": "",
        "row": "a",
        "unit": "£",
        "then": "100.01",
        "now": "100.02",
        "why": "line a, outturn: 899.99 -> 899.98  [inputs/lines.csv, row 2, column outturn]",
    }


def test_the_first_figure_of_the_sharing_names_its_pool(local: Path) -> None:
    """Only East's line changed: West's pool, computed beside it, did not move and is not blamed."""
    change(local / "inputs" / "lines.csv", "899.99", "899.98")
    moved = verdict(local)[1]["first_moved_in_sharing"]
    assert (moved["row"], moved["then"], moved["now"]) == ("local:EAST", "1149.99", "1149.98")
    assert "line a, outturn: 899.99 -> 899.98" in moved["why"]


def test_a_weight_that_changed_is_named(local: Path) -> None:
    """East's list 1 -> 3: line b's part for East goes from half to three quarters."""
    change(local / "inputs" / "places.csv", "EAST,East,1", "EAST,East,3")
    code, answer = verdict(local)
    moved = answer["first_moved"]
    assert (code, moved["then"], moved["now"]) == (4, "1", "3")
    assert moved["why"] == "adult locality EAST, registered: 1 -> 3  [inputs/places.csv, row 2, column registered]"


def test_each_pool_is_put_down_to_the_lines_it_takes(local: Path) -> None:
    """Line a is East's alone, so of both that changed West's target and East's outturn have a cause of their own."""
    change(local / "inputs" / "lines.csv", "a,EAST,,1000.00,899.99", "a,EAST,,1000.00,899.98")
    change(local / "inputs" / "lines.csv", "b,,registered,500.00,500.00", "b,,registered,500.00,501.00")
    pinned, built = read_record(local / "pin.json"), compute(local)[0]
    assert built is not None
    movement = Movement(pinned, rerun(pinned), built, figures_now(built))
    west = next(moved for moved in moved_figures([built.plan.table("share local")], pinned.figures, movement.now)
                if moved.row == "local:WEST")  # fmt: skip
    assert why(movement, west) == "line b, outturn: 500 -> 501  [inputs/lines.csv, row 3, column outturn]"


@pytest.fixture
def insured(tmp_path: Path) -> Path:
    """Costs above £10,000 a case fall on a reserve that opens with what a file says; pinned."""
    model = place_model(tmp_path / "insured", STOP_LOSS + RULES, LINES, more=RESERVE)
    return pin(write_model(model, (model / "model.toml").read_text(), cases=CASES, balances=BALANCES))


COST = "case A1, cost: 30,000 -> 40,000  [inputs/cases.csv, row 2, column cost]"
OPENING = "opening balance of risk_reserve, opening: 50,000 -> 77,000  [inputs/balances.csv, row 2, column opening]"


def test_a_figure_is_put_down_to_the_tables_it_reads_and_no_others(insured: Path) -> None:
    """The excess of a case reads its cost and the attachment; what a reserve opens with has nothing to do with it."""
    change(insured / "inputs" / "cases.csv", "30000", "40000")
    change(insured / "inputs" / "balances.csv", "50000", "77000")
    answer = verdict(insured)[1]
    moved = answer["first_moved"]
    assert (moved["step"], moved["row"], moved["then"], moved["now"]) == ("excess", "A1", "20000", "30000")
    assert moved["why"] == COST
    assert {f"{one['what']}: {one['then']} -> {one['now']}  [{one['place']}]" for one in answer["changes"]} == {
        COST,
        OPENING,
    }


def test_a_case_is_put_down_to_its_own_row(insured: Path) -> None:
    """A2 changed too, and stands in the same table, but A1 does not read it."""
    change(insured / "inputs" / "cases.csv", "30000", "40000")
    change(insured / "inputs" / "cases.csv", "20000", "25000")
    assert verdict(insured)[1]["first_moved"]["why"] == COST


def test_what_a_reserve_opens_with_is_named_where_it_alone_moved_a_figure(insured: Path) -> None:
    change(insured / "inputs" / "balances.csv", "50000", "77000")
    moved = verdict(insured)[1]["first_moved"]
    assert (moved["row"], moved["why"]) == ("risk_reserve", OPENING)


def test_a_balance_that_is_gone_is_named_where_it_stood(insured: Path) -> None:
    """The reserve's opening is written into the model file instead: its row of the balances is in the pin alone."""
    change(insured / "model.toml", 'balances = "inputs/balances.csv"', "opening = 77_000")
    gone = next(one for one in verdict(insured)[1]["changes"] if one["cause"] == "inputs")
    assert (gone["what"], gone["then"]) == ("opening balance of risk_reserve", "opening 50,000")
    assert gone["place"] == "inputs/balances.csv, row 2 as it was"


@pytest.fixture
def moved_people(tmp_path: Path) -> Path:
    """A place with two maps, pinned; then the file of who lives where loses a row and changes another."""
    maps = """
[[geographies]]
code = "adult"
file = "inputs/adult.csv"

[[geographies]]
code = "children"
file = "inputs/children.csv"
crosswalk = { to = "adult", file = "inputs/people.csv" }
"""
    tables = {
        "adult": "locality,name,people\nNORTH,North,100\nSOUTH,South,200",
        "children": "locality,name,children\nEAST,East,30\nWEST,West,60",
        "people": "from,to,weight\nEAST,NORTH,10\nEAST,SOUTH,20\nWEST,NORTH,30\nWEST,SOUTH,30",
    }
    folder = place_model(tmp_path / "maps", RULES, LINES, more=maps)
    pin(write_model(folder, (folder / "model.toml").read_text(), **tables))
    change(folder / "inputs" / "people.csv", "EAST,SOUTH,20\nWEST,NORTH,30", "WEST,NORTH,40")
    return folder


def test_people_of_a_crosswalk_are_named_where_they_stand_or_stood(moved_people: Path) -> None:
    places = {one["what"]: (one["then"], one["now"], one["place"]) for one in verdict(moved_people)[1]["changes"]}
    assert places == {
        "crosswalk from EAST SOUTH, weight": ("20", "0", "inputs/people.csv, row 3, column weight as it was"),
        "crosswalk from WEST NORTH, weight": ("30", "40", "inputs/people.csv, row 3, column weight"),
    }


def test_a_pin_from_before_places_were_kept_names_no_wrong_one(moved_people: Path) -> None:
    path = moved_people / "pin.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["reading"]["crosswalk_places"]
    content["kept"] = digest_of([content["figures"], content["reading"]])
    path.write_text(json.dumps(content), encoding="utf-8")
    places = [one["place"] for one in verdict(moved_people)[1]["changes"]]
    assert places == ["", "inputs/people.csv, row 3, column weight"]


def test_a_term_is_named_with_its_clause_and_line(model: Path) -> None:
    change(model / "model.toml", "percent = 5", "percent = 7.5")
    code, answer = verdict(model)
    moved = answer["first_moved"]
    assert (code, changed(answer)) == (4, ["Inputs", "Contract", "Results"])
    assert (moved["row"], moved["then"], moved["now"], moved["clause"]) == ("place", "0.05", "0.075", "Para 1")
    assert "term place.threshold.percent: 0.05 -> 0.075" in moved["why"]
    line = 1 + (model / "model.toml").read_text().splitlines().index("percent = 7.5")
    assert f"[model.toml, line {line}]" in moved["why"]


def test_a_rule_that_works_otherwise_is_named_as_arithmetic(model: Path) -> None:
    """`excess_only` is another formula, not another figure of a term."""
    change(model / "model.toml", "percent = 5", 'percent = 5\nbasis = "excess_only"')
    answer = verdict(model)[1]
    moved = answer["first_moved"]
    assert changed(answer) == ["Inputs", "Contract", "Steps", "Results"]
    assert "another arithmetic" in moved["why"]
    assert "basis: first_pound -> excess_only" in moved["why"]


def test_a_library_that_computes_otherwise_is_told_from_a_rule_that_does(model: Path) -> None:
    """The pin holds a figure that its own inputs do not give today: only software can have moved it."""
    built, _ = compute(model)
    assert built is not None
    kept = record(built.pin, built.reading, built.plan.tables, built.figures)
    settled = dict(kept.figures["settlement"]) | {"transfer": ("0.01", *kept.figures["settlement"]["transfer"][1:])}
    moved = dict(kept.figures) | {"settlement": settled}
    results = dict(built.pin.results) | {"settlement": dict(built.pin.results["settlement"]) | {"transfer": "another"}}
    then = dict(built.pin.software) | {"polars": "1.0.0"}
    old = replace(kept, pin=replace(built.pin, software=then, results=results), figures=moved)
    (model / "pin.json").write_text(old.text(), encoding="utf-8")
    first = verdict(model)[1]["first_moved"]
    assert first["step"] == "transfer"
    assert first["why"].startswith("a library computes it otherwise: polars: 1.0.0 -> ")
    steps = dict(built.pin.steps) | {"settlement": dict(built.pin.steps["settlement"]) | {"transfer": "another"}}
    rule = replace(old, pin=replace(old.pin, steps=steps))
    (model / "pin.json").write_text(rule.text(), encoding="utf-8")
    first = verdict(model)[1]["first_moved"]
    assert first["why"].startswith("the rule's arithmetic is another in this version: ")


def test_other_software_with_the_same_figures_is_the_same(model: Path) -> None:
    """Same or different is said by figures, not by versions."""
    built, _ = compute(model)
    assert built is not None
    kept = record(built.pin, built.reading, built.plan.tables, built.figures)
    older = replace(kept, pin=replace(built.pin, software=dict(built.pin.software) | {"polars": "1.0.0"}))
    (model / "pin.json").write_text(older.text(), encoding="utf-8")
    code, answer = verdict(model)
    assert (code, answer["verdict"], changed(answer)) == (0, "same", ["Software"])


@pytest.mark.parametrize(
    ("new", "what", "then", "now"),
    [
        ("", "line b", "budget 500, outturn 500", ""),
        ("b,500.00,500.00\nc,1,2\n", "line c", "", "budget 1, outturn 2"),
        ("b,500.00,501.00\n", "line b, outturn", "500", "501"),
    ],
)
def test_lines_that_are_gone_new_or_changed(model: Path, new: str, what: str, then: str, now: str) -> None:
    change(model / "inputs" / "lines.csv", "b,500.00,500.00\n", new)
    (entry,) = verdict(model)[1]["changes"]
    assert (entry["cause"], entry["what"], entry["then"], entry["now"]) == ("inputs", what, then, now)


def test_a_comment_changes_a_file_and_nothing_else(model: Path) -> None:
    """Another byte is another file; the contract means the same and no figure moves."""
    change(model / "model.toml", "percent = 5", "percent = 5 # as agreed")
    result = run("verify", model)
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (4, "DIFFERENT: inputs changed; no figure moved.")


def test_a_rule_put_before_others_does_not_make_them_new(model: Path) -> None:
    earlier = '[[pools.rules]]\nrule = "reserve"\nclause = "Para 0"\nside = "loss"\nreserve = "spare"\n\n'
    spare = '[[reserves]]\ncode = "spare"\nname = "Spare"\nholder = "CCG"\nopening = 0\n\n'
    text = (model / "model.toml").read_text()
    first = text.index("[[pools.rules]]")
    funds = text.index("[[funds]]")
    (model / "model.toml").write_text(text[:funds] + spare + text[funds:first] + earlier + text[first:])
    changes = verdict(model)[1]["changes"]
    assert [entry["what"] for entry in changes] == ["reserves", "pools / place / rules / reserve (Para 0)"]


def test_the_order_of_rules_is_a_change_of_its_own(tmp_path: Path) -> None:
    first, second = (
        f'[[pools.rules]]\nrule = "threshold"\nclause = "Para {number}"\nside = "{side}"\npercent = 5\n'
        for number, side in enumerate(("gain", "loss"), start=1)
    )
    model = pin(place_model(tmp_path / "ordered", f"{first}{second}{SHARES}", LINES))
    change(model / "model.toml", f"{first}{second}", f"{second}{first}")
    code, answer = verdict(model)
    (entry,) = answer["changes"]
    assert (code, entry["what"]) == (4, "pools / place / rules / order")
    assert entry["then"] == "threshold (Para 1), threshold (Para 2), share_ranges (Para 2)"
    assert entry["now"] == "threshold (Para 2), threshold (Para 1), share_ranges (Para 2)"


def test_a_model_that_no_longer_builds_says_which_files_changed(model: Path) -> None:
    change(model / "inputs" / "lines.csv", "899.99", "n/a")
    result = run("verify", model)
    assert result.exit_code == 1
    assert "since then these files changed: inputs/lines.csv" in result.output


def test_a_folder_that_is_no_model_says_so(tmp_path: Path) -> None:
    result = run("verify", tmp_path)
    assert (result.exit_code, "is no model: it has no model.toml" in result.output) == (3, True)


def test_a_model_without_a_pin_says_how_to_make_one(tmp_path: Path) -> None:
    model = place_model(tmp_path / "unpinned", RULES, LINES)
    result = run("verify", model)
    assert (result.exit_code, "riskshare pin" in result.output) == (3, True)
