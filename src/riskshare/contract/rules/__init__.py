"""The kinds of rules: one file each in this folder; a new file with a subclass of Kind is part of the language."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from inspect import isabstract
from typing import get_args

from riskshare.contract.rules.kind import Kind


@cache
def kinds() -> dict[str, type[Kind]]:
    """Every kind of rule by the word that `rule` is written with, in alphabetical order."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    ours = {kind for kind in _concrete(Kind) if kind.__module__.startswith(__name__)}  # type: ignore[type-abstract]
    return dict(sorted((_word(kind), kind) for kind in ours))


def _word(kind: type[Kind]) -> str:
    return str(get_args(kind.model_fields["rule"].annotation)[0])


def _concrete(kind: type[Kind]) -> set[type[Kind]]:
    below = {leaf for child in kind.__subclasses__() for leaf in _concrete(child)}
    return below if isabstract(kind) else below | {kind}
