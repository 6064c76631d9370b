"""References inside the model file: codes that must be unique, and codes that must be known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from riskshare.contract.model import OVERALL, Fund, Model, Partner, Pool, Reserve
from riskshare.contract.terms import stated
from riskshare.inputs.table import InputTable
from riskshare.inputs.toml import TomlFile
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, Place, did_you_mean, error, warning

POT_WORDS = (
    "pool", "unshared", "commissioners", "providers", "carry_forward", "unallocated", "others",
)  # fmt: skip
SECTIONS = ("partners", "reserves", "funds", "geographies", "pools")


def judge_references(model: Model, toml: TomlFile, lines: InputTable, collector: Collector) -> None:
    """Findings for codes of the model file that are used twice, clash with pots or are not known."""
    collector.extend(_repeated_codes(model, toml))
    collector.extend(_clashing_codes(model, toml))
    collector.extend(_year(model, toml))
    collector.extend(_agreement(model, toml))
    collector.extend(_reserves(model, toml))
    collector.extend(_funds(model, toml))
    collector.extend(_pools(model, toml, lines))
    collector.extend(_settlement(model, toml))
    collector.extend(_defaults(model, toml))


def _repeated_codes(model: Model, toml: TomlFile) -> Iterator[Finding]:
    for section in SECTIONS:
        seen: dict[str, Place] = {}
        for number, entry in enumerate(getattr(model, section)):
            place = toml.place((section, number, "code"))
            if entry.code.casefold() in seen:
                found = f"{section}: code '{entry.code}' is there already: {seen[entry.code.casefold()]}"
                yield error("repeated-code", place, found, "", "Upper and lower case count as the same, as in Excel.")
            seen.setdefault(entry.code.casefold(), place)


def _clashing_codes(model: Model, toml: TomlFile) -> Iterator[Finding]:
    partners = {partner.code.casefold() for partner in model.partners}
    for section, entries in (("partners", model.partners), ("reserves", model.reserves)):
        yield from _pot_words(section, entries, toml)
    for number, reserve in enumerate(model.reserves):
        if reserve.code.casefold() in partners:
            place = toml.place(("reserves", number, "code"))
            yield error("clashing-code", place, f"reserve '{reserve.code}' is called like a partner", "", "Rename it.")
    for number, pool in enumerate(model.pools):
        if pool.code.casefold() == OVERALL:
            place = toml.place(("pools", number, "code"))
            found = f"pool '{pool.code}' is called like the stage over all pools"
            yield error("clashing-code", place, found, "", "Rename it: [[overall.rules]] has that name.")


def _pot_words(section: str, entries: Sequence[Partner | Reserve], toml: TomlFile) -> Iterator[Finding]:
    for number, entry in enumerate(entries):
        if entry.code.casefold() in POT_WORDS:
            place = toml.place((section, number, "code"))
            found = f"{section}: code '{entry.code}' is the name of a pot"
            yield error("clashing-code", place, found, "", f"Rename it; pots are {', '.join(POT_WORDS)}.")


def _year(model: Model, toml: TomlFile) -> Iterator[Finding]:
    first, last = model.financial_year.split("-")
    following = f"{first}-{(int(first) + 1) % 100:02}"
    if model.financial_year != following:
        found = f"financial_year = '{first}-{last}' is not one year"
        yield error(
            "financial-year", toml.place(("financial_year",)), found, f"'{following}', or the year that is meant"
        )


def _agreement(model: Model, toml: TomlFile) -> Iterator[Finding]:
    starts = model.starts_on
    if model.agreed_on is None:
        found = "agreed_on is missing: it is not stated when the contract was agreed"
        yield warning("agreed-late", toml.place(()), found, f"a date before {_day(starts)}")
    elif model.agreed_on >= starts:
        found = f"the contract was agreed on {_day(model.agreed_on)}, when the year had begun"
        yield warning("agreed-late", toml.place(("agreed_on",)), found, f"a date before {_day(starts)}")


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _reserves(model: Model, toml: TomlFile) -> Iterator[Finding]:
    partners = [partner.code for partner in model.partners]
    for number, reserve in enumerate(model.reserves):
        place = toml.place(("reserves", number, "holder"))
        yield from _unless_known("partner", [reserve.holder], partners, place, f"holder of reserve '{reserve.code}'")


def _settlement(model: Model, toml: TomlFile) -> Iterator[Finding]:
    named = [model.settlement.host] if model.settlement.host else []
    place = toml.place(("settlement", "host"))
    partners = [partner.code for partner in model.partners]
    yield from _unless_known("partner", named, partners, place, "host of the settlement")


def _funds(model: Model, toml: TomlFile) -> Iterator[Finding]:
    partners = [partner.code for partner in model.partners]
    reserves = [reserve.code for reserve in model.reserves]
    for number, fund in enumerate(model.funds):
        place = toml.place(("funds", number, "holder"))
        yield from _unless_known("partner", [fund.holder], partners, place, f"holder of fund '{fund.code}'")
        yield from _ring_fence(fund, reserves, partners, toml.place(("funds", number, "ring_fence", "underspend_to")))
        yield from _bound_otherwise(model, number, toml.place(("funds", number, "ring_fence", "over")))


def _bound_otherwise(model: Model, number: int, place: Place) -> Iterator[Finding]:
    """A ring-fence that shares its reserve with an earlier fund's, which binds otherwise."""
    own = model.funds[number].ring_fence
    for other in model.funds[:number] if own else ():
        ring = other.ring_fence
        if own and ring and ring.underspend_to == own.underspend_to and ring.over != own.over:
            code = model.funds[number].code
            found = f"funds '{other.code}' and '{code}' share reserve '{own.underspend_to}', but bind it over the "
            found += f"{ring.over} and over the {own.over}"
            yield error(
                "ring-fence-over", place, found, "one meaning for all funds of a reserve", "Write the same 'over'"
            )
            return


