"""Cover: what this is, for which year and on what footing, and whether every check passes."""

from __future__ import annotations

from xlsxwriter.format import Format

from riskshare.figures.names import OVERRIDES, VERDICT
from riskshare.figures.overrides import LISTS
from riskshare.figures.plan import Plan
from riskshare.formula.language import Cell
from riskshare.formula.to_excel import ToExcel
from riskshare.outputs.workbook.canvas import Canvas, Sheet
from riskshare.outputs.workbook.links import links_of_figures

PLAN = "NOT GIVEN YET: this is a plan, in which it repeats the budget. No variance, gain or loss is known."
STATUS = {
    "illustrative": "ILLUSTRATIVE: figures marked 'illustrative' in their source are plausible, not published",
    "draft": "DRAFT: not agreed by the partners",
    "agreed": "AGREED by the partners",
}


def sheet(plan: Plan) -> Sheet:
    """The cover."""
    model = plan.model
    return Sheet(
        "Cover",
        model.title,
        f"Pooled budgets and gain and loss share, {model.financial_year}",
        (),
        (_Cover(plan),),
        widths={0: 30, 1: 90},
        tab="#12436D",
    )


class _Cover:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def __call__(self, canvas: Canvas) -> None:
        styles = canvas.styles
        row = 4
        for word, text in self._facts():
            canvas.text(row, 0, word, styles.caption())
            canvas.wrapped(row, 1, text, 90)
            row += 1
        for kind, table in LISTS.items():
            row += self._counted(canvas, row, kind, self._plan.has(table))
        self._verdict(canvas, row + 1)
        self._signposts(canvas, row + 3)

    def _facts(self) -> list[tuple[str, str]]:
        model = self._plan.model
        roles = {
            role: ", ".join(p.name for p in model.partners if p.role == role) for role in ("commissioner", "provider")
        }
        return [
            ("Status", STATUS[model.status]),
            ("Financial year", model.financial_year),
            ("Agreed on", model.agreed_on.strftime("%d %B %Y").lstrip("0") if model.agreed_on else "not agreed"),
            ("Commissioners", roles["commissioner"]),
            ("Providers", roles["provider"] or "none"),
            ("Lines", f"{self._plan.lines.height:,} budget lines in {len(model.funds)} funds"),
            *((("Outturn", PLAN),) if self._plan.is_plan else ()),
            ("Sources", self._sources()),
        ]

    def _sources(self) -> str:
        sources = self._plan.lines["source"].str.strip_chars().str.to_lowercase()
        wholly = int(sources.str.starts_with("illustrative").sum())
        partly = int(sources.str.contains("illustrative").sum()) - wholly
        rest = self._plan.lines.height - wholly - partly
        return (
            f"{wholly:,} lines are illustrative, {partly:,} have a published and an illustrative "
            f"figure, {rest:,} neither (Lines, last columns)"
        )

    def _verdict(self, canvas: Canvas, row: int) -> None:
        """The number of failing checks, in alarm where it is above 0 and where a figure that they need is an error."""
        canvas.text(row, 0, "Master check", canvas.styles.caption())
        self._fetch(canvas, row, Cell(VERDICT, "failing", "All checks"), canvas.styles.verdict())
        canvas.worksheet.conditional_format(
            row, 1, row, 1, {"type": "cell", "criteria": ">", "value": 0, "format": canvas.styles.alarm()}
        )
        canvas.worksheet.conditional_format(row, 1, row, 1, {"type": "errors", "format": canvas.styles.alarm()})

    def _counted(self, canvas: Canvas, row: int, kind: str, some: bool) -> int:
        """How many overrides of a kind are in force and, where there are some, what they move; the rows it took."""
        canvas.text(row, 0, kind, canvas.styles.caption())
        self._fetch(canvas, row, Cell(OVERRIDES, "count", kind), canvas.styles.counted())
        if some:
            self._fetch(canvas, row + 1, Cell(OVERRIDES, "moving", kind), canvas.styles.moved())
        return 1 + some

    def _fetch(self, canvas: Canvas, row: int, cell: Cell, style: Format) -> None:
        """A live figure of another sheet, and a link to it."""
        layout, number = canvas.layout, canvas.layout.row_of(cell.table, cell.key)
        formula = "=" + ToExcel(layout.seen_from_sheet("Cover")).lower(cell)
        value = float(canvas.frames[cell.table][cell.column][number])
        canvas.worksheet.write_formula(row, 1, formula, style, value)
        for link in links_of_figures((formula,), "Cover"):
            if link:
                canvas.worksheet.add_link(row, 1, link.location, link.tip)

    def _signposts(self, canvas: Canvas, row: int) -> None:
        canvas.text(row, 0, "Start here", canvas.styles.caption())
        signposts = (
            ("Summary", "what a board reads first"),
            ("Terms", "the assumptions you can change"),
            ("Settlement", "who pays whom"),
            ("Contents", "all sheets"),
        )
        for number, (name, text) in enumerate(signposts):
            canvas.worksheet.write_url(
                row + number, 1, f"internal:'{name}'!A1", canvas.styles.link(), f"{name}: {text}"
            )
