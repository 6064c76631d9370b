"""The exceptions of riskshare, for programmers: what a user got wrong is a Finding, never one of these.

RiskshareError
├── FormulaError      a step was built or evaluated wrongly: nulls, zero division
│   └── TooLargeError  the figures reach £1e12, beyond which pennies are lost: a finding, as files can cause it
├── LayoutError       a formula refers to a cell that no sheet holds
└── UserError         something outside the model's files that the user can mend (a missing folder, a full disk)
    └── NoModelError   a workbook's model is nowhere
"""


class RiskshareError(Exception):
    """Anything that riskshare raises on purpose."""


class FormulaError(RiskshareError):
    """A step that cannot be computed truthfully: the message names the step and what is wrong with it."""


class TooLargeError(FormulaError):
    """A figure that is too large to be kept to the penny."""


class LayoutError(RiskshareError):
    """A formula that refers to a table, step or row that has no place in the workbook."""


class UserError(RiskshareError):
    """Something the user can mend that is not in the model's files: exit code 3, one sentence, no traceback."""


class NoModelError(UserError):
    """A workbook whose model is neither beside it nor named."""
