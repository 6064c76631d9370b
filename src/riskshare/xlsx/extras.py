"""What a workbook of ours never has: macros, links to other files, embedded files, queries and add-ins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from riskshare.xlsx.book import Extra
from riskshare.xlsx.parts import Package, Relation

MACRO, EXTERNAL_LINK, PART = "macro", "external link", "part"

_MACROS: Final = {
    "vbaProject": "a macro (VBA project)",
    "xlMacrosheet": "an Excel 4 macro sheet",
    "xlIntlMacrosheet": "an Excel 4 macro sheet",
    "control": "an ActiveX control",
}
_PARTS: Final = {
    "oleObject": "an embedded object",
    "package": "an embedded file",
    "ctrlProp": "a form control",
    "connections": "a connection to data elsewhere",
    "queryTable": "a query",
    "pivotTable": "a pivot table",
    "slicer": "a slicer",
    "timeline": "a timeline",
    "powerPivotData": "a data model",
    "extensibility": "a ribbon of its own",
    "webextension": "an add-in",
    "webextensiontaskpanes": "an add-in",
}
_LINKS: Final = {"hyperlink", "externalLinkPath", "externalLink"}


def extras(package: Package, sheets: Mapping[str, str]) -> tuple[Extra, ...]:
    """Every such thing with the sheet it belongs to; `sheets` names the sheet of each part."""
    every = (relation for relations in package.relations.values() for relation in relations)
    found = {extra for relation in every for extra in _extra(package, sheets.get(relation.source, ""), relation)}
    return tuple(sorted(found))


def _extra(package: Package, sheet: str, relation: Relation) -> Iterator[Extra]:
    if relation.kind in _MACROS:
        yield Extra(MACRO, sheet, _MACROS[relation.kind])
    elif relation.kind == "externalLink":
        yield Extra(EXTERNAL_LINK, "", _linked_file(package, relation.target))
    elif relation.external and relation.kind not in _LINKS:
        yield Extra(EXTERNAL_LINK, sheet, relation.target)
    elif relation.kind in _PARTS:
        yield Extra(PART, sheet, _PARTS[relation.kind])


def _linked_file(package: Package, part: str) -> str:
    targets = (one.target for one in package.relations.get(part, ()) if one.external)
    return next(targets, "another program's data")
