"""Report: what `riskshare simulate` and `riskshare threshold` say on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from riskshare.outputs.terminal import ColumnKind, TextTable, drawn
from riskshare.risk.outcome import QUANTILES, Estimate, borne, by_cause, chances, spreads
from riskshare.risk.price import Price
from riskshare.risk.simulate import Simulated
from riskshare.risk.threshold import Threshold, chance_payment, passed_by_chance, table

TITLES = {
    "bad_1_in_100": "1-in-100 bad",
    "bad_1_in_20": "1-in-20 bad",
    "median": "Median",
    "good_1_in_20": "1-in-20 good",
    "good_1_in_100": "1-in-100 good",
}
SHOWN = (0.0, 1.0, 2.0, 3.0, 4.0)
DENIED = 2.0
CAUSES = {
    "chance": "chance: who happens to need care",
    "common": "common: what moves many alike, such as prices and demand",
    "forecast": "forecast: a baseline that was wrong",
}


def simulated(years: Simulated, priced: tuple[Price, ...], width: int) -> str:
    """The simulation in tables of a width."""
    model = years.built.plan.model
    said = [
        f"{model.title}, {model.financial_year} ({model.status}): {years.draws:,} years drawn from seed {years.seed}",
        "Gain or (loss) in the end, £, and of pools before sharing; ± is the standard error of the mean",
        _spreads(years, width),
        "\nThe worst 5% of years of all lines together: who has what on average, £",
        _worst(years, width),
        "\nWhat moves the cost of all lines: its standard deviation from each cause alone, £",
        _causes(years, width),
        "\nPaid for nothing: how often a pool is past its threshold though nothing changed",
        _chances(years, width, 0.0),
        f"\nDenied: how often a real saving of {DENIED:g}% stays below the threshold",
        _chances(years, width, DENIED),
        *(["\nWhat each stop-loss, cap and guarantee brings an account a year, £"] if priced else []),
        *([_prices(priced, width)] if priced else []),
        f"\nMoney made or lost by the contract in {years.unbalanced:,} draws.",
        f"Proof: {years.proof}",
        "These are figures of drawn years: they hold for the risks that model.toml states, and for no others.",
    ]
    return "\n".join(said)


def _pounds(amount: float) -> str:
    whole = round(amount)
    return f"({-whole:,})" if whole < 0 else f"{whole:,} "


def _estimate(estimate: Estimate) -> str:
    return f"{_pounds(estimate.pounds)}± {round(estimate.error):,}"


def _spreads(years: Simulated, width: int) -> str:
    rows = tuple(
        (entry.name, _estimate(entry.mean), *(_pounds(entry.quantiles[name].pounds) for name in QUANTILES))
        for entry in spreads(years)
    )
    columns = (ColumnKind.NAME, *[ColumnKind.FIGURE] * (1 + len(QUANTILES)))
    return drawn(TextTable(columns, rows, ("Account or pool", "Mean", *TITLES.values())), width)


def _worst(years: Simulated, width: int) -> str:
    entries = borne(years)
    rows = [(entry.account, _pounds(entry.worst / 100), _pounds(entry.every / 100)) for entry in entries]
    worst, every = (sum(amounts) / 100 for amounts in zip(*((one.worst, one.every) for one in entries), strict=True))
    rows.append(("All accounts", _pounds(worst), _pounds(every)))
    columns = (ColumnKind.NAME, ColumnKind.FIGURE, ColumnKind.FIGURE)
    return drawn(TextTable(columns, tuple(rows), ("Account", "Worst 5%", "All years")), width)


def _prices(priced: tuple[Price, ...], width: int) -> str:
    rows = []
    for entry in priced:
        if entry.worth is None:
            rows.append((f"{entry.pool}: {entry.rule}", "the contract does not work without it", "", ""))
        for one in entry.worth or ():
            brought = (_estimate(one.mean), _pounds(one.in_bad_years))
            rows.append((f"{entry.pool}: {entry.rule}", one.account, *brought))
    columns = (ColumnKind.NAME, ColumnKind.SENTENCE, ColumnKind.FIGURE, ColumnKind.FIGURE)
    return drawn(TextTable(columns, tuple(rows), ("Rule", "Account", "Mean", "Its worst 5% without")), width)


def _causes(years: Simulated, width: int) -> str:
    rows = tuple((CAUSES[cause.value], _pounds(amount)) for cause, amount in by_cause(years).items())
    return drawn(TextTable((ColumnKind.SENTENCE, ColumnKind.FIGURE), rows), width)


def _chances(years: Simulated, width: int, saving: float) -> str:
    """A row per pool, a column per threshold: passed for nothing, or, with a real saving in percent, not passed."""
    by_pool: dict[str, list[str]] = {}
    for entry in chances(years):
        if entry.threshold in SHOWN:
            by_pool.setdefault(entry.pool, []).append(_part(entry.denied[saving] if saving else entry.paid_for_nothing))
    rows = tuple((pool, *parts) for pool, parts in by_pool.items())
    columns = (ColumnKind.NAME, *[ColumnKind.FIGURE] * len(SHOWN))
    return drawn(TextTable(columns, rows, ("Pool and threshold", *(f"{percent:g}%" for percent in SHOWN))), width)


def _part(probability: float) -> str:
    return f"{100 * probability:.1f}%"


def thresholds(population: int, confidence: float, cv: float, width: int) -> str:
    """The minimum savings rate of a population among others, and what chance pays there."""
    rows = tuple(_row(entry, entry.population == population) for entry in table(population, confidence, cv))
    headings = ("People", "Deviation", "Minimum", "Credibility", "US rate", ">1% by chance", "Denied 2%", "Pays")
    return "\n".join(
        [
            f"Savings that chance alone reaches in at most {100 * (1 - confidence):g}% of years; cost per person with "
            f"a coefficient of variation of {cv:g}",
            drawn(TextTable((ColumnKind.FIGURE,) * len(headings), rows, headings), width),
            *_notes(),
        ]
    )


def _row(entry: Threshold, own: bool) -> tuple[str, ...]:
    published = "-" if entry.published is None else f"{entry.published:.2f}%"
    return (
        f"{'> ' if own else ''}{entry.population:,}",
        f"{entry.deviation:.2f}%",
        f"{entry.minimum:.2f}%",
        f"{entry.credibility:.2f}",
        published,
        _part(passed_by_chance(1.0, entry.deviation)),
        _part(1 - passed_by_chance(entry.minimum, entry.deviation, 2.0)),
        f"£{chance_payment(1_000_000, 0.5, entry.minimum, entry.deviation):,.0f}",
    )


def _notes() -> Iterator[str]:
    yield "Minimum: the threshold for that confidence. Denied 2%: how often a real saving of 2% stays below it."
    yield "Credibility: how much of one year's experience counts. US rate: 42 CFR 425.604(b), one-sided."
    yield "Pays: what chance pays a year per £1m of target, half of every saving past the minimum, if nothing changed."
    yield "Chance alone is the smallest risk of an English place: prices, demand and a wrong baseline come on top."
