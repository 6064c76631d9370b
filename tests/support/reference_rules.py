"""Independent reference: the rules that move money between pots, one function each, as docs/rules.md says them.

Every function works on all pools of a group at once, because `net`, `reserve`, `prorate` and balances look across them.
Besides pennies a pool knows which exact part of its holders' own variances stands in which pot (docs/arithmetic.md,
"The part that stays unshared"): a rule that takes a part of a pot takes that part of it, a stated amount takes none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from reference_contract import money_term, part_term
from reference_model import Entry, Model, Rows
from reference_money import RefusedError, exact_pennies, penny, pounds, rounded, split
from reference_pools import Group, Pool


@dataclass
class Run:
    """The model as far as it has run: what reserves took in or gave so far, and what was passed up."""

    model: Model
    taken: dict[str, int] = field(default_factory=dict)
    passed: dict[str, int] = field(default_factory=dict)

    def left(self, reserve: str, group: Group) -> int:
        """What a reserve holds before a rule of this group: its opening and all that pools gave it or drew on it."""
        here = sum(pool.pots[reserve] for pool in group.pools)
        return self.model.openings[reserve] + self.taken.get(reserve, 0) + here


CONTRIBUTIONS = "follow"
Apply = Callable[[Run, Group, Entry], None]


def side_of(pool: Pool, pot: str) -> str:
    """Whether a pot holds a gain or a loss; one that holds nothing is on the side on which the pool started."""
    held = pool.pots[pot] or (min(pool.started, 0))
    return "loss" if held < 0 else "gain"


def works(rule: Entry, side: str, default: str = "both") -> bool:
    """Whether a rule works on a side."""
    return rule.get("side", default) in ("both", side)


def size(pool: Pool, pot: str, rule: Entry, default: str = "both") -> int:
    """What a pot holds of the sides that a rule works on."""
    return abs(pool.pots[pot]) if works(rule, side_of(pool, pot), default) else 0


def take(pool: Pool, pot: str, taker: str, amount: int, part: Fraction, whole: Fraction) -> None:
    """Moves an amount of the pot's own side, and a part of what stood in it (`whole`) of the own variances."""
    sign = -1 if side_of(pool, pot) == "loss" else 1
    pool.move(sign * amount, pot, taker, whole * part)


def take_part(pool: Pool, pot: str, taker: str, amount: int, formula: Callable[[Fraction], Fraction]) -> None:
    """Moves an amount; its exact part of the pot is what the formula takes of it, of a penny where it holds nothing."""
    held = Fraction(abs(pool.pots[pot]) or 1)
    take(pool, pot, taker, amount, formula(held) / held, pool.part[pot])


# Before sharing


def adjust_target(run: Run, group: Group, rule: Entry) -> None:
    """The target moves, and with it the pool, the position of the funder and (unless it stays) its contribution."""
    funder = rule["funded_by"]
    for pool in group.pools:
        if "amount" in rule:
            change = money_term(rule["amount"], pool.row)
        else:
            change = of_target(pool, part_term(rule["percent"], pool.row))
        pool.target += change
        pool.pots["pool"] += change
        pool.funded[funder] += change
        if rule.get("contributions", CONTRIBUTIONS) == "follow":
            pool.contribution[funder] += change
            pool.recurrent[funder] += change
        if not pool.shared_yet:
            pool.own[funder] += change


def stop_loss(run: Run, group: Group, rule: Entry) -> None:
    """Of each case's cost above the attachment, less coinsurance, moves as a loss."""
    attachment, kept = money_term(rule["attachment"], {}), part_term(rule.get("coinsurance", 0), {})
    for pool in group.pools:
        cases = [row for row in run.model.rows(rule["cases"]) if row["pool"] == pool.code]
        ceded = sum(penny(max(pounds(row["cost"]) - attachment, 0) * (1 - kept)) for row in cases)
        pool.move(-ceded, "pool", rule["borne_by"])


