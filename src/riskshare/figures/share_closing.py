"""Closing: who holds what after the last rule: unshared money goes to the holders, and all pots must add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from riskshare.contract.flows import Guaranteed
from riskshare.contract.ledger import CARRY_FORWARD, NETTED, UNALLOCATED, UNSHARED, Ledger, ring_fence_name
from riskshare.figures.share_kept import Kept
from riskshare.figures.share_opening import RING, Opening
from riskshare.formula.language import ONE, ZERO, Col, Column, Expr, Part, Section, Step, most, total_of, when
from riskshare.formula.units import GATE, MONEY

UP = "pool:"
"""Begins the pots whose money is passed up to a later pool."""


class Closing:
    """The last section of a Share table."""

    kept: ClassVar[frozenset[str]] = frozenset({UNSHARED})

    def __init__(self, opening: Opening, ledger: Ledger, passed_up: Expr) -> None:
        """What the group started from, with what was passed up to it, and its pots after the last rule."""
        self._opening, self._ledger = opening, ledger
        self._unshared_part = Kept(ledger, passed_up != ZERO)
        funders = [entry.funded_by for entry in ledger.changes]
        codes = (partner.code for partner in ledger.model.partners)
        self._holders = [code for code in codes if code in opening.holders or code in funders]

    @property
    def final(self) -> dict[str, str]:
        """The column that says what each account holds in the end, by account."""
        return {account: f"final.{account}" for account in self._accounts()}

    @property
    def positions(self) -> Mapping[str, tuple[str, ...]]:
        """The columns that add to what each holder bears before any sharing: its variance and what it funded."""
        return {holder: tuple(column.name for column in self._borne(holder)) for holder in self._holders}

    def section(self) -> Section:
        """Unshared money to its holders, the final pots, and what must be zero."""
        unshared = list(self._unshared())
        kept = {column.name for column in unshared}
        pots = [
            Step(name, MONEY, f"In the end: {account}", self._held(account, kept))
            for account, name in self.final.items()
        ]
        columns = (*unshared, *pots, *below_floors(self._ledger), *self._proof([step.name for step in pots]))
        return Section("After the last rule", columns, "", "Nothing is created or lost")

    def _held(self, account: str, kept: set[str]) -> Expr:
        held, unshared = self._ledger.balance(account), f"unshared.{account}"
        return total_of([*([held] if held != ZERO else []), *([Col(unshared)] if unshared in kept else [])])

    def _accounts(self) -> Iterator[str]:
        pots = self._ledger.pots()
        yield from (partner.code for partner in self._ledger.model.partners)
        yield from (reserve.code for reserve in self._ledger.circumstances.reserves if reserve.code in pots)
        yield from (pot for pot in (CARRY_FORWARD,) if pot in pots)
        yield UNALLOCATED
        yield from (pot for pot in pots if pot == NETTED or pot.startswith(UP))

    def _proof(self, pots: list[str]) -> Iterator[Column]:
        whole = total_of([Col("start"), *(entry.change for entry in self._ledger.changes)])
        yield Step("distributed", MONEY, "All pots in the end", total_of(Col(name) for name in pots))
        yield Step("to_distribute", MONEY, "To be shared, with what adjusted the target", whole)
        gap = Col("to_distribute") - Col("distributed")
        yield Step("gap", MONEY, "To be shared less all pots (must be 0)", gap)
        yield Step("gap_found", GATE, "1 where it is not 0", when(Col("gap"), "=", ZERO, ZERO, ONE))

    def _borne(self, holder: str) -> Iterator[Col]:
        if holder in self._opening.holders:
            yield Col(f"variance_{holder}")
        yield from (entry.change for entry in self._ledger.changes if entry.funded_by == holder)

    def _unshared(self) -> Iterator[Column]:
        """What is not shared stays with those who hold the budgets."""
        yield Step("unshared", MONEY, "Unshared", self._ledger.balance(UNSHARED))
        if UNSHARED not in self._ledger.pots():
            return
        if len(self._holders) > 1:
            yield from self._between_holders()
            return
        (keeper,) = self._holders or [UNALLOCATED]
        label = f"{keeper} keeps" if self._holders else "Unshared that no holder can keep"
        yield Step(f"unshared.{keeper}", MONEY, label, Col("unshared"))

    def _between_holders(self) -> Iterator[Column]:
        """Each keeps of its own variance the part that the rules leave unshared; the rest goes by budgets held.

        Where all holders gained, or all lost, and nothing else can be unshared, all of it goes by their variances.
        """
        yield from self._own_variances()
        yield from self._unshared_part.columns()
        if self._unshared_part.part != ZERO:
            yield from self._by_variances()
        kept = [Col(f"kept.{holder}") for holder in self._holders if self._unshared_part.part != ZERO]
        rest = Col("unshared") - total_of(kept) if kept else Col("unshared")
        yield Step("beyond", MONEY, "Unshared beyond what holders keep of their own", rest)
        yield from self._by_budgets()

    def _own_variances(self) -> Iterator[Step]:
        """The holders' variances after the ring-fence, which takes from those that underspent its lines."""
        for reserve, holders in self._fenced():
            yield from self._taken_by(reserve, holders)
        for holder in self._holders:
            label = f"Variance of {holder} after the ring-fence"
            yield Step(f"own.{holder}", MONEY, label, self._own(holder))
        own = total_of(Col(f"own.{holder}") for holder in self._holders)
        yield Step("own_total", MONEY, "Variances after the ring-fence", own)

    def _fenced(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        membership = self._opening.membership
        yield from ((reserve, membership.holders[f"{RING}{reserve}"]) for reserve in membership.reserves)

    def _taken_by(self, reserve: str, holders: tuple[str, ...]) -> Iterator[Step]:
        """What the reserve takes of each holder's underspend on the ring-fenced lines."""
        name, lines = f"fenced.{reserve}", f"{RING}{reserve}"
        kept = Col(f"{ring_fence_name(reserve)}.underspend")
        if len(holders) == 1:
            yield Step(f"{name}.{holders[0]}", MONEY, f"Of {holders[0]}'s, to {reserve}", kept)
            return
        for holder in holders:
            gain = most(Col(f"target.{lines}.{holder}") - Col(f"outturn.{lines}.{holder}"), ZERO)
            yield Step(f"{name}.gain.{holder}", MONEY, f"Underspend of {holder} on them", gain)
        gains = [Col(f"{name}.gain.{holder}") for holder in holders]
        yield Step(f"{name}.gain_total", MONEY, "Underspends on them", total_of(gains), additive=False)
        yield _divisor(f"{name}.gain")
        for number, holder in enumerate(holders):
            before, upto = total_of(gains[:number]), total_of(gains[: number + 1])
            part = Part(kept, before, upto, Col(f"{name}.gain_divisor"))
            yield Step(f"{name}.{holder}", MONEY, f"Of {holder}'s, to {reserve}", part)

    def _own(self, holder: str) -> Expr:
        known: list[Expr] = [Col(f"variance_{holder}")] if holder in self._opening.holders else []
        own = total_of([*known, *(entry.change for entry in self._unshared_part.changes if entry.funded_by == holder)])
        for reserve, holders in self._fenced():
            own = own - Col(f"fenced.{reserve}.{holder}") if holder in holders else own
        return own

    def _by_variances(self) -> Iterator[Column]:
        part = self._unshared_part.part
        owns = [Col(f"own.{holder}") for holder in self._holders]
        if not self._unshared_part.foreign:
            sizes = total_of(most(own, -own) for own in owns)
            yield Step("own_sizes", MONEY, "Variances, gains and losses alike", sizes)
            opposite = when(Col("own_sizes"), ">", most(Col("own_total"), -Col("own_total")), ONE, ZERO)
            yield Step("opposite", GATE, "1 where some hold a gain and others a loss", opposite)
            yield _divisor("own")
        for number, holder in enumerate(self._holders):
            before, upto = total_of(owns[:number]), total_of(owns[: number + 1])
            kept: Expr = Part(part, before, upto, ONE)
            if not self._unshared_part.foreign:
                alike = Part(Col("unshared"), before, upto, Col("own_divisor"))
                kept = when(Col("opposite"), "=", ONE, kept, alike)
            yield Step(f"kept.{holder}", MONEY, f"{holder} keeps of its own variance", kept)

    def _by_budgets(self) -> Iterator[Column]:
        for holder in self._holders:
            held: Expr = most(Col(f"target_{holder}"), ZERO) if holder in self._opening.holders else ZERO
            yield Step(f"budget.{holder}", MONEY, f"Budgets held by {holder}, if above zero", held)
        budgets = [Col(f"budget.{holder}") for holder in self._holders]
        yield Step("budget_total", MONEY, "Budgets held in all", total_of(budgets), additive=False)
        yield _divisor("budget")
        for number, holder in enumerate(self._holders):
            before, upto = total_of(budgets[:number]), total_of(budgets[: number + 1])
            part = Part(Col("beyond"), before, upto, Col("budget_divisor"))
            yield Step(f"by_budget.{holder}", MONEY, f"{holder} keeps by its budgets", part)
        for holder in self._holders:
            own = [Col(f"kept.{holder}")] if self._unshared_part.part != ZERO else []
            kept = total_of([*own, Col(f"by_budget.{holder}")])
            yield Step(f"unshared.{holder}", MONEY, f"{holder} keeps", kept)
        rest = Col("unshared") - total_of(Col(f"unshared.{holder}") for holder in self._holders)
        yield Step(f"unshared.{UNALLOCATED}", MONEY, "Unshared that no holder can keep", rest)


def own_variance(opening: Opening, holder: str) -> Expr:
    """A holder's variance in each pool, less what ring-fences took of its underspend: known before any written rule."""
    own: Expr = Col(f"variance_{holder}")
    for reserve in opening.membership.reserves:
        lines = f"{RING}{reserve}"
        holders = opening.membership.holders[lines]
        kept = Col(f"{ring_fence_name(reserve)}.underspend")
        gains = [most(Col(f"target.{lines}.{code}") - Col(f"outturn.{lines}.{code}"), ZERO) for code in holders]
        if holder not in holders:
            continue
        at, whole = holders.index(holder), total_of(gains)
        taken = Part(kept, total_of(gains[:at]), total_of(gains[: at + 1]), when(whole, "=", ZERO, ONE, whole))
        own = own - (kept if len(holders) == 1 else taken)
    return own


def _divisor(name: str) -> Step:
    """What parts are cut by: the total of the weights, or 1 where that is 0, so that a part of nothing is nothing."""
    total = Col(f"{name}_total")
    divisor = when(total, "=", ZERO, ONE, total)
    return Step(f"{name}_divisor", MONEY, "Divisor (1 where the total is 0)", divisor, additive=False)


def below_floors(ledger: Ledger) -> Iterator[Column]:
    """What each guaranteed partner holds below its floor in the end, which a later rule took."""
    for entry in ledger.guarantees:
        label = f"{entry.partner} below its guaranteed floor (must be 0)"
        below = most(entry.floor - ledger.balance(entry.partner), ZERO)
        yield Step(below_floor(entry), MONEY, label, below, entry.clause)


def below_floor(entry: Guaranteed) -> str:
    """The column that says how far a guaranteed partner is below its floor in the end."""
    return f"below.{entry.rule}"
