"""Terms: the contract's numbers, its reserves, partners, decisions and outcome measures: the cells to change."""

from __future__ import annotations

from riskshare.figures.names import DECISIONS, PARTNERS, RESERVES, TERMS
from riskshare.figures.plan import Plan
from riskshare.outputs.workbook.canvas import Sheet
from riskshare.outputs.workbook.layout import TERMS_SHEET, Block


def sheet(plan: Plan) -> Sheet:
    """The inputs of the contract."""
    cases = [entry for group in plan.stages for entry in group.cases]
    tables = [
        (
            TERMS,
            "Terms of the contract",
            "Change a blue figure and every sheet follows. Percentages are shares of what the meaning names.",
        ),
        (
            DECISIONS,
            "Decisions of the board",
            "Recorded decisions override the rules: shown in their own colour, counted on the cover.",
        ),
        (RESERVES, "Reserves", "Opening balances of this year."),
        (PARTNERS, "Partners", "Contract income is used by caps and keys that name it."),
        *((entry.name, f"Cases: {entry.file}", "What of each case a stop-loss rule takes out.") for entry in cases),
        *(
            (name, f"Outcome measures: {file}", "Score 0 at the baseline, 1 at the target.")
            for file, name in plan.measures.items()
        ),
        *((name, f"Weights of a key: {file}", "Partners take in proportion.") for file, name in plan.keys.items()),
    ]
    blocks = tuple(
        Block(plan.table(name), caption=caption, note=note) for name, caption, note in tables if plan.has(name)
    )
    return Sheet(
        TERMS_SHEET,
        "Terms",
        "The contract as numbers: every share, threshold, limit and balance the rules use.",
        blocks,
        tab="#F46A25",
    )