def net(run: Run, group: Group, rule: Entry) -> None:
    """What gains and losses of the group's pools have in common is set off, pro rata on both sides."""
    gains = [max(pool.pots["pool"], 0) for pool in group.pools]
    losses = [max(-pool.pots["pool"], 0) for pool in group.pools]
    common = min(sum(gains), sum(losses))
    gives, gets = split(common, gains), split(common, losses)
    for pool, give, got in zip(group.pools, gives, gets, strict=True):
        side, other = (sum(gains), sum(losses)) if side_of(pool, "pool") == "gain" else (sum(losses), sum(gains))
        whole = Fraction(side if pool.pots["pool"] else side + 1)
        take(pool, "pool", "netted", give + got, min(Fraction(1), other / whole), pool.part["pool"])


def threshold(run: Run, group: Group, rule: Entry) -> None:
    """A variance below the threshold is not shared, or what is up to it."""
    for pool in group.pools:
        if not works(rule, side_of(pool, "pool")):
            continue
        limit = Fraction(_of_target(rule, pool))

        def unshared(held: Fraction, limit: Fraction = limit) -> Fraction:
            if rule.get("basis", "first_pound") == "excess_only":
                return min(held, limit)
            return held if held < limit else Fraction(0)

        take_part(pool, "pool", "unshared", int(unshared(Fraction(abs(pool.pots["pool"])))), unshared)


def _of_target(rule: Entry, pool: Pool) -> int:
    """An amount, or a percentage of the target."""
    if "amount" in rule:
        return money_term(rule["amount"], pool.row)
    return of_target(pool, part_term(rule["percent"], pool.row))


def of_target(pool: Pool, part: Fraction) -> int:
    """A percentage of the target; where that is zero or less and there is money, there is none."""
    if pool.target <= 0 and any(pool.pots.values()):
        raise RefusedError(f"{pool.code}: a percentage of a target of {pool.target}")
    return penny(part * pool.target)


def reserve(run: Run, group: Group, rule: Entry) -> None:
    """A loss draws on the reserve, pro rata or in a stated order where it does not reach; a gain tops it up."""
    code = rule["reserve"]
    asked = [_within(pool, "pool", rule, size(pool, "pool", rule)) for pool in group.pools]
    amounts, reach = asked, [Fraction(1)] * len(asked)
    if rule["side"] == "loss":
        left = max(run.left(code, group), 0)
        amounts, reach = _drawn(group, rule, asked, left)
    for pool, amount, part in zip(group.pools, amounts, reach, strict=True):
        if works(rule, side_of(pool, "pool")):
            take_part(pool, "pool", code, amount, lambda held, pool=pool, part=part: _limited(pool, rule, held) * part)  # type: ignore[misc]


def _limited(pool: Pool, rule: Entry, held: Fraction) -> Fraction:
    """A percentage of what is held, at most the limit: exact."""
    part = part_term(rule.get("percent", 100), pool.row) * held
    return min(part, Fraction(money_term(rule["limit"], pool.row))) if "limit" in rule else part


def _within(pool: Pool, pot: str, rule: Entry, held: int) -> int:
    """A percentage of what is held, to the penny, at most the limit."""
    part = penny(part_term(rule.get("percent", 100), pool.row) * held)
    return min(part, money_term(rule["limit"], pool.row)) if "limit" in rule else part


def _drawn(group: Group, rule: Entry, asked: list[int], left: int) -> tuple[list[int], list[Fraction]]:
    """What each pool draws, and which part of what it asks."""
    order = rule.get("order", "pro_rata")
    if order == "pro_rata":
        total = sum(asked)
        if total <= left:
            return asked, [Fraction(int(left > 0))] * len(asked)
        return split(left, asked), [Fraction(left, total)] * len(asked)
    amounts = [0] * len(asked)
    reach = [Fraction(0)] * len(asked)
    places = [pool.locality or pool.code for pool in group.pools]
    for place in [*order, *(place for place in places if place not in order)]:
        number = places.index(place.rpartition(":")[2] if place not in places else place)
        amounts[number] = min(asked[number], left)
        reach[number] = Fraction(amounts[number], asked[number]) if asked[number] else Fraction(int(left > 0))
        left -= amounts[number]
    return amounts, reach


