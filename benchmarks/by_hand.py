"""The twelve rules of rules.toml written directly in polars by hand: what the engine's speed is measured against."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

EXACT = pl.Decimal(38, 16)
ZERO, ONE = pl.lit(Decimal(0), dtype=EXACT), pl.lit(Decimal(1), dtype=EXACT)
RESERVE, RESERVE_LIMIT = Decimal(50_000_000), Decimal(60_000)
ACCOUNTS = ("CCG", "COUNCIL", "TRUST", "CHARITY", "risk", "carry_forward", "unallocated")


def _number(text: str) -> pl.Expr:
    return pl.lit(Decimal(text), dtype=EXACT)


def _money(amount: pl.Expr) -> pl.Expr:
    return amount.round(2, mode="half_away_from_zero")


def _gain(amount: pl.Expr) -> pl.Expr:
    return pl.max_horizontal(amount, ZERO)


def _loss(amount: pl.Expr) -> pl.Expr:
    return pl.max_horizontal(ZERO - amount, ZERO)


def _first(total: pl.Expr, weight: pl.Expr, whole: pl.Expr = ONE) -> pl.Expr:
    return _money(total * weight / whole)


def _part(total: pl.Expr, before: pl.Expr, upto: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return _money(total * upto / whole) - _money(total * before / whole)


def _divisor(whole: pl.Expr) -> pl.Expr:
    return pl.when(whole == ZERO).then(ONE).otherwise(whole)


def share(pools: pl.DataFrame) -> pl.DataFrame:
    """What every account holds in the end, one row per pool: target, outturn, holder, minimum and rate (0 to 1)."""
    frame = _opened(pools)
    frame = _shared_by_bands(frame)
    frame = _allocated(frame)
    frame = _capped(frame)
    frame = _guaranteed(frame)
    return _closed(frame)


def _opened(pools: pl.DataFrame) -> pl.DataFrame:
    """Rules 1 to 4: the target moves, the reserve bears losses and takes gains, the threshold."""
    pool = pl.col("pool")
    variance, own = pl.col("target") - pl.col("outturn"), pl.col("holder") == "CCG"
    frame = pools.with_columns(
        change=_money(_number("-0.005") * pl.col("target")),
        ccg=pl.when(own).then(variance).otherwise(ZERO),
        council=pl.when(own).then(ZERO).otherwise(variance),
    ).with_columns(pool=variance + pl.col("change"), new_target=pl.col("target") + pl.col("change"))
    frame = frame.with_columns(asked=pl.min_horizontal(_loss(pool), pl.lit(RESERVE_LIMIT, dtype=EXACT)))
    frame = frame.with_columns(running=pl.col("asked").cum_sum())
    available = pl.lit(RESERVE, dtype=EXACT)
    before = pl.min_horizontal(pl.col("running") - pl.col("asked"), available)
    frame = frame.with_columns(drawn=pl.min_horizontal(pl.col("running"), available) - before)
    frame = frame.with_columns(pool=pool + pl.col("drawn"))
    frame = frame.with_columns(topped_up=_money(_number("0.1") * _gain(pool)))
    frame = frame.with_columns(
        pool=pool - pl.col("topped_up"),
        risk=pl.col("topped_up") - pl.col("drawn"),
        limit=_money(pl.col("minimum") * pl.col("new_target")),
    )
    small = pl.max_horizontal(pool, ZERO - pool) < pl.col("limit")
    frame = frame.with_columns(unshared=pl.when(small).then(pool).otherwise(ZERO))
    return frame.with_columns(pool=pool - pl.col("unshared"))


def _shared_by_bands(frame: pl.DataFrame) -> pl.DataFrame:
    """Rules 5 to 7: bands of the gain, bands of the loss, and what is withheld from the providers."""
    gain, loss, target = _gain(pl.col("pool")), _loss(pl.col("pool")), pl.col("new_target")
    frame = frame.with_columns(
        gain=gain,
        loss=loss,
        three=_money(_number("0.03") * target),
        eight=_money(_number("0.08") * target),
        two=_money(_number("0.02") * target),
    )
    gain, loss, two = pl.col("gain"), pl.col("loss"), pl.col("two")
    three, eight = pl.col("three"), pl.col("eight")
    frame = frame.with_columns(
        first=pl.min_horizontal(gain, three),
        second=pl.max_horizontal(pl.min_horizontal(gain, eight), three) - three,
        third=pl.max_horizontal(gain, eight) - eight,
        fourth=ZERO - pl.min_horizontal(loss, two),
        fifth=two - pl.max_horizontal(loss, two),
    )
    frame = frame.with_columns(
        c_first=_first(pl.col("first"), _number("0.5")),
        p_second=_first(pl.col("second"), pl.col("rate")),
        c_third=_first(pl.col("third"), _number("0.8")),
        c_fourth=_first(pl.col("fourth"), _number("0.5")),
        c_fifth=_first(pl.col("fifth"), _number("0.75")),
    )
    to_commissioners = pl.col("second") - pl.col("p_second")
    commissioners = pl.col("c_first") + to_commissioners + pl.col("c_third") + pl.col("c_fourth") + pl.col("c_fifth")
    shared = pl.col("first") + pl.col("second") + pl.col("third") + pl.col("fourth") + pl.col("fifth")
    frame = frame.with_columns(commissioners=commissioners, providers=shared - commissioners)
    frame = frame.with_columns(withheld=_money(_gain(pl.col("providers")) * _number("0.02")))
    return frame.with_columns(
        commissioners=pl.col("commissioners") + pl.col("withheld"), providers=pl.col("providers") - pl.col("withheld")
    )


def _allocated(frame: pl.DataFrame) -> pl.DataFrame:
    """Rules 8 and 9: both pots to their partners by fixed keys."""
    hundred = _number("100")
    frame = frame.with_columns(
        CCG=_first(pl.col("commissioners"), _number("65"), hundred),
        TRUST=_first(pl.col("providers"), _number("70"), hundred),
    )
    return frame.with_columns(
        COUNCIL=pl.col("commissioners") - pl.col("CCG"), CHARITY=pl.col("providers") - pl.col("TRUST")
    )


def _capped(frame: pl.DataFrame) -> pl.DataFrame:
    """Rule 10: losses of two partners are capped, the others take the excess, twice."""
    partners = ("CCG", "COUNCIL", "TRUST", "CHARITY")
    frame = frame.with_columns(
        *(_loss(pl.col(code)).alias(f"loss.{code}") for code in partners),
        **{
            "limit.TRUST": _money(_number("0.01") * pl.col("new_target")),
            "limit.CHARITY": _number("40000"),
            "unallocated": ZERO,
        },
    )
    for _ in range(2):
        frame = _passed(frame, partners)
    losing = {code: ZERO - pl.col(f"loss.{code}") for code in partners}
    return frame.with_columns(
        pl.when(pl.col(code) < ZERO).then(losing[code]).otherwise(pl.col(code)).alias(code) for code in partners
    )


def _passed(frame: pl.DataFrame, partners: tuple[str, ...]) -> pl.DataFrame:
    limited = ("TRUST", "CHARITY")
    held = {code: pl.col(f"loss.{code}") for code in partners}
    frame = frame.with_columns(
        *(_gain(held[code] - pl.col(f"limit.{code}")).alias(f"over.{code}") for code in limited),
        *(
            pl.when(held[code] < pl.col(f"limit.{code}")).then(held[code]).otherwise(ZERO).alias(f"weight.{code}")
            for code in limited
        ),
    )
    two = held["CCG"] + held["COUNCIL"]
    frame = frame.with_columns(
        excess=pl.col("over.TRUST") + pl.col("over.CHARITY"),
        two=two,
        three=two + pl.col("weight.TRUST"),
        four=two + pl.col("weight.TRUST") + pl.col("weight.CHARITY"),
    )
    frame = frame.with_columns(divisor=_divisor(pl.col("four")))
    marks = (held["CCG"], pl.col("two"), pl.col("three"), pl.col("four"))
    frame = frame.with_columns(
        _money(pl.col("excess") * mark / pl.col("divisor")).alias(f"upto.{code}")
        for code, mark in zip(partners, marks, strict=True)
    )
    before = (ZERO, *(pl.col(f"upto.{code}") for code in partners))
    after = {
        f"loss.{code}": held[code] + pl.col(f"upto.{code}") - before[number] for number, code in enumerate(partners)
    }
    for code in limited:
        after[f"loss.{code}"] = after[f"loss.{code}"] - pl.col(f"over.{code}")
    return frame.with_columns(
        **after, unallocated=pl.col("unallocated") - pl.col("excess") + pl.col(f"upto.{partners[-1]}")
    )


def _guaranteed(frame: pl.DataFrame) -> pl.DataFrame:
    """Rules 11 and 12: the charity's floor, paid from gains and then from losses, and half of gains carried forward."""
    frame = frame.with_columns(
        shortfall=_gain(_number("-20000") - pl.col("CHARITY")),
        ccg_gain=_gain(pl.col("CCG")),
        ccg_loss=_loss(pl.col("CCG")),
        gains=_gain(pl.col("CCG")) + _gain(pl.col("COUNCIL")),
        losses=_loss(pl.col("CCG")) + _loss(pl.col("COUNCIL")),
    )
    frame = frame.with_columns(from_gains=pl.min_horizontal(pl.col("shortfall"), pl.col("gains")))
    gains, losses = _divisor(pl.col("gains")), _divisor(pl.col("losses"))
    rest = pl.col("shortfall") - pl.col("from_gains")
    frame = frame.with_columns(
        ccg_pays=_first(pl.col("from_gains"), pl.col("ccg_gain"), gains) + _first(rest, pl.col("ccg_loss"), losses),
        paid=_first(pl.col("from_gains"), pl.col("gains"), gains) + _first(rest, pl.col("losses"), losses),
    )
    frame = frame.with_columns(
        CCG=pl.col("CCG") - pl.col("ccg_pays"),
        COUNCIL=pl.col("COUNCIL") - pl.col("paid") + pl.col("ccg_pays"),
        CHARITY=pl.col("CHARITY") + pl.col("paid"),
    )
    half = _number("0.5")
    frame = frame.with_columns(
        ccg_carried=_money(_gain(pl.col("CCG")) * half), council_carried=_money(_gain(pl.col("COUNCIL")) * half)
    )
    return frame.with_columns(
        CCG=pl.col("CCG") - pl.col("ccg_carried"),
        COUNCIL=pl.col("COUNCIL") - pl.col("council_carried"),
        carry_forward=pl.col("ccg_carried") + pl.col("council_carried"),
    )


