"""Tables of sensors for a soak: of different lengths, each with a few anomalies."""

from __future__ import annotations

import numpy as np

from anomaly_container.cli.batches.sensor_files import COLUMNS, clean_rows, inject


def table(seed: int) -> bytes:
    """Return a table of 20 to 299 rows; equal seeds give equal tables."""
    generator = np.random.default_rng(seed)
    values = clean_rows(generator, int(generator.integers(20, 300)))
    inject(generator, values)
    lines = [
        f"2026-03-{1 + row // 1440:02d}T{row // 60 % 24:02d}:{row % 60:02d}:00,{','.join(map(repr, cells))}"
        for row, cells in enumerate(values.tolist())
    ]
    return "\n".join([f"timestamp,{','.join(COLUMNS)}", *lines, ""]).encode()


def tables(count: int, first: int = 0) -> dict[str, bytes]:
    """Return tables by their keys."""
    numbers = range(first, first + count)
    return {f"raw/line {number % 3}/s+{number:04d}.csv": table(number) for number in numbers}


def encoded(key: str) -> str:
    """Return a key as S3 writes it in a message."""
    return key.replace("+", "%2B").replace(" ", "+")
