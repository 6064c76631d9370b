"""Provenance: the files, hashes, versions and the pin that let someone re-run the model and get the same figures."""

from __future__ import annotations

from riskshare.pin import Pin
from riskshare.workbook.canvas import Canvas
from riskshare.workbook.sheet import Sheet


def sheet(pin: Pin) -> Sheet:
    """Everything the pin records."""
    purpose = (
        "What went in, what came out, and with which software: run `riskshare build` on the same files and compare."
    )
    return Sheet("Provenance", "Provenance", purpose, (), (_Record(pin),), widths={0: 44, 1: 72})


class _Record:
    def __init__(self, pin: Pin) -> None:
        self._pin = pin

    def __call__(self, canvas: Canvas) -> None:
        row = 4
        for title, entries in self._pin.sections():
            canvas.text(row, 0, title, canvas.styles.caption())
            for word, text in entries:
                row += 1
                canvas.text(row, 0, word)
                canvas.text(row, 1, text, canvas.styles.small())
            row += 2
