"""Built: a model that was computed, as everything that shows, keeps or questions it takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from riskshare.figures.pin.hashes import Pin
from riskshare.figures.pin.proof import Proof
from riskshare.figures.plan import Plan
from riskshare.inputs.reading import Reading


@dataclass(frozen=True, slots=True)
class Built:
    """A model that was computed: what was read, its plan, figures and pin, and how that differs from the pin it had."""

    reading: Reading
    plan: Plan
    figures: Mapping[str, pl.DataFrame]
    pin: Pin
    moved: tuple[str, ...]
    proof: Proof | None = None
