"""Generated models: any number of lines and localities, the same bytes every time."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

from xlsxwriter import Workbook

SEED = 20210401
HEADER = (
    "line", "fund", "description", "service", "level", "locality", "basis",
    "provider", "function", "budget", "outturn", "recurrent", "source",
)  # fmt: skip
BASES = ("registered", "weighted", "deprivation", "over_65")
LEVELS = {"locality": 70, "neighbourhood": 10, "place": 12, "partnership": 3, "system": 5}
LOCAL = ("locality", "neighbourhood")
DIRECT = 0.5  # of the local lines; the others are apportioned on a basis

# Fund: services, function, provider, lines in a hundred.
FUNDS = {
    "bcf_minimum": (("Community Health", "Social Care"), "community health services", "COMMUNITY", 12),
    "ibcf": (("Social Care",), "adult social care functions", "", 8),
    "bcf_additional": (("Mental Health", "Community Health"), "mental health services", "MENTAL", 8),
    "primary_care": (("Primary Care", "Prescribing"), "primary medical services", "GP", 30),
    "ccg_core": (("Community Health", "Continuing Care"), "community health services", "COMMUNITY", 14),
    "ccg_acute": (("Acute",), "hospital services", "HOSPITAL", 8),
    "public_health": (("Public health",), "public health functions", "VOLUNTARY", 8),
    "social_care": (("Home care", "Residential care"), "adult social care functions", "", 12),
}
ILLUSTRATIVE = "Generated for the benchmark; illustrative & not published"
CONTRACT = Path(__file__).with_name("contract.toml")


@dataclass(frozen=True, slots=True)
class Size:
    """How large a model is."""

    lines: int
    localities: int

    @property
    def name(self) -> str:
        """The name of the model and of its folder."""
        return f"bench-{self.lines}-{self.localities}"

    def __str__(self) -> str:
        return f"{self.lines:,} x {self.localities}"


def write_model(root: Path, size: Size) -> Path:
    """Writes a model below `root` and gives its folder."""
    folder = root / size.name
    inputs = folder / "inputs"
    inputs.mkdir(parents=True)
    random = Random(f"{SEED}-{size.name}")
    codes = [f"LOC{number:02}" for number in range(1, size.localities + 1)]
    contract = CONTRACT.read_text(encoding="utf-8").replace("bench-name", size.name)
    (folder / "model.toml").write_text(contract, encoding="utf-8")
    _write_localities(inputs / "localities.csv", codes, random)
    _write_outcomes(inputs / "outcomes.csv", codes, random)
    _write_lines(inputs / "lines.xlsx", size.lines, codes, random)
    return folder


def _write_csv(path: Path, header: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def _write_localities(path: Path, codes: list[str], random: Random) -> None:
    rows = [
        (code, f"Locality {code[3:]}", *(random.randint(2_000_00, 80_000_00) / 100 for _ in BASES)) for code in codes
    ]
    _write_csv(path, ("locality", "name", *BASES), rows)


def _write_outcomes(path: Path, codes: list[str], random: Random) -> None:
    rows = [
        (
            measure,
            f"Measure {measure}",
            f"locality:{code}",
            weight,
            "linear",
            "higher",
            50,
            60,
            random.randint(480, 640) / 10,
        )
        for code in codes
        for measure, weight in (("HTN", 40), ("AF", 25), ("QUIT", 35))
    ]
    _write_csv(path, ("measure", "name", "pool", "weight", "method", "better", "baseline", "target", "result"), rows)


def _write_lines(path: Path, count: int, codes: list[str], random: Random) -> None:
    with Workbook(str(path), {"constant_memory": True}) as workbook:
        workbook.set_properties({"created": datetime(2021, 4, 1)})
        sheet = workbook.add_worksheet("Lines")
        sheet.write_row(0, 0, HEADER)
        for number in range(1, count + 1):
            sheet.write_row(number, 0, _line(number, codes, random))


def _line(number: int, codes: list[str], random: Random) -> tuple[str | float, ...]:
    fund = random.choices(list(FUNDS), [entry[-1] for entry in FUNDS.values()])[0]
    services, function, provider, _ = FUNDS[fund]
    service = random.choice(services)
    level = random.choices(list(LEVELS), list(LEVELS.values()))[0]
    local, direct = level in LOCAL, random.random() < DIRECT
    budget = random.randint(1_000_00, 2_500_000_00)
    outturn = round(budget * random.uniform(0.95, 1.045))
    return (
        f"L{number:06}",
        fund,
        f"{service}: scheme {number} at {level} level",
        service,
        level,
        random.choice(codes) if local and direct else "",
        random.choice(BASES) if local and not direct else "",
        provider,
        function,
        budget / 100,
        outturn / 100,
        random.choice(("yes", "yes", "yes", "no")),
        ILLUSTRATIVE,
    )
