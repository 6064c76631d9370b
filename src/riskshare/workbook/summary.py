"""Summary: the figures and charts a board reads first."""

from __future__ import annotations

from riskshare.plan import Plan
from riskshare.workbook.canvas import Canvas
from riskshare.workbook.charts import Bars, Frame, bars, stacked_by_row, waterfall
from riskshare.workbook.layout import Block
from riskshare.workbook.sheet import Sheet
from riskshare.workbook.styles import PALETTE

CHART_COLUMN = 4
CHART_ROWS = 19
WIDE, NARROW, HEIGHT = 700, 640, 370


def sheet(plan: Plan) -> Sheet:
    """Headline figures and gains beside the charts; the figures behind the waterfalls below them."""
    blocks = [Block(plan.table("headline"), caption="Headline figures")]
    if plan.groups:
        blocks.append(Block(plan.table("gains"), totals=True, caption="Gain or loss by partner"))
    for number, group in enumerate(plan.groups):
        flow = plan.table(f"flow {group.pool.code}")
        space = _rows_of_charts(plan) if number == 0 else 0
        blocks.append(
            Block(
                flow,
                caption=flow.title,
                note="The figures behind the waterfall: all pools of the group together.",
                space=space,
            )
        )
    purpose = (
        f"{plan.model.title}, {plan.model.financial_year} ({plan.model.status}): what is pooled, "
        f"what is shared and who gains or loses."
    )
    return Sheet(
        "Summary",
        "Summary",
        purpose,
        tuple(blocks),
        (_Charts(plan),),
        widths={0: 44, 1: 18, 2: 18, 3: 14},
        tab="#12436D",
    )


def _rows_of_charts(plan: Plan) -> int:
    """The rows that charts take below the tables: waterfalls left and right, and what the right side needs more."""
    tables = 22 + len(plan.model.partners)
    left = CHART_ROWS * -(-len(plan.groups) // 2)
    right = 4 + CHART_ROWS * (len(plan.divisions) + 1 + len(plan.groups) // 2)
    return max(left, right - tables) + 1


class _Charts:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def __call__(self, canvas: Canvas) -> None:
        row = 4
        for division in self._plan.divisions:
            self._budgets(canvas, division.code, division.localities, row)
            row += CHART_ROWS
        if self._plan.groups:
            self._partners(canvas, row)
            self._waterfalls(canvas)

    def _waterfalls(self, canvas: Canvas) -> None:
        """The first stands below the tables on the left, the next below the charts on the right, and so on."""
        gains = canvas.layout.placement("gains")
        left, right = gains.top + gains.height + 1, 4 + CHART_ROWS * (len(self._plan.divisions) + 1)
        for number, group in enumerate(self._plan.groups):
            title = f"{group.pool.title}: how the variance leaves the pool"
            column, width, row = (CHART_COLUMN, WIDE, right) if number % 2 else (0, NARROW, left)
            row += CHART_ROWS * (number // 2)
            description = f"Waterfall chart, rule by rule. {title}."
            waterfall(canvas, f"flow {group.pool.code}", title, Frame(row, column, width, HEIGHT, description))

    def _budgets(self, canvas: Canvas, code: str, localities: tuple[str, ...], row: int) -> None:
        frame = canvas.frames[f"budget {code}"]
        sizes = frame["localities"].to_list()
        filled = [number for number, size in enumerate(sizes) if size]
        largest = sorted(sorted(filled, key=lambda number: -abs(sizes[number]))[: len(PALETTE)])
        title = (
            "Locality budgets by fund"
            if len(filled) <= len(PALETTE)
            else f"Locality budgets by fund: the {len(PALETTE)} largest funds"
        )
        if largest:
            description = f"Stacked column chart. {title}, in £ million."
            stacked_by_row(
                canvas,
                f"budget {code}",
                largest,
                localities,
                title,
                Frame(row, CHART_COLUMN, WIDE, HEIGHT, description),
            )

    def _partners(self, canvas: Canvas, row: int) -> None:
        title = "Gain or loss by partner after sharing"
        shown = Bars("gains", "partner_gaining", "gain", len(self._plan.model.partners))
        description = f"Column chart. {title}, in £ thousand."
        bars(canvas, shown, title, Frame(row, CHART_COLUMN, WIDE, HEIGHT, description))
