"""ComputedModel: a model with its figures, as everything takes it that shows, keeps or questions them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from riskshare.figures.pin.hashes import Pin
from riskshare.figures.pin.proof import Proof
from riskshare.figures.plan import Plan
from riskshare.inputs.reading import Reading


@dataclass(frozen=True, slots=True)
class ComputedModel:
    """A model that was computed, without a finding that is an error."""

    reading: Reading
    """The user's files as they were read."""
    plan: Plan
    """What every figure is."""
    figures: Mapping[str, pl.DataFrame]
    """The figures of every table by its name: pounds and other amounts as Decimal(38, 16), rounded by their units."""
    pin: Pin
    moved: tuple[str, ...]
    """How it differs from the pin that the model had, in words."""
    proof: Proof | None = None
    """What another engine made of its workbook; none before it is proved."""