# Sharing


def share_ranges(run: Run, group: Group, rule: Entry) -> None:
    """Each slice of the variance goes to pots in the shares of its band."""
    for pool in group.pools:
        if not works(rule, side_of(pool, "pool")):
            continue
        held, whole = abs(pool.pots["pool"]), pool.part["pool"]
        sign = -1 if side_of(pool, "pool") == "loss" else 1
        ends = [_end(rule, band, pool) for band in rule["bands"]]
        for band, amount, part in zip(
            rule["bands"], _slices(rule, held, ends), _slices(rule, held or 1, ends), strict=True
        ):
            shares = _shares(band["shares"], pool.row)
            for pot, moved, share in zip(shares, split(amount, list(shares.values())), shares.values(), strict=True):
                exact = share / sum(shares.values()) * Fraction(part, held or 1)
                pool.move(sign * moved, "pool", pot, whole * exact)


def _end(rule: Entry, band: Entry, pool: Pool) -> int | None:
    if "up_to" not in band:
        return None
    if rule.get("of", "target") == "pounds":
        return exact_pennies(band["up_to"])
    return of_target(pool, part_term(band["up_to"], pool.row))


def _slices(rule: Entry, held: int, ends: list[int | None]) -> list[int]:
    """What stands in each band; a whole amount stands in the band that it reaches, an end in the band below it."""
    tops = [held if end is None else min(held, end) for end in ends]
    marginal = [high - low for low, high in pairwise([0, *tops])]
    if rule.get("method", "marginal") == "marginal":
        return marginal
    reached = next(number for number, end in enumerate(ends) if end is None or held <= end)
    return [held if number == reached else 0 for number in range(len(ends))]


def _shares(written: Mapping[str, object], row: Mapping[str, str]) -> dict[str, Fraction]:
    """Shares as parts of one, `rest` being what the others leave."""
    stated = {pot: part_term(share, row) for pot, share in written.items() if share != "rest"}
    rest = 1 - sum(stated.values(), Fraction(0))
    return {pot: stated.get(pot, rest) for pot in written}


def outcomes(run: Run, group: Group, rule: Entry) -> None:
    """A pot keeps its gain times what is earned, or is relieved of a part of its loss."""
    source, gain = rule["from"], rule.get("side", "gain") == "gain"
    for pool in group.pools:
        if not works(rule, side_of(pool, source), "gain"):
            continue
        score = _score(run.model.rows(rule["measures"]) if "measures" in rule else [], rule, pool)
        earned = _earned(rule, score) if gain else _borne(rule, score)
        held = abs(pool.pots[source])
        moved = held - penny(held * earned)
        taker: str = rule["extra_from"] if earned > 1 and "extra_from" in rule else rule["forfeited_to"]
        take(pool, source, taker, moved, 1 - earned, pool.part[source])


def _score(rows: Rows, rule: Entry, pool: Pool) -> Fraction:
    """The score given, or the weighted mean of the measures of the pool and of those of every pool."""
    decimals = 2 + int(rule.get("decimals", 2))
    if "score" in rule:
        return rounded(part_term(rule["score"], pool.row), decimals)
    mine = [row for row in rows if row.get("pool", "") in ("", pool.code)]
    weights = [Fraction(row["weight"]) for row in mine]
    if not sum(weights):
        raise RefusedError("no measures")
    beyond = _goes_beyond(rule)
    points = sum((weight * _reached(row, beyond) for weight, row in zip(weights, mine, strict=True)), Fraction(0))
    return rounded(points / sum(weights), decimals)


def _goes_beyond(rule: Entry) -> bool:
    """Whether measures count beyond their targets: the mean of them is what a ceiling or tiers then end."""
    ends = [part_term(tier["from"], {}) for tier in rule.get("tiers", ())]
    return max(Fraction(1), part_term(rule.get("ceiling", 100), {}), *ends) > 1


