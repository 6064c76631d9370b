"""Test support: sheets whose XML is odd in a random way, and what a reader by the standard takes from each cell.

By hand: `python -m odd_sheets 5000` says how many of so many were read right, refused, or misread.
"""

from __future__ import annotations

import re
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from riskshare.inputs.table import LOST
from riskshare.inputs.xlsx import read_xlsx
from riskshare.problems.collector import Collector
from standard_sheets import MAIN, STRICT, NoMeaningError, Parts, by_the_standard, same

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
FOREIGN = 'xmlns:z="urn:of-somebody-else"'
WIDTH, HEIGHT = 5, 6
HEADER = ("line", "budget", "outturn", "locality", "service")
DECOY = "decoy"

TEXTS = ("L1", "Grays", "1,200.50", "(500)", "7", "Home &amp; away", "a &lt; b", "", " 12 ", "caf\u00e9", "x" * 300)
NUMBERS = ("0", "1234.5", "-7", "1E3", "0.30000000000000004", "1000000", "12.345")


@dataclass(frozen=True)
class Odd:
    """What was done to a sheet, and how its reading ended: right, refused or misread (with what differs)."""

    what: str
    ended: str
    differs: str
    seconds: float


def plain_sheet(rng: Random) -> tuple[str, str]:
    """The rows of a sheet and the shared texts, as a program writes them."""
    shared: list[str] = list(HEADER)
    rows = ["".join(f'<c r="{_letter(at)}1" t="s"><v>{at}</v></c>' for at in range(WIDTH))]
    for number in range(2, HEIGHT + 1):
        rows.append("".join(_cell(f"{_letter(at)}{number}", shared, rng) for at in range(WIDTH)))
    body = "".join(f'<row r="{number}">{cells}</row>' for number, cells in enumerate(rows, start=1))
    return body, "".join(f"<si><t>{text}</t></si>" for text in shared)


def _letter(at: int) -> str:
    return "ABCDEFGH"[at]


def _cell(address: str, shared: list[str], rng: Random) -> str:
    text, number = rng.choice(TEXTS), rng.choice(NUMBERS)
    match rng.randrange(8):
        case 0 | 1:
            shared.append(text)
            return f'<c r="{address}" t="s"><v>{len(shared) - 1}</v></c>'
        case 2:
            return f'<c r="{address}" t="inlineStr"><is><t>{text}</t></is></c>'
        case 3:
            return f'<c r="{address}" t="str"><f>A1</f><v>{text}</v></c>'
        case 4:
            return f'<c r="{address}"><f>A1</f><v>{number}</v></c>'
        case 5:
            return f'<c r="{address}" t="e"><v>#N/A</v></c>'
    return f'<c r="{address}"><v>{number}</v></c>'


def _instead(pattern: str, *replacements: str) -> Callable[[str, Random], str]:
    """Replaces one random match of a pattern by one of the replacements, which may name its groups."""

    def spoil(text: str, rng: Random) -> str:
        found = list(re.finditer(pattern, text))
        if not found:
            return text
        one = rng.choice(found)
        return text[: one.start()] + one.expand(rng.choice(replacements)) + text[one.end() :]

    return spoil


def _swapped(pattern: str) -> Callable[[str, Random], str]:
    """Two neighbours in the other order."""

    def spoil(text: str, rng: Random) -> str:
        found = list(re.finditer(pattern, text))
        at = rng.randrange(len(found) - 1) if len(found) > 1 else None
        if at is None:
            return text
        first, second = found[at], found[at + 1]
        between = text[first.end() : second.start()]
        return text[: first.start()] + second[0] + between + first[0] + text[second.end() :]

    return spoil


