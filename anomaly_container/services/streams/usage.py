"""Events that were scored, counted with the state of each partition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from anomaly_container.services.streams.snapshots import safe_name
from anomaly_container.services.streams.totals import Totals

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from anomaly_container.metering.usage import Usage
    from anomaly_container.services.streams.state import PartitionState

STREAM_EVENTS: Final = "CognitiveServices.AnomalyDetector.Container.StreamEvents"
SOURCE: Final = "streams-"
TOTALS: Final = "totals"
"""The field of a state that has the lines; the state of alarms and reports has none."""


class StreamUsage:
    """Raises the totals of metering to those of the durable states.

    A member counts what it scores in its own line of the state. When the snapshot that holds it is durable,
    and at the start for the states of all partitions, the total of metering is raised to that line. What was
    scored after the last snapshot is counted by the member that reads it again.

    Parameters
    ----------
    usage
        The usage of the process; None if it is not metered.
    """

    def __init__(self, usage: Usage | None) -> None:
        self._usage = usage

    @property
    def instance(self) -> str:
        """The id of the container; `-` if nothing is metered."""
        return (self._usage.instance if self._usage is not None else "") or "-"

    def raise_all(self, documents: Mapping[str, bytes]) -> None:
        """Raise the totals of partitions to the lines of this container in their durable states.

        At the start these are the states of all partitions, assigned or not: this container may have died
        between a snapshot and its call, and the partition may be another's now.

        Raises
        ------
        OSError
            If the metering directory is gone or the disk is full.
        """
        if self._usage is None:
            return
        for name, document in documents.items():
            lines = orjson.loads(document).get(TOTALS)
            total = Totals.from_document(lines).of(self.instance) if lines is not None else 0
            if total:
                self._usage.raise_to(source_of(name), {STREAM_EVENTS: total})

    def resume(self, states: Mapping[str, PartitionState], names: Collection[str], *, now: float) -> None:
        """Continue a line that is missing in the state from the total of this container in metering."""
        if self._usage is None:
            return
        for name in names:
            held = self._usage.raise_to(source_of(name), {}).get(STREAM_EVENTS, 0)
            states[name].totals.begin_at(self.instance, held, now=now)


def source_of(name: str) -> str:
    """Return the name under which metering knows a partition."""
    return f"{SOURCE}{safe_name(name)}"
