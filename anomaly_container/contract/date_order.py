"""Dates that both orders of day and month read: whether a series has fewer gaps with the day first.

``1/1/2025``, ``2/1/2025``, ``3/1/2025`` are the first days of three months with the month first, as they are
read. Sent as daily points, they are three days of January by somebody who writes the day first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anomaly_container.contract.date_forms import DateOrder
from anomaly_container.contract.errors import UNCLEAR_TIMESTAMP, ContractError
from anomaly_container.contract.grid import place_on_grid
from anomaly_container.contract.timestamp_forms import read_forms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection import Granularity, Series


def refuse_likely_day_first(
    stamps: Sequence[Any], series: Series, granularity: Granularity, interval: int
) -> None:
    """Refuse a series that has gaps with the month first and fewer of them with the day first.

    Parameters
    ----------
    stamps : (n,) sequence, n > 0
        The timestamps, which have been read.
    series
        The points on their grid.
    granularity, interval
        The grid step is `interval` units of `granularity`.

    Raises
    ------
    ContractError
        If the series is refused.
    """
    # ISO 8601 begins with the year, and has one order.
    if series.grid_length == series.values.size or stamps[0][:4].isdigit():
        return
    try:
        times = read_forms(stamps, DateOrder.DAY_FIRST)
        other = place_on_grid(series.values, times, granularity, interval)
    except ContractError:
        return
    if other.grid_length < series.grid_length:
        raise UNCLEAR_TIMESTAMP.error(trouble="has fewer gaps around it with the day before the month")
