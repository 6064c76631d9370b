"""`riskshare verify WORKBOOK`: is a delivered workbook what its model says, and if not, which cell is not."""

from __future__ import annotations

import builtins
import io
import json
import os
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from cases import place_model
from half_pennies import near_half
from riskshare.cli import main
from riskshare.outputs import write

HALVES = """
[[pools.rules]]
rule = "threshold"
clause = "Para 1"
percent = 1

[[pools.rules]]
rule = "share_ranges"
clause = "Para 2"
bands = [{ shares = { CCG = 50, TRUST = 50 } }]
"""
LINES = "line,budget,outturn\na,1000.00,900.00\nb,500.00,490.00"


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def verdict(*words: object) -> tuple[int, dict[str, Any]]:
    result = run("verify", *words, "--json")
    assert result.stdout, result.output
    return result.exit_code, json.loads(result.stdout)


def changed(answer: dict[str, Any]) -> list[str]:
    return [part["part"] for part in answer["parts"] if part["verdict"] == "changed"]


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """The workbook of a model that shares £110 in halves, in workbooks/ beside models/."""
    model = place_model(tmp_path / "models" / "halves", HALVES, LINES)
    path = tmp_path / "workbooks" / "halves.xlsx"
    assert run("build", model, "-o", path, "-q").exit_code == 0
    return path


@pytest.fixture
def model(workbook: Path) -> Path:
    """The model of the workbook."""
    return workbook.parents[1] / "models" / "halves"


def cell_of(sheet: Worksheet, row: str, column: str) -> str:
    """The cell in the column with this heading and the row with this key, in the first table of a sheet."""
    heads = {str(cell.value): cell.column_letter for line in sheet.iter_rows(max_row=12) for cell in line if cell.value}
    letter = next(letter for head, letter in heads.items() if head.startswith(column))
    number = next(line[0].row for line in sheet.iter_rows() if line[0].value == row)
    return f"{letter}{number}"


def typed_over(workbook: Path, sheet: str, row: str, column: str, value: int | Decimal | str) -> str:
    """Types a value into a cell with openpyxl; returns the cell."""
    book = load_workbook(workbook)
    cell = cell_of(book[sheet], row, column)
    book[sheet][cell] = value
    book.save(workbook)
    return cell


def test_a_workbook_that_nobody_touched_is_the_same_wherever_its_model_is_found(workbook: Path, model: Path) -> None:
    code, answer = verdict(workbook)
    assert (code, answer["verdict"], changed(answer), answer["changes"]) == (0, "same", [], [])
    elsewhere = Path(shutil.move(workbook, workbook.parents[2] / "sent.xlsx"))
    missing = run("verify", elsewhere)
    assert (missing.exit_code, "Name it: --model FOLDER" in missing.output) == (3, True)
    assert verdict(elsewhere, "--model", model)[0] == 0


def test_a_word_typed_into_a_term_is_named_with_what_it_breaks(workbook: Path) -> None:
    """It ended in a traceback: the first figure that moved is no number any more."""
    cell = typed_over(workbook, "Terms", "place.threshold.percent", "Value", "half")
    said = run("verify", workbook)
    assert said.exit_code == 4, said.output
    assert "1% -> half" in said.output
    assert f"an input typed over at Terms!{cell}: 0.01 -> half" in " ".join(said.output.split())


def test_an_input_typed_over_is_named_with_the_first_figure_it_moves(workbook: Path) -> None:
    """Line a's outturn 900 becomes 880: its variance 100 becomes 120."""
    cell = typed_over(workbook, "Lines", "a", "Outturn", 880)
    code, answer = verdict(workbook)
    assert (code, changed(answer)) == (4, ["Inputs", "Results", "Workbook"])
    assert [entry["what"] for entry in answer["changes"]] == [f"an input typed over at Lines!{cell}"]
    moved = answer["first_moved"]
    assert (moved["row"], moved["label"], moved["then"], moved["now"]) == ("a", "Variance", "100", "120")
    assert moved["why"] == f"an input typed over at Lines!{cell}: 900 -> 880"
    assert answer["first_moved_in_sharing"]["row"] == "place"