def _ring_fence(fund: Fund, reserves: Sequence[str], partners: Sequence[str], place: Place) -> Iterator[Finding]:
    reserve = fund.ring_fence.underspend_to if fund.ring_fence else None
    if reserve is None or reserve in reserves:
        return
    found = f"the underspend of fund '{fund.code}' goes to '{reserve}', which is no reserve"
    shared = reserve.casefold() in {*POT_WORDS, *(code.casefold() for code in partners)}
    action = (
        "A ring-fenced underspend is never shared: name a reserve." if shared else _declare(reserve, reserves, fund)
    )
    yield error("ring-fence", place, found, "the code of a declared reserve", action)


def _declare(reserve: str, reserves: Sequence[str], fund: Fund) -> str:
    close = did_you_mean(reserve, reserves)
    declared = f'[[reserves]] with code = "{reserve}", a name and holder = "{fund.holder}"'
    return f"{close} Otherwise add {declared}" if close else f"Add {declared}"


def _pools(model: Model, toml: TomlFile, lines: InputTable) -> Iterator[Finding]:
    for number, pool in enumerate(model.pools):
        geographies = [geography.code for geography in model.geographies]
        named = [pool.for_each] if pool.for_each else []
        place = toml.place(("pools", number, "for_each"))
        yield from _unless_known("geography", named, geographies, place, f"for_each of pool '{pool.code}'")
        yield from _scope(model, pool, ("pools", number, "scope"), toml, lines)


def _scope(
    model: Model, pool: Pool, path: tuple[str | int, ...], toml: TomlFile, lines: InputTable
) -> Iterator[Finding]:
    partners = [partner.code for partner in model.partners]
    known = {"fund": [fund.code for fund in model.funds], "holder": partners, "provider": partners}
    for key, codes in known.items():
        what = "fund" if key == "fund" else "partner"
        named, place = stated(getattr(pool.scope, key) or ()), toml.place((*path, key))
        yield from _unless_known(what, named, codes, place, f"scope of pool '{pool.code}'")
    services = set(lines.frame["service"].unique()) - {""}
    for service in (word for word in stated(pool.scope.service or ()) if word not in services):
        found = f"scope of pool '{pool.code}': no line has service '{service}'"
        action = did_you_mean(service, sorted(services))
        yield warning("word-without-lines", toml.place((*path, "service")), found, "", action)


def _defaults(model: Model, toml: TomlFile) -> Iterator[Finding]:
    """The defaults of the inputs; localities and bases are judged with the lines."""
    partners = [partner.code for partner in model.partners]
    known = {
        "fund": [fund.code for fund in model.funds],
        "geography": [geography.code for geography in model.geographies],
        "holder": partners,
        "provider": partners,
    }
    for number, entry in enumerate(model.inputs):
        for key, codes in known.items():
            given = getattr(entry, key)
            what = "partner" if codes is partners else key
            place = toml.place(("inputs", number, key))
            yield from _unless_known(what, [given] if given else [], codes, place, f"{key} of {entry.file}")


def _unless_known(what: str, named: Iterable[str], known: Sequence[str], place: Place, who: str) -> Iterator[Finding]:
    for code in named:
        if code not in known:
            action = did_you_mean(code, known) or f"Known are: {', '.join(known)[:300]}."
            yield error(f"unknown-{what}", place, f"{who}: there is no {what} '{code}'", "", action)
