"""The workbook is alive: every formula agrees with the engine, and a changed input moves it as a fresh build would."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from cases import place_model
from places import REPOSITORY, THURROCK
from random_models import random_model
from recalculation import (
    Engine,
    cached,
    changed_by_input,
    differences,
    formulas,
    ironcalc,
    libreoffice,
    prove,
    prove_all,
)
from riskshare.build import build
from riskshare.formula.language import Part
from riskshare.formula.to_excel import EXCEL_FUNCTIONS, ToExcel

COMMITTED = REPOSITORY / "workbooks" / "thurrock-2021-22.xlsx"
ENGINES = (ironcalc, pytest.param(libreoffice, marks=pytest.mark.slow))
THIRDS = """
[[pools.rules]]
rule = "share_ranges"
clause = "Schedule 1"
bands = [{ shares = { CCG = 33.3, COUNCIL = 33.3, TRUST = 33.4 } }]
"""


def built(model: Path, folder: Path, name: str = "built.xlsx") -> Path:
    """The workbook of a model that has no errors."""
    result, findings = build(model, folder / name)
    assert result is not None, "\n".join(map(str, findings))
    return folder / name


@pytest.fixture(scope="module")
def thurrock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Thurrock workbook, built once."""
    return built(THURROCK, tmp_path_factory.mktemp("thurrock"))


@pytest.mark.parametrize("engine", ENGINES)
def test_every_figure_of_thurrock_is_the_engines(thurrock: Path, engine: Engine) -> None:
    assert prove(thurrock, engine) == []


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 200, 25))
def test_every_figure_of_two_hundred_random_models_is_the_engines(tmp_path: Path, first: int) -> None:
    """In batches of 25: all recalculated by IronCalc, and every fourth by LibreOffice, which takes 15 times as long."""
    models = [random_model(tmp_path / f"random-{seed}", seed) for seed in range(first, first + 25)]
    workbooks = [built(model, tmp_path, f"{model.name}.xlsx") for model in models]
    for engine, some in ((ironcalc, workbooks), (libreoffice, workbooks[::4])):
        assert [str(difference) for found in prove_all(some, engine) for difference in found] == []


@pytest.fixture
def parts_forget_what_came_before() -> Iterator[None]:
    """A deliberately wrong lowering: the engine cuts parts by running totals, the formula rounds each by itself."""
    lower = ToExcel.__dict__["lower"]
    right = lower.dispatcher.dispatch(Part)
    lower.register(Part)(
        lambda self, expr: f"ROUND({self.lower(expr.total * (expr.upto - expr.before) / expr.whole)},2)"
    )
    yield
    lower.register(Part)(right)


def pennies_to_share(folder: Path) -> Path:
    """A gain of 100.01 in three shares: rounding each by itself gives 33.30 + 33.30 + 33.40, a penny short."""
    return place_model(folder / "thirds", THIRDS, "line,budget,outturn\na,1000.00,899.99")


def test_a_right_lowering_is_proved(tmp_path: Path) -> None:
    assert prove(built(pennies_to_share(tmp_path), tmp_path), ironcalc) == []


@pytest.mark.usefixtures("parts_forget_what_came_before")
def test_a_wrong_lowering_is_found(tmp_path: Path) -> None:
    """As delivered by --no-proof: a build that proves its workbook would not deliver it."""
    build(pennies_to_share(tmp_path), tmp_path / "wrong.xlsx", prove=None)
    assert any(found.sheet == "Share place" for found in prove(tmp_path / "wrong.xlsx", ironcalc))


def cell_of(sheet: Worksheet, header: str, key: str, column: str) -> tuple[str, str]:
    """The cell of a column in the row of a key, found as a reader would: by the headings."""
    for row in sheet.iter_rows():
        if row[0].value == header:
            right = next(get_column_letter(int(cell.column or 0)) for cell in row if str(cell.value).startswith(column))
        elif row[0].value == key:
            return sheet.title, f"{right}{row[0].row}"
    raise AssertionError(f"{sheet.title} has no row {key}")