def _reached(row: Mapping[str, str], beyond: bool) -> Fraction:
    baseline, target, result = (Fraction(row[key].replace(",", "")) for key in ("baseline", "target", "result"))
    if row["method"] == "all_or_nothing":
        better = result >= target if row["better"] == "higher" else result <= target
        return Fraction(int(better))
    if row["method"] == "gap_to_goal":
        way = (result / target - Fraction(1, 2)) * 2
    else:
        way = (result - baseline) / (target - baseline)
    return max(way, Fraction(0)) if beyond else min(max(way, Fraction(0)), Fraction(1))


def _earned(rule: Entry, score: Fraction) -> Fraction:
    """What part of a gain a score earns."""
    if "tiers" in rule:
        return _of_tiers(rule, score)
    if score < part_term(rule.get("floor", 0), {}):
        return Fraction(0)
    return min(score, part_term(rule.get("ceiling", 100), {}))


def _of_tiers(rule: Entry, score: Fraction) -> Fraction:
    tiers = sorted((part_term(tier["from"], {}), part_term(tier["earns"], {})) for tier in rule["tiers"])
    reached = [tier for tier in tiers if tier[0] <= score]
    if not reached:
        return Fraction(0)
    above = tiers[len(reached) :]
    (start, earns) = reached[-1]
    if not above or rule.get("between", "steps") == "steps":
        return earns
    earned = earns + (above[0][1] - earns) * (score - start) / (above[0][0] - start)
    return rounded(earned, 2 + int(rule.get("decimals", 2)))


def _borne(rule: Entry, score: Fraction) -> Fraction:
    """What part of a loss is kept: 1 - rate x score, between floor and ceiling."""
    kept = 1 - part_term(rule.get("rate", 100), {}) * score
    low, high = part_term(rule.get("floor", 0), {}), part_term(rule.get("ceiling", 100), {})
    return min(max(kept, low), high)


def withhold(run: Run, group: Group, rule: Entry) -> None:
    """A percentage of what a pot holds leaves it, at most the limit."""
    for pool in group.pools:
        _give_part(pool, rule["from"], rule, rule["to"])


def _give_part(pool: Pool, pot: str, rule: Entry, taker: str) -> None:
    if works(rule, side_of(pool, pot)):
        amount = _within(pool, pot, rule, abs(pool.pots[pot]))
        take_part(pool, pot, taker, amount, lambda held: _limited(pool, rule, held))


def carry_forward(run: Run, group: Group, rule: Entry) -> None:
    """A part of what pots hold goes into next year, or what is left of a balance comes into the pools by target."""
    if "balance" not in rule:
        pots = [rule["from"]] if isinstance(rule["from"], str) else rule["from"]
        for pool in group.pools:
            for pot in pots:
                _give_part(pool, pot, rule, "carry_forward")
        return
    parts = split(run.left(rule["balance"], group), [max(pool.target, 0) for pool in group.pools])
    for pool, amount in zip(group.pools, parts, strict=True):
        pool.move(amount, rule["balance"], "pool")


def prorate(run: Run, group: Group, rule: Entry) -> None:
    """Over the group's pools a pot pays out no more than it is paid in; what is cut falls on another pot."""
    pot, sign = rule["from"], -1 if rule.get("side", "loss") == "loss" else 1
    pays = [max(sign * pool.pots[pot], 0) for pool in group.pools]
    paid_in = sum(max(-sign * pool.pots[pot], 0) for pool in group.pools)
    kept = split(min(sum(pays), paid_in), pays)
    for pool, pay, part in zip(group.pools, pays, kept, strict=True):
        cut = Fraction(max(sum(pays) - paid_in, 0), sum(pays)) if pay else Fraction(0)
        pool.move(sign * (pay - part), pot, rule["excess_to"], pool.part[pot] * cut)


def decision(run: Run, group: Group, rule: Entry) -> None:
    """A stated amount moves in one pool."""
    for pool in group.pools:
        if rule.get("pool", pool.code) == pool.code:
            pool.move(exact_pennies(rule["amount"]), rule["from"], rule["to"])
