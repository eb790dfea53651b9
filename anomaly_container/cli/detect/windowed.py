"""Detection in a series of any length: cut it into windows, detect in each, join the results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anomaly_container.cli.detect.client import Reply, ServerError
from anomaly_container.cli.detect.ratio import within_ratio
from anomaly_container.cli.detect.windows import SeriesResult, Window, describe, joined, windows
from anomaly_container.detection.univariate import EntireResult, LastResult
from anomaly_container.services.univariate.contract.client_response import read_answer
from anomaly_container.services.univariate.contract.errors import ContractError
from anomaly_container.services.univariate.contract.response import render_result
from anomaly_container.services.univariate.contract.versions import Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.cli.detect.client import Client
    from anomaly_container.services.univariate.contract.client_request import ClientRequest
    from anomaly_container.services.univariate.contract.response import Result
    from anomaly_container.services.univariate.contract.versions import ApiVersion


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """The result of a series.

    Attributes
    ----------
    request
        The request whose points the result is about; for the last point of a long series, only its last part.
    result
        The result; for `Operation.LAST` that of the last point of `request`.
    body
        The body of the response; if windows were joined, in the same layout.
    notes
        Sentences for people on how the series was cut.
    """

    request: ClientRequest
    result: Result
    body: bytes
    notes: tuple[str, ...] = ()


def detect_series(  # noqa: PLR0913  # a request, its client and a callback
    request: ClientRequest,
    operation: Operation,
    version: ApiVersion,
    client: Client,
    *,
    longest: int,
    advance: Callable[[int, int], None],
) -> Detection:
    """Detect in a series of any length.

    Parameters
    ----------
    request
        The series and the fields.
    operation, version
        The operation of the API, and its version.
    client
        Sends the requests.
    longest
        The largest number of points of one request.
    advance
        Called after each window with the number of windows done and the number of all windows.

    Raises
    ------
    ContractError, ServerError
        As raised by `client`.
    """
    points = len(request.points)
    if points <= longest:
        reply = client(request.body(), operation, version)
        advance(1, 1)
        return Detection(request, _read(reply, operation, points), reply.body)
    if operation is Operation.LAST:
        part = request.part(points - longest, points)
        reply = client(part.body(), operation, version)
        advance(1, 1)
        note = f"{points:,} points: the last is judged by the last {longest:,}"
        return Detection(part, _read(reply, operation, longest), reply.body, (note,))
    cut = windows(points, longest)
    results, without_period = _detect_windows(request, cut, operation, version, client, advance=advance)
    result, ratio_notes = within_ratio(joined(results, cut), request)
    body = render_result(result, version, pascal=request.pascal_case)
    notes = [describe(points, cut)]
    if without_period:
        listed = ", ".join(f"{number} ({period_of(results[number - 1])})" for number in without_period)
        notes.append(
            f"refused with {period_of(result)} of the first window, so judged with its own: {listed}"
        )
    return Detection(request, result, body, (*notes, *ratio_notes))


def _detect_windows(  # noqa: PLR0913  # as above
    request: ClientRequest,
    cut: list[Window],
    operation: Operation,
    version: ApiVersion,
    client: Client,
    *,
    advance: Callable[[int, int], None],
) -> tuple[list[SeriesResult], list[int]]:
    """Detect in each window, from the second on with the period of the first, so that all agree.

    A window that is refused with that period, for example because it has many gaps, is sent again without
    it. The numbers of such windows, counted from 1, are returned with the results.
    """
    first, *others = cut
    results = [_detect_window(request.part(first.start, first.stop), operation, version, client)]
    advance(1, len(cut))
    shared = None if request.has("period") else {"period": results[0].period}
    without_period: list[int] = []
    for number, window in enumerate(others, start=2):
        part = request.part(window.start, window.stop)
        try:
            result = _detect_window(part.with_fields(shared or {}), operation, version, client)
        except ContractError:
            if shared is None:
                raise
            result = _detect_window(part, operation, version, client)
            without_period.append(number)
        results.append(result)
        advance(number, len(cut))
    return results, without_period


def _detect_window(
    part: ClientRequest, operation: Operation, version: ApiVersion, client: Client
) -> SeriesResult:
    result = _read(client(part.body(), operation, version), operation, len(part.points))
    assert not isinstance(result, LastResult)  # noqa: S101  # one window is enough for the last point
    return result


def _read(reply: Reply, operation: Operation, points: int) -> Result:
    try:
        return read_answer(reply.body, operation, reply.model_id, points)
    except ValueError:
        message = "the answer is none of the Anomaly Detector API"
        raise ServerError(message) from None


def period_of(result: Result) -> str:
    """Return the period as text."""
    return f"period {result.period}" if result.period > 1 else "no period"


def count_found(result: Result) -> int:
    """Return the number of anomalies or change points."""
    if isinstance(result, LastResult):
        return int(result.is_anomaly)
    return int((result.is_anomaly if isinstance(result, EntireResult) else result.is_change_point).sum())