def test_the_first_figure_of_the_sharing_is_put_down_to_what_it_rests_on(workbook: Path) -> None:
    """A threshold and a heading are typed over as well; the pool's outturn, sums of sums, rests on the line alone."""
    line = typed_over(workbook, "Lines", "a", "Outturn", 880)
    typed_over(workbook, "Terms", "place.threshold.percent", "Value", 0)
    book = load_workbook(workbook)
    book["Summary"]["A1"] = "Another title"
    book.save(workbook)
    answer = verdict(workbook)[1]
    assert len(answer["changes"]) == 3
    assert answer["first_moved_in_sharing"]["why"] == f"an input typed over at Lines!{line}: 900 -> 880"


@pytest.mark.parametrize("edited", [False, True])
def test_the_delivered_file_is_opened_once_and_its_rebuild_laid_out_once(
    workbook: Path, monkeypatch: pytest.MonkeyPatch, edited: bool
) -> None:
    if edited:
        typed_over(workbook, "Lines", "a", "Outturn", 880)
    openings, layouts = list[Any](), list[Any]()
    monkeypatch.setattr(io, "open", counted(io.open, openings))
    monkeypatch.setattr(builtins, "open", io.open)
    monkeypatch.setattr(os, "open", counted(os.open, openings))
    monkeypatch.setattr(write, "lay_out", counted(write.lay_out, layouts))
    assert verdict(workbook)[0] == (4 if edited else 0)
    assert [opened for opened in openings if str(opened) == str(workbook)] == [workbook]
    assert len(layouts) == 1


def counted(function: Callable[..., Any], arguments: list[Any]) -> Callable[..., Any]:
    """A function that also keeps the first argument of each call."""

    def counting(first: Any, *others: Any, **named: Any) -> Any:  # noqa: ANN401
        arguments.append(first)
        return function(first, *others, **named)

    return counting


def test_a_formula_replaced_by_its_own_value_is_named(workbook: Path) -> None:
    """The figure is right today and dead tomorrow."""
    cell = typed_over(workbook, "Lines", "a", "Variance", 100)
    code, answer = verdict(workbook)
    assert (code, changed(answer)) == (4, ["Steps", "Workbook"])
    assert next(part["detail"] for part in answer["parts"] if part["part"] == "Steps") == (
        f"1 cell of the file changed: Lines!{cell}"
    )
    assert [entry["what"] for entry in answer["changes"]] == [f"a formula replaced by a number at Lines!{cell}"]


def test_a_term_typed_over_is_the_contract_and_says_what_it_does_to_money(workbook: Path) -> None:
    """Of the gain of £110 all is shared in halves; at a threshold of half the target it is not, and nobody pays."""
    cell = typed_over(workbook, "Terms", "place.threshold.percent", "Value", Decimal("0.5"))
    code, answer = verdict(workbook)
    assert (code, changed(answer)) == (4, ["Contract", "Results", "Workbook"])
    assert [(one["account"], one["should"], one["recalculated"]) for one in answer["money"]] == [
        ("CCG", "-55", "0"), ("TRUST", "55", "0"),
    ]  # fmt: skip
    said = run("verify", workbook).output
    assert f"Contract CHANGED 1 cell of the file changed: Terms!{cell}" in " ".join(said.split())
    assert "CCG would receive £0.00, not pay £55.00." in said


def test_a_payment_typed_over_is_shown_as_it_is_typed_and_as_it_is_calculated(workbook: Path) -> None:
    """Nothing reads the figure that was typed over, so that all others are still the model's."""
    shown = load_workbook(workbook, data_only=True)["Settlement"]
    cells = [cell for line in shown.iter_rows() for cell in line if cell.value is not None]
    head = next(cell for cell in cells if str(cell.value).startswith("Receives from others"))
    row = next(cell.row for cell in cells if cell.column == 1 and cell.value == "TRUST" and cell.row > head.row)
    book = load_workbook(workbook)
    book["Settlement"][f"{head.column_letter}{row}"] = 999_999
    book.save(workbook)
    code, answer = verdict(workbook)
    assert (code, changed(answer)) == (4, ["Steps", "Results", "Workbook"])
    assert "TRUST would receive £999,999.00, not £55.00." in run("verify", workbook).output


