"""Files as attackers and accidents leave them: pipes, devices, links, other people's files, killed runs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cases import place_model
from contracts import TO_TRUST, toml
from riskshare.cli import main
from riskshare.files.writing import whole

LINES = "line,budget,outturn\na,1000.00,899.99\n"
SECRET = "what was there before\n"

posix = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links are made as on Linux and macOS")


def run(*words: object) -> Result:
    """Runs riskshare in this process."""
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model that builds."""
    return place_model(tmp_path / "place", toml((TO_TRUST,)), LINES)


# What is not read


def to_a_pipe(file: Path) -> None:
    """Something to wait for."""
    os.mkfifo(file)


def to_a_device(file: Path) -> None:
    """A link to what never ends."""
    file.symlink_to("/dev/zero")


def to_a_file_outside(file: Path) -> None:
    """A link to a file that was not sent with the model."""
    outside = file.parents[1] / f"outside{file.suffix}" if file.parent.name != "inputs" else file.parents[2] / file.name
    shutil.copy(file.with_suffix(".kept"), outside)
    file.symlink_to(outside)


@posix
@pytest.mark.parametrize("replace", [to_a_pipe, to_a_device, to_a_file_outside], ids=lambda by: str(by.__name__))
@pytest.mark.parametrize("name", ["model.toml", "inputs/lines.csv"])
def test_what_is_no_file_of_the_folder_is_not_read(name: str, replace: object, model: Path) -> None:
    file = model / name
    file.rename(file.with_suffix(".kept"))
    replace(file)  # type: ignore[operator]
    result = run("check", model)
    assert result.exit_code == 1, result.output
    assert f"ERROR {name}" in result.output


@posix
@pytest.mark.parametrize("replace", [to_a_pipe, to_a_device], ids=lambda by: str(by.__name__))
def test_a_pin_that_is_no_file_is_doubtful_and_never_written(replace: object, model: Path) -> None:
    pin = model / "pin.json"
    replace(pin)  # type: ignore[operator]
    assert "WARNING pin.json: The pin" in run("check", model).output
    result = run("pin", model, "--replace")
    assert result.exit_code == 3, result.output
    assert "nothing was written" in result.output


@posix
@pytest.mark.parametrize("there", [True, False], ids=["a link", "a dangling link"])
def test_a_pin_is_not_written_through_a_link(there: bool, model: Path) -> None:
    victim = model.parent / "victim.txt"
    if there:
        victim.write_text(SECRET, encoding="utf-8")
    (model / "pin.json").symlink_to(victim)
    assert run("pin", model, "--replace").exit_code == 3
    assert (victim.read_text(encoding="utf-8") if victim.exists() else "") == (SECRET if there else "")


@posix
@pytest.mark.parametrize("words", [["verify"], ["explain", "CCG"], ["diff"]], ids=lambda words: str(words[0]))
def test_a_pipe_in_place_of_a_workbook_is_not_waited_for(words: list[str], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xlsx")
    command, *rest = words
    places = [tmp_path / "pipe.xlsx"] * (2 if command == "diff" else 1)
    assert run(command, *places, *rest).exit_code == 3


# What is not replaced


def test_no_output_replaces_an_input(model: Path) -> None:
    for words in (["build", model, "-o", model / "lines.xlsx"], ["diff", model, model, "--xlsx", model / "lines.xlsx"]):
        (model / "lines.xlsx").write_text(SECRET, encoding="utf-8")
        result = run(*words)
        assert result.exit_code == 3, result.output
        assert "is no workbook of riskshare: nothing was written" in result.output
        assert (model / "lines.xlsx").read_text(encoding="utf-8") == SECRET


def test_a_workbook_of_ours_that_is_an_input_is_kept_too(model: Path, tmp_path: Path) -> None:
    """It could be replaced anywhere else, but here a model reads it, under another name of it too."""
    assert run("build", model, "-o", tmp_path / "x.xlsx").exit_code == 0
    lines = model / "inputs" / "lines.csv"
    os.link(lines, tmp_path / "y.xlsx")
    result = run("build", model, "-o", tmp_path / "y.xlsx")
    assert "is an input of the model: nothing was written" in result.output
    assert lines.read_text(encoding="utf-8") == LINES


def test_results_replace_only_results(model: Path, tmp_path: Path) -> None:
    """Inputs may well be called lines.csv: a folder of inputs named by mistake keeps them, and gets nothing."""
    results, before = tmp_path / "results", (model / "inputs" / "lines.csv").read_text(encoding="utf-8")
    assert run("build", model, "-o", tmp_path / "x.xlsx", "--results", results).exit_code == 0
    assert run("build", model, "-o", tmp_path / "x.xlsx", "--results", results).exit_code == 0
    result = run("build", model, "-o", tmp_path / "x.xlsx", "--results", model / "inputs")
    assert result.exit_code == 3, result.output
    assert "lines.csv is no table of these results" in result.output
    assert [file.name for file in (model / "inputs").iterdir()] == ["lines.csv"]
    assert (model / "inputs" / "lines.csv").read_text(encoding="utf-8") == before


@posix
def test_a_link_in_the_place_of_an_output_is_told(model: Path, tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").symlink_to(tmp_path / "elsewhere.xlsx")
    result = run("build", model, "-o", tmp_path / "x.xlsx")
    assert result.exit_code == 3
    assert "is a link: nothing was written" in result.output
    assert not (tmp_path / "elsewhere.xlsx").exists()


# What a killed run leaves


@posix
def test_what_a_killed_run_left_is_removed_and_what_a_running_one_writes_is_not(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    left, working = tmp_path / f".x.xlsx.{done.stdout.strip()}", tmp_path / f".x.xlsx.{os.getppid()}"
    for file in (left, working):
        file.write_text("half", encoding="utf-8")
    with whole(tmp_path / "x.xlsx") as beside:
        beside.write_text("all", encoding="utf-8")
    assert (tmp_path / "x.xlsx").read_text(encoding="utf-8") == "all"
    assert (left.exists(), working.exists()) == (False, True)


@posix
@pytest.mark.slow
def test_whenever_it_is_killed_every_output_is_old_or_new(model: Path, tmp_path: Path) -> None:
    """Ten moments of a build and its results; a hundred by hand."""
    results, workbook = tmp_path / "results", tmp_path / "x.xlsx"
    words = ["build", str(model), "-o", str(workbook), "--results", str(results)]
    command = [sys.executable, "-c", "from riskshare.cli import main; main()", *words]
    started = time.monotonic()
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    took = time.monotonic() - started
    before = {file: file.read_bytes() for file in (workbook, *results.iterdir())}
    (model / "inputs" / "lines.csv").write_text(LINES.replace("899.99", "850.00"), encoding="utf-8")
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    after = {file: file.read_bytes() for file in before}
    for moment in range(10):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(took * (0.5 + moment / 18))
            process.send_signal(signal.SIGKILL)
        assert all(file.read_bytes() in (before[file], after[file]) for file in before)
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert [file.name for folder in (tmp_path, results) for file in folder.iterdir() if file.name[0] == "."] == []
