"""Nothing in a delivered file passes unsaid: any change of any part is named, or listed as one that no reader sees."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from cases import place_model
from contracts import TO_TRUST, toml
from part_mutations import PartMutation, known_to_openpyxl, mutations, package_of
from places import REPOSITORY
from riskshare.audit.edits.change import CellEdit, EditKind
from riskshare.audit.edits.compare import compare
from riskshare.audit.edits.part_changes import UNSEEN, compare_parts
from riskshare.build import build
from riskshare.cli import main
from riskshare.xlsx.package import Package, opened
from riskshare.xlsx.read import workbook_content
from riskshare.xlsx.unreadable import Unreadable

SHEET = "xl/worksheets/sheet1.xml"
RIGHTLY = {
    "xl/charts/": {EditKind.CHART},
    "xl/drawings/drawing": {EditKind.CHART},
    "xl/tables/": {EditKind.TABLE},
    "xl/styles.xml": {EditKind.STYLE},
    "xl/theme/": {EditKind.STYLE},
    "docProps/core.xml": {EditKind.PROPERTY},
}
"""What a change of a part must be called; others have several names."""


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small workbook with sheets of every kind, charts and tables."""
    folder = tmp_path_factory.mktemp("parts")
    model = place_model(folder / "place", toml((TO_TRUST,)), "line,budget,outturn\na,1000,900\nb,500,480\n")
    assert build(model, folder / "w.xlsx")[0] is not None
    return folder / "w.xlsx"


def found_in(package: Package, file: Path) -> tuple[list[CellEdit], int, str]:
    """What the comparisons name in a file, how many differences they say no reader sees, or why it is refused."""
    try:
        with opened(file) as actual:
            parts = compare_parts(package, actual)
            changes = list(parts.changes)
            if not changes and not parts.unseen:
                edits = compare(workbook_content(package), workbook_content(actual))
                return list(edits.changes), edits.not_cached, ""
            return changes, parts.unseen, ""
    except Unreadable as failure:
        return [], 0, str(failure)
    except Exception as failure:
        return [], 0, f"{type(failure).__name__}: {failure}"


def unsaid(workbook: Path, folder: Path, seed: int, count: int) -> list[str]:
    """The changes that nothing names, of so many; and those that are named as something else."""
    with ZipFile(workbook) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    wrong, file = [], folder / "mutated.xlsx"
    with opened(workbook) as package:
        for one in islice(mutations(parts, Random(seed)), count):
            file.write_bytes(package_of(one.parts))
            changes, unseen, refused = found_in(package, file)
            said = changes or unseen or refused or _means_the_same(one, package, file)
            if not said or not _is_rightly_named(one, changes, unseen, refused):
                named = Counter(str(change.kind) for change in changes)
                wrong.append(f"{one.part} <{one.element}> {one.what}: {dict(named)}")
    return wrong


def _means_the_same(one: PartMutation, package: Package, file: Path) -> bool:
    """A number written with other zeros, and an empty text in place of an empty cell, which docs/audit.md lists."""
    if one.element != "v":
        return False
    with opened(file) as actual:
        return _filled(package) == _filled(actual)


def _filled(package: Package) -> list[tuple[str, dict[str, object]]]:
    sheets = workbook_content(package).sheets
    return [
        (one.name, {name: cell for name, cell in one.cells.items() if cell.value != "" or cell.formula})
        for one in sheets
    ]


def _is_rightly_named(one: PartMutation, changes: list[CellEdit], unseen: int, refused: str) -> bool:
    wanted = next((kinds for part, kinds in RIGHTLY.items() if one.part.startswith(part)), set())
    if not wanted or refused or one.what in {"removed", "added", "swapped"} or unseen:
        return True
    return wanted <= {change.kind for change in changes}


