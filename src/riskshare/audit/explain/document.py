"""The tree of a figure as JSON, for machines: amounts as exact decimals in texts, keys that do not change."""

from __future__ import annotations

import json
from dataclasses import asdict

from riskshare.audit.explain.figure_index import Atlas
from riskshare.audit.explain.references import Figure, Line, Named, Opened, Spot
from riskshare.audit.explain.tree import State, Tree
from riskshare.formula.display import amount

SCHEMA = 1


def document(atlas: Atlas, asked: str, tree: Tree) -> str:
    """The tree with what was asked, of which model."""
    return json.dumps(
        {
            "schema": SCHEMA,
            "model": atlas.built.plan.model.name,
            "digest": atlas.built.pin.digest,
            "asked": asked,
            "closed": tree.closed,
            "figure": _node(atlas, tree),
        },
        indent=1,
        ensure_ascii=False,
    )


def _node(atlas: Atlas, tree: Tree) -> dict[str, object]:
    figure = tree.figure
    return {
        "id": _identity(figure.spot),
        **_named(figure.named),
        "amount": format(figure.amount.normalize(), "f"),
        "unit": figure.unit.name,
        "shown": amount(figure.amount, figure.unit),
        **_formula(atlas, figure),
        "through": [_named(entry) for entry in figure.through],
        "unchanged_by": list(figure.unchanged),
        "source": asdict(figure.source) if figure.source else None,
        "note": figure.note,
        "state": tree.state.value,
        "branches": [_node(atlas, branch) for branch in tree.branches] if tree.state is State.OPENED else [],
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


def _formula(atlas: Atlas, figure: Opened) -> dict[str, object]:
    formula = figure.formula
    others = formula.others if formula else None
    return {
        "words": formula.words if formula else "",
        "formula": formula.amounts if formula else "",
        "others": {"count": others.count, "amount": format(others.amount.normalize(), "f")} if others else None,
        "zero": [atlas.named(spot).label for spot in formula.zeros] if formula else [],
    }


def _identity(spot: Spot) -> str:
    """The same figure has the same identity wherever it stands in a tree."""
    if isinstance(spot, Line):
        return f"lines/{spot.number}"
    if isinstance(spot, Figure):
        return f"{spot.table}/{spot.column}/{spot.number}"
    where = ",".join(f"{column}={text}" for column, text in spot.where)
    return f"{spot.table}/{spot.column}/{f'upto={spot.upto}' if spot.upto is not None else where or 'all'}"
