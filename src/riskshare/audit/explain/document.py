"""The tree of a figure as JSON, for machines: amounts as exact decimals in texts, keys that do not change."""

from __future__ import annotations

import json
from dataclasses import asdict

from riskshare.audit.explain.figure_index import FigureIndex
from riskshare.audit.explain.references import Expanded, Line, Named, Reference
from riskshare.audit.explain.tree import State, Tree
from riskshare.formula.display import amount
from riskshare.formula.to_decimal import Figure

SCHEMA = 1


def document(index: FigureIndex, query: str, tree: Tree) -> str:
    """The tree with what was asked, of which model."""
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
        "shown": amount(figure.amount, figure.unit),
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
