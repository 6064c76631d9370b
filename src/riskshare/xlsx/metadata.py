"""Sheet metadata: rules for areas, links, comments and drawings; and what no workbook of ours has, such as macros."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from xml.etree.ElementTree import Element

from riskshare.xlsx.content import AreaRule, Foreign
from riskshare.xlsx.formulas import spelled_place
from riskshare.xlsx.package import Package, Relation
from riskshare.xlsx.part_xml import is_true, plain

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


def validations(tree: Element) -> tuple[AreaRule, ...]:
    """What may be typed where; a validation that allows everything is none."""
    return tuple(_validation(node) for node in tree.iter("dataValidation") if node.get("type", "none") != "none")


def _validation(node: Element) -> AreaRule:
    kind, operator = node.get("type", ""), node.get("operator", "between")
    words = kind if kind in {"list", "custom"} else f"{kind} {operator}"
    if not is_true(node.get("showErrorMessage")):
        words += ", only advised"
    elif node.get("errorStyle", "stop") != "stop":
        words += f", only a {node.get('errorStyle')}"
    two = kind not in {"list", "custom"} and operator in {"between", "notBetween"}
    return AreaRule(_area(node), words, _formulas(node, ("formula1", "formula2") if two else ("formula1",)))


def conditional_formats(tree: Element) -> tuple[AreaRule, ...]:
    """The condition of each conditional format; not its colours, which programs number and write in their own ways."""
    return tuple(
        AreaRule(_area(node), _condition(rule), _formulas(rule, ("formula", "f")))
        for node in tree.iter("conditionalFormatting")
        for rule in node.findall("cfRule")
        if rule.get("type")
    )


def _condition(rule: Element) -> str:
    operator = rule.get("operator", "")
    return f"{rule.get('type')} {operator}".strip()


def _area(node: Element) -> str:
    return node.get("sqref") or (node.findtext("sqref") or "")


def _formulas(node: Element, tags: tuple[str, ...]) -> tuple[str, ...]:
    nodes = [child for tag in tags for child in node.findall(tag)]
    return tuple(text for child in nodes if (text := "".join(child.itertext()).strip()))


def links(tree: Element, package: Package, part: str) -> tuple[AreaRule, ...]:
    """Where each linked cell leads, by the address or the place in the workbook."""
    targets = {one.name: one.target for one in package.relations(part) if one.external}
    return tuple(_link(node, targets.get(node.get("id", ""), "")) for node in tree.findall("hyperlinks/hyperlink"))


def _link(node: Element, address: str) -> AreaRule:
    place = node.get("location", "")
    if address.startswith("#"):
        address, place = "", address
    if address:
        whole = f"{address}#{place}" if place else address
        return AreaRule(node.get("ref", ""), whole.removesuffix("/"))
    return AreaRule(node.get("ref", ""), "", (spelled_place(place),))


def comments(package: Package, part: str) -> tuple[AreaRule, ...]:
    """The comment of each cell; a thread is one comment."""
    notes = {
        node.get("ref", ""): plain("".join(_texts(node)))
        for path in package.related(part, "comments")
        for node in package.tree(path).iter("comment")
    }
    threads: dict[str, list[str]] = {}
    for path in package.related(part, "threadedComment"):
        for node in package.tree(path).iter("threadedComment"):
            threads.setdefault(node.get("ref", ""), []).append(plain(node.findtext("text") or ""))
    said = notes | {cell: " / ".join(texts) for cell, texts in threads.items()}
    return tuple(AreaRule(cell, " ".join(text.split())) for cell, text in said.items())


def _texts(comment: Element) -> Iterator[str]:
    return (node.text or "" for node in comment.iter("t"))


def drawn(tree: Element, package: Package, part: str) -> tuple[str, ...]:
    """Pictures, shapes with their texts, and buttons that lie on a sheet; charts and comments' frames don't count.

    Charts are left out because LibreOffice and openpyxl both write them anew in their own way, or not at all.
    """
    shapes = [
        words
        for path in package.related(part, "drawing")
        for node in package.tree(path).iter()
        for words in _shape(node)
    ]
    for path in package.related(part, "vmlDrawing"):
        kinds = (node.get("ObjectType", "") for node in package.tree(path).iter("ClientData"))
        shapes += [f"a form control ({kind})" for kind in kinds if kind != "Note"]
    if tree.find("picture") is not None:
        shapes.append("a picture behind the cells")
    return tuple(sorted(shapes))


def _shape(node: Element) -> Iterator[str]:
    if node.tag == "pic":
        yield "a picture"
    elif node.tag in {"sp", "cxnSp"}:
        text = " ".join("".join(part.text or "" for part in node.iter("t")).split())
        yield f"a text box or shape that says '{text[:80]}'" if text else "a shape"


def foreign(package: Package, sheets: Mapping[str, str]) -> tuple[Foreign, ...]:
    """Every such thing with the sheet it belongs to; `sheets` names the sheet of each part."""
    kinds = {
        one
        for relation in package.every_relation()
        for one in _foreign(package, sheets.get(relation.source, ""), relation)
    }
    return tuple(sorted(kinds))


def _foreign(package: Package, sheet: str, relation: Relation) -> Iterator[Foreign]:
    if relation.kind in _MACROS:
        yield Foreign(MACRO, sheet, _MACROS[relation.kind])
    elif relation.kind == "externalLink":
        yield Foreign(EXTERNAL_LINK, "", _linked_file(package, relation.target))
    elif relation.external and relation.kind not in _LINKS:
        yield Foreign(EXTERNAL_LINK, sheet, relation.target)
    elif relation.kind in _PARTS:
        yield Foreign(PART, sheet, _PARTS[relation.kind])


def _linked_file(package: Package, part: str) -> str:
    targets = (one.target for one in package.relations(part) if one.external)
    return next(targets, "another program's data")
