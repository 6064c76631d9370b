"""outcomes: a pot earns its money by an outcome score; what is not earned goes elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from riskshare.contract.ledger import Ledger, Sides
from riskshare.contract.rules.kind import Example, FileKind, Kind, PotRole, PotUse, one_sided, part_of, size
from riskshare.contract.standing import Standing
from riskshare.contract.terms import AnyPercentage, AnyPercentageTerm, ColumnUse, Concept, FilePath, Percentage, Pot
from riskshare.contract.words import Side
from riskshare.formula.language import ONE, ZERO, Col, Expr, Total, least, most, total_of, when
from riskshare.formula.units import POINTS, SHARE, WEIGHT, Unit, score
from riskshare.problems.findings import Finding


class Tier(Concept):
    """A score that is reached, and what is earned there."""

    least: AnyPercentage = Field(alias="from", description="The score from which it holds, in percent")
    earns: AnyPercentage = Field(description="What is earned, in percent of the gain; more than 100 is paid by another")


class Outcomes(Kind):
    """The pot keeps its gain times the score, or is relieved of a loss by its score; the rest moves to another pot.

    The score is the weighted mean of the measures of the pool and of those for every pool, rounded as stated. A gain:
    the part that is kept is the score. A loss: it is 1 - rate x score, held between floor and ceiling.

    A measure scores between 0 and 1. linear: 0 at the baseline, 1 at the target. gap_to_goal: 0 up to half the target,
    then straight to 1 at the target. all_or_nothing: 1 at the target or better, otherwise 0.

    Instead of measures, `score` gives the score. With `tiers` a gain earns what the tier says that the score reaches;
    below the first it earns nothing; what it earns between tiers is rounded as the score is. More than all of it may be
    earned, by a `ceiling` or tiers above 100: measures then count beyond their targets, their mean as far as these
    reach, and `extra_from`, or else `forfeited_to`, pays the surplus.
    """

    over_all: ClassVar[bool] = True

    example: ClassVar[Example] = Example(
        says="Quits reach 60% of the way to their target: the providers keep 60% of £10,000 and forfeit the rest.",
        terms="""
