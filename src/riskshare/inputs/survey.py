"""Surveys a sheet before its reader sees it: may it be read, its extent, and the cells that the reader would lose."""

from __future__ import annotations

from riskshare.inputs.plain_sheet import survey_of_plain_sheet
from riskshare.inputs.shared_texts import shared_texts
from riskshare.inputs.strict_sheet import survey_of_any_sheet
from riskshare.inputs.surveyed import Survey
from riskshare.xlsx.package import Package
from riskshare.xlsx.part_xml import is_true


def survey(package: Package, path: str) -> Survey:
    """What a sheet holds, and what of it its reader, calamine, would take otherwise than the standard says.

    A sheet as programs write it is held against one pattern, in Rust; every other one is parsed, which takes five times
    as long, and gives the same answer.

    Raises:
        Unreadable: the sheet, or the texts that its cells share, are not built as the standard says (ISO/IEC 29500-1,
            18.3 and 18.4): programs would read different values.
    """
    texts = shared_texts(package)
    may_be_placeholders = _calculates_on_opening(package)
    plain = None if texts.odd else survey_of_plain_sheet(package, path, texts.count, may_be_placeholders)
    return plain or survey_of_any_sheet(package, path, texts, may_be_placeholders)


def _calculates_on_opening(package: Package) -> bool:
    """Whether the workbook asks to be calculated when it is opened, so that its stored values may be placeholders."""
    return any(is_true(node.get("fullCalcOnLoad")) for node in package.workbook.iter("calcPr"))
