"""Answer: the explanation of one figure of a computed model, as text for people and as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterable

from riskshare.audit.explain.cells import Found, Unanswered
from riskshare.audit.explain.document import document
from riskshare.audit.explain.expanded import Opener
from riskshare.audit.explain.figure_index import Atlas
from riskshare.audit.explain.query import Asked
from riskshare.audit.explain.terminal import fitting, written
from riskshare.audit.explain.tree import DEEPEST, grow
from riskshare.figures.computed import Built
from riskshare.problems.findings import Finding


class Explanation:
    """Why a figure is what it is."""

    def __init__(self, atlas: Atlas, asked: str, found: Found) -> None:
        """The model, what was asked and what it means."""
        self._atlas, self._asked, self._found = atlas, asked, found
        self._opener = Opener(atlas)

    def text(self, depth: int | None, width: int) -> str:
        """The tree as text; without a depth as deep as a screen has room for."""
        if depth is None:
            tree, depth = fitting(self._opener, self._found.spot, width)
        else:
            tree = grow(self._opener, self._found.spot, depth)
        model = self._atlas.built.plan.model
        heading = f"{model.title}, {model.financial_year} ({model.status})"
        said = [heading, *([self._found.preface] if self._found.preface else []), ""]
        return "\n".join([*said, written(self._opener, tree, depth, width)])

    def json(self, depth: int | None) -> str:
        """The tree as JSON; without a depth all of it, within the limits of a tree."""
        tree = grow(self._opener, self._found.spot, DEEPEST if depth is None else depth)
        return document(self._atlas, self._asked, tree)


def explain(built: Built, warnings: Iterable[Finding], asked: str) -> Explanation | Unanswered:
    """The explanation of a figure, or why there is no such figure; `warnings` stand on the Checks sheet."""
    atlas = Atlas(built, warnings)
    found = Asked(atlas).find(asked)
    return found if isinstance(found, Unanswered) else Explanation(atlas, asked, found)
