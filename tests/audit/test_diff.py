"""`riskshare diff A B`: every change, and a bridge per partner from A's settlement to B's that adds up to the penny."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from cases import place_model
from places import THURROCK
from recalculation import ironcalc, prove
from riskshare.audit.diff.endpoint import settlement
from riskshare.audit.diff.shown import shown_settlement
from riskshare.build import build
from riskshare.cli import main
from riskshare.figures.pin.file import read_record

HALVES = """
[[pools.rules]]
rule = "share_ranges"
clause = "Para 2"
bands = [{ shares = { CCG = 50, TRUST = 50 } }]
"""
SHARES = "pools / place / rules / share_ranges (Para 2) / bands / 1 / shares"
LINES = "line,budget,outturn\na,1000.00,900.00\nb,500.00,500.00\nc,200.00,190.00"


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def difference(*words: object) -> dict[str, Any]:
    result = run("diff", *words, "--json")
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def movements(answer: dict[str, Any], account: str, measure: str = "transfer") -> dict[str, Decimal]:
    """What moved one account, by cause and label; movements of nothing are left out."""
    bridge = next(b for b in answer["bridges"] if (b["account"], b["measure"]) == (account, measure))
    moved = {f"{m['cause']}: {m['label']}": Decimal(m["amount"]) for m in bridge["movements"]}
    return {label: amount for label, amount in moved.items() if amount}


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Two copies of a model that shares £110 in halves: the CCG holds it all and pays the trust £55."""
    model = place_model(tmp_path / "before" / "halves", HALVES, LINES)
    return model, Path(shutil.copytree(model, tmp_path / "after" / "halves"))


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_nothing_changed_and_nothing_moved(pair: tuple[Path, Path]) -> None:
    assert run("diff", *pair).stdout.splitlines()[-1] == "SAME: nothing changed and nothing moved."


def test_lines_move_first_and_the_contract_after_them(pair: tuple[Path, Path]) -> None:
    """£110 in halves gives the trust 55. Line a's outturn 900 -> 880 makes £130: 65, +10. Line d, £6 under: 68, +3.

    Then 50% becomes 25% of £136: 34, -34. Together 55 + 10 + 3 - 34 = 34. One share alone would not add to 100%.
    """
    before, after = pair
    change(after / "inputs" / "lines.csv", "900.00", "880.00")
    change(after / "inputs" / "lines.csv", "c,200", "d,10.00,4.00\nc,200")
    change(after / "model.toml", "CCG = 50, TRUST = 50", "CCG = 75, TRUST = 25")
    answer = difference(before, after)
    assert movements(answer, "TRUST") == {
        "inputs: line a, outturn: 900 -> 880": Decimal(10),
        "inputs: line d: new, -> budget 10, outturn 4": Decimal(3),
        f"contract: {SHARES} / CCG: 50 -> 75, with 1 other term": Decimal(-34),
    }
    trust = next(b for b in answer["bridges"] if (b["account"], b["measure"]) == ("TRUST", "transfer"))
    assert (trust["start"], trust["end"]) == ("55.00", "34.00")


CAPPED = """
[[pools.rules]]
rule = "threshold"
clause = "Para 1"
percent = 1

[[pools.rules]]
rule = "share_ranges"
clause = "Para 2"
bands = [{ up_to = 5, shares = { TRUST = 100 } }, { shares = { CCG = 100 } }]

[[pools.rules]]
rule = "cap"
clause = "Para 3"
from = "TRUST"
limit = { amount = 60 }
excess_to = "CCG"
"""


def options(tmp_path: Path, *changed: tuple[str, str]) -> tuple[Path, Path]:
    """Two options for one contract, in folders of their own names."""
    first = place_model(tmp_path / "option-a", CAPPED, LINES)
    second = Path(shutil.copytree(first, tmp_path / "option-b"))
    for old, new in (("option-a", "option-b"), *changed):
        change(second / "model.toml", old, new)
    return first, second


def test_the_folder_s_name_is_no_term(tmp_path: Path) -> None:
    answer = difference(*options(tmp_path))
    assert answer["changes"] == []
    assert all(not Decimal(movement["amount"]) for bridge in answer["bridges"] for movement in bridge["movements"])


