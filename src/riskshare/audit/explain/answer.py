"""Answer: the explanation of one figure of a computed model, as text for people and as JSON for machines.

In the JSON amounts are exact decimals in texts, and the keys do not change.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from itertools import chain

from riskshare.audit.explain.cells import FoundFigure, Unanswered
from riskshare.audit.explain.expanded import Expander
from riskshare.audit.explain.figure_index import FigureIndex
from riskshare.audit.explain.query import Query
from riskshare.audit.explain.references import Expanded, Line, Named, Reference
from riskshare.audit.explain.terminal import fitting, written
from riskshare.audit.explain.tree import DEEPEST, State, Tree, grow
from riskshare.figures.computed import ComputedModel
from riskshare.formula.to_decimal import Figure
from riskshare.outputs.terminal import wrapped
from riskshare.problems.findings import Finding

SCHEMA = 1


class Explanation:
    """Why a figure is what it is."""

    def __init__(self, index: FigureIndex, query: str, answer: FoundFigure) -> None:
        """The model, what was asked and what it means."""
        self._index, self._query, self._found = index, query, answer
        self._expander = Expander(index)

    def text(self, depth: int | None, width: int) -> str:
        """The tree as text; without a depth as deep as a screen has room for."""
        if depth is None:
            tree, depth = fitting(self._expander, self._found.reference, width)
        else:
            tree = grow(self._expander, self._found.reference, depth)
        model = self._index.built.plan.model
        heading = f"{model.title}, {model.financial_year} ({model.status})"
        preface = (wrapped(text, width, rest="  ") for text in self._found.preface.splitlines())
        said = [heading, *chain.from_iterable(preface), ""]
        return "\n".join([*said, written(self._expander, tree, depth, width)])

    def json(self, depth: int | None) -> str:
        """The tree as JSON; without a depth all of it, within the limits of a tree."""
        tree = grow(self._expander, self._found.reference, DEEPEST if depth is None else depth)
        return _document(self._index, self._query, tree)


def explain(built: ComputedModel, warnings: Iterable[Finding], query: str) -> Explanation | Unanswered:
    """The explanation of a figure, or why there is no such figure; `warnings` stand on the Checks sheet."""
    index = FigureIndex(built, warnings)
    answer = Query(index).find(query)
    return answer if isinstance(answer, Unanswered) else Explanation(index, query, answer)


def _document(index: FigureIndex, query: str, tree: Tree) -> str:
    """The tree with what was asked, of which model, as JSON."""
    return json.dumps(
        {
            "schema": SCHEMA,
            "model": index.built.plan.model.name,
            "digest": index.built.pin.digest,
            "asked": query,
            "closed": tree.closed,
            "figure": _node(index, tree),
        },
        indent=1,
        ensure_ascii=False,
    )


def _node(index: FigureIndex, tree: Tree) -> dict[str, object]:
    figure = tree.figure
    return {
        "id": _identity(figure.reference),
        **_named(figure.named),
        "amount": format(figure.amount.normalize(), "f"),
        "unit": figure.unit.name,
        "shown": figure.shown,
        **_formula(index, figure),
        "through": [_named(entry) for entry in figure.through],
        "unchanged_by": list(figure.unchanged),
        "source": asdict(figure.source) if figure.source else None,
        "note": figure.note,
        "state": tree.state.value,
        "branches": [_node(index, branch) for branch in tree.branches] if tree.state is State.OPENED else [],
    }


def _named(named: Named) -> dict[str, str]:
    return {
        "label": named.label,
        "row": named.row,
        "sheet": named.sheet,
        "cell": named.cell,
        "clause": named.clause,
        "rule": named.rule,
    }


def _formula(index: FigureIndex, figure: Expanded) -> dict[str, object]:
    formula = figure.formula
    others = formula.others if formula else None
    return {
        "because": list(formula.because) if formula else [],
        "words": formula.words if formula else "",
        "formula": formula.amounts if formula else "",
        "others": {"count": others.count, "amount": format(others.amount.normalize(), "f")} if others else None,
        "zero": [index.named(reference).label for reference in formula.zeros] if formula else [],
    }


def _identity(reference: Reference) -> str:
    """The same figure has the same identity wherever it stands in a tree."""
    if isinstance(reference, Line):
        return f"lines/{reference.number}"
    if isinstance(reference, Figure):
        return f"{reference.table}/{reference.column}/{reference.number}"
    where = ",".join(f"{column}={text}" for column, text in reference.where)
    rows = f"upto={reference.upto}" if reference.upto is not None else where or "all"
    return f"{reference.table}/{reference.column}/{rows}"
