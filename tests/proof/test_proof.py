"""The proof at build: what differs is named and not delivered, half pennies are told, no engine can only pretend."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from ironcalc import Model, load_from_xlsx
from xlsxwriter import Workbook

from cases import place_model
from half_pennies import near_half
from places import THURROCK
from recalculation import cached, changed_by_input, formulas
from riskshare.build import build
from riskshare.cli import main
from riskshare.figures.pin.proof import Proof
from riskshare.formula.language import Part
from riskshare.formula.to_excel import ToExcel
from riskshare.problems.errors import FormulaError, UserError
from riskshare.proof import ironcalc, libreoffice
from riskshare.proof.comparing import differences
from riskshare.proof.engines import recalculate
from riskshare.proof.error_bounds import Amount, Exactly, rounded
from riskshare.proof.partitions import pieces, read, write_piece
from riskshare.proof.poison import POISON
from riskshare.proof.proof import compared, examine
from riskshare.proof.rounding_ties import Sorted, sorted_by_cause
from riskshare.xlsx.formula_cells import CellValues, FormulaCell, typed
from riskshare.xlsx.formulas import MARK, columns_read, pattern
from riskshare.xlsx.package import opened

THIRDS = """
[[pools.rules]]
rule = "share_ranges"
clause = "Schedule 1"
bands = [{ shares = { CCG = 33.3, COUNCIL = 33.3, TRUST = 33.4 } }]
"""
GAIN = "line,budget,outturn\na,1000.00,899.99"

# £50,568,560,238.17 x 15,499.00 / 70,047.78 is £11,188,964,377.33499..., and to fifteen digits £11,188,964,377.3350.


def run(*words: object) -> Result:
    """Runs riskshare in this process."""
    return CliRunner().invoke(main, [str(word) for word in words])


def thirds(folder: Path) -> Path:
    """A gain of 100.01 in three shares: rounding each by itself gives 33.30 + 33.30 + 33.40, a penny short."""
    return place_model(folder / "thirds", THIRDS, GAIN)


def texts_of(workbook: Path) -> set[str]:
    """Everything that stands in words in a workbook."""
    with opened(workbook) as package:
        return {value for value in typed(package).values() if isinstance(value, str)}


def recalculated(workbook: Path, engine: str) -> CellValues:
    """What an engine makes of a workbook."""
    with opened(workbook) as package:
        return recalculate(package, engine)


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


@pytest.fixture(scope="module")
def thurrock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Thurrock workbook, proved."""
    workbook = tmp_path_factory.mktemp("thurrock") / "thurrock.xlsx"
    built, findings = build(THURROCK, workbook)
    assert built is not None, findings
    return workbook


# What is delivered


def test_a_delivered_workbook_says_what_it_was_proved_with(tmp_path: Path) -> None:
    workbook = tmp_path / "thirds.xlsx"
    result = run("build", thirds(tmp_path), "-o", workbook)
    count = len(formulas(workbook))
    proof = Proof("IronCalc", ironcalc.installed_version(), count)
    assert f"Proof: {count} formulas recalculated by IronCalc {proof.version}, all equal\n" in result.output
    assert {"Proof", *proof.statement().values()} <= texts_of(workbook)


def test_a_workbook_built_without_proof_says_so(tmp_path: Path) -> None:
    workbook = tmp_path / "thirds.xlsx"
    assert "Proof: none (--no-proof)\n" in run("build", thirds(tmp_path), "-o", workbook, "--no-proof").output
    assert {"Not proved", "built with --no-proof"} <= texts_of(workbook)


