"""Print how many false alarms and misses the modes of batches have on sensors with known anomalies.

The smallest example: a run is 20 files of 100 rows; if one row of a run without an anomaly is flagged, it has
one false alarm in 2,000 rows.
"""

from __future__ import annotations

import sys
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.cli.batches.sensor_files import COLUMNS, clean_rows, inject
from anomaly_container.detection.batches.baseline import begin, merge, score_block
from anomaly_container.detection.batches.compat import score_file
from anomaly_container.detection.batches.moments import Moments
from anomaly_container.detection.batches.options import Options
from tests.support.broken_pairs import pair

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from anomaly_container.detection.batches.baseline import Scored
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray, IntArray

SEEDS, FILES = 40, 20
FROM_FILE = 15
"""The joint detector is required from this file on, as it starts after 1000 rows."""


def default(files: Iterable[FloatArray]) -> Iterator[Scored]:
    """Yield the scores of files one after the other in the default mode."""
    known, options = None, None
    for values in files:
        if options is None or known is None:
            options = Options.of(values.shape[1])
            known = begin(options)
        scored, increment = score_block(known, values, options)
        known = merge(known, increment, options)
        yield scored


def flags_by_default(files: Iterable[FloatArray]) -> list[BoolArray]:
    """Return the anomalies of files one after the other in the default mode."""
    return [scored.verdict.anomaly for scored in default(files)]


def flags_by_compat(files: Iterable[FloatArray]) -> list[BoolArray]:
    """Return the anomalies of files one after the other in the compat mode."""
    known, found = Moments.none(len(COLUMNS)), []
    for values in files:
        scored, known = score_file(known, values)
        found.append(scored.anomaly)
    return found


def injected(seed: int, column: int | None = None) -> tuple[list[FloatArray], list[IntArray]]:
    """Return the files of one run, and the rows of each that are anomalous."""
    generator = np.random.default_rng(seed)
    files = [clean_rows(generator) for _ in range(FILES)]
    return files, [inject(generator, values, column) for values in files]


def clean_alarms(flags: Callable[[Iterable[FloatArray]], list[BoolArray]]) -> list[int]:
    """Return the false alarms of each run without an anomaly."""
    runs = []
    for seed in range(SEEDS):
        generator = np.random.default_rng(seed)
        runs.append(sum(int(rows.sum()) for rows in flags([clean_rows(generator) for _ in range(FILES)])))
    return runs


def found_and_false(
    flags: Callable[[Iterable[FloatArray]], list[BoolArray]], column: int | None = None
) -> tuple[int, int, list[int]]:
    """Return how many anomalies were found, how many there are, and the false alarms of each run."""
    found = total = 0
    false = []
    for seed in range(SEEDS):
        files, anomalies = injected(seed, column)
        flagged = flags(files)
        hits = sum(int(rows[at].sum()) for rows, at in zip(flagged, anomalies, strict=True))
        found, total = found + hits, total + sum(at.size for at in anomalies)
        false.append(sum(int(rows.sum()) for rows in flagged) - hits)
    return found, total, false


def pairs(broken: int, noise: int) -> tuple[int, int, int, int]:
    """Return found, broken, false and unbroken rows: the joint detector on a pair beside columns of noise."""
    found = total = false = unbroken = 0
    for seed in range(SEEDS):
        generator = np.random.default_rng(seed)
        files, chosen = [], []
        for _ in range(FILES):
            values, at = pair(generator, broken=broken)
            files.append(np.column_stack([values, generator.normal(size=(values.shape[0], noise))]))
            chosen.append(at)
        for scored, at in list(zip(default(files), chosen, strict=True))[FROM_FILE - 1 :]:
            assert scored.joint is not None
            hits = int(scored.joint.flags[at].sum())
            found, total = found + hits, total + at.size
            false += int(scored.joint.flags.sum()) - hits
            unbroken += scored.joint.flags.size - at.size
    return found, total, false, unbroken


def main() -> int:
    """Print the figures; return 1 if one is worse than required."""
    failed = False

    def show(name: str, text: str, *, holds: bool) -> None:
        nonlocal failed
        failed = failed or not holds
        print(f"{name:46} {text}{'' if holds else '   WORSE THAN REQUIRED'}")

    print(f"{SEEDS} runs of {FILES} files of 100 rows")
    for name, flags in (("compat", flags_by_compat), ("default", flags_by_default)):
        is_default = name == "default"
        runs = clean_alarms(flags)
        text = f"{fmean(runs):.2f} a run, worst {max(runs)}"
        show(
            f"{name}, clean: false alarms",
            text,
            holds=not is_default or (max(runs) <= 5 and fmean(runs) <= 1.0),
        )
        found, total, false = found_and_false(flags)
        text = f"{found} of {total}, false beside them {fmean(false):.2f} a run, worst {max(false)}"
        show(
            f"{name}, injected: found",
            text,
            holds=not is_default or (found == total and fmean(false) <= 1.5),
        )
    found, total, false = found_and_false(flags_by_default, column=1)
    show(
        "default, all in one column: found",
        f"{found} of {total}, false beside them {fmean(false):.2f} a run",
        holds=found >= 0.99 * total,
    )
    for noise in (0, 2):
        found, total, beside, rows = pairs(5, noise)
        _, _, clean, unbroken = pairs(0, noise)
        show(
            f"joint, broken pair beside {noise} columns of noise",
            f"found {found} of {total}, false {beside} in {rows}, {clean} in {unbroken} of files without",
            holds=found >= 0.99 * total and beside <= rows / 1000.0 and clean <= unbroken / 1000.0,
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
