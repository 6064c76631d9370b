"""Number formats: the text of each style of a workbook, and that text spelled in one way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from xml.etree.ElementTree import Element

from riskshare.xlsx.content import GENERAL

_BUILT_IN: Final = {
    0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: "mm-dd-yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM",
    20: "h:mm", 21: "h:mm:ss", 22: "m/d/yy h:mm", 37: "#,##0 ;(#,##0)", 38: "#,##0 ;[Red](#,##0)",
    39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;[Red](#,##0.00)", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mmss.0",
    48: "##0.0E+0", 49: "@",
}  # fmt: skip
_TOKEN: Final = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)(?:-[^\]]*)?\]|(\[[^\]]*\])|(_.|\*.)|(.)', re.DOTALL)
_SHOWN_AS_THEY_ARE: Final = frozenset(" ()-+$£€:!^&'~{}<>=")


def formats_of_styles(styles: Element) -> dict[str, str]:
    """The number format of each cell style, by the number that cells name it by."""
    own = {node.get("numFmtId", ""): node.get("formatCode", "") for node in styles.findall("numFmts/numFmt")}
    nodes = styles.findall("cellXfs/xf")
    return {str(number): _format(own, node.get("numFmtId", "0")) for number, node in enumerate(nodes)}


def _format(own: dict[str, str], number: str) -> str:
    if number in own:
        return own[number]
    return _BUILT_IN.get(int(number), f"built-in format {number}") if number.isdecimal() else GENERAL


@lru_cache(maxsize=5000)
def spelled_format(text: str) -> str:
    r"""The same for `#,##0;(#,##0);"-"` and `#,##0;\(#,##0\);\-`, which is how two programs write one format."""
    return "".join(_spelled(text)).replace('""', "").casefold()


def _spelled(text: str) -> Iterator[str]:
    for quoted, escaped, currency, bracket, skipped, mark in _TOKEN.findall(text):
        shown = quoted or escaped or currency or (mark if mark in _SHOWN_AS_THEY_ARE else "")
        if shown:
            yield f'"{shown}"'
        else:
            yield bracket or skipped or mark