def _closed(frame: pl.DataFrame) -> pl.DataFrame:
    """Unshared money to its holders, in proportion to their own variances or else to their budgets."""
    frame = frame.with_columns(ccg=pl.col("ccg") + pl.col("change"))
    ccg, council, unshared = pl.col("ccg"), pl.col("council"), pl.col("unshared")
    mine = pl.when(pl.col("holder") == "CCG").then(pl.col("target")).otherwise(ZERO)
    frame = frame.with_columns(
        own=ccg + council, sizes=pl.max_horizontal(ccg, -ccg) + pl.max_horizontal(council, -council), mine=_gain(mine)
    )
    own, budgets = pl.col("own"), _gain(pl.col("target"))
    nothing, reach = own == ZERO, pl.min_horizontal(unshared, _gain(own))
    within = pl.max_horizontal(reach, pl.min_horizontal(own, ZERO))
    opposite = pl.col("sizes") > pl.max_horizontal(own, -own)
    frame = frame.with_columns(
        by_variance=pl.when(opposite).then(within).otherwise(unshared),
        weight=pl.when(nothing).then(pl.col("mine")).otherwise(ccg),
        whole=pl.when(nothing).then(budgets).otherwise(own),
    )
    frame = frame.with_columns(by_budget=unshared - pl.col("by_variance"), divisor=_divisor(pl.col("whole")))
    by_variance, by_budget, divisor = pl.col("by_variance"), pl.col("by_budget"), pl.col("divisor")
    frame = frame.with_columns(
        ccg_keeps=_first(by_variance, pl.col("weight"), divisor) + _first(by_budget, pl.col("mine"), _divisor(budgets)),
        keep=_first(by_variance, pl.col("whole"), divisor) + _first(by_budget, budgets, _divisor(budgets)),
    )
    return frame.with_columns(
        CCG=pl.col("CCG") + pl.col("ccg_keeps") + pl.when(nothing).then(ccg).otherwise(ZERO),
        COUNCIL=pl.col("COUNCIL")
        + pl.col("keep")
        - pl.col("ccg_keeps")
        + pl.when(nothing).then(council).otherwise(ZERO),
        unallocated=pl.col("unallocated") + unshared - pl.col("keep"),
    ).select("pool_code", *ACCOUNTS)
