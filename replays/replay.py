"""Runs a replay: the published file and its committed model in a folder of their own, through the engine."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from replays import mssp, reach
from replays.settlement import Settlement
from riskshare.build import compute
from riskshare.figures.computed import ComputedModel

HERE = Path(__file__).resolve().parent
DATA = HERE.parent.parent / "shared" / "data"


@dataclass(frozen=True, slots=True)
class Replay:
    """A published file, the model that reads it, and how the two are compared."""

    scheme: str
    year: int
    model: str
    file: str
    compare: Callable[[ComputedModel, Path], Iterator[Settlement]]

    @property
    def published(self) -> Path:
        """Where the published file lies."""
        return DATA / self.file


REPLAYS = (
    Replay("MSSP", 2020, "mssp-2020", "mssp/PY2020.csv", mssp.compare),
    Replay("MSSP", 2021, "mssp-2021", "mssp/PY2021.csv", mssp.compare),
    Replay("ACO REACH", 2021, "aco-reach-2021", "aco_reach/reach_2021.csv", reach.compare),
)


def missing() -> tuple[Path, ...]:
    """The published files that are not there; they are never part of the project."""
    return tuple(replay.published for replay in REPLAYS if not replay.published.is_file())


def settlements(replay: Replay) -> tuple[Settlement, ...]:
    """Every settlement of a replay, computed and compared; raises ValueError with the findings of a wrong model."""
    with tempfile.TemporaryDirectory() as folder:
        built = _computed(replay, Path(folder) / replay.model)
        return tuple(replay.compare(built, replay.published))


def _computed(replay: Replay, folder: Path) -> ComputedModel:
    inputs = folder / "inputs"
    inputs.mkdir(parents=True)
    shutil.copyfile(HERE / replay.model / "model.toml", folder / "model.toml")
    shutil.copyfile(replay.published, inputs / replay.published.name)
    built, findings = compute(folder)
    if built is None:
        raise ValueError("\n".join(str(finding) for finding in findings))
    return built
