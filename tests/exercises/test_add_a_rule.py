"""Exercise: the rule that CONTRIBUTING.md adds is found everywhere, and is told all that it lacks and no more."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from exercises import badly_written, blocks, copy_of_the_repository, failing, insert_above, run, section
from places import REPOSITORY

TITLE = "To add a rule"
COPIED = ("src", "tests/contract", "tests/figures", "tests/outputs", "tests/support", "tests/conftest.py")
PAGES = ("docs", "schemas", "pyproject.toml", "CONTRIBUTING.md")

# The tests over every rule that a new one fails until it has what the page lists, each with the page's words for it.
LACKS = {
    "test_every_rule_has_a_row": "`tests/support/every_rule.py`",
    "test_a_row_uses_its_rule": "`tests/support/every_rule.py`",
    "test_a_key_is_checked_as_it_is_annotated": "every key of it is written wrongly in turn",
    "test_every_rule_is_used_by_some_scheme": "`docs/schemes.md`",
    "test_the_page_is_current": "`make docs`",
    "test_the_committed_schema_is_current": "`make docs`",
}
OVER_EVERY_RULE = "every_rule or every_kind or is_current or first_call"


def failing_of_every_rule(folder: Path) -> set[str]:
    """The tests over every rule that fail in the copy."""
    tests = [f"tests/{room}" for room in ("contract", "outputs/test_rulebook.py", "outputs/test_schemas.py")]
    return failing(folder, "-k", OVER_EVERY_RULE, *tests, "tests/figures/test_properties.py")


FOUND = """
import json, sys
sys.path[:0] = [{tests!r}]
import riskshare.contract.rules
riskshare.contract.rules.__path__.append({folder!r})
from pathlib import Path
from click.testing import CliRunner
import every_rule
from riskshare.cli import main
from riskshare.outputs.rulebook.page import page
from riskshare.outputs.rulebook.worked import worked
from riskshare.outputs.schemas import model_schema
kind = riskshare.contract.rules.kinds()["first_call"]
row = eval("{{" + {row!r} + "}}", vars(every_rule))["first_call"]
entitled = every_rule.computed(row, Path({folder!r})).settlement("entitlement")
print(json.dumps({{
    "schema": '"const": "first_call"' in json.dumps(model_schema()),
    "page": "### first_call" in page(),
    "command": CliRunner().invoke(main, ["rules", "first_call"]).exit_code,
    "example": {{pot: [str(amount) for amount in held] for pot, held in worked(kind.example).pots.items()}},
    "stated": {{pot: list(held) for pot, held in kind.example.pots.items()}},
    "row": {{account: str(amount) for account, amount in entitled.items()}},
    "wanted": row.entitled,
}}))
"""


def test_the_rule_is_found_everywhere(tmp_path: Path) -> None:
    """In a process of its own, with its file in a folder beside our rules."""
    (tmp_path / "first_call.py").write_text(blocks(TITLE)[0], encoding="utf-8")
    code = FOUND.format(tests=str(REPOSITORY / "tests" / "support"), folder=str(tmp_path), row=blocks(TITLE)[1])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["schema"], found["page"], found["command"]) == (True, True, 0)
    assert in_pounds(found["example"]) == in_pounds(found["stated"])
    assert found["row"] == found["wanted"] != {}


def in_pounds(pots: Mapping[str, Sequence[str]]) -> dict[str, list[Decimal]]:
    """What pots hold, as figures."""
    return {pot: [Decimal(amount) for amount in held] for pot, held in pots.items()}


def test_the_rule_is_written_as_ours_are(tmp_path: Path) -> None:
    (tmp_path / "first_call.py").write_text(blocks(TITLE)[0], encoding="utf-8")
    assert badly_written(tmp_path, ["first_call.py"]) == ""


@pytest.mark.slow
def test_a_new_rule_is_told_all_it_lacks(tmp_path: Path) -> None:
    """First with its file alone; then with the rows that the page shows, and the pages written anew."""
    copy_of_the_repository(tmp_path, (*COPIED, *PAGES))
    rule = tmp_path / "src" / "riskshare" / "contract" / "rules" / "first_call.py"
    rule.write_text(blocks(TITLE)[0], encoding="utf-8")
    assert failing_of_every_rule(tmp_path) == set(LACKS)
    assert [test for test, words in LACKS.items() if words not in section(TITLE)] == []

    insert_above(tmp_path / "tests" / "support" / "every_rule.py", '    "guarantee"', blocks(TITLE)[1])
    insert_above(tmp_path / "docs" / "schemes.md", "| Quota share", blocks(TITLE, "markdown")[0])
    run(tmp_path, "riskshare.outputs.schemas", "schemas")
    run(tmp_path, "riskshare.outputs.rulebook", "docs/rules.md")
    assert failing_of_every_rule(tmp_path) == set()
