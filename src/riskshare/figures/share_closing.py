"""Closing: who holds what after the last rule: unshared money goes to the holders, and all pots must add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from riskshare.contract.ledger import CARRY_FORWARD, NETTED, UNALLOCATED, UNSHARED, Ledger
from riskshare.figures.share_opening import Opening
from riskshare.formula.language import ONE, ZERO, Col, Column, Expr, Part, Section, Step, least, most, total_of, when
from riskshare.formula.units import GATE, MONEY

UP = "pool:"
"""Begins the pots whose money is passed up to a later pool."""


class Closing:
    """The last section of a Share table."""

    def __init__(self, opening: Opening, ledger: Ledger) -> None:
        """What the group started from, and its pots after the last rule."""
        self._opening, self._ledger = opening, ledger
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

    def _own(self, holder: str) -> Expr:
        known = [self._opening.own(holder)] if holder in self._opening.holders else []
        return total_of([*known, *(entry.change for entry in self._ledger.changes if entry.funded_by == holder)])

    def _unshared(self) -> Iterator[Column]:
        """Unshared money stays with the holders in proportion to their own variances, less what was ring-fenced.

        Where some of these are gains and others losses, only as far as they reach: what other pools passed up beyond
        them stays in proportion to the budgets held, or variances that nearly cancel out would make it huge.
        """
        for holder in self._holders:
            yield Step(f"own.{holder}", MONEY, f"Variance of {holder} after the ring-fence", self._own(holder))
        own = total_of(Col(f"own.{holder}") for holder in self._holders)
        yield Step("unshared", MONEY, "Unshared", self._ledger.balance(UNSHARED))
        yield Step("own_total", MONEY, "Variances after the ring-fence", own)
        yield Step("nothing", GATE, "Nothing to share: holders keep their own", self._nothing())
        if len(self._holders) > 1:
            yield from self._reach()
        yield from self._weights()
        yield from self._parts()

    def _nothing(self) -> Expr:
        sizes = most(Col("own_total"), -Col("own_total"), Col("passed_up"), -Col("passed_up"))
        return when(sizes, "=", ZERO, ONE, ZERO)

    def _reach(self) -> Iterator[Column]:
        """How much of the unshared goes by variances: all of it where these are all gains or all losses."""
        sizes = total_of(most(Col(f"own.{holder}"), -Col(f"own.{holder}")) for holder in self._holders)
        yield Step("own_sizes", MONEY, "Variances, gains and losses alike", sizes)
        opposite = when(Col("own_sizes"), ">", most(Col("own_total"), -Col("own_total")), ONE, ZERO)
        yield Step("opposite", GATE, "1 where some hold a gain and others a loss", opposite)
        within = most(least(Col("unshared"), most(Col("own_total"), ZERO)), least(Col("own_total"), ZERO))
        yield Step("within", MONEY, "Unshared, as far as the variances reach", within)
        by_variance = when(Col("opposite"), "=", ONE, Col("within"), Col("unshared"))
        yield Step("by_variance", MONEY, "Unshared by variances", by_variance)
        yield Step("by_budget", MONEY, "Unshared by budgets held", Col("unshared") - Col("by_variance"))

    def _weights(self) -> Iterator[Column]:
        for holder in self._holders:
            held: Expr = most(Col(f"target_{holder}"), ZERO) if holder in self._opening.holders else ZERO
            yield Step(f"budget.{holder}", MONEY, f"Budgets held by {holder}, if above zero", held)
            weight = when(Col("own_total"), "=", ZERO, Col(f"budget.{holder}"), Col(f"own.{holder}"))
            yield Step(f"keeps.{holder}", MONEY, f"{holder} keeps in proportion to", weight)
        yield from self._divisor("keeps", "Total of these")
        if len(self._holders) > 1:
            yield from self._divisor("budget", "Budgets held in all")

    def _divisor(self, weight: str, label: str) -> Iterator[Column]:
        total = Col(f"{weight}_total")
        weights = total_of(Col(f"{weight}.{holder}") for holder in self._holders)
        yield Step(total.name, MONEY, label, weights, additive=False)
        divisor = when(total, "=", ZERO, ONE, total)
        yield Step(f"{weight}_divisor", MONEY, "Divisor (1 where the total is 0)", divisor, additive=False)

    def _parts(self) -> Iterator[Column]:
        before: list[str] = []
        rest: Expr = Col("unshared")
        for holder in self._holders:
            yield from self._part(holder, before)
            own_too = Col(f"own.{holder}") + Col(f"part.{holder}")
            kept = when(Col("nothing"), "=", ONE, own_too, Col(f"part.{holder}"))
            yield Step(f"unshared.{holder}", MONEY, f"{holder} keeps", kept)
            before.append(holder)
            rest = rest - Col(f"part.{holder}")
        yield Step(f"unshared.{UNALLOCATED}", MONEY, "Unshared that no holder can keep", rest)

    def _part(self, holder: str, before: list[str]) -> Iterator[Column]:
        """A holder's part of the unshared; where several hold lines, by variances and by budgets."""
        label = f"Part of the unshared for {holder}"
        if len(self._holders) == 1:
            yield Step(f"part.{holder}", MONEY, label, self._split("unshared", "keeps", holder, before))
            return
        ways = (("by_variance", "keeps", "variances"), ("by_budget", "budget", "budgets"))
        for amount, weight, words in ways:
            part = self._split(amount, weight, holder, before)
            yield Step(f"{amount}.{holder}", MONEY, f"Part by {words} for {holder}", part)
        yield Step(f"part.{holder}", MONEY, label, total_of(Col(f"{amount}.{holder}") for amount, _, _ in ways))

    def _split(self, amount: str, weight: str, holder: str, before: list[str]) -> Part:
        earlier = [Col(f"{weight}.{code}") for code in before]
        upto = [*earlier, Col(f"{weight}.{holder}")]
        return Part(Col(amount), total_of(earlier), total_of(upto), Col(f"{weight}_divisor"))
