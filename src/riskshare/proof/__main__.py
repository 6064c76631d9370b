"""Calculates a piece of a workbook in a process of its own: python -m riskshare.proof WORKBOOK SHEETS."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from riskshare.proof.ironcalc import agreement_of
from riskshare.proof.partitions import read
from riskshare.xlsx.package import opened_without_limits

if __name__ == "__main__":
    with opened_without_limits(Path(sys.argv[1])) as package:
        workbook = read(package)
    agreement = agreement_of(workbook, frozenset(sys.argv[2:]))
    sys.stdout.write(f"\n{json.dumps(asdict(agreement))}\n")
