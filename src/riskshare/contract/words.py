"""The words of a model file that have a fixed list: roles, arrangements, levels, risk and sides."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from riskshare.contract.terms import BY_FORM, EXCEPT, ONLY, Except


class Role(StrEnum):
    """What a partner is in the alliance."""

    COMMISSIONER = "commissioner"
    PROVIDER = "provider"


class Arrangement(StrEnum):
    """How a fund stands to the section 75 pooled fund."""

    POOLED = "pooled"
    ALIGNED = "aligned"
    IN_VIEW = "in_view"


class Level(StrEnum):
    """Where a line is commissioned, from the smallest place up."""

    NEIGHBOURHOOD = "neighbourhood"
    LOCALITY = "locality"
    PLACE = "place"
    PARTNERSHIP = "partnership"
    SYSTEM = "system"


class Risk(StrEnum):
    """Whether a line's variance is shared, or kept by its holder."""

    SHARED = "shared"
    FIXED = "fixed"


class Side(StrEnum):
    """Which variances a rule works on."""

    GAIN = "gain"
    LOSS = "loss"
    BOTH = "both"


Levels = Annotated[Annotated[tuple[Level, ...], *ONLY] | Annotated[Except[Level], EXCEPT], BY_FORM]


Arrangements = Annotated[Annotated[tuple[Arrangement, ...], *ONLY] | Annotated[Except[Arrangement], EXCEPT], BY_FORM]


LOCAL_LEVELS = (Level.NEIGHBOURHOOD, Level.LOCALITY)
