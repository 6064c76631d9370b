"""What stands around the cells of a sheet: validations, conditional formats, links, comments and drawings."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from riskshare.xlsx.book import Applied
from riskshare.xlsx.formulas import spelled_place
from riskshare.xlsx.parts import Package, is_true
from riskshare.xlsx.strings import plain


def validations(around: Element) -> tuple[Applied, ...]:
    """What may be typed where; a validation that allows everything is none."""
    return tuple(_validation(node) for node in around.iter("dataValidation") if node.get("type", "none") != "none")


def _validation(node: Element) -> Applied:
    kind, operator = node.get("type", ""), node.get("operator", "between")
    words = kind if kind in {"list", "custom"} else f"{kind} {operator}"
    if not is_true(node.get("showErrorMessage")):
        words += ", only advised"
    elif node.get("errorStyle", "stop") != "stop":
        words += f", only a {node.get('errorStyle')}"
    two = kind not in {"list", "custom"} and operator in {"between", "notBetween"}
    return Applied(_area(node), words, _formulas(node, ("formula1", "formula2") if two else ("formula1",)))


def conditional_formats(around: Element) -> tuple[Applied, ...]:
    """The condition of each conditional format; not its colours, which programs number and write in their own ways."""
    return tuple(
        Applied(_area(node), _condition(rule), _formulas(rule, ("formula", "f")))
        for node in around.iter("conditionalFormatting")
        for rule in node.findall("cfRule")
        if rule.get("type")
    )


def _condition(rule: Element) -> str:
    operator = rule.get("operator", "")
    return f"{rule.get('type')} {operator}".strip()


def _area(node: Element) -> str:
    return node.get("sqref") or (node.findtext("sqref") or "")


def _formulas(node: Element, tags: tuple[str, ...]) -> tuple[str, ...]:
    found = [child for tag in tags for child in node.findall(tag)]
    return tuple(text for child in found if (text := "".join(child.itertext()).strip()))


def links(around: Element, package: Package, part: str) -> tuple[Applied, ...]:
    """Where each linked cell leads, by the address or the place in the workbook."""
    targets = {one.name: one.target for one in package.relations.get(part, ()) if one.external}
    return tuple(_link(node, targets.get(node.get("id", ""), "")) for node in around.findall("hyperlinks/hyperlink"))


def _link(node: Element, address: str) -> Applied:
    place = node.get("location", "")
    if address.startswith("#"):
        address, place = "", address
    if address:
        whole = f"{address}#{place}" if place else address
        return Applied(node.get("ref", ""), whole.removesuffix("/"))
    return Applied(node.get("ref", ""), "", (spelled_place(place),))


def comments(package: Package, part: str) -> tuple[Applied, ...]:
    """The comment of each cell; a thread is one comment."""
    found = {
        node.get("ref", ""): plain("".join(_texts(node)))
        for path in package.related(part, "comments")
        for node in package.tree(path).iter("comment")
    }
    threads: dict[str, list[str]] = {}
    for path in package.related(part, "threadedComment"):
        for node in package.tree(path).iter("threadedComment"):
            threads.setdefault(node.get("ref", ""), []).append(plain(node.findtext("text") or ""))
    said = found | {cell: " / ".join(texts) for cell, texts in threads.items()}
    return tuple(Applied(cell, " ".join(text.split())) for cell, text in said.items())


def _texts(comment: Element) -> Iterator[str]:
    return (node.text or "" for node in comment.iter("t"))


def drawn(around: Element, package: Package, part: str) -> tuple[str, ...]:
    """Pictures, shapes with their texts, and buttons that lie on a sheet; charts and comments' frames don't count.

    Charts are left out because LibreOffice and openpyxl both write them anew in their own way, or not at all.
    """
    found = [
        words
        for path in package.related(part, "drawing")
        for node in package.tree(path).iter()
        for words in _shape(node)
    ]
    for path in package.related(part, "vmlDrawing"):
        kinds = (node.get("ObjectType", "") for node in package.tree(path).iter("ClientData"))
        found += [f"a form control ({kind})" for kind in kinds if kind != "Note"]
    if around.find("picture") is not None:
        found.append("a picture behind the cells")
    return tuple(sorted(found))


def _shape(node: Element) -> Iterator[str]:
    if node.tag == "pic":
        yield "a picture"
    elif node.tag in {"sp", "cxnSp"}:
        text = " ".join("".join(part.text or "" for part in node.iter("t")).split())
        yield f"a text box or shape that says '{text[:80]}'" if text else "a shape"
