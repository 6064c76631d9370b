"""Delivers a workbook: written beside its place, recalculated by another engine, put in its place when all is equal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from riskshare.figures.computed import Built
from riskshare.figures.pin.hashes import PIN_FILE
from riskshare.figures.progress import Phase, Tell, untold
from riskshare.outputs.workbook.layout import Layout
from riskshare.outputs.write import all_sheets, count_formulas, lay_out, write_workbook
from riskshare.problems.errors import FormulaError
from riskshare.problems.findings import Finding, any_error, in_order
from riskshare.proof.findings import proof_findings
from riskshare.proof.proof import Verdict, expected_proof
from riskshare.proof.step_in_cell import step_in

Prove = Callable[[Path], Verdict]
"""Recalculates a finished workbook and says what differs."""


def deliver(
    built: Built, findings: tuple[Finding, ...], output: Path, prove: Prove | None, tell: Tell = untold
) -> tuple[Built | None, tuple[Finding, ...]]:
    """Writes the workbook of a model that was computed; findings of the proof that are errors keep it back.

    Without `prove` it is delivered as it is, and its pin says so.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    if prove is not None:
        return _proved(built, findings, output, partial(_told, prove, built, tell))
    write_workbook(output, built.plan, built.figures, built.pin, shown(findings))
    tell(Phase.WRITE, len(built.plan.tables))
    return built, findings


def _told(prove: Prove, built: Built, tell: Tell, workbook: Path) -> Verdict:
    tell(Phase.WRITE, len(built.plan.tables))
    verdict = prove(workbook)
    tell(Phase.PROVE, verdict.formulas)
    return verdict


def shown(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings that the sheet Checks shows: those on the pin are about what was built before."""
    return tuple(finding for finding in findings if finding.place.file != PIN_FILE)


def _proved(
    built: Built, findings: tuple[Finding, ...], output: Path, prove: Prove
) -> tuple[Built | None, tuple[Finding, ...]]:
    """Delivers the workbook when its proof holds; written anew with the warning where half pennies affect it."""
    sheets = all_sheets(built.plan, built.pin, shown(findings))
    proof, every = expected_proof(count_formulas(lay_out(sheets, built.figures))), findings
    for _ in range(2):
        stated = replace(built, proof=proof, pin=replace(built.pin, proof=proof.statement()))
        affected, found = _attempted(stated, every, output, prove)
        every = in_order((*findings, *found))
        if any_error(found):
            return None, every
        if affected == proof.affected:
            return stated, every
        proof = replace(proof, affected=affected)
    raise FormulaError("IronCalc gives other figures each time it recalculates the workbook")


def _attempted(
    stated: Built, warnings: tuple[Finding, ...], output: Path, prove: Prove
) -> tuple[int, tuple[Finding, ...]]:
    """How many cells half pennies affect, and what was found; delivered where the workbook states it so."""
    seen: list[tuple[int, tuple[Finding, ...]]] = []

    def inspect(workbook: Path, layout: Layout) -> bool:
        verdict = prove(workbook)
        if stated.proof is None or verdict.formulas != stated.proof.formulas:
            raise FormulaError(f"the workbook has {verdict.formulas:,} formulas, not as many as its pin states")
        step = partial(step_in, layout, stated.figures)
        seen.append((verdict.affected, tuple(proof_findings(f"{stated.plan.model.name}.xlsx", verdict.causes, step))))
        return verdict.holds and verdict.affected == stated.proof.affected

    write_workbook(output, stated.plan, stated.figures, stated.pin, shown(warnings), inspect)
    return seen[0]
