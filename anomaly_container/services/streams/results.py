"""The result of an event: its score, whether it is an outlier, and the features that were the reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import orjson

from anomaly_container.services.streams.outputs import Output, What

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray
    from anomaly_container.services.streams.events import Event

HIGH_OUTLIER: Final = "High Outlier"
NORMAL: Final = "Normal"
MOST_REASONS: Final = 3
LEAST_SHARE: Final = 0.1
DIGITS_OF_SHARE: Final = 6


class ResultSettings(Protocol):
    """The settings that say what a result shows."""

    @property
    def name(self) -> str:
        """The name of the stream."""

    @property
    def output_event(self) -> str:
        """The part of an event that is included: none, fields or all."""

    @property
    def output_values(self) -> bool:
        """True if reasons name values."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A feature that was a reason of a score.

    Attributes
    ----------
    feature
        Its name.
    share
        Its part of the score, 0 to 1.
    direction
        The side of its value: `high` or `low`.
    value, usual
        Its value, and the median of the training rows or the most frequent one.
    """

    feature: str
    share: float
    direction: str
    value: object
    usual: object

    def document(self, *, values: bool = True) -> dict[str, Any]:
        """Return it in types of JSON."""
        found = {"feature": self.feature, "share": self.share, "direction": self.direction}
        return {**found, "value": self.value, "usual": self.usual} if values else found

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Reason:
        """Return the reason of a document; a value that was left out is None."""
        words = document["feature"], document["share"], document["direction"]
        return cls(*words, document.get("value"), document.get("usual"))


@dataclass(slots=True)
class Result:
    """The result of an event.

    Attributes
    ----------
    id, partition, offset
        Those of its record.
    time
        The time of the event, in seconds since 1970.
    score, threshold
        The score, and the threshold with which it was compared.
    anomalous
        True if the score is above the threshold.
    reasons
        The features with the largest shares of the score, at most three.
    filled
        The features that were missing and filled with the training median.
    late, future
        True if the event is older than the time of its partition allows, or ahead of the clock.
    model_id
        The model that scored it.
    event
        The event.
    key
        The key of its series, in mode keys.
    stream_time
        The time of the partition before this event; None for its first one.
    """

    id: str
    partition: str
    offset: int
    time: float
    score: float
    threshold: float
    anomalous: bool
    reasons: tuple[Reason, ...]
    filled: tuple[str, ...]
    late: bool
    future: bool
    model_id: str
    event: Event
    key: str | None = None
    stream_time: float | None = None

    @property
    def word(self) -> str:
        """`High Outlier` or `Normal`."""
        return HIGH_OUTLIER if self.anomalous else NORMAL

    def document(self, settings: ResultSettings) -> dict[str, Any]:
        """Return it in types of JSON."""
        values = settings.output_values
        found: dict[str, Any] = {
            "id": self.id,
            "stream": settings.name,
            "time": iso(self.time),
            "score": self.score,
            "threshold": self.threshold,
            "result": HIGH_OUTLIER if self.anomalous else NORMAL,
            "reasons": [reason.document(values=values) for reason in self.reasons],
            "filled": self.filled,
            "late": self.late,
            "key": self.key,
            "modelId": self.model_id,
        }
        if self.future:
            found["future"] = True
        if settings.output_event == "all":
            found["event"] = self.event.document
        elif settings.output_event == "fields":
            event = self.event
            found["event"] = {
                "time": iso(event.time),
                "responseTime": event.response_time,
                "logLevel": event.log_level,
                "method": event.method,
                "path": event.path,
            }
        return found

    def line(self, settings: ResultSettings) -> bytes:
        """Return it as one line of JSON, without the end of the line."""
        return orjson.dumps(self.document(settings))

    def output(self, settings: ResultSettings) -> Output:
        """Return the output for the sinks."""
        return Output(
            What.RESULTS,
            self.id,
            self.partition,
            self.offset,
            self.line(settings),
            HIGH_OUTLIER if self.anomalous else NORMAL,
            anomalous=self.anomalous,
            score=self.score,
            reason=self.reasons[0].feature if self.reasons else None,
            key=self.key,
        )


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a batch as reasons show it: its name, its values by row, and the usual one."""

    name: str
    values: Sequence[object]
    usual: object


def iso(time: float) -> str:
    """Return a time in ISO 8601 with Z.

    Examples
    --------
    >>> iso(1767225600.25)
    '2026-01-01T00:00:00.250000Z'
    """
    return f"{datetime.fromtimestamp(time, UTC).replace(tzinfo=None).isoformat()}Z"


def largest_shares(shares: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the features with the largest shares of each row, and all shares of a score of 1.

    Parameters
    ----------
    shares
        Of shape (n, d, 2), low and high; they sum to the score of the row.

    Returns
    -------
    order, ratios
        The places of the three largest features, (n, 3 at most), ties by place; and the shares, (n, d).

    Examples
    --------
    >>> order, ratios = largest_shares(np.array([[[0.5, 0.0], [0.0, 1.5]]]))
    >>> order.tolist(), ratios.tolist()
    ([[1, 0]], [[0.25, 0.75]])
    """
    totals = shares.sum(axis=2)
    sums = totals.sum(axis=1, keepdims=True)
    ratios = totals / np.where(sums > 0, sums, 1.0)
    return np.argsort(-ratios, axis=1, kind="stable")[:, :MOST_REASONS], ratios


def reasons_of(
    row: int,
    order: Sequence[int],
    ratios: Sequence[float],
    highs: Sequence[bool],
    columns: Sequence[Column],
) -> tuple[Reason, ...]:
    """Return the reasons of a row: of its largest shares those of 0.1 or more."""
    return tuple(
        Reason(
            columns[place].name,
            round(ratios[place], DIGITS_OF_SHARE),
            "high" if highs[place] else "low",
            columns[place].values[row],
            columns[place].usual,
        )
        for place in order
        if ratios[place] >= LEAST_SHARE
    )
