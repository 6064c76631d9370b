"""The command as its users run it: what it prints, what it writes, how it exits, and that nobody sees a traceback."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from cases import place_model
from places import MODELS, THURROCK
from riskshare import __version__
from riskshare.build import compute
from riskshare.cli import main
from riskshare.outputs.results import write_results
from riskshare.problems.errors import FormulaError, LayoutError, RiskshareError

HALVES = """
[[pools.rules]]
rule = "share_ranges"
clause = "Schedule 1"
bands = [{ shares = { CCG = 50, TRUST = 50 } }]
"""
GOOD = "line,budget,outturn\na,1000.00,899.99"


def run(*words: object) -> Result:
    """Runs riskshare in this process."""
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model that builds: £100.01 to share in halves."""
    return place_model(tmp_path / "halves", HALVES, GOOD)


def test_build_writes_to_workbooks_by_default(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("build", "halves")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "workbooks" / "halves.xlsx").stat().st_size > 10_000
    assert "CCG pays TRUST" in result.output
    assert "50.01" in result.output
    assert "all pass" in result.output


def test_quiet_prints_nothing_when_nothing_is_wrong(model: Path, tmp_path: Path) -> None:
    assert run("build", model, "-o", tmp_path / "x.xlsx", "--quiet").output == ""


def test_check_says_that_a_model_can_be_built_and_writes_nothing(model: Path) -> None:
    before = sorted(model.rglob("*"))
    result = run("check", model)
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, f"{model} can be built: 1 lines, 1 pool groups.")
    assert sorted(model.rglob("*")) == before


def test_findings_are_all_told_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    model = place_model(tmp_path / "wrong", HALVES, "line,budget,outturn\na,12O0,1\nb,1,#N/A")
    result = run("build", model, "-o", tmp_path / "x.xlsx")
    assert result.exit_code == 1
    assert "inputs/lines.csv, row 2, column budget" in result.output
    assert "inputs/lines.csv, row 3, column outturn" in result.output
    assert "2 errors: nothing was written." in result.output
    assert not (tmp_path / "x.xlsx").exists()


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (["build"], 2, "Missing argument 'MODEL'"),
        (["build", "model", "--colour"], 2, "No such option"),
        (["bild", "model"], 2, "No such command"),
        (["build", "nowhere"], 3, "nowhere is not a folder"),
        (["check", "nowhere"], 3, "nowhere is not a folder"),
    ],
)
def test_wrong_usage_and_missing_folders(words: list[str], exit_code: int, said: str) -> None:
    result = run(*words)
    assert (result.exit_code, said in result.output) == (exit_code, True), result.output


