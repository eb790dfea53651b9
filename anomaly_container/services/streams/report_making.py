"""The report of an hour, made from the sums of its minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from anomaly_container.services.streams.minute_sums import MinuteSums
from anomaly_container.services.streams.report import HOUR, WEEK, HourFigures, HourReport
from anomaly_container.services.streams.results import iso
from anomaly_container.services.streams.sketch import from_units

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from anomaly_container.services.streams.minute_sums import Worst
    from anomaly_container.services.streams.notices import Change
    from anomaly_container.services.streams.sketch import Sketch

PERCENTILES: Final = (50, 90, 95, 99)


def report_of(
    stream: str,
    hour: int,
    sums: Iterable[MinuteSums],
    *,
    history: Mapping[int, HourFigures],
    changes: Sequence[Change] = (),
) -> HourReport:
    """Make the report of an hour.

    Parameters
    ----------
    stream
        The name of the stream.
    hour
        Its beginning, in seconds since 1970.
    sums
        The sums of its minutes, of all partitions, in any order.
    changes
        The changes of alarms, in order.
    history
        The hours before by their beginning, as far as they are known.
    """
    minutes: dict[int, MinuteSums] = {}
    for one in sums:
        minutes.setdefault(one.minute, MinuteSums(one.minute)).merge(one)
    rows = [minutes[minute] for minute in sorted(minutes)]
    whole = MinuteSums(hour)
    for row in rows:
        whole.merge(row)
    rate = whole.anomalies / whole.events if whole.events else 0.0
    figures = HourFigures(whole.events, whole.anomalies, rate, whole.response_time.percentile(95))
    return HourReport(
        stream=stream,
        hour=hour,
        events=whole.events,
        anomalies=whole.anomalies,
        rate=rate,
        threshold=whole.threshold,
        score=_distribution(whole.score),
        response_time=_distribution(whole.response_time),
        features=_features(whole),
        levels=whole.levels.top(),
        methods=whole.methods.top(),
        paths=whole.paths.top(),
        worst=[_worst(one) for one in whole.worst],
        minutes=[_minute(row) for row in rows if row.events],
        trace=_trace(rows),
        parked=dict(sorted(whole.parked.items())),
        filled=dict(sorted(whole.filled.items())),
        late_from_before=whole.late_before,
        future=whole.future,
        alarm_changes=[_change(change) for change in changes],
        hour_before=figures.percent(history.get(hour - HOUR)),
        week_before=figures.percent(history.get(hour - WEEK)),
    )


def _distribution(sketch: Sketch) -> dict[str, float | None]:
    percentiles = {f"p{percent}": sketch.percentile(percent) for percent in PERCENTILES}
    return {"mean": sketch.mean, **percentiles, "max": sketch.largest if sketch.count else None}


def _features(whole: MinuteSums) -> list[dict[str, Any]]:
    rows = [
        {"feature": name, "anomalies": times, "meanShare": from_units(shares, whole.anomalies)}
        for name, (times, shares) in whole.features.items()
    ]
    return sorted(rows, key=lambda row: (-row["anomalies"], -row["meanShare"], row["feature"]))


def _worst(worst: Worst) -> dict[str, Any]:
    event = worst.event
    return {
        "id": event.id,
        "time": iso(event.time),
        "score": event.score,
        "responseTime": worst.response_time,
        "reasons": [reason.document() for reason in event.reasons],
        "key": event.key,
    }


def _minute(row: MinuteSums) -> dict[str, Any]:
    return {
        "minute": iso(float(row.minute)),
        "events": row.events,
        "anomalies": row.anomalies,
        "p95": row.response_time.percentile(95),
    }


def _trace(rows: Iterable[MinuteSums]) -> dict[str, Any]:
    """Return points, columns, and the highest anomalies of each minute."""
    found: dict[str, Any] = {"points": [], "columns": [], "anomalies": []}
    for row in rows:
        if row.trace.points is not None:
            found["points"] += row.trace.points
        else:
            found["columns"] += [[second, *column] for second, column in sorted(row.trace.columns.items())]
        found["anomalies"] += [[one.event.time, one.response_time, one.event.score] for one in row.worst]
    return found


def _change(change: Change) -> dict[str, Any]:
    return {
        "alarm": change.alarm,
        "number": change.number,
        "time": iso(change.time),
        "before": change.before.value,
        "after": change.after.value,
        "count": change.count,
    }
