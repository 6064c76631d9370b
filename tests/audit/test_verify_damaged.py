"""`riskshare verify` on files that someone or something damaged: an answer or one sentence, soon, never a traceback."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from zipfile import ZipFile

import pytest

from cases import place_model
from riskshare.audit.verify.delivered import verify_workbook
from riskshare.build import build
from riskshare.problems.errors import UserError

HALVES = """
[[pools.rules]]
rule = "share_ranges"
clause = "Para 2"
bands = [{ shares = { CCG = 50, TRUST = 50 } }]
"""
LINES = "line,budget,outturn\na,1000.00,900.00\nb,500.00,490.00"
ODD_TEXTS = ("", "-1", "1e999", "=", "SUM(", "A1:B", "NaN", "ZZZZ9999999", "#REF!", "ROUND(1/0,2)")
ODD_XML = ("<x/>", '<c r="A1"><f>1+1</f></c>', "&amp;", "9" * 20, '<c r="XFD1048577"/>', '"', "<!DOCTYPE x>")
RUNS = 160
SECONDS = 5.0


def text_changed(xml: str, random: Random) -> str:
    found = [match.span(1) for match in re.finditer(r">([^<]+)<", xml)]
    return replaced(xml, found, random.choice(ODD_TEXTS), random)


def attribute_changed(xml: str, random: Random) -> str:
    found = [match.span(1) for match in re.finditer(r'="([^"]*)"', xml)]
    return replaced(xml, found, random.choice(ODD_TEXTS), random)


def element_lost(xml: str, random: Random) -> str:
    return replaced(xml, [match.span() for match in re.finditer(r"<\w+[^<>]*/>", xml)], "", random)


def something_put_in(xml: str, random: Random) -> str:
    place = random.randrange(len(xml))
    return xml[:place] + random.choice(ODD_XML) + xml[place:]


def piece_lost(xml: str, random: Random) -> str:
    place = random.randrange(len(xml))
    return xml[:place] + xml[place + random.randrange(1, 60) :]


def replaced(xml: str, spans: list[tuple[int, int]], by: str, random: Random) -> str:
    start, end = random.choice(spans or [(0, 0)])
    return xml[:start] + by + xml[end:]


DAMAGES: tuple[Callable[[str, Random], str], ...] = (
    text_changed,
    attribute_changed,
    element_lost,
    something_put_in,
    piece_lost,
)


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """A model's folder, and the parts of its workbook."""
    folder = tmp_path_factory.mktemp("damaged") / "halves"
    place_model(folder, HALVES, LINES)
    workbook = folder.parent / "halves.xlsx"
    build(folder, workbook)
    with ZipFile(workbook) as archive:
        return folder, {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_workbook_gets_an_answer_or_one_sentence(
    delivered: tuple[Path, dict[str, bytes]], tmp_path: Path, damage: Callable[[str, Random], str]
) -> None:
    """Random damage to any part that is XML; whatever the reader lets through, the engines must stand as well."""
    model, parts = delivered
    random, answers, refusals = Random(20211122), 0, list[str]()
    names = [name for name in parts if name.endswith((".xml", ".rels"))]
    for number in range(RUNS // len(DAMAGES)):
        part = random.choice(names)
        path = tmp_path / f"{number}.xlsx"
        with ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, damage(content.decode(), random) if name == part else content)
        start = time.perf_counter()
        try:
            answers += verify_workbook(path, model, "ironcalc")[0] is not None
        except UserError as failure:
            refusals.append(str(failure))
        assert time.perf_counter() - start < SECONDS, part
    assert [refusal for refusal in refusals if len(refusal.splitlines()) != 1] == []
    assert answers, "nothing was read: the damage is too great to say anything"


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"])
def test_a_workbook_without_a_part_that_it_needs_is_one_sentence(
    delivered: tuple[Path, dict[str, bytes]], tmp_path: Path, part: str
) -> None:
    model, parts = delivered
    with ZipFile(tmp_path / "lost.xlsx", "w") as archive:
        for name, content in parts.items():
            if name != part:
                archive.writestr(name, content)
    with pytest.raises(UserError, match=r"^[^\n]+$"):
        verify_workbook(tmp_path / "lost.xlsx", model, "ironcalc")
