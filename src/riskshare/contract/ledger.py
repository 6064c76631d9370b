"""The pots of one pool group while its rules run: every amount that leaves a pot arrives in another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from riskshare.contract.circumstances import CaseTable, Circumstances
from riskshare.contract.flows import Flow, Guaranteed, KeyShare, PartOf, Split, times
from riskshare.contract.model import OVERALL, Model, Partner, Rule
from riskshare.contract.records import RecordedDecision, Stage, TargetChange, Term
from riskshare.contract.terms import ColumnTerm
from riskshare.contract.words import Role, Side
from riskshare.formula.language import (
    ONE,
    ZERO,
    Cell,
    Col,
    Expr,
    Part,
    Section,
    Step,
    Total,
    columns_read,
    total_of,
    when,
)
from riskshare.formula.units import FINE_SHARE, MONEY, SHARE, WEIGHT, Unit
from riskshare.problems.errors import FormulaError

POOL = "pool"
UNSHARED = "unshared"
CARRY_FORWARD = "carry_forward"
UNALLOCATED = "unallocated"
NETTED = "netted"
TERM = "term."
TERMS, RESERVES, PARTNERS, DECISIONS, CASES = "terms", "reserves", "partners", "decisions", "cases"
"""The tables that rules read; figures/names.py has all others."""
ROLE_POTS = {"commissioners": Role.COMMISSIONER, "providers": Role.PROVIDER}
FEW = 12
"""Amounts that a formula names one by one."""
BOTH_SIDES = frozenset({Side.GAIN, Side.LOSS})

Sides = frozenset[Side]


@dataclass(frozen=True, slots=True)
class Weights:
    """How an amount is split: a weight for each pot, their total, and the sides that the amount can be on."""

    weights: Mapping[str, Expr]
    whole: Expr
    sides: Sides
    part: PartOf
    """What part of the source the amount is."""

    def part_of(self, weight: Expr) -> PartOf:
        """What part of the source a weight takes."""
        return lambda held: times(self.part(held), weight / self.whole)


@dataclass(slots=True)
class _Open:
    name: str
    rule: Rule
    path: tuple[str | int, ...]
    columns: dict[str, Step] = field(default_factory=dict)
    taken: dict[str, list[Expr]] = field(default_factory=dict)
    given: dict[str, list[Expr]] = field(default_factory=dict)


class Ledger:
    """Collects the steps of a pool group's rules, and keeps the balance of every pot as the column that holds it."""

    def __init__(self, circumstances: Circumstances, opening: Mapping[str, Expr]) -> None:
        """Starts with the balances of the pots that hold something before the first rule."""
        self.circumstances = circumstances
        self.sections: list[Section] = []
        self.terms: list[Term] = []
        self.decisions: list[RecordedDecision] = []
        self.stages: list[Stage] = []
        self.wholes: list[tuple[str, str]] = []
        self.cases: list[CaseTable] = []
        self.changes: list[TargetChange] = []
        self.keys: dict[str, tuple[KeyShare, ...]] = {}
        self.guarantees: list[Guaranteed] = []
        self.flows: list[Flow] = []
        self.splits: list[Split] = []
        self._contributed: dict[str, list[Col]] = {}
        self._target: Expr = Col("target")
        self._balances: dict[str, Expr] = dict(opening)
        self._sides: dict[str, Sides] = dict.fromkeys(opening, BOTH_SIDES)
        self._reached: dict[str, Sides] = {}
        self._open: _Open | None = None

    @property
    def target(self) -> Expr:
        """The target of each pool, with the adjustments made so far."""
        return self._target

    @property
    def model(self) -> Model:
        """The model the rules belong to."""
        return self.circumstances.model

    @property
    def where_it_holds(self) -> str:
        """Where a limit or a floor of the rules holds, as its label says it."""
        return "over all pools" if self.circumstances.pool.code == OVERALL else "in each pool"

    def partners(self, pot: str) -> tuple[Partner, ...]:
        """The partners that a pot can be split between: those of its role, or all."""
        role = ROLE_POTS.get(pot)
        return tuple(partner for partner in self.model.partners if role in (None, partner.role))

    def members(self, pot: str) -> tuple[Partner, ...]:
        """The partners that a pot's name stands for: those of a role, or the one partner."""
        return self.partners(pot) if pot in ROLE_POTS else tuple(p for p in self.model.partners if p.code == pot)

    def balance(self, pot: str) -> Expr:
        """What a pot holds now: gains positive, losses negative."""
        return self._balances.get(pot, ZERO)

    def sides(self, pot: str) -> Sides:
        """Whether a pot may hold a gain, a loss, either or nothing."""
        return self._sides.get(pot, frozenset())

    def pots(self) -> tuple[str, ...]:
        """Every pot that was ever named, in the order of first use."""
        return tuple(self._balances)

    def begin(self, rule: Rule, path: tuple[str | int, ...], name: str) -> None:
        """Opens a rule's section, under a name that is unique in its pool."""
        self._open = _Open(name, rule, path)

    def finish(self) -> None:
        """Closes the rule's section with the new balance of every pot it touched."""
        rule, before = self._rule, self.balance(POOL)
        for pot in dict.fromkeys((*rule.taken, *rule.given)):
            self._balances[pot] = self._new_balance(pot)
        heading = f"{len(self.sections) + 1}. {title_of(rule.rule)}"
        self.sections.append(Section(heading, tuple(rule.columns.values()), rule.rule.clause, rule.rule.note or ""))
        self.stages.append(Stage(rule.name, title_of(rule.rule), before, self.balance(POOL)))
        self._open = None

    def _new_balance(self, pot: str) -> Col:
        rule = self._rule
        balance = self.balance(pot)
        given = rule.given.get(pot, [])
        result = balance if balance != ZERO else total_of(given)
        for amount in _summed(given) if balance != ZERO else ():
            result = result + amount
        for amount in _summed(rule.taken.get(pot, [])):
            result = result - amount
        return self.figure(f"holds.{pot}", f"{pot_title(pot, self.model)} then holds", result)

    @property
    def _rule(self) -> _Open:
        if self._open is None:
            raise AssertionError("a rule works on the ledger only between begin and finish")
        return self._open

    @property
    def rule_name(self) -> str:
        """The open rule's name, unique in its pool."""
        return self._rule.name

    @property
    def path(self) -> tuple[str | int, ...]:
        """Where the open rule stands in the model file."""
        return self._rule.path

    def term(
        self, name: str, label: str, value: Decimal | ColumnTerm, unit: Unit, path: tuple[str | int, ...] = ()
    ) -> Col:
        """One number of the contract: a cell on Terms, or a column of the pools' table; percentages as written."""
        if isinstance(value, ColumnTerm):
            return self.figure(name, label, Col(f"{TERM}{value.column}"), unit, additive=False)
        rule, pool = self._rule, self.circumstances.pool
        key = f"{pool.code}.{rule.name}.{name}"
        where = (*rule.path, *(path or (name,)))
        title = f"{pool.title}: {title_of(rule.rule)}"
        amount = value / 100 if unit is SHARE else value
        self.terms.append(Term(key, pool.code, rule.name, title, rule.rule.clause, label, unit, amount, where))
        return self._add(
            Step(f"{rule.name}.{name}", unit, label, Cell(TERMS, "value", key), rule.rule.clause, "", False)
        )

    def figure(self, name: str, label: str, expr: Expr, unit: Unit = MONEY, additive: bool = True) -> Col:
        """One named figure of the open rule; `additive` where its total over the pools means something."""
        rule = self._rule
        unit = FINE_SHARE if unit is SHARE and self._is_fine(expr) else unit
        return self._add(
            Step(f"{rule.name}.{name}", unit, label, expr, rule.rule.clause, "", additive and unit is MONEY)
        )

    def _is_fine(self, expr: Expr) -> bool:
        """Whether a share is made of one in the pools' table, which may have more decimals than the contract's."""
        columns = self._rule.columns
        return any(
            name.startswith(TERM) or (name in columns and columns[name].unit is FINE_SHARE)
            for name in columns_read(expr)
        )

    def _add(self, step: Step) -> Col:
        if self._rule.columns.setdefault(step.name, step) != step:
            raise FormulaError(f"rule {self.rule_name} names two different figures {step.name!r}")
        return Col(step.name)

    def move(self, amount: Expr, source: str, to: str, sides: Sides, part: PartOf | None = None) -> None:
        """Moves an amount (a gain positive, a loss negative) from one pot to another at the end of the rule.

        `part` says what part of the source it is; without it the amount is a stated one, whatever the source holds.
        """
        self._rule.taken.setdefault(source, []).append(amount)
        self._rule.given.setdefault(to, []).append(amount)
        self.flows.append(Flow(self.rule_name, source, to, self.balance(source), part, len(self.changes)))
        self.may_hold(to, sides)

    def emptied(self, pot: str, sides: Sides = BOTH_SIDES) -> None:
        """Records that a rule leaves nothing of these sides in a pot."""
        self._sides[pot] = self.sides(pot) - sides

    def may_hold(self, pot: str, sides: Sides) -> None:
        """Records that a pot may hold these sides from now on."""
        self._sides[pot] = self.sides(pot) | sides

    def reach(self, pots: Iterable[str], sides: Sides) -> None:
        """Records that a rule shares these sides with pots, though some may get nothing of this year's lines."""
        for pot in pots:
            self._reached[pot] = self.reached(pot) | sides

    def reached(self, pot: str) -> Sides:
        """What a rule that works on the pot can find there, with these lines or with others."""
        return self.sides(pot) | self._reached.get(pot, frozenset())

    def split(self, name: str, label: str, amount: Expr, source: str, by: Weights) -> None:
        """Moves an amount to several pots by running-total rounding of their weights, in the order given."""
        before: list[Expr] = []
        parts: list[Col] = []
        for pot, weight in by.weights.items():
            part = Part(amount, total_of(before), total_of([*before, weight]), by.whole)
            parts.append(self.figure(f"{name}.{pot}", f"{label}: {pot_title(pot, self.model)}", part))
            self.move(parts[-1], source, pot, by.sides, by.part_of(weight))
            before.append(weight)
        if isinstance(amount, Col):
            self.splits.append(Split(amount, tuple(parts)))

    def whole(self, name: str, weights: Iterable[Expr]) -> Col:
        """The total of the weights."""
        return self.figure(f"{name}.whole", "Total of the weights", total_of(weights), WEIGHT, additive=False)

    def shares(self, name: str, label: str, shares: Iterable[Expr]) -> Col:
        """The total of shares that the contract states; a live check holds it to 100%."""
        title = f"{label[:1].upper()}{label[1:]}: total of the shares"
        whole = self.figure(f"{name}.whole", title, total_of(shares), SHARE, additive=False)
        self.wholes.append((f"{self.rule_name}, {label}: shares add to 100%", whole.name))
        return whole

    def divisor(self, name: str, weights: Iterable[Expr]) -> Col:
        """The total of the weights, or 1 where it is zero, so that a part of nothing is nothing."""
        total = self.whole(name, weights)
        return self.figure(
            f"{name}.divisor", "Divisor (1 where the total is 0)", when(total, "=", ZERO, ONE, total), WEIGHT
        )

    def reserve_before(self, reserve: str) -> Expr:
        """What is left of a reserve before the open rule: its opening, what earlier pools and earlier rules moved."""
        moved = list(self.circumstances.earlier.get(reserve, ()))
        balance = self.balance(reserve)
        if isinstance(balance, Col):
            moved.append(Total(self.circumstances.table, balance.name))
        return total_of([Cell(RESERVES, "opening", reserve), *moved])

    def excluded_variance(self) -> Expr:
        """The variance of the lines that the open rule takes out of each pool."""
        return self.circumstances.variance_of(self._rule.name)

    def adjust_target(self, change: Col, funded_by: str, reason: str) -> None:
        """Adds a change to the target and to what is in the pool; the partner's position moves by as much."""
        self._target = target = self.figure("target", "Target after the change", self._target + change)
        pool, rule = self.circumstances.pool, self._rule
        key, table, clause = f"{pool.code}.{rule.name}", self.circumstances.table, rule.rule.clause
        self.changes.append(TargetChange(key, pool.title, table, change, target, funded_by, clause, reason, rule.path))
        self._rule.given.setdefault(POOL, []).append(change)
        self.flows.append(Flow(rule.name, funded_by, POOL, ZERO, None, len(self.changes), target_change=True))
        self.may_hold(POOL, BOTH_SIDES)

    def guaranteed(self, partner: str, floor: Col) -> None:
        """Records that the open rule guarantees a partner this floor: after the last rule it must still hold it."""
        rule = self._rule
        clause = rule.rule.clause
        self.guarantees.append(Guaranteed(rule.name, title_of(rule.rule), partner, floor, clause, rule.path))

    def contribute(self, partner: str, change: Col) -> None:
        """Counts a change of the target among what a partner contributes, from the next rule on."""
        self._contributed.setdefault(partner, []).append(change)
        title = f"Contribution of {partner} after the change"
        self.figure("contribution", title, total_of(self.contribution(partner)), additive=False)

    def contribution(self, partner: str) -> tuple[Col, ...]:
        """What a partner contributes to each pool: budgets that it holds there, and changes of the target it funds."""
        held = (Col(f"target_{partner}"),) if partner in self.circumstances.holders else ()
        return (*held, *self.contributed(partner))

    def contributed(self, partner: str) -> tuple[Col, ...]:
        """The changes of the target that count among what a partner contributes."""
        return tuple(self._contributed.get(partner, ()))

    def case_table(self, file: str, attachment: Col, coinsurance: Col) -> str:
        """The name of the table of cases that the open rule cuts by its terms."""
        code = self.circumstances.pool.code
        name = f"{CASES} {code} {self.rule_name}"
        self.cases.append(CaseTable(name, file, f"{code}.{attachment.name}", f"{code}.{coinsurance.name}"))
        return name

    def record(self, decision: RecordedDecision) -> Expr:
        """A decision's amount in its own pool, zero in the others."""
        self.decisions.append(decision)
        return Total(DECISIONS, "amount", (("decision", decision.key), ("pool", Col("pool"))))


