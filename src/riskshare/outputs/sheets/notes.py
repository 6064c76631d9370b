"""Notes: how to read the workbook, the words it uses, and what the model file says of itself."""

from __future__ import annotations

from riskshare.figures.plan import Plan
from riskshare.outputs.workbook.canvas import Canvas, Sheet

READING = (
    (
        "Colours",
        "Blue on pale yellow: an input you may change. Black: a formula. Green: a figure fetched "
        "from another place. Wine, italic: a decision of the board.",
    ),
    (
        "Links",
        "A figure on Summary, Settlement and Provenance leads to where it is calculated, an underlined clause on a "
        "Share sheet to its terms. Terms name their line of model.toml, budget lines their file, sheet and cell. To "
        "select a linked figure without following it, hold the mouse button down.",
    ),
    (
        "Sign",
        "Favourable (underspend, gain) is positive; adverse (overspend, loss) is negative and "
        "stands in brackets. One convention everywhere.",
    ),
    (
        "Rounding",
        "Every amount of money is rounded once, to the penny, half away from zero. Shares are cut"
        " by running totals, so that parts always add to the whole.",
    ),
    (
        "Order",
        "Rules apply in the order written in the contract: the order changes the answer, so it is"
        " shown and never implied.",
    ),
    (
        "Pots",
        "Rules move money between pots. Nothing is created or lost: in the end all pots add to "
        "what was to be shared (Checks).",
    ),
    (
        "Unshared",
        "Each holder keeps of its own variance, less what the ring-fence took, the part that the rules leave unshared. "
        "What is unshared beyond that, such as money passed up, goes by the budgets held.",
    ),
    (
        "Zero variance",
        "A pool whose variance is exactly 0.00 is shared like a gain of nothing: what its holders gained and lost "
        "still moves as the rules share it.",
    ),
    (
        "Patient data",
        "This workbook holds budgets, not patients: the tool refuses lines with anything that "
        "looks like an NHS number.",
    ),
)
WORDS = (
    (
        "arrangement",
        "pooled (in the section 75 pooled fund), aligned (managed together, not in the legal "
        "pool), in view (shown only)",
    ),
    ("basis", "The weight that apportions a line to localities, such as registered or weighted patients"),
    ("holder", "The partner whose budget a line is, and who bears its variance before any sharing"),
    (
        "target, outturn, variance",
        "What a pool is expected to spend; what it spent or is forecast to spend; the first less the second",
    ),
    ("position", "The variance a partner bears as holder"),
    ("entitlement", "What a partner's pots hold after the last rule"),
    ("transfer", "Entitlement less position: what the account is due, or in brackets owes"),
    ("appropriation", "What a partner sets aside in its own reserve, or draws from it; nobody pays it"),
)


def sheet(plan: Plan) -> Sheet:
    """Notes for the reader."""
    return Sheet("Notes", "Notes", "How to read this workbook.", (), (_Notes(plan),), widths={0: 26, 1: 110})


class _Notes:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def __call__(self, canvas: Canvas) -> None:
        row = _listing(canvas, 4, "Reading the figures", READING)
        row = _listing(canvas, row + 1, "Words", WORDS)
        rules = tuple(
            (f"{pool.title}: {rule.rule}", f"{rule.clause}: {rule.note}")
            for pool in self._plan.model.pools
            for rule in pool.rules
            if rule.note
        )
        if rules:
            _listing(canvas, row + 1, "Notes on the rules", rules)


def _listing(canvas: Canvas, row: int, title: str, entries: tuple[tuple[str, str], ...]) -> int:
    canvas.text(row, 0, title, canvas.styles.caption())
    for number, (word, text) in enumerate(entries, start=1):
        canvas.text(row + number, 0, word, canvas.styles.plain())
        canvas.wrapped(row + number, 1, text, 110)
    return row + len(entries) + 1
