"""Independent reference: what every account holds, has to pay and is paid, in exact fractions and whole pennies.

Written from docs/rules.md, docs/arithmetic.md and docs/decisions, not from riskshare's source: `settle(folder)` reads a
model's files by itself and follows the order of things of docs/rules.md. Modules: `reference_money` (rounding and
splitting), `reference_model` (files), `reference_contract` (rules as written), `reference_pools` (lines, ring-fences,
what pools start with), `reference_rules` and `reference_partners` (one function for each rule), `reference_payments`
(settlement and reconciliation).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import reference_partners as partners
import reference_rules as rules
from reference_model import Entry, Model, read
from reference_money import RefusedError, cut, rounded, split
from reference_pools import Group, Outside, Pool, groups_of, open_pools, ring_fences
from reference_rules import Apply, Run

RULES: Mapping[str, Apply] = {
    "adjust_target": rules.adjust_target,
    "allocate": partners.allocate,
    "cap": partners.cap,
    "carry_forward": rules.carry_forward,
    "decision": rules.decision,
    "guarantee": partners.guarantee,
    "net": rules.net,
    "outcomes": rules.outcomes,
    "prorate": rules.prorate,
    "reserve": rules.reserve,
    "share_ranges": rules.share_ranges,
    "stop_loss": rules.stop_loss,
    "threshold": rules.threshold,
    "withhold": rules.withhold,
}
TAKE_NO_PART = ("adjust_target", "decision", "stop_loss", "exclude")
NEXT_YEAR = ("carry_forward", "unallocated")


@dataclass
class Settled:
    """A model that has run: its pools, what accounts hold over all of them, and what came from outside the pools."""

    model: Model
    groups: list[Group]
    outside: list[Outside]
    overall: Group | None

    def pots(self) -> dict[str, dict[str, int]]:
        """What every account holds in the end in each pool, those that hold nothing left out."""
        every = [*self.groups, *([self.overall] if self.overall else [])]
        return {
            pool.code: {pot: held for pot, held in pool.pots.items() if held} for group in every for pool in group.pools
        }


def settle(folder: Path) -> Settled:
    """Runs a model from its files; raises RefusedError where it has no answer."""
    model = read(folder)
    groups = groups_of(model)
    outside = ring_fences(model, groups)
    run = Run(model)
    named = {pot for group in groups for rule in group.rules for pot in _passing_up(rule)}
    for group in groups:
        open_pools(group, model.partners, run.passed, named)
        _run_rules(run, group)
        for pool in group.pools:
            _close(model, group, pool)
            _remember(run, pool)
    return Settled(model, groups, outside, _over_all(run, groups))


def _passing_up(written: object) -> Iterator[str]:
    """The later pools that a rule names, at any depth: money that comes from them is nobody's own."""
    if isinstance(written, str):
        yield from [written.removeprefix("pool:")] if written.startswith("pool:") else []
    elif isinstance(written, list | dict):
        inner = [*written, *written.values()] if isinstance(written, dict) else written
        yield from (pot for entry in inner for pot in _passing_up(entry))


def _run_rules(run: Run, group: Group) -> None:
    model = run.model
    foreign = {"pool"} if any(pool.foreign for pool in group.pools) else set()
    shared, reached = False, {"pool"}
    sides = {("pool", "gain"), ("pool", "loss")}
    for rule in group.rules:
        if rule["rule"] == "exclude":
            continue
        for pool in group.pools:
            pool.shared_yet = shared
        RULES[rule["rule"]](run, group, rule)
        foreign = _foreign(model, rule, foreign, shared, sides)
        _reach(model, rule, sides)
        if rule["rule"] not in TAKE_NO_PART and "balance" not in rule:
            takers = {taker for source, taker in _ways(model, rule) if source in reached}
            shared, reached = shared or bool(takers), reached | takers
    for pool in group.pools:
        pool.foreign = "unshared" in foreign
    undone = partners.unhonoured(group)
    if undone:
        raise RefusedError(f"guarantees undone: {undone}")


def _reach(model: Model, rule: Entry, sides: set[tuple[str, str]]) -> None:
    """Which pots may hold a gain or a loss after a rule, as far as caps that hand on to others need it."""
    works_on: tuple[str, ...]
    if rule["rule"] == "decision":
        ways, works_on = [("pool", rule["from"]), ("pool", rule["to"])], ("gain", "loss")
    elif rule["rule"] == "guarantee":
        ways, works_on = [("pool", code) for code in model.partners], ("gain", "loss")
    elif rule["rule"] == "stop_loss":
        ways, works_on = [("pool", rule["borne_by"])], ("loss",)
    else:
        ways = _ways(model, rule)
        side = str(rule.get("side", "both" if rule["rule"] != "outcomes" else "gain"))
        works_on = ("gain", "loss") if side == "both" else (side,)
    sides |= {(taker, side) for source, taker in ways for side in works_on if (source, side) in sides}


