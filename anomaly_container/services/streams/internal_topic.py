"""The messages of the internal topic, from which alarms and reports are made.

Every message may come twice. A flagged event is identified by its offset; the sums of a minute are those up
to an offset, and the largest one counts. The clock is in the messages, so that alarms and reports are
functions of the topic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from anomaly_container.services.streams.flagged import Flagged
from anomaly_container.services.streams.minute_sums import MinuteSums

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTINGS: Final = {"cleanup.policy": "delete", "retention.ms": "1209600000"}
"""Two weeks: a member that takes over needs only the part since the last snapshot."""
PARTITION: Final = 0
ANOMALY: Final = "anomaly"
MINUTE: Final = "minute"
TIME: Final = "time"


@dataclass(frozen=True, slots=True)
class FlaggedMessage:
    """A flagged event.

    Attributes
    ----------
    event
        The event.
    first_time, stream_time
        The time of the first event of its partition, and its stream time before this event; None if it is the
        first one.
    """

    event: Flagged
    first_time: float | None
    stream_time: float | None


@dataclass(frozen=True, slots=True)
class MinuteMessage:
    """The sums of a minute of a partition, up to the offset in them."""

    partition: str
    sums: MinuteSums


@dataclass(frozen=True, slots=True)
class TimeMessage:
    """The position of a partition; its messages about earlier times were sent before.

    Attributes
    ----------
    partition
        The partition.
    offset
        The next offset that it reads.
    first_time, stream_time
        The times of its first event and the largest one so far; None before the first.
    clock
        Seconds since 1970 at the member; None in a replay.
    parked
        True if most of its last records were parked.
    lag_seconds
        How far it is behind; 0 if no record waits, and None if it is not known.
    partitions
        All partitions of the source.
    """

    partition: str
    offset: int
    first_time: float | None
    stream_time: float | None
    clock: float | None
    parked: bool = False
    lag_seconds: float | None = None
    partitions: tuple[str, ...] = ()


Message = FlaggedMessage | MinuteMessage | TimeMessage


def encode(message: Message) -> bytes:
    """Return a message as a record of the topic."""
    return orjson.dumps(_document(message))


def decode(value: bytes) -> Message:
    """Return the message of a record of the topic.

    Raises
    ------
    ValueError
        If it is not a message of this service.
    """
    document = orjson.loads(value)
    try:
        return _message(document)
    except (KeyError, TypeError, AttributeError) as error:
        message = "a record of the internal topic cannot be read"
        raise ValueError(message) from error


def _document(message: Message) -> dict[str, Any]:
    if isinstance(message, FlaggedMessage):
        return {
            "kind": ANOMALY,
            "event": message.event.document(),
            "firstTime": message.first_time,
            "streamTime": message.stream_time,
        }
    if isinstance(message, MinuteMessage):
        return {"kind": MINUTE, "partition": message.partition, "sums": message.sums.document()}
    return {
        "kind": TIME,
        "partition": message.partition,
        "offset": message.offset,
        "firstTime": message.first_time,
        "streamTime": message.stream_time,
        "clock": message.clock,
        "parked": message.parked,
        "lagSeconds": message.lag_seconds,
        "partitions": message.partitions,
    }


def _message(document: Mapping[str, Any]) -> Message:
    if document["kind"] == ANOMALY:
        event = Flagged.from_document(document["event"])
        return FlaggedMessage(event, document["firstTime"], document["streamTime"])
    if document["kind"] == MINUTE:
        return MinuteMessage(document["partition"], MinuteSums.from_document(document["sums"]))
    return TimeMessage(
        document["partition"],
        document["offset"],
        document["firstTime"],
        document["streamTime"],
        document["clock"],
        document["parked"],
        document["lagSeconds"],
        tuple(document["partitions"]),
    )
