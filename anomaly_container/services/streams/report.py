"""The report of an hour, compared with the hour before and the same hour a week before."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.services.streams.results import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

HOUR: Final = 3600
WEEK: Final = 7 * 24 * HOUR
COMPARED: Final = ("events", "anomalies", "rate", "p95")


@dataclass(frozen=True, slots=True)
class HourFigures:
    """The figures of an hour that are kept for comparison.

    Attributes
    ----------
    events, anomalies
        The number of them.
    rate
        Anomalies by events.
    p95
        The 95th percentile of the response time; None without events.
    """

    events: int
    anomalies: int
    rate: float
    p95: float | None

    def percent(self, then: HourFigures | None) -> dict[str, Any] | None:
        """Return the figures of another hour, and the change since then in percent.

        Examples
        --------
        >>> HourFigures(30, 0, 0.0, None).percent(HourFigures(20, 0, 0.0, 50.0))["events"]
        {'then': 20, 'percent': 50.0}
        """
        if then is None or not then.events:
            return None
        found: dict[str, Any] = {}
        for name in COMPARED:
            before, now = getattr(then, name), getattr(self, name)
            change = 100 * (now - before) / before if before and now is not None else None
            found[name] = {"then": before, "percent": change}
        return found


@dataclass(frozen=True, slots=True)
class HourReport:
    """The report of the hour from `hour` on, in seconds since 1970, of event time.

    Its other attributes are in types of JSON. `score` and `response_time` have mean, p50, p90, p95, p99 and
    max; `levels`, `methods` and `paths` ten rows each; `worst` ten events; `minutes` a row for each minute
    with events; `trace` the points or columns of the chart; `hour_before` and `week_before` the values then
    and the changes in percent, None if there was nothing.
    """

    stream: str
    hour: int
    events: int
    anomalies: int
    rate: float
    threshold: float | None
    score: dict[str, float | None]
    response_time: dict[str, float | None]
    features: list[dict[str, Any]]
    levels: list[dict[str, Any]]
    methods: list[dict[str, Any]]
    paths: list[dict[str, Any]]
    worst: list[dict[str, Any]]
    minutes: list[dict[str, Any]]
    trace: dict[str, Any]
    parked: dict[str, int]
    filled: dict[str, int]
    late_from_before: int
    future: int
    alarm_changes: list[dict[str, Any]]
    hour_before: dict[str, Any] | None
    week_before: dict[str, Any] | None

    @property
    def id(self) -> str:
        """The identity; repeats have the same."""
        return f"{self.stream}/report/{hour_text(self.hour)}"

    @property
    def figures(self) -> HourFigures:
        """The figures with which later hours are compared."""
        return HourFigures(self.events, self.anomalies, self.rate, self.response_time["p95"])

    def document(self) -> dict[str, Any]:
        """Return the report as JSON."""
        content = {_json_name(name): value for name, value in asdict(self).items()}
        return {**content, "id": self.id, "hour": hour_text(self.hour)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> HourReport:
        """Read what `document` returned.

        Raises
        ------
        ValueError
            If a part is missing, or the hour cannot be read.
        """
        names = [field.name for field in fields(cls) if field.name != "hour"]
        missing = [name for name in names if _json_name(name) not in document]
        if missing:
            message = f"A report without {_json_name(missing[0])} cannot be read"
            raise ValueError(message)
        content = {name: document[_json_name(name)] for name in names}
        return cls(hour=hour_of(document["hour"]), **content)


def hour_text(hour: int) -> str:
    """Return an hour in ISO 8601: 2026-01-08T10:00:00Z."""
    return iso(float(hour))


def hour_of(text: str) -> int:
    """Return an hour in seconds since 1970 from ISO 8601; without an offset it is in UTC.

    Raises
    ------
    ValueError
        If it cannot be read, or is not the beginning of an hour.

    Examples
    --------
    >>> hour_text(hour_of("2026-01-08T10:00Z"))
    '2026-01-08T10:00:00Z'
    """
    moment = datetime.fromisoformat(text)
    seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if seconds % HOUR:
        message = f"{text} is not the beginning of an hour"
        raise ValueError(message)
    return int(seconds)


def _json_name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
