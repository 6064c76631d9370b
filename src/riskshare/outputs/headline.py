"""What a build says at its end: the headline figures, who gains and who pays whom, the checks and the proof."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from riskshare.figures.computed import ComputedModel
from riskshare.figures.names import HEADLINE, RECONCILIATION
from riskshare.figures.payments import pair_key
from riskshare.formula.display import aligned
from riskshare.outputs.payments import payments_made
from riskshare.outputs.terminal import ColumnKind, TextTable, drawn

PLAN = "A plan: no outturn is given yet, so no variance, gain or loss is known."
IF_SPENT = "Gain or (loss) if the budget is spent exactly"


def headline(built: ComputedModel, width: int) -> str:
    """The figures of a build in tables of a width."""
    model, figures = built.plan.model, built.figures
    gains = figures[RECONCILIATION].select("reconciled", "after").rows()
    tables = {
        "Figure": figures[HEADLINE].select("figure", "amount").rows(),
        IF_SPENT if built.plan.is_plan else "Gain or (loss) of all lines, in the end": gains,
    }
    if built.plan.is_plan and not any(amount for _, amount in gains):
        tables = {"Figure": tables["Figure"]}
    said = [f"{model.title}, {model.financial_year} ({model.status})", *([PLAN] if built.plan.is_plan else [])]
    said += [f"{_amounts(heading, rows, width)}\n" for heading, rows in tables.items()]
    said += [] if "Figure" in tables and len(tables) == 1 else [f"{_payments(built, width)}\n"]
    said += [_checks(*figures["verdict"].select("count", "failing").row(0))]
    return "\n".join([*said, f"Proof: {built.proof or 'none (--no-proof)'}"])


def _amounts(heading: str, rows: Iterable[tuple[str, Decimal]], width: int) -> str:
    amounts = tuple((name, aligned(amount)) for name, amount in rows)
    return drawn(TextTable((ColumnKind.SENTENCE, ColumnKind.FIGURE), amounts, (heading, "£ ")), width)


def _payments(built: ComputedModel, width: int) -> str:
    """Who pays whom and for which pools; under which clauses is said by payments.csv, the sheets and explain."""
    made = payments_made(built.plan.accounts, built.figures)
    rows = tuple((pair_key(entry.payer, entry.payee), aligned(entry.amount), entry.pools) for entry in made)
    columns = (ColumnKind.NAME, ColumnKind.FIGURE, ColumnKind.SENTENCE)
    return drawn(TextTable(columns, rows, ("Payment", "£ ", "For")), width)


def _checks(count: Decimal, failing: Decimal) -> str:
    return f"Checks: {int(count)}, {f'{int(failing)} FAIL: see the sheet Checks' if failing else 'all pass'}"
