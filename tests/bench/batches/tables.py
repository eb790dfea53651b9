"""The measured files: rows by the rules of the sample producer, long ones from stretches of 10,000."""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.cli.batches.sensor_files import USUAL_SHARE, sensor_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STRETCH = 10_000
START = datetime(2026, 1, 1)  # noqa: DTZ001  # the producer's times have no zone
QUICK = 1
"""The level of gzip: what is measured reads it."""


def stretches(rows: int, seed: int) -> Iterator[bytes]:
    """Yield a table of rows in pieces: the header, then lines.

    An anomaly is placed by the mean and deviation of its stretch: a million rows would take minutes
    otherwise.
    """
    generator = np.random.default_rng(seed)
    for begin in range(0, rows, STRETCH):
        now = START + timedelta(minutes=begin)
        header, _, lines = sensor_file(generator, now, min(STRETCH, rows - begin), USUAL_SHARE).partition(
            b"\n"
        )
        if begin == 0:
            yield header + b"\n"
        yield lines


def write(path: Path, rows: int, seed: int) -> None:
    """Write a table."""
    with path.open("wb") as stream:
        stream.writelines(stretches(rows, seed))


def write_repeated(path: Path, table: Path, times: int) -> None:
    """Write the rows of a table several times, compressed by gzip."""
    header, _, lines = table.read_bytes().partition(b"\n")
    with gzip.open(path, "wb", compresslevel=QUICK) as stream:
        stream.write(header + b"\n")
        for _ in range(times):
            stream.write(lines)
