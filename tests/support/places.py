"""Where things stand: this repository, its models and workbooks, and the folder of public inputs beside it."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
MODELS = REPOSITORY / "models"
THURROCK = MODELS / "thurrock-2021-22"
SHARED = REPOSITORY.parent / "shared"
