"""allocate: splits a pot between partners by a key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from riskshare.contract.circumstances import KeyTable
from riskshare.contract.flows import KeyShare
from riskshare.contract.ledger import PARTNERS, ROLE_POTS, Ledger, Weights
from riskshare.contract.model import Partner
from riskshare.contract.rules.kind import Example, FileKind, Kind, PotRole, PotUse
from riskshare.contract.standing import Path, Standing
from riskshare.contract.terms import Concept, FilePath, Percentage, Pot, WeightColumn, WeightTerm
from riskshare.formula.language import ONE, ZERO, Cell, Col, Expr, Part, Total, most, total_of, when
from riskshare.formula.units import COUNT, MONEY, SHARE, WEIGHT
from riskshare.problems.findings import Finding


def _weigh_something(weights: dict[str, Decimal | WeightColumn]) -> dict[str, Decimal | WeightColumn]:
    if not any(weights.values()):
        raise ValueError("the weights add to zero, so that nobody would take what the pot holds")
    return weights


def _by_partner(weights: object) -> object:
    """A column by itself says nothing of who takes what."""
    if isinstance(weights, Mapping) and [*weights] == ["column"] and isinstance(weights["column"], str):
        raise ValueError(
            "a column gives the weight of one partner, PARTNER = { column = ... }; or name a { file = ... }"
        )
    return weights


def _kind_of_key(key: object) -> str:
    if isinstance(key, list | tuple):
        return "<blend>"
    if isinstance(key, FileKey) or (isinstance(key, Mapping) and isinstance(key.get("file"), str)):
        return "<file>"
    return "<weights>" if isinstance(key, Mapping) else "<word>"


class FileKey(Concept):
    """A key that a file gives: the weight of each partner, in every pool or in each its own."""

    file: FilePath = Field(description="Table: partner,weight or pool,partner,weight")


NamedKey = Annotated[Literal["contribution", "equal", "income", "own_variance"], Tag("<word>")]
FixedKey = Annotated[
    dict[Pot, WeightTerm],
    Field(min_length=1),
    BeforeValidator(_by_partner),
    AfterValidator(_weigh_something),
    Tag("<weights>"),
]
OfFile = Annotated[FileKey, Tag("<file>")]
AllocationKey = str | FileKey | dict[str, Decimal | WeightColumn]


class KeyPart(Concept):
    """One part of a blended key: how much of the pot goes by which key."""

    weight: Percentage = Field(description="Percent of the pot")
    key: Annotated[NamedKey | FixedKey | OfFile, Discriminator(_kind_of_key)] = Field(
        description="The key of this part"
    )


def _whole(parts: tuple[KeyPart, ...]) -> tuple[KeyPart, ...]:
    total = sum(part.weight for part in parts)
    if total != 100:
        raise ValueError(f"the weights of the blend add to {total}, not 100")
    return parts


Blend = Annotated[tuple[KeyPart, ...], Field(min_length=2, max_length=5), AfterValidator(_whole), Tag("<blend>")]


class Allocate(Kind):
    """All that a pot holds goes to partners in proportion to a key; a role's pot goes to partners of that role.

    contribution: the budgets they hold of the pool's lines, and what they fund of changes of its target. income: their
    contract income. equal: the same for each. own_variance: their own variances as holders after the ring-fence, gains
    where the pot holds a gain and losses where it holds a loss. A blend splits the pot first, then each part by its own
    key.
    """

    over_all: ClassVar[bool] = True

    example: ClassVar[Example] = Example(
        says="A loss of £20,000 follows the budgets held, £600,000 and £300,000, to the penny.",
        terms="""
