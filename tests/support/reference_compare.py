"""The product against the independent reference: `python -m reference_compare 0 1000` compares random models.

For each seed `wide_models` writes a model, riskshare computes it and writes its results as CSV, and the reference
settles it from the same files. Compared to the penny: every account in every pool, positions, entitlements, transfers,
appropriations, payments, the reconciliation and closing balances. Both may refuse a model; riskshare alone may (its
findings are wider); the reference alone may not.
"""

from __future__ import annotations

import csv
import shutil
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory

from reference import Settled, settle
from reference_money import RefusedError
from reference_payments import balances, payments, reconciliation, settlement
from riskshare.build import compute
from riskshare.outputs.results import write_results
from wide_models import wide_model

Figures = dict[tuple[str, ...], int]


class Verdict(Enum):
    """What came of one model."""

    EQUAL = "equal to the penny"
    BOTH_REFUSE = "refused by both"
    PRODUCT_REFUSES = "refused by riskshare, which finds more"
    REFERENCE_REFUSES = "REFUSED BY THE REFERENCE ALONE"
    DIFFERENT = "DIFFERENT"
    CRASH = "CRASH"


AGREE = (Verdict.EQUAL, Verdict.BOTH_REFUSE, Verdict.PRODUCT_REFUSES)


@dataclass(frozen=True)
class Comparison:
    """A verdict, what it rests on (figures that differ, or why a model was refused), and riskshare's figures."""

    verdict: Verdict
    said: tuple[str, ...] = ()
    figures: Figures = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        """Whether there is nothing for an auditor to ask about."""
        return self.verdict in AGREE


def compare(folder: Path) -> Comparison:
    """Computes a model twice and compares all figures."""
    found, errors = computed(folder)
    try:
        expected = figures_of(settle(folder))
    except RefusedError as refusal:
        return Comparison(Verdict.REFERENCE_REFUSES if found else Verdict.BOTH_REFUSE, (str(refusal), *errors))
    if not found:
        return Comparison(Verdict.PRODUCT_REFUSES, errors)
    different = tuple(differences(expected, found))
    return Comparison(Verdict.DIFFERENT if different else Verdict.EQUAL, different, found)


def computed(folder: Path) -> tuple[Figures, tuple[str, ...]]:
    """Riskshare's figures, as it writes them to its results, or none and the codes of its errors."""
    built, findings = compute(folder)
    if built is None:
        return {}, tuple(finding.code for finding in findings if finding.severity.name == "ERROR")
    with TemporaryDirectory() as results:
        write_results(Path(results), built.plan, built.figures)
        return results_of(Path(results)), ()


def compare_seed(seed: int, folder: Path, write: Callable[[Path, int], Path] = wide_model) -> Comparison:
    """Compares the random model of a seed."""
    return compare(write(folder / f"seed-{seed}", seed))


def differences(expected: Figures, found: Figures) -> Iterator[str]:
    """Figures that differ, those that only one of them has counting as nothing on the other side."""
    for key in sorted({*expected, *found}):
        if expected.get(key, 0) != found.get(key, 0):
            yield f"{' '.join(key)}: reference {expected.get(key, 0)}, riskshare {found.get(key, 0)} (pennies)"


def figures_of(settled: Settled) -> Figures:
    """All figures of the reference."""
    account = settlement(settled)
    figures: Figures = {
        ("pot", pool, pot): held
        for pool, pots in settled.pots().items()
        for pot, held in pots.items()
        if pot != "netted"
    }
    for column in ("position", "entitlement", "transfer", "appropriated", "settles"):
        figures |= {("settlement", code, column): amount for code, amount in getattr(account, column).items()}
    figures |= {("pays", payer, payee): amount for (payer, payee), amount in payments(settled).items()}
    figures |= {
        ("reconciliation", code, column): amount
        for code, row in reconciliation(settled).items()
        for column, amount in row.items()
    }
    return figures | {("balance", code): amount for code, amount in balances(settled).items()}


COMPARED = ("in_pools", "fixed", "excluded", "in_view", "no_pool", "all_lines", "target_changes", "moved", "after")


def results_of(folder: Path) -> Figures:
    """The same figures from riskshare's results."""
    figures: Figures = {}
    for row in _rows(folder / "steps.csv"):
        kind, _, account = row["step"].partition(".")
        if kind == "final" and account != "netted":
            figures["pot", row["pool"], account] = _pennies(row["value"])
    for row in _rows(folder / "settlement.csv"):
        columns = [column for column in row if column not in ("partner", "name")]
        figures |= {("settlement", row["partner"], column): _pennies(row[column]) for column in columns}
    figures |= {("pays", row["from"], row["to"]): _pennies(row["amount"]) for row in _rows(folder / "payments.csv")}
    for row in _rows(folder / "reconciliation.csv"):
        figures |= {("reconciliation", row["account"], column): _pennies(row[column]) for column in COMPARED}
    return figures | {("balance", row["account"]): _pennies(row["opening"]) for row in _rows(folder / "balances.csv")}


def _rows(path: Path) -> Iterable[Mapping[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _pennies(amount: str) -> int:
    pennies = Decimal(amount) * 100
    if pennies != int(pennies):
        raise ValueError(f"{amount} is no whole number of pennies")
    return int(pennies)


def main(first: int, last: int, kept: Path) -> int:
    """Compares the models of these seeds, prints what differs, keeps those models; returns how many."""
    verdicts: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for seed in range(first, last):
        try:
            found = compare_seed(seed, kept)
        except Exception:
            found = Comparison(Verdict.CRASH, (traceback.format_exc(limit=-4),))
        verdicts[found.verdict.value] += 1
        if found.agrees:
            shutil.rmtree(kept / f"seed-{seed}")
            refused.update({*found.said} if found.verdict is Verdict.PRODUCT_REFUSES else ())
        else:
            sys.stdout.write("\n  ".join([f"{kept}/seed-{seed}: {found.verdict.value}", *found.said[:8]]) + "\n")
    said = [f"{count:6} {verdict}" for verdict, count in verdicts.most_common()]
    said.append("refused by riskshare alone: " + ", ".join(f"{code} {count}" for code, count in refused.most_common()))
    sys.stdout.write("\n".join([*said, ""]))
    return sum(count for verdict, count in verdicts.items() if verdict not in [known.value for known in AGREE])


if __name__ == "__main__":
    sys.exit(
        1 if main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3] if len(sys.argv) > 3 else "/tmp/oracle")) else 0
    )
