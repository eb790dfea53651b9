"""The reader of files that are requests of the API."""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING, Final

from anomaly_container.detection.univariate import Granularity
from anomaly_container.services.univariate.contract.client_request import ClientRequest
from anomaly_container.services.univariate.contract.errors import ContractError
from anomaly_container.services.univariate.contract.series_file.cadence import Cadence, cadence
from anomaly_container.services.univariate.contract.series_file.errors import SeriesFileError
from anomaly_container.services.univariate.contract.series_file.model import NamedSeries, SeriesFile
from anomaly_container.services.univariate.contract.series_file.order import in_time_order
from anomaly_container.services.univariate.contract.timestamps import to_nanoseconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.detection.numeric.arrays import IntArray
    from anomaly_container.services.univariate.contract.series_file.options import ReadOptions

_LONGEST_EXACT_INTEGER: Final = 18


def is_request(document: object) -> bool:
    """Return whether a document has a list of points and other fields."""
    request = ClientRequest.of_document(document, b"") if isinstance(document, dict) else None
    return request is not None and request.is_request


def read_request(text: str, options: ReadOptions) -> SeriesFile:
    """Return the only series of a request; points whose value is null are gaps.

    Raises
    ------
    SeriesFileError
        If a number is too large, or if points are out of order and have a granularity.
    """
    document = json.loads(text, parse_constant=_constant, parse_int=_integer, parse_float=_finite)
    request = ClientRequest.of_document(document, text.encode("utf-8", "surrogatepass"))
    assert request is not None  # noqa: S101  # it has a list of points
    kept = [index for index, point in enumerate(request.points) if not _is_gap(point)]
    without_value = len(request.points) - len(kept)
    if without_value:
        request = request.reordered(kept)
    times = _times(request)
    found = Cadence(Granularity.NONE, 1, "no timestamps that can be read")
    notes = _without_effect(options)
    if times is not None and (options.sort or request.field("granularity") != Granularity.NONE):
        order, note = in_time_order(times, _error(kept), sort=options.sort)
        if note is not None:
            request, times, notes = request.reordered(order.tolist()), times[order], (*notes, note)
    if times is not None and (times[1:] > times[:-1]).all():
        found = cadence(times)
    return SeriesFile((NamedSeries(None, request, found, without_value),), notes, is_request=True)


def _without_effect(options: ReadOptions) -> tuple[str, ...]:
    """Return a note on the options that have no effect on a request."""
    given = {
        "--timestamp-column": options.timestamp_column,
        "--value-column": options.value_columns,
        "--by": options.by,
        "--date-order": options.date_order,
        "--no-times": options.no_times or None,
    }
    names = ", ".join(name for name, value in given.items() if value is not None)
    return (f"{names}: no effect on a request",) if names else ()


def _is_gap(point: object) -> bool:
    return isinstance(point, dict) and any(
        name in point and point[name] is None for name in ("value", "Value")
    )


def _times(request: ClientRequest) -> IntArray | None:
    stamps = request.stamps()
    if stamps is None:
        return None
    try:
        return to_nanoseconds(stamps)
    except ContractError:
        return None


def _error(kept: list[int]) -> Callable[[str, int, str | None], SeriesFileError]:
    def error(reason: str, point: int, option: str | None) -> SeriesFileError:
        return SeriesFileError(f"point {kept[point] + 1}: {reason}", option=option)

    return error


def _integer(digits: str) -> int | float:
    # Longer ones do not fit into 64 bits, and `int` refuses very long ones.
    return int(digits) if len(digits) <= _LONGEST_EXACT_INTEGER else _finite(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        reason = "a number is too large"
        raise SeriesFileError(reason)
    return number


def _constant(name: str) -> None:
    """Return None for NaN.

    Raises
    ------
    SeriesFileError
        For an infinity.
    """
    if name != "NaN":
        reason = f"{name} is not a number"
        raise SeriesFileError(reason)