[[pools.rules]]
rule = "allocate"
clause = "Schedule 9.4, para 9"
from = "pool"
key = "contribution"
""",
        pots={"pool": ("-20000", "0"), "CCG": ("0", "-13333.33"), "COUNCIL": ("0", "-6666.67")},
        files={"lines": "line,holder,budget,outturn\nnurses,CCG,600000,630000\ncare,COUNCIL,300000,290000\n"},
    )

    rule: Literal["allocate"]
    source: Pot = Field(alias="from", description="The pot to split")
    key: Annotated[NamedKey | FixedKey | OfFile | Blend, Discriminator(_kind_of_key)] = Field(
        description="contribution, equal, income, own_variance, PARTNER = weight, a file, or a list of weight and key"
    )
    recurrent_only: bool = Field(False, description="contribution: leave non-recurrent lines out")

    @model_validator(mode="after")
    def _recurrent_contribution(self) -> Allocate:
        if self.recurrent_only and not self._by_budgets():
            raise ValueError("'recurrent_only' goes with the key 'contribution', or with a blend that has it")
        return self

    @property
    def qualifier(self) -> str:
        """The pot it splits."""
        return self.source

    def parts(self) -> tuple[tuple[str, Decimal, AllocationKey], ...]:
        """The key's parts as name, percent of the pot and key: one part of all, or those of a blend."""
        if isinstance(self.key, tuple):
            return tuple((f"part_{number}.", part.weight, part.key) for number, part in enumerate(self.key, start=1))
        return (("", Decimal(100), self.key),)

    def _by_budgets(self) -> bool:
        return any(key == "contribution" for _, _, key in self.parts())

    def _key_paths(self) -> tuple[tuple[str | int, ...], ...]:
        """Where the key of each part stands in the rule."""
        blended = len(self.key) if isinstance(self.key, tuple) else 0
        return tuple(("key", number, "key") for number in range(blended)) or (("key",),)

    def apply(self, ledger: Ledger) -> None:
        """Moves the pot's balance to the partners by running-total rounding."""
        sides = ledger.sides(self.source)
        ledger.emptied(self.source)
        if self._by_budgets():
            ledger.reach((entry.code for entry in ledger.partners(self.source)), sides)
        parts: list[KeyShare] = []
        for path, (name, share, amount, key) in zip(self._key_paths(), self._amounts(ledger), strict=True):
            weights = self._weights(ledger, name, key, path)
            fixed = isinstance(key, dict) and any(isinstance(weight, Decimal) and weight for weight in key.values())
            whole = (
                ledger.whole(f"{name}key", weights.values())
                if fixed
                else ledger.divisor(f"{name}key", weights.values())
            )
            ledger.split(
                f"{name}to", "Part", amount, self.source, Weights(weights, whole, sides, partial(_share, share))
            )
            parts.append(KeyShare(share, weights))
        ledger.keys[self.source] = tuple(parts)

    def _amounts(self, ledger: Ledger) -> Iterator[tuple[str, Expr, Expr, AllocationKey]]:
        """The name, share and amount of each part of the key, and the key."""
        balance = ledger.balance(self.source)
        if not isinstance(self.key, tuple):
            yield "", ONE, balance, self.key
            return
        shares = [
            ledger.term(f"{name}weight", f"Part {number} of the pot", percent, SHARE, ("key", number - 1, "weight"))
            for number, (name, percent, _) in enumerate(self.parts(), start=1)
        ]
        whole = ledger.shares("blend", "blend of keys", shares)
        for number, (name, _, key) in enumerate(self.parts()):
            part = Part(balance, total_of(shares[:number]), total_of(shares[: number + 1]), whole)
            yield name, shares[number], ledger.figure(f"{name}amount", f"Part {number + 1} of the pot", part), key

    def _weights(self, ledger: Ledger, name: str, key: AllocationKey, path: tuple[str | int, ...]) -> dict[str, Expr]:
        if isinstance(key, dict):
            return {
                code: ledger.term(f"{name}key.{code}", f"Key of {code}", weight, WEIGHT, (*path, code))
                for code, weight in key.items()
            }
        if isinstance(key, FileKey):
            return dict(self._of_file(ledger, name, ledger.circumstances.files.keys[key.file]))
        if key == "own_variance":
            return dict(self._by_variance(ledger, name))
        weighed = {entry.code: self._weight(ledger, name, key, entry) for entry in ledger.partners(self.source)}
        unit = {"equal": COUNT}.get(key, MONEY)
        return {
            code: ledger.figure(f"{name}key.{code}", f"{self._title(ledger, key, code)} {code}", weight, unit)
            for code, weight in weighed.items()
            if weight is not None
        }

    def _title(self, ledger: Ledger, key: str, code: str) -> str:
        funds = key == "contribution" and ledger.contributed(code)
        return "Contribution of" if funds else TITLES[key]

    def _of_file(self, ledger: Ledger, name: str, table: KeyTable) -> Iterator[tuple[str, Expr]]:
        for code in (entry.code for entry in ledger.model.partners if entry.code in table.partners):
            of, every = ("partner", code), (("partner", code), ("pool", "every pool"))
            weight = Total(table.name, "weight", (of, ("pool", Col("pool")))) + Total(table.name, "weight", every)
            yield code, ledger.figure(f"{name}key.{code}", f"Weight of {code}", weight, WEIGHT)

    def _by_variance(self, ledger: Ledger, name: str) -> Iterator[tuple[str, Expr]]:
        """Gains weigh where the pot holds a gain, losses where it holds a loss."""
        balance = ledger.balance(self.source)
        for code in (code for code in ledger.circumstances.holders if code in self._codes(ledger)):
            own = ledger.figure(f"{name}own.{code}", f"Own variance of {code}", ledger.circumstances.own_variance(code))
            weight = when(balance, "<", ZERO, most(-own, ZERO), most(own, ZERO))
            yield code, ledger.figure(f"{name}key.{code}", f"{TITLES['own_variance']} {code}", weight)

    def _codes(self, ledger: Ledger) -> set[str]:
        return {entry.code for entry in ledger.partners(self.source)}

    def _weight(self, ledger: Ledger, name: str, key: str, partner: Partner) -> Expr | None:
        if key == "equal":
            return ONE
        if key == "income":
            return None if partner.income is None else Cell(PARTNERS, "income", partner.code)
        parts = self._recurrent(ledger, name, partner) if self.recurrent_only else ledger.contribution(partner.code)
        return total_of(parts) if parts else None

    def _recurrent(self, ledger: Ledger, name: str, partner: Partner) -> tuple[Col, ...]:
        """The recurrent part of the budgets, beside the changes of the target, which are taken to recur."""
        changes = ledger.contributed(partner.code)
        if partner.code not in ledger.circumstances.holders:
            return changes
        label = f"Recurrent budgets held by {partner.code}"
        held = ledger.circumstances.recurrent(partner.code)
        return (ledger.figure(f"{name}recurrent.{partner.code}", label, held), *changes)

    def pots(self) -> Iterator[PotUse]:
        """The pot that is split, and the partners of fixed keys."""
        yield PotUse("from", self.source, PotRole.PAYER)
        for path, (_, _, key) in zip(self._key_paths(), self.parts(), strict=True):
            for code in key if isinstance(key, dict) else ():
                yield PotUse((*path, code), code, PotRole.PARTNER)

    def stated_parts(self, at: Standing) -> Mapping[str, Decimal]:
        """The parts of fixed and equal keys; what contributions and incomes give is not in the contract."""
        stated: dict[str, Decimal] = {}
        for _, percent, key in self.parts():
            weights = self._stated_weights(key, at)
            whole = sum(weights.values(), Decimal(0))
            for code, weight in weights.items() if whole else ():
                stated[code] = stated.get(code, Decimal(0)) + percent / 100 * weight / whole
        return stated

    def _stated_weights(self, key: AllocationKey, at: Standing) -> dict[str, Decimal]:
        if key == "equal":
            return {one.code: Decimal(1) for one in at.members(self.source)}
        stated = key if isinstance(key, dict) else {}
        weights = {code: weight for code, weight in stated.items() if isinstance(weight, Decimal)}
        return weights if len(weights) == len(stated) else {}

    def files(self) -> Iterator[tuple[FileKind, str]]:
        """The weights of its keys."""
        for _, key in self._file_keys():
            yield FileKind.KEYS, key.file

    def _file_keys(self) -> Iterator[tuple[Path, FileKey]]:
        for path, (_, _, key) in zip(self._key_paths(), self.parts(), strict=True):
            if isinstance(key, FileKey):
                yield path, key

    def findings(self, at: Standing) -> Iterator[Finding]:
        """Keys that need an income, a table's pools that know no recurrent money, partners of another role."""
        partners, members = at.contract.model.partners, at.members(self.source)
        without = [entry.code for entry in members if entry.income is None]
        nobody = not members and all(entry.income is None for entry in partners)
        if any(key == "income" for _, _, key in self.parts()) and (without or nobody):
            yield at.no_income((), without or [self.source])
        if self.recurrent_only and at.pool.table is not None:
            found = f"{at}: a table of pools does not tell recurrent money apart"
            yield at.error("recurrent-only", ("recurrent_only",), found, "", "Leave it out")
        if self.recurrent_only and at.over_all:
            found = f"{at}: what accounts hold is not told apart by recurrent lines"
            yield at.error("recurrent-only", ("recurrent_only",), found, "", "Leave it out")
        if at.over_all and any(key == "own_variance" for _, _, key in self.parts()):
            found = f"{at}: no line is in this stage, so that nobody has a variance of its own there"
            yield at.error(
                "own-variance-over-all", ("key",), found, "", "Use the key in the pools, or another key here"
            )
        role = ROLE_POTS.get(self.source)
        others = [entry.code for entry in partners if role not in (None, entry.role)]
        for keys, code in self._taking(at):
            if code in others:
                found = f"{at}: {code} takes of the pot '{self.source}' but is no {role}"
                yield at.warning("key-of-another-role", keys, found, "", "Check the key.")
        yield from self._without_weights(at)

    def _taking(self, at: Standing) -> Iterator[tuple[Path, str]]:
        """The partners that fixed keys name and that files weigh, with the key that says so."""
        for use in self.pots():
            if use.role is PotRole.PARTNER:
                yield use.keys, use.pot
        for path, key in self._file_keys():
            for code in sorted(frozenset().union(*at.contract.weighed[key.file].values())):
                yield path, code

    def _without_weights(self, at: Standing) -> Iterator[Finding]:
        """Pools for which a file has no weight: nobody would take what the pot holds."""
        for path, key in self._file_keys():
            weighed = at.contract.weighed[key.file]
            for code in (code for code in at.pools if not {"", code} & weighed.keys()):
                found = f"{at}: no partner has a weight for pool '{code}' in {key.file}"
                action = "Give it weights, or leave 'pool' empty for partners that weigh the same in all pools"
                yield at.error("no-weights", path, found, "", action)


def _share(share: Expr, _: Expr) -> Expr:
    return share


TITLES = {
    "equal": "Key of",
    "income": "Income of",
    "contribution": "Budgets held by",
    "own_variance": "Own variance of the side:",
}
