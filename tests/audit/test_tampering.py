"""Thousands of single changes to the Thurrock workbook, really saved by openpyxl and LibreOffice: each is named."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from random import Random

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.workbook.defined_name import DefinedName

from mutations import AROUND, CONTENTS, Mutation, by_openpyxl, chosen, in_its_xml, named, split
from places import REPOSITORY
from recalculation import RECALCULATE_NEVER, recalculate_ironcalc, recalculate_libreoffice
from riskshare.audit.edits.change import EditKind
from riskshare.audit.edits.compare import Edits, compare
from riskshare.build import build
from riskshare.xlsx.content import WorkbookContent
from riskshare.xlsx.read import read_workbook

SHIPPED = sorted((REPOSITORY / "workbooks").glob("*.xlsx"))
PER_FILE = 250
BY_OPENPYXL, IN_XML, AROUND_BY_LIBREOFFICE = 1_750, 1_000, 500

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def thurrock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Thurrock workbook, built now."""
    path = tmp_path_factory.mktemp("thurrock") / "thurrock.xlsx"
    assert build(REPOSITORY / "models" / "thurrock-2021-22", path)[0] is not None
    return path


@pytest.fixture(scope="module")
def rebuilt(thurrock: Path) -> WorkbookContent:
    """What it means."""
    return read_workbook(thurrock)


def saved_by_libreoffice(paths: Sequence[Path], folder: Path) -> list[Path]:
    """The files that one LibreOffice writes after it has opened each, without calculating what has a value."""
    folder.mkdir()
    recalculate_libreoffice(paths, folder, RECALCULATE_NEVER)
    return [folder / "out" / f"{number:04}.xlsx" for number in range(len(paths))]


def saved_by_openpyxl(path: Path, target: Path) -> Path:
    load_workbook(path).save(target)
    return target


def assert_all_named(found: Edits, mutations: Sequence[Mutation]) -> None:
    """Exactly these changes are named, each of the right kind at the right place; nothing else is said."""
    expected = sorted(mutation.found for mutation in mutations)
    said = named(found.changes)
    assert [one for one in expected if one not in said] == [], "not named"
    assert [one for one in said if one not in expected] == [], "named, but nobody changed it"
    assert said == expected


# ------------------------------------------------------------------------------------------- single changes


def test_every_change_saved_by_openpyxl_is_named(thurrock: Path, rebuilt: WorkbookContent, tmp_path: Path) -> None:
    mutations = chosen(rebuilt, Random(1), CONTENTS + AROUND, BY_OPENPYXL)
    for number, portion in enumerate(split(mutations, PER_FILE)):
        file = by_openpyxl(thurrock, tmp_path / f"{number}.xlsx", portion)
        assert_all_named(compare(rebuilt, read_workbook(file)), portion)


def test_every_change_of_a_cell_saved_by_libreoffice_is_named(
    thurrock: Path, rebuilt: WorkbookContent, tmp_path: Path
) -> None:
    mutations = chosen(rebuilt, Random(2), (*CONTENTS, EditKind.STALE), IN_XML)
    portions = list(split(mutations, PER_FILE))
    changed = [in_its_xml(thurrock, tmp_path / f"{number}.xlsx", part) for number, part in enumerate(portions)]
    for file, saved, portion in zip(changed, saved_by_libreoffice(changed, tmp_path / "lo"), portions, strict=True):
        assert_all_named(compare(rebuilt, read_workbook(file)), portion)
        assert_all_named(compare(rebuilt, read_workbook(saved)), portion)


def test_every_change_around_the_cells_saved_by_libreoffice_is_named(
    thurrock: Path, rebuilt: WorkbookContent, tmp_path: Path
) -> None:
    mutations = chosen(rebuilt, Random(3), AROUND, AROUND_BY_LIBREOFFICE)
    portions = list(split(mutations, PER_FILE))
    changed = [by_openpyxl(thurrock, tmp_path / f"{number}.xlsx", part) for number, part in enumerate(portions)]
    for saved, portion in zip(saved_by_libreoffice(changed, tmp_path / "lo"), portions, strict=True):
        assert_all_named(compare(rebuilt, read_workbook(saved)), portion)


def test_there_are_at_least_3000_single_changes() -> None:
    assert BY_OPENPYXL + IN_XML + AROUND_BY_LIBREOFFICE >= 3_000


# ------------------------------------------------------------------------------------------- changes of whole sheets


def hide_name_and_move(book: Workbook) -> None:
    book["Notes"].sheet_state = "hidden"
    book["Terms"].sheet_state = "veryHidden"
    book["Notes"].defined_names["rate"] = DefinedName("rate", attr_text="0.25")
    book.move_sheet("Settlement", -5)


