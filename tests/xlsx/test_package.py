"""The door to every workbook: what is none, damaged or hostile is refused in a sentence, or is a finding of inputs."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from places import SHARED
from riskshare.inputs.xlsx import read_xlsx
from riskshare.problems.collector import Collector
from riskshare.problems.errors import UserError
from riskshare.xlsx import limits
from riskshare.xlsx.read import read_workbook
from small_workbook import parts_of

CORPUS = SHARED / "data" / "reader_corpus"
FILES = sorted(path.name for path in CORPUS.glob("*") if path.is_file()) if CORPUS.is_dir() else []
MEMORY, SECONDS = 500_000_000, 5


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as refused:
        read_workbook(path)
    sentence = str(refused.value)
    assert sentence.startswith(path.name)
    assert re.search(r": [a-z].*\.$", sentence), "one sentence with the way out"
    return sentence


def found_in_inputs(path: Path) -> str:
    """The one finding of a reader of inputs."""
    collector = Collector()
    assert read_xlsx(path, path.name, None, 1, collector) is None
    (finding,) = collector.findings()
    return str(finding)


def package(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def with_sheet(small: Path, xml: bytes) -> Path:
    """The small workbook with another first sheet."""
    parts = {name: text.encode() for name, text in parts_of(small).items()}
    return package(small.with_name("hostile.xlsx"), parts | {"xl/worksheets/sheet1.xml": xml})


OLE = b"\xd0\xcf\x11\xe0"
NO_WORKBOOK = "budget.xlsx: the file is not an Excel workbook, whatever its name says. Expected: an .xlsx file."
PASSWORD_OR_OLD = "budget.xlsx: the file has a password, or is an old .xls file."


@pytest.mark.parametrize(
    ("content", "expected", "finding"),
    [
        (b"", "is empty", "budget.xlsx: the file is empty."),
        (b"name,amount\n", "is not an Excel workbook", NO_WORKBOOK),
        (OLE + b"\0" * 600, "is an old .xls workbook", PASSWORD_OR_OLD),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "is protected by a password", PASSWORD_OR_OLD),
        (b"PK\x03\x04 cut off", "is damaged", "budget.xlsx: the file is damaged: File is not a zip file."),
    ],
)
def test_a_file_that_is_no_workbook(tmp_path: Path, content: bytes, expected: str, finding: str) -> None:
    path = tmp_path / "budget.xlsx"
    path.write_bytes(content)
    assert expected in refusal(path)
    assert found_in_inputs(path).startswith(finding)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, "is an OpenDocument file"),
        ({"xl/workbook.bin": b"", "_rels/.rels": b"<a/>"}, "is a binary .xlsb workbook"),
        ({"photo.jpg": b"x"}, "is not an Excel workbook"),
    ],
)
def test_a_package_that_is_no_workbook(tmp_path: Path, parts: dict[str, bytes], expected: str) -> None:
    path = package(tmp_path / "budget.xlsx", parts)
    assert expected in refusal(path)
    assert found_in_inputs(path).startswith(NO_WORKBOOK)


def test_a_document_is_no_workbook(tmp_path: Path) -> None:
    document = package(tmp_path / "a.xlsx", {"_rels/.rels": b"<Relationships/>", "word/document.xml": b"<a/>"})
    assert "is damaged (no part of it is a workbook)" in refusal(document)


def test_two_parts_of_one_name_are_damage_for_every_reader(small: Path) -> None:
    with zipfile.ZipFile(small, "a") as archive:
        archive.writestr("XL\\Workbook.xml", "<workbook/>")
    assert "is damaged (it has two parts of one name)" in refusal(small)
    assert found_in_inputs(small).startswith("small.xlsx: the file is damaged: it has two parts of one name.")


def test_a_path_that_leads_to_no_file(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "missing.xlsx")
    (tmp_path / "folder.xlsx").mkdir()
    assert "is a folder" in refusal(tmp_path / "folder.xlsx")


def test_a_file_that_may_not_be_read_or_is_open_elsewhere(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("riskshare.xlsx.package.stream_of", refuse)
    assert "may not be read" in refusal(small)
    small.with_name(f"~${small.name}").touch()
    assert "is open in another program: close it there and try again." in refusal(small)


def test_an_open_file_that_can_be_read_is_read(small: Path) -> None:
    small.with_name(f"~${small.name}").touch()
    assert len(read_workbook(small).sheets) == 2


def test_limits_are_the_same_for_every_reader_and_checked_before_unpacking(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("was unpacked"))
    for limit, words in {"PACKED": "0 MB", "UNPACKED": "0 MB", "PARTS": "10 parts"}.items():
        with monkeypatch.context() as lower:
            lower.setattr(limits, limit, 10)
            verb = "is larger" if limit == "PACKED" else "would unpack to more"
            assert f"{verb} than {words}" in refusal(small)
            assert found_in_inputs(small).startswith(f"small.xlsx: the file {verb} than {words}.")
    monkeypatch.setattr(limits, "TREE", 10)
    assert "is too large to be read (_rels/.rels has more than 0 MB)" in refusal(small)


HOSTILE = {
    "an entity of its own": b'<!DOCTYPE a [<!ENTITY b "bb">]><worksheet><sheetData/></worksheet>',
    "a document type": b'<!DOCTYPE worksheet SYSTEM "http://example.org/a.dtd"><worksheet/>',
    "no XML": b"<worksheet><sheetData>",
    "a text that is not there": b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1" t="s"><v>99999</v></c></row></sheetData></worksheet>',
    "a deep nest": b"<worksheet>" + b"<a>" * 300_000 + b"</a>" * 300_000 + b"</worksheet>",
    "a text without end": b'<worksheet a="' + b"x" * 45_000_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_sheet_is_refused_in_little_time_and_memory(small: Path, case: str) -> None:
    said = read_within_limits(with_sheet(small, HOSTILE[case]))
    assert re.match(r"hostile.xlsx is (damaged|too large to be read) \(", said), said


def test_cells_without_end_are_refused(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CELLS", 10)
    assert "is too large to be read (a sheet of it has more than 10 cells)" in refusal(small)


def read_within_limits(*paths: Path) -> str:
    """What reading the files says, in a Python that has neither more memory nor more time."""
    code = f"""
import resource, sys, time
from pathlib import Path
from riskshare.audit.edits.compare import compare
from riskshare.xlsx.read import read_workbook
from riskshare.problems.errors import UserError
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
for path in map(Path, sys.argv[1:]):
    started = time.process_time()
    try:
        book = read_workbook(path)
        assert compare(book, book).changes == ()
        print(path.name, "read")
    except UserError as refused:
        print(refused)
    assert time.process_time() - started < {SECONDS}, path
"""
    done = subprocess.run([sys.executable, "-c", code, *map(str, paths)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(not FILES, reason=f"{CORPUS} is not on this machine")
def test_every_file_of_the_reader_corpus_is_read_or_refused_in_a_sentence() -> None:
    lines = read_within_limits(*(CORPUS / file for file in FILES)).splitlines()
    assert len(lines) == len(FILES)
    for file, line in zip(FILES, lines, strict=True):
        assert line == f"{file} read" or re.fullmatch(rf"{re.escape(file)} is .*: .*\.", line), line
