"""Share: a sheet per pool group; rows are steps with label, unit and clause, columns are pools."""

from __future__ import annotations

from collections.abc import Iterator

from riskshare.figures.names import pools_table
from riskshare.figures.plan import Plan
from riskshare.outputs.workbook.canvas import Sheet
from riskshare.outputs.workbook.layout import Block, Links

MOST_COLUMNS = 200


def sheets(plan: Plan) -> Iterator[Sheet]:
    """One sheet per pool group, in the order they run."""
    for group in plan.stages:
        purpose = (
            "Top to bottom: the pool's lines, the ring-fence, every rule in the order of the "
            "contract, and who holds what in the end. "
            "Gains are positive, losses in brackets. An underlined clause leads to its terms."
        )
        block = Block(group.table, across=len(group.pools) <= MOST_COLUMNS, totals=True, links=Links.TERMS)
        yield Sheet(
            sheet_name(group.pool.code), f"{group.pool.title}: gain and loss share", purpose, (block,), freeze=True
        )


def pool_sheets(plan: Plan) -> Iterator[Sheet]:
    """A sheet for each table of pools that are given directly."""
    for group in plan.stages:
        name = pools_table(group.pool.code)
        if plan.has(name):
            block = Block(plan.table(name), totals=True)
            purpose = "One row per pool: its target, outturn, holder and terms, as its table gives them."
            yield Sheet(name.capitalize()[:31], plan.table(name).title, purpose, (block,), freeze=True, tab="#F46A25")


def sheet_name(code: str) -> str:
    """The name of a pool group's sheet, within Excel's 31 characters."""
    return f"Share {code}"[:31]