def test_a_place_that_cannot_be_written_to_is_told_in_a_sentence(model: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    result = run("build", model, "-o", tmp_path / "file" / "x.xlsx")
    assert result.exit_code == 3
    assert "cannot be used" in result.output
    assert "Traceback" not in result.output


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="only Linux has a folder in which nobody can make files")
def test_a_folder_in_which_no_file_can_be_made(model: Path) -> None:
    result = run("build", model, "-o", "/proc/x.xlsx")
    assert (result.exit_code, result.output) == (
        3,
        "/proc/x.xlsx cannot be used: No such file or directory. Close it in other programs or choose another place.\n",
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
@pytest.mark.parametrize("options", [[], ["--no-proof"]])
def test_a_full_disk_is_told_in_a_sentence_and_leaves_nothing(model: Path, tmp_path: Path, options: list[str]) -> None:
    """A file may have 8 kB at most, and the workbook has more: as on a full disk, its end cannot be written."""
    command = [sys.executable, "-m", "riskshare.cli", "build", str(model), "-o", "x.xlsx", "--quiet", *options]
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 16; exec "$@"', "sh", *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (3, 1), done.stderr
    assert done.stderr.startswith("There is no room on the disk")
    assert [path.name for path in tmp_path.iterdir()] == ["halves"]


@pytest.mark.parametrize("name", ["x.csv", "x", "x.xls", "x.xlsm"])
def test_a_workbook_s_name_ends_as_a_workbook_s(model: Path, tmp_path: Path, name: str) -> None:
    """`-o x.csv` wrote a workbook that a CSV reader choked on."""
    for words in (("build", model, "-o"), ("diff", model, model, "--xlsx")):
        result = run(*words, tmp_path / name)
        assert result.exit_code == 2
        assert f"{name}' must end in .xlsx. For CSV files use build with --results FOLDER." in result.output
    assert not (tmp_path / name).exists()
    assert run("build", model, "-o", tmp_path / "X.XLSX", "--quiet").exit_code == 0


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_results_are_written_as_data(tmp_path: Path) -> None:
    """The files of Thurrock; what they hold adds up among them to the penny."""
    assert run("build", THURROCK, "-o", tmp_path / "x.xlsx", "--results", tmp_path / "results", "-q").exit_code == 0
    files = {path.stem: rows(path) for path in (tmp_path / "results").glob("*.csv")}
    assert set(files) == {
        "lines", "locality_budgets", "steps", "settlement", "payments", "reconciliation", "ring_fences", "balances",
        "checks",
    }  # fmt: skip
    assert sum(Decimal(row["kept"]) for row in files["ring_fences"]) == Decimal("132150.00")
    settled = {row["partner"]: Decimal(row["settles"]) for row in files["settlement"]}
    for row in files["payments"]:
        settled[row["from"]] += Decimal(row["amount"])
        settled[row["to"]] -= Decimal(row["amount"])
    assert set(settled.values()) == {Decimal(0)}
    assert sum(Decimal(row["transfer"]) for row in files["settlement"]) == 0
    gains = (Decimal(row["after"]) - Decimal(row["target_changes"]) for row in files["reconciliation"])
    lines = sum(Decimal(row["budget"]) - Decimal(row["outturn"]) for row in files["lines"])
    assert sum(gains) == lines
    local = sum(Decimal(row["budget"]) for row in files["lines"] if row["locality"])
    assert local == sum(Decimal(row["budget"]) for row in files["locality_budgets"])
    assert {"pool", "step", "label", "unit", "value"} <= set(files["steps"][0])
    assert {row["holds"] for row in files["checks"]} == {"true"}


def test_pin_is_written_once_and_never_replaced_silently(model: Path, tmp_path: Path) -> None:
    assert run("pin", model).exit_code == 0
    pinned = (model / "pin.json").read_text()
    assert json.loads(pinned)["model"] == "halves"
    assert run("pin", model).exit_code == 0
    lines = model / "inputs" / "lines.csv"
    lines.write_text(lines.read_text().replace("899.99", "899.98"))
    built = run("build", model, "-o", tmp_path / "x.xlsx")
    assert built.exit_code == 0
    assert "differs from the model's pin.json" in built.output
    assert "inputs/lines.csv: changed" in built.output
    assert "figures of 'settlement': changed" in built.output
    refused = run("pin", model)
    assert (refused.exit_code, "left as it is" in refused.output) == (4, True)
    assert (model / "pin.json").read_text() == pinned
    assert run("pin", model, "--replace").exit_code == 0
    assert (model / "pin.json").read_text() != pinned


def test_a_damaged_pin_is_a_warning(model: Path, tmp_path: Path) -> None:
    (model / "pin.json").write_text("{")
    result = run("build", model, "-o", tmp_path / "x.xlsx")
    assert result.exit_code == 0
    assert re.search(r"WARNING pin.json: The pin \S+ cannot be read", result.output)


def test_the_pin_of_thurrock_is_what_the_model_gives_today(tmp_path: Path) -> None:
    """`riskshare pin models/thurrock-2021-22 --replace` after a change that is meant to move figures."""
    result = run("build", THURROCK, "-o", tmp_path / "x.xlsx")
    assert "differs from the model's pin.json" not in result.output, result.output
    assert (THURROCK / "pin.json").exists()


def test_the_command_runs_from_anywhere(model: Path, tmp_path: Path) -> None:
    """As a program of its own, in another folder, with a relative path and no terminal."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    command = [sys.executable, "-m", "riskshare.cli", "build", os.path.relpath(model, elsewhere)]
    done = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (elsewhere / "workbooks" / "halves.xlsx").exists()


def test_a_wrong_cell_does_not_hide_what_is_wrong_across_tables(model: Path) -> None:
    """An amount that is no number, a fund that nobody declared and a line that is there twice: all three at once."""
    lines = "line,fund,budget,outturn\na,core,1.000.00,899.99\nb,corre,5,5\nc,core,1,1\nc,core,1,1\n"
    (model / "inputs" / "lines.csv").write_text(lines)
    result = run("check", model)
    assert result.exit_code == 1
    for words in ("'1.000.00' is not a number", "Did you mean 'core'?", "row 5"):
        assert words in result.output


def test_the_folder_must_be_named_as_the_model(model: Path, tmp_path: Path) -> None:
    renamed = Path(shutil.copytree(model, tmp_path / "renamed"))
    result = run("check", renamed)
    assert (result.exit_code, "name = 'halves' in the folder 'renamed'" in result.output) == (1, True)


# ------------------------------------------------------------------------------------------ a fault of ours

FAULTS = (
    LayoutError("no cell for 'terms'"),
    RiskshareError("odd"),
    FormulaError("table lines: no value in some rows of budget"),
    TypeError("unsupported operand"),
    AssertionError(),
    RecursionError("maximum recursion depth exceeded"),
    pl.exceptions.PanicException("index out of bounds"),  # a BaseException, as any panic of a library in Rust
)


def failing(failure: BaseException) -> Callable[..., object]:
    def fail(*_: object) -> object:
        raise failure

    return fail


@pytest.mark.parametrize("failure", FAULTS, ids=lambda failure: type(failure).__name__)
@pytest.mark.parametrize("command", ["check", "build", "pin", "verify", "explain"])
def test_a_fault_of_ours_is_one_sentence_and_exit_code_70(
    command: str, failure: BaseException, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "riskshare.audit.verify.pinned.compute" if command == "verify" else "riskshare.build.read_model"
    (model / "pin.json").write_bytes((THURROCK / "pin.json").read_bytes())
    monkeypatch.setattr(module, failing(failure))
    monkeypatch.setattr("sys.argv", ["riskshare", command, "my model"])
    result = run(command, model, *(["CCG"] if command == "explain" else []))
    assert (result.exit_code, len(result.output.splitlines())) == (70, 1), result.output
    words = (str(failure), f"riskshare {__version__}", f"`RISKSHARE_TRACEBACK=1 riskshare {command} 'my model'`")
    assert [part for part in (*words, "nothing was delivered", "report") if part not in result.output] == []


def test_the_traceback_of_a_fault_is_shown_to_whoever_asks(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskshare.build.read_model", failing(TypeError("unsupported operand")))
    monkeypatch.setenv("RISKSHARE_TRACEBACK", "1")
    result = run("check", model)
    assert (result.exit_code, "in read_model" in result.output or "in fail" in result.output) == (70, True)


def test_what_was_delivered_before_a_fault_is_named(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workbook is in its place when the results fail."""
    monkeypatch.setattr("riskshare.outputs.results.write_results", failing(ValueError("precision")))
    result = run("build", model, "-o", tmp_path / "x.xlsx", "--results", tmp_path / "results")
    assert (result.exit_code, f"{tmp_path / 'x.xlsx'} had been written" in result.output) == (70, True)


def test_an_interruption_is_no_finding(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskshare.build.read_model", failing(KeyboardInterrupt()))
    result = run("check", model)
    assert (result.exit_code, result.output) == (130, "Interrupted.\n")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_reader_that_goes_away_hears_nothing() -> None:
    """`riskshare rules | head`: no traceback, and the exit code that a shell knows."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "riskshare.cli", "rules"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


# ------------------------------------------------------------------------------------------ the terminal


class Terminal(StringIO):
    """A stderr that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, *words: object) -> str:
    """What stderr shows while a command runs in this process."""
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr("sys.stdout", StringIO())
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    main([str(word) for word in words], standalone_mode=False)
    return screen.getvalue()


def test_progress_names_every_phase_with_its_count(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = on_a_terminal(monkeypatch, "build", model, "-o", tmp_path / "x.xlsx")
    for phase, counted in {"read": "1 lines", "judge": "0 findings", "compute": "steps", "prove": "formulas"}.items():
        assert re.search(rf"{phase} +[0-9,]*{'' if counted[0].isdigit() else ' '}{counted}", shown), (phase, shown)
    assert "x.xlsx: prove" in shown


def test_nothing_is_drawn_with_quiet_or_without_a_terminal(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("build", model, "-o", tmp_path / "x.xlsx").stderr == ""
    assert on_a_terminal(monkeypatch, "build", model, "-o", tmp_path / "x.xlsx", "--quiet") == ""


def test_names_from_files_neither_colour_nor_steer_the_terminal(tmp_path: Path) -> None:
    """A title that would clear the screen, and a line whose finding would forge another."""
    model = place_model(tmp_path / "halves", HALVES, GOOD)
    toml = model / "model.toml"
    title = 'title = "[red]\\u009b2JA title[/red]"'
    toml.write_text(toml.read_text(encoding="utf-8").replace('title = "A small model"', title), encoding="utf-8")
    built = run("build", model, "-o", tmp_path / "x.xlsx")
    assert (built.exit_code, "[red]\ufffd2JA title[/red], 2021-22" in built.output) == (0, True), built.output
    lines = model / "inputs" / "lines.csv"
    lines.write_text('line,budget,outturn\n"a\nERROR b\x1b[2J",1,1\n"a\nERROR b\x1b[2J",1,1\n', encoding="utf-8")
    told = run("check", model)
    assert told.exit_code == 1
    assert {one for one in told.output if not one.isprintable()} == {"\n"}
    assert len(told.output.splitlines()) == 4


# ------------------------------------------------------------------------------------------ results under review


@pytest.mark.parametrize("model", sorted(MODELS.iterdir()), ids=lambda path: path.name)
def test_the_committed_results_are_what_the_model_gives_today(model: Path, tmp_path: Path) -> None:
    """`make models` after a change that is meant to move figures: their diff is what a reviewer reads."""
    built, findings = compute(model)
    assert built is not None, findings
    today = {path.name: path.read_text() for path in write_results(tmp_path, built.plan, built.figures)}
    del today["lines.csv"]  # the longest by far; its parts add to locality_budgets.csv
    assert {path.name: path.read_text() for path in (model / "results").glob("*.csv")} == today