def _summed(amounts: list[Expr]) -> list[Expr]:
    """The amounts one by one while they are few; many of them as their sum, so that the formula stays short."""
    return amounts if len(amounts) <= FEW else [total_of(amounts)]


def ring_fence_name(reserve: str) -> str:
    """The name of the automatic rule that keeps a ring-fenced underspend for a reserve."""
    return f"ring_fence_{reserve}"


def title_of(rule: Rule) -> str:
    """A rule's heading, such as `Share ranges (gain)`."""
    qualifier = getattr(rule, "qualifier", "")
    words = rule.rule.replace("_", " ").capitalize()
    return f"{words} ({qualifier.replace('_', ' ')})" if qualifier else words


def pot_title(pot: str, model: Model) -> str:
    """How a pot is called on a sheet."""
    if pot.startswith("pool:"):
        return f"Passed up to {pot.removeprefix('pool:')}"
    known = {entry.code for entry in model.partners} | {entry.code for entry in model.reserves}
    return pot if pot in known else pot.replace("_", " ").capitalize()


def pot_within(pot: str, model: Model) -> str:
    """How a pot is called inside a sentence: `Limit of the pool`, `Limit of CCG`."""
    title = pot_title(pot, model)
    words = title if title == pot else f"{title[:1].lower()}{title[1:]}"
    return f"the {words}" if pot == POOL else words
