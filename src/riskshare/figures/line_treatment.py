"""Treatment: which pool each line belongs to and how it counts there, and the fixed order of the lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl

from riskshare.contract.model import Model, Pool, Scope
from riskshare.contract.parse import named_rules
from riskshare.contract.terms import Except, stated
from riskshare.contract.words import LOCAL_LEVELS, Risk
from riskshare.figures.share_opening import FIXED, RING, SHARED, Membership
from riskshare.inputs.table import InputTable

NO_POOL = "-"
LOCAL = [level.value for level in LOCAL_LEVELS]


def treated(model: Model, lines: pl.DataFrame) -> pl.DataFrame:
    """The lines with `pool` and `treatment`, in an order that the files' row order cannot change.

    One row per line: locality-level lines by geography first, then by fund as declared, then by line.
    """
    arrangements = {fund.code: fund.arrangement.value for fund in model.funds}
    placed = lines.with_columns(arrangement=pl.col("fund").replace_strict(arrangements, return_dtype=pl.String))
    marked = placed.with_columns(_pool(model)).with_columns(_treatment(model))
    return marked.sort(_order(model), maintain_order=True) if marked.height else marked


def _order(model: Model) -> list[pl.Expr]:
    geographies = [geography.code for geography in model.geographies]
    place = pl.when(pl.col("level").is_in(LOCAL)).then(_rank("geography", geographies)).otherwise(len(geographies))
    return [place, _rank("fund", [fund.code for fund in model.funds]), pl.col("line")]


def _rank(column: str, words: list[str]) -> pl.Expr:
    ranks = {word: number for number, word in enumerate(words)}
    return (
        pl.col(column).replace_strict(ranks, default=len(ranks), return_dtype=pl.Int32)
        if ranks
        else pl.lit(0, pl.Int32)
    )


def _pool(model: Model) -> pl.Expr:
    chosen = pl.lit(NO_POOL)
    for pool in reversed(model.pools):
        chosen = pl.when(in_pool(pool)).then(pl.lit(pool.code)).otherwise(chosen)
    return chosen.alias("pool")


def in_pool(pool: Pool) -> pl.Expr:
    """Whether a line is in the pool's scope; a pool for each locality takes only lines that reach a locality."""
    if pool.table is not None:
        return pl.lit(False)
    matches = in_scope(pool.scope)
    if pool.for_each is None:
        return matches
    return matches & pl.col("level").is_in(LOCAL) & (pl.col("geography") == pool.for_each)


def in_scope(scope: Scope) -> pl.Expr:
    """Whether a line matches every key of a scope."""
    matches = pl.lit(True)
    for column, values in scope.columns():
        matches = matches & among(column, values)
    return matches


def among(column: str, values: tuple[str, ...] | Except[str]) -> pl.Expr:
    """Whether a column holds one of the values, or none of those that are left out."""
    named = pl.col(column).is_in([str(value) for value in stated(values)])
    return ~named if isinstance(values, Except) else named


def _treatment(model: Model) -> pl.Expr:
    chosen = _inside(model)
    for pool in model.pools:
        for name, where in reversed(list(exclusions(pool))):
            chosen = pl.when((pl.col("pool") == pool.code) & in_scope(where)).then(pl.lit(name)).otherwise(chosen)
    chosen = pl.when(pl.col("risk") == Risk.FIXED.value).then(pl.lit(FIXED)).otherwise(chosen)
    return pl.when(pl.col("pool") == NO_POOL).then(pl.lit(NO_POOL)).otherwise(chosen).alias("treatment")


def _inside(model: Model) -> pl.Expr:
    rings = {fund.code: RING + fund.ring_fence.underspend_to for fund in model.funds if fund.ring_fence}
    return pl.col("fund").replace_strict(rings, default=SHARED, return_dtype=pl.String) if rings else pl.lit(SHARED)


def exclusions(pool: Pool) -> Iterator[tuple[str, Scope]]:
    """The lines that the pool's rules take out, with the name that they are marked with: that of their rule."""
    for _, name, rule in named_rules(pool):
        if (where := rule.takes_out()) is not None:
            yield name, where


def memberships(model: Model, lines: pl.DataFrame) -> Mapping[str, Membership]:
    """For each pool the holders of its lines under each treatment: shared first, then as funds and rules declare."""
    order = [
        SHARED,
        *dict.fromkeys(RING + fund.ring_fence.underspend_to for fund in model.funds if fund.ring_fence),
        FIXED,
    ]
    kinds = lines.filter(pl.col("pool") != NO_POOL).select("pool", "treatment", "holder").unique().rows()
    result: dict[str, Membership] = {}
    for pool in model.pools:
        own = {(treatment, holder) for code, treatment, holder in kinds if code == pool.code}
        names = [*order, *(name for name, _ in exclusions(pool))]
        holders = {name: tuple(p.code for p in model.partners if (name, p.code) in own) for name in names}
        result[pool.code] = Membership({name: codes for name, codes in holders.items() if codes})
    return result


def fenced_outside(model: Model, lines: pl.DataFrame) -> Mapping[str, tuple[str, ...]]:
    """By reserve the holders of lines of its ring-fenced funds that no pool shares, in the order declared."""
    reserves = {fund.code: fund.ring_fence.underspend_to for fund in model.funds if fund.ring_fence}
    outside = lines.filter(~pl.col("treatment").str.starts_with(RING)).select("fund", "holder").unique().rows()
    owing = {(reserves[fund], holder) for fund, holder in outside if fund in reserves}
    partners = [partner.code for partner in model.partners]
    return {
        reserve: tuple(code for code in partners if (reserve, code) in owing)
        for reserve in dict.fromkeys(reserves.values())
    }


def complete(model: Model, lines: InputTable, localities: Mapping[str, InputTable]) -> InputTable:
    """The lines of a model without errors, with holder, risk and geography filled in.

    A column `weights` names what a line is apportioned by: its locality or else its basis, empty above locality level.
    """
    holders = {fund.code: fund.holder for fund in model.funds}
    weights = pl.when(pl.col("locality") != "").then("locality").otherwise("basis")
    frame = lines.frame.with_columns(
        holder=pl.when(pl.col("holder") != "").then("holder").otherwise(pl.col("fund").replace_strict(holders)),
        risk=pl.when(pl.col("risk") != "").then("risk").otherwise(pl.lit(Risk.SHARED.value)),
        geography=geography_of(localities),
        weights=pl.when(is_local()).then(weights).otherwise(pl.lit("")),
    )
    return replace(lines, frame=frame)


def geography_of(localities: Mapping[str, InputTable]) -> pl.Expr:
    """The geography that a line gives, else for local lines the first that has its locality or else its basis."""
    first = pl.lit("")
    for code, table in reversed(list(localities.items())):
        first = pl.when(fits(table)).then(pl.lit(code)).otherwise(first)
    return pl.when((pl.col("geography") != "") | ~is_local()).then("geography").otherwise(first)


def is_local() -> pl.Expr:
    """Whether a line is commissioned at neighbourhood or locality level."""
    return pl.col("level").is_in([level.value for level in LOCAL_LEVELS])


def fits(table: InputTable) -> pl.Expr:
    """Whether the geography has the line's locality, or else its basis."""
    located = pl.col("locality").is_in(table.frame["locality"].to_list())
    weighted = pl.col("basis").is_in(list(table.undeclared))
    return pl.when(pl.col("locality") != "").then(located).otherwise(weighted)
