"""Answer: the explanation of one figure of a computed model, as text for people and as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterable

from riskshare.audit.explain.cells import Found, Unanswered
from riskshare.audit.explain.document import document
from riskshare.audit.explain.expanded import Expander
from riskshare.audit.explain.figure_index import FigureIndex
from riskshare.audit.explain.query import Query
from riskshare.audit.explain.terminal import fitting, written
from riskshare.audit.explain.tree import DEEPEST, grow
from riskshare.figures.computed import Built
from riskshare.problems.findings import Finding


class Explanation:
    """Why a figure is what it is."""

    def __init__(self, index: FigureIndex, query: str, found: Found) -> None:
        """The model, what was asked and what it means."""
        self._index, self._query, self._found = index, query, found
        self._expander = Expander(index)

    def text(self, depth: int | None, width: int) -> str:
        """The tree as text; without a depth as deep as a screen has room for."""
        if depth is None:
            tree, depth = fitting(self._expander, self._found.reference, width)
        else:
            tree = grow(self._expander, self._found.reference, depth)
        model = self._index.built.plan.model
        heading = f"{model.title}, {model.financial_year} ({model.status})"
        said = [heading, *([self._found.preface] if self._found.preface else []), ""]
        return "\n".join([*said, written(self._expander, tree, depth, width)])

    def json(self, depth: int | None) -> str:
        """The tree as JSON; without a depth all of it, within the limits of a tree."""
        tree = grow(self._expander, self._found.reference, DEEPEST if depth is None else depth)
        return document(self._index, self._query, tree)


def explain(built: Built, warnings: Iterable[Finding], query: str) -> Explanation | Unanswered:
    """The explanation of a figure, or why there is no such figure; `warnings` stand on the Checks sheet."""
    index = FigureIndex(built, warnings)
    found = Query(index).find(query)
    return found if isinstance(found, Unanswered) else Explanation(index, query, found)
