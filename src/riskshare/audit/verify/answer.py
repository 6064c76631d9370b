"""Verify: a model, a pin or a workbook run again, with what was kept outside of it: a digest, the keys of signers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from riskshare.audit.verify.delivered import verify_workbook
from riskshare.audit.verify.pinned import verify_model, verify_pin
from riskshare.audit.verify.signature import digest_part, signature_part
from riskshare.audit.verify.verdict import Verdict
from riskshare.problems.findings import Finding


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be verified, and how: the model of a workbook, the engine, a digest, a file of signers."""

    target: Path
    model: Path | None = None
    engine: str = "ironcalc"
    expect: str | None = None
    signers: Path | None = None


def verify_target(asked: Asked) -> tuple[Verdict | None, tuple[Finding, ...]]:
    """The answer; findings that are errors where the target can no longer be run. Raises UserError as its parts do."""
    if asked.target.is_dir():
        verdict, findings = verify_model(asked.target)
    elif asked.target.suffix == ".json":
        verdict, findings = verify_pin(asked.target)
    else:
        verdict, findings = verify_workbook(asked.target, asked.model, asked.engine)
    return (None if verdict is None else _with_what_was_kept(verdict, asked)), findings


def _with_what_was_kept(verdict: Verdict, asked: Asked) -> Verdict:
    parts = list(verdict.parts)
    if asked.expect is not None:
        parts.append(digest_part(verdict.digest, asked.expect))
    if asked.signers is not None:
        parts.append(signature_part(verdict.pin_file, verdict.digest, asked.signers))
    return replace(verdict, parts=tuple(parts))
