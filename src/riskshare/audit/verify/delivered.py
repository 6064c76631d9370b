"""Verifies a delivered workbook: rebuilds it from its model, compares every cell, and recalculates it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from riskshare import __version__
from riskshare.audit.changes.change import Change
from riskshare.audit.changes.figures import Moved, moved_figures
from riskshare.audit.edits.change import EditKind
from riskshare.audit.edits.compare import Edits, compare
from riskshare.audit.edits.part_changes import NOT_COMPARED, PartsCompared, beside, compare_parts, made_with
from riskshare.audit.verify.first import listed
from riskshare.audit.verify.money import MoneyMoved, money_moved
from riskshare.audit.verify.origin import ModelOfWorkbook, model_of, origin_of
from riskshare.audit.verify.pinned import figures_now, versions_in_words
from riskshare.audit.verify.reads import Read, Reads
from riskshare.audit.verify.recalculated import PART, Recalculated, all_stored, formulas_part, proved, recalculated
from riskshare.audit.verify.rows import SHIFTED, Edited
from riskshare.audit.verify.stated import SHEET, SOFTWARE, FiguresInCells, cells_of_versions, proof_of, sections
from riskshare.audit.verify.verdict import FirstMoved, Verdict, VerdictPart
from riskshare.figures.computed import ComputedModel
from riskshare.figures.pin.file import RecordedFigures
from riskshare.figures.pin.hashes import AFFECTED, PIN_FILE, changed
from riskshare.formula.language import Table
from riskshare.outputs.write import Draft, draft
from riskshare.problems.findings import Finding
from riskshare.proof.deliver import deliver, shown
from riskshare.proof.engines import Engine, engine_named
from riskshare.proof.proof import examine, expected_proof
from riskshare.xlsx.content import WorkbookContent
from riskshare.xlsx.package import Package, opened
from riskshare.xlsx.read import custom_properties, workbook_content

VERSIONS = ("riskshare version", "riskshare schema")
PARTS = {"Input files": "Inputs", "Contract": "Contract", "Steps": "Steps", "Results": "Results"}


def verify_workbook(path: Path, model: Path | None, engine: str) -> tuple[Verdict | None, tuple[Finding, ...]]:
    """Rebuilds the workbook of a model and compares; findings that are errors where it can no longer be built.

    Raises UserError where the file is no workbook of ours, its model is nowhere, or there is no such engine.
    """
    with examined_workbook(path, model, engine) as (delivered, findings):
        return (delivered.verdict() if delivered else None), findings


@contextmanager
def examined_workbook(
    path: Path, model: Path | None, engine: str
) -> Iterator[tuple[Delivered | None, tuple[Finding, ...]]]:
    """A delivered workbook, open, with the model it was built from, ready to be compared. Raises as `verify_workbook`.

    The file is opened once, here: whatever is asked of it is then said of one and the same file.
    """
    chosen = engine_named(engine)
    with opened(path) as package:
        properties = custom_properties(package)
        origin, findings = origin_of(model_of(path, properties, model), properties.get("riskshare digest", ""))
        yield (Delivered(package, properties, origin, chosen) if origin else None), findings


@dataclass(frozen=True)
class Delivered:
    """A delivered workbook beside its rebuild."""

    package: Package
    properties: Mapping[str, str]
    origin: ModelOfWorkbook
    engine: Engine

    def verdict(self) -> Verdict:
        """Everything that was found."""
        movement, edited = self._moved, self._edited
        return Verdict(
            subject=str(self.package.path),
            against=f"its rebuild from {self.origin.folder}",
            parts=(*map(edited.of, self._stated_parts()), self._cells(), self._recalculated()),
            digest=self.properties.get("riskshare digest", ""),
            pin_file=self.origin.folder / PIN_FILE,
            first=self._first(movement, self.built.plan.tables),
            first_shared=self._first(movement, tuple(group.table for group in self.built.plan.stages)),
            changes=self.changes,
            notes=tuple(self._notes()),
            money=tuple(self._money()),
        )

    @cached_property
    def _draft(self) -> Draft:
        built = self.origin.built
        return draft(built.plan, built.figures, built.pin, shown(self.origin.findings))

    @cached_property
    def built(self) -> ComputedModel:
        """The model computed again, with the proof that the workbook states."""
        built, proof = self.origin.built, expected_proof(self._draft.formulas).statement()
        return replace(built, pin=replace(built.pin, proof=proof_of(self.properties, proof)))

    @cached_property
    def _in_cells(self) -> FiguresInCells:
        return FiguresInCells(self._draft.layout, self.built.figures)

    @cached_property
    def _rebuild(self) -> tuple[WorkbookContent, PartsCompared] | None:
        """The workbook built anew, and how its parts differ; None where the delivered one is the same part by part.

        It is proved where the delivered one states half pennies, for the warning that it then shows.
        """
        with TemporaryDirectory() as folder:
            path = Path(folder) / self.package.path.name
            prove = examine if AFFECTED in self.built.pin.proof else None
            deliver(self.built, self.origin.findings, path, prove, drafted=self._draft)
            with opened(path) as package:
                if self.package.same_parts(package):
                    return None
                return workbook_content(package), compare_parts(package, self.package)

    @property
    def _rebuilt(self) -> WorkbookContent | None:
        return self._rebuild[0] if self._rebuild else None

    @property
    def _parts(self) -> PartsCompared:
        return self._rebuild[1] if self._rebuild else PartsCompared()

    @cached_property
    def _found(self) -> WorkbookContent:
        return workbook_content(self.package)

    @cached_property
    def _calculated(self) -> Recalculated:
        return recalculated(self.package, self.engine)

    @cached_property
    def _comparison(self) -> Edits:
        if self._rebuilt is None:
            return Edits(())
        return compare(self._rebuilt, self._found, lambda: self._calculated.values)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The changes but for what other software states of itself."""
        software = cells_of_versions(self._rebuilt) if self._rebuilt else ()
        parts = beside(self._parts.changes, self._comparison.changes) if self._is_of_this_version else ()
        return tuple(
            self._in_cells.typed(change)
            for change in (*self._comparison.changes, *parts)
            if not (change.sheet == SHEET and change.cell in software and change.kind is EditKind.TEXT)
            and not (change.kind is EditKind.PROPERTY and any(name in change.was + change.now for name in VERSIONS))
        )

    @property
    def _is_of_this_version(self) -> bool:
        return self.properties.get("riskshare version", "") == __version__

    def _stated_parts(self) -> Iterator[VerdictPart]:
        """What the workbook states on Provenance against the model."""
        for title, entries in self.built.pin.sections():
            then = self._stated.get(title, {})
            names = changed(then, dict(entries))
            for start, part in PARTS.items():
                if title.startswith(start):
                    yield VerdictPart(
                        part,
                        not names,
                        f"{', '.join(names[:3])}"
                        if names
                        else f"{len(entries):,} hash{'es' if len(entries) > 1 else ''}",
                    )
            if title == SOFTWARE:
                yield VerdictPart(SOFTWARE, not names, versions_in_words(then, dict(entries), names), counts=False)

    def _cells(self) -> VerdictPart:
        count = len(self.changes)
        detail = (
            f"{count:,} change{'' if count == 1 else 's'} to the delivered file" if count else "nothing was changed"
        )
        return VerdictPart("Workbook", not count, detail)

    def _recalculated(self) -> VerdictPart:
        count = 0 if self._comparison.not_cached else proved(self.package, self.engine)
        if not count:
            return formulas_part(self._found, self._calculated, self.engine, self.built.pin.proof.get(AFFECTED, ""))
        name = f"{self.engine.name} {self.engine.version()}"
        return VerdictPart(PART, same=True, detail=all_stored(f"{count:,} recalculated by {name}"))

    @cached_property
    def _stated(self) -> Mapping[str, Mapping[str, str]]:
        if self._rebuilt is None:
            return {title: dict(entries) for title, entries in self.built.pin.sections()}
        return sections(self._found, self.built.pin)

    @property
    def software(self) -> Mapping[str, str]:
        """The versions that the workbook states it was built with."""
        return self._stated.get(SOFTWARE, {})

    @cached_property
    def figures(self) -> RecordedFigures:
        """The figures of the delivered workbook: as it calculates them where it was changed, else as it stored them."""
        if self._rebuilt is None:
            return figures_now(self.built)
        calculated = self._calculated.values if self.changes or self._comparison.not_cached else {}
        return self._in_cells.figures_held(self.built.plan.tables, self._found, calculated)

    @cached_property
    def _shifted(self) -> str:
        """The first change after which a figure can stand in another cell than its own; nothing where there is none."""
        shifted = (one for one in self._comparison.changes if one.kind in SHIFTED and one.sheet != SHEET)
        return next((f"{one.kind} at {one.place}" for one in shifted), "")

    @property
    def _edited(self) -> Edited:
        plan = self.built.plan
        tables = {table.name: table for table in plan.tables}
        return Edited(tables, frozenset(plan.inputs), self.changes, self._moved, self._shifted)

    def _money(self) -> Iterator[MoneyMoved]:
        """What each account would settle otherwise than by the model: as the file shows, and recalculated."""
        if self.changes and not self._shifted and self._rebuilt is not None:
            stored = self._in_cells.figures_held(self.built.plan.tables, self._found, {})
            yield from money_moved(figures_now(self.built), stored, self.figures)

    @cached_property
    def _moved(self) -> tuple[Moved, ...]:
        """The figures that the delivered workbook has otherwise than the model."""
        if not self.changes or self._shifted:
            return ()
        return tuple(moved_figures(self.built.plan.tables, figures_now(self.built), self.figures))

    def _first(self, moved: tuple[Moved, ...], tables: tuple[Table, ...]) -> FirstMoved | None:
        names = {table.name for table in tables}
        first = next((entry for entry in moved if entry.table.name in names), None)
        if first is None:
            return None
        step = first.step
        figures = (step.unit.symbol, first.then, first.now)
        return FirstMoved(first.table.title, step.name, step.label, step.clause, first.row, *figures, self._why(first))

    def _why(self, moved: Moved) -> str:
        figure = moved.table.name, moved.step.name, moved.row
        reads = Reads(self.built.plan.tables, self.built.figures)
        causes = self._among({figure}) or self._among(reads.given(*figure)) or self._among(reads.behind(*figure))
        return listed(causes or self.changes) or self.origin.note or "its model gives another figure"

    def _among(self, reads: set[Read]) -> list[Change]:
        """The changes of cells that are read."""
        return [
            change
            for change in self.changes
            if {(change.table, change.column, change.row), (change.table, change.column, None)} & reads
        ]

    def _notes_on_parts(self) -> Iterator[str]:
        if self._parts.anew:
            program = made_with(self.package) or "Another program"
            yield f"{program} saved the file anew: cells were compared by what they mean. Not compared: {NOT_COMPARED}."
        if self._parts.unseen:
            differences = f"{self._parts.unseen:,} difference{'' if self._parts.unseen == 1 else 's'}"
            yield f"{differences} more in windows, selections or who saved it, which no reader sees."

    def _notes(self) -> Iterator[str]:
        if self.origin.note:
            yield self.origin.note
        if not self._is_of_this_version:
            by = self.properties.get("riskshare version", "")
            yield (
                f"It was made by riskshare {by}; this is {__version__}, which may lay cells out otherwise: to compare "
                f"every cell, verify it with riskshare {by}, too."
            )
        if self._shifted:
            yield f"What it does to money cannot be told: after {self._shifted} figures stand in other cells."
        yield from self._notes_on_parts()
        if self._comparison.following:
            yield f"{self._comparison.following:,} other figures follow from these changes."
        if self._comparison.not_cached:
            yield f"{self._comparison.not_cached:,} formulas have no stored figure; they were recalculated."
