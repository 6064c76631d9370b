"""What tables, and the columns that several modules read, are called. Pins hold these words: never change one."""

from __future__ import annotations

from dataclasses import dataclass

from riskshare.contract.ledger import CASES, DECISIONS, PARTNERS, RESERVES, TERMS
from riskshare.inputs import declarations

__all__ = ["CASES", "DECISIONS", "PARTNERS", "RESERVES", "TERMS"]

LINES = str(declarations.LINES.name)
FUNDS = "funds"
LEVELS = "levels"
FUNDS_BY_LEVEL = "funds by level"
REQUIREMENTS = "requirements"
BY_GROUP = "by group"
BY_FAMILY = "by family"
IN_ORDER = "totals in order"
SETTLEMENT = "settlement"
FAMILIES = "families"
PAYMENT_PAIRS = "payment pairs"
PAYMENTS = "payments"
PAYMENT_ROWS = "payment rows"
PAYMENT_LIST = "payment list"
CLOSING = "closing"
RECONCILIATION = "reconciliation"
CHECKS = "checks"
VERDICT = "verdict"
HEADLINE = "headline"
GAINS = "gains"
WHO_PAYS = "who pays whom"
PASSED_UP = "passed up"
BOARD_DECISIONS = "board decisions"
TARGET_CHANGES = "target changes"
OVERRIDES = "overrides"


@dataclass(frozen=True, slots=True)
class NamePerCode:
    """The name of a table (or a column) of which there is one for each code: `share_table("a")` is `share a`."""

    kind: str
    between: str = " "

    def __call__(self, code: str | int) -> str:
        """The name for a code."""
        return f"{self.kind}{self.between}{code}"

    def names(self, name: str) -> bool:
        """Whether a name is one of these."""
        return name.startswith(self(""))

    def code(self, name: str) -> str:
        """The code in such a name."""
        return name.removeprefix(self(""))


# One for each geography.
weights_table = NamePerCode(str(declarations.LOCALITIES.name))
running_table = NamePerCode("running")
pooling_table = NamePerCode("pooling")
arrangements_table = NamePerCode("arrangements")
per_head_table = NamePerCode("per head")
people_table = NamePerCode(str(declarations.CROSSWALK.name))
crosswalk_table = NamePerCode("crosswalk")
map_table = NamePerCode("map")
# One for each geography: the budgets, outturns and variances of its localities by fund.
budget_table, outturn_table, variance_table = (NamePerCode(measure) for measure in ("budget", "outturn", "variance"))
# One for each pool group; for each file of outcome measures, of weights and of cases that a rule reads.
share_table = NamePerCode("share")
flow_table = NamePerCode("flow")
# One for each family of pool groups: who owes and who is owed there.
family_payments_table = NamePerCode("family payments")
pools_table = NamePerCode(str(declarations.POOLS.name))
outcomes_table = NamePerCode(str(declarations.MEASURES.name))
cases_table = NamePerCode(CASES)
# One for each reserve that a ring-fence names.
ring_fence_table = NamePerCode("ring fence")
keys_table = NamePerCode(str(declarations.KEYS.name))

PER_CODE = (
    *(weights_table, running_table, pooling_table, arrangements_table, per_head_table),
    *(people_table, crosswalk_table, map_table, budget_table, outturn_table, variance_table),
    *(share_table, flow_table, family_payments_table, pools_table, outcomes_table, cases_table, keys_table),
    ring_fence_table,
)

# Columns: people in a locality of another map, and the budget seen there; what is paid to an account; what a family of
# pool groups brings an account, what it settles there, and what of a payment is for it; what a table of pools gives.
people_column = NamePerCode("people", "_")
seen_column = NamePerCode("part", "_")
paid_to_column = NamePerCode("to", "_")
family_transfer_column = NamePerCode("transfer", "_")
family_settles_column = NamePerCode("settles", "_")
paid_for_column = NamePerCode("for", "_")
given_column = NamePerCode("given", "_")


def key_of(partner: str, pool: str) -> str:
    """The key of a weight that a file gives: its partner, and its pool where it has one."""
    return f"{partner} {pool}".strip()


def part_column(measure: str, locality: str) -> str:
    """The column with the parts of lines in a locality; the measure is `budget` or `outturn`."""
    return f"{measure}_{locality}"


@dataclass(frozen=True, slots=True)
class TableName:
    """A table's name taken apart; `code` is empty where a model has one such table at most."""

    kind: str
    code: str


def parsed(name: str) -> TableName:
    """What a table is of, and for which code: `share place` is the `share` of `place`, `funds by level` that alone."""
    own = next((entry for entry in PER_CODE if entry.names(name)), None)
    return TableName(own.kind, own.code(name)) if own else TableName(name, "")
