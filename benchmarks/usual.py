"""The same job as it is usually done: pandas reads, merges and apportions, openpyxl writes values and formulas.

It does less than riskshare: nothing is validated, no gain or loss is shared, formulas carry no cached values.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

MEASURES = ("budget", "outturn")
LOCAL = ("locality", "neighbourhood")


@dataclass(frozen=True)
class Computed:
    """The lines, the lines in localities with their parts, the weights by basis or locality, and the totals."""

    lines: pd.DataFrame
    parts: pd.DataFrame
    weights: pd.DataFrame
    totals: pd.DataFrame


def compute(folder: Path) -> Computed:
    """Reads a model's inputs and apportions its lines by running-total rounding."""
    lines = pd.read_excel(folder / "inputs" / "lines.xlsx", sheet_name="Lines")
    places = pd.read_csv(folder / "inputs" / "localities.csv").sort_values("locality").set_index("locality")
    lines["variance"] = lines["budget"] - lines["outturn"]
    weights = _weights(places)
    local = lines[lines["level"].isin(LOCAL)].copy()
    local["weights"] = local["locality"].where(local["locality"].notna(), local["basis"])
    running = weights.cumsum(axis=1).add_prefix("upto_")
    parts = local.merge(running, left_on="weights", right_index=True, how="left").sort_values(["fund", "line"])
    shares = parts[list(running.columns)].to_numpy() / parts[[running.columns[-1]]].to_numpy()
    for measure in MEASURES:
        upto = np.round(parts[[measure]].to_numpy() * shares, 2)
        split = np.diff(upto, axis=1, prepend=0.0).round(2)
        names = [f"{measure}_{locality}" for locality in weights.columns]
        parts = pd.concat([parts, pd.DataFrame(split, columns=names, index=parts.index)], axis=1)
    totals = parts.groupby("fund")[[name for name in parts.columns if name.startswith(("budget_", "outturn_"))]].sum()
    return Computed(lines, parts, weights, totals)


def _weights(places: pd.DataFrame) -> pd.DataFrame:
    direct = pd.DataFrame(np.eye(len(places)), index=places.index, columns=places.index)
    return pd.concat([places.drop(columns="name").T, direct])


def write(computed: Computed, path: Path) -> None:
    """Writes lines and weights as values, the parts and the locality budgets as riskshare's formulas."""
    workbook = Workbook(write_only=True)
    lines = workbook.create_sheet("Lines")
    lines.append(list(computed.lines.columns))
    for row in computed.lines.astype(object).where(computed.lines.notna(), None).itertuples(index=False):
        lines.append(row)
    weights = workbook.create_sheet("Localities")
    weights.append(["weights", *computed.weights.columns])
    for key, *row in computed.weights.itertuples():
        weights.append([key, *row])
    _write_running(workbook, computed)
    _write_parts(workbook, computed)
    _write_budgets(workbook, computed)
    workbook.save(path)


def _write_running(workbook: Workbook, computed: Computed) -> None:
    sheet = workbook.create_sheet("Running")
    sheet.append(["weights", *computed.weights.columns])
    for row in range(2, len(computed.weights) + 2):
        letters = [get_column_letter(number) for number in range(2, len(computed.weights.columns) + 2)]
        cells = [
            f"=ROUND({f'{get_column_letter(n + 1)}{row}+' if n else ''}Localities!{letter}{row},6)"
            for n, letter in enumerate(letters)
        ]
        sheet.append([f"=Localities!A{row}", *cells])


def _write_parts(workbook: Workbook, computed: Computed) -> None:
    sheet = workbook.create_sheet("Pooling")
    columns = computed.lines.columns
    at = {
        name: get_column_letter(columns.get_loc(name) + 1) for name in ("line", "fund", "locality", "basis", *MEASURES)
    }
    last = len(computed.weights) + 1
    letters = [get_column_letter(number) for number in range(2, len(computed.weights.columns) + 2)]
    upto = [f"INDEX(Running!{letter}$2:{letter}${last},$C{{row}})" for letter in letters]
    sheet.append(
        [
            "line",
            "fund",
            "row",
            "whole",
            *(f"{measure} {name}" for measure in MEASURES for name in ("amount", *computed.weights.columns, "left")),
        ]
    )
    for row, source in enumerate(computed.parts.index + 2, start=2):
        cells = [f"=Lines!{at['line']}{source}", f"=Lines!{at['fund']}{source}"]
        key = at["basis"] if pd.isna(computed.parts.at[source - 2, "locality"]) else at["locality"]
        cells += [f"=MATCH(Lines!{key}{source},Running!$A$2:$A${last},0)", f"={upto[-1]}".format(row=row)]
        for number, measure in enumerate(MEASURES):
            first = 5 + number * (len(letters) + 2)
            amount = f"${get_column_letter(first)}{row}"
            cells.append(f"=Lines!{at[measure]}{source}")
            before = ""
            for share in upto:
                part = f"ROUND({amount}*{share.format(row=row)}/$D{row},2)"
                cells.append(f"=ROUND({part}{before},2)")
                before = f"-{part}"
            ends = (get_column_letter(first + 1), get_column_letter(first + len(letters)))
            cells.append(f"=ROUND({amount}-SUM({ends[0]}{row}:{ends[1]}{row}),2)")
        sheet.append(cells)


def _write_budgets(workbook: Workbook, computed: Computed) -> None:
    sheet = workbook.create_sheet("Locality budgets")
    count, localities = len(computed.parts) + 1, len(computed.weights.columns)
    sheet.append(["fund", *computed.totals.columns])
    for row, fund in enumerate(computed.totals.index, start=2):
        places = [5 + number * (localities + 2) + place for number in range(2) for place in range(1, localities + 1)]
        letters = [get_column_letter(place) for place in places]
        sheet.append(
            [
                fund,
                *(
                    f"=ROUND(SUMIFS(Pooling!{letter}$2:{letter}${count},Pooling!$B$2:$B${count},$A{row}),2)"
                    for letter in letters
                ),
            ]
        )
