"""Test support: files spoilt in any way. By hand: `python -m hostile 5000 0` says how many ended in a fault.

Every model that comes of it is computed in this process: findings or figures, no exception, within seconds.
"""

from __future__ import annotations

import csv
import re
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from openpyxl import Workbook

from random_models import random_model
from riskshare.build import compute
from riskshare.problems.errors import UserError

TOKENS = (
    b"'", b'"', b"[", b"]]", b"{", b"}", b"=", b"#", b"\n", b"\x00", b"\xff", b"\xe2\x82\xac", b"nan", b"inf", b"-1",
    b"1e400", b"9" * 40, b"0x10", b"true", b"[[", b"../", b"/etc/passwd", b"=1+1", b"\xd9\xa2", b"\x1b[2J",
    b"{ column = 'x' }", b"2021-13-45", b"99999999999999999999", b"0.0000000001", b"x" * 10_000, b"[" * 2_000, b",",
    b";", b"\t", b"\r", b"&#50;", b"<v>", b"</c>",
)  # fmt: skip


CODES = re.compile(r'code = "([^"]+)"')
ODD_CELLS = (
    "", " ", "0", "-1", "-0.005", "999999999999.99", "1000000000000", "-999999999999.99", "1e12", "0.001", "1,000",
    "(5)", "nan", "#N/A", "=1+1", "x" * 40_000, "\u0661", "2021-04-01", "true", "100%", "L1", "\x00", "a\nb", "'", '"',
)  # fmt: skip
ODD_TERMS = (
    "0", "-1", "100", "101", "0.001", "1e400", "999999999999.99", "99999999999999999999", "-0.005", '""', '"x"', "true",
    "[]", "{}", "nan", "inf", "2021-04-01", '"1/3"', '"pool"', '"unallocated"', '"commissioners"', '{ column = "x" }',
    '"../x.csv"', '{ term = "x" }', "[1, 2]",
)  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """How one spoilt model ended: with a fault (its traceback) or not, and after how many seconds."""

    what: str
    fault: str
    seconds: float


def spoilt(content: bytes, rng: Random) -> bytes:
    """The bytes with one to three changes: something put in, cut out, written twice, backwards or otherwise."""
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(content) + 1)
        end = min(at + rng.choice((1, 8, 80, 800)), len(content))
        piece, token = content[at:end], rng.choice(TOKENS)
        instead = rng.choice((token + piece, b"", piece + piece, token, bytes(reversed(piece))))
        content = content[:at] + instead + content[end:]
    return content


def spoil_model_file(folder: Path, rng: Random) -> str:
    """Its model.toml."""
    file = folder / "model.toml"
    file.write_bytes(spoilt(file.read_bytes(), rng))
    return "model.toml"


def spoil_csv(folder: Path, rng: Random) -> str:
    """One of its CSV files."""
    file = rng.choice(sorted((folder / "inputs").glob("*.csv")))
    file.write_bytes(spoilt(file.read_bytes(), rng))
    return "CSV"


def spoil_workbook(folder: Path, rng: Random) -> str:
    """Its lines as a workbook, one part of which is spoilt, or its bytes."""
    lines = folder / "inputs" / "lines.csv"
    book = Workbook()
    for row in _rows_of(lines):
        book.active.append([float(cell) if _is_amount(cell) else cell for cell in row])  # type: ignore[union-attr]
    path = folder / "inputs" / "lines.xlsx"
    book.save(path)
    if rng.random() < 0.2:
        path.write_bytes(spoilt(path.read_bytes(), rng))
    else:
        with ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        part = rng.choice([name for name in parts if "sheet" in name or "shared" in name])
        with ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, spoilt(content, rng) if name == part else content)
    toml = folder / "model.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("inputs/lines.csv", "inputs/lines.xlsx"), encoding="utf-8")
    lines.unlink()
    return "XLSX"


def _is_amount(cell: str) -> bool:
    return cell.lstrip("-").replace(".", "", 1).isdigit()


def spoil_cells(folder: Path, rng: Random) -> str:
    """One to three cells of one of its CSV files, which stays one, so that what follows the reader is reached."""
    file = rng.choice(sorted((folder / "inputs").glob("*.csv")))
    rows = _rows_of(file)
    for _ in range(rng.randint(1, 3)):
        row = rng.choice(rows)
        row[rng.randrange(len(row))] = rng.choice((*ODD_CELLS, rng.choice(rng.choice(rows))))
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return "cells"


def spoil_terms(folder: Path, rng: Random) -> str:
    """One to three values of its model.toml, which stays TOML, so that the contract is reached."""
    file = folder / "model.toml"
    text = file.read_text(encoding="utf-8")
    for _ in range(rng.randint(1, 3)):
        one = rng.choice(list(re.finditer(r"(?<== )(?:-?[0-9][0-9._]*|\"[^\"\n]*\"|true|false)(?=[ ,\n}])", text)))
        text = (
            text[: one.start()] + rng.choice((*ODD_TERMS, f'"{rng.choice(CODES.findall(text))}"')) + text[one.end() :]
        )
    file.write_text(text, encoding="utf-8")
    return "terms"


def _rows_of(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


SPOILERS = (spoil_model_file, spoil_csv, spoil_workbook, spoil_cells, spoil_terms)


def ended(spoil: Callable[[Path, Random], str], seed: int) -> Ended:
    """One model, spoilt and computed."""
    rng = Random(seed)
    with TemporaryDirectory() as folder:
        model = random_model(Path(folder) / "model", rng.randrange(200))
        what, started, fault = spoil(model, rng), time.monotonic(), ""
        try:
            compute(model)
        except UserError:
            pass
        except BaseException:
            fault = traceback.format_exc()
        return Ended(what, fault, time.monotonic() - started)


def every(count: int, first: int = 0) -> Iterator[Ended]:
    """So many of each kind, from a seed on."""
    for spoil in SPOILERS:
        yield from (ended(spoil, seed) for seed in range(first, first + count))


def main(count: int, first: int = 0) -> int:
    """Says what came of so many of each kind; the number of faults."""
    told: Counter[str] = Counter()
    slowest, faults = 0.0, 0
    for one in every(count, first):
        told[one.what] += 1
        slowest = max(slowest, one.seconds)
        if one.fault:
            faults += 1
            print(one.what, one.fault)  # noqa: T201
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(dict(told), f"{faults} faults, slowest {slowest:.1f} s, {memory} MB")  # noqa: T201
    return faults


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
