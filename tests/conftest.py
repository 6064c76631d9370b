"""Test set-up: Hypothesis judges what it finds, not how long a busy machine takes; and a small workbook."""

from pathlib import Path

import pytest
from hypothesis import settings

from small_workbook import write_small

settings.register_profile("riskshare", deadline=None)
settings.load_profile("riskshare")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Two sheets of inputs and formulas, with a name, a link, a validation and a property."""
    return write_small(tmp_path / "small.xlsx")
