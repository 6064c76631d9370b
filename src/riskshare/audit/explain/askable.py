"""What can be asked of `explain`, a line for each kind of figure: its help, in a form that keeps the lines apart."""

from __future__ import annotations

from typing import Final

WHAT_CAN_BE_ASKED: Final = """Say why FIGURE of MODEL is what it is, down to the cells of the model's files.

\b
FIGURE is one of these, in quotes where it has a ! or a >:
  locality:GRAYS variance_all   a step (its name or label) in a pool
  locality variance_all         a step over all pools of a group
  COUNCIL                       the settlement of a partner or reserve
  COUNCIL pays CCG              a payment; also 'COUNCIL->CCG'
  GRAYS                         a locality's budget, by code or name
  GRAYS outturn ccg_community   its budget, outturn or variance from a fund
  BCF-01                        a budget line
  locality.threshold.percent    a term of the contract
  'Share locality!F20'          a cell of the workbook
  closing@risk_reserve          any table's figure: column@row
"""
