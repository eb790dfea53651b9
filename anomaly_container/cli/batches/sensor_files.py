"""Files as sample sensors write them: four columns, and now and then a row with an anomaly."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from datetime import datetime

    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray

COLUMNS: Final = ("temperature", "humidity", "pressure", "wind_speed")
FEWEST_ROWS: Final = 10
"""A file has anomalies if it has more rows than this."""
USUAL_SHARE: Final = 0.05


def clean_rows(generator: np.random.Generator, rows: int = 100) -> FloatArray:
    """Return rows without an anomaly, (rows, 4): normal values, rounded to two decimals."""
    values = np.empty((rows, len(COLUMNS)))
    values[:, 0] = generator.normal(22.0, 1.5, rows)
    values[:, 1] = generator.normal(55.0, 5.0, rows)
    values[:, 2] = generator.normal(1013.0, 3.0, rows)
    values[:, 3] = np.abs(generator.normal(10.0, 2.5, rows))
    return np.round(values, 2)


def inject(
    generator: np.random.Generator,
    values: FloatArray,
    column: int | None = None,
    share: float = USUAL_SHARE,
) -> IntArray:
    """Move one value in each of some rows by 5 to 8 sample deviations, and return which rows.

    Parameters
    ----------
    generator
        The random numbers.
    values
        The rows, which change.
    column
        The column of the values; None for a random one in each row. Mean and deviation are those of the
        column as it then is.
    share
        The share of the rows; at least one row is chosen.
    """
    count = max(1, int(values.shape[0] * share))
    chosen: IntArray = generator.choice(values.shape[0], count, replace=False)
    for row in chosen:
        at = int(generator.integers(values.shape[1])) if column is None else column
        distance = generator.choice([-1.0, 1.0]) * generator.uniform(5.0, 8.0)
        values[row, at] = values[:, at].mean() + distance * values[:, at].std(ddof=1)
    return chosen


def sensor_file(generator: np.random.Generator, now: datetime, rows: int, share: float) -> bytes:
    """Return a file with a row for each minute from a time on.

    Parameters
    ----------
    generator
        The random numbers.
    now
        The time of the first row, without a zone.
    rows
        The number of rows.
    share
        The share of rows with an anomaly; a file of 10 rows or fewer has none.
    """
    values = clean_rows(generator, rows)
    if share > 0.0 and rows > FEWEST_ROWS:
        inject(generator, values, share=share)
    lines = [",".join(("timestamp", *COLUMNS))]
    for minute, row in enumerate(values.tolist()):
        time = (now + timedelta(minutes=minute)).isoformat(timespec="microseconds")
        lines.append(",".join((time, *map(repr, row))))
    return "\n".join((*lines, "")).encode()


def sensor_key(now: datetime, number: int = 1, folder: str = "") -> str:
    """Return the key of a file: its time in seconds, and the number of the file in that second from 2 on.

    The folder below `raw/` is that of a partition; blank for none.
    """
    again = f"-{number}" if number > 1 else ""
    return f"raw/{f'{folder}/' if folder else ''}sensors_{now:%Y%m%dT%H%M%S}{again}.csv"
