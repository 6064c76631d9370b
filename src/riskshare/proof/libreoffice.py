"""LibreOffice, the second engine: recalculates workbooks without a window, in a profile of its own, and safely."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from itertools import compress
from operator import not_
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from riskshare.problems.errors import UserError
from riskshare.xlsx.formula_cells import CellValues, formula_cells
from riskshare.xlsx.package import opened_without_limits

NAME: Final = "LibreOffice"
SECONDS: Final = 300.0
RECALCULATE_ALWAYS: Final = 0
RECALCULATE_NEVER: Final = 1
_NEVER_UPDATE_LINKS: Final = 2
_PROFILE: Final = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>{mode}</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update">
<prop oor:name="Link" oor:op="fuse"><value>{links}</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop>
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
</oor:items>"""


def evaluated(workbook: Path) -> CellValues:
    """Recalculates a workbook and gives the value of every formula cell.

    Raises:
        UserError: LibreOffice is missing, takes too long or can't read the file.
    """
    with TemporaryDirectory() as folder:
        return converted([workbook], Path(folder))[0]


def converted(
    workbooks: Sequence[Path], folder: Path, mode: int = RECALCULATE_ALWAYS, seconds: float = SECONDS
) -> list[CellValues]:
    """Has one LibreOffice convert workbooks as they are, and gives the formula cells of what it wrote.

    Starting it costs seconds, so give it everything at once. `folder` receives the profile and the converted files;
    `mode` says whether it recalculates on loading. Links are never followed and macros never run.

    Raises:
        UserError: as `evaluated`.
    """
    profile, inputs, outputs = folder / "profile", folder / "in", folder / "out"
    for directory in (profile / "user", inputs, outputs):
        directory.mkdir(parents=True, exist_ok=True)
    settings = _PROFILE.format(mode=mode, links=_NEVER_UPDATE_LINKS)
    (profile / "user" / "registrymodifications.xcu").write_text(settings, encoding="utf-8")
    names = [f"{number:04}.xlsx" for number in range(len(workbooks))]
    for workbook, name in zip(workbooks, names, strict=True):
        shutil.copyfile(workbook, inputs / name)
    options = [f"-env:UserInstallation={profile.resolve().as_uri()}", "--headless", "--norestore"]
    convert = ["--convert-to", "xlsx", "--outdir", str(outputs.resolve()), *names]
    said = _run([program(), *options, *convert], inputs, seconds)
    there = [(outputs / name).is_file() for name in names]
    unread = list(compress(workbooks, map(not_, there)))
    if unread:
        raise UserError(
            f"LibreOffice cannot read {unread[0]} ({said.strip()}). Open it there and save it, or build it again."
        )
    return [_cached(outputs / name) for name in names]


def _cached(workbook: Path) -> CellValues:
    with opened_without_limits(workbook) as package:
        return {cell: entry.value for cell, entry in formula_cells(package).items()}


def program() -> str:
    """Where LibreOffice is. Raises UserError where it is not installed, with how to install it."""
    command = shutil.which("soffice") or shutil.which("libreoffice")
    if command is None:
        raise UserError(
            "LibreOffice is not installed: install it (Debian and Ubuntu: apt-get install libreoffice-calc; macOS: "
            "brew install --cask libreoffice; Windows: winget install TheDocumentFoundation.LibreOffice) and put "
            "`soffice` on the PATH, or name the engine ironcalc."
        )
    return command


def installed_version() -> str:
    """The version that is installed. Raises UserError as `program`."""
    said = _run([program(), "--version"], Path.cwd(), SECONDS).split()
    return next((word for word in said if word[:1].isdigit()), "unknown version")


def _run(command: Sequence[str], folder: Path, seconds: float) -> str:
    """What the command says; it and all that it started are ended where it takes longer."""
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as process:
        try:
            return process.communicate(timeout=seconds)[0]
        except subprocess.TimeoutExpired as late:
            _end(process)
            raise UserError(
                f"LibreOffice did not finish within {seconds:g} seconds and was stopped. Close other programs and try "
                "again, or name the engine ironcalc."
            ) from late


def _end(process: subprocess.Popen[str]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
