"""Provenance: the files, hashes, versions and the pin that let someone re-run the model and get the same figures."""

from __future__ import annotations

from collections.abc import Iterator

from riskshare.figures.names import OVERRIDES
from riskshare.figures.overrides import LISTS
from riskshare.figures.pin.hashes import Pin
from riskshare.figures.plan import Plan
from riskshare.outputs.workbook.canvas import Canvas, Sheet
from riskshare.outputs.workbook.layout import Block, Links


def sheet(plan: Plan, pin: Pin) -> Sheet:
    """What was decided beside the rules, and everything the pin records."""
    purpose = "What went in, what came out, and with which software: `riskshare verify` on this file compares."
    return Sheet("Provenance", "Provenance", purpose, tuple(_overrides(plan)), (_Record(pin),), widths={0: 44, 1: 72})


def _overrides(plan: Plan) -> Iterator[Block]:
    """How many overrides there are, then each of them."""
    none = " ".join(f"{kind}: none." for kind, name in LISTS.items() if not plan.has(name))
    note = f"What moves money beside the rules of the contract. {none}".strip()
    yield Block(plan.table(OVERRIDES), caption="Overrides", note=note, pence=True, links=Links.SOURCES)
    for kind, name in LISTS.items():
        if plan.has(name):
            yield Block(plan.table(name), totals=True, caption=kind, pence=True, links=Links.SOURCES)


class _Record:
    def __init__(self, pin: Pin) -> None:
        self._pin = pin

    def __call__(self, canvas: Canvas) -> None:
        last = canvas.layout.placement(canvas.sheet.blocks[-1].table.name)
        row = last.top + last.height + 2
        for title, entries in self._pin.sections():
            canvas.text(row, 0, title, canvas.styles.caption())
            for word, text in entries:
                row += 1
                canvas.text(row, 0, word)
                canvas.text(row, 1, text, canvas.styles.small())
            row += 2
