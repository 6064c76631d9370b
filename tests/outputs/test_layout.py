"""Layout: every sheet has its place in the workbook, and every table of a model its place on one sheet."""

from __future__ import annotations

import pytest

from places import MODELS, REPOSITORY
from riskshare.build import compute
from riskshare.outputs import sheets, write
from riskshare.outputs.write import draft

FILES = {path.stem for path in (REPOSITORY / "src" / "riskshare" / "outputs" / "sheets").glob("[!_]*.py")}


def test_every_sheet_has_its_place() -> None:
    """The order of `all_sheets` names each file of sheets/ once: a sheet that is left out is shown to nobody."""
    placed = {name for name in FILES if getattr(write, name, None) is getattr(sheets, name)}
    assert FILES
    assert placed == FILES


@pytest.mark.parametrize("model", sorted(path.name for path in MODELS.iterdir()))
def test_every_table_of_a_model_is_on_a_sheet(model: str) -> None:
    built, _ = compute(MODELS / model)
    assert built is not None
    placed = draft(built.plan, built.figures, built.pin, ()).layout.placed
    assert set(placed) == {table.name for table in built.plan.tables}
