"""Two geographies with other boundaries: the budgets of one seen on the map of the other, to the penny."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from cases import HEAD, PARTNERS, Answer, answer, findings, pennies, write_model
from recalculation import ironcalc, prove
from riskshare.build import build

TWO_MAPS = (
    PARTNERS
    + """
[[funds]]
code = "core"
name = "Core allocation"
family = "ccg"
holder = "CCG"
arrangement = "aligned"
clause = "Schedule 1"

[[geographies]]
code = "adult"
file = "inputs/adult.csv"

[[geographies]]
code = "children"
file = "inputs/children.csv"
crosswalk = { to = "adult", file = "inputs/people.csv" }

[[inputs]]
file = "inputs/lines.csv"
fund = "core"
level = "locality"
"""
)
TABLES = {
    "adult": "locality,name,people\nNORTH,North,100\nSOUTH,South,200",
    "children": "locality,name,children\nEAST,East,30\nWEST,West,60",
    "people": "from,to,weight\nEAST,NORTH,10\nEAST,SOUTH,20\nWEST,NORTH,30\nWEST,SOUTH,30",
    "lines": "line,geography,basis,budget,outturn\nnursing,children,children,900.01,900.01\nwards,adult,people,300,300",
}


def two_maps(folder: Path, **changed: str) -> Path:
    """A model with an adult and a children's map."""
    return write_model(folder, HEAD.format(name=folder.name) + TWO_MAPS, **(TABLES | changed))


def row(read: Answer, table: str, number: int) -> list[Decimal]:
    """The amounts of a row of a table, its names left out."""
    frame = read.built.figures[table]
    return [pennies(value) for value in frame.row(number) if isinstance(value, Decimal)]


def test_childrens_money_is_seen_where_the_children_live(tmp_path: Path) -> None:
    """900.01 is cut 1:2 to East 300.00 and West 600.01; East is 1:2 North and South, West is 1:1.

    North sees 100.00 + 300.01 (half of 600.01 is 300.005, rounded away from zero), South 200.00 + 300.00.
    """
    read = answer(two_maps(tmp_path / "maps"))
    assert row(read, "map adult", 0) == [Decimal("100.00"), Decimal("200.00"), Decimal("300.00")]
    assert row(read, "map adult", 1) == [Decimal("400.01"), Decimal("500.00"), Decimal("900.01")]


def test_the_map_is_live_and_proved(tmp_path: Path) -> None:
    built, _ = build(two_maps(tmp_path / "maps"), tmp_path / "maps.xlsx")
    assert built is not None
    assert prove(tmp_path / "maps.xlsx", ironcalc) == []


def test_a_crosswalk_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    wrong = findings(two_maps(tmp_path / "maps", people="from,to,weight\nEAST,NORHT,10\nWEST,SOUTH,1"))
    assert any(
        "inputs/people.csv, row 2, column to: locality 'NORHT'" in text and "Did you mean 'NORTH'?" in text
        for text in wrong
    )
    assert any("locality 'EAST' has no people" in text for text in wrong)


def test_localities_that_are_missing_are_told_once_and_the_crosswalk_to_them_is_not_blamed(tmp_path: Path) -> None:
    """It said that the crosswalk leads to 'adult', expected: "one of ."; adult is right, only its file is not there."""
    folder = two_maps(tmp_path / "maps")
    (folder / "inputs" / "adult.csv").unlink()
    assert [said for said in findings(folder) if "geography" in said or "crosswalk" in said] == []
    assert any("inputs/adult.csv: there is no such file" in said for said in findings(folder))
