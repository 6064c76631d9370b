"""Endpoint: one end of a comparison, with what was read there and the settlement that it states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl

from riskshare.audit.changes.change import Change
from riskshare.audit.diff.shown import ShownSettlement, shown_settlement
from riskshare.audit.verify.delivered import examined_workbook
from riskshare.audit.verify.origin import NEITHER
from riskshare.build import compute
from riskshare.figures.line_treatment import complete
from riskshare.figures.names import RECONCILIATION, SETTLEMENT
from riskshare.figures.pin.file import RecordedFigures, read_record
from riskshare.figures.plan import plan
from riskshare.formula.evaluate import evaluate
from riskshare.inputs.reading import Reading
from riskshare.problems.errors import NoModelError, UserError
from riskshare.problems.findings import Finding

WORKBOOKS = (".xlsx", ".xlsm")
MEASURES = ("transfer", "gain")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One end: its name, what was read, the software that computed it, and the settlement it states.

    `typed` holds what was typed into a workbook after it was built. Of a workbook whose model is nowhere nothing was
    read, and only the file itself (`workbook`) can be compared.
    """

    name: str
    reading: Reading | None
    software: Mapping[str, str]
    stated: ShownSettlement
    typed: tuple[Change, ...] = ()
    workbook: Path | None = None


def endpoint(path: Path) -> tuple[Endpoint | None, tuple[Finding, ...]]:
    """The end that a folder or a file is. Raises UserError where there is none, or it is not one of ours."""
    if path.is_dir():
        return model_endpoint(path)
    if path.suffix == ".json":
        return pin_endpoint(path), ()
    if path.suffix in WORKBOOKS:
        return workbook_endpoint(path)
    raise UserError(f"{path} is no model, pin or workbook. Give a model's folder, its pin.json or its workbook.")


def model_endpoint(folder: Path) -> tuple[Endpoint | None, tuple[Finding, ...]]:
    """A model as it is now; findings that are errors where it cannot be computed."""
    built, findings = compute(folder)
    if built is None:
        return None, findings
    return Endpoint(str(folder), built.reading, built.pin.software, settlement(built.figures)), findings


def pin_endpoint(path: Path) -> Endpoint:
    """A model as it was pinned; without what was read where that was too much to keep. Raises UserError."""
    record = read_record(path)
    return Endpoint(str(path), record.reading, record.pin.software, stated(record.figures))


def workbook_endpoint(path: Path) -> tuple[Endpoint | None, tuple[Finding, ...]]:
    """A delivered workbook with what was typed into it; alone where what it was built from is no longer to be had.

    Raises UserError where it is not ours.
    """
    try:
        with examined_workbook(path, None, "ironcalc") as (delivered, findings):
            if delivered is not None and delivered.origin.note != NEITHER:
                reading, figures = delivered.built.reading, stated(delivered.figures)
                return Endpoint(str(path), reading, delivered.software, figures, delivered.changes, path), findings
    except NoModelError:
        pass
    return alone(path), ()


def alone(path: Path) -> Endpoint:
    """A workbook without its model: the settlement that it shows."""
    return Endpoint(str(path), None, {}, shown_settlement(path), (), path)


def settled(reading: Reading) -> ShownSettlement:
    """The settlement of what was read, computed with the software of today.

    No finding stops it: a mixture of two models need not keep a control total, as long as it can be computed.
    Raises RiskshareError, LookupError or PolarsError where it cannot be.
    """
    planned = plan(reading, complete(reading.model, reading.lines, reading.localities))
    return settlement(evaluate(planned.tables, planned.frames))


def settlement(figures: Mapping[str, pl.DataFrame]) -> ShownSettlement:
    """The settlement among the figures of a model that was computed."""
    if SETTLEMENT not in figures:
        return {}
    gains = dict(figures[RECONCILIATION].select("reconciled", "after").rows())
    transfers = figures[SETTLEMENT].select("account", "transfer").rows()
    return {account: {"transfer": transfer, "gain": gains[account]} for account, transfer in transfers}


def stated(figures: RecordedFigures) -> ShownSettlement:
    """The settlement among the figures of a record."""
    settled, reconciled = (figures.get(name, {}) for name in (SETTLEMENT, RECONCILIATION))
    transfers = dict(zip(settled.get("account", ()), settled.get("transfer", ()), strict=True))
    gains = dict(zip(reconciled.get("reconciled", ()), reconciled.get("after", ()), strict=True))
    return {
        account: {"transfer": Decimal(transfer), "gain": Decimal(gains.get(account, 0))}
        for account, transfer in transfers.items()
    }
