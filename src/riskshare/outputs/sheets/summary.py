"""Summary: the figures and charts a board reads first."""

from __future__ import annotations

from riskshare.figures.names import GAINS, HEADLINE, PASSED_UP, WHO_PAYS, budget_table, flow_table
from riskshare.figures.payment_list import MOST_ON_SUMMARY
from riskshare.figures.payments import payable
from riskshare.figures.plan import Plan
from riskshare.outputs.sheets.settlement import hide_unused
from riskshare.outputs.workbook.canvas import Canvas, Sheet
from riskshare.outputs.workbook.charts import Bars, Frame, bars, stacked_by_row, waterfall
from riskshare.outputs.workbook.layout import FOLLOW, Block, Links
from riskshare.outputs.workbook.styles import PALETTE

IF_SPENT = "No outturn is given yet: this is what decisions and changes of targets move if the budget is spent exactly."
ALL_LINES = "Partners first, then reserves and other accounts: in total the variance of all lines."
CHART_COLUMN = 8
CHART_ROWS = 19
WIDE, NARROW, HEIGHT = 700, 780, 370


def sheet(plan: Plan) -> Sheet:
    """Headline figures and gains beside the charts; the figures behind the waterfalls below them."""
    blocks = [Block(plan.table(HEADLINE), caption="Headline figures", note=FOLLOW, links=Links.SOURCES)]
    if plan.groups:
        paid = "Under which clauses: Settlement. Rows that no payment takes are blank."
        blocks.append(Block(plan.table(WHO_PAYS), totals=True, caption="Who pays whom", note=paid, links=Links.SOURCES))
        note, caption = IF_SPENT if plan.is_plan else ALL_LINES, "Gain or loss by partner"
        blocks.append(Block(plan.table(GAINS), totals=True, caption=caption, note=note, links=Links.SOURCES))
    if plan.has(PASSED_UP):
        note = "Money that a pool's rules move to a pool that runs later."
        passed = plan.table(PASSED_UP)
        blocks.append(Block(passed, caption=passed.title, note=note, links=Links.SOURCES))
    for number, group in enumerate(plan.groups):
        flow = plan.table(flow_table(group.pool.code))
        space = _rows_of_charts(plan) if number == 0 else 0
        blocks.append(
            Block(
                flow,
                caption=flow.title,
                note="The figures behind the waterfall: all pools of the group together.",
                space=space,
                links=Links.SOURCES,
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
        (_Charts(plan), *((hide_unused(WHO_PAYS),) if plan.groups else ())),
        widths={0: 44, 1: 22, 2: 22, 3: 18, 4: 18, 5: 18, 6: 18},
        tab="#12436D",
    )


def _rows_of_charts(plan: Plan) -> int:
    """The rows of charts below the tables: the partners', waterfalls in two columns, what the right side needs more."""
    paid = len(payable(plan.accounts).names[:MOST_ON_SUMMARY]) + 6
    tables = 24 + len(plan.accounts.names) + paid + (_passed_rows(plan) if plan.has(PASSED_UP) else 0)
    left, right = tables + CHART_ROWS, CHART_ROWS * len(plan.divisions) + 4
    if plan.is_plan:
        return max(right - tables, 0)
    return CHART_ROWS + max(right - left, 0) + CHART_ROWS * -(-len(plan.groups) // 2) + 2


def _passed_rows(plan: Plan) -> int:
    return 5 + sum(len(group.passed_up) for group in plan.groups)


class _Charts:
    """Budgets on the right; gains and waterfalls on the left, once there is an outturn that they can show."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def __call__(self, canvas: Canvas) -> None:
        row = 4
        for division in self._plan.divisions:
            self._budgets(canvas, division.code, division.localities, row)
            row += CHART_ROWS
        if self._plan.groups and not self._plan.is_plan:
            above = canvas.layout.placement(PASSED_UP if self._plan.has(PASSED_UP) else GAINS)
            below = above.top + above.height + 1
            self._partners(canvas, below)
            self._waterfalls(canvas, max(below + CHART_ROWS, row))

    def _waterfalls(self, canvas: Canvas, top: int) -> None:
        """Below everything else, two side by side, in the order the pools run."""
        for number, group in enumerate(self._plan.groups):
            title = f"{group.pool.title}: how the variance leaves the pool"
            column, width = (CHART_COLUMN, WIDE) if number % 2 else (0, NARROW)
            row = top + CHART_ROWS * (number // 2)
            description = f"Waterfall chart, rule by rule. {title}."
            waterfall(canvas, flow_table(group.pool.code), title, Frame(row, column, width, HEIGHT, description))

    def _budgets(self, canvas: Canvas, code: str, localities: tuple[str, ...], row: int) -> None:
        sizes = canvas.frames[budget_table(code)]["localities"].to_list()
        filled = [number for number, size in enumerate(sizes) if size]
        largest = sorted(sorted(filled, key=lambda number: -abs(sizes[number]))[: len(PALETTE)])
        which = f" ({code})" if len(self._plan.divisions) > 1 else ""
        only = f": the {len(PALETTE)} largest funds" if len(filled) > len(PALETTE) else ""
        title = f"Locality budgets by fund{which}{only}"
        if largest:
            frame = Frame(row, CHART_COLUMN, WIDE, HEIGHT, f"Stacked column chart. {title}, in £ million.")
            stacked_by_row(canvas, budget_table(code), largest, localities, title, frame)

    def _partners(self, canvas: Canvas, row: int) -> None:
        title = "Gain or loss by partner, of all its lines"
        shown = Bars(GAINS, "gaining_account", "gaining", "losing", len(self._plan.model.partners))
        description = f"Column chart. {title}, in £ thousand."
        bars(canvas, shown, title, Frame(row, 0, NARROW, HEIGHT, description))
