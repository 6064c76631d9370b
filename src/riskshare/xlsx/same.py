"""Says whether two workbooks are the same part by part, whatever compressed them: then there is nothing to compare."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

from riskshare.xlsx.archive import Damaged, chunks, unpacked


def same_parts(one: Path, other: Path) -> bool:
    """Whether two packages hold the same parts with the same bytes; a damaged one is the same as none."""
    try:
        with unpacked(one) as first, unpacked(other) as second:
            return _sizes(first) == _sizes(second) and all(_same(first, second, part) for part in first.namelist())
    except Damaged:
        return False


def _sizes(archive: ZipFile) -> list[tuple[str, int]]:
    return sorted((part.filename, part.file_size) for part in archive.infolist())


def _same(first: ZipFile, second: ZipFile, part: str) -> bool:
    return all(mine == theirs for mine, theirs in zip(chunks(first, part), chunks(second, part), strict=True))
