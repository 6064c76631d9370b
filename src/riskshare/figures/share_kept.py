"""Kept: what part of the holders' own variances the rules of a pool group leave unshared, followed from pot to pot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from riskshare.contract.flows import Flow, times
from riskshare.contract.ledger import POOL, UNSHARED, Ledger, pot_within, ring_fence_name
from riskshare.formula.language import ONE, PENNY, ZERO, Col, Column, Expr, Step, columns_read, when
from riskshare.formula.units import MONEY, PART

A_PENNY = "a_penny"


@dataclass(frozen=True, slots=True)
class _Rule:
    """The flows of one rule, and the pots whose money can still come to be unshared after it."""

    name: str
    flows: tuple[Flow, ...]
    wanted: frozenset[str]

    @property
    def traced(self) -> tuple[Flow, ...]:
        """The flows of a part of a pot that matter to what is unshared in the end."""
        return tuple(flow for flow in self.flows if flow.part and self.wanted & {flow.source, flow.to})


class Kept:
    """Follows the holders' own variances through the rules: the part of them that ends in `unshared`.

    A rule that moves a part of what a pot holds moves that part of the own variances in it. A stated amount, such as a
    decision or what was passed up, moves none of them. Where a pot holds nothing, it moves the part that it would of a
    penny (of gain, or of loss where the pool starts with one), so that nothing jumps where a variance passes zero.
    """

    def __init__(self, ledger: Ledger, passed_up: bool) -> None:
        """The pots of a group after its last rule; whether earlier pools passed money up to it."""
        self._ledger = ledger
        self._titles = {stage.rule: stage.title for stage in ledger.stages}
        automatic = {ring_fence_name(reserve) for reserve in ledger.circumstances.ring_fenced}
        self._flows = [flow for flow in ledger.flows if flow.rule not in automatic]
        self._rules = _wanted(self._flows)
        first = next((flow for rule in self._rules for flow in rule.traced), None)
        self.changes = ledger.changes[: first.changes] if first else ledger.changes
        """The changes of the target that count among the own variances: those before the first part is taken."""
        self.foreign = UNSHARED in _with_foreign_money(self._flows, len(self.changes), passed_up)
        """Whether money that is no part of the own variances can be unshared."""
        self._tried: set[str] = set()
        self.part: Expr = ZERO
        """The part of the own variances that is unshared, once the columns are there."""

    def columns(self) -> Iterator[Column]:
        """The steps that lead to the part."""
        held: dict[str, Expr] = {POOL: ONE}
        for rule in self._rules:
            moved: list[tuple[Flow, Col]] = []
            for step, flow in self._moved(rule, held):
                yield step
                if flow is not None:
                    moved.append((flow, Col(step.name)))
            after = _after(held, moved)
            for pot in dict.fromkeys(pot for flow, _ in moved for pot in (flow.source, flow.to)):
                if pot in rule.wanted and not isinstance(after[pot], Col):
                    step = self._held(rule, pot, after[pot])
                    after[pot] = Col(step.name)
                    yield step
            held = after
        self.part = held.get(UNSHARED, ZERO)

    def _moved(self, rule: _Rule, held: Mapping[str, Expr]) -> Iterator[tuple[Step, Flow | None]]:
        """The part of the own variances that each flow of a rule moves, and before it what it is a part of."""
        for number, flow in enumerate(rule.traced, start=1):
            trial = Step(
                f"trial.{rule.name}.{flow.source}",
                MONEY,
                f"{self._titles[rule.name]}: {self._pot(flow.source)} before it, or a penny where it is nothing",
                when(flow.before, "=", ZERO, Col(A_PENNY), flow.before),
                additive=False,
            )
            expr = times(held.get(flow.source, ZERO), flow.part(Col(trial.name))) if flow.part else ZERO
            if expr == ZERO:
                continue
            if trial.name in columns_read(expr) and trial.name not in self._tried:
                yield from ((step, None) for step in (self._a_penny(), trial) if step.name not in self._tried)
                self._tried |= {A_PENNY, trial.name}
            words = f"{self._titles[rule.name]}: part of the own variances from {self._pot(flow.source)}"
            name = f"own_moved.{rule.name}.{number}"
            yield Step(name, PART, f"{words} to {self._pot(flow.to)}", expr, additive=False), flow

    def _a_penny(self) -> Step:
        label = "A penny: of gain, or of loss where the pool starts with one"
        return Step(A_PENNY, MONEY, label, when(Col("start"), "<", ZERO, -PENNY, PENNY), additive=False)

    def _held(self, rule: _Rule, pot: str, expr: Expr) -> Step:
        words = f"{self._titles[rule.name]}: part of the own variances then in {self._pot(pot)}"
        return Step(f"own_in.{rule.name}.{pot}", PART, words, expr, additive=False)

    def _pot(self, pot: str) -> str:
        return pot_within(pot, self._ledger.model)


def _after(held: Mapping[str, Expr], moved: Iterable[tuple[Flow, Col]]) -> dict[str, Expr]:
    after = dict(held)
    for flow, part in moved:
        after[flow.source] = after[flow.source] - part
        after[flow.to] = after[flow.to] + part if flow.to in after else part
    return after


def _wanted(flows: list[Flow]) -> list[_Rule]:
    """The rules in order, each with the pots that later lead to `unshared`."""
    wanted = frozenset({UNSHARED})
    rules: list[_Rule] = []
    for name, group in reversed([(name, tuple(group)) for name, group in groupby(flows, lambda flow: flow.rule)]):
        rules.insert(0, _Rule(name, group, wanted))
        wanted |= {flow.source for flow in group if flow.part and flow.to in wanted}
    return rules


def _with_foreign_money(flows: list[Flow], changes: int, passed_up: bool) -> set[str]:
    """The pots in which stated amounts, or what was passed up, can stand beside the own variances."""
    mixed = {POOL} if passed_up else set()
    for flow in flows:
        if flow.part and flow.source in mixed:
            mixed.add(flow.to)
        elif flow.part is None and not (flow.to == POOL and flow.target_change and flow.changes <= changes):
            mixed |= {flow.source, flow.to}
    return mixed
