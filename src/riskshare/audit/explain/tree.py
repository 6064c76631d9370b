"""Tree: a figure and what it is made of, level by level, bounded; what was opened above is referred to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from riskshare.audit.explain.expanded import Expander
from riskshare.audit.explain.references import Branch, Expanded, Reference

MOST_FIGURES = 2_000
DEEPEST = 60


class State(StrEnum):
    """How much of a figure a tree shows."""

    OPENED = "opened"
    ONE_LINE = "one line"
    ABOVE = "shown above"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Tree:
    """A figure at its place in the tree; `by_row` where it is one of the rows that its parent adds up."""

    figure: Expanded
    state: State
    by_row: bool
    branches: tuple[Tree, ...] = ()

    def every(self) -> Iterator[Tree]:
        """The tree and all below it."""
        yield self
        for branch in self.branches:
            yield from branch.every()

    @property
    def closed(self) -> int:
        """How many figures could be opened further down."""
        return sum(entry.state is State.CLOSED for entry in self.every())


def grow(expander: Expander, reference: Reference, depth: int, most: int = MOST_FIGURES) -> Tree:
    """The tree of a figure to a depth: 0 is the figure alone, 1 what it is made of. No more figures than `most`."""
    return _Growth(expander, most).tree(reference, min(depth, DEEPEST))


class _Growth:
    def __init__(self, expander: Expander, most: int) -> None:
        self._expander, self._left = expander, most
        self._above: set[Reference] = set()

    def tree(self, reference: Reference, depth: int) -> Tree:
        figure = self._expander.expanded(reference)
        return self._with_branches(figure, depth, by_row=False)

    def _branch(self, entry: Branch, above: Expanded, depth: int) -> Tree:
        """What is zero is not worth opening, unless that is what is to be explained."""
        figure, by_row = self._expander.expanded(entry.reference), entry.by_row
        if figure.reference in self._above:
            return Tree(figure, State.ABOVE, by_row)
        if figure.formula is None:
            self._above.add(figure.reference)
        elif not entry.decides or (above.amount and not figure.amount):
            return Tree(figure, State.ONE_LINE, by_row)
        return self._with_branches(figure, depth, by_row)

    def _with_branches(self, figure: Expanded, depth: int, by_row: bool) -> Tree:
        below = figure.formula.branches if figure.formula else ()
        if below and (depth <= 0 or self._left < len(below)):
            return Tree(figure, State.CLOSED, by_row)
        self._above.add(figure.reference)
        self._left -= len(below)
        grown = (self._branch(entry, figure, depth - 1) for entry in below)
        return Tree(figure, State.OPENED, by_row, tuple(grown))