[[pools.rules]]
rule = "outcomes"
clause = "Schedule 3, part B"
side = "gain"
from = "providers"
measures = "inputs/outcomes.csv"
floor = 40
forfeited_to = "commissioners"
""",
        pots={"providers": ("10000", "6000"), "commissioners": ("0", "4000")},
        files={"outcomes": "measure,weight,method,better,baseline,target,result\nquits,1,linear,higher,100,200,160\n"},
    )

    of_all: ClassVar[frozenset[str]] = frozenset({"rate", "floor", "ceiling"})

    rule: Literal["outcomes"]
    side: Literal[Side.GAIN, Side.LOSS] = Field(
        Side.GAIN, description="gain: earned by the score; loss: relieved by it"
    )
    source: Pot = Field(alias="from", description="The pot that earns its gain, or is relieved of its loss")
    measures: FilePath | None = Field(
        None, description="Table: measure,name,pool,weight,method,better,baseline,target,result"
    )
    score: AnyPercentageTerm | None = Field(None, description="The score itself, in percent, instead of measures")
    rate: Percentage = Field(Decimal(100), description="loss: percent of the score that relieves it")
    floor: Percentage = Field(Decimal(0), description="gain: a lower score earns nothing; loss: the least that is kept")
    ceiling: AnyPercentage = Field(
        Decimal(100), description="gain: a higher score counts as this; loss: the most kept, at most 100"
    )
    tiers: tuple[Tier, ...] | None = Field(
        None, min_length=1, max_length=10, description="gain: what is earned from which score on, instead of the score"
    )
    between: Literal["steps", "straight"] = Field(
        "steps", description="Between two tiers: the lower one until the next is reached, or a straight line"
    )
    decimals: Annotated[int, Field(ge=0, le=4, strict=True)] = Field(2, description="Decimals of the score, in percent")
    forfeited_to: Pot = Field(description="The pot that takes what is not kept")
    extra_from: Pot | None = Field(
        None, description="The partner or role that pays what is earned beyond 100%; left out: forfeited_to"
    )

    @model_validator(mode="after")
    def _ordered(self) -> Outcomes:
        if (self.measures is None) == (self.score is None):
            raise ValueError("give either 'measures' (a table) or 'score' (a percentage)")
        if self.floor > self.ceiling:
            raise ValueError("'floor' must not be higher than 'ceiling'")
        if self.side is Side.GAIN and self.rate != 100:
            raise ValueError("'rate' is for the side 'loss'; a gain is earned by the whole score")
        if self.side is Side.LOSS and (self.tiers or self.ceiling > 100):
            raise ValueError("'tiers' and a 'ceiling' above 100 are for the side 'gain'")
        return self

    @model_validator(mode="after")
    def _tiered(self) -> Outcomes:
        starts = [tier.least for tier in self.tiers or ()]
        if starts and {"floor", "ceiling"} & self.model_fields_set:
            raise ValueError("'floor' and 'ceiling' go without 'tiers', which say what every score earns")
        if any(low >= high for low, high in pairwise(starts)):
            raise ValueError("each tier must begin at a higher score than the one before")
        if self.between == "straight" and len(starts) < 2:
            raise ValueError("'between' = \"straight\" needs two tiers or more")
        if self.extra_from is not None and not self._surplus:
            raise ValueError("'extra_from' pays what is earned beyond 100%, and nothing here earns more than that")
        if self.extra_from == self.source:
            raise ValueError(
                f"'{self.source}' cannot pay itself what it earns beyond 100%: name another in 'extra_from'"
            )
        return self

    @property
    def _surplus(self) -> bool:
        """Whether more than the pot's own gain can be earned."""
        return self.ceiling > 100 or any(tier.earns > 100 for tier in self.tiers or ())

    @property
    def _beyond(self) -> bool:
        """Whether scores above 100% count."""
        return self.ceiling > 100 or any(tier.least > 100 for tier in self.tiers or ())

    def apply(self, ledger: Ledger) -> None:
        """Moves the part that is not kept to `forfeited_to`, or what is earned beyond all of it from who pays it."""
        held = ledger.figure("held", f"{self.side.capitalize()} of {self.source}", self._held(ledger))
        counted = self._counted(ledger) if self.side is Side.GAIN else self._kept_of_loss(ledger)
        if self._surplus:
            self._exchange(ledger, held, ledger.figure("kept", "Earned", held * counted), counted)
            return
        kept = ledger.figure("kept", "Kept", held * counted)
        forfeited = ledger.figure("forfeited", f"Not kept, to {self.forfeited_to}", held - kept)
        ledger.move(forfeited, self.source, self.forfeited_to, self.sides, lambda pot: self._part(pot, counted))

    def _part(self, pot: Expr, counted: Expr) -> Expr:
        return part_of(size(pot, self.side) * (ONE - counted), pot)

    def _exchange(self, ledger: Ledger, held: Expr, earned: Expr, counted: Expr) -> None:
        payer = self.extra_from or self.forfeited_to
        forfeited = ledger.figure("forfeited", f"Not earned, to {self.forfeited_to}", most(held - earned, ZERO))
        extra = ledger.figure("extra", f"Earned beyond it, from {payer}", most(earned - held, ZERO))
        lost = least(counted, ONE)
        ledger.move(forfeited, self.source, self.forfeited_to, self.sides, lambda pot: self._part(pot, lost))
        # Less than nothing leaves the source, so that what is earned beyond it is a part of what the source holds.
        surplus = most(counted, ONE)
        losing = frozenset({Side.LOSS})
        ledger.move(-extra, self.source, payer, losing, lambda pot: self._part(pot, surplus))
        ledger.may_hold(self.source, self.sides)

    def _held(self, ledger: Ledger) -> Expr:
        return one_sided(ledger.balance(self.source), self.side)

    def _kept_of_loss(self, ledger: Ledger) -> Expr:
        """The part of a loss that is kept, no figure of its own: rounded, it would be out by pounds on a billion."""
        reached = ledger.figure("score", "Score reached", self._mean(ledger), score(self.decimals))
        rate = ledger.term("rate", "Rate of relief", self.rate, SHARE)
        floor = ledger.term("floor", "Least part kept", self.floor, SHARE)
        ceiling = ledger.term("ceiling", "Most kept", self.ceiling, SHARE)
        return least(most(ONE - rate * reached, floor), ceiling)

    def _counted(self, ledger: Ledger) -> Col:
        reached = ledger.figure("score", "Score reached", self._mean(ledger), score(self.decimals))
        if self.tiers:
            earned = self._in_steps if self.between == "steps" else self._straight
            return ledger.figure("counted", "Part that is earned", *earned(ledger, reached, self._tier_terms(ledger)))
        floor = ledger.term("floor", "Floor of the score", self.floor, SHARE)
        ceiling = ledger.term("ceiling", "Ceiling of the score", self.ceiling, SHARE)
        held = when(reached, "<", floor, ZERO, least(reached, ceiling))
        return ledger.figure("counted", "Score that counts", held, score(self.decimals))

    def _tier_terms(self, ledger: Ledger) -> list[tuple[Col, Col]]:
        return [
            (
                ledger.term(
                    f"tier_{number}.from", f"Tier {number} from a score of", tier.least, SHARE, (*path, "from")
                ),
                ledger.term(f"tier_{number}.earns", f"Tier {number} earns", tier.earns, SHARE, (*path, "earns")),
            )
            for number, tier in enumerate(self.tiers or (), start=1)
            for path in [("tiers", number - 1)]
        ]

    def _in_steps(self, ledger: Ledger, reached: Col, tiers: list[tuple[Col, Col]]) -> tuple[Expr, Unit]:
        before: Expr = ZERO
        risen = []
        for number, (start, earns) in enumerate(tiers, start=1):
            rise = earns if before == ZERO else earns - before
            label = f"Tier {number} adds"
            risen.append(ledger.figure(f"tier_{number}.adds", label, when(reached, ">=", start, rise), SHARE))
            before = earns
        return total_of(risen), SHARE

    def _straight(self, ledger: Ledger, reached: Col, tiers: list[tuple[Col, Col]]) -> tuple[Expr, Unit]:
        """From tier to tier in a straight line, rounded to the decimals of the score."""
        start, earns = tiers[0]
        earned: Expr = ledger.figure("tier_1.adds", "Tier 1 adds", when(reached, ">=", start, earns), SHARE)
        for number, ((low, before), (high, after)) in enumerate(pairwise(tiers), start=2):
            inside = ledger.figure(
                f"tier_{number}.inside",
                f"Score on the way to tier {number}",
                most(least(reached, high) - low, ZERO),
                SHARE,
            )
            width = ledger.figure(f"tier_{number}.width", f"Way to tier {number}", _not_zero(high - low), SHARE)
            earned = earned + (after - before) * inside / width
        return earned, score(self.decimals)

    def _mean(self, ledger: Ledger) -> Expr:
        if self.measures is None:
            # A formula that only refers to a cell rounds nothing, but the score may have more decimals than count.
            return most(ledger.term("given", "Score as given", self.score or Decimal(0), SHARE, ("score",)), ZERO)
        table = ledger.circumstances.files.measures[self.measures]
        own, every = (("pool", Col("pool")),), (("pool", "every pool"),)
        weights = Total(table, "weight", own) + Total(table, "weight", every)
        weight = ledger.figure("weights", "Weights of the measures", weights, WEIGHT)
        column = "points_beyond" if self._beyond else "points"
        points = Total(table, column, own) + Total(table, column, every)
        return ledger.figure("points", "Weight x score of the measures", points, POINTS) / weight

    def columns(self) -> Iterator[tuple[str, ColumnUse]]:
        """The column of the score, which is no more than 100% where nothing counts beyond that."""
        for column, use in super().columns():
            yield column, use if self._beyond else ColumnUse.PERCENTAGE

    def pots(self) -> Iterator[PotUse]:
        """The pot that earns, the one that takes what is not earned, and who pays what is earned beyond all of it."""
        yield PotUse("from", self.source, PotRole.PAYER)
        yield PotUse("forfeited_to", self.forfeited_to, PotRole.RECEIVER)
        if self._surplus:
            key = "forfeited_to" if self.extra_from is None else "extra_from"
            yield PotUse(key, self.extra_from or self.forfeited_to, PotRole.FUNDER)

    def files(self) -> Iterator[tuple[FileKind, str]]:
        """Its measures."""
        if self.measures is not None:
            yield FileKind.MEASURES, self.measures
            yield from [(FileKind.BEYOND, self.measures)] if self._beyond else []

    def findings(self, at: Standing) -> Iterator[Finding]:
        """Pools for which the measures have no weight: their score would be nothing divided by nothing."""
        measured = at.contract.measured.get(self.measures or "", frozenset({""}))
        for code in at.pools if "" not in measured else ():
            if code not in measured:
                found = f"{at}: {self.measures} has no measure with a weight for pool '{code}'"
                action = "Give it a measure, or leave 'pool' empty in one for all pools"
                yield at.error("no-measures", ("measures",), found, "", action)

    @property
    def sides(self) -> Sides:
        """Its side alone."""
        return frozenset({self.side})


def _not_zero(width: Expr) -> Expr:
    return when(width, "=", ZERO, ONE, width)
