"""What runs in a fresh process: python -m benchmarks.jobs NAME ARGUMENTS. Each job imports only what it needs."""

from __future__ import annotations

import gc
import pickle
import sys
import time
from pathlib import Path

UNTIMED = "untimed seconds:"
HIDDEN = ("hypothesis", "numpy", "pandas")


def generate(root: str, lines: str, localities: str) -> None:
    """Writes a generated model."""
    from benchmarks.models import Size, write_model

    write_model(Path(root), Size(int(lines), int(localities)))


def dump(workbook: str, file: str) -> None:
    """Keeps the cells of a finished workbook in a file."""
    from benchmarks.cells import dump as dump_cells

    dump_cells(Path(workbook), Path(file))


def write_stock(file: str, workbook: str) -> None:
    """Writes kept cells with stock XlsxWriter; loading them is not timed."""
    from benchmarks.cells import write_stock as write

    start = time.perf_counter(), time.process_time()
    with Path(file).open("rb") as source:
        formats, sheets = pickle.load(source)
    gc.freeze()
    print(UNTIMED, time.perf_counter() - start[0], time.process_time() - start[1])
    write(formats, sheets, Path(workbook))


def usual_read(model: str) -> None:
    """Reads and computes the usual way."""
    from benchmarks.usual import compute

    compute(Path(model))


def usual_build(model: str, workbook: str) -> None:
    """Reads, computes and writes the usual way."""
    from benchmarks.usual import compute, write

    write(compute(Path(model)), Path(workbook))


def bare_read(model: str) -> None:
    """Reads the lines with fastexcel into a polars frame, as riskshare does, and nothing else."""
    import fastexcel

    fastexcel.read_excel(Path(model) / "inputs" / "lines.xlsx").load_sheet("Lines").to_polars()


def riskshare(*arguments: str) -> None:
    """Runs riskshare."""
    _hide_what_users_lack()
    from riskshare.cli import main

    main(arguments)


def explain(model: str, figure: str) -> None:
    """Explains a figure; reading and computing the model is not timed."""
    _hide_what_users_lack()
    start = time.perf_counter(), time.process_time()
    from riskshare.audit.explain.answer import Explanation
    from riskshare.audit.explain.answer import explain as explained
    from riskshare.build import compute

    built, findings = compute(Path(model))
    assert built is not None, findings
    print(UNTIMED, time.perf_counter() - start[0], time.process_time() - start[1])
    found = explained(built, findings, figure)
    assert isinstance(found, Explanation), found
    print(found.text(None, 100))


def read_and_validate(model: str) -> None:
    """Reads and validates as riskshare does."""
    _hide_what_users_lack()
    from riskshare.cli import leave_garbage

    leave_garbage()
    from riskshare.inputs.reading import read_model
    from riskshare.validate.lines import validate

    reading, findings = read_model(Path(model))
    assert reading is not None, findings
    validate(reading.model, reading.toml, reading.lines, reading.localities)


def _hide_what_users_lack() -> None:
    """Hides what is installed for benchmarks and tests alone: pandera would import it, which takes half a second."""
    sys.meta_path.insert(0, _Hidden())


class _Hidden:
    def find_spec(self, name: str, *_: object) -> None:
        if name in HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


JOBS = {
    entry.__name__: entry
    for entry in (
        generate,
        dump,
        write_stock,
        usual_read,
        usual_build,
        bare_read,
        riskshare,
        explain,
        read_and_validate,
    )
}

if __name__ == "__main__":
    JOBS[sys.argv[1]](*sys.argv[2:])
