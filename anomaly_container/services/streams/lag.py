"""How far partitions are behind, in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.services.streams.state import PartitionState


def seconds_behind(
    waiting: Mapping[str, int], states: Mapping[str, PartitionState], now: float
) -> dict[str, float]:
    """Return the seconds between the clock and the time of each partition that has records waiting.

    The records that wait have not been read, so that their times are not known: the stream time, which is the
    largest time of the records that were read, stands for them. A partition without records waiting is not
    behind, however old its last record is.

    Parameters
    ----------
    waiting
        The records (of a file: the bytes) that wait, by partition.
    states
        The states of the partitions.
    now
        Seconds since 1970.

    Returns
    -------
    dict
        The seconds, by partition, at least 0. A partition that has records waiting and none read is missing.

    Examples
    --------
    >>> from anomaly_container.services.streams.minute_book import MinuteBook
    >>> from anomaly_container.services.streams.state import PartitionState
    >>> states = {name: PartitionState(MinuteBook(), stream_time=700.0) for name in ("a-0", "a-1")}
    >>> seconds_behind({"a-0": 0, "a-1": 5}, states, 1000.0)
    {'a-0': 0.0, 'a-1': 300.0}
    """
    found = {}
    for name, number in waiting.items():
        reached = states[name].stream_time if name in states else None
        if not number:
            found[name] = 0.0
        elif reached is not None:
            found[name] = max(0.0, now - reached)
    return found