VALUE, CELL, ROW = r"<v>([^<]*)</v>", r"<c [^>]*>.*?</c>", r"<row [^>]*>.*?</row>"
ODD_SHEETS: Mapping[str, Callable[[str, Random], str]] = {
    "something in a value": _instead(
        r"<v>([^<]?)([^<]*)</v>",
        r"<v>\1<!-- 9 -->\2</v>", r"<v>\1<![CDATA[\2]]></v>", r"<v><![CDATA[\1\2]]></v>", r"<v>\1<?p 9?>\2</v>",
        r"<v>\1&#57;\2</v>", r"<v>&#x39;\1\2</v>", r"<v>\1<z:v xmlns:z='urn:z'>9</z:v>\2</v>", r"<v>\1<v>9</v>\2</v>",
        r"<v>\1<b/>\2</v>",
    ),
    "two values": _instead(
        VALUE,
        r"<v>\1</v><v>9</v>", r"<v>9</v><v>\1</v>", r"<v>\1</v><is><t>9</t></is>", r"<is><t>9</t></is><v>\1</v>",
        r"<v>\1</v><v/>", r"<v/><v>\1</v>", r"<is><t>\1</t></is>", r"<v>\1</v>9", r"9<v>\1</v>",
    ),
    "another's element in a cell": _instead(
        VALUE,
        r"<z:v>9</z:v><v>\1</v>", r"<v>\1</v><z:v>9</z:v>", r"<v>\1</v><extLst><ext uri='z'><v>9</v></ext></extLst>",
        r"<z:v>\1</z:v>", r"<v>\1</v><z:is><z:t>9</z:t></z:is>", r"<w><v>\1</v></w>",
    ),
    "a value written otherwise": _instead(
        VALUE,
        "<v>+5</v>", "<v> 5 </v>", "<v>\u0665</v>", "<v>1,000</v>", "<v>0x10</v>", "<v>1_000</v>", "<v>INF</v>",
        "<v>NaN</v>", "<v>1e400</v>", "<v>12abc</v>", "<v></v>", "<v/>", "<v>.5</v>", "<v>5.</v>", "<v>-0</v>",
        "<v>007</v>", "<v>1E+03</v>", "<v>99</v>", "<v>-1</v>", "<v>true</v>", "<v>\n5\n</v>", "<v>_x0035_</v>",
        "<v xml:space='preserve'>5</v>", "<v z='1'>5</v>", "<v>#REF!</v>", "<v>#WHAT!</v>", "<v>1e-400</v>",
    ),
    "another type": _instead(
        r'<c r="([A-Z]+\d+)"(?: t="\w+")?>',
        *(rf'<c r="\1" t="{kind}">' for kind in ("s", "n", "b", "e", "str", "inlineStr", "d", "x", "")),
        r'<c r="\1" t="s" z:t="n">', r'<c r="\1" z:t="s">', r'<c t="n" r="\1">', r"<c r='\1'>", '<c\nr = "\\1" >',
    ),
    "another address": _instead(
        r'(<c) r="([A-Z]+)(\d+)"',
        r"\1", r'\1 r="b3"', r'\1 r="$\2$\3"', r'\1 r="B4"', r'\1 r="\2\g<3>9"', r'\1 r=""', r'\1 r="\2"', r'\1 r="\3"',
        r'\1 r="XFE\3"', r'\1 r="\g<2>0\3"', r'\1 z:r="\2\3"', r'\1 r=" \2\3"', r'\1 r="ZZZZZ99"', r'\1 r="C\3"',
    ),
    "another row": _instead(
        r'(<row) r="(\d+)"',
        r"\1", r'\1 r="3"', r'\1 r="0"', r'\1 r="-1"', r'\1 r="\g<2>9"', r'\1 r=""', r'\1 r="0\2"', r'\1 r="1048577"',
        r'\1 r="two"', r'\1 r="99999999999999999999"', r'\1 r="2" hidden="1"', r'\1 r="+\2"', r'\1 z:r="\2"',
    ),
    "cells in another order": _swapped(CELL),
    "rows in another order": _swapped(ROW),
    "a cell twice": _instead(rf"({CELL})", r"\1\1"),
    "a row twice": _instead(rf"({ROW})", r"\1\1"),
    "another's cells and rows": _instead(
        rf"({CELL})",
        r"<z:c r='A2'><z:v>9</z:v></z:c>\1", r"\1<z:c><z:v>9</z:v></z:c>", r"<z:x>\1</z:x>", r"<x>\1</x>",
        r"<extLst><c r='A3'><v>9</v></c></extLst>\1", r"\1 9 ", r"<!-- x -->\1", r"<?p x?>\1", r"\n\1\n",
        r"<![CDATA[9]]>\1",
        rf"<mc:AlternateContent xmlns:mc='{PACKAGE}/mc'><mc:Choice>\1</mc:Choice></mc:AlternateContent>",
    ),
    "rows in something": _instead(
        rf"({ROW})",
        r"<z:row r='2'>\1</z:row>", r"<x>\1</x>", r"<row r='9'>\1</row>",
        r"<z:row r='9'><c r='A9'><v>9</v></c></z:row>\1",
        r"\1</sheetData><sheetData>", r"\1<sheetData/>", r"</sheetData>\1<sheetData>", r"\1&#10;", r"\1 9",
    ),
    "a text written otherwise": _instead(
        r"<t>([^<]?)([^<]*)</t>",
        r"<t>\1<!-- 9 -->\2</t>", r"<t><![CDATA[\1]]>\2</t>", r"<t>\1&#57;\2</t>", r"<t>\1</t><t>9</t>",
        r"<t>\1<b/>\2</t>",
        r"<t>\1\2</t><r><t>9</t></r>", r"<r><t>\1</t></r><r><rPr><b/></rPr><t>\2</t></r>", r"<t/>",
        r"<z:t>9</z:t><t>\1\2</t>",
        r"<t>\1\2</t><rPh sb='0' eb='1'><t>9</t></rPh>", r"<x><t>\1\2</t></x>", r"<t xml:space='preserve'> \1\2 </t>",
        r"<t>\1_x000D_\2</t>", r"<t>_x0039_\1\2</t>", r"<t>\1\n\2</t>", r"<r><rPr><t>9</t></rPr><t>\1\2</t></r>",
        r"<t>\1<?p 9?>\2</t>", r"<r>\1<t>\2</t></r>", r"\1<t>\2</t>", r"<t>\1&quot;&apos;&gt;\2</t>",
    ),
}  # fmt: skip
ODD_TEXTS: Mapping[str, Callable[[str, Random], str]] = {
    "a shared text written otherwise": ODD_SHEETS["a text written otherwise"],
    "another number of shared texts": _instead(
        r"(<si>.*?</si>)",
        r"\1\1", "", r"<si/>\1", r"<z:si><z:t>9</z:t></z:si>\1", r"<x>\1</x>", r"<si>\1</si>", r"\1<!-- <si/> -->",
        r"<extLst><si><t>9</t></si></extLst>\1", r"<si></si>\1", r"\1 9",
    ),
}  # fmt: skip
ODD_LISTS: Mapping[str, Callable[[str, Random], str]] = {
    "another way to the sheet": _instead(
        r'Target="worksheets/sheet1.xml"',
        'Target="/xl/worksheets/sheet1.xml"', 'Target="./worksheets/sheet1.xml"',
        'Target="../xl/worksheets/sheet1.xml"',
        'Target="worksheets\\\\sheet1.xml"', 'Target="worksheets/Sheet1.xml"', 'Target="worksheets/x/../sheet1.xml"',
        'Target="worksheets/sheet2.xml" z:Target="worksheets/sheet1.xml"', 'Target="worksheets/sheet1.xml#x"',
        'z:Target="worksheets/sheet2.xml" Target="worksheets/sheet1.xml"', 'Target="worksheets/sheet%31.xml"',
        'Target="worksheets/sheet1.xml" TargetMode="External"', 'Target="worksheets/sheet9.xml"',
    ),
    "two ways to the sheet": _instead(
        r"(<Relationship [^>]*sheet1.xml[^>]*>)",
        rf'\1<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet2.xml"/>',
        rf'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet2.xml"/>\1',
        rf'<z:Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet2.xml"/>\1',
        rf'\1<z:Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet2.xml"/>',
        rf'\1<Relationship Id="R1" Type="{OFFICE}/worksheet" Target="worksheets/sheet2.xml"/>',
    ),
    "another list of sheets": _instead(
        r'(<sheet name="Lines" sheetId="1" r:id="r1"/>)',
        r'\1<sheet name="Lines" sheetId="2" r:id="r3"/>', r'<sheet name="Lines" sheetId="2" r:id="r3"/>\1',
        r'<z:sheet name="Lines" sheetId="2" r:id="r3"/>\1', r'\1<sheet name="lines" sheetId="2" r:id="r3"/>',
        r'<sheet name="Lines" sheetId="1" z:id="r3" r:id="r1"/>',
        r'<sheet name="Lines" sheetId="1" id="r3" r:id="r1"/>',
        r'<sheet name="Lines" sheetId="1" r:id="r1" z:name="Other"/>', r'<x>\1</x>', r'\1</sheets><sheets>',
        r'<sheet z:name="Lines" name="Other" sheetId="2" r:id="r3"/>\1', r'<!-- \1 -->\1',
    ),
}  # fmt: skip


