"""Built: a model that was computed, as everything that shows, keeps or questions it takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from riskshare.inputs.reading import Reading
from riskshare.pin import Pin
from riskshare.plan import Plan
from riskshare.recalculate.proof import Proof


@dataclass(frozen=True, slots=True)
class Built:
    """A model that was computed: what was read, its plan, figures and pin, and how that differs from the pin it had."""

    reading: Reading
    plan: Plan
    figures: Mapping[str, pl.DataFrame]
    pin: Pin
    moved: tuple[str, ...]
    proof: Proof | None = None
