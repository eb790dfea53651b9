"""Files to read and what comes of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict, Unpack

import pytest

from anomaly_container.contract.series_file import ReadOptions, SeriesFileError, read_series_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.contract.series_file import DateOrder, NamedSeries, SeriesFile


class Options(TypedDict, total=False):
    """What `ReadOptions` takes."""

    timestamp_column: str
    value_columns: tuple[str, ...]
    by: str
    date_order: DateOrder
    sort: bool
    no_times: bool


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def read(raw: bytes | str, **options: Unpack[Options]) -> SeriesFile:
    return read_series_file(raw.encode() if isinstance(raw, str) else raw, ReadOptions(**options))


def only(raw: bytes | str, **options: Unpack[Options]) -> NamedSeries:
    """The only series of a file."""
    [series] = read(raw, **options).series
    return series


def refusal(raw: bytes | str, **options: Unpack[Options]) -> SeriesFileError:
    with pytest.raises(SeriesFileError) as caught:
        read(raw, **options)
    return caught.value


def moments(count: int, step: timedelta = DAY, start: str = "2025-01-01") -> list[datetime]:
    return [datetime.fromisoformat(start) + index * step for index in range(count)]


def stamped(
    write: Callable[[datetime], str],
    *,
    step: timedelta = DAY,
    count: int = 40,
    start: str = "2025-01-01",
    title: str = "Day",
) -> str:
    """A table of times, each written in some way, and of values from 0."""
    rows = [f"{write(moment)};{index}" for index, moment in enumerate(moments(count, step, start))]
    return "\n".join([f"{title};Value", *rows]) + "\n"
