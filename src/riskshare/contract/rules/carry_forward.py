"""carry_forward: takes a part of what pots hold into next year, or brings last year's balance into the pool."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from riskshare.contract.flows import PartOf
from riskshare.contract.ledger import BOTH_SIDES, CARRY_FORWARD, POOL, Ledger
from riskshare.contract.rules.kind import Example, PotRole, PotUse, SidedKind, one_sided, part_of, size
from riskshare.contract.rules.portion import portion
from riskshare.contract.standing import Standing
from riskshare.contract.terms import Code, MoneyTerm, PartTerm, Pot
from riskshare.formula.language import ZERO, Expr, Part, Running, Total, least, most
from riskshare.formula.units import MONEY
from riskshare.problems.findings import Finding


def _one_or_several(pots: object) -> str:
    return "<several>" if isinstance(pots, list | tuple) else "<one>"


Pots = Annotated[
    Annotated[tuple[Pot, ...], Tag("<several>")] | Annotated[Pot, Tag("<one>")], Discriminator(_one_or_several)
]


class CarryForward(SidedKind):
    """A part of what pots hold goes into next year, or last year's balance comes into the pools.

    With `from`: a percentage of what the pots hold moves to `carry_forward`, up to the limit for each pot.

    With `balance`: what is left of that account comes into the pools, pro rata to their targets, those below zero
    counting as none: its opening balance, less what earlier rules and earlier pool groups drew, with what they gave.
    """

    over_all: ClassVar[bool] = True

    example: ClassVar[Example] = Example(
        says="Half of each commissioner's gain goes into next year, but not more than £12,000 of it.",
        terms="""
[[pools.rules]]
rule = "carry_forward"
clause = "Schedule 9.4, para 12"
side = "gain"
from = ["CCG", "COUNCIL"]
percent = 50
limit = 12_000
""",
        pots={"CCG": ("30000", "18000"), "COUNCIL": ("10000", "5000"), "carry_forward": ("0", "17000")},
    )

    of_all: ClassVar[frozenset[str]] = frozenset({"percent"})

    rule: Literal["carry_forward"]
    source: Pots | None = Field(None, alias="from", description="The pots that give")
    percent: PartTerm = Field(Decimal(100), description="Percent of what they hold, or a fraction of it")
    limit: MoneyTerm | None = Field(None, description="At most so many pounds from each pot in each pool")
    balance: Code | None = Field(None, description="A reserve; what is left of it comes into the pools")

    @model_validator(mode="after")
    def _one_way(self) -> CarryForward:
        if (self.source is None) == (self.balance is None):
            raise ValueError("give either 'from' (take a balance out) or 'balance' (bring one in)")
        if self.balance is not None and {"percent", "limit", "side"} & self.model_fields_set:
            raise ValueError("'percent', 'limit' and 'side' go with 'from': a balance comes in whole")
        if CARRY_FORWARD in self._sources():
            raise ValueError(f"'{CARRY_FORWARD}' is where the money goes: 'from' names the pots that give")
        if len(set(self._sources())) < len(self._sources()):
            raise ValueError("'from' names a pot twice")
        return self

    def _sources(self) -> tuple[str, ...]:
        return (self.source,) if isinstance(self.source, str) else self.source or ()

    def apply(self, ledger: Ledger) -> None:
        """Takes balances out, or brings one in."""
        if self.balance is not None:
            self._bring_in(ledger, self.balance)
        else:
            self._take_out(ledger)

    def _take_out(self, ledger: Ledger) -> None:
        cut = portion(ledger, "percent", "Carried forward", self.percent)
        limit = None
        if self.limit is not None:
            limit = ledger.term("limit", f"At most, from each pot {ledger.where_it_holds}", self.limit, MONEY)
        for pot in self._sources():
            held = ledger.figure(f"held.{pot}", f"Held by {pot}", one_sided(ledger.balance(pot), self.side))
            carried: Expr = ledger.figure(f"carried.{pot}", f"{pot} carries forward", cut(held))
            if limit is not None:
                carried = ledger.figure(f"limited.{pot}", "Within the limit", most(least(carried, limit), -limit))
            ledger.move(carried, pot, CARRY_FORWARD, self.sides, lambda held: self._part(held, cut, limit))

    def _part(self, held: Expr, cut: PartOf, limit: Expr | None) -> Expr:
        carried = cut(size(held, self.side))
        return part_of(carried if limit is None else least(carried, limit), held)

    def _bring_in(self, ledger: Ledger, account: str) -> None:
        left = ledger.reserve_before(account)
        left_of_it = ledger.figure("left", f"Left of {account} before this rule", left, MONEY, False)
        target = ledger.figure("target", "Target", most(ledger.target, ZERO))
        divisor = ledger.figure(
            "divisor", "Targets of all pools", Total(ledger.circumstances.table, target.name), MONEY, False
        )
        upto = ledger.figure("upto", "Target, running total", Running(target), MONEY, False)
        whole = ledger.divisor("share", [divisor])
        part = ledger.figure("part", "Comes into the pool", Part(left_of_it, upto - target, upto, whole))
        ledger.move(part, account, POOL, BOTH_SIDES)

    def findings(self, at: Standing) -> Iterator[Finding]:
        """A balance that would come into pools where there are none."""
        if at.over_all and self.balance is not None:
            action = "Put the rule into the pools that the balance is for"
            yield at.error("balance-over-all", ("balance",), f"{at}: a balance comes into pools", "", action)

    def pots(self) -> Iterator[PotUse]:
        """The pots that give, or the account that comes in."""
        for pot in self._sources():
            yield PotUse("from", pot, PotRole.PAYER)
        if self.balance is not None:
            yield PotUse("balance", self.balance, PotRole.OPENING)
