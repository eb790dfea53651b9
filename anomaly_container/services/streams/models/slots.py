"""The value of a metric in each slot of time, from the distributions of its minutes."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.services.streams.sketch import Sketch, grouped

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray

SECONDS: Final = {"minute": 60, "hour": 3600}
"""The length of a slot, by the setting `Streams:Sarima:Every`."""
COUNT: Final = "count"
MOST_SLOTS: Final = 10_000_000


def slot_value(metric: str, sketch: Sketch) -> float:
    """Return the value of a metric in a slot; NaN if the slot has no event and the metric needs one.

    Parameters
    ----------
    metric
        `count`, or a field with `:mean`, `:max` or `:p95`; the percentile is within 1 %.
    sketch
        The distribution of the field in the slot; for `count`, anything with one value for each event.

    Examples
    --------
    >>> slot_value("count", Sketch()), slot_value("response_time:mean", Sketch())
    (0.0, nan)
    """
    if metric == COUNT:
        return float(sketch.count)
    if not sketch.count:
        return nan
    statistic = metric.rpartition(":")[2]
    value = {"mean": sketch.mean, "max": sketch.largest}.get(statistic)
    return float(sketch.percentile(95) or 0.0) if value is None else value


def slot_values(times: FloatArray, values: FloatArray, metric: str, seconds: int) -> tuple[int, FloatArray]:
    """Return the value of each slot from that of the first event to that of the last.

    Parameters
    ----------
    times : (n,) float64
        Seconds since 1970, n >= 1, in any order.
    values : (n,) float64
        Of the field of the metric, NaN if an event lacks it.
    metric : str
        As for `slot_value`.
    seconds : int
        The length of a slot.

    Returns
    -------
    first : int
        The beginning of the first slot, in seconds since 1970.
    values : (m,) float64
        NaN if a slot has no value.

    Raises
    ------
    ValueError
        If there are more than ten million slots.
    """
    slots = np.floor_divide(times, seconds).astype(np.int64)
    first, last = int(slots.min()), int(slots.max())
    if last - first >= MOST_SLOTS:
        message = f"The events span more than {MOST_SLOTS:,} slots of {seconds} seconds."
        raise ValueError(message)
    given = np.zeros(len(times)) if metric == COUNT else values
    is_there = ~np.isnan(given)
    sketches = grouped(given[is_there], slots[is_there])
    empty = slot_value(metric, Sketch())
    result = np.full(last - first + 1, empty)
    for slot, sketch in sketches.items():
        result[slot - first] = slot_value(metric, sketch)
    return first * seconds, result
