"""Processor time and peak memory of a file by our modes and by the original's rules, by turns."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.bench.batches import targets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.bench.batches.targets import Verdicts

ROOT = Path(__file__).resolve().parents[3]
MODES = ("default", "compat")
ORIGINAL = "original"
ROUNDS = {100: (3, 9), 10_000: (3, 3), 100_000: (3, 1), 1_000_000: (1, 1)}
"""How many processes one after the other by turns, and how often each scores the file."""
SECONDS_TO_END = 300.0


@dataclass(frozen=True)
class Cost:
    """What a file costs.

    Attributes
    ----------
    seconds
        Processor time, the median in each round.
    peak
        Megabytes of memory at most.
    """

    seconds: tuple[float, ...]
    peak: float

    @property
    def median(self) -> float:
        return median(self.seconds)


def times_less(ours: Cost, original: Cost) -> float:
    """Return how many times less processor time ours takes: the median of the rounds' ratios."""
    return median(theirs / mine for mine, theirs in zip(ours.seconds, original.seconds, strict=True))


def measure(peer: Path, warm: Path, files: Mapping[int, Path], out: Path) -> dict[tuple[str, int], Cost]:
    """Return the cost of each file by each mode and by the original's rules."""
    measured = {}
    for rows, path in files.items():
        rounds, repeats = ROUNDS[rows]
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in (*MODES, ORIGINAL)}
        for _ in range(rounds):
            for name, costs in taken.items():
                costs.append(_run(name, peer, (warm, path, out), repeats))
        for name, costs in taken.items():
            measured[name, rows] = Cost(
                tuple(seconds for seconds, _ in costs), max(peak for _, peak in costs)
            )
    return measured


def _run(name: str, peer: Path, paths: Sequence[Path], repeats: int) -> tuple[float, float]:
    """Return the median of seconds, and megabytes, of one process."""
    program = [sys.executable, "-m", "tests.bench.batches.our_rules", name]
    if name == ORIGINAL:
        program = [str(peer), str(Path(__file__).with_name("peer_rules.py"))]
    words = [*program, *map(str, paths), str(repeats)]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, cwd=ROOT, timeout=SECONDS_TO_END)  # noqa: S603  # our own words
    answer = json.loads(done.stdout)
    return median(answer["seconds"]), answer["peak"] / 1e6


def table(measured: Mapping[tuple[str, int], Cost], verdicts: Verdicts) -> str:
    """Return milliseconds, ratios and memory by rows."""
    lines = [
        "| Rows | original, ms | default, ms | less | compat, ms | less | MB: original | default | compat |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for rows in sorted({rows for _, rows in measured}):
        original = measured[ORIGINAL, rows]
        cells = [f"{rows:,}", f"{1000 * original.median:.4g}"]
        for mode in MODES:
            ratio = times_less(measured[mode, rows], original)
            cells.append(f"{1000 * measured[mode, rows].median:.4g}")
            cells.append(_ratio(mode, rows, ratio, verdicts))
        cells += [f"{measured[name, rows].peak:.0f}" for name in (ORIGINAL, *MODES)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _ratio(mode: str, rows: int, ratio: float, verdicts: Verdicts) -> str:
    what = f"{mode}, {rows:,} rows, times less than the original"
    aimed = verdicts.at_least(f"{what} (aimed at)", ratio, targets.AIMED[mode, rows])
    bar = targets.BAR.get((mode, rows))
    return aimed if bar is None else f"{aimed}; bar {verdicts.at_least(what, ratio, bar)}"


def growth(measured: Mapping[tuple[str, int], Cost], verdicts: Verdicts) -> str:
    """Return how many times the time of 100,000 rows a million takes, by mode."""
    lines = ["| Mode | time of 1,000,000 rows / time of 100,000 |", "|---|---|"]
    for mode in MODES:
        ratio = measured[mode, 1_000_000].median / measured[mode, 100_000].median
        lines.append(f"| {mode} | {verdicts.at_most(f'growth, {mode}', ratio, targets.GROWTH)} |")
    return "\n".join(lines)
