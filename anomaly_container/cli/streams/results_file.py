"""Hourly reports from a file of results, as a file sink or a replay has written it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import orjson

from anomaly_container.services.streams.batch_sums import batch_sums
from anomaly_container.services.streams.event_reader import EventReader
from anomaly_container.services.streams.events import Event
from anomaly_container.services.streams.hours import Hours
from anomaly_container.services.streams.minute_sums import MinuteSums
from anomaly_container.services.streams.report import HOUR, WEEK
from anomaly_container.services.streams.results import HIGH_OUTLIER, Reason, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from anomaly_container.services.streams.report import HourReport
    from anomaly_container.services.streams.settings import StreamsSettings

AT_ONCE: Final = 2000


class ResultsFileError(Exception):
    """A file has a line that is not a result; the message is one sentence."""


def report_of_file(path: Path, hour: int | None, settings: StreamsSettings) -> HourReport | None:
    """Return the report of an hour, compared with the hour before and the week before.

    A result that comes twice counts twice. Results contain neither alarms nor parked records.

    Parameters
    ----------
    path
        The file: a line of JSON for each result. Response time, level, method and path are known if they have
        the event (`Streams:Output:Event`).
    hour
        The second since 1970 at which the hour begins; None for the last one.
    settings
        The settings.

    Raises
    ------
    ResultsFileError
        If a line is not a result.
    OSError
        If the file cannot be read.
    """
    if hour is None:
        hour = max((_hour(time) for time in _times(path)), default=None)
        if hour is None:
            return None
    wanted = {hour, hour - HOUR, hour - WEEK}
    minutes: dict[int, MinuteSums] = {}
    name = settings.name
    reader = EventReader(settings)
    for results in _results(path, wanted, reader):
        name = results[0].partition
        for minute, sums in batch_sums(results).items():
            minutes.setdefault(minute, MinuteSums(minute)).merge(sums)
    hours = Hours(settings.name, lateness=settings.allowed_lateness_seconds)
    for sums in minutes.values():
        hours.put(name, sums)
    return next((report for report in hours.end() if report.hour == hour), None)


def _times(path: Path) -> Iterator[float]:
    return (_time(document) for document in _documents(path))


def _results(path: Path, hours: set[int], reader: EventReader) -> Iterator[list[Result]]:
    chosen = (document for document in _documents(path) if _hour(_time(document)) in hours)
    found = (_result(document, reader) for document in chosen)
    while batch := list(islice(found, AT_ONCE)):
        yield batch


def _documents(path: Path) -> Iterable[dict[str, Any]]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                document = orjson.loads(line)
            except orjson.JSONDecodeError:
                document = None
            if not isinstance(document, dict):
                message = f"Line {number:,} of {path} is not a result."
                raise ResultsFileError(message)
            yield document


def _time(document: dict[str, Any]) -> float:
    try:
        return datetime.fromisoformat(document["time"]).astimezone(UTC).timestamp()
    except (KeyError, TypeError, ValueError):
        message = f"The result {document.get('id')} has no time."
        raise ResultsFileError(message) from None


def _hour(time: float) -> int:
    return int(time // HOUR) * HOUR


def _result(document: dict[str, Any], reader: EventReader) -> Result:
    try:
        id_, time = str(document["id"]), _time(document)
        partition, _, offset = id_.rpartition("-")
        place = int(offset) if offset.isdecimal() else 0
        return Result(
            id=id_,
            partition=partition,
            offset=place,
            time=time,
            score=float(document["score"]),
            threshold=float(document["threshold"]),
            anomalous=document["result"] == HIGH_OUTLIER,
            reasons=tuple(Reason.from_document(reason) for reason in document["reasons"]),
            filled=tuple(document["filled"]),
            late=bool(document["late"]),
            future=bool(document.get("future")),
            model_id=str(document["modelId"]),
            event=_event(document.get("event"), id_, time, reader),
        )
    except (KeyError, TypeError, ValueError):
        message = f"The result {document.get('id')} does not have the fields of a result."
        raise ResultsFileError(message) from None


def _event(found: Any, id_: str, time: float, reader: EventReader) -> Event:  # noqa: ANN401  # any JSON
    """Return the event of a result, as far as it is known: its fields, or the whole of it as it was read."""
    document = found if isinstance(found, dict) else {}
    fields = ("responseTime", "logLevel", "method", "path")
    if document and not document.keys() <= {"time", *fields}:
        read = reader.read_documents([document]).events
        if len(read):
            return read[0]
    response_time, level, method, path = (document.get(name) for name in fields)
    return Event(
        id=id_,
        partition="",
        offset=0,
        time=time,
        response_time=None if response_time is None else float(response_time),
        log_level=level,
        method=method or "",
        path=path or "",
        source=document,
    )
