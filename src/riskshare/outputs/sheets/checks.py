"""Checks: every live check with the figures compared, the amounts they use, and the warnings on the files."""

from __future__ import annotations

from collections.abc import Iterable

from riskshare.figures.names import CHECKS, REQUIREMENTS, VERDICT
from riskshare.figures.plan import Plan
from riskshare.outputs.workbook.canvas import Canvas, Sheet
from riskshare.outputs.workbook.layout import Block
from riskshare.problems.findings import Finding, Severity

WIDTH = 100


def sheet(plan: Plan, warnings: Iterable[Finding]) -> Sheet:
    """The checks and what they compare."""
    blocks = [
        Block(plan.table(VERDICT), caption="Verdict"),
        Block(plan.table(CHECKS), caption="Checks", note="Each compares two live figures of this workbook."),
    ]
    if plan.has(REQUIREMENTS):
        note = "From the signed plan and the funds' conditions; the checks above hold the lines to them."
        blocks.append(Block(plan.table(REQUIREMENTS), caption="Control totals and minimum spend", note=note))
    purpose = "What must hold for the figures to be trusted; the cover counts what does not."
    return Sheet(
        "Checks",
        "Checks",
        purpose,
        tuple(blocks),
        (_Warnings(tuple(warnings)), _alarm),
        widths={0: WIDTH, 1: 34},
        tab="#801650",
    )


class _Warnings:
    def __init__(self, warnings: tuple[Finding, ...]) -> None:
        self._warnings = warnings

    def __call__(self, canvas: Canvas) -> None:
        last = canvas.layout.placement(canvas.sheet.blocks[-1].table.name)
        row = last.top + last.height + 2
        open_doubts = [item for item in self._warnings if item.severity is not Severity.ACCEPTED]
        row = _listed(canvas, row, "Warnings on the files of the model", open_doubts)
        if accepted := [item for item in self._warnings if item.severity is Severity.ACCEPTED]:
            _listed(canvas, row, "Doubts that the model file accepts, with the reason", accepted)


def _listed(canvas: Canvas, row: int, caption: str, findings: list[Finding]) -> int:
    """Writes findings below a caption; the row after them."""
    canvas.text(row, 0, caption, canvas.styles.caption())
    texts = [str(item) for item in findings] or ["None."]
    for number, text in enumerate(texts, start=1):
        canvas.wrapped(row + number, 0, text, WIDTH)
    return row + len(texts) + 2


def _alarm(canvas: Canvas) -> None:
    """A failing check is marked by colour and by the word FAILS, one that is an error by colour."""
    placed = canvas.layout.placement(CHECKS)
    column = canvas.layout.line(CHECKS, "holds")
    area = (placed.top + 1, column, placed.top + placed.count, column)
    canvas.worksheet.conditional_format(
        *area, {"type": "cell", "criteria": "==", "value": 0, "format": canvas.styles.alarm()}
    )
    canvas.worksheet.conditional_format(*area, {"type": "errors", "format": canvas.styles.alarm()})