def _whole(sheet: str, space: str = MAIN, before: str = "") -> str:
    return f'{before}<worksheet xmlns="{space}" {FOREIGN}><sheetData>{sheet}</sheetData></worksheet>'


def _wrap(sheet: str, rng: Random) -> tuple[str, str | bytes]:
    """The sheet's part, at times as a whole written otherwise."""
    prefixed = re.sub(r"<(/?)(?=[a-zA-Z])(?!z:|mc:)", r"<\1y:", sheet)
    kinds: tuple[tuple[str, str | bytes], ...] = (
        ("in UTF-16", _whole(sheet, before='<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16")),
        ("in Latin-1", _whole(sheet, before='<?xml version="1.0" encoding="ISO-8859-1"?>').encode("latin-1",
        "replace")),
        ("with a mark of UTF-8", _whole(sheet).encode("utf-8-sig")),
        ("without a namespace", f"<worksheet {FOREIGN}><sheetData>{sheet}</sheetData></worksheet>"),
        ("strict", _whole(sheet, STRICT)),
        ("with prefixes",
        f'<y:worksheet xmlns:y="{MAIN}" {FOREIGN}><y:sheetData>{prefixed}</y:sheetData></y:worksheet>'),
        ("with a document type", _whole(sheet, before='<!DOCTYPE worksheet [<!ENTITY e "9">]>')),
        ("with another root", f'<sheet xmlns="{MAIN}" {FOREIGN}><sheetData>{sheet}</sheetData></sheet>'),
        ("in a comment", _whole(f"<!-- {sheet} -->".replace("--", "__") if "<!--" in sheet else f"<!--{sheet}-->")),
        ("cut off", _whole(sheet)[: rng.randrange(200, 900)]),
        ("a lying dimension", _whole(sheet).replace("<sheetData>", '<dimension ref="A1:A2"/><sheetData>', 1)),
        ("another's rows first", _whole(sheet).replace("<sheetData>",
        "<z:sheetData><row r='2'><c r='A2'><v>9</v></c></row></z:sheetData><sheetData>", 1)),
        ("rows in an extension", _whole(sheet).replace("</worksheet>",
        "<extLst><ext><sheetData><row r='2'><c r='A2'><v>9</v></c></row></sheetData></ext></extLst></worksheet>")),
    )  # fmt: skip
    return rng.choice(kinds) if rng.random() < 0.15 else ("", _whole(sheet))


def odd_parts(rng: Random) -> tuple[str, Parts]:
    """The parts of a workbook with none to three oddities, and what they are."""
    sheet, texts = plain_sheet(rng)
    lists, done = RELATIONS + WORKBOOK, []
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
        kinds = rng.choices((ODD_SHEETS, ODD_TEXTS, ODD_LISTS), (6, 2, 1))[0]
        name = rng.choice(list(kinds))
        done.append(name)
        if kinds is ODD_SHEETS:
            sheet = kinds[name](sheet, rng)
        elif kinds is ODD_TEXTS:
            texts = kinds[name](texts, rng)
        else:
            lists = kinds[name](lists, rng)
    how, part = _wrap(sheet, rng)
    return "; ".join([*done, *([how] if how else [])]), _package(part, texts, lists, rng.choice((0, 3, 99)))


def _package(sheet: str | bytes, texts: str, lists: str, count: int) -> Parts:
    relations, workbook = lists.split(END_OF_RELATIONS)
    decoy = "".join(
        f'<row r="{row}"><c r="A{row}" t="inlineStr"><is><t>{DECOY}</t></is></c></row>' for row in range(1, HEIGHT)
    )
    return {
        **FRAME,
        "xl/_rels/workbook.xml.rels": relations + END_OF_RELATIONS,
        "xl/workbook.xml": workbook,
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}" {FOREIGN} count="9" uniqueCount="{count}">{texts}</sst>',
        "xl/worksheets/sheet1.xml": sheet,
        "xl/worksheets/sheet2.xml": _whole(decoy),
    }


END_OF_RELATIONS = "</Relationships>"
RELATIONS = (
    f'<Relationships xmlns="{PACKAGE}/relationships" {FOREIGN}>'
    f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    f'<Relationship Id="r3" Type="{OFFICE}/worksheet" Target="worksheets/sheet2.xml"/>{END_OF_RELATIONS}'
)
WORKBOOK = (
    f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}" {FOREIGN}><sheets><sheet name="Lines" sheetId="1" r:id="r1"/>'
    '<sheet name="Decoy" sheetId="3" r:id="r3"/></sheets></workbook>'
)
FRAME: Mapping[str, str] = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
}