# What each kind of change is called: part, what stands there, what is put in its place, the name.
NAMED: dict[str, tuple[str, str, str, EditKind]] = {
    "a footer that says what was not agreed": (
        SHEET,
        "<headerFooter",
        "<headerFooter differentFirst='1'",
        EditKind.PRINT,
    ),
    "cells merged over figures": (
        SHEET,
        "</sheetData>",
        '</sheetData><mergeCells count="1"><mergeCell ref="A1:B5"/></mergeCells>',
        EditKind.MERGED,
    ),
    "zeros that are not shown": (SHEET, "<sheetView ", '<sheetView showZeros="0" ', EditKind.VIEW),
    "a protected sheet": (SHEET, "</sheetData>", '</sheetData><sheetProtection sheet="1"/>', EditKind.PROTECTION),
    "columns of no width": (SHEET, "<sheetFormatPr ", '<sheetFormatPr defaultColWidth="0" ', EditKind.FORMAT),
    "a cell in another format": (SHEET, '<c r="A1" s="', '<c r="A1" s="1', EditKind.FORMAT),
    "white on white": ("xl/styles.xml", "<color ", '<color tint="1" ', EditKind.STYLE),
    "a theme of other colours": ("xl/theme/theme1.xml", 'val="1F497D"', 'val="FFFFFF"', EditKind.STYLE),
    "the title of a chart": ("xl/charts/chart1.xml", "<c:title>", "<c:title><c:overlay val='1'/>", EditKind.CHART),
    "a series of a chart": ("xl/charts/chart1.xml", "$", "", EditKind.CHART),
    "the heading of a table": (
        "xl/tables/table1.xml",
        '<tableColumn id="1" name="',
        '<tableColumn id="1" name="x',
        EditKind.TABLE,
    ),
    "who approved it": (
        "docProps/core.xml",
        "</cp:coreProperties>",
        "<cp:category>Approved</cp:category></cp:coreProperties>",
        EditKind.PROPERTY,
    ),
    "calculation in rounds": ("xl/workbook.xml", "<calcPr ", '<calcPr iterate="1" ', EditKind.SETTING),
    "a sheet of another number": ("xl/workbook.xml", 'sheetId="1"', 'sheetId="99"', EditKind.SHEETS),
    "texts from elsewhere": (
        "[Content_Types].xml",
        "/xl/sharedStrings.xml",
        "/xl/otherStrings.xml",
        EditKind.UNREAD,
    ),
    "a text in no cell": ("xl/sharedStrings.xml", "</sst>", "<si><t>unseen</t></si></sst>", EditKind.TEXTS),
    "a cell twice": (SHEET, "</c></row>", '</c><c r="A1"><v>7</v></c></row>', EditKind.FORMAT),
}


@pytest.mark.parametrize("change", NAMED)
def test_what_a_change_is_called(change: str, workbook: Path, tmp_path: Path) -> None:
    part, old, new, kind = NAMED[change]
    with ZipFile(workbook) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts[part].decode()
    file = tmp_path / "changed.xlsx"
    file.write_bytes(package_of(parts | {part: parts[part].decode().replace(old, new, 1).encode()}))
    with opened(workbook) as package, opened(file) as actual:
        assert kind in {one.kind for one in compare_parts(package, actual).changes}


def test_parts_that_are_new_or_gone(workbook: Path, tmp_path: Path) -> None:
    with ZipFile(workbook) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    gone = {name: content for name, content in parts.items() if "theme" not in name}
    for changed, kind in ((gone, EditKind.PART_REMOVED), (parts | {"xl/more.xml": b"<more/>"}, EditKind.PART)):
        (tmp_path / "changed.xlsx").write_bytes(package_of(changed))
        with opened(workbook) as package, opened(tmp_path / "changed.xlsx") as actual:
            assert kind in {one.kind for one in compare_parts(package, actual).changes}


