"""Outputs for the tests of sinks."""

from __future__ import annotations

import orjson

from anomaly_container.services.streams.events import Record
from anomaly_container.services.streams.outputs import Output, What, parked

STREAM = "shop"


def result(  # noqa: PLR0913  # what a filter can look at
    number: int,
    partition: str = "orders-0",
    *,
    anomalous: bool = True,
    score: float = 2.5,
    reason: str = "response_time",
    key: str | None = None,
    padding: int = 0,
) -> Output:
    """Return the output of a result."""
    state = "High Outlier" if anomalous else "Normal"
    document = {
        "id": f"{partition}-{number}",
        "stream": STREAM,
        "time": "2026-01-01T00:00:00Z",
        "score": score,
        "threshold": 1.5,
        "result": state,
        "reasons": [{"feature": reason, "share": 0.75, "direction": "high", "value": 9.0, "usual": 1.0}],
    }
    if padding:
        document["padding"] = "x" * padding
    return Output(
        What.RESULTS,
        f"{partition}-{number}",
        partition,
        number,
        orjson.dumps(document),
        state,
        anomalous=anomalous,
        score=score,
        reason=reason,
        key=key,
    )


def results(first: int, end: int, partition: str = "orders-0") -> list[Output]:
    """Return the outputs of results with these numbers."""
    return [result(number, partition) for number in range(first, end)]


def notice(
    number: int = 1, *, state: str = "ALARM", since: str = "2026-01-01T00:10:00Z", **more: object
) -> Output:
    """Return the output of a notice of an alarm."""
    document = {
        "id": f"{STREAM}/anomalies/{number}",
        "stream": STREAM,
        "alarm": "anomalies",
        "state": state,
        "number": number,
        "since": since,
        "count": 6,
        "window": 900,
        "anomalies": [orjson.loads(result(7).line)],
        "feature": "response_time",
        "share": 0.8,
        "link": "http://127.0.0.1:8080/",
        **more,
    }
    return Output(
        What.ALARMS, str(document["id"]), "group.anomalies-0", number, orjson.dumps(document), state
    )


def report(hour: str = "2026-01-01T00:00:00Z") -> Output:
    """Return the output of a report."""
    document = {"id": f"{STREAM}/report/{hour}", "hour": hour, "events": 70, "anomalies": 6}
    page = "<!doctype html><p>70 events</p>"
    line = orjson.dumps(document)
    return Output(What.REPORTS, str(document["id"]), "group.anomalies-0", 9, line, "report", html=page)


def broken(number: int, value: bytes = b"{") -> Output:
    """Return the output of a record that cannot be read."""
    record = Record(f"orders-0-{number}", "orders-0", number, number + 1, value)
    return parked(record, "not-json", "It ends early.")