def test_each_changed_term_is_a_bar_of_its_own(tmp_path: Path) -> None:
    """Of £110 on £1,700 the trust has 5%, £85, and at most £60.

    A threshold of 10% comes first, and leaves nothing that the other two could move. With one of 0.5% a band up to 2%,
    £34, moves the trust by -26, and a limit of £20 by another -14.
    """
    threshold = ("percent = 1\n", "percent = 10\n")
    answer = difference(*options(tmp_path, threshold, ("up_to = 5", "up_to = 2"), ("amount = 60", "amount = 20")))
    assert movements(answer, "TRUST") == {
        "contract: pools / place / rules / threshold (Para 1) / percent: 1 -> 10": -60
    }
    assert [entry["what"].split(" / ")[3] for entry in answer["changes"]] == [
        "threshold (Para 1)",
        "share_ranges (Para 2)",
        "cap (Para 3)",
    ]
    lower = ("percent = 1\n", "percent = 0.5\n")
    answer = difference(*options(tmp_path / "lower", lower, ("up_to = 5", "up_to = 2"), ("amount = 60", "amount = 20")))
    assert movements(answer, "TRUST") == {
        "contract: pools / place / rules / share_ranges (Para 2) / bands / 1 / up_to: 5 -> 2": -26,
        "contract: pools / place / rules / cap (Para 3) / limit / amount: 60 -> 20": -14,
    }


def test_a_rule_that_is_new_or_gone_is_a_bar(tmp_path: Path) -> None:
    """Without the cap the trust keeps £85, +25; a withhold of 10% takes 8.50."""
    cap = CAPPED[CAPPED.index('[[pools.rules]]\nrule = "cap"') :]
    withhold = '[[pools.rules]]\nrule = "withhold"\nclause = "Para 4"\nfrom = "TRUST"\nto = "CCG"\npercent = 10\n'
    answer = difference(*options(tmp_path, (cap, withhold)))
    assert movements(answer, "TRUST") == {
        "contract: pools / place / rules / cap (Para 3): gone": 25,
        "contract: pools / place / rules / withhold (Para 4): new": Decimal("-8.50"),
    }


def test_the_order_of_rules_is_a_bar(tmp_path: Path) -> None:
    """A withhold of 10% of £85 before the cap leaves £76.50, so £60; after it, £54."""
    withhold = '[[pools.rules]]\nrule = "withhold"\nclause = "Para 4"\nfrom = "TRUST"\nto = "CCG"\npercent = 10\n'
    first, second = options(tmp_path)
    change(first / "model.toml", '[[pools.rules]]\nrule = "cap"', f'{withhold}\n[[pools.rules]]\nrule = "cap"')
    with (second / "model.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{withhold}")
    ((label, amount),) = movements(difference(first, second), "TRUST").items()
    assert label.startswith("contract: pools / place / rules / order: ")
    assert amount == -6


def test_a_gain_that_moves_without_a_payment_has_a_chart(tmp_path: Path) -> None:
    """All of it is the CCG's, who holds the budget: £10 more of gain, and nobody pays. The sheet was empty."""
    alone = HALVES.replace("CCG = 50, TRUST = 50", "CCG = 100")
    before = place_model(tmp_path / "before" / "halves", alone, LINES)
    after = Path(shutil.copytree(before, tmp_path / "after" / "halves"))
    change(after / "inputs" / "lines.csv", "900.00", "890.00")
    path = tmp_path / "bridge.xlsx"
    assert run("diff", before, after, "--xlsx", path).exit_code == 0
    sheet = load_workbook(path)["Waterfall"]
    assert "CCG: gain, or (loss), of all its lines" in [row[0] for row in sheet.iter_rows(values_only=True)]
    with ZipFile(path) as archive:
        assert sum(name.startswith("xl/charts/chart") for name in archive.namelist()) == 1
    assert prove(path, ironcalc) == []
    assert run("diff", before, before, "--xlsx", path).exit_code == 0
    assert "Nothing moved." in [row[0] for row in load_workbook(path)["Waterfall"].iter_rows(values_only=True)]


