"""The kinds of rules: one file each in this folder; a new file with a subclass of Kind is part of the language."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from inspect import isabstract

from riskshare.contract.rules.kind import Kind


@cache
def kinds() -> dict[str, type[Kind]]:
    """Every kind of rule by the word that `rule` is written with, in alphabetical order."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    found = {str(kind.model_fields["rule"].annotation.__args__[0]): kind for kind in _concrete(Kind)}  # type: ignore[union-attr,type-abstract]
    return dict(sorted(found.items()))


def _concrete(kind: type[Kind]) -> set[type[Kind]]:
    below = {leaf for child in kind.__subclasses__() for leaf in _concrete(child)}
    return below if isabstract(kind) else below | {kind}
