"""Opens a workbook's package, or says in one sentence why it can't be opened and what to do."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from riskshare.problems.errors import UserError
from riskshare.xlsx.archive import OLE, ZIP, Damaged, unpacked
from riskshare.xlsx.parts import Package, TooLarge

PACKED_LIMIT: Final = 100_000_000
UNPACKED_LIMIT: Final = 500_000_000
AROUND_LIMIT: Final = 100_000_000
"""For each part that is no sheet: it is held in memory whole."""
PARTS_LIMIT: Final = 20_000
_TOO_LARGE: Final = "don't open it unless you trust its sender; of a model that large, verify the folder or its pin"
_SHARING_VIOLATIONS: Final = {32, 33}
_OPEN_DOCUMENT: Final = b"application/vnd.oasis.opendocument"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")


@contextmanager
def opened(path: Path) -> Iterator[Package]:
    """The package of a workbook.

    Raises:
        UserError: it is not a workbook that can be read; the sentence says why and what to do.
    """
    start = _first_bytes(path)
    _refuse_what_is_no_package(path, start)
    try:
        with unpacked(path) as archive:
            _refuse_what_is_too_much(path, archive)
            yield Package(archive)
    except MemoryError as failure:
        raise _refused(path, "needs more memory than there is to read", "use a computer with more memory") from failure
    except TooLarge as failure:
        raise _refused(path, f"is too large to be read ({failure})", _TOO_LARGE) from failure
    except Damaged as failure:
        reason = str(failure).rstrip(".") or "its parts do not fit together"
        way_out = "open it in Excel, let Excel repair it and save it again, or ask for it to be sent again"
        raise _refused(path, f"is damaged ({reason})", way_out) from failure


def _refused(path: Path, why: str, way_out: str) -> UserError:
    return UserError(f"{path.name} {why}: {way_out}.")


def _first_bytes(path: Path) -> bytes:
    """All of a file that is no package and small, the first bytes of others."""
    try:
        if path.is_dir():
            raise _refused(path, "is a folder", "name the workbook in it")
        with path.open("rb") as stream:
            start = stream.read(4)
            return start if start.startswith(ZIP) else start + stream.read(PACKED_LIMIT)
    except FileNotFoundError as failure:
        raise _refused(path, "does not exist", "check the name and the folder") from failure
    except OSError as failure:
        raise _not_readable(path, failure) from failure


def _not_readable(path: Path, failure: OSError) -> UserError:
    locks = (path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#"))
    in_use = getattr(failure, "winerror", 0) in _SHARING_VIOLATIONS or any(lock.exists() for lock in locks)
    if in_use:
        return _refused(path, "is open in another program", "close it there and try again")
    if isinstance(failure, PermissionError):
        return _refused(path, "may not be read", "ask its owner for permission, or copy it to a folder of your own")
    return _refused(path, f"cannot be read ({failure.strerror or failure})", "copy it to another folder and try again")


def _refuse_what_is_no_package(path: Path, start: bytes) -> None:
    if not start:
        raise _refused(path, "is empty", "ask for it to be sent again")
    if start.startswith(OLE):
        if _ENCRYPTED in start:
            raise _refused(
                path, "is protected by a password", "open it in Excel, remove the password and save it again"
            )
        raise _refused(path, "is an old .xls workbook or none at all", "open it in Excel and save it as .xlsx")
    if not start.startswith(ZIP):
        raise _refused(path, "is not an Excel workbook, whatever its name says", "give an .xlsx file")


def _refuse_what_is_too_much(path: Path, archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if path.stat().st_size > PACKED_LIMIT:
        raise _refused(path, f"is larger than {PACKED_LIMIT // 1_000_000} MB", "give a smaller workbook")
    around = [part.file_size for part in parts if "/worksheets/" not in part.filename.casefold().replace("\\", "/")]
    unpacked_size = sum(part.file_size for part in parts)
    if len(parts) > PARTS_LIMIT or unpacked_size > UNPACKED_LIMIT or max(around, default=0) > AROUND_LIMIT:
        why = f"would unpack to more than {UNPACKED_LIMIT // 1_000_000} MB or {PARTS_LIMIT:,} parts"
        raise _refused(path, why, _TOO_LARGE)
    if any(part.flag_bits & 1 for part in parts):
        raise _refused(path, "is protected by a password", "remove the password and save it again")
    names = {part.filename.casefold() for part in parts}
    if len(names) < len(parts):
        raise Damaged("it has two parts of one name")
    _refuse_other_formats(path, archive, names)


def _refuse_other_formats(path: Path, archive: zipfile.ZipFile, names: set[str]) -> None:
    if "mimetype" in names:
        with archive.open("mimetype") as stream:
            if stream.read(len(_OPEN_DOCUMENT)) == _OPEN_DOCUMENT:
                raise _refused(path, "is an OpenDocument file", "open it and save it as .xlsx")
    if any(name.replace("\\", "/").endswith("xl/workbook.bin") for name in names):
        raise _refused(path, "is a binary .xlsb workbook", "open it in Excel and save it as .xlsx")
    if not any(name.endswith(".rels") for name in names):
        raise _refused(path, "is not an Excel workbook, whatever its name says", "give an .xlsx file")
