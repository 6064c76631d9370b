"""What a pin proves and what it can't: forged figures, digests that were minuted, signatures of a real ssh-keygen."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result

from cases import place_model
from contracts import TO_TRUST, toml
from riskshare.cli import main
from riskshare.figures.pin.hashes import digest_of

LINES = "line,budget,outturn\na,1000.00,900.00\n"

needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="install openssh-client: signatures are made and checked by ssh-keygen"
)


def run(*words: object) -> Result:
    """Runs riskshare in this process."""
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model that was pinned."""
    folder = place_model(tmp_path / "place", toml((TO_TRUST,)), LINES)
    assert run("pin", folder).exit_code == 0
    return folder


def alone(pin: Path, folder: Path) -> Path:
    """The pin without its model."""
    folder.mkdir()
    return Path(shutil.copy(pin, folder / "pin.json"))


# A pin that somebody forged


def forged(pin: Path) -> None:
    """The outturn that a pin keeps is £600 more, with everything that hangs on it, and it is still of these files."""
    model, genuine = pin.parent, json.loads(pin.read_text(encoding="utf-8"))
    lines = model / "inputs" / "lines.csv"
    lines.write_text(LINES.replace("900.00", "300.00"), encoding="utf-8")
    assert run("pin", model, "--replace").exit_code == 0
    lines.write_text(LINES, encoding="utf-8")
    other = json.loads(pin.read_text(encoding="utf-8")) | {"inputs": genuine["inputs"]}
    hashed = [other[part] for part in ("model", "inputs", "contract", "steps", "results")]
    other |= {"digest": digest_of(hashed)}
    pin.write_text(json.dumps(other), encoding="utf-8")


def test_a_forged_pin_is_told_from_the_files_beside_it(model: Path) -> None:
    """`verify PIN` reads the files that the pin names: they win over what it remembers."""
    forged(model / "pin.json")
    for target in (model, model / "pin.json"):
        result = run("verify", target)
        assert result.exit_code == 4, result.output
        assert "Results CHANGED" in " ".join(result.output.split())


def test_a_workbook_of_a_forged_pin_is_compared_with_the_files(model: Path, tmp_path: Path) -> None:
    """It states the pin's digest, and would be SAME as the pin; the files give £100 of gain, not £700."""
    lines = model / "inputs" / "lines.csv"
    lines.write_text(LINES.replace("900.00", "300.00"), encoding="utf-8")
    workbook = tmp_path / "x.xlsx"
    assert run("build", model, "-o", workbook).exit_code == 0
    lines.write_text(LINES, encoding="utf-8")
    forged(model / "pin.json")
    result = run("verify", workbook, "--model", model)
    assert result.exit_code == 4, result.output


def test_a_pin_alone_is_the_same_by_its_own_word_only(model: Path, tmp_path: Path) -> None:
    result = run("verify", alone(model / "pin.json", tmp_path / "sent"))
    assert result.exit_code == 0, result.output
    assert "by the pin's own word" in result.output
    assert "a minuted digest says (--expect) or a signature (--signers)" in " ".join(result.output.split())
    assert "by the pin's own word" not in run("verify", model / "pin.json").output


# A digest that was minuted


def minuted(model: Path) -> str:
    """What `riskshare pin` prints for the minutes."""
    found = re.search(r"^Digest: ((?:[0-9A-F]{4}-){4}[0-9A-F]{4})$", run("pin", model).output, flags=re.MULTILINE)
    assert found
    return found[1]


def test_a_minuted_digest_is_held_against_model_pin_and_workbook(model: Path, tmp_path: Path) -> None:
    digest = minuted(model)
    assert run("build", model, "-o", tmp_path / "x.xlsx").exit_code == 0
    for words in ((model,), (model / "pin.json",), (tmp_path / "x.xlsx", "--model", model)):
        for kept in (digest, digest.lower().replace("-", "")):
            result = run("verify", *words, "--expect", kept)
            assert result.exit_code == 0, result.output
            assert f"Digest same {digest}" in " ".join(result.output.split())


def test_another_digest_is_a_difference(model: Path) -> None:
    """A figure moved and the model was pinned anew, so that everything fits but what the board minuted."""
    digest = minuted(model)
    (model / "inputs" / "lines.csv").write_text(LINES.replace("900.00", "899.99"), encoding="utf-8")
    assert run("pin", model, "--replace").exit_code == 0
    assert run("verify", model).exit_code == 0
    result = run("verify", model, "--expect", digest)
    assert result.exit_code == 4
    assert f"not {digest}" in " ".join(result.output.split())


