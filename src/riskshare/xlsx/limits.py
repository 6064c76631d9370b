"""The limits of every workbook that is read, in one table: each far beyond any workbook that people work with."""

from __future__ import annotations

from typing import Final

PACKED: Final = 200_000_000
"""Bytes of the file."""
UNPACKED: Final = 1_000_000_000
"""Bytes of all its parts, as it states them; a part that unpacks to more than it states is damaged."""
PARTS: Final = 20_000
TREE: Final = 100_000_000
"""Bytes of a part that is held in memory as a tree: every one but the sheets."""
ODD_SHEET: Final = 60_000_000
"""Bytes of a sheet of inputs that is not written as programs write sheets, and has to be parsed cell by cell."""
TOKEN: Final = 32_000_000
"""Bytes of one text or tag."""
ELEMENTS: Final = 1_500_000
"""In one part, cells left aside."""
DEPTH: Final = 200
"""Elements in one another."""
CELLS: Final = 2_000_000
"""Filled cells of one sheet that is read to be compared."""
GRID: Final = 30_000_000
"""Cells, filled or not, from A1 to the last one of a sheet of inputs: their reader makes room for each."""
