"""The check for dates that can be read in both orders and have fewer gaps with the day first.

``1/1/2025``, ``2/1/2025``, ``3/1/2025`` are read with the month first, as the first days of three months. If
they are sent as daily points, the client most likely means three days of January.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anomaly_container.services.univariate.contract.date_forms import DateOrder
from anomaly_container.services.univariate.contract.errors import UNCLEAR_TIMESTAMP, ContractError
from anomaly_container.services.univariate.contract.grid import place_on_grid
from anomaly_container.services.univariate.contract.timestamp_forms import read_forms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.univariate import Granularity, Series


def refuse_likely_day_first(
    stamps: Sequence[Any], series: Series, granularity: Granularity, interval: int
) -> None:
    """Refuse a series that has gaps with the month first and fewer of them with the day first.

    Parameters
    ----------
    stamps : (n,) sequence, n > 0
        The timestamps, which are known to be readable.
    series
        The points on their grid.
    granularity, interval
        The grid step is `interval` units of `granularity`.

    Raises
    ------
    ContractError
        If the series is refused.
    """
    # ISO 8601 begins with the year and has only one order.
    if series.grid_length == series.values.size or stamps[0][:4].isdigit():
        return
    try:
        times = read_forms(stamps, DateOrder.DAY_FIRST)
        other = place_on_grid(series.values, times, granularity, interval)
    except ContractError:
        return
    if other.grid_length < series.grid_length:
        raise UNCLEAR_TIMESTAMP.error(trouble="has fewer gaps around it with the day before the month")
