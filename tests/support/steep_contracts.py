"""Test support: random contracts without cliffs whose holders gain and lose at once, so that a pool is near nothing.

Thresholds only leave their excess, bands are marginal, and limits are wide beside what holders gain or lose, so that a
penny more in a line may move any account by a few pennies and no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random

from cases import FUNDS, HEAD, PARTNERS, write_model
from contracts import ADULT, LOCAL, LOCALITIES, PLACE, RESERVES, decided, toml

GRANTS = """
[[reserves]]
code = "grant_reserve"
name = "Grant reserve"
holder = "COUNCIL"

[[funds]]
code = "grant"
name = "Ring-fenced grant"
family = "public_health"
holder = "COUNCIL"
arrangement = "aligned"
clause = "Grant circular"
ring_fence = {{ purpose = "its purpose", underspend_to = "grant_reserve", over = "{over}" }}

[[inputs]]
file = "inputs/lines.csv"
"""
HOLDERS = ("CCG", "COUNCIL", "TRUST")
TAKERS = ("CCG", "TRUST", "unshared", "unshared", "carry_forward", "pool:place")


@dataclass
class Steep:
    """A random contract: its text, and the pennies by which each line is under budget."""

    rng: Random
    both: bool
    """Whether all rules work on gains and losses alike, so that a variance may pass from one to the other."""

    def __post_init__(self) -> None:
        """Draws the contract and its lines."""
        groups = {"local": LOCAL, "place": PLACE} if self.rng.random() < 0.5 else {"place": PLACE}
        pools = [
            f'\n[[pools]]\ncode = "{code}"\n{scope}\n{toml(tuple(self._rules(code)))}' for code, scope in groups.items()
        ]
        grants = GRANTS.format(over=self.rng.choice(("fund", "fund", "pool")))
        self.text = HEAD.format(name="steep") + PARTNERS + RESERVES + FUNDS + ADULT + grants + "".join(pools)
        self.lines = list(self._lines(groups))

    def write(self, folder: Path, changed: int = -1, by: int = 0) -> Path:
        """The model in a folder, one of its lines changed by some pennies."""
        rows = ["line,fund,level,locality,holder,risk,budget,outturn"]
        for number, (words, budget, variance) in enumerate(self.lines):
            more = by if number == changed else 0
            rows.append(f"L{number},{words},{budget},{budget - Decimal(variance + more) / 100}")
        cases = {"cases_place": "case,pool,cost\nC1,place,1500", "cases_local": "case,pool,cost\nC2,local:GRAYS,1300"}
        measures = "measure,weight,method,better,baseline,target,result\nquits,1,linear,higher,0,7,3"
        tables = {"lines": "\n".join(rows), "adult": LOCALITIES, "measures": measures}
        return write_model(folder, self.text, **tables, **cases)

    def _lines(self, groups: dict[str, str]) -> Iterator[tuple[str, int, int]]:
        """Several holders in each pool whose variances nearly cancel out."""
        places = [("locality", "GRAYS"), ("locality", "TILBURY")] if "local" in groups else []
        for level, locality in [*places, ("place", "")]:
            variances = [self.rng.randint(-400_000, 400_000) for _ in range(self.rng.randint(1, 3))]
            variances.append(self.rng.choice((0, 0, 1, -1, 2, self.rng.randint(-9_000, 9_000))) - sum(variances))
            for variance in variances:
                fund = self.rng.choice(("core", "core", "grant"))
                risk = self.rng.choice(("", "", "", "fixed"))
                yield f"{fund},{level},{locality},{self.rng.choice(HOLDERS)},{risk}", 100_000, variance

    # Rules

    def _rules(self, group: str) -> Iterator[str]:
        kinds = [self._threshold, self._withhold, self._cap, self._adjust, self._stated, self._stop_loss]
        kinds += [] if self.both else [self._reserve, self._reserve, self._net]
        for _ in range(self.rng.randint(0, 4)):
            yield self.rng.choice(kinds)(group)
        if not self.both and self.rng.random() < 0.5:
            yield self._bands(group, "gain")
            yield self._bands(group, "loss")
        else:
            yield self._bands(group, "both")
        if not self.both and self.rng.random() < 0.4:
            yield 'outcomes: from = "providers", measures = "inputs/measures.csv", forfeited_to = "unshared"'
        keys = {"commissioners": '"equal"', "providers": "{ TRUST = 3, CHARITY = 1 }"}
        yield from (f'allocate: from = "{pot}", key = {key}' for pot, key in keys.items())
        if self.rng.random() < 0.4:
            funder = self.rng.choice(("commissioners", "CCG", "TRUST"))
            yield f'guarantee: partner = "CHARITY", floor = -{self.rng.randint(0, 300)}, funded_by = "{funder}"'

    def _side(self) -> str:
        return "both" if self.both else self.rng.choice(("gain", "loss", "both"))

    def _amount(self) -> int:
        return self.rng.randint(1_500, 4_000)

    def _threshold(self, _: str) -> str:
        return f'threshold: side = "{self._side()}", amount = {self._amount()}, basis = "excess_only"'

    def _bands(self, group: str, side: str) -> str:
        takers = [pot for pot in TAKERS if group == "local" or pot != "pool:place"]
        one, two = (self._shares(self.rng.choice(takers)) for _ in range(2))
        bands = f"{{ up_to = {self._amount()}, shares = {one} }}, {{ shares = {two} }}"
        return f'share_ranges: side = "{side}", of = "pounds", bands = [{bands}]'

    def _shares(self, taker: str) -> str:
        first, second = self.rng.choice(((40, 35), (10, 60), (33.333333, 33.333333), (0, 62.5)))
        return f'{{ providers = {first}, "{taker}" = {second}, commissioners = "rest" }}'

    def _reserve(self, group: str) -> str:
        side = self.rng.choice(("gain", "loss"))
        stated = group == "local" and side == "loss" and self.rng.random() < 0.5
        order = ', order = ["TILBURY", "GRAYS"]' if stated else ""
        terms = f"percent = {self.rng.choice((20, 50, 90))}{self._limit()}{order}"
        return f'reserve: side = "{side}", reserve = "second_reserve", {terms}'

    def _withhold(self, _: str) -> str:
        to = self.rng.choice(("unshared", "CHARITY"))
        terms = f'percent = {self.rng.choice((5, 33.333333, 60))}{self._limit()}, to = "{to}"'
        return f'withhold: side = "{self._side()}", from = "pool", {terms}'

    def _limit(self) -> str:
        return f", limit = {self._amount()}" if self.rng.random() < 0.5 else ""

    def _cap(self, _: str) -> str:
        terms = (
            f'limit = {{ amount = {self._amount()} }}, excess_to = "{self.rng.choice(("unshared", "unshared", "CCG"))}"'
        )
        return f'cap: side = "{self._side()}", from = "pool", {terms}'

    def _adjust(self, _: str) -> str:
        change = self.rng.choice((-700, 300, 0.01))
        return f'adjust_target: amount = {change}, funded_by = "{self.rng.choice(HOLDERS)}", reason = "Agreed"'

    def _stated(self, group: str) -> str:
        to = self.rng.choice(("unshared", "CHARITY"))
        return decided("pool", to, str(self.rng.choice((500, 0.01))), "local:GRAYS" if group == "local" else "place")

    def _stop_loss(self, group: str) -> str:
        return f'stop_loss: cases = "inputs/cases_{group}.csv", attachment = 1000, borne_by = "carry_forward"'

    def _net(self, group: str) -> str:
        return f'net: across = "{group}"'