def test_a_difference_is_named_and_nothing_is_delivered(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    model, workbook = thirds(tmp_path), tmp_path / "thirds.xlsx"
    build(model, workbook)
    before = workbook.read_bytes()
    request.getfixturevalue("parts_forget_what_came_before")
    result = run("build", model, "-o", workbook)
    assert result.exit_code == 1
    first = result.output.splitlines()[0]
    assert first.startswith("ERROR thirds.xlsx, sheet Share place, F")
    assert "the workbook has 33.31, IronCalc calculates 33.3 by =ROUND(" in first
    assert "of table 'share place', row 'place'; Schedule 1)" in first
    assert "step 'share_ranges." in first
    assert workbook.read_bytes() == before
    assert list(tmp_path.glob(".*")) == []


def test_a_stale_figure_is_wrong_though_its_formula_is_right(thurrock: Path, tmp_path: Path) -> None:
    sheet, cell = next(cell for cell in formulas(thurrock) if cell[0] == "Lines")
    row = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    changed_by_input(thurrock, tmp_path / "stale.xlsx", {(sheet, f"L{row}"): Decimal("0.01")})
    verdict = examine(tmp_path / "stale.xlsx")
    assert not verdict.holds
    assert (sheet, cell) in {(found.sheet, found.cell) for found in verdict.causes.wrong}


# The proof is a calculation


def test_the_pieces_hold_every_formula_once(thurrock: Path, tmp_path: Path) -> None:
    with opened(thurrock) as package:
        parts = read(package)
    every = pieces(parts)
    names = list(parts.sheets)
    found: list[tuple[str, str]] = []
    for number, piece in enumerate(every):
        for entry in write_piece(parts, piece, tmp_path / f"{number}.xlsx"):
            cells = zip(entry.letters, entry.rows, strict=True)
            found += [(names[entry.sheet], f"{letters}{row}") for letters, row in cells]
    assert len(every) == 2
    assert sorted(found) == sorted(formulas(thurrock))


def test_no_piece_holds_a_cached_value_of_its_own_formulas(thurrock: Path, tmp_path: Path) -> None:
    with opened(thurrock) as package:
        parts = read(package)
    for piece in pieces(parts):
        write_piece(parts, piece, tmp_path / "piece.xlsx")
        assert set(cached(tmp_path / "piece.xlsx").values()) <= set(POISON)


def test_an_engine_that_does_not_calculate_proves_nothing(thurrock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def loaded(workbook: Path) -> Model:
        return load_from_xlsx(str(workbook))

    monkeypatch.setattr(ironcalc, "_evaluated", loaded)
    with pytest.raises(FormulaError, match="IronCalc did not recalculate"):
        examine(thurrock)


@pytest.mark.parametrize("program", [sys.executable, "/bin/false"])
def test_a_long_workbook_is_calculated_by_two_processes_or_by_one_where_that_fails(
    thurrock: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(ironcalc, "WORTH_A_PROCESS", 0)
    monkeypatch.setattr(sys, "executable", program)
    with opened(thurrock) as package:
        found = ironcalc.agreement(package)
    assert found == ironcalc.Agreement(len(formulas(thurrock)), 0, 0)


@pytest.mark.parametrize(
    ("formula", "row", "expected"),
    [
        ("ROUND(L9-M9,2)", "9", "ROUND(L#-M#,2)"),
        ("Lines!A9", "9", "Lines!A#"),
        ("SUM(A$9:A9)", "9", "SUM(A$9:A#)"),
        ("$A$9+$A9", "9", "$A$9+$A#"),
        ('IF(A9="A9","\'A9\'",9)', "9", 'IF(A#="A9","\'A9\'",9)'),
        ("'A9'!B9+'Q 9'!B9", "9", "'A9'!B#+'Q 9'!B#"),
        ("A9+A10", "9", None),
        ("A8", "9", None),
        ("SUM(A$1:B$8)", "9", "SUM(A$1:B$8)"),
    ],
)
def test_a_formula_is_shared_only_where_it_means_the_same(formula: str, row: str, expected: str | None) -> None:
    found = pattern(formula, row)
    assert (found.replace(MARK, "#") if found is not None else None) == expected


def test_the_columns_that_a_formula_reads() -> None:
    read_there = columns_read(["SUM(B2:D9)*'Share a'!$F$3", 'SUMIFS(Lines!$L$6:$L$9,Lines!$I$6:$I$9,"A1")'], "Here")
    assert read_there == {"Here": {2, 3, 4}, "Share a": {6}, "Lines": {12, 9}}


# Half pennies


def test_a_half_penny_that_cannot_be_seen_is_told_and_delivered(tmp_path: Path) -> None:
    workbook = tmp_path / "half.xlsx"
    result = run("build", near_half(tmp_path), "-o", workbook)
    assert result.exit_code == 0, result.output
    warning = next(line for line in result.output.splitlines() if "half penny" in line)
    assert warning.startswith("WARNING near-half.xlsx, sheet Pooling, ")
    assert "so near a half penny that a spreadsheet can't tell on which side" in warning
    assert "differ by at most 0.01" in warning
    assert "all but" in result.output
    said = texts_of(workbook)
    assert any("so near a half penny" in text for text in said)
    assert "affected by half pennies" in said
    assert 11188964377.33 in cached(workbook).values()
    assert 11188964377.34 in recalculated(workbook, "ironcalc").values()


def test_only_what_half_pennies_move_is_excused(tmp_path: Path) -> None:
    model, workbook = near_half(tmp_path), tmp_path / "half.xlsx"
    build(model, workbook, None)
    causes = examine(workbook).causes
    assert causes.wrong == ()
    assert {found.sheet for found in causes.affected} == {"Pooling"}
    assert causes.dependants != ()
    assert causes.most == Fraction(1, 100)


@pytest.mark.usefixtures("parts_forget_what_came_before")
def test_a_wrong_formula_is_wrong_beside_half_pennies_too(tmp_path: Path) -> None:
    workbook = tmp_path / "half.xlsx"
    build(near_half(tmp_path), workbook, None)
    assert examine(workbook).causes.wrong != ()


def test_a_penny_is_excused_only_near_a_half(tmp_path: Path) -> None:
    """The same penny, where the exact figure stands far from a half penny, is wrong."""
    inputs: CellValues = {("S", "A1"): 50568560238.17, ("S", "B1"): 15499.0, ("S", "C1"): 70047.78}
    assert cause_of(inputs, 11188964377.33, 11188964377.34) == "affected"
    assert cause_of(inputs, 11188964377.33, 11188964377.35) == "wrong"
    assert cause_of(inputs, 11188964377.34, 11188964377.33) == "wrong"
    exact = float(rounded(Fraction("50568560238.17") * Fraction("15499.01") / Fraction("70047.78"), 2))
    assert cause_of(inputs | {("S", "B1"): 15499.01}, exact, exact + 0.01) == "wrong"


def test_a_text_that_no_formula_gives_is_wrong_though_it_reads_an_affected_cell() -> None:
    inputs: CellValues = {("S", "A1"): 50568560238.17, ("S", "B1"): 15499.0, ("S", "C1"): 70047.78}
    given = {("S", "D1"): "ROUND(A1*B1/C1,2)", ("S", "E1"): 'IF(D1>1,"over","")'}
    ours: CellValues = {("S", "D1"): 11188964377.33, ("S", "E1"): "under"}
    theirs: CellValues = {("S", "D1"): 11188964377.34, ("S", "E1"): "over"}
    cells = {cell: FormulaCell(formula, ours[cell]) for cell, formula in given.items()}
    causes = sorted_by_cause(differences(ours, theirs, given), cells, inputs, theirs)
    assert [[found.cell for found in each] for each in (causes.affected, causes.wrong)] == [["D1"], ["E1"]]


def cause_of(inputs: CellValues, ours: float, theirs: float) -> str:
    """How a difference in D1 is sorted."""
    cell, formula = ("S", "D1"), "ROUND(A1*B1/C1,2)"
    found = differences({cell: ours}, {cell: theirs}, {cell: formula})
    causes = sorted_by_cause(found, {cell: FormulaCell(formula, ours)}, inputs, {cell: theirs})
    return next(name for name in ("affected", "dependants", "wrong") if getattr(causes, name))


def shares_by_size(path: Path, digits: int, count: int) -> Sorted:
    """Shares of random amounts of so many digits by random weights, where IronCalc sees other figures."""
    random = Random(digits)
    with Workbook(str(path)) as book:
        sheet = book.add_worksheet("S")
        for row in range(count):
            amount, weight = random.randrange(10 ** (digits + 1), 10 ** (digits + 2)), random.randrange(1, 10**7)
            whole = weight + random.randrange(10**7)
            for column, pennies in enumerate((amount, weight, whole)):
                sheet.write_number(row, column, pennies / 100)
            exact = rounded(Fraction(amount * weight, whole * 100), 2)
            sheet.write_formula(row, 3, f"=ROUND(A{row + 1}*B{row + 1}/C{row + 1},2)", None, float(exact))
    with opened(path) as package:
        return compared(package, "ironcalc")


@pytest.mark.parametrize("digits", [4, 6, 7])
def test_below_ten_million_pounds_no_share_differs(digits: int, tmp_path: Path) -> None:
    assert shares_by_size(tmp_path / "shares.xlsx", digits, 2_000) == Sorted()


@pytest.mark.parametrize("digits", [11, 12])
def test_beyond_ten_billion_pounds_shares_differ_and_every_one_is_excused(digits: int, tmp_path: Path) -> None:
    causes = shares_by_size(tmp_path / "shares.xlsx", digits, 2_000)
    assert causes.affected != ()
    assert (causes.dependants, causes.wrong) == ((), ())


AMOUNTS = st.decimals(min_value=-(10**11), max_value=10**11, places=2)
WEIGHTS = st.decimals(min_value="0.01", max_value=10**6, places=2)


@given(amount=AMOUNTS, weight=WEIGHTS, rest=WEIGHTS)
def test_the_umpire_rounds_as_the_engine_does(amount: Decimal, weight: Decimal, rest: Decimal) -> None:
    whole = weight + rest
    values: CellValues = {("S", "A1"): float(amount), ("S", "B1"): float(weight), ("S", "C1"): float(whole)}
    found = Exactly(values).result(("S", "D1"), "ROUND(A1*B1/C1,2)")
    exact = Fraction(amount) * Fraction(weight) / Fraction(whole)
    assert isinstance(found, Amount)
    assert found.value == rounded(exact, 2)
    assert found.error in (0, Fraction(1, 100))


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("ROUND(A1*B1,2)", "1.01"),
        ("-A1+-(B1-C1)*2", "2.99"),
        ("IF(A1>=2.01,MAX(A1,B1),0)", "2.01"),
        ("MIN(A1:C1)", "0.5"),
        ("SUM(A1:C1)/'T & U'!$A$1", "1.102"),
        ('SUMIFS(B1:B2,A1:A2,"x")', "7"),
        ('INDEX(A1:C1,MATCH("X",A1:A2,0))', "0.5"),
    ],
)
def test_the_umpire_knows_what_riskshare_writes(formula: str, expected: str) -> None:
    values: CellValues = {("S", "A1"): 2.01, ("S", "B1"): 0.5, ("S", "C1"): 3.0, ("S", "A2"): "x", ("S", "B2"): 7.0}
    found = Exactly(values | {("T & U", "A1"): 5.0}).result(("S", "D1"), formula)
    assert isinstance(found, Amount)
    assert Decimal(found.value.numerator) / Decimal(found.value.denominator) == Decimal(expected)


@pytest.mark.parametrize("formula", ["TODAY()", "A1+", "A1 @ B1", "1/0", '"a"+1'])
def test_the_umpire_refuses_what_riskshare_does_not_write(formula: str) -> None:
    with pytest.raises(FormulaError):
        Exactly({}).result(("S", "D1"), formula)


# Engines by name


def test_an_unknown_engine_is_told(thurrock: Path) -> None:
    with pytest.raises(UserError, match=r"There is no engine 'ironcalk'\. Did you mean 'ironcalc'\?"):
        recalculated(thurrock, "ironcalk")


def test_a_file_that_is_no_workbook_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.xlsx").write_text("no workbook", encoding="utf-8")
    with pytest.raises(UserError, match="is not an Excel workbook"):
        recalculated(tmp_path / "notes.xlsx", "ironcalc")


def test_without_libreoffice_the_user_is_told_how_to_install_it(
    thurrock: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match=r"LibreOffice is not installed: install it .*apt-get install libreoffice-calc"):
        recalculated(thurrock, "libreoffice")


@pytest.mark.slow
def test_libreoffice_recalculates_to_the_same_figures(thurrock: Path) -> None:
    libreoffice_or_skip()
    assert differences(cached(thurrock), recalculated(thurrock, "libreoffice")) == []


@pytest.mark.slow
def test_libreoffice_is_stopped_when_it_takes_too_long(thurrock: Path, tmp_path: Path) -> None:
    libreoffice_or_skip()
    with pytest.raises(UserError, match=r"did not finish within 0\.05 seconds and was stopped"):
        libreoffice.converted([thurrock], tmp_path, seconds=0.05)


def libreoffice_or_skip() -> None:
    try:
        libreoffice.program()
    except UserError as missing:
        pytest.skip(str(missing))


def test_libreoffice_neither_follows_links_nor_runs_macros(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libreoffice, "program", lambda: "/bin/true")
    libreoffice.converted([], tmp_path)
    settings = (tmp_path / "profile" / "user" / "registrymodifications.xcu").read_text(encoding="utf-8")
    for name, value in {
        "OOXMLRecalcMode": 0,
        "Link": 2,
        "MacroSecurityLevel": 3,
        "DisableMacrosExecution": "true",
    }.items():
        assert f'<prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop>' in settings