def test_the_smaller_lines_move_together(pair: tuple[Path, Path]) -> None:
    """With one line on its own: a by 20 first, then b by 2 and c by 4 as one: +10 and +3 for the trust."""
    before, after = pair
    change(after / "inputs" / "lines.csv", "900.00", "880.00")
    change(after / "inputs" / "lines.csv", "500.00,500.00", "500.00,498.00")
    change(after / "inputs" / "lines.csv", "190.00", "186.00")
    assert movements(difference(before, after, "--lines", 1), "TRUST") == {
        "inputs: line a, outturn: 900 -> 880": Decimal(10),
        "inputs: 2 other lines": Decimal(3),
    }


def test_inputs_that_the_old_contract_cannot_hold_move_with_the_contract(pair: tuple[Path, Path]) -> None:
    """The new line is of a fund that only the new contract has."""
    before, after = pair
    fund = '[[funds]]\ncode = "other"\nname = "Other"\nfamily = "ccg"\nholder = "CCG"\narrangement = "aligned"\n'
    change(after / "model.toml", "[[inputs]]", f'{fund}clause = "Schedule 2"\n\n[[inputs]]')
    lines = "line,fund,budget,outturn\na,core,1000.00,900.00\nb,core,500,500\nc,core,200,190\nd,other,20,10\n"
    (after / "inputs" / "lines.csv").write_text(lines)
    (moved,) = movements(difference(before, after), "TRUST").items()
    assert moved == (
        "inputs and contract: together, as neither can be computed with the other's",
        Decimal(5),
    )


def test_a_pin_and_the_model_that_moved_on_from_it(pair: tuple[Path, Path]) -> None:
    before, after = pair
    assert run("pin", after).exit_code == 0
    change(after / "inputs" / "lines.csv", "900.00", "880.00")
    answer = difference(after / "pin.json", after)
    assert movements(answer, "TRUST") == {"inputs: line a, outturn: 900 -> 880": Decimal(10)}
    assert [entry["what"] for entry in answer["changes"]] == ["line a, outturn"]
    assert difference(before, after / "pin.json")["changes"] == []


def test_what_another_version_computed_is_software(pair: tuple[Path, Path]) -> None:
    """A pin whose figures differ from what its own inputs give today: software moved them, and nothing else."""
    before, after = pair
    assert run("pin", after).exit_code == 0
    kept = read_record(after / "pin.json")
    settled = dict(kept.figures["settlement"])
    assert settled["transfer"][:3] == ("-55", "0", "55")
    settled["transfer"] = ("-54", "0", "54", *settled["transfer"][3:])
    older = replace(kept, figures=dict(kept.figures) | {"settlement": settled})
    (after / "pin.json").write_text(older.text(), encoding="utf-8")
    assert set(movements(difference(before, after / "pin.json"), "TRUST").values()) == {Decimal(-1)}
    assert next(iter(movements(difference(before, after / "pin.json"), "TRUST"))).startswith("software: ")


def test_a_workbook_that_someone_typed_into_against_its_model(pair: tuple[Path, Path]) -> None:
    """£110 in halves; 900 typed over by 880 makes £130: the trust's 55 becomes 65, all of it typed."""
    model = pair[0]
    path = model.parent / "halves.xlsx"
    assert run("build", model, "-o", path, "-q").exit_code == 0
    assert difference(model, path)["changes"] == []
    book = load_workbook(path)
    (cell,) = (cell for row in book["Lines"].iter_rows() for cell in row if cell.value == 900)
    cell.value = 880
    book.save(path)
    answer = difference(model, path)
    (entry,) = answer["changes"]
    assert (entry["cause"], entry["then"], entry["now"]) == ("typed into the workbook", "900", "880")
    assert set(movements(answer, "TRUST").values()) == {Decimal(10)}
    assert next(iter(movements(answer, "TRUST"))).startswith("typed into the workbook: an input typed over at Lines!")
    assert set(movements(difference(path, model), "TRUST").values()) == {Decimal(-10)}


