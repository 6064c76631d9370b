"""Reads a CSV file into a RawTable: every record accounted for, nothing guessed, nothing cut off."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from riskshare.files.reading import TooLargeError, contents
from riskshare.inputs.table import COLUMN_LIMIT, RawTable, one_line
from riskshare.problems.collector import Collector
from riskshare.problems.findings import Finding, Place, error, warning

SIZE_LIMIT = 200_000_000
ROW_LIMIT = 1_048_576
FIELD = r'(?:[^",]*|"(?:[^"]|"")*")'
WELL_QUOTED = rf"^{FIELD}(?:,{FIELD})*$"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def read_csv(path: Path, file: str, header_row: int, collector: Collector) -> RawTable | None:
    """The header and the records below it, or None and a finding where that cannot be had whole.

    Grain: one row per record, numbered as a spreadsheet program does: a line break inside quotes starts no new row.
    Errors: another encoding or separator, stray quotes, too many or too few cells. Source: a column is known by its
    header.
    """
    text = _text(path, file, collector)
    if text is None:
        return None
    records = _records(text).slice(header_row - 1)
    problem = _header_problem(records, file, header_row)
    if problem:
        collector.add(problem)
        return None
    if _is_malformed(records, file, header_row, collector):
        return None
    return _parsed(records, file, header_row, collector)


def _text(path: Path, file: str, collector: Collector) -> str | None:
    try:
        content = contents(path, SIZE_LIMIT)
    except TooLargeError:
        collector.add(error("too-big", Place(file), f"the file is larger than {SIZE_LIMIT // 1_000_000} MB"))
        return None
    if content.startswith(UTF_16) or b"\x00" in content:
        action = "Save it again as 'CSV UTF-8 (comma delimited)'."
        collector.add(error("encoding", Place(file), "this is not a plain text file", "CSV text in UTF-8", action))
        return None
    text = _decoded(content, file, collector)
    return text and text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(content: bytes, file: str, collector: Collector) -> str | None:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        place = Place(file, row=content.count(b"\n", 0, failure.start) + 1)
    action = "Check that pounds, dashes and names came out right, or save it as 'CSV UTF-8'."
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        collector.add(
            error("encoding", place, "the text is neither UTF-8 nor Windows-1252", "", "Save it as 'CSV UTF-8'.")
        )
        return None
    collector.add(warning("encoding", place, "the text is not UTF-8; it was read as Windows-1252", "", action))
    return text


def _records(text: str) -> pl.Series:
    """The records as text: lines, joined where a line break stands inside quotes."""
    lines = pl.Series("record", text.removesuffix("\n").split("\n"), dtype=pl.String)
    if '"' not in text:
        return lines
    inside = pl.col("record").str.count_matches('"', literal=True).cum_sum() % 2 == 1
    starts = ~inside.shift(1, fill_value=False)
    numbered = lines.to_frame().with_columns(starts.cum_sum().alias("number"))
    return numbered.group_by("number", maintain_order=True).agg(pl.col("record").str.join("\n"))["record"]


def _header_problem(records: pl.Series, file: str, header_row: int) -> Finding | None:
    place = Place(file, row=header_row)
    header = records[0] if records.len() else ""
    if records.len() > ROW_LIMIT:
        return error("too-big", place, f"there are {records.len():,} rows", f"at most {ROW_LIMIT:,}")
    if not header.strip(", \t"):
        expected = "a row of column names (header_row in model.toml)"
        return error("no-header", place, "the row is empty", expected)
    if "," not in header and (";" in header or "\t" in header):
        action = "Save it as 'CSV UTF-8 (comma delimited)'."
        return error("separator", place, "the columns are not set apart by commas", "", action)
    if header.count(",") >= COLUMN_LIMIT:
        return error("too-big", place, f"there are more than {COLUMN_LIMIT:,} columns")
    return None


def _is_malformed(records: pl.Series, file: str, header_row: int, collector: Collector) -> bool:
    """Whether a record has stray quotes or too many or too few cells; a finding for each that has."""
    plain = pl.col("record").str.replace_all(r'"[^"]*"', "x")
    quoted = pl.col("record").str.contains('"', literal=True)
    frame = records.to_frame().with_row_index("row", header_row)
    frame = frame.with_columns(
        stray=quoted & ~pl.col("record").str.contains(WELL_QUOTED),
        cells=plain.str.count_matches(",", literal=True) + 1,
        filled=plain.str.strip_chars_end(", \t").str.count_matches(",", literal=True) + 1,
        blank=pl.col("record").str.strip_chars(", \t") == "",
    )
    needed, most = frame["filled"][0], frame["cells"][0]
    stray = frame.filter("stray")
    whole = pl.col("stray") | pl.col("blank") | (pl.col("cells") >= needed) & (pl.col("filled") <= most)
    uneven = frame.filter(~whole)
    collector.rows(stray, lambda row: _stray(Place(file, row=row["row"])))
    collector.rows(uneven, lambda row: _uneven(Place(file, row=row["row"]), row["cells"], most))
    return stray.height + uneven.height > 0


def _stray(place: Place) -> Finding:
    action = 'Put the whole cell in quotes and write each quote inside it twice: "5"" pipe".'
    return error("stray-quote", place, "a quotation mark stands in the middle of a cell or is never closed", "", action)


def _uneven(place: Place, cells: int, most: int) -> Finding:
    action = "Put a cell that holds a comma in quotes, or add the missing commas."
    return error(
        "uneven-row", place, f"the row has {cells} cell{'' if cells == 1 else 's'}", f"{most}, as in the header", action
    )


def _parsed(records: pl.Series, file: str, header_row: int, collector: Collector) -> RawTable | None:
    names = [str(number) for number in range(_width(records[0]))]
    try:
        whole = pl.read_csv(
            (records.str.join("\n").item() + "\n").encode(),
            has_header=False,
            schema=dict.fromkeys(names, pl.String),
            truncate_ragged_lines=True,
        )
    except pl.exceptions.PolarsError as failure:
        collector.add(error("unreadable", Place(file), f"the file cannot be read: {one_line(str(failure))[:200]}"))
        return None
    if whole.height != records.len():
        collector.add(error("unreadable", Place(file), f"of {records.len():,} rows only {whole.height:,} can be read"))
        return None
    header = tuple(one_line(cell) for cell in whole.row(0))
    rows = pl.int_range(header_row + 1, header_row + whole.height, dtype=pl.UInt32, eager=True)
    return RawTable(file, "", header_row, header, header, whole.slice(1), rows, floats=False)


def _width(record: str) -> int:
    return re.sub(r'"[^"]*"', "", record).count(",") + 1