def test_a_digest_too_short_to_mean_anything_is_none(model: Path) -> None:
    assert run("verify", model, "--expect", minuted(model)[:9]).exit_code == 4


# Who made it


def key(folder: Path, name: str) -> Path:
    """A private key of its own, with the public one beside it."""
    made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
    subprocess.run(made, check=True)
    return folder / name


def signers(folder: Path, *keys: Path) -> Path:
    """A file of allowed signers, each named as its key."""
    texts = [f"{one.name} {one.with_suffix('.pub').read_text(encoding='utf-8')}" for one in keys]
    (folder / "allowed_signers").write_text("".join(texts), encoding="utf-8")
    return folder / "allowed_signers"


@needs_ssh_keygen
def test_a_signed_pin_says_who_signed_it(model: Path, tmp_path: Path) -> None:
    director = key(tmp_path, "finance_director")
    result = run("pin", model, "--sign", director)
    assert result.exit_code == 0, result.output
    assert "pin.json.sig" in result.output
    assert run("build", model, "-o", tmp_path / "x.xlsx").exit_code == 0
    for words in ((model,), (model / "pin.json",), (tmp_path / "x.xlsx", "--model", model)):
        result = run("verify", *words, "--signers", signers(tmp_path, director))
        assert result.exit_code == 0, result.output
        assert "signed by finance_director" in result.output


@needs_ssh_keygen
def test_one_byte_of_a_signed_pin_is_not_what_was_signed(model: Path, tmp_path: Path) -> None:
    director, pin = key(tmp_path, "finance_director"), model / "pin.json"
    assert run("pin", model, "--sign", director).exit_code == 0
    pin.write_bytes(pin.read_bytes() + b"\n")
    result = run("verify", model, "--signers", signers(tmp_path, director))
    assert result.exit_code == 4, result.output
    assert "finance_director signed another pin than this one" in " ".join(result.output.split())


@needs_ssh_keygen
def test_somebody_else_s_signature_is_none(model: Path, tmp_path: Path) -> None:
    director, other = key(tmp_path, "finance_director"), key(tmp_path, "somebody_else")
    assert run("pin", model, "--sign", other).exit_code == 0
    result = run("verify", model, "--signers", signers(tmp_path, director))
    assert result.exit_code == 4
    assert "made by nobody whom" in " ".join(result.output.split())


@needs_ssh_keygen
def test_a_signed_pin_of_other_figures_does_not_vouch_for_a_workbook(model: Path, tmp_path: Path) -> None:
    """The workbook was built before an outturn changed; pin and signature are genuine, but not of its figures."""
    director = key(tmp_path, "finance_director")
    assert run("build", model, "-o", tmp_path / "x.xlsx").exit_code == 0
    (model / "inputs" / "lines.csv").write_text(LINES.replace("900.00", "899.99"), encoding="utf-8")
    assert run("pin", model, "--replace", "--sign", director).exit_code == 0
    result = run("verify", tmp_path / "x.xlsx", "--model", model, "--signers", signers(tmp_path, director))
    assert result.exit_code == 4
    assert "is the pin of other figures" in " ".join(result.output.split())


def test_an_unsigned_pin_and_missing_signers_are_told(model: Path, tmp_path: Path) -> None:
    (tmp_path / "allowed_signers").write_text("", encoding="utf-8")
    result = run("verify", model, "--signers", tmp_path / "allowed_signers")
    assert result.exit_code == 4
    assert "pin.json.sig is not beside it" in " ".join(result.output.split())
    assert run("verify", model, "--signers", tmp_path / "nobody").exit_code == 3


def test_without_ssh_keygen_it_says_so(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run("pin", model, "--sign", tmp_path / "key")
    assert result.exit_code == 3
    assert "Install openssh-client." in result.output


# Where a workbook leads


@pytest.mark.parametrize("path", ["/etc", "../../etc", "..", "models/../x"])
def test_a_path_in_a_workbook_is_never_opened(path: str, model: Path, tmp_path: Path) -> None:
    """The property `riskshare model` is a name; the folder that it would lead to is not looked into."""
    assert run("build", model, "-o", tmp_path / "x.xlsx").exit_code == 0
    with ZipFile(tmp_path / "x.xlsx") as before, ZipFile(tmp_path / "y.xlsx", "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(b">place<", f">{path}<".encode()))
    result = run("verify", tmp_path / "y.xlsx")
    assert result.exit_code == 3, result.output
    assert f"states a path in place of its model's name: '{path}'" in " ".join(result.output.split())