def test_figures_that_stand_in_other_cells_are_not_said_to_be_the_same(workbook: Path) -> None:
    """A row is put into Terms: which figure is which can't be told, and the answer says so."""
    book = load_workbook(workbook)
    book["Terms"].insert_rows(5)
    book.save(workbook)
    code, answer = verdict(workbook)
    assert code == 4
    assert {"Inputs", "Contract", "Steps", "Results", "Workbook"} <= set(changed(answer))
    assert any(note.startswith("What it does to money cannot be told") for note in answer["notes"])


def test_saved_without_a_change_is_no_change(workbook: Path) -> None:
    load_workbook(workbook).save(workbook)
    code, answer = verdict(workbook)
    assert (code, answer["changes"]) == (0, [])
    assert any("have no stored figure; they were recalculated" in note for note in answer["notes"])


def test_a_model_that_moved_on_is_verified_by_its_pin(workbook: Path, model: Path) -> None:
    """Inputs change after the workbook was sent: the pin still holds what it was built from."""
    assert run("pin", model).exit_code == 0
    lines = model / "inputs" / "lines.csv"
    lines.write_text(lines.read_text().replace("900.00", "880.00"))
    code, answer = verdict(workbook)
    assert (code, changed(answer)) == (0, [])
    assert any("compared with the model as it was pinned" in note for note in answer["notes"])


def test_a_model_that_moved_on_without_a_pin_is_different(workbook: Path, model: Path) -> None:
    lines = model / "inputs" / "lines.csv"
    lines.write_text(lines.read_text().replace("900.00", "880.00"))
    code, answer = verdict(workbook)
    assert (code, answer["verdict"]) == (4, "different")
    assert set(changed(answer)) >= {"Inputs", "Results", "Workbook"}
    assert any("Neither the model's files nor its pin" in note for note in answer["notes"])


def test_a_workbook_that_was_not_proved_says_so_and_is_the_same(model: Path, workbook: Path) -> None:
    assert run("build", model, "-o", workbook, "-q", "--no-proof").exit_code == 0
    assert verdict(workbook)[0] == 0
    statements = [str(row[1].value) for row in load_workbook(workbook)["Provenance"].iter_rows()]
    assert "built with --no-proof" in statements


def test_a_statement_of_proof_that_was_typed_in_is_found(model: Path, workbook: Path) -> None:
    """Nobody can turn 'not proved' into a proof: the count of formulas would have to be there, too."""
    book = load_workbook(workbook)
    sheet = book["Provenance"]
    row = next(line[0].row for line in sheet.iter_rows() if line[0].value == "formulas")
    sheet[f"B{row}"] = "1"
    book.save(workbook)
    assert verdict(workbook)[0] == 4


def test_half_pennies_that_a_workbook_states_are_no_difference(tmp_path: Path) -> None:
    """A part of fifty billion pounds stands beside a half penny: built with a warning, renamed, and still the same."""
    model, path = near_half(tmp_path), tmp_path / "built.xlsx"
    assert run("build", model, "-o", path, "-q").exit_code == 0
    code, answer = verdict(path.rename(tmp_path / "renamed.xlsx"))
    assert (code, changed(answer)) == (0, [])
    assert "as stored: half pennies, see Checks" in answer["parts"][-1]["detail"]


def test_what_is_no_workbook_of_ours_is_one_sentence_with_the_way_out(workbook: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.xlsx"
    Workbook().save(other)
    newer = tmp_path / "newer.xlsx"
    book = load_workbook(workbook)
    book.custom_doc_props["riskshare schema"].value = "99"  # type: ignore[attr-defined]
    book.save(newer)
    text = tmp_path / "text.xlsx"
    text.write_text("not a workbook")
    wanted = {
        other: "was not made by riskshare",
        newer: "was made by a newer version",
        text: "not an Excel workbook",
        tmp_path / "absent.xlsx": "no",
    }
    for path, words in wanted.items():
        result = run("verify", path)
        assert (result.exit_code, len(result.output.strip().splitlines())) == (3, 1), result.output
        assert words in result.output


def test_an_unknown_engine_is_one_sentence(workbook: Path) -> None:
    result = run("verify", workbook, "--engine", "abacus")
    assert (result.exit_code, "There is no engine 'abacus'" in result.output) == (3, True)
