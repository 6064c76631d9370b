"""Prints how many real settlements the models reproduce: python -m replays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from replays.replay import DATA, REPLAYS, Replay, missing, settlements
from replays.settlement import Settlement

HEADER = ("scheme", "year", "track", "side", "settlements", "reproduced", "not reproduced and why")
TEXTS = 4  # columns of text before the numbers
TOLERANCE = """
Reproduced: MSSP within half a unit of the last printed decimal of the organisation's own rate x its own difference, and
a pound for printed whole pounds; where nothing was earned, and for losses, within a pound. ACO REACH within half a
penny for each rounding to the penny: gross, after the risk bands and after sequestration."""


def main() -> None:
    """Runs every replay and prints one table."""
    absent = missing()
    if absent:
        print(f"The published files are not part of the project: put them into {DATA} to replay the settlements.")
        print(f"Missing: {', '.join(path.name for path in absent)}")
        return
    rows = [HEADER, *(row for replay in REPLAYS for row in _rows(replay, settlements(replay)))]
    print("\n".join(_aligned(rows)))
    print(TOLERANCE)


def _rows(replay: Replay, every: Sequence[Settlement]) -> Iterator[tuple[str, ...]]:
    """One row per track and side, one more for each further reason, and the total."""
    in_order = sorted(every, key=lambda entry: (entry.track, entry.side))
    for (track, side), some in groupby(in_order, key=lambda entry: (entry.track, entry.side)):
        yield from _row((replay.scheme, str(replay.year), track, side), tuple(some))
    yield next(_row((replay.scheme, str(replay.year), "all", "both"), every, listed=False))


def _row(words: tuple[str, ...], some: Sequence[Settlement], *, listed: bool = True) -> Iterator[tuple[str, ...]]:
    left = [entry.why for entry in some if not entry.reproduced]
    first, *others = (left if listed else [f"{len(left)}" if left else ""]) or [""]
    yield (*words, str(len(some)), str(len(some) - len(left)), first)
    yield from (("",) * (TEXTS + 2) + (why,) for why in others)


def _aligned(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    every = list(rows)
    widths = [max(len(row[number]) for row in every) for number in range(len(HEADER) - 1)]
    for row in every:
        cells = [
            cell.ljust(width) if number < TEXTS else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        yield "  ".join((*cells, row[-1])).rstrip()


if __name__ == "__main__":
    main()