def test_the_command_says_it(workbook: Path, tmp_path: Path) -> None:
    """Exit code 4, the sheet and what is in the header; a window that stands elsewhere is counted and no more."""
    with ZipFile(workbook) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    window = parts["xl/workbook.xml"].replace(b'xWindow="240"', b'xWindow="999"')
    (tmp_path / "w.xlsx").write_bytes(package_of(parts | {"xl/workbook.xml": window}))
    model = workbook.parent / "place"
    said = CliRunner().invoke(main, ["verify", str(tmp_path / "w.xlsx"), "--model", str(model)])
    assert said.exit_code == 0, said.output
    assert "1 difference more in windows" in said.output
    footer = parts[SHEET].replace(b"&amp;P", b"COUNCIL pays 0")
    (tmp_path / "w.xlsx").write_bytes(package_of(parts | {SHEET: footer}))
    said = CliRunner().invoke(main, ["verify", str(tmp_path / "w.xlsx"), "--model", str(model)])
    assert said.exit_code == 4, said.output
    assert "a changed header, footer or print setting" in said.output
    assert "COUNCIL pays 0" in said.output


def test_a_file_that_lost_its_properties_is_compared_with_the_model(workbook: Path, tmp_path: Path) -> None:
    """SheetJS and others drop them; what is missing is said, and figures are compared all the same."""
    with ZipFile(workbook) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name != "docProps/custom.xml"}
    (tmp_path / "w.xlsx").write_bytes(package_of(parts))
    said = CliRunner().invoke(main, ["verify", str(tmp_path / "w.xlsx"), "--model", str(workbook.parent / "place")])
    assert said.exit_code == 4, said.output
    assert "Results same" in " ".join(said.output.split())
    assert CliRunner().invoke(main, ["verify", str(tmp_path / "w.xlsx")]).exit_code == 3


def test_a_file_that_a_program_saved_anew_says_what_cannot_be_told(workbook: Path, tmp_path: Path) -> None:
    load_workbook(workbook).save(tmp_path / "w.xlsx")
    said = CliRunner().invoke(main, ["verify", str(tmp_path / "w.xlsx"), "--model", str(workbook.parent / "place")])
    assert said.exit_code == 0, said.output
    assert "saved the file anew" in said.output
    assert "Not compared: charts, colours, fonts" in " ".join(said.output.split())


def test_hundreds_of_changes_of_any_part_are_named(workbook: Path, tmp_path: Path) -> None:
    assert unsaid(workbook, tmp_path, 1, 300) == []


@pytest.mark.slow
def test_thousands_of_changes_of_any_part_are_named(workbook: Path, tmp_path: Path) -> None:
    """1,500 here; any number by hand."""
    assert unsaid(workbook, tmp_path, 2, 1_500) == []


def test_changes_are_drawn_from_what_the_format_knows() -> None:
    """Elements that our own packages have and those of openpyxl's classes: over a thousand attributes."""
    known = known_to_openpyxl()
    assert {"headerFooter", "ser", "font", "sheetProtection", "tableColumn"} <= set(known)
    assert sum(len(attributes) + len(elements) for attributes, elements in known.values()) > 1_000


def test_parts_written_in_another_way_are_the_same(workbook: Path, tmp_path: Path) -> None:
    """The control: every part serialised anew, with other prefixes and white space, says nothing else."""
    with ZipFile(workbook) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    some = dict(list(parts.items())[: len(parts) // 3])
    rewritten = {name: ElementTree.tostring(ElementTree.fromstring(content)) for name, content in some.items()}
    (tmp_path / "w.xlsx").write_bytes(package_of(parts | rewritten))
    with opened(workbook) as package, opened(tmp_path / "w.xlsx") as actual:
        compared = compare_parts(package, actual)
    assert (compared.changes, compared.unseen, compared.anew) == ((), 0, 0)


def test_what_no_reader_sees_is_listed_for_auditors() -> None:
    page = (REPOSITORY / "docs" / "audit.md").read_text(encoding="utf-8")
    for _, element, attributes in UNSEEN:
        for word in re.findall(r"[A-Za-z]{3,}", element) + attributes.split():
            assert f"`{word}`" in page, word