def add_and_rename(book: Workbook) -> None:
    book.create_sheet("Workings", 3)["A1"] = "a remark"
    book.create_sheet("More").sheet_state = "hidden"
    book["Notes"].title = "Small print"


def remove(book: Workbook) -> None:
    del book["Notes"]


WHOLE: dict[Callable[[Workbook], None], list[tuple[EditKind, str, str]]] = {
    hide_name_and_move: [
        (EditKind.SHEET_MOVED, "Settlement", ""),
        (EditKind.SHEET_VERY_HIDDEN, "Terms", ""),
        (EditKind.SHEET_HIDDEN, "Notes", ""),
        (EditKind.NAME_ADDED, "Notes", "rate"),
    ],
    add_and_rename: [
        (EditKind.SHEET_ADDED, "Workings", ""),
        (EditKind.SHEET_ADDED, "More", ""),
        (EditKind.SHEET_RENAMED, "Notes", ""),
    ],
    remove: [(EditKind.SHEET_REMOVED, "Notes", "")],
}


def test_every_change_of_a_sheet_is_named(thurrock: Path, rebuilt: WorkbookContent, tmp_path: Path) -> None:
    files = []
    for number, change in enumerate(WHOLE):
        book = load_workbook(thurrock)
        change(book)
        files.append(tmp_path / f"{number}.xlsx")
        book.save(files[-1])
    saved = saved_by_libreoffice(files, tmp_path / "lo")
    for expected, file, by_libreoffice in zip(WHOLE.values(), files, saved, strict=True):
        assert named(compare(rebuilt, read_workbook(file)).changes) == sorted(expected)
        kept = sorted(_as_libreoffice_keeps(expected))
        assert named(compare(rebuilt, read_workbook(by_libreoffice), by_ironcalc(by_libreoffice)).changes) == kept


def by_ironcalc(path: Path) -> Callable[[], dict[tuple[str, str], float | str]]:
    return lambda: recalculate_ironcalc(path)


def _as_libreoffice_keeps(expected: list[tuple[EditKind, str, str]]) -> list[tuple[EditKind, str, str]]:
    """LibreOffice knows no very hidden sheets: it saves them as hidden ones."""
    weaker = {EditKind.SHEET_VERY_HIDDEN: EditKind.SHEET_HIDDEN}
    return [(weaker.get(kind, kind), sheet, cell) for kind, sheet, cell in expected]


def test_a_changed_input_moves_figures_that_follow_and_is_named_alone(
    thurrock: Path, rebuilt: WorkbookContent, tmp_path: Path
) -> None:
    """Every cached value is dropped by openpyxl and calculated anew by LibreOffice: hundreds of figures move."""
    sheet = next(one for one in rebuilt.sheets if one.name == "Lines")
    cell = next(name for name, one in sheet.cells.items() if name[0] == "L" and isinstance(one.value, float))
    change = Mutation(EditKind.INPUT, "Lines", cell, 5_000_000.0)
    file = by_openpyxl(thurrock, tmp_path / "changed.xlsx", [change])
    (saved,) = saved_by_libreoffice([file], tmp_path / "lo")
    found = compare(rebuilt, read_workbook(saved), by_ironcalc(saved))
    assert_all_named(found, [change])
    assert found.following > 50
    without = compare(rebuilt, read_workbook(saved))
    assert len([one for one in without.changes if one.kind is EditKind.STALE]) == found.following


# ------------------------------------------------------------------------------------------- saving is no change


def test_saving_without_a_change_is_no_change(thurrock: Path, tmp_path: Path) -> None:
    workbooks = [thurrock, *SHIPPED]
    by_libreoffice = saved_by_libreoffice(workbooks, tmp_path / "lo")
    for number, (workbook, saved) in enumerate(zip(workbooks, by_libreoffice, strict=True)):
        rebuilt = read_workbook(workbook)
        again = saved_by_openpyxl(saved, tmp_path / f"again{number}.xlsx")
        for copy in (workbook, saved, saved_by_openpyxl(workbook, tmp_path / f"{number}.xlsx"), again):
            assert compare(rebuilt, read_workbook(copy)).changes == ()


def test_moving_a_file_and_a_new_name_is_no_change(thurrock: Path, rebuilt: WorkbookContent, tmp_path: Path) -> None:
    copy = tmp_path / "final FINAL (2).xlsx"
    shutil.copyfile(thurrock, copy)
    assert compare(rebuilt, read_workbook(copy)).changes == ()


def test_every_kind_is_changed_somewhere_in_the_tests() -> None:
    pages = " ".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    used = {*CONTENTS, *AROUND, EditKind.STALE, *(kind for kind, _, _ in chain(*WHOLE.values()))}
    used |= {EditKind[name] for name in re.findall(r"EditKind\.([A-Z_]+)", pages) if name in EditKind.__members__}
    assert used == set(EditKind)