def test_a_workbook_whose_model_moved_on_unpinned_is_compared_without_splitting(pair: tuple[Path, Path]) -> None:
    """Two workbooks of one model, weeks apart, without a pin of the first: 55 becomes 65, and nobody can say why."""
    model = pair[0]
    first, second = (model.parent / name for name in ("first.xlsx", "second.xlsx"))
    assert run("build", model, "-o", first, "-q").exit_code == 0
    change(model / "inputs" / "lines.csv", "900.00", "880.00")
    assert run("build", model, "-o", second, "-q").exit_code == 0
    answer = difference(first, second)
    ((label, amount),) = movements(answer, "TRUST").items()
    assert (label, amount) == (f"not split: what {first} was built from is not to be had: keep pins", Decimal(10))
    typed = [entry for entry in answer["changes"] if entry["what"].startswith("an input typed over at Lines!")]
    assert [(entry["then"], entry["now"]) for entry in typed] == [("900", "880")]
    trust = next(b for b in answer["bridges"] if (b["account"], b["measure"]) == ("TRUST", "transfer"))
    assert (trust["start"], trust["end"]) == ("55.00", "65.00")


@pytest.mark.slow
def test_a_workbook_alone_shows_what_its_model_gives(tmp_path: Path) -> None:
    """Transfers and gains read from the sheets, by their headings, are those that were computed."""
    workbook = tmp_path / "alone.xlsx"
    built, _ = build(THURROCK, workbook, prove=None)
    assert built is not None
    shown = shown_settlement(workbook)
    assert shown == settlement(built.figures)
    assert shown["COUNCIL"]["gain"] == Decimal("1941809.87")


def test_every_bridge_of_thurrock_adds_to_the_penny(tmp_path: Path) -> None:
    """Six lines, a term and a weight; both measures of all accounts; transfers are in balance at every stage."""
    after = Path(shutil.copytree(THURROCK, tmp_path / THURROCK.name))
    file = after / "inputs" / "ccg.csv"
    text = file.read_text(encoding="utf-8")
    lines = re.findall(r",(\d+),(\d+),yes,illustrative", text)[:6]
    for number, (budget, outturn) in enumerate(lines, start=1):
        change(file, f",{budget},{outturn},", f",{budget},{int(outturn) + number * 12_345},")
    change(after / "model.toml", "percent = 1.0", "percent = 0.2")
    change(after / "inputs" / "localities.csv", ",40277.25,39796.20,", ",41277.25,40796.20,")
    answer = difference(THURROCK, after, "--lines", 3)
    assert {entry["cause"] for entry in answer["changes"]} == {"inputs", "contract"}
    labels = [movement["label"] for movement in answer["bridges"][0]["movements"]]
    assert {"3 other lines", "localities adult"} <= set(labels)
    assert [label.split(" / ")[-1] for label in labels if " / rules / " in label] == ["percent: 1 -> 0.2"]
    for bridge in answer["bridges"]:
        moved = sum(Decimal(movement["amount"]) for movement in bridge["movements"])
        assert Decimal(bridge["start"]) + moved == Decimal(bridge["end"])
    transfers = [bridge for bridge in answer["bridges"] if bridge["measure"] == "transfer"]
    for number in range(len(transfers[0]["movements"])):
        assert sum(Decimal(bridge["movements"][number]["amount"]) for bridge in transfers) == 0


def test_the_workbook_of_a_bridge_adds_up_in_another_engine(pair: tuple[Path, Path], tmp_path: Path) -> None:
    """Totals are live formulas; the waterfall's bars are cut from them; a chart is there for each bridge that is told.

    The CCG's gain moves by 10 and its payment by -10, so it has a bridge for each; the trust's are one.
    """
    before, after = pair
    change(after / "inputs" / "lines.csv", "900.00", "880.00")
    path = tmp_path / "bridge.xlsx"
    assert run("diff", before, after, "--xlsx", path).exit_code == 0
    assert prove(path, ironcalc) == []
    book = load_workbook(path)
    assert book.sheetnames == ["Settlement", "Gain or loss", "Waterfall", "Changes"]
    with ZipFile(path) as archive:
        assert sum(name.startswith("xl/charts/chart") for name in archive.namelist()) == 3
    assert [cell.value for cell in book["Changes"][6]][:4] == ["inputs", "line a, outturn", "900", "880"]


@pytest.mark.parametrize("name", ["nothing-here", "nothing.json", "model.txt"])
def test_what_is_no_model_pin_or_workbook_is_one_sentence(pair: tuple[Path, Path], tmp_path: Path, name: str) -> None:
    result = run("diff", pair[0], tmp_path / name)
    assert (result.exit_code, "Traceback" in result.output) == (3, False), result.output
    assert len(result.output.strip().splitlines()) == 1