def _foreign(model: Model, rule: Entry, foreign: set[str], shared: bool, sides: set[tuple[str, str]]) -> set[str]:
    """Pots that may hold money which is no part of own variances: stated amounts, and what they reach."""
    kind = rule["rule"]
    if kind == "decision":
        return foreign | {rule["from"], rule["to"]}
    if kind == "stop_loss":
        return foreign | {"pool", rule["borne_by"]}
    if "balance" in rule or (kind == "adjust_target" and shared):
        return foreign | {"pool"}
    if kind == "guarantee":
        funder = rule["funded_by"]
        return foreign | {rule["partner"], *([funder] if funder in model.partners else model.members(funder))}
    if kind == "cap" and rule["excess_to"] == "others":
        side = rule.get("side", "both")
        holding = {
            code for code in model.partners for on in ("gain", "loss") if side in ("both", on) and (code, on) in sides
        }
        return foreign | holding | {"unallocated"}
    reached = {taker for source, taker in _ways(model, rule) if source in foreign}
    return foreign | reached


def _ways(model: Model, rule: Entry) -> list[tuple[str, str]]:
    """From which pots to which a rule may move money."""
    kind = rule["rule"]
    if kind == "allocate":
        keys = rule["key"] if isinstance(rule["key"], list) else [{"key": rule["key"]}]
        named = (entry["key"] for entry in keys)
        takers = (key if isinstance(key, dict) and "file" not in key else model.members(rule["from"]) for key in named)
        return [(rule["from"], code) for members in takers for code in members]
    if kind == "threshold":
        return [("pool", "unshared")]
    if kind in ("reserve", "net"):
        return [("pool", rule.get("reserve", "netted"))]
    if kind == "share_ranges":
        return [("pool", pot) for band in rule["bands"] for pot in band["shares"]]
    sources = rule.get("from", [*rule.get("limits", {})])
    sources = [sources] if isinstance(sources, str) else sources
    taker = rule.get("to") or rule.get("forfeited_to") or rule.get("excess_to") or ""
    return [(source, taker) for source in sources]


def _close(model: Model, group: Group, pool: Pool) -> None:
    """Unshared money stays with the holders; then money may stand only in accounts."""
    unshared = pool.pots.pop("unshared", 0)
    part = pool.part.pop("unshared", Fraction(0))
    for code, amount in _kept(model, group, pool, unshared, part).items():
        pool.pots[code] += amount
    accounts = {*model.partners, *model.openings, *NEXT_YEAR, "netted"}
    left = {pot for pot, held in pool.pots.items() if held and pot not in accounts and not pot.startswith("pool:")}
    if left:
        raise RefusedError(f"{pool.code}: money left in {sorted(left)}")


def _kept(model: Model, group: Group, pool: Pool, unshared: int, part: Fraction) -> dict[str, int]:
    """What each holder keeps of what is unshared (docs/arithmetic.md, the part that stays unshared)."""
    codes = list(model.partners)
    own = [pool.own[code] for code in codes]
    if len(group.holders) == 1:
        return {group.holders[0]: unshared}
    gained_or_lost = all(amount >= 0 for amount in own) or all(amount <= 0 for amount in own)
    if gained_or_lost and any(own) and not pool.foreign:
        return dict(zip(codes, split(unshared, own), strict=True))
    kept = cut(own, rounded(part, 12))
    budgets = [max(pool.budget[code], 0) for code in codes]
    beyond = unshared - sum(kept)
    if not sum(budgets):
        return {**dict(zip(codes, kept, strict=True)), "unallocated": beyond}
    return dict(zip(codes, (a + b for a, b in zip(kept, split(beyond, budgets), strict=True)), strict=True))


def _remember(run: Run, pool: Pool) -> None:
    """What reserves took in this pool, and what it passes up."""
    for pot, held in list(pool.pots.items()):
        if pot in run.model.openings:
            run.taken[pot] = run.taken.get(pot, 0) + held
        if pot.startswith("pool:"):
            code = pot.removeprefix("pool:")
            run.passed[code] = run.passed.get(code, 0) + held


def _over_all(run: Run, groups: list[Group]) -> Group | None:
    """The stage over all pools: its pots are what every account holds after them."""
    written = run.model.toml.get("overall", {}).get("rules", [])
    if not written:
        return None
    total = Pool("overall", "", {}, {})
    nothing = dict.fromkeys(run.model.partners, 0)
    total.budget, total.contribution, total.recurrent, total.own = nothing, nothing, nothing, nothing
    for pool in (pool for group in groups for pool in group.pools):
        total.target += pool.target
        for pot, held in pool.pots.items():
            if not pot.startswith("pool:") and pot != "netted":
                total.pots[pot] += held
        total.budget = _added(total.budget, pool.budget)
        total.contribution = _added(total.contribution, pool.contribution)
        total.recurrent = _added(total.recurrent, pool.recurrent)
        total.own = _added(total.own, pool.own)
    stage = Group("overall", written, [total], list(run.model.partners), set())
    run.taken = {}
    _run_rules(run, stage)
    _close(run.model, stage, total)
    return stage


def _added(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int, left)
    for code, amount in right.items():
        total[code] += amount
    return dict(total)
