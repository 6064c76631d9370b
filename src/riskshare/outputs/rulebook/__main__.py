"""Writes docs/rules.md anew from the rules themselves: `python -m riskshare.outputs.rulebook docs/rules.md`."""

from __future__ import annotations

import sys
from pathlib import Path

from riskshare.outputs.rulebook.page import page


def main(path: Path) -> None:
    """Writes the page."""
    path.write_text(page(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
