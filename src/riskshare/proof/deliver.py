"""Delivers a workbook: written beside its place, recalculated by another engine, put in its place when all is equal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from riskshare.figures.computed import ComputedModel
from riskshare.figures.pin.hashes import PIN_FILE
from riskshare.files.writing import refuse_to_be_one_of
from riskshare.outputs.progress import Phase, Tell, untold
from riskshare.outputs.workbook.layout import Layout
from riskshare.outputs.write import Draft, draft, write_workbook
from riskshare.problems.errors import FormulaError
from riskshare.problems.findings import Finding, any_error, in_order
from riskshare.proof.findings import proof_findings, step_in
from riskshare.proof.proof import Examination, expected_proof

Prove = Callable[[Path], Examination]
"""Recalculates a finished workbook and says what differs."""


def deliver(
    built: ComputedModel,
    findings: tuple[Finding, ...],
    output: Path,
    prove: Prove | None,
    tell: Tell = untold,
    drafted: Draft | None = None,
) -> tuple[ComputedModel | None, tuple[Finding, ...]]:
    """Writes the workbook of a model that was computed; findings of the proof that are errors keep it back.

    Without `prove` it is delivered as it is, and its pin says so. `drafted` is its draft, where there is one already.
    """
    refuse_to_be_one_of(output, (built.reading.folder / name for name in built.reading.files))
    output.parent.mkdir(parents=True, exist_ok=True)
    first = drafted or _draft(built, findings)
    if prove is not None:
        return _proved(built, findings, output, partial(_told, prove, built, tell), first)
    write_workbook(output, first.stating(built.pin))
    tell(Phase.WRITE, len(built.plan.tables))
    return built, findings


def _draft(built: ComputedModel, findings: tuple[Finding, ...]) -> Draft:
    return draft(built.plan, built.figures, built.pin, shown(findings))


def _told(prove: Prove, built: ComputedModel, tell: Tell, workbook: Path) -> Examination:
    tell(Phase.WRITE, len(built.plan.tables))
    examination = prove(workbook)
    tell(Phase.PROVE, examination.formulas)
    return examination


def shown(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings that the sheet Checks shows: those on the pin are about what was built before."""
    return tuple(finding for finding in findings if finding.place.file != PIN_FILE)


def _proved(
    built: ComputedModel, findings: tuple[Finding, ...], output: Path, prove: Prove, first: Draft
) -> tuple[ComputedModel | None, tuple[Finding, ...]]:
    """Delivers the workbook when its proof holds; written anew with the warning where half pennies affect it."""
    proof, every, drafted = expected_proof(first.formulas), findings, first
    for _ in range(2):
        stated = replace(built, proof=proof, pin=replace(built.pin, proof=proof.statement()))
        affected, about = _attempted(stated, drafted.stating(stated.pin), output, prove)
        every = in_order((*findings, *about))
        if any_error(about):
            return None, every
        if affected == proof.affected:
            return stated, every
        proof, drafted = replace(proof, affected=affected), _draft(built, every)
    raise FormulaError("IronCalc gives other figures each time it recalculates the workbook")


def _attempted(stated: ComputedModel, drafted: Draft, output: Path, prove: Prove) -> tuple[int, tuple[Finding, ...]]:
    """How many cells half pennies affect, and what was found; delivered where the workbook states it so."""
    seen: list[tuple[int, tuple[Finding, ...]]] = []

    def inspect(workbook: Path, layout: Layout) -> bool:
        examined = prove(workbook)
        if stated.proof is None or examined.formulas != stated.proof.formulas:
            raise FormulaError(f"the workbook has {examined.formulas:,} formulas, not as many as its pin states")
        step = partial(step_in, layout, stated.figures)
        seen.append((examined.affected, tuple(proof_findings(f"{stated.plan.model.name}.xlsx", examined.causes, step))))
        return examined.holds and examined.affected == stated.proof.affected

    write_workbook(output, drafted, inspect)
    return seen[0]