def replaced(file: str, old: str, new: str) -> Callable[[Path], None]:
    """An edit of a model's file: the old text must be there exactly once."""

    def edit(model: Path) -> None:
        text = (model / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        (model / file).write_text(text.replace(old, new), encoding="utf-8")

    return edit


QOF = "F81010-QOF"
CHANGES = {
    "a budget": (
        ("Lines", "Line", QOF, "Budget"),
        175_000,
        replaced("inputs/primary_care.csv", "152000.00", "175000.00"),
    ),
    "an outturn": (
        ("Lines", "Line", "BCF-02", "Outturn"),
        1_400_000.55,
        replaced("inputs/bcf.csv", "1283915", "1400000.55"),
    ),
    "a weight": (
        ("Localities", "Weights", "weighted", "Grays"),
        70_000.25,
        replaced("inputs/localities.csv", "63400.80", "70000.25"),
    ),
    "a percentage": (
        ("Terms", "Term", "locality.threshold.percent", "Value"),
        0.02,
        replaced("model.toml", "percent = 0.5\nbasis", "percent = 2\nbasis"),
    ),
    "a limit": (
        ("Terms", "Term", "locality.cap_2.limit.HOSPITAL", "Value"),
        2_500.5,
        replaced(
            "model.toml", "limits = { HOSPITAL = { amount = 15_000 } }", "limits = { HOSPITAL = { amount = 2_500.50 } }"
        ),
    ),
    "a decision": (
        ("Terms", "Decision", "locality.decision", "Amount"),
        12_345.67,
        replaced("model.toml", "amount = 10_000\npool", "amount = 12_345.67\npool"),
    ),
    "an opening balance": (
        ("Terms", "Reserve", "risk_reserve", "Opening"),
        20_000,
        replaced("model.toml", "opening = 500_000", "opening = 20_000"),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_input_moves_the_workbook_as_a_fresh_build_would(thurrock: Path, tmp_path: Path, change: str) -> None:
    """Typed into the workbook and recalculated by LibreOffice, or typed into the files and built: the same figures."""
    (sheet, header, key, column), value, edit = CHANGES[change]
    cell = cell_of(openpyxl.load_workbook(thurrock)[sheet], header, key, column)
    changed_by_input(thurrock, tmp_path / "typed.xlsx", {cell: value})
    model = Path(shutil.copytree(THURROCK, tmp_path / "thurrock-2021-22"))
    edit(model)
    fresh = cached(built(model, tmp_path))
    assert fresh != cached(thurrock)
    assert differences(fresh, libreoffice([tmp_path / "typed.xlsx"])[0]) == []


def test_every_calculated_cell_is_a_live_formula(thurrock: Path) -> None:
    """Outside the inputs, the names and the provenance no sheet holds a typed number."""
    workbook = openpyxl.load_workbook(thurrock)
    calculating = [
        name
        for name in workbook.sheetnames
        if name.startswith(("Summary", "Pooling", "Locality", "Share", "Settlement"))
    ]
    typed = [
        f"{name}!{cell.coordinate}"
        for name in calculating
        for row in workbook[name].iter_rows()
        for cell in row
        if cell.data_type == "n" and cell.value is not None
    ]
    assert typed == []
    assert len(formulas(thurrock)) > 10_000


def functions_open(formula: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each function of a formula with the functions that it stands in, text in quotes left out."""
    around: list[str] = []
    for token in re.findall(r"[A-Z.]+[(]|[()]", re.sub(r"'[^']*'|\"[^\"]*\"", "", formula)):
        if token == ")":
            around.pop()
            continue
        if token != "(":
            yield token[:-1], tuple(around)
        around.append(token[:-1])


def test_formulas_use_few_functions_and_no_nested_if(thurrock: Path) -> None:
    assert list(functions_open("IF(A1>0,IF(B1>0,1,0),0)"))[1] == ("IF", ("IF",))
    for cell, formula in formulas(thurrock).items():
        for function, around in functions_open(formula):
            assert function in EXCEL_FUNCTIONS, (cell, formula)
            assert function != "IF" or "IF" not in around, (cell, formula)


def parts(workbook: Path) -> dict[str, bytes]:
    """The uncompressed parts of a workbook."""
    with ZipFile(workbook) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_two_builds_are_the_same_bytes(tmp_path: Path) -> None:
    assert built(THURROCK, tmp_path, "one.xlsx").read_bytes() == built(THURROCK, tmp_path, "two.xlsx").read_bytes()


def test_the_committed_workbook_is_what_the_model_gives_today(thurrock: Path) -> None:
    """Every cell but the software's versions; `riskshare build models/thurrock-2021-22` brings it up to date."""
    assert shown(COMMITTED) == shown(thurrock), "workbooks/thurrock-2021-22.xlsx is stale: build it again and commit it"


def shown(workbook: Path) -> Mapping[tuple[str, str], object]:
    """Every cell's formula or value, the versions on Provenance left out."""
    sheets = openpyxl.load_workbook(workbook)
    cells = {
        (sheet.title, cell.coordinate): cell.value for sheet in sheets for row in sheet.iter_rows() for cell in row
    }
    software = next(
        row
        for (sheet, at), value in cells.items()
        if sheet == "Provenance" and value == "Software"
        for row in [int(at[1:])]
    )
    return {
        (sheet, at): value for (sheet, at), value in cells.items() if sheet != "Provenance" or int(at[1:]) < software
    } | {("cached", str(key)): value for key, value in cached(workbook).items()}


HOSTILE = (
    '=HYPERLINK("http://example.org","x")',
    "+1+1",
    "@SUM(1)",
    "{=1+1}",
    "http://example.org",
    "<b>&amp;",
    "'quoted",
)


def test_text_is_never_a_formula_or_a_link(tmp_path: Path) -> None:
    rows = "\n".join(
        f'line{number},"{text.replace(chr(34), chr(34) * 2)}",100,100' for number, text in enumerate(HOSTILE)
    )
    workbook = built(place_model(tmp_path / "hostile", THIRDS, f"line,description,budget,outturn\n{rows}"), tmp_path)
    sheet = openpyxl.load_workbook(workbook)["Lines"]
    texts = {cell.value: cell for row in sheet.iter_rows() for cell in row}
    for text in HOSTILE:
        assert texts[text].data_type == "s", text
        assert texts[text].hyperlink is None, text
    assert b"example.org" not in b"".join(
        content for name, content in parts(workbook).items() if name.endswith(".rels")
    )


def test_a_half_written_workbook_never_replaces_a_good_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = built(pennies_to_share(tmp_path), tmp_path).read_bytes()

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("riskshare.outputs.workbook.canvas.Canvas.paint", full_disk)
    with pytest.raises(OSError, match="No space left"):
        build(tmp_path / "thirds", tmp_path / "built.xlsx")
    assert (tmp_path / "built.xlsx").read_bytes() == good
    assert sorted(path.name for path in tmp_path.iterdir()) == ["built.xlsx", "thirds"]


def test_links_inside_the_workbook_lead_to_its_own_sheets(thurrock: Path) -> None:
    workbook = openpyxl.load_workbook(thurrock)
    targets = [
        link.location for sheet in workbook for row in sheet.iter_rows() for cell in row if (link := cell.hyperlink)
    ]
    assert len(targets) > 2 * len(workbook.sheetnames) - 3
    assert {str(target).split("!")[0].strip("'") for target in targets} <= set(workbook.sheetnames)


def test_a_plan_without_outturns_has_targets_only(tmp_path: Path) -> None:
    workbook = built(place_model(tmp_path / "plan", THIRDS, "line,budget\na,1000.00"), tmp_path)
    values = cached(workbook)
    assert all(
        value == 0 for (sheet, cell), value in values.items() if sheet == "Settlement" and isinstance(value, float)
    )
    assert str(openpyxl.load_workbook(workbook)["Lines"]["A2"].value).startswith("PLAN: no outturn is given yet")


def test_amounts_are_exact_to_the_penny_in_the_cells(tmp_path: Path) -> None:
    """The cached value of a formula is the engine's own figure: £1,000.00 - £899.99 is £100.01, not £100.00999999."""
    values = cached(built(pennies_to_share(tmp_path), tmp_path)).values()
    assert Decimal("100.01") in {Decimal(repr(value)) for value in values if isinstance(value, float)}
