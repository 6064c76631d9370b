"""What a workbook states of itself on its sheet Provenance, section by section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from riskshare.figures.pin.hashes import AFFECTED, Pin
from riskshare.xlsx.a1 import point
from riskshare.xlsx.content import SheetContent, WorkbookContent

SHEET = "Provenance"
SOFTWARE = "Software"
PROOF = "Proof"


def sections(book: WorkbookContent, pin: Pin) -> dict[str, dict[str, str]]:
    """The sections that a pin has, as the workbook states them: their entries by title and word."""
    titles = {title for title, _ in pin.sections()}
    groups: dict[str, dict[str, str]] = {}
    section: dict[str, str] = {}
    for _, word, text in _rows(book.sheet(SHEET)):
        if word in titles and not text:
            section = groups.setdefault(word, {})
        elif text:
            section[word] = text
        else:
            section = {}
    return groups


def cells_of_versions(book: WorkbookContent) -> frozenset[str]:
    """The cells that state software and the engine's version: other software writes others there."""
    title, cells = "", set()
    for row, word, text in _rows(book.sheet(SHEET)):
        title = title if text else word
        if text and (title == SOFTWARE or (title == PROOF and word == "version")):
            cells |= {f"A{row}", f"B{row}"}
    return frozenset(cells)


def proof_of(properties: Mapping[str, str], proof: Mapping[str, str]) -> Mapping[str, str]:
    """The proof that a rebuild states: none where the workbook says so, with as many half pennies as it says."""
    if not properties.get("riskshare proof", "").isdecimal():
        return {}
    affected = properties.get("riskshare half pennies", "")
    return dict(proof) | ({AFFECTED: affected} if affected.isdecimal() else {})


def _rows(sheet: SheetContent | None) -> Iterator[tuple[int, str, str]]:
    """The rows of the sheet with the texts in its first two columns; a row without either has neither."""
    cells = sheet.cells if sheet else {}
    texts = {name: entry.value for name, entry in cells.items() if isinstance(entry.value, str)}
    last = max((point(name)[0] for name in texts), default=0)
    for row in range(1, last + 1):
        yield row, texts.get(f"A{row}", ""), texts.get(f"B{row}", "")
