"""The decision records say what is so: which libraries are used where, and which files they speak of."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from places import REPOSITORY

RECORDS = sorted((REPOSITORY / "docs" / "decisions").glob("*.md"))
LIBRARIES = (REPOSITORY / "docs" / "decisions" / "0004-libraries.md").read_text(encoding="utf-8")
NO_PACKAGE = {"LibreOffice", "tomllib"}


def test_every_library_has_the_role_that_its_record_states() -> None:
    """`(development)` behind a library's name is a dependency group; without it the product itself asks for it."""
    assert stated(LIBRARIES) == asked()


def test_a_library_in_the_wrong_role_would_be_told() -> None:
    assert stated(LIBRARIES.replace("| IronCalc |", "| IronCalc (development) |")) != asked()


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_every_file_that_a_record_names_is_there(record: Path) -> None:
    named = re.findall(r"`((?:src|tests|docs|requirements|schemas|models)/[^`*]*)`", record.read_text(encoding="utf-8"))
    assert [path for path in named if not (REPOSITORY / path).exists()] == []


def stated(record: str) -> dict[str, bool]:
    """The libraries of the record's table, and whether each is for development alone."""
    roles: dict[str, bool] = {}
    for cell in re.findall(r"^\| ([^|]+) \|", record, flags=re.MULTILINE):
        names, _, remark = cell.partition(" (")
        for name in re.split(r", | with ", names.replace(" with pyarrow", "")):
            roles[name.lower()] = remark.startswith("development")
        roles |= {"pyarrow": False} if "pyarrow" in cell else {}
    return {name: role for name, role in roles.items() if name not in {"library", "---", *map(str.lower, NO_PACKAGE)}}


def asked() -> dict[str, bool]:
    """The same of pyproject.toml, for the libraries that the record names."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    run = {re.split(r"[^a-z0-9-]", line)[0] for line in project["project"]["dependencies"]}
    entries = [line for group in project["dependency-groups"].values() for line in group if isinstance(line, str)]
    development = {re.split(r"[^a-z0-9-]", line)[0] for line in entries} - run
    return dict.fromkeys(run, False) | {name: True for name in development if name in LIBRARIES.lower()}
