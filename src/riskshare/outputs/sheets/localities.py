"""Localities: the weights that apportion lines, and their running totals."""

from __future__ import annotations

from riskshare.figures.names import people_table
from riskshare.figures.plan import Plan
from riskshare.outputs.workbook.canvas import Sheet
from riskshare.outputs.workbook.layout import Block


def sheet(plan: Plan) -> Sheet:
    """The weights of every geography."""
    blocks: list[Block] = []
    for division in plan.divisions:
        weights, running = plan.table(division.weights_table), plan.table(division.running_table)
        note = "A line follows its basis, or goes directly to the locality it names."
        blocks.append(Block(weights, caption=weights.title, note=note))
        note = "Part of a line = round(line x running total here / total) - the same for the locality before."
        blocks.append(Block(running, caption=running.title, note=note))
        if plan.has(people_table(division.code)):
            people = plan.table(people_table(division.code))
            blocks.append(Block(people, totals=True, caption=people.title, note="A crosswalk between two divisions."))
    purpose = "How much each locality weighs on each basis; shares add to the penny by running totals."
    return Sheet(
        "Localities",
        "Localities and weights",
        purpose,
        tuple(blocks),
        widths={0: 22, 1: 46} | dict.fromkeys(range(2, 60), 18.0),
        tab="#F46A25",
    )
