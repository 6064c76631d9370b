"""The tree of a figure as text: a label with its amount, below it the formula or the source, and the cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from riskshare.audit.explain.expanded import Expander
from riskshare.audit.explain.references import Expanded, Named, Reference, Source
from riskshare.audit.explain.tree import State, Tree, grow
from riskshare.formula.display import amount
from riskshare.outputs.terminal import ColumnKind, TextTable, drawn, wrapped

SCREEN = 36
NARROWEST, WIDEST = 80, 110
NARROWEST_TEXT = 30
FEW = 4
PARTS = (
    "Parts of a total are cut by running totals: ROUND(total × weights up to the part ÷ all weights) less the same for "
    "the part before, so that they add to the total, to the penny."
)
DEFAULT_DEPTHS = (1, 2, 3, 4, 5, 6, 7, 8)


def fitting(expander: Expander, reference: Reference, width: int) -> tuple[Tree, int]:
    """The deepest tree that a screen has room for, and its depth."""
    best, depth = grow(expander, reference, DEFAULT_DEPTHS[0]), DEFAULT_DEPTHS[0]
    for deeper in DEFAULT_DEPTHS[1:]:
        tree = grow(expander, reference, deeper)
        if not best.closed or len(written(expander, tree, deeper, width).splitlines()) > SCREEN:
            break
        best, depth = tree, deeper
    return best, depth


def written(expander: Expander, tree: Tree, depth: int, width: int) -> str:
    """The tree on lines of a width; what is closed is counted at the end."""
    fit = min(max(width, NARROWEST), WIDEST)
    lines = [_drawn(tuple(_Branches(expander).lines(tree, "", "", None)), fit)]
    if tree.closed:
        count = f"{tree.closed} figure{'s are' if tree.closed > 1 else ' is'} not opened (…)"
        lines += ["", f"{count}: --depth {depth + 1} goes further."]
    if any(entry.state is not State.ONE_LINE and _is_part(entry.figure) for entry in tree.every()):
        lines += ["", *wrapped(PARTS, fit)]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Line:
    """A text, what stands before its first line and before the others, and at its right an amount or a cell."""

    first: str
    text: str
    rest: str
    right: str = ""


def _drawn(lines: tuple[_Line, ...], width: int) -> str:
    """The lines in two columns; the right one is beside the last line of each text."""
    room = width - max(len(line.right) for line in lines) - 2
    rows: list[tuple[str, str]] = []
    for line in lines:
        texts = wrapped(line.text, max(room, len(line.rest) + NARROWEST_TEXT), line.first, line.rest)
        *above, last = texts or [line.first]
        rows += [*((text, "") for text in above), (last, line.right)]
    return drawn(TextTable((ColumnKind.NAME, ColumnKind.FIGURE), tuple(rows)), width, indent=0)


class _Branches:
    def __init__(self, expander: Expander) -> None:
        self._expander = expander

    def lines(self, tree: Tree, first: str, rest: str, above: Expanded | None) -> Iterator[_Line]:
        """A figure and all below it; `first` stands before its first line, `rest` before the others."""
        figure = tree.figure
        label = self._label(tree, above)
        if tree.state is State.ONE_LINE:
            yield _Line(first, f"{label}  {_cell(figure.named)}", rest, figure.shown)
            return
        yield _Line(first, f"{label} …" if tree.state is State.CLOSED else label, rest, figure.shown)
        branches = [branch for branch in tree.branches if branch.state is not State.ABOVE]
        tail = list(self._tail(tree))
        yield from self._details(figure, rest + ("│    " if branches or tail else "     "), above)
        for number, branch in enumerate(branches, start=1):
            last = number == len(branches) and not tail
            yield from self.lines(branch, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "), figure)
        for number, text in enumerate(tail, start=1):
            yield _Line(rest + ("└─ " if number == len(tail) else "├─ "), text, rest + "   ")

    @staticmethod
    def _label(tree: Tree, above: Expanded | None) -> str:
        named = tree.figure.named
        if tree.by_row:
            return named.row
        known = above is not None and above.named.row == named.row
        return named.label if known or not named.row else f"{named.label}, {named.row}"

    @staticmethod
    def _details(figure: Expanded, inner: str, above: Expanded | None) -> Iterator[_Line]:
        """The formula or the source, with the cell."""
        cell = _cell(figure.named)
        texts = list(_explained(figure, above))
        if texts or cell:
            yield _Line(inner, texts[0] if texts else "", inner, cell)
        yield from (_Line(inner, text, inner) for text in texts[1:])

    def _tail(self, tree: Tree) -> Iterator[str]:
        """What is not shown one by one: the smaller contributions, what is shown above, and what is zero."""
        formula = tree.figure.formula
        if tree.state is not State.OPENED or formula is None:
            return
        if formula.others:
            yield f"{formula.others.count:,} others adding to {amount(formula.others.amount, tree.figure.unit)}"
        above = [branch for branch in tree.branches if branch.state is State.ABOVE]
        if above:
            yield f"shown above: {', '.join(f'{self._label(one, tree.figure)} {one.figure.shown}' for one in above)}"
        if formula.zeros:
            labels = list(dict.fromkeys(self._expander.index.named(reference).label for reference in formula.zeros))
            yield f"zero: {', '.join(labels[:FEW])}{f' and {len(labels) - FEW} more' if len(labels) > FEW else ''}"


def _explained(figure: Expanded, above: Expanded | None) -> Iterator[str]:
    """What stands below a figure: its formula or its source, then what it equals and the clause."""
    clause = _clause(figure)
    told = [f"from {_target(figure)}"] if figure.through else []
    told += [clause] if clause and (above is None or clause != _clause(above)) else []
    if figure.source is not None:
        yield "; ".join(
            [*told[:1], origin(figure.source), *told[1:]] if figure.through else [origin(figure.source), *told]
        )
    else:
        formula = figure.formula
        yield from (
            [*formula.because, f"= {formula.amounts}"] if formula and formula.amounts and formula.branches else []
        )
        yield from ["; ".join(told)] if told else []
    yield from [figure.note] if figure.note else []
    yield from [f"left unchanged by {', '.join(figure.unchanged)}"] if figure.unchanged else []


def _target(figure: Expanded) -> str:
    """The figure that another equals: its cell, and its name and row where they are others."""
    last = figure.through[-1]
    row = last.row if last.row != figure.named.row else ""
    name = last.label if last.label != figure.named.label or not last.cell else ""
    if last.cell and last.sheet == "Terms":
        return _cell(last)
    words = ", ".join(text for text in (name, row) if text)
    return f"{words} ({_cell(last)})" if words and last.cell else words or _cell(last)


def _is_part(figure: Expanded) -> bool:
    return figure.formula is not None and " - ROUND(" in figure.formula.amounts


def origin(source: Source) -> str:
    """Where a figure comes from, as a reader looks it up: `inputs/bcf.csv, row 3, column Outturn (£)`."""
    if source.sheet:
        place = f"{source.file}, sheet {source.sheet}, {source.column}{source.row or ''}"
    else:
        row = f"{'line' if source.file.endswith('.toml') else 'row'} {source.row}" if source.row else ""
        column = f"column {source.column}" if source.column else ""
        place = ", ".join(part for part in (source.file, row, column) if part)
    return f"{place} ({source.note})" if place and source.note else place or source.note


def _cell(named: Named) -> str:
    return f"{named.sheet}!{named.cell}" if named.cell else ""


def _clause(figure: Expanded) -> str:
    return figure.through[-1].clause if figure.through else figure.named.clause
