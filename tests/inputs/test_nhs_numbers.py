"""NHS numbers of patients are refused, document numbers that pass the check by chance are read."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

from cases import findings, place_model
from contracts import TO_TRUST, toml
from places import SHARED
from riskshare.inputs.nhs_numbers import has_nhs_number, patients_numbers
from riskshare.inputs.table import Origin

PATIENTS = ["943 476 5919", "9434765080", "9990000018"]
DOCUMENTS = [str(number) for number in range(4_100_121_500, 4_100_121_540)]
PAYMENTS = SHARED / "data" / "real"


def told(cells: list[str], header: str, accepted: tuple[str, ...] = ()) -> int:
    """How many cells of a column are taken for NHS numbers."""
    frame = pl.DataFrame({"text": cells}).with_row_index("row")
    return len(list(patients_numbers(frame, "text", header, Origin("lines.csv", "", {}), accepted)))


def test_numbers_of_patients_are_told_by_the_name_of_their_column_or_by_being_most_of_it() -> None:
    """By its name one is enough among others; numbers for tests begin with 999."""
    assert has_nhs_number("9990000018")
    assert told(PATIENTS, "Ref") == 3
    assert told([PATIENTS[0], "1", "2", "3"], "NHS number") == 1
    assert told([*DOCUMENTS, PATIENTS[0]], "Patient") > 1
    assert told(["paid for 943 476 5919", "rent", "rent", "rent"], "Description") == 1


def test_document_numbers_are_none() -> None:
    """One of eleven passes the check by chance: numbers of ten digits in a row from 4100121500, in an issued range."""
    assert sum(map(has_nhs_number, DOCUMENTS)) in range(1, 8)
    assert told(DOCUMENTS, "Transaction Number") == 0
    assert told(DOCUMENTS, "NHS provider") == 0


def test_a_column_is_accepted_by_its_name(tmp_path: Path) -> None:
    """The finding says how: nobody is told to remove what isn't there."""
    assert told(PATIENTS, "Document no", ("document no",)) == 0
    lines = "Document no,budget,outturn\n" + "".join(f"{number},1,1\n" for number in PATIENTS)
    model = place_model(tmp_path / "place", toml((TO_TRUST,)), lines)
    file = model / "model.toml"
    text = file.read_text(encoding="utf-8")
    named = text.replace("[[inputs]]\n", '[[inputs]]\ncolumns = { line = "Document no" }\n')
    file.write_text(named, encoding="utf-8")
    said = findings(model)
    assert len(said) == 3
    assert all('say so with not_nhs_numbers = ["Document no"] at the input.' in one for one in said)
    file.write_text(named.replace("[[inputs]]\n", '[[inputs]]\nnot_nhs_numbers = ["Document no"]\n'), encoding="utf-8")
    assert findings(model) == []


@pytest.mark.skipif(not PAYMENTS.is_dir(), reason="the published payments are not here: shared/ is absent")
@pytest.mark.parametrize("file", ["manchester_2021-03.csv", "salford_2011-10.csv"])
def test_published_payments_hold_no_numbers_of_patients(file: str) -> None:
    """Every column as it was published: of the 506 cells that 0.1.0 refused none is one."""
    header, *rows = csv.reader((PAYMENTS / file).read_bytes().decode("cp1252").splitlines())
    for number, name in enumerate(header):
        assert told([row[number] if len(row) > number else "" for row in rows], name) == 0, name
