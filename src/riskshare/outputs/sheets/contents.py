"""Contents: every sheet with what it is for and a link to it."""

from __future__ import annotations

from collections.abc import Iterable

from riskshare.outputs.workbook.canvas import Canvas, Sheet


def sheet(others: Iterable[Sheet]) -> Sheet:
    """The list of the other sheets."""
    return Sheet(
        "Contents",
        "Contents",
        "Follow a link; every sheet has a link back.",
        (),
        (_Links(tuple(others)),),
        widths={0: 26, 1: 110},
    )


class _Links:
    def __init__(self, others: tuple[Sheet, ...]) -> None:
        self._others = others

    def __call__(self, canvas: Canvas) -> None:
        for number, words in enumerate(("Sheet", "What it shows")):
            canvas.text(4, number, words, canvas.styles.header())
        for number, other in enumerate(self._others, start=5):
            canvas.worksheet.write_url(number, 0, f"internal:'{other.name}'!A1", canvas.styles.link(), other.name)
            canvas.wrapped(number, 1, other.purpose, 110)
