"""The JSON of the page: the stream as it is now, the last anomalies, and the hours that have a report."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.services.streams.lag import seconds_behind
from anomaly_container.services.streams.results import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from anomaly_container.services.streams.file_stream import FileStream
    from anomaly_container.services.streams.kafka_stream import KafkaStream
    from anomaly_container.services.streams.resources import Streams
    from anomaly_container.services.streams.results import Result
    from anomaly_container.services.streams.settings import StreamsSettings

MOST_DRAWN: Final = 400
"""The number of results in the chart."""


def state(streams: Streams) -> dict[str, Any]:
    """Return the stream as it is now."""
    settings, stream = streams.settings, streams.stream
    now = streams.shell.clock()
    return {
        "stream": settings.name,
        "source": "kafka" if settings.servers is not None else "file",
        "topics": list(settings.topics),
        "time": iso(now),
        "reason": streams.reason,
        "model": _model(streams),
        "partitions": [] if stream is None else _partitions(stream),
        "lag": None if stream is None else _lag(stream, now),
        "alarms": {} if stream is None else _alarms(stream),
        "sinks": [
            {"sink": name, "queued": queued, "failing": streams.delivery.failing.get(name)}
            for name, queued in streams.delivery.queued.items()
        ],
        "features": _features(streams),
        "drift": streams.differences.drift if streams.differences is not None else None,
        "results": [] if stream is None else _drawn(stream.pipeline.recent),
    }


def anomalies(results: Sequence[Result], settings: StreamsSettings) -> dict[str, Any]:
    """Return events that were flagged, as the sinks receive them."""
    return {"anomalies": [result.document(settings) for result in results]}


def reports(hours: Iterable[int]) -> dict[str, Any]:
    """Return the hours that have a report, newest first."""
    return {"reports": [{"hour": iso(hour)} for hour in sorted(hours, reverse=True)]}


def _model(streams: Streams) -> Mapping[str, Any] | None:
    model = streams.model
    if model is None:
        return None
    return {
        "id": model.id,
        "kind": model.kind,
        "created": model.created,
        "rows": model.training.rows,
        "columns": list(model.columns),
        "threshold": streams.threshold,
        "notLoaded": streams.not_loaded,
    }


def _partitions(stream: FileStream | KafkaStream) -> list[dict[str, Any]]:
    waiting = stream.pipeline.lag
    return [
        {
            "partition": name,
            "offset": one.offset,
            "waiting": waiting.get(name),
            "time": None if one.stream_time is None else iso(one.stream_time),
        }
        for name, one in sorted(stream.pipeline.scoring.states.items())
    ]


def _alarms(stream: FileStream | KafkaStream) -> dict[str, str]:
    return {name: state.value for name, state in stream.monitor.alarms.states.items()}


def _lag(stream: FileStream | KafkaStream, now: float) -> dict[str, Any]:
    """Return the records (of a file: the bytes) that wait, and the age of the slowest partition."""
    waiting = stream.pipeline.lag
    behind = seconds_behind(waiting, stream.pipeline.scoring.states, now)
    return {"waiting": sum(waiting.values()), "seconds": max(behind.values(), default=0.0)}


def _features(streams: Streams) -> list[dict[str, Any]]:
    """Return by feature the share of events that lack it, now and in the training."""
    model, differences = streams.model, streams.differences
    if model is None or differences is None:
        return []
    return [
        {
            "feature": name,
            "missing": differences.shares.get(name),
            "missingInTraining": before,
            "changed": name in differences.changed,
        }
        for name, before in zip(model.columns, model.encoder.missing, strict=True)
    ]


def _drawn(recent: Sequence[Result]) -> list[dict[str, Any]]:
    last = islice(recent, max(0, len(recent) - MOST_DRAWN), None)
    return [
        {
            "id": result.id,
            "time": iso(result.time),
            "score": result.score,
            "threshold": result.threshold,
            "result": result.word,
        }
        for result in last
    ]
