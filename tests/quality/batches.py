"""Print how well the modes of batches find the labelled anomalies of real sets, beside what is required.

The smallest example: a set with one event of two rows, one of them flagged and nothing else, has the row
`1.00 .50 0 1/1`: precision, recall of rows, false alarms per 1000 rows without a label, events found.
"""

from __future__ import annotations

import csv
import os
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.batches.baseline import begin, merge, score_block
from anomaly_container.detection.batches.compat import score_file
from anomaly_container.detection.batches.moments import Moments
from anomaly_container.detection.batches.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray

ROWS_A_FILE = 100
FOLDER = Path(
    os.environ.get("DATASETS_DIR", Path(__file__).resolve().parents[2].parent / "shared" / "datasets")
)
SHARE_ALLOWED, FALSE_ALLOWED = 0.02, 10.0
"""Precision and recall may be this much less than required, false alarms per 1000 this much more."""


@dataclass(frozen=True, slots=True)
class Row:
    """The result of one mode on one set."""

    precision: float
    recall: float
    false: float
    found: int
    events: int

    def __str__(self) -> str:
        return f"{self.precision:.2f} {self.recall:.2f} {self.false:4.0f} {self.found:2}/{self.events}"

    def shortfalls(self, required: Row) -> list[str]:
        """Return the figures that are worse than required by more than is allowed."""
        worse = []
        if self.precision < required.precision - SHARE_ALLOWED:
            worse.append("precision")
        if self.recall < required.recall - SHARE_ALLOWED:
            worse.append("recall")
        if self.false > required.false + FALSE_ALLOWED:
            worse.append("false alarms")
        return worse


# The measured rows of the specification.
REQUIRED = {
    "skab/other_12": Row(0.91, 0.78, 71, 1, 1),
    "skab/other_3": Row(1.00, 0.56, 0, 1, 1),
    "skab/other_6": Row(1.00, 0.56, 3, 1, 1),
    "skab/valve1_0": Row(0.92, 0.71, 75, 1, 1),
    "skab/valve1_14": Row(1.00, 0.69, 3, 1, 1),
    "skab/valve1_7": Row(1.00, 0.67, 0, 1, 1),
    "skab/valve2_3": Row(0.93, 0.72, 105, 1, 1),
    "asd/omi-1": Row(0.19, 0.10, 49, 6, 7),
    "asd/omi-4": Row(0.14, 0.15, 32, 2, 5),
    "smd/machine-1-6": Row(0.41, 0.43, 119, 24, 30),
    "nab/realAWSCloudwatch__rds_cpu_utilization_cc0c53": Row(0.43, 0.26, 38, 1, 2),
    "nab/realAWSCloudwatch__elb_request_count_8c0756": Row(0.30, 0.02, 6, 2, 2),
    "nab/realAWSCloudwatch__grok_asg_anomaly": Row(0.42, 0.27, 41, 2, 3),
}


def read(path: Path) -> tuple[FloatArray, BoolArray]:
    """Return the values of a file, NaN for gaps, and which rows have a label."""
    with path.open(newline="") as lines:
        header, *rows = csv.reader(lines)
    columns = [at for at, name in enumerate(header) if name not in {"timestamp", "label"}]
    values = np.array([[float(row[at] or "nan") for at in columns] for row in rows])
    labels = [row[-1] == "1" for row in rows] if header[-1] == "label" else [False] * len(rows)
    return values, np.array(labels)


def parts(name: str) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return the training rows of a set, which may be none, its test rows and their labels."""
    train = FOLDER / f"{name}.train.csv"
    if train.exists():
        return read(train)[0], *read(FOLDER / f"{name}.test.csv")
    values, labels = read(FOLDER / f"{name}.csv")
    return values[:0], values, labels


def files(train: FloatArray, test: FloatArray) -> Iterator[tuple[FloatArray, bool]]:
    """Yield files of 100 rows, and whether they are of the test part."""
    for values, counted in ((train, False), (test, True)):
        for start in range(0, len(values), ROWS_A_FILE):
            yield values[start : start + ROWS_A_FILE], counted


def flags_by_default(train: FloatArray, test: FloatArray) -> BoolArray:
    """Return the anomalies of the test part in the default mode."""
    options = Options.of(test.shape[1])
    known, found = begin(options), []
    for values, counted in files(train, test):
        scored, increment = score_block(known, values, options)
        known = merge(known, increment, options)
        if counted:
            found.append(scored.verdict.anomaly)
    return np.concatenate(found)


def flags_by_compat(train: FloatArray, test: FloatArray) -> BoolArray:
    """Return the anomalies of the test part in the compat mode."""
    known, found = Moments.none(test.shape[1]), []
    for values, counted in files(train, test):
        scored, known = score_file(known, values)
        if counted:
            found.append(scored.anomaly)
    return np.concatenate(found)


def measured(flags: BoolArray, labels: BoolArray) -> Row:
    """Compare flags with labels: an event is a run of labelled rows, found if one of them is flagged."""
    hits = int((flags & labels).sum())
    edges = np.flatnonzero(np.diff(np.concatenate(([False], labels, [False])).astype(np.int8)))
    events = list(pairwise(edges))[::2]
    found = sum(bool(flags[start:end].any()) for start, end in events)
    return Row(
        precision=hits / max(int(flags.sum()), 1),
        recall=hits / max(int(labels.sum()), 1),
        false=1000.0 * int((flags & ~labels).sum()) / max(int((~labels).sum()), 1),
        found=found,
        events=len(events),
    )


def main() -> int:
    """Print the table; return 1 if a row of the default mode is worse than required."""
    if not FOLDER.is_dir():
        print(f"quality-batches: SKIPPED, the labelled sets are not in {FOLDER}")
        return 0
    print(f"{'set':50} {'compat':22} {'default':22} required")
    failed = False
    for name, required in REQUIRED.items():
        train, test, labels = parts(name)
        compat = measured(flags_by_compat(train, test), labels)
        default = measured(flags_by_default(train, test), labels)
        shortfalls = default.shortfalls(required)
        failed = failed or bool(shortfalls)
        verdict = f"worse: {', '.join(shortfalls)}" if shortfalls else ""
        print(f"{name:50} {compat!s:22} {default!s:22} {required!s:22} {verdict}".rstrip())
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
