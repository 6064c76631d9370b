"""Exercise: the sheet that CONTRIBUTING.md adds is in a proved workbook, and each piece that is forgotten is told."""

from __future__ import annotations

from exercises import pieces

TITLE = "To add a sheet"
NAMES, TABLE, PLAN = (f"src/riskshare/figures/{name}.py" for name in ("names", "roles", "plan"))
SHEET, ORDER = "src/riskshare/outputs/sheets/roles.py", "src/riskshare/outputs/write.py"
MARKS = [
    (NAMES, "OVERRIDES = ", ""),
    (TABLE, "", ""),
    (PLAN, "        *settlement_tables(", "from riskshare.figures.roles import roles_table -> from riskshare.figures.settlement"),
    (SHEET, "", ""),
    (ORDER, "        checks.sheet(", "    roles, ->     settlement,"),
]
