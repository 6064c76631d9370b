"""Independent reference: the rules that look at partners: allocate, cap, guarantee (docs/rules.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction

from reference_contract import money_term, part_term, weight_term
from reference_model import Entry, Model, Written
from reference_money import RefusedError, penny, split
from reference_pools import Group, Pool
from reference_rules import Run, of_target, side_of, take_part, works

ROLES = ("commissioners", "providers")


def allocate(run: Run, group: Group, rule: Entry) -> None:
    """All that a pot holds goes to partners in proportion to a key."""
    pot = rule["from"]
    for pool in group.pools:
        members = run.model.members(pot)
        whole, held = pool.part[pot], pool.pots[pot]
        exact = exact_by_key(run.model, pool, rule, members, held)
        for code, amount in by_key(run.model, pool, rule, members, held).items():
            pool.move(amount, pot, code, whole * exact[code])


def by_key(model: Model, pool: Pool, rule: Entry, members: list[str], amount: int) -> dict[str, int]:
    """An amount split by the key of a rule: a blend splits it first, then each part by its own key."""
    parts = _blend(rule)
    given = dict.fromkeys(members, 0)
    for entry, part in zip(parts, split(amount, [weight_term(entry["weight"], {}) for entry in parts]), strict=True):
        weights = _weights(model, pool, entry["key"], members, rule, amount)
        for code, got in zip(weights, split(part, list(weights.values())), strict=True):
            given[code] = given.get(code, 0) + got
    return given


def exact_by_key(model: Model, pool: Pool, rule: Entry, members: list[str], amount: int) -> dict[str, Fraction]:
    """The exact part of an amount that each partner takes by the key, before pennies are rounded."""
    parts = _blend(rule)
    every = sum(weight_term(entry["weight"], {}) for entry in parts)
    given: dict[str, Fraction] = defaultdict(Fraction)
    for entry in parts:
        weights = _weights(model, pool, entry["key"], members, rule, amount)
        whole = sum(weights.values())
        for code, weight in weights.items():
            given[code] += weight_term(entry["weight"], {}) / every * (weight / whole if whole else 0)
    return given


def _blend(rule: Entry) -> list[Entry]:
    """The keys that are blended, with their weights; one key weighs all."""
    return rule["key"] if isinstance(rule["key"], list) else [{"weight": 100, "key": rule["key"]}]


def _weights(
    model: Model, pool: Pool, key: Written, members: list[str], rule: Entry, amount: int
) -> dict[str, Fraction]:
    """The weights of a key: partners as the model declares them, or as a key of weights names them."""
    if key == "equal":
        return dict.fromkeys(members, Fraction(1))
    if key in ("income", "contributed"):
        held = model.incomes if key == "income" else pool.contribution
        return {code: Fraction(max(held[code], 0)) for code in members}
    if key == "contribution":
        contributed = pool.recurrent if rule.get("recurrent_only") else pool.contribution
        return _not_negative({code: Fraction(contributed[code]) for code in members})
    if key == "own_variance":
        sign = -1 if amount < 0 else 1
        return {code: Fraction(max(sign * pool.of_lines[code], 0)) for code in members}
    if "file" in key:
        return _filed(model, pool, key["file"], members)
    return {code: weight_term(weight, pool.row) for code, weight in key.items()}


def _not_negative(weights: dict[str, Fraction]) -> dict[str, Fraction]:
    if any(weight < 0 for weight in weights.values()):
        raise RefusedError("contributions below zero")
    return weights


def _filed(model: Model, pool: Pool, file: str, members: list[str]) -> dict[str, Fraction]:
    """Weights from a file: of every pool, or of each pool its own."""
    rows = [row for row in model.rows(file) if row.get("pool", pool.code) == pool.code]
    weights = {row["partner"]: Fraction(row["weight"].replace(",", "")) for row in rows}
    return {code: weights.get(code, Fraction(0)) for code in members}


# Limits


def cap(run: Run, group: Group, rule: Entry) -> None:
    """What a pot holds beyond its limit leaves it, to a pot or to the other partners."""
    limits = rule.get("limits") or {rule["from"]: rule["limit"]}
    for pool in group.pools:
        known = {pot: _limit(run.model, pool, pot, limit) for pot, limit in limits.items()}
        if rule["excess_to"] == "others":
            for side in ("gain", "loss"):
                if works(rule, side):
                    _to_others(run.model, pool, known, side)
        else:
            _to_pot(pool, known, rule)


def _limit(model: Model, pool: Pool, pot: str, limit: Entry) -> int:
    if "lowest_of" in limit:
        return min(_limit(model, pool, pot, other) for other in limit["lowest_of"])
    if "amount" in limit:
        return money_term(limit["amount"], pool.row)
    part = part_term(limit["percent"], pool.row)
    return of_target(pool, part) if limit["of"] == "target" else penny(part * _base(model, pool, pot, limit["of"]))


def _base(model: Model, pool: Pool, pot: str, of: str) -> int:
    """What a limit is a percentage of."""
    concerned = [pot] if pot in model.partners else model.members(pot)
    if of == "contribution":
        return sum(_not_negative({code: Fraction(pool.contribution[code]) for code in concerned}).values()).__int__()
    return sum(model.incomes[code] for code in concerned)


def _to_pot(pool: Pool, limits: Mapping[str, int], rule: Entry) -> None:
    over = {
        pot: (max(abs(pool.pots[pot]) - limit, 0)) for pot, limit in limits.items() if works(rule, side_of(pool, pot))
    }
    for pot, excess in over.items():
        take_part(pool, pot, rule["excess_to"], excess, lambda held, pot=pot: max(held - limits[pot], Fraction(0)))  # type: ignore[misc]


def _to_others(model: Model, pool: Pool, limits: Mapping[str, int], side: str) -> None:
    """Pro rata to what they hold, to partners of the same side below their limit, until nobody is over."""
    sign = 1 if side == "gain" else -1
    holds = {code: max(sign * pool.pots[code], 0) for code in model.partners}
    while any(holds[code] > limit for code, limit in limits.items()):
        over = {code: max(holds[code] - limit, 0) for code, limit in limits.items()}
        weights = [held if code not in limits or held < limits[code] else 0 for code, held in holds.items()]
        excess = sum(over.values())
        takes = split(excess, weights) if sum(weights) else [0] * len(weights)
        moved = {code: got - over.get(code, 0) for code, got in zip(holds, takes, strict=True)}
        for code, change in moved.items():
            holds[code] += change
            pool.pots[code] += sign * change
        pool.pots["unallocated"] += sign * (excess - sum(takes))


# Guarantees


def guarantee(run: Run, group: Group, rule: Entry) -> None:
    """What a partner holds below its floor is paid by the funder, whatever that holds; a role pays by its key."""
    partner, funder = rule["partner"], rule["funded_by"]
    floor = money_term(rule["floor"], {})
    for pool in group.pools:
        short = max(floor - pool.pots[partner], 0)
        payers = {funder: short} if funder not in ROLES else _by_role(run.model, group, pool, rule, short)
        for code, amount in payers.items():
            pool.move(amount, code, partner)


def _by_role(model: Model, group: Group, pool: Pool, rule: Entry, short: int) -> dict[str, int]:
    """By the last key of the role's pot above this rule, else by contributions, else in equal parts."""
    members = [code for code in model.members(rule["funded_by"]) if code != rule["partner"]]
    above = group.rules[: next(number for number, entry in enumerate(group.rules) if entry is rule)]
    last = [entry for entry in above if entry["rule"] == "allocate" and entry["from"] == rule["funded_by"]][-1:]
    for key in (*last, {"key": "contributed"}, {"key": "equal"}):
        try:
            return _without(model, pool, key, members, rule["partner"], short)
        except RefusedError:
            continue
    raise RefusedError("a role of nobody")


def _without(model: Model, pool: Pool, rule: Entry, members: list[str], protected: str, short: int) -> dict[str, int]:
    """A shortfall by a key from which the protected partner is left out."""

    def bare(key: Written) -> Written:
        return {code: weight for code, weight in key.items() if code != protected} if isinstance(key, Mapping) else key

    keys = rule["key"]
    kept = [entry | {"key": bare(entry["key"])} for entry in keys] if isinstance(keys, list) else bare(keys)
    if not short:
        return {}
    return by_key(model, pool, rule | {"key": kept}, members, short)


def unhonoured(group: Group) -> list[str]:
    """Guarantees that a later rule undid."""
    return [
        f"{pool.code}: {rule['partner']}"
        for rule in group.rules
        if rule["rule"] == "guarantee"
        for pool in group.pools
        if pool.pots[rule["partner"]] < money_term(rule["floor"], {})
    ]
