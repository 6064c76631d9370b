"""Test support: single changes of any part of a package, drawn from what the format knows, not from a list of ours."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from openpyxl.descriptors.serialisable import Serialisable

Parts = dict[str, bytes]
ROOMS = ("worksheet", "styles", "chart", "drawing", "workbook", "packaging", "comments", "formatting")
WORDS = ("1", "0", "true", "A1", "B2:C3", "none", "FFFFFFFF", "hidden")


@dataclass(frozen=True)
class PartMutation:
    """One change: to which part, to which element, what was done, and the parts that come of it."""

    part: str
    element: str
    what: str
    parts: Parts


def package_of(parts: Mapping[str, bytes]) -> bytes:
    """The parts as a file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


@cache
def known_to_openpyxl() -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """By the name of an element, the attributes and the elements in it that openpyxl's classes know."""
    for room in ROOMS:
        package = import_module(f"openpyxl.{room}")
        for entry in walk_packages(package.__path__, f"{package.__name__}."):
            import_module(entry.name)
    known: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    waiting = list[type[Serialisable]](Serialisable.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__dict__.get("tagname"):
            known[str(kind.tagname)] = (tuple(kind.__attrs__), tuple(kind.__elements__))
    return known


def mutations(parts: Parts, rng: random.Random) -> Iterator[PartMutation]:
    """Changes without end, each of the untouched parts."""
    names = [name for name in parts if name.endswith((".xml", ".rels"))]
    trees = {name: ElementTree.fromstring(parts[name]) for name in names}
    while True:
        if rng.random() < 0.02:
            yield of_the_package(parts, rng)
            continue
        name = rng.choice(names)
        tree = deepcopy(trees[name])
        elements = list(tree.iter())
        at = rng.randrange(len(elements))
        did = rng.choice(EDITS)(elements[at], _above(tree, elements[at]), rng)
        after = ElementTree.tostring(tree)
        if did and ElementTree.canonicalize(after) != ElementTree.canonicalize(ElementTree.tostring(trees[name])):
            yield PartMutation(name, _local(elements[at].tag), did, parts | {name: after})


def of_the_package(parts: Parts, rng: random.Random) -> PartMutation:
    """A part removed, added, or two of them swapped."""
    name, other = rng.sample(sorted(parts), 2)
    what = rng.choice(("removed", "added", "swapped"))
    if what == "removed":
        return PartMutation(name, "", what, {one: content for one, content in parts.items() if one != name})
    if what == "added":
        return PartMutation(f"{name}.more.xml", "", what, parts | {f"{name}.more.xml": parts[name]})
    return PartMutation(name, "", what, parts | {name: parts[other], other: parts[name]})


def _above(tree: Element, element: Element) -> Element | None:
    return next((one for one in tree.iter() if element in list(one)), None)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def change_attribute(element: Element, _: Element | None, rng: random.Random) -> str:
    """Another value."""
    if not element.attrib:
        return ""
    name = rng.choice(sorted(element.attrib))
    was = element.attrib[name]
    element.set(name, rng.choice([word for word in (*WORDS, f"{was}x", was[:-1]) if word != was]))
    return f"attribute {_local(name)} changed"


def remove_attribute(element: Element, _: Element | None, rng: random.Random) -> str:
    """One less."""
    if not element.attrib:
        return ""
    name = rng.choice(sorted(element.attrib))
    del element.attrib[name]
    return f"attribute {_local(name)} removed"


def add_attribute(element: Element, _: Element | None, rng: random.Random) -> str:
    """One that openpyxl knows there."""
    known = [name for name in known_to_openpyxl().get(_local(element.tag), ((), ()))[0] if name not in element.attrib]
    if not known:
        return ""
    name = rng.choice(known)
    element.set(name, rng.choice(WORDS))
    return f"attribute {name} added"


def remove_element(element: Element, above: Element | None, _: random.Random) -> str:
    """The element with all in it."""
    if above is None:
        return ""
    above.remove(element)
    return "removed"


def repeat_element(element: Element, above: Element | None, _: random.Random) -> str:
    """A second one like it."""
    if above is None:
        return ""
    above.insert(list(above).index(element) + 1, deepcopy(element))
    return "repeated"


def add_element(element: Element, _: Element | None, rng: random.Random) -> str:
    """One that openpyxl knows in it."""
    known = known_to_openpyxl().get(_local(element.tag), ((), ()))[1]
    if not known:
        return ""
    name = rng.choice(known)
    space = element.tag.rpartition("}")[0] + "}" if "}" in element.tag else ""
    element.insert(rng.randrange(len(element) + 1), Element(f"{space}{name}", {"val": rng.choice(WORDS)}))
    return f"element {name} added"


def move_element(element: Element, above: Element | None, rng: random.Random) -> str:
    """It stands elsewhere among those beside it."""
    if above is None or len(above) < 2:
        return ""
    at = list(above).index(element)
    above.remove(element)
    above.insert(rng.choice([place for place in range(len(above) + 1) if place != at]), element)
    return "moved"


def change_text(element: Element, _: Element | None, rng: random.Random) -> str:
    """Another text, or one where there was none."""
    was = element.text or ""
    element.text = f"{was}{rng.choice(WORDS)}"
    return "text changed"


EDITS: tuple[Callable[[Element, Element | None, random.Random], str], ...] = (
    change_attribute, change_attribute, change_attribute, remove_attribute, add_attribute, add_attribute,
    remove_element, repeat_element, add_element, move_element, change_text,
)  # fmt: skip
