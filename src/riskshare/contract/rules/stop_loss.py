"""stop_loss: the cost of single cases above an attachment leaves the pool, less a coinsurance."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from riskshare.contract.ledger import POOL, Ledger
from riskshare.contract.rules.kind import Example, FileKind, Kind, PotRole, PotUse
from riskshare.contract.terms import ExactNumber, FilePath, PositiveMoney, Pot
from riskshare.contract.words import Side
from riskshare.formula.language import Col, Total
from riskshare.formula.units import MONEY, SHARE

Coinsurance = Annotated[ExactNumber, Field(ge=0, lt=100, decimal_places=6), "percent"]


class StopLoss(Kind):
    """Of each case's cost above the attachment the coinsurance stays in the pool, the rest moves as a loss.

    What leaves for one case: MAX(cost - attachment, 0) x (1 - coinsurance), rounded to the penny for each case.
    """

    example: ClassVar[Example] = Example(
        says="One case cost £160,000: of what exceeds £100,000 a fifth stays in the pool, £48,000 falls on the CCG.",
        terms="""
[[pools.rules]]
rule = "stop_loss"
clause = "Schedule 9.4, para 2.5"
cases = "inputs/cases.csv"
attachment = 100_000
coinsurance = 20
borne_by = "CCG"
""",
        pots={"pool": ("-70000", "-22000"), "CCG": ("0", "-48000")},
        files={"cases": "case,pool,cost\nA1,place,160000\nA2,place,90000\n"},
    )

    of_all: ClassVar[frozenset[str]] = frozenset({"coinsurance"})

    rule: Literal["stop_loss"]
    cases: FilePath = Field(description="Table: case,pool,cost (one row per case; no patient data)")
    attachment: PositiveMoney = Field(description="Pounds of a case that always stay in the pool")
    coinsurance: Coinsurance = Field(Decimal(0), description="Percent of the excess that stays in the pool too")
    borne_by: Pot = Field(description="The pot that bears the rest")

    def apply(self, ledger: Ledger) -> None:
        """Moves the pool's ceded costs to the pot that bears them."""
        attachment = ledger.term("attachment", "Attachment for each case", self.attachment, MONEY)
        coinsurance = ledger.term("coinsurance", "Coinsurance", self.coinsurance, SHARE)
        table = ledger.case_table(self.cases, attachment, coinsurance)
        ceded = Total(table, "ceded", (("pool", Col("pool")),))
        amount = ledger.figure("ceded", "Cost above the attachment that leaves the pool", ceded)
        ledger.move(-amount, POOL, self.borne_by, frozenset({Side.LOSS}))
        ledger.may_hold(POOL, frozenset({Side.GAIN}))

    def pots(self) -> Iterator[PotUse]:
        """The pot that bears the excess."""
        yield PotUse("borne_by", self.borne_by, PotRole.RECEIVER)

    def files(self) -> Iterator[tuple[FileKind, str]]:
        """Its cases."""
        yield FileKind.CASES, self.cases
