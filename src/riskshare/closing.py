"""Closing: who holds what after the last rule: unshared money goes to the holders, and all pots must add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from riskshare.formula.language import ONE, ZERO, Col, Column, Expr, Part, Section, Step, most, total_of, when
from riskshare.formula.units import GATE, MONEY
from riskshare.ledger import CARRY_FORWARD, NETTED, UNALLOCATED, UNSHARED, Ledger
from riskshare.opening import Opening


class Closing:
    """The last section of a Share table."""

    def __init__(self, opening: Opening, ledger: Ledger) -> None:
        """What the group started from, and its pots after the last rule."""
        self._opening, self._ledger = opening, ledger
        funders = [code for code, _ in ledger.adjustments]
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
        columns = (*unshared, *pots, *self._proof([step.name for step in pots]))
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
        yield from (pot for pot in pots if pot == NETTED or pot.startswith("pool:"))

    def _proof(self, pots: list[str]) -> Iterator[Column]:
        whole = total_of([Col("start"), *(change for _, change in self._ledger.adjustments)])
        yield Step("distributed", MONEY, "All pots in the end", total_of(Col(name) for name in pots))
        yield Step("to_distribute", MONEY, "To be shared, with what adjusted the target", whole)
        gap = Col("to_distribute") - Col("distributed")
        yield Step("gap", MONEY, "To be shared less all pots (must be 0)", gap)
        yield Step("gap_found", GATE, "1 where it is not 0", when(Col("gap"), "=", ZERO, ZERO, ONE))

    def _borne(self, holder: str) -> Iterator[Col]:
        if holder in self._opening.holders:
            yield Col(f"variance_{holder}")
        yield from (change for code, change in self._ledger.adjustments if code == holder)

    def _own(self, holder: str) -> Expr:
        known = [self._opening.own(holder)] if holder in self._opening.holders else []
        return total_of([*known, *(change for code, change in self._ledger.adjustments if code == holder)])

    def _unshared(self) -> Iterator[Column]:
        """Unshared money stays with the holders in proportion to their own variances, less what was ring-fenced."""
        for holder in self._holders:
            yield Step(f"own.{holder}", MONEY, f"Variance of {holder} after the ring-fence", self._own(holder))
        own = total_of(Col(f"own.{holder}") for holder in self._holders)
        yield Step("unshared", MONEY, "Unshared", self._ledger.balance(UNSHARED))
        yield Step("own_total", MONEY, "Variances after the ring-fence", own)
        yield Step("nothing", GATE, "Nothing to share: holders keep their own", self._nothing())
        yield from self._weights()
        yield from self._parts()

    def _nothing(self) -> Expr:
        sizes = most(Col("own_total"), -Col("own_total"), Col("passed_up"), -Col("passed_up"))
        return when(sizes, "=", ZERO, ONE, ZERO)

    def _weights(self) -> Iterator[Column]:
        for holder in self._holders:
            held: Expr = Col(f"target_{holder}") if holder in self._opening.holders else ZERO
            weight = when(Col("own_total"), "=", ZERO, held, Col(f"own.{holder}"))
            yield Step(f"keeps.{holder}", MONEY, f"{holder} keeps in proportion to", weight)
        total, label = Col("keeps_total"), "Divisor (1 where the total is 0)"
        weights = total_of(Col(f"keeps.{holder}") for holder in self._holders)
        yield Step("keeps_total", MONEY, "Total of these", weights, additive=False)
        yield Step("keeps_divisor", MONEY, label, when(total, "=", ZERO, ONE, total), additive=False)

    def _parts(self) -> Iterator[Column]:
        before: list[Expr] = []
        rest: Expr = Col("unshared")
        for holder in self._holders:
            upto = [*before, Col(f"keeps.{holder}")]
            part = Part(Col("unshared"), total_of(before), total_of(upto), Col("keeps_divisor"))
            kept = Col(f"part.{holder}")
            yield Step(kept.name, MONEY, f"Part of the unshared for {holder}", part)
            own_too = when(Col("nothing"), "=", ONE, Col(f"own.{holder}") + kept, kept)
            yield Step(f"unshared.{holder}", MONEY, f"{holder} keeps", own_too)
            before, rest = upto, rest - kept
        yield Step(f"unshared.{UNALLOCATED}", MONEY, "Unshared that no holder can keep", rest)
