"""Results of made events, for tests of sums and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.services.streams.events import Event
from anomaly_container.services.streams.results import Reason, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

HOUR = 1_767_866_400
"""2026-01-08T10:00:00Z."""


def result(  # noqa: PLR0913  # what tests vary
    offset: int,
    time: float,
    *,
    score: float = 1.0,
    anomalous: bool = False,
    response_time: float | None = 50.0,
    path: str = "/",
    level: int | None = 2,
    filled: tuple[str, ...] = (),
    future: bool = False,
    reasons: Sequence[tuple[str, float]] = (),
    partition: str = "logs-0",
    name: str | None = None,
) -> Result:
    """Return the result of an event at an offset."""
    id_ = name or f"{partition}-{offset}"
    return Result(
        id=id_,
        partition=partition,
        offset=offset,
        time=time,
        score=score,
        threshold=1.5,
        anomalous=anomalous,
        reasons=tuple(Reason(feature, share, "high", 1.0, 0.5) for feature, share in reasons),
        filled=filled,
        late=False,
        future=future,
        model_id="0" * 12,
        event=Event(id_, partition, offset, time, response_time, level, "GET", path, {}),
    )
