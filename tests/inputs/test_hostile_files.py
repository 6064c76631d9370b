"""Model files, CSV files and workbooks spoilt in any way: findings or figures, never an exception, never long."""

from __future__ import annotations

import pytest

from hostile import SPOILERS, ended

SECONDS = 10


@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda spoil: str(spoil.__name__))
def test_a_spoilt_file_ends_in_findings_or_figures(spoil: object) -> None:
    """Eighty of each; thousands by hand, as CONTRIBUTING.md says."""
    for seed in range(80):
        one = ended(spoil, seed)  # type: ignore[arg-type]
        assert one.fault == "", f"seed {seed}: {one.fault}"
        assert one.seconds < SECONDS
