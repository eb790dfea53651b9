"""Messages of a member about its partitions, for the keeper of alarms and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anomaly_container.services.streams.flagged import Flagged
from anomaly_container.services.streams.internal_topic import FlaggedMessage, MinuteMessage, TimeMessage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anomaly_container.services.streams.internal_topic import Message
    from anomaly_container.services.streams.results import Result
    from anomaly_container.services.streams.state import PartitionState

TELL_SECONDS: Final = 10.0
"""The seconds between two messages about the time of a partition."""


def flagged_messages(results: Sequence[Result], states: Mapping[str, PartitionState]) -> list[Message]:
    """Return the messages of the flagged events of a batch; events ahead of the clock do not count.

    Parameters
    ----------
    results
        The results, in the order of their offsets within each partition.
    states
        The states after the batch.
    """
    return [
        FlaggedMessage(
            Flagged(
                id=result.id,
                partition=result.partition,
                offset=result.offset,
                time=result.time,
                score=result.score,
                reasons=result.reasons,
                key=result.key,
            ),
            # The first event of all speaks for itself.
            None if result.stream_time is None else states[result.partition].first_time,
            result.stream_time,
        )
        for result in results
        if result.anomalous and not result.future
    ]


def time_messages(
    name: str,
    state: PartitionState,
    *,
    clock: float | None,
    partitions: tuple[str, ...],
    lag_seconds: float | None = None,
) -> list[Message]:
    """Return the sums of the minutes that have changed, and then the position of a partition.

    Parameters
    ----------
    name, state
        The partition.
    clock
        Seconds since 1970; None in a replay.
    partitions
        All partitions of the source.
    lag_seconds
        The seconds that it is behind; None if they are not known. See `lag`.
    """
    return [
        *(MinuteMessage(name, sums) for sums in state.book.changed()),
        TimeMessage(
            partition=name,
            offset=state.offset,
            first_time=state.first_time,
            stream_time=state.stream_time,
            clock=clock,
            parked=state.recent.more_than_half,
            lag_seconds=lag_seconds,
            partitions=partitions,
        ),
    ]
