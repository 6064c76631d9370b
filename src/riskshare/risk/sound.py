"""Sound: what is wrong with the risks of a model file, as findings, before anything is drawn."""

from __future__ import annotations

from collections.abc import Iterator

from riskshare.contract.simulation import MovingCost
from riskshare.figures.computed import ComputedModel
from riskshare.inputs.toml import TomlFile
from riskshare.problems.findings import Finding, did_you_mean, error, one_of
from riskshare.risk.shocks import WHOLE_SCOPE, Shocks, correlation_matrix, is_possible


def unsound_risks(built: ComputedModel) -> tuple[Finding, ...]:
    """Nothing to draw, codes used twice, risks that move nothing, correlations that cannot be."""
    model, toml = built.plan.model, built.reading.toml
    if not model.risks:
        action = "Add [[risks]]: what moves, and by how much. docs/risk.md has an example."
        return (error("no-risks", toml.place(()), "no risk is stated, so every year is the same", "[[risks]]", action),)
    for judged in (_twice(model.risks, toml), _correlations(built, toml)):
        if wrong := tuple(judged):
            return wrong
    return tuple(_idle(built, toml))


def _twice(risks: tuple[MovingCost, ...], toml: TomlFile) -> Iterator[Finding]:
    codes = [risk.code for risk in risks]
    for number, code in enumerate(codes):
        if code in codes[:number]:
            place = toml.place(("risks", number, "code"))
            yield error("duplicate-risk", place, f"two risks are called '{code}'", "a code of its own for each")


def _idle(built: ComputedModel, toml: TomlFile) -> Iterator[Finding]:
    for number, reach in enumerate(Shocks(built).reaches):
        if not any(len(rows) for rows in reach.rows):
            place = toml.place(("risks", number, "scope"))
            says = f"risk '{reach.risk.code}' moves nothing: no line and no given pool matches its scope"
            action = "Compare its values with the columns of the lines; every key has to match."
            yield error("risk-moves-nothing", place, says, "a scope that some line matches", action)


def _correlations(built: ComputedModel, toml: TomlFile) -> Iterator[Finding]:
    risks = {risk.code: risk for risk in built.plan.model.risks}
    stated = built.plan.model.simulation.correlations
    wrong = False
    for number, entry in enumerate(stated):
        place = toml.place(("simulation", "correlations", number, "risks"))
        for code in entry.risks:
            if code not in risks:
                wrong = True
                action = did_you_mean(code, risks)
                yield error("unknown-risk", place, f"there is no risk '{code}'", one_of(risks), action)
            elif risks[code].each != WHOLE_SCOPE or risks[code].distribution == "gamma":
                wrong = True
                says = f"risk '{code}' cannot be correlated: it moves each {risks[code].each} by a "
                says += f"{risks[code].distribution} distribution"
                yield error("uncorrelated-risk", place, says, "each = 'scope', and normal or lognormal")
        if entry.risks[0] == entry.risks[1]:
            wrong = True
            yield error("unknown-risk", place, f"risk '{entry.risks[0]}' with itself", "two risks")
    matrix = {} if wrong else {entry.risks: float(entry.coefficient) for entry in stated}
    if not is_possible(correlation_matrix(matrix, list(risks))):
        place = toml.place(("simulation", "correlations"))
        says = "the correlations contradict each other: no variables can be correlated so"
        action = "Bring them nearer to 0; what is 0.9 with two others cannot have these at -0.9."
        yield error("impossible-correlations", place, says, "a positive semidefinite matrix", action)
