"""The series of a file as JSON for the home page."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

import orjson

from anomaly_container.detection.univariate import Granularity, grid_slots
from anomaly_container.services.univariate.contract.errors import GRANULARITIES, UNREADABLE_BODY
from anomaly_container.services.univariate.contract.fields import Point
from anomaly_container.services.univariate.contract.limits import MAX_INT32, Limits
from anomaly_container.services.univariate.contract.names import pascal_case
from anomaly_container.services.univariate.contract.points import read_points

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anomaly_container.detection.numeric.arrays import IntArray
    from anomaly_container.services.univariate.contract.client_request import ClientRequest
    from anomaly_container.services.univariate.contract.series_file import NamedSeries, SeriesFile

# The fields of the home page; it has no others of a request.
FIELDS: Final = (
    "granularity",
    "customInterval",
    "period",
    "sensitivity",
    "maxAnomalyRatio",
    "imputeMode",
    "imputeFixedValue",
    "threshold",
    "stableTrendWindow",
)
# The operation decides whether a series is too short or too long.
ANY_LENGTH: Final = Limits(min_points=1, max_points=MAX_INT32)
UNITS: Final = (("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1))
# One call encodes so many points, and blocks the interpreter for as long.
POINTS_AT_ONCE: Final = 1000


def series_answer(file: SeriesFile) -> bytes:
    """Return the contents of a file: its series, the fields of a request, and notes on how it was read.

    Raises
    ------
    ContractError
        If a point of a request is malformed, or JSON cannot represent a text of the file.
    """
    try:
        parts = [
            b'{"series":[' + b",".join(_series(one, file) for one in file.series) + b"]",
            b'"fields":' + orjson.dumps(_fields(file)),
            b'"notes":' + orjson.dumps(file.notes) + b"}",
        ]
    except orjson.JSONEncodeError:
        raise UNREADABLE_BODY.error() from None
    return b",".join(parts)


def _series(series: NamedSeries, file: SeriesFile) -> bytes:
    values, times = _numbers(series.request)
    granularity, interval = _step(file) if file.is_request else series.cadence[:2]
    facts = {
        "name": series.name,
        "granularity": granularity,
        "customInterval": interval,
        "missing": _missing(times, granularity, interval),
        "withoutValue": series.without_value,
    }
    points = b",".join(_points(series.request, values, times))
    return orjson.dumps(facts)[:-1] + b',"points":[' + points + b"]}"


def _step(file: SeriesFile) -> tuple[Granularity, int]:
    """Return granularity and interval of a request, or `Granularity.NONE` and 1 if they are not given."""
    fields = _fields(file)
    name, interval = fields.get("granularity"), fields.get("customInterval")
    granularity = Granularity(name) if isinstance(name, str) and name in GRANULARITIES else Granularity.NONE
    if isinstance(interval, int) and 1 <= interval <= MAX_INT32:
        return granularity, int(interval)
    return granularity, 1


def _numbers(request: ClientRequest) -> tuple[list[float], IntArray | None]:
    """Return the values, and the times if every point has one."""
    points = [
        Point(item.get("value", item.get("Value")), item.get("timestamp", item.get("Timestamp")))
        if isinstance(item, dict)
        else Point(None)
        for item in request.points
    ]
    is_timed = bool(points) and all(point.timestamp is not None for point in points)
    values, times, _ = read_points(points, ANY_LENGTH, timed=is_timed)
    return values.tolist(), times


def _points(request: ClientRequest, values: list[float], times: IntArray | None) -> Iterator[bytes]:
    """Yield the points in batches, each with its time for the API and as the file has it."""
    if times is None:
        points: Iterator[dict[str, object]] = ({"value": value} for value in values)
    else:
        stamps = list(_stamps(times))
        written = request.stamps_as_written() or stamps
        points = (
            {"value": value, "timestamp": stamp, "written": text}
            for value, stamp, text in zip(values, stamps, written, strict=True)
        )
    while batch := list(islice(points, POINTS_AT_ONCE)):
        yield orjson.dumps(batch)[1:-1]


def _stamps(times: IntArray) -> Iterator[str]:
    """Yield ISO 8601 in UTC, in the largest unit that represents all times of a series."""
    unit = next(unit for unit, length in UNITS if not (times % length).any())
    instants = times.view("datetime64[ns]").astype(f"datetime64[{unit}]")
    for start in range(0, instants.size, POINTS_AT_ONCE):
        for text in instants[start : start + POINTS_AT_ONCE].astype(str).tolist():
            yield f"{text}Z"


def _missing(times: IntArray | None, granularity: Granularity, interval: int) -> int:
    """Return the number of slots of the grid without a point."""
    if times is None or granularity is Granularity.NONE:
        return 0
    slots, off_grid = grid_slots(times, granularity, interval)
    return 0 if off_grid >= 0 else int(slots[-1] - slots[0]) + 1 - times.size


def _fields(file: SeriesFile) -> dict[str, object]:
    """Return the fields of a request in camelCase, whatever their spelling in the file."""
    if not file.is_request:
        return {}
    given = file.series[0].request.fields
    found = {name: given.get(name, given.get(pascal_case(name))) for name in FIELDS}
    return {name: value for name, value in found.items() if value is not None}
