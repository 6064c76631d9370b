"""Sheet: a sheet as a plan of blocks and extras, before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from riskshare.workbook.layout import Block

if TYPE_CHECKING:
    from riskshare.workbook.canvas import Canvas


TERMS = "Terms"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, its title, what it is for, its tables, and what is painted beside them."""

    name: str
    title: str
    purpose: str
    blocks: tuple[Block, ...] = ()
    extras: tuple[Callable[[Canvas], None], ...] = ()
    top: int = 4
    widths: dict[int, float] = field(default_factory=dict)
    freeze: bool = False
    tab: str = ""