def write(path: Path, parts: Parts) -> None:
    """Writes a package."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def odd(seed: int) -> Odd:
    """One odd sheet, read by the product and by the standard."""
    rng = Random(seed)
    what, parts = odd_parts(rng)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lines.xlsx"
        write(path, parts)
        collector, started = Collector(), time.monotonic()
        table = read_xlsx(path, "lines.xlsx", "Lines", 1, collector)
        seconds = time.monotonic() - started
    if table is None:
        return Odd(what, "refused" if collector.findings() else "misread", "refused without a finding", seconds)
    rows = [(1, table.header), *zip(table.rows, table.cells.rows(), strict=True)]
    letters = ["ABCDEFGH".index(letter) + 1 for letter in table.letters]
    read = {(row, letter): cell for row, cells in rows for letter, cell in zip(letters, cells, strict=True)}
    try:
        standard = by_the_standard(parts)
    except NoMeaningError as failure:
        standard = {}
        if not any(cell in LOST for cell in read.values()):
            return Odd(what, "misread", f"read although the standard has no meaning: {failure}", seconds)
        return Odd(what, "refused", "", seconds)
    for place in {*read, *standard}:
        if not same(read.get(place), standard.get(place, "")):
            return Odd(what, "misread", f"{place}: {read.get(place)!r} is {standard.get(place)!r}", seconds)
    return Odd(what, "read", "", seconds)


def main(count: int) -> int:
    """Says what came of so many; the number that was misread."""
    every = [odd(seed) for seed in range(count)]
    for seed, one in enumerate(every):
        if one.ended == "misread":
            print(f"seed {seed}: {one.what}: {one.differs}")  # noqa: T201
    ended = Counter(one.ended for one in every)
    print(dict(ended), f"slowest {max(one.seconds for one in every):.1f} s")  # noqa: T201
    return ended["misread"]


if __name__ == "__main__":
    sys.exit(min(main(int(sys.argv[1])), 1))
