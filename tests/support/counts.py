"""What workers have counted, as rows of numbers in the order of their meters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.metering.counter_files import read_counter, read_counters

if TYPE_CHECKING:
    from pathlib import Path


def counts_of(directory: Path) -> dict[str, tuple[int, ...]]:
    """The counts of every sound file of a metering directory, by file name."""
    return {file: tuple(counts.values()) for file, counts in read_counters(directory).items()}


def counts_in(path: Path) -> tuple[int, ...]:
    """The counts of one file."""
    return tuple(read_counter(path).values())
