"""Texts of a workbook: the shared table of them, runs of rich text put together, escapes undone."""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element

_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


def plain(text: str) -> str:
    """A text without escapes such as `_x000D_`, its lines ended in one way."""
    if "_x" in text:
        text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def joined(item: Element) -> str:
    """The text of an item with all its runs, without the pronunciation that some languages add."""
    if len(item) == 1 and item[0].tag == "t":
        return plain(item[0].text or "")
    own = [node.text or "" for node in item if node.tag == "t"]
    runs = [node.text or "" for node in item.findall("r/t")]
    return plain("".join(own + runs))
